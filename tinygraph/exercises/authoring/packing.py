"""Packing an exercise for students: its text without answers, and recorded answers."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from typing import Any

from ..exercise import ALLOWS, CASES, Exercise, Function
from ..judging.trial import inputs_of_case, outcome_in_case
from ..packed import FORMAT, SEEDS, packed_outcome
from ..running.frames import encode

TOLD = ("given", "accept", "explain")  # functions that are packed as code
NO_CASES = "def cases(rng, k):\n    raise NotImplementedError"


def pack_exercise(exercise: Exercise, with_solution: bool = False) -> bytes:
    """An exercise as `packed` reads it: equal exercises give equal bytes."""
    cases = [(seed, number) for seed in SEEDS for number in range(CASES)]

    def record(function: Function) -> list[Any]:
        return [packed_outcome(outcome_in_case(exercise, function, *c)) for c in cases]

    return encode(
        {
            "format": FORMAT,
            "source": student_source(exercise),
            "seeds": list(SEEDS),
            "cases": [inputs_of_case(exercise, *case) for case in cases],
            "answers": {
                name: [list(inspect.signature(function).parameters), record(function)]
                for name, function in exercise.references.items()
            },
            "wrong": [
                [wrong.name, wrong.message, wrong.replaces, record(wrong.function)]
                for wrong in exercise.wrong
            ],
            "solution": exercise.solution() if with_solution else "",
        }
    )


def student_source(exercise: Exercise) -> str:
    """The file of an exercise as students may see it: what is right is not in it."""
    needed = [n for name in TOLD for n in statements_of(exercise, name)]
    kept = list(dict.fromkeys(map(ast.unparse, needed)))
    imports = {
        ast.unparse(node): exercise.refusal_of(node) for node in exercise.imported()
    }
    parts = [
        exercise.quoted_statement,
        *(text for text, refused in imports.items() if text in kept or not refused),
        *constants_of(exercise),
        *(text for text in kept if text not in imports),
        NO_CASES,
        *exercise.heads(),
    ]
    return "\n\n".join(parts) + "\n"


def constants_of(exercise: Exercise) -> Iterator[str]:
    """The constants of an exercise as code."""
    yield f"POINTS = {exercise.points!r}"
    yield f"CORNERS = {exercise.corners!r}"
    yield f"AFTER = {list(exercise.after)!r}"
    yield f"HINTS = {list(exercise.hints)!r}"
    if exercise.imports is not None:
        yield f"IMPORTS = {list(exercise.imports)!r}"
    if exercise.allows_tinygraph:
        yield ALLOWS


def statements_of(exercise: Exercise, name: str) -> list[ast.stmt]:
    """A function of an exercise and what it needs, if students may see that.

    Nothing, if it needs a function that a reference needs, too. It may call a reference
    itself, which is replaced by its recorded answers.
    """
    private = {*exercise.references, *(wrong.name for wrong in exercise.wrong)}
    needed = exercise.needed_by(name, without=private)
    shared = {ast.unparse(node) for node in exercise.needed_by(*exercise.references)}
    functions = [n for n in needed if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    return [] if any(ast.unparse(n) in shared for n in functions) else needed


def left_out(exercise: Exercise) -> list[str]:
    """The functions of an exercise that cannot be packed."""
    there = {"accept": exercise.accept, "explain": exercise.explain}
    return [n for n, found in there.items() if found and not statements_of(exercise, n)]
