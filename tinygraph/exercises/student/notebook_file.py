"""The exercises as one notebook: its cells, written and read as JSON.

An answer is a code cell that defines a function of an exercise, wherever it is; the
grader finds answers in the same way.
"""

from __future__ import annotations

import ast
import json
import linecache
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import FileError
from ...files import require_regular, write_atomically
from ..exercise import Exercise, short_id
from ..language import marked, number_of_points, translated
from ..submissions.notebooks import defines

NOTEBOOK_FILE = "exercises.ipynb"
IMPORT_NUMPY = "import numpy as np"
FIRST_CELL = f"{IMPORT_NUMPY}\n\nfrom tinygraph.exercises import check, hint, solution"
TITLE_CELL = marked("""\
# Exercises

Each exercise has a statement, a cell in which you write a function, and a cell that
checks it. Do them in order, or in any order you like. Run the next cell first, and run
your own cell before its check.

* `check(mse)` says what is wrong, one thing at a time, and how many points you have.
* `hint(mse)` shows a hint, and then the next one.
* `solution(mse)` shows a solution, after passing or after all hints.

Checks in this notebook have no time limit: interrupt the kernel to stop an endless
loop. In a terminal, in the folder of this notebook, `tinygraph progress` shows how far
you are, `tinygraph check 09` checks what you have saved, with limits, and `tinygraph
reset 09` puts an empty exercise back and keeps a copy of yours. If `tinygraph` is not
found, use `python -m tinygraph`. Hand in this file.""")

Cell = dict[str, Any]
Book = dict[str, Any]


def notebook_text(exercises: Sequence[Exercise]) -> str:
    """A notebook with all exercises, none of them answered."""
    cells = [markdown_cell(translated(TITLE_CELL)), code_cell(FIRST_CELL)]
    for exercise in exercises:
        cells += cells_of(exercise)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    book = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return text_of_book(book)


def cells_of(exercise: Exercise) -> list[Cell]:
    """The cells of an exercise: its statement, the empty answer, and the check."""
    points = number_of_points(exercise.points)
    heading = f"## {short_id(exercise.id)} {exercise.title} ({points})"
    check = f"check({', '.join(exercise.references)})"
    answer = {
        **code_cell(empty_answer(exercise)),
        "metadata": {"exercise": exercise.id},
    }
    return [
        markdown_cell(f"{heading}\n\n{exercise.statement}"),
        answer,
        code_cell(check),
    ]


def markdown_cell(text: str) -> Cell:
    """A cell of text."""
    return {"cell_type": "markdown", "metadata": {}, "source": lines_of(text)}


def code_cell(text: str) -> Cell:
    """A cell of Python that has not been run."""
    cell: Cell = {"cell_type": "code", "execution_count": None, "metadata": {}}
    return {**cell, "outputs": [], "source": lines_of(text)}


def lines_of(text: str) -> list[str]:
    """A text as notebooks store it."""
    return text.splitlines(keepends=True)


def empty_answer(exercise: Exercise) -> str:
    """The functions to write, without what other cells contain."""
    stub = exercise.stub()
    first = ast.parse(stub).body[0]  # the statement
    lines = stub.splitlines()[first.end_lineno :]
    return "\n".join(line for line in lines if line != IMPORT_NUMPY).strip()


def text_of_book(book: Book) -> str:
    """A notebook as the text of its file."""
    return json.dumps(book, indent=1) + "\n"


def read_book(path: Path) -> Book:
    """The notebook in a file. Raises FileError if it cannot be read as one."""
    require_regular(path)
    try:
        book: Book = json.loads(path.read_bytes())
        if not all(isinstance(source_of_cell(cell), str) for cell in book["cells"]):
            raise TypeError
        return book
    except FileNotFoundError:
        raise FileError(
            translated(
                "{path} does not exist: `tinygraph start` writes an empty one",
                path=path,
            )
        ) from None
    except OSError as error:
        raise FileError(
            translated("cannot read {path}: {error}", path=path, error=error.strerror)
        ) from None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise FileError(
            translated("{path} cannot be read as a notebook", path=path)
        ) from None


def source_of_cell(cell: Cell) -> str:
    """The text of a cell."""
    return "".join(cell.get("source", ""))


def answer_cells(book: Book, exercise: Exercise) -> list[Cell]:
    """The code cells that define functions of an exercise, or else were made for it."""
    cells = [cell for cell in book["cells"] if cell.get("cell_type") == "code"]
    own = [cell for cell in cells if defines(source_of_cell(cell), exercise)]
    return own or [cell for cell in cells if made_for(cell) == exercise.id]


def made_for(cell: Cell) -> str | None:
    """The exercise for whose answer a cell was made."""
    metadata = cell.get("metadata")
    return metadata.get("exercise") if isinstance(metadata, dict) else None


def put_empty_answer(path: Path, exercise: Exercise) -> None:
    """Empty the cell of an exercise, or add one at the end if there is none."""
    book = read_book(path)
    own = answer_cells(book, exercise)
    if own:
        fresh = code_cell(empty_answer(exercise))
        own[0].update({key: fresh[key] for key in fresh if key != "metadata"})
    else:
        start = len(book["cells"])
        book["cells"] += cells_of(exercise)
        taken = {cell.get("id") for cell in book["cells"]}
        names = (f"cell-{n}" for n in range(10**6) if f"cell-{n}" not in taken)
        for cell in book["cells"][start:]:
            cell["id"] = next(names)
    write_atomically(path, text_of_book(book).encode())


def find_line(path: Path, taken: str, line: int) -> tuple[str, int] | None:
    """The cell of a notebook, and the line in it, of a line that was taken from there.

    The cell is a name under which `linecache` has its text.
    """
    lines = taken.splitlines()
    block = lines[first_line_of_statement(taken, line) - 1 : line]
    for number, cell in enumerate(read_book(path)["cells"]):
        own = source_of_cell(cell).splitlines()
        for start in range(len(own) - len(block) + 1):
            if block and own[start : start + len(block)] == block:
                name = translated("{path}, cell {number}", path=path, number=number + 1)
                text = [f"{line}\n" for line in own]
                linecache.cache[name] = (len(text), None, text, name)
                return name, start + len(block)
    return None


def first_line_of_statement(text: str, line: int) -> int:
    """The first line of the function, or other statement, that contains a line."""
    try:
        nodes = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 1  # a single cell that is not valid Python
    spans = [(n.lineno, n.end_lineno or n.lineno) for n in nodes]
    return next((first for first, last in spans if first <= line <= last), line)
