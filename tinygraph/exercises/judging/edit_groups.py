"""Edits of statements, and edits that are made in several places together."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator, Sequence

from ..language import marked
from .edit_names import Names
from .edit_rules import compared, name_of, number_of
from .edits import EVERYWHERE, Change, Edit, Slot

SWAPPED = marked(
    "line {line}: with {old} and {new} swapped, `{code}`, the result is right"
)
SWAPPED_IN_ALL = marked(
    "lines {line}: with {old} and {new} swapped, the result is right"
)
EXCHANGED = marked(
    "lines {line}: with `{new}` in the first and `{old}` in the second line, the "
    "result is right"
)
ADDED_UP = marked(
    "line {line}: `{old}` overwrites what is there; with += instead of =, the result "
    "is right"
)
EACH_COUNTED = marked(
    "line {line}: an index that appears several times in an array of indices counts "
    "only once; with `{new}`, which counts it every time, the result is right"
)
MOST_COPIED = 8  # names of a line that may have been copied with it
ROUNDING = ("ceil", "round", "rint")
SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}


def statement_edits(slots: Sequence[Slot], names: Names) -> Iterator[Edit]:
    """Another way of storing: adding up, overwriting, adding at indices."""
    for slot in slots:
        target, sign, value = storing(slot.node)
        if target is not None:
            if sign:
                yield Edit((Change(slot, f"{ast.unparse(target)} = {value}"),))
            else:
                yield Edit(
                    (Change(slot, f"{ast.unparse(target)} += {value}"),), ADDED_UP
                )
            yield from added_at(slot, target, value)


def sign_edits(slots: Sequence[Slot], names: Names) -> Iterator[Edit]:
    """Another operator where something is added up."""
    for slot in slots:
        target, own, value = storing(slot.node)
        if target is not None:
            place = ast.unparse(target)
            others = (sign for sign in SIGNS.values() if sign != own)
            yield from (
                Edit((Change(slot, f"{place} {sign}= {value}"),)) for sign in others
            )


def storing(node: ast.AST) -> tuple[ast.expr | None, str, str]:
    """Where a statement stores something, the sign before its =, and what it stores."""
    if isinstance(node, ast.AugAssign):
        return node.target, SIGNS.get(type(node.op), "?"), ast.unparse(node.value)
    if isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Tuple):
        return node.targets[0], "", ast.unparse(node.value)
    return None, "", ""


def added_at(slot: Slot, target: ast.expr, value: str) -> Iterator[Edit]:
    """Adding up at an array of indices, in which an index may be there twice."""
    if isinstance(target, ast.Subscript):
        parts = [target.slice]
        if isinstance(target.slice, ast.Tuple):
            parts = target.slice.elts
        index = ", ".join(map(as_index, parts))
        array = ast.unparse(target.value)
        text = f"np.add.at({array}, ({index},), {value})"
        yield Edit((Change(slot, text),), EACH_COUNTED)


def as_index(node: ast.expr) -> str:
    """An index as a value: a slice is a call."""
    if not isinstance(node, ast.Slice):
        return ast.unparse(node)
    parts = (node.lower, node.upper, node.step)
    return f"slice({', '.join(ast.unparse(p) if p else 'None' for p in parts)})"


# What an edit that several places have in common is called, and the code there.
Common = Callable[[Slot, Names], Iterator[tuple[str, str]]]


def grouped_edits(slots: Sequence[Slot], names: Names) -> Iterator[Edit]:
    """The same edit in all places of a statement, or of a function, that have it."""
    for look in COMMON:
        found: dict[str, list[Change]] = {}
        for slot in slots:
            for called, text in look(slot, names):
                if text != slot.text:
                    found.setdefault(called, []).append(Change(slot, text))
        for changes in found.values():
            yield from together(changes)


def together(changes: Sequence[Change]) -> Iterator[Edit]:
    """Edits that make all changes of a statement, or all changes."""
    by_statement: dict[ast.stmt, list[Change]] = {}
    for change in changes:
        by_statement.setdefault(change.slot.statement, []).append(change)
    for each in by_statement.values():
        if len(each) > 1:
            yield Edit(tuple(each))
    groups = list(by_statement.values())
    if len(groups) > 2:  # of two lines that belong together, such as height and width
        yield from (everywhere([*a, *b]) for a, b in itertools.pairwise(groups))
    if len(groups) > 1:
        yield everywhere(changes)


def everywhere(changes: Sequence[Change]) -> Edit:
    """The same change in several lines; the first of them is quoted."""
    first = changes[0]
    return Edit(tuple(changes), EVERYWHERE, first.slot.text, first.text)


def swapped_names(slots: Sequence[Slot], names: Names) -> Iterator[Edit]:
    """Two names swapped in a statement, in a part of it, or wherever they are read."""
    read = [s for s in slots if isinstance(s.node, ast.Name)]
    for one, other in names.pairs():
        own = [s for s in read if s.text in (one, other)]
        parts = [[s for s in own if s.statement is n] for n in statements_of(own)]
        for part in parts:
            yield from swapped_in(part, one, other)
        for pair in itertools.pairwise(map(assigned_values, parts)):
            if all(len({s.text for s in part}) == 1 for part in pair):
                yield from swapped_in([*pair[0], *pair[1]], one, other)
        used = [s for s in own if isinstance(getattr(s.node, "ctx", None), ast.Load)]
        if len({s.text for s in used}) > 1:
            yield swap(used, one, other)


def statements_of(slots: Sequence[Slot]) -> list[ast.stmt]:
    """The statements that places are in, each once."""
    return list(dict.fromkeys(slot.statement for slot in slots))


def swapped_in(slots: Sequence[Slot], one: str, other: str) -> Iterator[Edit]:
    """Two names swapped in some places, or in those that are not assigned to."""
    if len({s.text for s in slots}) > 1:
        yield swap(slots, one, other)
    targets = [t for s in statements_of(slots) for t in targets_of(s)]
    inside = {id(node) for target in targets for node in ast.walk(target)}
    values = [s for s in slots if id(s.node) not in inside]
    if len(values) < len(slots) and len({s.text for s in values}) > 1:
        yield swap(values, one, other)


def assigned_values(slots: Sequence[Slot]) -> list[Slot]:
    """Those places in an assignment that are not in what it assigns to."""
    if not isinstance(slots[0].statement, ast.Assign):
        return []
    inside = {n for t in targets_of(slots[0].statement) for n in ast.walk(t)}
    return [slot for slot in slots if slot.node not in inside]


def targets_of(node: ast.stmt) -> list[ast.expr]:
    """What a statement assigns to."""
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AugAssign) else []


def swap(slots: Sequence[Slot], one: str, other: str) -> Edit:
    """Two names swapped in some places."""
    put = {one: other, other: one}
    changes = tuple(Change(slot, put[slot.text]) for slot in slots)
    said = SWAPPED if len(statements_of(slots)) == 1 else SWAPPED_IN_ALL
    return Edit(changes, said, one, other)


def whole_windows(slot: Slot, names: Names) -> Iterator[tuple[str, str]]:
    """A number of windows that is one larger, or one smaller."""
    node = slot.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv):
        yield "larger", f"{slot.text} + 1"
    if isinstance(node, ast.BinOp) and ast.unparse(node.right) == "1":
        yield type(node.op).__name__, ast.unparse(node.left)
    down = rounded_down(node)
    if down:
        yield "down", down


def rounded_down(node: ast.AST) -> str:
    """A quotient rounded down that is rounded in another way; or ""."""
    if isinstance(node, ast.Call) and name_of(node.func) == "int" and node.args:
        return rounded_down(node.args[0])
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.BinOp):
        inner = node.operand
        if isinstance(inner.op, ast.FloorDiv) and isinstance(inner.left, ast.UnaryOp):
            return divided(inner.left.operand, inner.right)
    if isinstance(node, ast.Call) and name_of(node.func) in ROUNDING and node.args:
        quotient = node.args[0]
        if isinstance(quotient, ast.BinOp) and isinstance(quotient.op, ast.Div):
            return divided(quotient.left, quotient.right)
    return ""


def divided(one: ast.expr, other: ast.expr) -> str:
    """The code of a quotient that is rounded down."""
    return f"({ast.unparse(one)}) // ({ast.unparse(other)})"


def steps(slot: Slot, names: Names) -> Iterator[tuple[str, str]]:
    """What the variables of loops are multiplied by."""
    node = slot.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        for own in (node.left, node.right):
            if isinstance(own, ast.Name) and own.id in names.loops:
                yield from ((n, f"{own.id} * {n}") for n in names.arguments)
    inner = isinstance(slot.holder, ast.BinOp) and isinstance(slot.holder.op, ast.Mult)
    if inner or not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
        return
    if node.id in names.loops:
        texts = [f"{node.id} * {name}" for name in names.arguments]
        yield from zip(texts, texts, strict=True)


def moved_windows(slot: Slot, names: Names) -> Iterator[tuple[str, str]]:
    """What all windows begin at: the variables of loops, multiplied by something."""
    node, around = slot.node, slot.around
    if not isinstance(node, ast.Name) or node.id not in names.loops or around is None:
        return
    summed = isinstance(around.node, ast.BinOp) and isinstance(around.node.op, ast.Add)
    place = around if summed else slot
    if place.field in ("lower", "upper"):
        yield from ((name, f"{node.id} * {name}") for name in names.numbers)


def stored(slot: Slot, names: Names) -> Iterator[tuple[str, str]]:
    """Everything that is stored in arrays, added up."""
    target, sign, value = storing(slot.node)
    if isinstance(target, ast.Subscript) and not sign:
        yield "added", f"{ast.unparse(target)} += {value}"


def renamed(slot: Slot, names: Names) -> Iterator[tuple[str, str]]:
    """One name in place of another."""
    node = slot.node
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield from ((f"{node.id}, {n}", n) for n in names.related(node.id))


def pairs_alike(slot: Slot, names: Names) -> Iterator[tuple[str, str]]:
    """Both numbers of a pair equal to one of them, as padding is on two sides."""
    node = slot.node
    if isinstance(node, ast.Tuple) and len(node.elts) == 2:
        one, two = map(ast.unparse, node.elts)
        yield from (("first", f"({one}, {one})"), ("second", f"({two}, {two})"))


def ends_of_slices(slot: Slot, names: Names) -> Iterator[tuple[str, str]]:
    """The end of a slice counted from its beginning."""
    if slot.field == "upper" and slot.holder.lower is not None:
        yield "counted", f"({ast.unparse(slot.holder.lower)}) + ({slot.text})"


def other_signs(slot: Slot, names: Names) -> Iterator[tuple[str, str]]:
    """Plus instead of minus, minus instead of plus; another comparison."""
    node = slot.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        text = ast.unparse(ast.BinOp(node.left, other, node.right))
        yield f"{type(other).__name__} {ast.unparse(node.right)}", text
        yield type(other).__name__, text
    elif isinstance(node, ast.Compare):
        yield from compared(node, 0)


def whole_ranges(slot: Slot, names: Names) -> Iterator[tuple[str, str]]:
    """Ranges from 0 on instead of 1."""
    in_range = slot.field == "args" and name_of(slot.holder.func) == "range"
    if in_range and slot.place == 0 and number_of(slot.node) == 1:
        yield "first", "0"


def two_sides(slot: Slot, names: Names) -> Iterator[tuple[str, str]]:
    """A number on two sides instead of one, such as the padding, or on no side."""
    node = slot.node
    if isinstance(node, ast.Name) and isinstance(slot.holder, ast.BinOp):
        widths = [name for name in names.numbers if name.startswith("pad")]
        if node.id in widths:
            yield node.id, f"2 * {node.id}"
        elif slot.field == "left" and isinstance(slot.holder.op, ast.Sub):
            yield from (("both", f"{node.id} + 2 * {name}") for name in widths)


def bare(slot: Slot, names: Names) -> Iterator[tuple[str, str]]:
    """What a function is called with, instead of what it returns; without a number."""
    node = slot.node
    if isinstance(node, ast.BinOp) and number_of(node.right) is not None:
        yield ast.unparse(node), ast.unparse(node.left)
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        yield ast.unparse(node.func), ast.unparse(node.args[0])


def distributed(slot: Slot, names: Names) -> Iterator[tuple[str, str]]:
    """a * c - b for (a - b) * c."""
    node = slot.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        left, right = node.left, node.right
        if isinstance(left, ast.BinOp):
            inner = ast.BinOp(left.left, node.op, right)
            yield "distributed", ast.unparse(ast.BinOp(inner, left.op, left.right))


COMMON: Sequence[Common] = [
    whole_windows,
    stored,
    steps,
    moved_windows,
    pairs_alike,
    ends_of_slices,
    other_signs,
    whole_ranges,
    two_sides,
    bare,
    distributed,
    renamed,
]


def copied_lines(slots: Sequence[Slot], names: Names) -> Iterator[Edit]:
    """Two names replaced in a line by those beside them, such as H by W and kh by kw.

    So it is where a line was copied, and not all of it was changed.
    """
    read = [s for s in slots if isinstance(s.node, ast.Name)]
    for statement in statements_of(read):
        here = [s for s in read if s.statement is statement]
        texts = {slot.text for slot in here}
        likely = [pair for pair in names.beside if pair[0] in texts - {pair[1]}]
        for one, other in itertools.combinations(likely[:MOST_COPIED], 2):
            put = dict((one, other))
            changes = [Change(s, put[s.text]) for s in here if s.text in put]
            if len(put) == 2:
                yield Edit(tuple(changes))


def indexed_targets(slots: Sequence[Slot], names: Names) -> Iterator[Edit]:
    """Only one element is stored to: the one at the index of a loop."""
    for slot in slots:
        target, sign, value = storing(slot.node)
        if isinstance(target, ast.Name) and target.id not in names.loops:
            for index in names.indices:
                text = f"{target.id}[{index}] {sign}= {value}"
                yield Edit((Change(slot, text),))


def stored_calls(slots: Sequence[Slot], names: Names) -> Iterator[Edit]:
    """What a call returns is stored where its argument was, as in g = g.sum(axis=0)."""
    for slot in slots:
        call = slot.node.value if isinstance(slot.node, ast.Expr) else None
        if isinstance(call, ast.Call):
            own = [call.args[0]] if call.args else []
            if isinstance(call.func, ast.Attribute):
                own.insert(0, call.func.value)
            for name in (ast.unparse(n) for n in own if isinstance(n, ast.Name)):
                yield Edit((Change(slot, f"{name} = {ast.unparse(call)}"),))


def exchanged_values(slots: Sequence[Slot], names: Names) -> Iterator[Edit]:
    """What two neighbouring statements store, exchanged."""
    own = [s for s in slots if isinstance(s.node, ast.Assign)]
    for one, other in itertools.pairwise(own):
        texts = [ast.unparse(s.node.targets[0]) for s in (one, other)]
        values = [ast.unparse(s.node.value) for s in (one, other)]
        if one.holder is other.holder and "(" not in "".join(texts):
            changes = (
                Change(one, f"{texts[0]} = {values[1]}"),
                Change(other, f"{texts[1]} = {values[0]}"),
            )
            yield Edit(changes, EXCHANGED, values[0], values[1])
