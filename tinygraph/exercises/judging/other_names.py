"""Names in a student's file that are not those of the exercise, or in another order."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from ..language import translated
from ..similar_names import most_similar

PARTS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def explain_missing(
    source: str, function: str, arguments: Sequence[str], others: Collection[str] = ()
) -> str:
    """Which function of a file was probably meant, or where it is; "" if none was.

    The others are names that the exercise asks for as well.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return ""
    around = part_around(tree, function)
    if around:
        return translated(
            "{function} is inside of {around}: move it out, to the beginning of a line",
            function=function,
            around=around,
        )
    meant = name_meant(tree, function, arguments, others)
    if not meant:
        return ""
    return translated(
        "is {meant} meant? Rename it to {function}", meant=meant, function=function
    )


def part_around(tree: ast.Module, function: str) -> str:
    """The name of a function or class in which a function is defined; or ""."""
    for part in ast.walk(tree):
        if isinstance(part, PARTS) and function in map(
            name_of, ast.iter_child_nodes(part)
        ):
            return part.name
    return ""


def name_of(node: ast.AST) -> str:
    """The name that a definition has; "" of anything else."""
    return node.name if isinstance(node, PARTS) else ""


def name_meant(
    tree: ast.Module, function: str, arguments: Sequence[str], others: Collection[str]
) -> str:
    """The name most like a function's, or that of the only one with its arguments."""
    known = {
        name: found for name, found in functions_at_top(tree) if name not in others
    }
    plain = {name.replace("_", "").lower(): name for name in known}
    near = most_similar(function.replace("_", "").lower(), plain)
    if near:
        return plain[near]
    alike = [name for name, found in known.items() if found == list(arguments)]
    return alike[0] if len(alike) == 1 else ""


def functions_at_top(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """The functions of a file with the names of their arguments, lambdas as well."""
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name, args=given):
                yield name, [argument.arg for argument in given.args]
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda(args=given)):
                yield name, [argument.arg for argument in given.args]
            case _:
                pass


def explain_order(source: str, function: str, arguments: Sequence[str]) -> str:
    """What is wrong if a function has the right arguments in another order; or ""."""
    try:
        known = dict(functions_at_top(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError):
        return ""
    own = known.get(function, [])
    if own == list(arguments) or sorted(own) != sorted(arguments):
        return ""
    return translated(
        "the arguments come in the order {right}, but your first line names them {own}",
        right=", ".join(arguments),
        own=", ".join(own),
    )
