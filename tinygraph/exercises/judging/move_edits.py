"""Edits that leave statements out, move them, or free them of a condition."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ..language import marked
from .edit_names import Names, bodies_of
from .edits import Change, Edit, Function, Slot, quoted

OTHER_ORDER = marked(
    "line {line}: if `{old}` and the next statement change places, the result is right"
)
LEFT_OUT = marked("line {line}: without `{old}`, the result is right")
LEFT_OUT_BLOCK = marked(
    "line {line}: without `{old}` and what is below it, the result is right"
)
AFTER_LOOP = marked(
    "line {line}: with `{old}` after the loop instead of in it, the result is right"
)
BEFORE_LOOP = marked(
    "line {line}: with `{old}` before the loop instead of in it, the result is right"
)
INTO_LOOP = marked(
    "line {line}: with `{old}` at the beginning of the loop `{new}` instead of before "
    "it, the result is right"
)
AT_LOOPS_END = marked(
    "line {line}: with `{old}` at the end of the loop `{new}` instead of after it, the "
    "result is right"
)
AT_THE_END = marked(
    "line {line}: with `{new}` after it, at the end of the loop, the result is right"
)
ALWAYS = marked(
    "line {line}: if what is below `{old}` is done in every case, the result is right"
)
OTHERWISE = marked(
    "line {line}: if what is below the `else` of `{old}` is done in every case, the "
    "result is right"
)


def bodies(function: Function) -> Iterator[tuple[Slot, int]]:
    """The statements of a function: the list that each is in, and its place there."""
    for owner in ast.walk(function):
        for field in ("body", "orelse"):
            body = getattr(owner, field, None)
            for place, node in enumerate(body if isinstance(body, list) else ()):
                yield Slot(owner, field, None, body, node, None), place


def left_out_edits(slots: Sequence[Slot], names: Names) -> Iterator[Edit]:
    """Statements left out, or without the condition that they are under."""
    for slot, place in bodies(names.function):
        before, after = slot.node[:place], slot.node[place + 1 :]
        old = quoted(slot.statement)
        if before or after or slot.field == "orelse":
            is_block = any(bodies_of(slot.statement))
            said = LEFT_OUT_BLOCK if is_block else LEFT_OUT
            yield Edit((Change(slot, [*before, *after]),), said, old)
        if isinstance(slot.statement, ast.If):
            for said, body in (
                (ALWAYS, slot.statement.body),
                (OTHERWISE, slot.statement.orelse),
            ):
                if body:
                    yield Edit((Change(slot, [*before, *body, *after]),), said, old)


def order_edits(slots: Sequence[Slot], names: Names) -> Iterator[Edit]:
    """Statements in another order, moved out of a loop or into it, or added to it."""
    for slot, place in bodies(names.function):
        body, node = slot.node, slot.statement
        before, after = body[:place], body[place + 1 :]
        if isinstance(node, ast.For):
            yield from out_of_loop(slot, body, place, node)
            yield from counted(node)
        if before:
            yield from to_the_end(slot, [*before, *after], before[-1])
        if after:
            moved = [*before, after[0], node, *after[1:]]
            yield Edit((Change(slot, moved),), OTHER_ORDER, quoted(node))
            yield from into_loop(slot, [*before, *after], after[0])


def loops_from(node: ast.stmt) -> Iterator[ast.For]:
    """A loop, and the loops in it."""
    if isinstance(node, ast.For):
        yield node
        for each in node.body:
            yield from loops_from(each)


def into_loop(slot: Slot, left: list[ast.stmt], after: ast.stmt) -> Iterator[Edit]:
    """A statement at the beginning of the loop that follows it, or of one in that."""
    for loop in loops_from(after):
        inner = Slot(loop, "body", None, loop.body, slot.statement, None)
        changes = Change(inner, [slot.statement, *loop.body]), Change(slot, left)
        yield Edit(changes, INTO_LOOP, quoted(slot.statement), quoted(loop))


def to_the_end(slot: Slot, left: list[ast.stmt], before: ast.stmt) -> Iterator[Edit]:
    """A statement at the end of the loop before it, or of one in that."""
    for loop in loops_from(before):
        inner = Slot(loop, "body", None, loop.body, slot.statement, None)
        changes = Change(inner, [*loop.body, slot.statement]), Change(slot, left)
        yield Edit(changes, AT_LOOPS_END, quoted(slot.statement), quoted(loop))


def out_of_loop(
    slot: Slot, body: list[ast.stmt], place: int, loop: ast.For
) -> Iterator[Edit]:
    """The last statement of a loop after it, or the first one before it."""
    before, after = body[:place], body[place + 1 :]
    for inner in loops_from(loop):
        if len(inner.body) > 1:
            (*most, last), (first, *others) = inner.body, inner.body
            after_it = [*before, loop, last, *after]
            yield moved_out(slot, inner, last, most, after_it, AFTER_LOOP)
            before_it = [*before, first, loop, *after]
            yield moved_out(slot, inner, first, others, before_it, BEFORE_LOOP)


def moved_out(
    slot: Slot,
    loop: ast.For,
    node: ast.stmt,
    left: list[ast.stmt],
    body: list[ast.stmt],
    said: str,
) -> Edit:
    """One statement moved out of a loop, to where the body says."""
    inner = Slot(loop, "body", None, loop.body, node, None)
    changes = Change(inner, left), Change(slot._replace(statement=node), body)
    return Edit(changes, said, quoted(node))


def counted(loop: ast.For) -> Iterator[Edit]:
    """A counter that the end of a loop moves on."""
    used = [n.id for n in ast.walk(loop) if isinstance(n, ast.Name)]
    slot = Slot(loop, "body", None, loop.body, loop.body[-1], None)
    for name in dict.fromkeys(used):
        text = f"{name} += 1"
        moved = [*loop.body, *ast.parse(text).body]
        yield Edit((Change(slot, moved),), AT_THE_END, new=text)
