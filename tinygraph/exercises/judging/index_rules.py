"""Rules for edits of indices, axes and lengths, one place at a time."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from .edit_names import Names, names_in
from .edit_rules import MOST_AXES, REDUCTIONS, is_value, name_of, reduced
from .edits import Slot

FEW_AXES = 4  # all of whose orders are tried


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


def other_indices(slot: Slot, names: Names) -> Iterator[str]:
    """One more or less at the end of a slice or a range; indices in another order."""
    node = slot.node
    if isinstance(node, ast.Slice) and node.upper and not node.lower:
        upper = ast.unparse(node.upper)
        yield from (f"{name}:{name} + {upper}" for name in names.numbers)
    if slot.field == "upper" and slot.holder.lower is not None:
        yield f"({ast.unparse(slot.holder.lower)}) + ({slot.text})"
    if slot.field in ("upper", "lower") and isinstance(slot.holder, ast.Slice):
        yield from (f"({slot.text}) + 1", f"({slot.text}) - 1")
    elif slot.field == "args" and name_of(slot.holder.func) == "range":
        yield from (f"({slot.text}) + 1", f"({slot.text}) - 1", f"len({slot.text})")
        yield from names.ends
    elif isinstance(node, ast.BinOp) and is_index(slot):
        yield from names.loops
    elif isinstance(node, ast.Tuple) and len(node.elts) <= MOST_AXES:
        for one, two in itertools.combinations(range(len(node.elts)), 2):
            texts = [ast.unparse(part) for part in node.elts]
            texts[one], texts[two] = texts[two], texts[one]
            yield f"({', '.join(texts)})"


def is_index(slot: Slot) -> bool:
    """Whether something is an index, alone or one of several."""
    around = slot.around if slot.field == "elts" else slot
    return around is not None and around.field == "slice"


def other_lengths(slot: Slot, names: Names) -> Iterator[str]:
    """The length of another axis, or the number of all elements."""
    node = slot.node
    if isinstance(node, ast.Call) and name_of(node.func) == "len" and node.args:
        array = f"({ast.unparse(node.args[0])})"
        yield from (f"{array}.size", f"{array}.shape[1]", f"{array}.shape[-1]")
    elif isinstance(node, ast.Attribute) and node.attr == "size":
        yield f"len({ast.unparse(node.value)})"


def columns(slot: Slot, names: Names) -> Iterator[str]:
    """One number for each row as a column, which can be combined with a matrix."""
    node = slot.node
    if isinstance(slot.holder, ast.BinOp) and isinstance(node, ast.expr):
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Tuple):
            yield f"({ast.unparse(node.value)})[:, None]"
        if isinstance(node, ast.Name) and node.id not in names.numbers:
            yield f"{node.id}[:, None]"


def indexed_factors(slot: Slot, names: Names) -> Iterator[str]:
    """A value with one more factor: the element of an array at an index of a loop."""
    if isinstance(slot.node, ast.expr) and is_value(slot):
        used = {n.id for n in ast.walk(slot.statement) if isinstance(n, ast.Name)}
        loops = [name for name in dict.fromkeys(names.loops) if name in used]
        arrays = [n for n in names.arguments if n not in names.numbers]
        for name, loop in itertools.product(arrays, loops):
            yield f"({slot.text}) * {name}[{loop}]"


def other_elements(slot: Slot, names: Names) -> Iterator[str]:
    """What a function is called with: an element at an index of a loop."""
    node = slot.node
    called = slot.holder.func if slot.field == "args" else None
    if called is None or name_of(called) == "range":
        return
    if isinstance(node, ast.Constant | ast.Subscript):
        pairs = itertools.product(names.indexed, names.loops)
        yield from (f"{name}[{loop}]" for name, loop in pairs)


def rows_of_images(slot: Slot, names: Names) -> Iterator[str]:
    """A row number that goes on from image to image: n * (Ho * Wo) + i * Wo + j."""
    node = slot.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and is_index(slot):
        used = names_in(node)
        outer = [name for name in names.loops if name not in used]
        sizes = [(a, b) for a, b in names.beside if b in used and a not in used]
        for name, (a, b) in itertools.product(dict.fromkeys(outer), sizes):
            yield f"{name} * ({a} * {b}) + {slot.text}"


def moved_indices(slot: Slot, names: Names) -> Iterator[str]:
    """The variable of a loop plus a difference that is computed elsewhere."""
    node = slot.node
    is_read = isinstance(getattr(node, "ctx", None), ast.Load)
    if is_read and isinstance(node, ast.Name) and node.id in names.loops:
        yield from (f"({text}) + {node.id}" for text in names.differences)


def other_letters(slot: Slot, names: Names) -> Iterator[str]:
    """Two letters of an operand or of the result of einsum that change places."""
    node = slot.node
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return
    if slot.field == "args" and name_of(slot.holder.func) == "einsum":
        letters = sorted(set(re.findall(r"\w", node.value)))
        for word in re.finditer(r"\w+", node.value):
            before, after = node.value[: word.start()], node.value[word.end() :]
            for text in words_like(word.group(), letters):
                yield repr(before + text + after)


def words_like(word: str, letters: Sequence[str]) -> Iterator[str]:
    """Words with two letters swapped, or with one of them replaced.

    >>> list(words_like("ab", "abc"))
    ['ba', 'cb', 'ac']
    """
    for one, two in itertools.combinations(word, 2):
        yield word.translate(str.maketrans(one + two, two + one))
    for old, new in itertools.product(word, letters):
        if new not in word:
            yield word.replace(old, new)


def other_orders(slot: Slot, names: Names) -> Iterator[str]:
    """Axes in another order, of at most four."""
    node = slot.node
    if not isinstance(node, ast.Call) or name_of(node.func) != "transpose":
        return
    last = node.args[-1] if node.args else None
    own = last.elts if isinstance(last, ast.Tuple) else node.args
    orders: Iterable[Sequence[str]] = itertools.permutations(map(ast.unparse, own))
    if len(own) > FEW_AXES:
        texts = list(map(ast.unparse, own))
        orders = ([texts[n] for n in order] for order in block_moves(len(own)))
    for order in orders:
        given = ", ".join(order)
        if own is not node.args:
            *first, _ = map(ast.unparse, node.args)
            given = ", ".join([*first, f"({given})"])
        yield f"{ast.unparse(node.func)}({given})"


def other_shapes(slot: Slot, names: Names) -> Iterator[str]:
    """Axes that are moved before or after a reshape, or lengths in another order."""
    node = slot.node
    if not isinstance(node, ast.Call):
        return
    if name_of(node.func) in ("ravel", "flatten") and not node.args:
        array = ast.unparse(getattr(node.func, "value", node))
        for one, other in itertools.permutations(range(MOST_AXES), 2):
            yield f"np.moveaxis({array}, {one}, {other}).ravel()"
    if name_of(node.func) != "reshape":
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
