"""Edits of statements, and edits that are made in several places together."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from ..language import marked
from .edit_names import Names, bodies_of
from .edit_rules import name_of
from .edits import EVERYWHERE, Change, Edit, Function, Slot, quoted

SWAPPED = marked("line {line}: with {old} and {new} swapped, the result is right")
OTHER_ORDER = marked(
    "line {line}: if `{old}` and the next statement change places, the result is right"
)
LEFT_OUT = marked("line {line}: without `{old}`, the result is right")
AFTER_LOOP = marked(
    "line {line}: with `{old}` after the loop instead of in it, the result is right"
)
BEFORE_LOOP = marked(
    "line {line}: with `{old}` before the loop instead of in it, the result is right"
)
INTO_LOOP = marked(
    "line {line}: with `{old}` at the beginning of the loop instead of before it, the "
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
AT_THE_END = marked(
    "line {line}: with `{new}` after it, at the end of the loop, the result is right"
)
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


def bodies(function: Function) -> Iterator[tuple[Slot, int]]:
    """The statements of a function: the list that each is in, and its place there."""
    for owner in ast.walk(function):
        for body in bodies_of(owner):
            for place, node in enumerate(body):
                if getattr(owner, "body", None) is body:
                    yield Slot(owner, "body", None, body, node, None), place


def left_out_edits(slots: Sequence[Slot], names: Names) -> Iterator[Edit]:
    """Statements left out."""
    for slot, place in bodies(names.function):
        rest = [*slot.node[:place], *slot.node[place + 1 :]]
        if rest:
            yield Edit((Change(slot, rest),), LEFT_OUT, quoted(slot.statement))


def order_edits(slots: Sequence[Slot], names: Names) -> Iterator[Edit]:
    """Statements in another order, moved out of a loop or into it, or added to it."""
    for slot, place in bodies(names.function):
        body, node = slot.node, slot.statement
        before, after = body[:place], body[place + 1 :]
        if isinstance(node, ast.For):
            yield from out_of_loop(slot, body, place, node)
            yield from counted(node)
        if after:
            moved = [*before, after[0], node, *after[1:]]
            yield Edit((Change(slot, moved),), OTHER_ORDER, quoted(node))
            yield from into_loop(slot, [*before, *after], after[0])


def into_loop(slot: Slot, left: list[ast.stmt], loop: ast.stmt) -> Iterator[Edit]:
    """A statement at the beginning of the loop that follows it."""
    if isinstance(loop, ast.For):
        inner = Slot(loop, "body", None, loop.body, slot.statement, None)
        changes = Change(slot, left), Change(inner, [slot.statement, *loop.body])
        yield Edit(changes, INTO_LOOP, quoted(slot.statement))


def out_of_loop(
    slot: Slot, body: list[ast.stmt], place: int, loop: ast.For
) -> Iterator[Edit]:
    """The last statement of a loop after it, or the first one before it."""
    before, after = body[:place], body[place + 1 :]
    if len(loop.body) > 1:
        (*most, last), (first, *others) = loop.body, loop.body
        yield moved_out(slot, loop, last, most, [*before, loop, last, *after])
        yield moved_out(slot, loop, first, others, [*before, first, loop, *after])


def moved_out(
    slot: Slot,
    loop: ast.For,
    node: ast.stmt,
    left: list[ast.stmt],
    body: list[ast.stmt],
) -> Edit:
    """One statement moved out of a loop, to where the body says."""
    inner = Slot(loop, "body", None, loop.body, node, None)
    changes = Change(inner, left), Change(slot._replace(statement=node), body)
    said = BEFORE_LOOP if body.index(node) < body.index(loop) else AFTER_LOOP
    return Edit(changes, said, quoted(node))


def counted(loop: ast.For) -> Iterator[Edit]:
    """A counter that the end of a loop moves on."""
    used = [n.id for n in ast.walk(loop) if isinstance(n, ast.Name)]
    slot = Slot(loop, "body", None, loop.body, loop.body[-1], None)
    for name in dict.fromkeys(used):
        text = f"{name} += 1"
        moved = [*loop.body, *ast.parse(text).body]
        yield Edit((Change(slot, moved),), AT_THE_END, new=text)


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
    if len(by_statement) > 1:
        first = changes[0]
        try:
            new = ast.unparse(first.nodes)
        except SyntaxError:  # such as a tuple of slices, which is only an index
            return
        yield Edit(tuple(changes), EVERYWHERE, first.slot.text, new)


def swapped_names(slots: Sequence[Slot], names: Names) -> Iterator[Edit]:
    """Two names swapped in a statement, or wherever they are read."""
    read = [s for s in slots if isinstance(s.node, ast.Name)]
    for one, other in names.pairs():
        own = [s for s in read if s.text in (one, other)]
        for statement in dict.fromkeys(s.statement for s in own):
            here = [s for s in own if s.statement is statement]
            if len({s.text for s in here}) > 1:
                yield swap(here, one, other)
        used = [s for s in own if isinstance(getattr(s.node, "ctx", None), ast.Load)]
        if len({s.text for s in used}) > 1:
            yield swap(used, one, other)


def swap(slots: Sequence[Slot], one: str, other: str) -> Edit:
    """Two names swapped in some places."""
    put = {one: other, other: one}
    changes = tuple(Change(slot, put[slot.text]) for slot in slots)
    return Edit(changes, SWAPPED, one, other)


def whole_windows(slot: Slot, names: Names) -> Iterator[tuple[str, str]]:
    """A number of windows that is one larger, or one smaller."""
    node = slot.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv):
        yield "larger", f"{slot.text} + 1"
    if isinstance(node, ast.BinOp) and ast.unparse(node.right) == "1":
        yield type(node.op).__name__, ast.unparse(node.left)
    down = without_ceil(node)
    if down:
        yield "down", down


def without_ceil(node: ast.AST) -> str:
    """A quotient rounded down that is rounded up; "" for anything else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.BinOp):
        inner = node.operand
        if isinstance(inner.op, ast.FloorDiv) and isinstance(inner.left, ast.UnaryOp):
            return divided(inner.left.operand, inner.right)
    if isinstance(node, ast.Call) and name_of(node.func) == "ceil" and node.args:
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


COMMON: Sequence[Common] = [
    whole_windows,
    stored,
    steps,
    pairs_alike,
    ends_of_slices,
    renamed,
]
