"""The normal form of an answer: its syntax tree without what a copyist would change.

Comments, docstrings, annotations and layout do not count, nor do the names that the
answer itself gives, the order of its imports and of what it defines, how a module is
imported, and what its functions do not use. Names are numbered as they occur.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
MOST_BYTES = 100_000  # of a file whose tree is looked at
STUB = "raise NotImplementedError"
UNREAD_FIELDS = ("annotation", "ctx", "kind", "name", "returns", "type_comment")
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
NAMED = (*DEFINITIONS, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)
SCOPES = (*FUNCTIONS, *COMPREHENSIONS, ast.ClassDef)


@dataclass(frozen=True)
class NormalForm:
    """What is equal in two answers that differ only in what does not count."""

    sha256: str = ""  # empty if there is no answer, or its syntax is wrong
    nodes: int = 0  # of the syntax tree: how much there is to be equal


@dataclass
class Scope:
    """The names that some code binds, and their numbers."""

    bound: Collection[str]
    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, name: str) -> int:
        """The number of a name, in order of first occurrence."""
        return self.numbers.setdefault(name, len(self.numbers))


def normal_form(source: bytes, functions: Collection[str]) -> NormalForm:
    """The normal form of what a file defines under some names, with all they need.

    >>> one = normal_form(b"def f(x):\\n    return 2 * x  # twice", ["f"])
    >>> one == normal_form(b"def f(value): return (2*value)", ["f"]), one.nodes
    (True, 8)
    """
    if len(source) > MOST_BYTES:
        return NormalForm()
    try:
        reader = Reader(ast.parse(source), functions)
        reader.read()
    except UNREADABLE:
        return NormalForm()
    if not reader.tokens:
        return NormalForm()
    text = "\n".join(reader.tokens)
    return NormalForm(hashlib.sha256(text.encode()).hexdigest(), reader.nodes)


class Reader:
    """Reads statements in the order in which the functions need them."""

    def __init__(self, tree: ast.Module, functions: Collection[str]) -> None:
        self.functions = functions
        self.outside = dict(imported_names(tree))
        self.own: dict[str, list[ast.stmt]] = {}
        for statement in tree.body:
            for name in names_bound_by([statement]):
                self.own.setdefault(name, []).append(statement)
        self.top = Scope(self.own)
        self.scopes: list[Scope] = []
        self.wanted = list(functions)  # names at the top level, which may become more
        self.tokens: list[str] = []
        self.nodes = 0

    def read(self) -> None:
        """Read all that the functions need."""
        done = set[int]()
        for name in self.wanted:
            for statement in self.own.get(name, ()):
                if id(statement) not in done and not is_stub(statement):
                    done.add(id(statement))
                    self.visit(statement)

    def visit(self, node: ast.AST) -> None:
        """Read a node and all nodes in it."""
        if is_without_meaning(node):
            return
        if isinstance(node, ast.AnnAssign) and node.value:
            node = ast.Assign([node.target], node.value)
        self.nodes += 1
        if path := self.path_in_module(node):
            self.tokens.append(path)
            return
        self.tokens.append(f"({type(node).__name__}")
        if isinstance(node, NAMED) and node.name:
            self.tokens.append(self.name(node.name))
        if isinstance(node, SCOPES):
            self.scopes.append(Scope(names_in_scope(node)))
            self.visit_fields(node)
            self.scopes.pop()
        else:
            self.visit_fields(node)
        self.tokens.append(")")

    def visit_fields(self, node: ast.AST) -> None:
        """Read what is in a node."""
        if isinstance(node, ast.Name):
            self.tokens.append(self.name(node.id))
        elif isinstance(node, ast.arg):
            self.tokens.append(self.name(node.arg))
        elif isinstance(node, ast.Global | ast.Nonlocal):
            self.tokens += map(self.name, node.names)
        elif isinstance(node, ast.Call):
            self.visit_call(node)
        else:
            for name, value in ast.iter_fields(node):
                if name not in UNREAD_FIELDS:
                    self.visit_value(value)

    def visit_value(self, value: Any) -> None:
        """Read a field of a node: nodes, or a constant."""
        if isinstance(value, list):
            self.tokens.append("[")
            for item in value:
                self.visit_value(item)
            self.tokens.append("]")
        elif isinstance(value, ast.AST):
            self.visit(value)
        else:
            self.tokens.append(f"{type(value).__name__} {value!r}")

    def visit_call(self, node: ast.Call) -> None:
        """Read a call: the names of an own function's arguments do not count."""
        self.visit(node.func)
        self.visit_value(node.args)
        is_own = isinstance(node.func, ast.Name) and self.is_bound(node.func.id)
        for keyword in sorted(
            node.keywords, key=lambda k: "" if is_own else k.arg or ""
        ):
            self.tokens.append("" if is_own else f"{keyword.arg}=")
            self.visit(keyword.value)

    def path_in_module(self, node: ast.AST) -> str:
        """What an expression such as `np.linalg.norm` is called; empty for others."""
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or self.is_bound(node.id):
            return ""
        root = self.outside.get(node.id)
        return ".".join([root, *reversed(parts)]) if root else ""

    def is_bound(self, name: str) -> bool:
        """Whether a name has its value from the answer itself."""
        return name in self.own or any(name in scope.bound for scope in self.scopes)

    def name(self, name: str) -> str:
        """A name as a token: a number if the answer chose it."""
        for depth, scope in reversed(list(enumerate(self.scopes))):
            if name in scope.bound:
                return f"{depth} {scope.number(name)}"
        if name not in self.own:
            return name
        if name not in self.wanted:
            self.wanted.append(name)
        return name if name in self.functions else f"top {self.top.number(name)}"


def is_without_meaning(node: ast.AST) -> bool:
    """Whether a node changes nothing: an import, a docstring, a bare annotation."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    bare = isinstance(node, ast.AnnAssign) and node.value is None
    return bare or isinstance(node, ast.Import | ast.ImportFrom | ast.Pass)


def is_stub(node: ast.stmt) -> bool:
    """Whether a statement is a function that was not written."""
    if not isinstance(node, ast.FunctionDef):
        return False
    body = [part for part in node.body if not is_without_meaning(part)]
    return all(ast.unparse(part).startswith(STUB) for part in body)


def imported_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The names that a file imports, each with what it is called in full."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name if alias.asname else alias.name.partition(".")[0]
                yield alias.asname or root, root
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def names_in_scope(node: ast.AST) -> set[str]:
    """The names that a function, a class or a comprehension binds."""
    if isinstance(node, COMPREHENSIONS):
        targets = [part.target for part in node.generators]
        inner = [name for target in targets for name in ast.walk(target)]
        return {name.id for name in inner if isinstance(name, ast.Name)}
    if isinstance(node, ast.Lambda):
        body: Sequence[ast.AST] = [node.body]
    else:
        assert isinstance(node, DEFINITIONS)
        body = node.body
    names = set(names_bound_by(body))
    if isinstance(node, FUNCTIONS):
        inside = ast.walk(node.args)
        names |= {part.arg for part in inside if isinstance(part, ast.arg)}
    return names


def names_bound_by(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """The names that some statements bind, outside of functions and classes in them."""
    found, elsewhere = list[str](), set[str]()
    for node in nodes:
        for part in walk_scope(node):
            if isinstance(part, NAMED) and part.name:
                found.append(part.name)
            elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                found.append(part.id)
            elif isinstance(part, ast.Global | ast.Nonlocal):
                elsewhere |= {*part.names}
    yield from (name for name in dict.fromkeys(found) if name not in elsewhere)


def walk_scope(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all nodes in it, except those in scopes of their own."""
    yield node
    if isinstance(node, SCOPES):
        return
    for child in ast.iter_child_nodes(node):
        yield from walk_scope(child)
