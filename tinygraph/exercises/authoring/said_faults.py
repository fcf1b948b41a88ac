"""Faults in what an exercise says: its statement, points, hints and messages."""

from __future__ import annotations

import ast
import math
import string
from collections.abc import Iterator

import numpy as np

from ..catalogue import CATALOGUE
from ..exercise import CASES, CONSTANTS, Exercise, defined_names
from ..judging.messages import message_fields
from ..judging.trial import Trial
from ..language import translated, translated_plural
from ..running.outcome import Outcome
from ..similar_names import most_similar

HINTS_NEEDED = 3


def said_faults(exercise: Exercise) -> list[str]:
    """The faults in what an exercise says, one sentence each."""
    return [
        *text_faults(exercise),
        *constant_faults(exercise),
        *hint_faults(exercise),
        *import_faults(exercise),
        *message_faults(exercise),
    ]


def text_faults(exercise: Exercise) -> Iterator[str]:
    """Missing statements, docstrings, points and hints."""
    if not exercise.statement:
        yield translated(
            "there is no statement: write it below the title, in the file's docstring"
        )
    if not title_is_alone(exercise):
        yield translated("the title is not alone: leave the line below it empty")
    yield from point_faults(exercise)
    if not 0 <= exercise.corners < CASES:
        most = CASES - 1
        yield translated("CORNERS must be from 0 to {most}", most=most)
    if len(exercise.hints) < HINTS_NEEDED:
        yield translated_plural(
            "there is {count} hint: write {wanted}",
            "there are {count} hints: write {wanted}",
            len(exercise.hints),
            wanted=HINTS_NEEDED,
        )
    for number, hint in enumerate(exercise.hints, 1):
        if not hint.strip():
            yield translated("hint {number} is empty", number=number)
    for other in set(exercise.after) - other_exercises(exercise):
        yield translated(
            "AFTER names {other!r}, which is not another exercise", other=other
        )
    for name, function in exercise.references.items():
        if not function.__doc__:
            yield translated(
                "{name} has no docstring: describe its arguments and its result, or"
                " call it _{name}, if students do not write it",
                name=name,
            )
    for wrong in exercise.wrong:
        if not wrong.function.__doc__:
            yield translated(
                "{name} has no docstring, which is the message to the student",
                name=wrong.name,
            )


def point_faults(exercise: Exercise) -> Iterator[str]:
    """Points that no answer can get."""
    if not exercise.points > 0:
        yield translated("POINTS must be above 0")
    elif (2 * exercise.points) % 1:
        below = math.floor(2 * exercise.points) / 2
        above = below + 0.5
        yield translated(
            "POINTS is {points:g}, but points are given in halves: write "
            "{below:g} or {above:g}",
            points=exercise.points,
            below=below,
            above=above,
        )


def title_is_alone(exercise: Exercise) -> bool:
    """Whether the line below the title is empty."""
    said = ast.get_docstring(ast.parse(exercise.source)) or ""
    return not "".join(said.splitlines()[1:2]).strip()


def constant_faults(exercise: Exercise) -> Iterator[str]:
    """Constants that are nearly called like one with a meaning."""
    for node in exercise.nodes:
        for name in defined_names(node) if isinstance(node, ast.Assign) else ():
            near = most_similar(name, CONSTANTS, 0.8)
            if near and name not in CONSTANTS:
                yield translated(
                    "{name} has no meaning: did you mean {near}?", name=name, near=near
                )


def other_exercises(exercise: Exercise) -> set[str]:
    """The exercises that AFTER may name: shipped ones, and those in the same folder."""
    folders = (CATALOGUE, exercise.path.parent)
    files = {path.stem for folder in folders for path in folder.glob("*.py")}
    return files - {exercise.id, "__init__"}


def hint_faults(exercise: Exercise) -> Iterator[str]:
    """Hints that contain a line of a reference."""
    lines = set(reference_steps(exercise))
    for number, hint in enumerate(exercise.hints, 1):
        for line in lines:
            if line in without_blanks(hint):
                yield translated(
                    "hint {number} contains a line of the reference", number=number
                )


def import_faults(exercise: Exercise) -> Iterator[str]:
    """Modules that a reference needs, and answers may not import."""
    every = ast.walk(ast.parse(exercise.solution()))
    imports = [n for n in every if isinstance(n, ast.Import | ast.ImportFrom)]
    for refused in filter(None, map(exercise.refusal_of, imports)):
        yield translated(
            "the reference needs what IMPORTS does not allow: {refused}",
            refused=refused,
        )


def reference_steps(exercise: Exercise) -> Iterator[str]:
    """The expressions that the references return or assign, without blanks."""
    for node in exercise.nodes:
        if isinstance(node, ast.FunctionDef) and node.name in exercise.references:
            for part in ast.walk(node):
                value = getattr(part, "value", None)
                is_step = isinstance(part, ast.Assign | ast.AugAssign | ast.Return)
                if is_step and not isinstance(value, ast.Name | ast.Constant | None):
                    yield from texts_of(value)


def texts_of(value: ast.expr) -> Iterator[str]:
    """An expression without blanks; a tuple also without its parentheses."""
    text = without_blanks(ast.unparse(value))
    yield text
    names = isinstance(value, ast.Tuple) and {*map(type, value.elts)} == {ast.Name}
    if isinstance(value, ast.Tuple) and not names:
        yield text[1:-1]


def without_blanks(text: str) -> str:
    """A text without blanks."""
    return "".join(text.split())


def message_faults(exercise: Exercise) -> Iterator[str]:
    """Messages with unknown fields, or that cannot be formatted."""
    right = Outcome((np.arange(4.0).reshape(2, 2),))
    wrong = Outcome((np.ones((2, 2)),))
    known = message_fields(Trial("", 0, (), right, wrong))
    for answer in exercise.wrong:
        if answer.message.startswith("TODO"):
            yield translated(
                "the docstring of {name} is still to be written", name=answer.name
            )
        try:
            names = [name for _, name, _, _ in string.Formatter().parse(answer.message)]
            unknown = {name for name in names if name is not None} - set(known)
            if unknown:
                fields = sorted(unknown)
                yield translated(
                    "the message of {name} has unknown fields {fields}",
                    name=answer.name,
                    fields=fields,
                )
            else:
                answer.message.format(**known)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            yield translated(
                "the message of {name} cannot be formatted: {error}",
                name=answer.name,
                error=error,
            )
