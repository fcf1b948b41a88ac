"""Edits: small changes of a student's functions, as pieces of their syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..language import marked

Function = ast.FunctionDef
LONGEST = 90  # characters of code that are quoted
INSTEAD = marked("line {line}: with `{new}` instead of `{old}`, the result is right")
EVERYWHERE = marked(
    "lines {line}: with `{new}` instead of `{old}`, and the same in all of these "
    "lines, the result is right"
)


class Slot(NamedTuple):
    """A place in a syntax tree, and what is there."""

    holder: Any
    field: str
    place: int | None  # in the field, if that is a list
    node: Any
    statement: ast.stmt
    around: Slot | None  # the place that it is in

    @property
    def text(self) -> str:
        """Its code."""
        return ast.unparse(self.node)

    @property
    def now(self) -> Any:
        """What is there now."""
        there = getattr(self.holder, self.field)
        return there if self.place is None else there[self.place]

    def put(self, node: Any) -> None:
        """Put something else there."""
        if self.place is None:
            setattr(self.holder, self.field, node)
        else:
            getattr(self.holder, self.field)[self.place] = node


class Change(NamedTuple):
    """A place, and what is put there: the code of one thing, or statements."""

    slot: Slot
    new: str | list[ast.stmt]

    @property
    def nodes(self) -> Any:
        """The new code as a syntax tree. Raises SyntaxError if there is none."""
        if not isinstance(self.new, str):
            return self.new
        if isinstance(self.slot.node, ast.stmt):
            return ast.parse(self.new).body[0]
        if isinstance(self.slot.node, ast.Slice):
            return index_of(f"_[{self.new}]")
        return ast.parse(f"({self.new})", mode="eval").body

    @property
    def text(self) -> str:
        """The new code as it is quoted."""
        try:
            return str(ast.unparse(self.nodes))
        except SyntaxError:  # of several slices, which are an index and nothing else
            return str(self.new)


def index_of(text: str) -> ast.expr:
    """The index in the code of an element. Raises SyntaxError if there is none."""
    return next(
        node.slice
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Subscript)
    )


@dataclass(frozen=True)
class Edit:
    """Changes that are made together, and what is said of them if they help."""

    changes: tuple[Change, ...]
    said: str = INSTEAD
    old: str = ""  # quoted instead of the code that changes
    new: str = ""

    @property
    def lines(self) -> list[int]:
        """The lines that change."""
        return sorted({change.slot.statement.lineno for change in self.changes})


def functions_of(source: str, name: str) -> list[Function]:
    """A function of a source text, and those of the same file that it calls."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError):
        return []
    known = {node.name: node for node in body if isinstance(node, Function)}
    found, waiting = [], [name]
    while waiting:
        function = known.pop(waiting.pop(), None)
        if function is not None:
            found.append(function)
            names = (n.id for n in ast.walk(function) if isinstance(n, ast.Name))
            waiting += sorted(set(names))
    return found


def slots_in(function: Function) -> Iterator[Slot]:
    """All statements of a function, each before the expressions that are in it."""
    for place, statement in enumerate(function.body):
        if not is_docstring(statement):
            yield from slots_below(function, "body", place, None)


def is_docstring(node: ast.stmt) -> bool:
    """Whether a statement is a text."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def slots_below(
    holder: Any, field: str, place: int | None, around: Slot | None
) -> Iterator[Slot]:
    """A place, and all places in what is there."""
    node = getattr(holder, field)
    node = node if place is None else node[place]
    own = isinstance(node, ast.stmt) or around is None
    statement = node if own or around is None else around.statement
    slot = Slot(holder, field, place, node, statement, around)
    if isinstance(node, ast.expr | ast.stmt):
        yield slot
    for name, value in ast.iter_fields(node):
        if isinstance(value, list):
            for at, each in enumerate(value):
                if isinstance(each, ast.AST):
                    yield from slots_below(node, name, at, slot)
        elif isinstance(value, ast.expr):
            yield from slots_below(node, name, None, slot)


@contextmanager
def applied(edit: Edit) -> Iterator[None]:
    """Make an edit until the end of the block. Raises SyntaxError if it cannot be."""
    nodes = [change.nodes for change in edit.changes]
    try:
        for change, node in zip(edit.changes, nodes, strict=True):
            change.slot.put(node)
        yield
    finally:
        for change in edit.changes:
            change.slot.put(change.slot.node)


def code_of(functions: Sequence[Function]) -> str:
    """The code of functions."""
    return "\n".join(map(ast.unparse, functions))


def quoted(node: Any) -> str:
    """A piece of code on one line, of limited length; of a loop, its first line."""
    if node == []:  # no statement at all
        return ""
    first = node[0] if isinstance(node, list) else node
    line = ast.unparse(first).splitlines()[0]
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}..."


def in_words(edit: Edit) -> dict[str, Any]:
    """What is said of an edit: its lines, and the code before and after it."""
    shown = slot_shown(edit)
    old = edit.old or quoted(shown.node)
    with applied(edit):
        code = quoted(shown.now)
    new, lines = edit.new or code, [str(line) for line in edit.lines]
    return {"line": ", ".join(lines), "old": old, "new": new, "code": code}


def slot_shown(edit: Edit) -> Slot:
    """What is quoted: what changes, with what is around it if that is short.

    Of several changes, it is their statement.
    """
    slot = edit.changes[0].slot
    several = len(edit.changes) > 1
    while slot.around is not None and (several or not tells_enough(slot)):
        if several and isinstance(slot.node, ast.stmt):
            break
        slot = slot.around
    return slot


def tells_enough(slot: Slot) -> bool:
    """Whether a piece of code can be understood alone."""
    if isinstance(slot.node, list):
        return True
    tuples = ast.Tuple | ast.Starred | ast.comprehension | ast.arguments | ast.Name
    return not isinstance(slot.node, tuples | ast.Constant)
