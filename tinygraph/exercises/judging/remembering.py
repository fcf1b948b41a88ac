"""Where a student's code remembers something, or uses chance, by its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..language import marked

CHANGES = {"append", "extend", "add", "update", "insert", "setdefault", "pop", "clear"}
CACHES = {"cache", "lru_cache"}
MAKERS = {"list", "dict", "set", "defaultdict", "Counter", "deque", "zeros", "array"}
Definition = ast.FunctionDef | ast.AsyncFunctionDef


class Culprit(NamedTuple):
    """A line of a file, and what is said about it, with the field `name`."""

    line: int
    said: str
    name: str


def find_memory(source: str) -> Culprit | None:
    """The first place where code keeps something between two calls."""
    return first_in(source, (defaults_kept, globals_kept, caches_kept, outer_changed))


def find_chance(source: str) -> Culprit | None:
    """The first place where code uses random numbers or the time."""
    return first_in(source, (chance_used,))


def first_in(
    source: str, looks: tuple[Callable[[ast.Module], Iterator[Culprit]], ...]
) -> Culprit | None:
    """The first thing that one of these finds in a source text."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    return next((found for look in looks for found in look(tree)), None)


def functions_in(tree: ast.AST) -> Iterator[Definition]:
    """All functions, with those inside others."""
    return (node for node in ast.walk(tree) if isinstance(node, Definition))


def defaults_kept(tree: ast.Module) -> Iterator[Culprit]:
    """Defaults that are made once and then changed, such as path=[]."""
    for function in functions_in(tree):
        given = function.args
        places = [*given.posonlyargs, *given.args][-len(given.defaults) or 10**6 :]
        pairs = [*zip(places, given.defaults, strict=False)]
        pairs += [
            (a, d)
            for a, d in zip(given.kwonlyargs, given.kw_defaults, strict=True)
            if d
        ]
        for argument, default in pairs:
            if is_container(default) and changes_name(function, argument.arg):
                said = marked(
                    "the default of {name} is made only once, so all calls share it"
                )
                text = f"{argument.arg}={ast.unparse(default)}"
                yield Culprit(function.lineno, said, text)


def globals_kept(tree: ast.Module) -> Iterator[Culprit]:
    """Names that a function declares to be global."""
    for function in functions_in(tree):
        for node in ast.walk(function):
            if isinstance(node, ast.Global):
                said = marked("{name} is global, so it keeps its value between calls")
                yield Culprit(node.lineno, said, ", ".join(node.names))


def caches_kept(tree: ast.Module) -> Iterator[Culprit]:
    """Functions that keep their results."""
    for function in functions_in(tree):
        for decorator in function.decorator_list:
            if any(name in CACHES for name in names_in(decorator)):
                said = marked("{name} keeps the results of earlier calls")
                yield Culprit(decorator.lineno, said, ast.unparse(decorator))


def outer_changed(tree: ast.Module) -> Iterator[Culprit]:
    """Something outside of all functions that a function changes, or its attributes."""
    outside = {name for node in tree.body for name in assigned_names(node)}
    outside |= {node.name for node in tree.body if isinstance(node, Definition)}
    for function in functions_in(tree):
        own = {name for node in ast.walk(function) for name in assigned_names(node)}
        own |= {a.arg for a in ast.walk(function.args) if isinstance(a, ast.arg)}
        for node in ast.walk(function):
            name = changed_name(node)
            if name in outside - own:
                said = marked("{name} is outside of the function, which changes it")
                yield Culprit(getattr(node, "lineno", function.lineno), said, name)


def chance_used(tree: ast.Module) -> Iterator[Culprit]:
    """Calls of something that is called random, or of a clock."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            names = set(names_in(node.func))
            if names & {"random", "default_rng", "perf_counter", "time", "urandom"}:
                yield Culprit(node.lineno, "", ast.unparse(node.func))


def is_container(node: ast.expr | None) -> bool:
    """Whether an expression makes something that can be changed."""
    made = isinstance(node, ast.Call) and any(n in MAKERS for n in names_in(node.func))
    return made or isinstance(node, ast.List | ast.Dict | ast.Set)


def names_in(node: ast.AST) -> Iterator[str]:
    """The names and attributes in an expression."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr


def changes_name(function: Definition, name: str) -> bool:
    """Whether a function changes what a name refers to."""
    return any(changed_name(node) == name for node in ast.walk(function))


def changed_name(node: ast.AST) -> str:
    """The name of what a piece of code changes in place; "" if it changes nothing."""
    changed: ast.AST | None = None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        changed = node.func.value if node.func.attr in CHANGES else None
    elif isinstance(node, ast.Subscript | ast.Attribute):
        changed = node.value if isinstance(node.ctx, ast.Store) else None
    elif isinstance(node, ast.AugAssign):
        changed = node.target
    while isinstance(changed, ast.Subscript | ast.Attribute):
        changed = changed.value
    return changed.id if isinstance(changed, ast.Name) else ""


def assigned_names(node: ast.AST) -> Iterator[str]:
    """The names that an assignment or a loop gives a new value."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign | ast.For | ast.comprehension):
        targets = [node.target]
    for target in targets:
        for part in ast.walk(target):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                yield part.id
