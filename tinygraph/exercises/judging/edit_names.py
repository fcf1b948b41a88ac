"""Names in a student's function, and which of them are taken for each other."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Iterator

from .edits import Function

MODULES = ("np", "numpy", "tg", "nx", "math")
MOST_NAMES = 16  # by which something may be multiplied


class Names:
    """The names of one function: its arguments, and what it assigns to."""

    def __init__(self, function: Function) -> None:
        self.function, given = function, function.args
        self.arguments = [a.arg for a in (*given.posonlyargs, *given.args)]
        self.groups = [self.arguments, *groups_in(function)]
        found = [name for group in self.groups for name in group]
        self.groups += groups_alike(dict.fromkeys(found))
        self.every = list(dict.fromkeys(found))[:MOST_NAMES]
        self.loops = [name for loop in loops_in(function) for name in names_in(loop)]

    def related(self, name: str) -> list[str]:
        """The names that may be taken for one: those of its groups."""
        found = [other for group in self.groups if name in group for other in group]
        return [other for other in dict.fromkeys(found) if other != name]

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Two names that may be taken for each other, each pair once."""
        for name in self.every:
            for other in self.related(name):
                if name < other:
                    yield name, other


def groups_in(function: Function) -> Iterator[list[str]]:
    """Names that appear side by side: where they are unpacked, and those of loops."""
    yield [name for loop in loops_in(function) for name in names_in(loop)]
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            own = [name for target in node.targets for name in names_in(target)]
            yield own
            if isinstance(node.value, ast.Call):  # what is made of something
                yield [*own, *names_in(node.value)]
        for body in bodies_of(node):
            yield from neighbours(body)


def groups_alike(names: Iterable[str]) -> list[list[str]]:
    """Two names of which one is the beginning of the other, such as x and xp."""
    pairs = itertools.combinations(sorted(names), 2)
    return [[one, two] for one, two in pairs if two.startswith(one)]


def loops_in(function: Function) -> list[ast.expr]:
    """What the loops of a function go through their values with."""
    nodes = ast.walk(function)
    return [n.target for n in nodes if isinstance(n, ast.For | ast.comprehension)]


def neighbours(body: list[ast.stmt]) -> Iterator[list[str]]:
    """The names that two neighbouring statements assign to."""
    for one, two in itertools.pairwise(body):
        if isinstance(one, ast.Assign) and isinstance(two, ast.Assign):
            yield [n for node in (one, two) for t in node.targets for n in names_in(t)]


def bodies_of(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The lists of statements in a node."""
    for field in ("body", "orelse", "finalbody"):
        body = getattr(node, field, None)
        if isinstance(body, list):
            yield body


def names_in(node: ast.AST) -> list[str]:
    """The names in a piece of code, without modules and functions that are called."""
    called = [call.func for call in ast.walk(node) if isinstance(call, ast.Call)]
    found = [name for name in ast.walk(node) if isinstance(name, ast.Name)]
    return [n.id for n in found if n not in called and n.id not in MODULES]
