"""The exercises as one notebook: a file of cells, written and read as JSON.

An answer is a code cell that defines a function of an exercise, wherever it stands:
this is what the grader goes by, too.
"""

from __future__ import annotations

import ast
import json
import linecache
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import FileError
from ..files import require_regular, write_atomically
from .exercise import Exercise

NOTEBOOK = "exercises.ipynb"
NUMPY = "import numpy as np"
FIRST = f"{NUMPY}\n\nfrom tinygraph.exercises import check, hint, solution"
TITLE = """\
# Exercises

Each exercise is a statement, a cell in which you write a function, and a cell that
checks it. Take them in their order, or in any other. Run the next cell first, and a
cell of yours before its check.

* `check(mse)` says what is wrong, one thing at a time, and what you get.
* `hint(mse)` shows a hint, and then the next.
* `solution(mse)` shows one, after passing or after all hints.

Checks here have no limit of time: interrupt the kernel to end an endless loop. In a
terminal, in the folder of this notebook, `tinygraph progress` shows how far you are,
`tinygraph check 09` checks what you have saved, with limits, and `tinygraph reset 09`
puts an empty exercise back; yours is kept as a copy. Where `tinygraph` is not found,
`python -m tinygraph` does the same. This file is what you hand in."""

Cell = dict[str, Any]
Book = dict[str, Any]


def notebook(exercises: Sequence[Exercise]) -> str:
    """The notebook with all exercises, none of them written yet."""
    cells = [markdown(TITLE), code(FIRST)]
    for exercise in exercises:
        cells += cells_of(exercise)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    book = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return text_of(book)


def cells_of(exercise: Exercise) -> list[Cell]:
    """What an exercise says, what is to be written, and the check."""
    number = exercise.id.partition("_")[0]
    points = f"{exercise.points:g} point{'' if exercise.points == 1 else 's'}"
    heading = f"## {number} {exercise.title} ({points})"
    check = f"check({', '.join(exercise.references)})"
    answer = {**code(empty(exercise)), "metadata": {"exercise": exercise.id}}
    return [markdown(f"{heading}\n\n{exercise.statement}"), answer, code(check)]


def markdown(text: str) -> Cell:
    """A cell of text."""
    return {"cell_type": "markdown", "metadata": {}, "source": lines_of(text)}


def code(text: str) -> Cell:
    """A cell of Python that has not been run."""
    cell: Cell = {"cell_type": "code", "execution_count": None, "metadata": {}}
    return {**cell, "outputs": [], "source": lines_of(text)}


def lines_of(text: str) -> list[str]:
    """A text as notebooks have it."""
    return text.splitlines(keepends=True)


def empty(exercise: Exercise) -> str:
    """The functions to be written, without what stands in other cells."""
    stub = exercise.stub()
    first = ast.parse(stub).body[0]  # the statement
    lines = stub.splitlines()[first.end_lineno :]
    return "\n".join(line for line in lines if line != NUMPY).strip()


def text_of(book: Book) -> str:
    """A notebook as the text of its file."""
    return json.dumps(book, indent=1) + "\n"


def read(path: Path) -> Book:
    """The notebook in a file.  Raises FileError where it is none."""
    require_regular(path)
    try:
        book: Book = json.loads(path.read_bytes())
        if not all(isinstance(source(cell), str) for cell in book["cells"]):
            raise TypeError
        return book
    except FileNotFoundError:
        raise FileError(
            f"{path} is not there: `tinygraph start` writes an empty one"
        ) from None
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise FileError(f"{path} is no notebook that can be read") from None


def source(cell: Cell) -> str:
    """The text of a cell."""
    return "".join(cell.get("source", ""))


def answers(book: Book, exercise: Exercise) -> list[Cell]:
    """The code cells that define functions of an exercise, or else were made for it."""
    heads = [f"def {name}(" for name in exercise.references]
    cells = [cell for cell in book["cells"] if cell.get("cell_type") == "code"]
    own = [cell for cell in cells if any(head in source(cell) for head in heads)]
    return own or [cell for cell in cells if made_for(cell) == exercise.id]


def made_for(cell: Cell) -> str | None:
    """The exercise for whose answer a cell was made."""
    metadata = cell.get("metadata")
    return metadata.get("exercise") if isinstance(metadata, dict) else None


def put_empty(path: Path, exercise: Exercise) -> None:
    """Put the empty exercise into its cell, or at the end where there is none."""
    book = read(path)
    own = answers(book, exercise)
    if own:
        fresh = code(empty(exercise))
        own[0].update({key: fresh[key] for key in fresh if key != "metadata"})
    else:
        start = len(book["cells"])
        book["cells"] += cells_of(exercise)
        taken = {cell.get("id") for cell in book["cells"]}
        names = (f"cell-{n}" for n in range(10**6) if f"cell-{n}" not in taken)
        for cell in book["cells"][start:]:
            cell["id"] = next(names)
    write_atomically(path, text_of(book).encode())


def place(path: Path, taken: str, line: int) -> tuple[str, int] | None:
    """Where a line of what was taken from a notebook stands in it: a cell, and a line.

    The cell is a name by which `linecache` knows its text.
    """
    lines = taken.splitlines()
    block = lines[first_of(taken, line) - 1 : line]
    for number, cell in enumerate(read(path)["cells"]):
        own = source(cell).splitlines()
        for start in range(len(own) - len(block) + 1):
            if block and own[start : start + len(block)] == block:
                name = f"{path}, cell {number + 1}"
                text = [f"{line}\n" for line in own]
                linecache.cache[name] = (len(text), None, text, name)
                return name, start + len(block)
    return None


def first_of(text: str, line: int) -> int:
    """The first line of the function or other statement that a line stands in."""
    try:
        nodes = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 1  # a cell alone, which is no Python
    spans = [(n.lineno, n.end_lineno or n.lineno) for n in nodes]
    return next((first for first, last in spans if first <= line <= last), line)
