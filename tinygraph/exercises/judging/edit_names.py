"""Names in a student's function, and which of them are taken for each other."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Iterator, Mapping

from .edits import Function

MODULES = ("np", "numpy", "tg", "nx", "math")
NUMBER = "number"  # the kind of an argument
WHOLE_NUMBERS = ("kh", "kw", "stride", "pad", "steps")  # if no kinds are known
MOST_DIFFERENCES = 4
MOST_NAMES = 16  # by which something may be multiplied


class Names:
    """The names of one function: its arguments, and what it assigns to."""

    def __init__(
        self, function: Function, kinds: Mapping[str, str] | None = None
    ) -> None:
        self.function, given = function, function.args
        self.kinds = kinds or {}  # of the arguments, as far as they are known
        self.arguments = [a.arg for a in (*given.posonlyargs, *given.args)]
        self.groups = [self.arguments, *groups_in(function)]
        found = [name for group in self.groups for name in group]
        self.groups += groups_alike(dict.fromkeys(found))
        self.every = list(dict.fromkeys(found))[:MOST_NAMES]
        numbers = [n for n in self.arguments if self.kinds.get(n) == NUMBER]
        self.beside = list(dict.fromkeys(neighbours_in(self.groups)))
        self.numbers = numbers or [n for n in self.arguments if n in WHOLE_NUMBERS]
        self.ends = ends_of_ranges(function)
        self.indexed = indexed_in(function)
        self.differences = list(differences_in(function))
        self.loops = [name for loop in loops_in(function) for name in names_in(loop)]
        self.indices = dict.fromkeys(map(ast.unparse, loops_in(function)))

    def related(self, name: str) -> list[str]:
        """The names that may be taken for one: those of its groups."""
        found = [other for group in self.groups if name in group for other in group]
        return [
            other
            for other in dict.fromkeys(found)
            if other != name and self.may_be(name, other)
        ]

    def may_be(self, name: str, other: str) -> bool:
        """Whether two names are not known to be of different kinds."""
        known = self.kinds.get(name), self.kinds.get(other)
        return None in known or known[0] == known[1]

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


def neighbours_in(groups: Iterable[list[str]]) -> Iterator[tuple[str, str]]:
    """Two names that are beside each other in a group, in both directions."""
    for group in groups:
        for one, two in itertools.pairwise(group):
            if one != two:
                yield from ((one, two), (two, one))


def groups_alike(names: Iterable[str]) -> list[list[str]]:
    """Two names of which one begins or ends with the other: x and xp, x and dx."""
    pairs = itertools.combinations(sorted(names, key=lambda n: (len(n), n)), 2)
    return [
        [one, two] for one, two in pairs if two.startswith(one) or two.endswith(one)
    ]


def ends_of_ranges(function: Function) -> list[str]:
    """Where the ranges of a function end, each once."""
    calls = [n for n in ast.walk(function) if isinstance(n, ast.Call) and n.args]
    own = [call for call in calls if getattr(call.func, "id", "") == "range"]
    return list(dict.fromkeys(ast.unparse(call.args[:2][-1]) for call in own))


def indexed_in(function: Function) -> list[str]:
    """The names of which a function takes elements."""
    values = [n.value for n in ast.walk(function) if isinstance(n, ast.Subscript)]
    return list(dict.fromkeys(v.id for v in values if isinstance(v, ast.Name)))


def differences_in(function: Function) -> Iterator[str]:
    """The differences that a function computes, each once."""
    nodes = [n for n in ast.walk(function) if isinstance(n, ast.BinOp)]
    texts = (ast.unparse(n) for n in nodes if isinstance(n.op, ast.Sub))
    yield from itertools.islice(dict.fromkeys(texts), MOST_DIFFERENCES)


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
