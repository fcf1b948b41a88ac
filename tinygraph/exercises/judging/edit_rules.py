"""Rules for edits: what students write instead of what is right, one place at a time.

Each rule looks at a piece of code and returns other code that may have been meant.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator, Sequence

from .edit_names import MODULES, Names, names_in
from .edits import Slot

Rule = Callable[[Slot, Names], Iterator[str]]
SIMILAR = [
    ("sum", "mean", "max", "min", "prod", "cumsum"),
    ("argmax", "argmin"),
    ("maximum", "minimum"),
    ("zeros", "ones", "zeros_like", "ones_like", "empty", "empty_like"),
    ("floor", "ceil", "round"),
    ("predecessors", "successors", "ancestors", "descendants"),
    ("relu", "sigmoid", "tanh"),
    ("max_pool2d", "avg_pool2d"),
    ("outer", "dot"),
    ("vstack", "hstack", "concatenate", "stack", "array"),
    ("SGD", "Adam", "AdamW"),
]
REDUCTIONS = ("sum", "mean", "max", "min", "prod")
AXES = ("0", "1", "-1", "(2, 3)", "(0, 2, 3)")
OPERATORS: dict[type[ast.operator], tuple[str, ...]] = {
    ast.Add: ("-", "*"),
    ast.Sub: ("+", "*"),
    ast.Mult: ("@", "/", "+", "-"),
    ast.Div: ("*", "//"),
    ast.FloorDiv: ("/", "*", "%"),
    ast.Mod: ("//",),
    ast.MatMult: ("*",),
}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
PADDED = "np.pad({array}, ((0, 0), (0, 0), (pad, pad), (pad, pad)))"
FUNCTIONS = ("np.exp", "np.log", "np.abs", "np.sqrt", "np.square")
MOST_AXES = 6
CHANGING = (ast.Assign, ast.AugAssign, ast.Return)


def other_names(slot: Slot, names: Names) -> Iterator[str]:
    """Another name of the same kind."""
    node = slot.node
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield from names.related(node.id)
        if isinstance(slot.holder, ast.BinOp) and isinstance(slot.holder.op, ast.Mult):
            yield from (f"{node.id} * {name}" for name in names.related(node.id))
        if "pad" in names.arguments and isinstance(slot.holder, ast.Subscript):
            yield PADDED.format(array=node.id)


def other_numbers(slot: Slot, names: Names) -> Iterator[str]:
    """Another number, or a name for it."""
    node = slot.node
    if not isinstance(node, ast.Constant) or isinstance(node.value, str | None):
        return
    beside, value = names_in(slot.holder), node.value
    others = [n for n in (*names.arguments, *names.loops) if n not in beside]
    if isinstance(value, bool):
        yield str(not value)
    elif isinstance(value, int):
        near = (value + 1, value - 1, -value)
        yield from (str(n) for n in near if n != neutral_in(slot.holder))
        yield from others
        yield from (f"len({name})" for name in names.arguments)
    elif isinstance(value, float):
        yield from (repr(value * 2), repr(value / 2), repr(-value), *others)


def neutral_in(holder: ast.AST) -> int | None:
    """The number that makes no difference as an operand."""
    if isinstance(holder, ast.BinOp):
        return 0 if isinstance(holder.op, ast.Add | ast.Sub) else 1
    return None


def left_out(slot: Slot, names: Names) -> Iterator[str]:
    """Only one operand, what a function is called with, or what an index belongs to."""
    node = None if isinstance(slot.holder, ast.Expr) else slot.node
    if isinstance(node, ast.BinOp):
        yield from (ast.unparse(node.left), ast.unparse(node.right))
    elif isinstance(node, ast.UnaryOp):
        yield ast.unparse(node.operand)
    elif isinstance(node, ast.Call):
        if len(node.args) == 1 and not isinstance(node.args[0], ast.Starred):
            yield ast.unparse(node.args[0])
        if isinstance(node.func, ast.Attribute):
            yield ast.unparse(node.func.value)
    elif isinstance(node, ast.Subscript | ast.Attribute) and slot.field != "func":
        yield ast.unparse(node.value)


def other_operators(slot: Slot, names: Names) -> Iterator[str]:
    """Another operator, or its operands swapped."""
    node = slot.node
    if isinstance(node, ast.BinOp):
        left, right = f"({ast.unparse(node.left)})", f"({ast.unparse(node.right)})"
        for operator in OPERATORS.get(type(node.op), ()):
            yield f"{left} {operator} {right}"
        if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult | ast.FloorDiv):
            text = ast.unparse(ast.BinOp(node.right, node.op, node.left))
            yield text
        if isinstance(node.op, ast.FloorDiv):
            yield f"{left} // {right} + 1"
            yield f"-(-{left} // {right})"
        if isinstance(node.op, ast.Mult):
            yield f"np.outer({left}, {right})"


def other_comparisons(slot: Slot, names: Names) -> Iterator[str]:
    """Another comparison."""
    node = slot.node
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = ast.unparse(node.left), ast.unparse(node.comparators[0])
        for kind, sign in COMPARISONS.items():
            if not isinstance(node.ops[0], kind):
                yield f"({left}) {sign} ({right})"


def other_functions(slot: Slot, names: Names) -> Iterator[str]:
    """Another function of the same kind."""
    node = slot.node
    if isinstance(node, ast.Attribute) and slot.field == "func":
        own = f"({ast.unparse(node.value)})"
        for group in SIMILAR:
            if node.attr in group:
                yield from (f"{own}.{name}" for name in group if name != node.attr)
    if isinstance(node, ast.Name) and slot.field == "func":
        for group in SIMILAR:
            if node.id in group:
                yield from (name for name in group if name != node.id)


def other_axes(slot: Slot, names: Names) -> Iterator[str]:
    """A reduction along another axis, or one that keeps its axis."""
    node = slot.node
    if not isinstance(node, ast.Call) or name_of(node.func) not in REDUCTIONS:
        return
    given = {word.arg for word in node.keywords}
    if "keepdims" not in given:
        yield with_keywords(node, keepdims="True")
    for call in (node, *of_whole_array(node)):
        for axis in AXES:
            yield with_keywords(call, axis=axis)
            yield with_keywords(call, axis=axis, keepdims="True")


def of_whole_array(node: ast.Call) -> Iterator[ast.Call]:
    """The reduction of a whole array, if only x[0] or another row is reduced."""
    inner = reduced(node)
    if isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Constant):
        func = ast.Attribute(inner.value, name_of(node.func), ast.Load())
        yield ast.Call(func, [], node.keywords)


def reduced(node: ast.Call) -> ast.expr | None:
    """What a reduction reduces: x in x.sum() and np.sum(x)."""
    array = getattr(node.func, "value", None)
    in_module = isinstance(array, ast.Name) and array.id in MODULES
    return next(iter(node.args), None) if in_module else array


def one_index(slot: Slot, names: Names) -> Iterator[str]:
    """The elements at the index of a loop, instead of what is reduced along an axis."""
    node = slot.node
    if not isinstance(node, ast.Call) or name_of(node.func) not in REDUCTIONS:
        return
    inner = reduced(node)
    if isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Tuple):
        parts = [ast.unparse(part) for part in inner.slice.elts]
        for place in (place for place, part in enumerate(parts) if part == ":"):
            for name in names.loops:
                index = ", ".join([*parts[:place], name, *parts[place + 1 :]])
                yield f"{ast.unparse(inner.value)}[{index}]"


def other_results(slot: Slot, names: Names) -> Iterator[str]:
    """Something else that is returned: what has a name, as it is or in a tuple."""
    node = slot.node
    if slot.field != "value" or not isinstance(slot.holder, ast.Return):
        return
    yield from names.every
    if isinstance(node, ast.Call) and len(node.args) == 1:
        function = ast.unparse(node.func)
        yield from (f"{function}({name})" for name in names.every)


def added_up(slot: Slot, names: Names) -> Iterator[str]:
    """A sum that begins with 0 instead of a product that begins with 1."""
    node = slot.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        for own, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(own, ast.Call) and own.args:
                *most, last = own.args
                if isinstance(last, ast.Constant) and last.value == 1:
                    first = ast.Call(own.func, [*most, ast.Constant(0.0)], own.keywords)
                    yield f"{ast.unparse(first)} + {ast.unparse(other)}"


def other_arguments(slot: Slot, names: Names) -> Iterator[str]:
    """Two arguments swapped, or a keyword left out."""
    node = slot.node
    if not isinstance(node, ast.Call) or len(node.args) > MOST_AXES:
        return
    for one, two in itertools.combinations(range(len(node.args)), 2):
        args = list(node.args)
        args[one], args[two] = args[two], args[one]
        yield ast.unparse(ast.Call(node.func, args, node.keywords))
    for word in node.keywords:
        others = [other for other in node.keywords if other is not word]
        yield ast.unparse(ast.Call(node.func, node.args, others))
    if name_of(node.func) == "pad" and len(node.args) == 2:
        array, width = map(ast.unparse, node.args)
        yield (
            f"{ast.unparse(node.func)}({array}, ((0, 0), (0, 0), ({width}, {width}), "
            f"({width}, {width})))"
        )


def other_indices(slot: Slot, names: Names) -> Iterator[str]:
    """One more or less at the end of a slice or a range; indices in another order."""
    node = slot.node
    if slot.field == "upper" and slot.holder.lower is not None:
        yield f"({ast.unparse(slot.holder.lower)}) + ({slot.text})"
    if slot.field in ("upper", "lower") and isinstance(slot.holder, ast.Slice):
        yield from (f"({slot.text}) + 1", f"({slot.text}) - 1")
    elif slot.field == "args" and name_of(slot.holder.func) == "range":
        yield from (f"({slot.text}) + 1", f"({slot.text}) - 1", f"len({slot.text})")
    elif isinstance(node, ast.Tuple) and len(node.elts) <= MOST_AXES:
        for one, two in itertools.combinations(range(len(node.elts)), 2):
            texts = [ast.unparse(part) for part in node.elts]
            texts[one], texts[two] = texts[two], texts[one]
            yield f"({', '.join(texts)})"


def other_shapes(slot: Slot, names: Names) -> Iterator[str]:
    """Axes that are moved before or after a reshape, or lengths in another order."""
    node = slot.node
    if not isinstance(node, ast.Call) or name_of(node.func) != "reshape":
        return
    array, lengths = parts_of_reshape(node)
    for one, other in itertools.permutations(range(MOST_AXES), 2):
        yield f"np.moveaxis({array}, {one}, {other}).reshape({', '.join(lengths)})"
        yield f"np.moveaxis({slot.text}, {one}, {other})"
    for order in block_moves(len(lengths)):
        moved = ", ".join(lengths[n] for n in order)
        back = ", ".join(str(order.index(n)) for n in range(len(order)))
        yield f"{array}.reshape({moved}).transpose({back})"
        yield f"{array}.reshape({moved})"


def parts_of_reshape(node: ast.Call) -> tuple[str, list[str]]:
    """What is reshaped, and to which lengths."""
    args = list(node.args)
    array = getattr(node.func, "value", None)
    if isinstance(array, ast.Name) and array.id in ("np", "numpy", "tg") and args:
        array = args.pop(0)
    if len(args) == 1 and isinstance(args[0], ast.Tuple):
        args = list(args[0].elts)
    return f"({ast.unparse(array)})" if array else "()", list(map(ast.unparse, args))


def block_moves(count: int) -> Iterator[list[int]]:
    """Orders in which two neighbouring blocks of axes change places.

    >>> list(block_moves(3))
    [[1, 0, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1]]
    """
    places = range(count + 1 if count <= MOST_AXES else 0)
    for begin, middle, end in itertools.combinations(places, 3):
        whole = list(range(count))
        one, two = whole[begin:middle], whole[middle:end]
        yield [*whole[:begin], *two, *one, *whole[end:]]


def transposes(slot: Slot, names: Names) -> Iterator[str]:
    """A factor or a result that is transposed, or not."""
    node, holder = slot.node, slot.holder
    if isinstance(node, ast.Attribute) and node.attr == "T":
        if isinstance(node.value, ast.Call) and name_of(node.value.func) == "reshape":
            array, lengths = parts_of_reshape(node.value)
            yield f"{array}.reshape({', '.join(lengths[::-1])})"
    elif is_value(slot) or (
        isinstance(holder, ast.BinOp) and isinstance(holder.op, ast.MatMult)
    ):
        yield f"({slot.text}).T"


def signs_and_copies(slot: Slot, names: Names) -> Iterator[str]:
    """The negative, the reverse or a copy of what is stored or returned."""
    if isinstance(slot.node, ast.expr) and is_value(slot):
        yield f"-({slot.text})"
        yield f"({slot.text}).copy()"
    if isinstance(slot.holder, ast.For) and slot.field == "iter":
        yield f"reversed(list({slot.text}))"
        yield f"list({slot.text})[::-1]"


def squares_and_functions(slot: Slot, names: Names) -> Iterator[str]:
    """The square of a part, or a function of what is stored or returned."""
    node = slot.node
    if isinstance(node, ast.expr) and is_value(slot):
        yield from (f"{function}({slot.text})" for function in FUNCTIONS)
    holder, number = slot.holder, isinstance(node, ast.Constant)
    if isinstance(holder, ast.BinOp) and not (number or isinstance(holder.op, ast.Pow)):
        yield f"({slot.text}) ** 2"


def more_terms(slot: Slot, names: Names) -> Iterator[str]:
    """What is stored or returned, with one more term or factor.

    It is part of the statement, or something that has a name.
    """
    if not isinstance(slot.node, ast.expr) or not is_value(slot):
        return
    for part in ast.walk(slot.node):
        if isinstance(part, ast.Subscript | ast.Name):
            text = ast.unparse(part)
            yield from (f"{text} + ({slot.text})", f"{text} - ({slot.text})")
    for name in names.every:
        yield f"({slot.text}) * {name}"
        yield f"({slot.text}) / {name}"


def is_value(slot: Slot) -> bool:
    """Whether something is what a statement stores or returns, or is put in a list."""
    if slot.field == "value" and isinstance(slot.holder, CHANGING):
        return not isinstance(slot.node, ast.Tuple)
    tupled = isinstance(slot.statement, ast.Return) and slot.field == "elts"
    appended = slot.field == "args" and name_of(slot.holder.func) == "append"
    return tupled or appended


def name_of(function: ast.expr) -> str:
    """The last part of a function's name."""
    return getattr(function, "attr", getattr(function, "id", ""))


def with_keywords(node: ast.Call, **words: str) -> str:
    """A call with other values of keywords, and without its axis by place."""
    array = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value)
    args = node.args[: 1 if array == "np" else 0] if "axis" in words else node.args
    given = {str(word.arg): ast.unparse(word.value) for word in node.keywords}
    parts = [*map(ast.unparse, args)]
    parts += [f"{name}={value}" for name, value in (given | words).items()]
    return f"{ast.unparse(node.func)}({', '.join(parts)})"


RULES: Sequence[Rule] = [
    other_names,
    other_numbers,
    other_operators,
    other_comparisons,
    other_axes,
    other_functions,
    other_arguments,
    other_indices,
    transposes,
    other_shapes,
    signs_and_copies,
]
LATE_RULES: Sequence[Rule] = [
    one_index,
    other_results,
    added_up,
    squares_and_functions,
    more_terms,
]
