"""The statements of a notebook that a function needs, chosen by the names they use."""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

# A line that begins with one of these goes on with the statement before it.
CONTINUING = (" ", "\t", ")", "]", "}", "#", "elif", "else", "except", "finally")
MAIN = re.compile(r"if\s+\(?\s*__name__\s*==\s*(['\"])__main__\1\s*\)?\s*:")
DYNAMIC = {"exec", "globals", "vars", "locals"}  # by which code may bind any name
NAME = re.compile(r"[^\W\d]\w*")
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


@dataclass(frozen=True)
class Statement:
    """Top-level code: one statement, or several that share a line."""

    text: str
    binds: frozenset[str]  # names that it assigns, defines or imports
    imports: frozenset[str]  # those of them that it imports; "*" for all
    uses: frozenset[str]  # global names that it reads, also inside functions
    stores: frozenset[str]  # names of objects whose elements or attributes it assigns
    calls: frozenset[str]  # names of objects that it calls methods of, as statements
    runs: frozenset[str]  # names of functions that it calls, as statements
    later: frozenset[str]  # names that functions in it assign or change when they run
    quoted: frozenset[str]  # names in its texts and keywords
    may_bind_any: bool  # whether it runs texts, or has all global names as a dictionary


def statements_in(code: str) -> list[Statement]:
    """The statements of some code; of code with a wrong syntax, those that are right.

    >>> [statement.text for statement in statements_in("a = 1\\nb = = 2\\nc = 3")]
    ['a = 1', 'c = 3']
    """
    try:
        return list(read_statements(code))
    except UNREADABLE:
        blocks = list(blocks_of(code))
        return [s for b in blocks for s in statements_in(b)] if len(blocks) > 1 else []


def blocks_of(code: str) -> Iterator[str]:
    """Code cut at the lines that seem to begin a statement."""
    block: list[str] = []
    for line in code.splitlines():
        decorated = bool(block) and block[-1].startswith("@")
        if block and line and not line.startswith(CONTINUING) and not decorated:
            yield "\n".join(block)
            block = []
        block.append(line)
    yield "\n".join(block)


def read_statements(code: str) -> Iterator[Statement]:
    """The statements of code with a right syntax."""
    lines, spans = code.splitlines(), list[tuple[int, int]]()
    for node in ast.parse(code).body:
        first = min([node.lineno, *(d.lineno for d in decorators_of(node))])
        last = node.end_lineno or first
        if spans and first <= spans[-1][1]:
            first, _ = spans.pop()
        spans.append((first, last))
    for first, last in spans:
        yield statement_of("\n".join(lines[first - 1 : last]))


def decorators_of(node: ast.stmt) -> list[ast.expr]:
    """The decorators of a function or a class."""
    return getattr(node, "decorator_list", [])


def statement_of(text: str) -> Statement:
    """A statement with the names that it deals with; a notebook is the main program."""
    text = MAIN.sub("if True:", text, count=1) if MAIN.match(text) else text
    table = symtable.symtable(text, "notebook", "exec")
    bound = {n.get_name() for n in table.get_symbols() if n.is_assigned()}
    imports = {n.get_name() for n in table.get_symbols() if n.is_imported()}
    tree = ast.parse(text)
    nodes = list(walk_outside_functions(tree))
    walrus = {n.target.id for n in nodes if isinstance(n, ast.NamedExpr)}
    taken = {a.name for n in nodes if isinstance(n, ast.ImportFrom) for a in n.names}
    return Statement(
        text,
        binds=frozenset(bound - loop_names(nodes) | walrus | imports),
        imports=frozenset(imports | (taken & {"*"})),
        uses=frozenset(global_names(table)),
        stores=frozenset(changed_by_storing(nodes)),
        calls=frozenset(root_of(call) for call in calls_in(nodes, ast.Attribute)),
        runs=frozenset(root_of(call) for call in calls_in(nodes, ast.Name)),
        later=frozenset(changed_by_running(tree, table)),
        quoted=frozenset(names_in_texts(tree)),
        may_bind_any=not DYNAMIC.isdisjoint(global_names(table)),
    )


def names_in_texts(tree: ast.AST) -> Iterator[str]:
    """The names in the texts of some code, which it may run, and those of keywords."""
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) | ast.keyword(arg=str(text)):
                yield from NAME.findall(text)
            case _:
                pass


def changed_by_storing(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names of objects whose elements or attributes some code assigns."""
    for node in nodes:
        match node:
            case ast.Attribute(ctx=ast.Store() | ast.Del()):
                yield root_of(node)
            case ast.Subscript(ctx=ast.Store() | ast.Del()):
                yield root_of(node)
            case _:
                pass


def calls_in(nodes: Iterable[ast.AST], kind: type[ast.expr]) -> Iterator[ast.expr]:
    """What is called by the statements that are nothing but a call."""
    for node in nodes:
        called = getattr(getattr(node, "value", None), "func", None)
        if isinstance(node, ast.Expr) and isinstance(called, kind):
            yield called


def changed_by_running(tree: ast.AST, table: symtable.SymbolTable) -> Iterator[str]:
    """The global names that functions assign, or whose objects they change."""
    outside = set(walk_outside_functions(tree))
    inside = [node for node in ast.walk(tree) if node not in outside]
    known = set(chain.from_iterable(map(global_names, table.get_children())))
    changed = {*changed_by_storing(inside)}
    changed |= {root_of(call) for call in calls_in(inside, ast.Attribute)}
    yield from changed & known
    for node in inside:
        if isinstance(node, ast.Global):
            yield from node.names


def walk_outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all nodes in it, except those in functions."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from walk_outside_functions(child)


def loop_names(nodes: Sequence[ast.AST]) -> set[str]:
    """The names that only comprehensions bind; Python 3.12 counts them as outside."""
    loops = [n.target for n in nodes if isinstance(n, ast.comprehension)]
    inner = [name for loop in loops for name in ast.walk(loop)]
    names = [n for n in nodes if isinstance(n, ast.Name) and n not in inner]
    return {n.id for n in inner if isinstance(n, ast.Name)} - {
        n.id for n in names if isinstance(n.ctx, ast.Store)
    }


def root_of(node: ast.AST) -> str:
    """The name with which an expression such as `a.b[0].c` begins, if it is one."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def global_names(table: symtable.SymbolTable) -> Iterator[str]:
    """The global names that code reads, also in the functions and classes in it."""
    for name in table.get_symbols():
        if name.is_referenced() and name.is_global():
            yield name.get_name()
    for child in table.get_children():
        yield from global_names(child)


def needed_for(
    names: Collection[str], statements: Sequence[Statement]
) -> list[Statement]:
    """The statements that give these names their values, and all that those need.

    A statement also counts if it changes a needed object, in place, by a method or by
    running a function; the methods of a module are not expected to. If a statement may
    bind any name, all that do are needed, with the names in their texts.
    """
    if not any(s.may_bind_any for s in statements):
        return reached_from(names, statements)
    texts = chain.from_iterable(s.quoted for s in statements)
    return reached_from({*names, *texts}, statements)


def reached_from(
    names: Collection[str], statements: Sequence[Statement]
) -> list[Statement]:
    """The statements that the values of these names depend on."""
    modules = set(chain.from_iterable(s.imports for s in statements))
    wanted, chosen = set(names), set[int]()
    while True:
        objects = wanted - modules
        changing = [s.binds for s in statements if s.later & objects]
        dynamic = [s.binds for s in statements if s.may_bind_any]
        functions = set(chain.from_iterable([*changing, *dynamic]))
        more = {
            number
            for number, statement in enumerate(statements)
            if "*" in statement.imports
            or statement.may_bind_any
            or (statement.binds | statement.stores) & wanted
            or statement.calls & objects
            or statement.runs & functions
        }
        if more == chosen:
            return [statements[number] for number in sorted(chosen)]
        chosen = more
        wanted.update(chain.from_iterable(statements[n].uses for n in chosen))
