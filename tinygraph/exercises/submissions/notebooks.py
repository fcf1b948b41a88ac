"""Notebooks that were handed in: the definitions in their code cells."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from typing import Any

from ..exercise import Exercise
from .submission import Source, Submission, Unusable

LARGEST_NOTEBOOK = 20 * 2**20  # bytes: it may contain pictures
DEFINITIONS = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef


def collect_notebook(
    name: str, text: bytes, own: Submission, exercises: Sequence[Exercise]
) -> None:
    """Add the functions in a notebook, for the exercises that they belong to."""
    try:
        cells = [code_of_cell(cell) for cell in json.loads(text)["cells"]]
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        raise Unusable(f"cannot be read as a notebook: {error!r}"[:200]) from None
    good = "\n\n".join(filter(None, map(definitions_in, cells)))
    for exercise in exercises:
        for code in (good, *cells):  # a cell that is not Python says so itself
            if defines(code, exercise):
                own.add(exercise.id, Source(name, code.encode(errors="replace")))
                break


def defines(code: str, exercise: Exercise) -> bool:
    """Whether some code defines a function of an exercise."""
    return any(f"def {name}(" in code for name in exercise.references)


def code_of_cell(cell: Any) -> str:
    """The code of a cell, without the notebook's own commands."""
    if cell.get("cell_type") != "code":
        return ""
    lines = "".join(cell.get("source", "")).splitlines()
    return "\n".join(x for x in lines if not x.lstrip().startswith(("%", "!", "?")))


def definitions_in(code: str) -> str:
    """The imports, functions, classes and constants of a cell, and nothing else."""
    try:
        nodes = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    lines = code.splitlines()
    parts = []
    for node in nodes:
        if isinstance(node, DEFINITIONS) or is_constant(node):
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(d.lineno for d in decorators)])
            parts += lines[first - 1 : node.end_lineno]
    return "\n".join(parts)


def is_constant(node: ast.stmt) -> bool:
    """Whether a statement assigns a literal value."""
    if not isinstance(node, ast.Assign):
        return False
    try:
        ast.literal_eval(node.value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False
    return True
