"""Notebooks that were handed in: what each answer needs from their code cells.

An answer is a name of the exercise that any cell gives a value: by `def`, by a lambda,
or by another name. With it come the statements of all cells that it needs, so that
what passes in the notebook passes here, too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from ..exercise import Exercise
from ..language import marked, translated
from .hand_in import UNKNOWN, HandIn
from .statements import needed_for, statements_in
from .submission import LARGEST_FILE, Source, Submission, Unusable

LARGEST_NOTEBOOK = 20 * 2**20  # bytes: it may contain pictures
MOST_STATEMENTS = 10_000
PYTHON_MAGICS = ("time", "timeit", "capture", "prun")  # of cells that are Python
MALFORMED = (ValueError, LookupError, TypeError, AttributeError, RecursionError)

NO_CELLS = marked(
    "it has no cells, or is of a version before 4, which Jupyter can convert"
)
NO_NOTEBOOK = marked("cannot be read as a notebook: {error}")


def collect_notebook(
    name: str,
    text: bytes,
    own: Submission,
    exercises: Sequence[Exercise],
    age: tuple[object, ...] = (),
    hand_in: HandIn = UNKNOWN,
) -> None:
    """Add the functions in a notebook, for the exercises that they belong to."""
    try:
        cells = [code_of_cell(cell) for cell in json.loads(text)["cells"]]
    except KeyError:
        raise Unusable(translated(NO_NOTEBOOK, error=translated(NO_CELLS))) from None
    except MALFORMED as error:
        raise Unusable(translated(NO_NOTEBOOK, error=repr(error)[:160])) from None
    if sum(map(len, cells)) > LARGEST_FILE:
        raise Unusable(
            translated("has more than {count} characters of code", count=LARGEST_FILE)
        )
    statements = [statement for cell in cells for statement in statements_in(cell)]
    if len(statements) > MOST_STATEMENTS:
        raise Unusable(
            translated("has more than {count} statements", count=MOST_STATEMENTS)
        )
    own.notebooks.append(name)
    asked = {name for exercise in exercises for name in exercise.references}
    own.names += sorted({n for s in statements for n in s.binds - s.imports} - asked)
    for exercise in exercises:
        names = exercise.references.keys()
        needed = needed_for(names, statements)
        if any(names & statement.binds for statement in needed) or (
            any(statement.may_bind_any for statement in needed)
            and any(names & statement.quoted for statement in statements)
        ):
            code = "\n\n".join(statement.text for statement in needed)
        else:  # a cell with a wrong syntax says so itself
            code = next((cell for cell in cells if seems_to_define(cell, exercise)), "")
        if code:
            text = code.encode(errors="replace")
            own.add(exercise.id, Source(name, text, age=age, hand_in=hand_in))


def defines(code: str, exercise: Exercise) -> bool:
    """Whether some code gives a value to a function of an exercise."""
    names = exercise.references.keys()
    found = any(names & statement.binds for statement in statements_in(code))
    return found or seems_to_define(code, exercise)


def seems_to_define(code: str, exercise: Exercise) -> bool:
    """Whether a text looks as if it defined a function of an exercise."""
    heads = (rf"^\s*def\s+{name}\s*\(" for name in exercise.references)
    return any(re.search(head, code, re.MULTILINE) for head in heads)


def code_of_cell(cell: Any) -> str:
    """The code of a cell, without the notebook's own commands.

    >>> code_of_cell({"cell_type": "code", "source": ["%ls\\n", "x = 1"]})
    'x = 1'
    """
    if cell.get("cell_type") != "code":
        return ""
    lines = "".join(cell.get("source", "")).splitlines()
    if lines and lines[0].startswith("%%"):
        magic = lines[0].removeprefix("%%").split()
        if not magic or magic[0] not in PYTHON_MAGICS:
            return ""  # another language
    return "\n".join(x for x in lines if not x.lstrip().startswith(("%", "!", "?")))
