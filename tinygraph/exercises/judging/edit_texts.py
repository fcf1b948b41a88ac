"""Texts: the code of functions while an edit is made, statement by statement.

Thousands of edits are tried, and each changes one or two statements. So the text of all
others is written only once.
"""

from __future__ import annotations

import ast
import copy
import textwrap
from collections.abc import Iterable, Sequence

from .edit_names import bodies_of
from .edits import Edit, Function

WITH_BODIES = (ast.FunctionDef, ast.For, ast.While, ast.If, ast.With)
PASS = "\n    pass"


class Texts:
    """The code of some functions, of which edits change a part."""

    def __init__(self, functions: Sequence[Function]) -> None:
        self.functions = functions
        self.known: dict[int, str] = {}
        self.around: dict[int, tuple[int, ...]] = {}
        for function in functions:
            self.enter(function, ())

    def enter(self, node: ast.stmt, outer: tuple[int, ...]) -> None:
        """Note in which statements each statement is."""
        self.around[id(node)] = (*outer, id(node))
        for body in bodies_of(node):
            for each in body:
                self.enter(each, self.around[id(node)])

    def code(self, edit: Edit | None = None) -> str:
        """The code of all functions, while an edit is made."""
        changed = set() if edit is None else self.changed_by(edit)
        return "\n".join(self.text(function, changed) for function in self.functions)

    def changed_by(self, edit: Edit) -> set[int]:
        """The statements that an edit changes, and those that they are in."""
        slots = [change.slot for change in edit.changes]
        nodes = [node for slot in slots for node in (slot.holder, slot.statement)]
        return {n for node in nodes for n in self.around.get(id(node), ())}

    def text(self, node: ast.stmt, changed: set[int]) -> str:
        """The code of a statement; it is kept if no edit changes it."""
        key = id(node)
        if key in changed or key not in self.around:
            return self.written(node, changed)
        if key not in self.known:
            self.known[key] = self.written(node, changed)
        return self.known[key]

    def written(self, node: ast.stmt, changed: set[int]) -> str:
        """The code of a statement, made of that of the statements in it."""
        if not isinstance(node, WITH_BODIES):
            return ast.unparse(node)
        head = copy.copy(node)
        head.body = [ast.Pass()]
        rest = getattr(node, "orelse", [])
        if isinstance(head, ast.For | ast.While | ast.If):
            head.orelse = []
        text = ast.unparse(head).removesuffix(PASS) + self.block(node.body, changed)
        return f"{text}\nelse:{self.block(rest, changed)}" if rest else text

    def block(self, body: Iterable[ast.stmt], changed: set[int]) -> str:
        """The code of statements that are in another one."""
        lines = "".join(f"\n{self.text(node, changed)}" for node in body)
        return textwrap.indent(lines, "    ")
