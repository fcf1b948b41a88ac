"""Rules for edits: what students write instead of what is right, one place at a time.

Each rule looks at a piece of code and returns other code that may have been meant.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator

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
SIDES_MATTER = (ast.Sub, ast.Div, ast.MatMult, ast.FloorDiv)
COMPARISONS: list[list[type[ast.cmpop]]] = [
    [ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.Eq, ast.NotEq],
    [ast.In, ast.NotIn],
    [ast.Is, ast.IsNot],
]
PADDED = "np.pad({array}, ((0, 0), (0, 0), (pad, pad), (pad, pad)))"
KEYWORDS = {"keepdim": "keepdims", "keep_dims": "keepdims"}
KEYWORDS |= {"axes": "axis", "dim": "axis", "type": "dtype"}
FUNCTIONS = ("np.exp", "np.log", "np.abs", "np.sqrt", "np.square")
LARGER_OF_TWO = ("max", "min", "maximum", "minimum")
MOST_AXES = 6
MOST_ARGUMENTS = 3  # of calls that may be left out
MADE_OF_LENGTHS = ("range", "zeros", "ones", "reshape", "transpose", "moveaxis")
CHANGING = (ast.Assign, ast.AugAssign, ast.Return)


def other_names(slot: Slot, names: Names) -> Iterator[str]:
    """Another name of the same kind."""
    node = slot.node
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield from names.related(node.id)
        if node.id in names.numbers and isinstance(slot.holder, ast.BinOp):
            yield f"2 * {node.id}"
        if isinstance(slot.holder, ast.BinOp) and isinstance(slot.holder.op, ast.Mult):
            yield from (f"{node.id} * {name}" for name in names.related(node.id))
        if "pad" in names.arguments and isinstance(slot.holder, ast.Subscript):
            yield PADDED.format(array=node.id)


def other_numbers(slot: Slot, names: Names) -> Iterator[str]:
    """Another number, or a name for it."""
    value = number_of(slot.node)
    if value is None or number_of(slot.holder) is not None:
        return
    beside = names_in(slot.holder)
    others = [n for n in (*names.arguments, *names.loops) if n not in beside]
    if isinstance(value, bool):
        yield str(not value)
        return
    if is_first_value(slot):  # from which the largest or smallest is looked for
        yield from ("-np.inf", "np.inf")
    if isinstance(value, int):
        near = (value + 1, value - 1, -value)
        yield from (str(n) for n in near if n not in (value, neutral_in(slot.holder)))
        yield from others
        yield from (f"len({name})" for name in names.arguments)
    else:
        others_near = {value * 2, value / 2, -value, 1.0 - value} - {value}
        yield from map(repr, sorted(others_near))
        yield from others


def is_first_value(slot: Slot) -> bool:
    """Whether something is assigned, alone or with others."""
    around = slot.around if slot.field == "elts" else slot
    return isinstance(slot.statement, ast.Assign) and (
        around is not None and around.field == "value" and around.place is None
    )


def number_of(node: ast.AST) -> bool | int | float | None:
    """The number that is written somewhere, with its sign; None for anything else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = number_of(node.operand)
        return None if number is None else -number
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, bool | int | float) else None


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
    elif isinstance(node, ast.BoolOp):
        yield from map(ast.unparse, node.values)
    elif isinstance(node, ast.IfExp):
        yield from (ast.unparse(node.body), ast.unparse(node.orelse))
    elif isinstance(node, ast.Call):
        given = [arg for arg in node.args if not isinstance(arg, ast.Starred)]
        if len(given) <= MOST_ARGUMENTS and name_of(node.func) not in MADE_OF_LENGTHS:
            yield from map(ast.unparse, given)
        if isinstance(node.func, ast.Attribute) and (
            ast.unparse(node.func.value) not in MODULES
        ):
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
        is_list = isinstance(node.op, ast.Add) and "(" in slot.text
        if is_list or isinstance(node.op, SIDES_MATTER):
            text = ast.unparse(ast.BinOp(node.right, node.op, node.left))
            yield text
        if isinstance(node.op, ast.FloorDiv):
            yield f"{left} // {right} + 1"
            yield f"-(-{left} // {right})"
        if isinstance(node.op, ast.Mult):
            yield f"np.outer({left}, {right})"


def other_comparisons(slot: Slot, names: Names) -> Iterator[str]:
    """Another comparison of the same kind; `and` for `or`."""
    node = slot.node
    if isinstance(node, ast.Compare):
        for place in range(len(node.ops)):
            yield from (text for _, text in compared(node, place))
    elif isinstance(node, ast.BoolOp):
        other = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        yield ast.unparse(ast.BoolOp(other, node.values))


def compared(node: ast.Compare, place: int) -> Iterator[tuple[str, str]]:
    """Other signs for one of its comparisons, each with the whole code."""
    own = type(node.ops[place])
    for kinds in COMPARISONS:
        for kind in kinds if own in kinds else ():
            if kind is not own:
                ops = [*node.ops[:place], kind(), *node.ops[place + 1 :]]
                text = ast.unparse(ast.Compare(node.left, ops, node.comparators))
                yield f"{own.__name__} {kind.__name__}", text


def other_functions(slot: Slot, names: Names) -> Iterator[str]:
    """Another function of the same kind; a sum instead of the larger of two."""
    match slot.node:
        case ast.BinOp(left=base, op=ast.Pow()) if number_of(base) is not None:
            yield f"np.exp({ast.unparse(slot.node.right)})"
        case _:
            pass
    node, is_second = slot.node, slot.field == "args" and slot.place == 1
    if isinstance(node, ast.Call) and name_of(node.func) in LARGER_OF_TWO:
        yield " + ".join(f"({ast.unparse(arg)})" for arg in node.args[:2])
    if is_second and name_of(slot.holder.func) in ("get", "setdefault"):
        yield "0.0"
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


def other_keywords(slot: Slot, names: Names) -> Iterator[str]:
    """NumPy's words for the keywords of other libraries."""
    node = slot.node
    if isinstance(node, ast.Call) and any(w.arg in KEYWORDS for w in node.keywords):
        words = [
            ast.keyword(KEYWORDS.get(str(word.arg), word.arg), word.value)
            for word in node.keywords
        ]
        yield ast.unparse(ast.Call(node.func, node.args, words))


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
