"""Overrides: points and comments that the teacher decides, kept while grades are made
again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import ArgumentError
from ..language import translated
from ..selection import select_ids
from .csv_table import read_csv
from .names import Person, find_person

OVERRIDES_FILE = "overrides.csv"
COLUMNS = {
    "student": ("student", "name", "full name", "id", "email", "teilnehmer"),
    "exercise": ("exercise", "exercises", "aufgabe", "übung"),
    "points": ("points", "score", "grade", "punkte", "bewertung"),
    "comment": ("comment", "comments", "feedback", "kommentar", "bemerkung"),
}  # fmt: skip


@dataclass(frozen=True)
class Override:
    """What a teacher decides about an exercise of a student."""

    student: str
    exercise: str
    points: float | None  # None leaves them as they are
    comment: str


def read_overrides(
    path: Path, people: Sequence[Person], ids: Sequence[str]
) -> tuple[dict[tuple[str, str], Override], list[str]]:
    """The overrides in a CSV file by student and exercise, and what is wrong with some.

    Raises FileError if the file cannot be read, and ArgumentError if it lacks a column.
    """
    table = read_csv(path, COLUMNS)
    for column in ("student", "exercise"):
        if column not in table.places:
            raise ArgumentError(
                translated(
                    "{path} has no column {column}: its first line must be "
                    "student,exercise,points,comment",
                    path=path,
                    column=column,
                )
            )
    found: dict[tuple[str, str], Override] = {}
    lines: dict[tuple[str, str], int] = {}
    wrong = []
    for number, values in table.rows():
        try:
            for override in overrides_in(values, people, ids):
                key = override.student, override.exercise
                if key in found and found[key] != override:
                    wrong.append(replaced_by(path, override, lines[key], number))
                found[key], lines[key] = override, number
        except ArgumentError as error:
            wrong.append(
                translated(
                    "{path}, line {number}, is not applied: {error}",
                    path=path,
                    number=number,
                    error=error,
                )
            )
    return found, wrong


def replaced_by(path: Path, override: Override, old: int, new: int) -> str:
    """That a later line decides about an exercise of a student."""
    return translated(
        "{path}: line {old} is not applied, because line {new} is about {exercise} of "
        "{student} as well",
        path=path,
        old=old,
        new=new,
        exercise=override.exercise,
        student=override.student,
    )


def overrides_in(
    values: dict[str, str], people: Sequence[Person], ids: Sequence[str]
) -> list[Override]:
    """The overrides in a line: one for each exercise that it names."""
    person = find_person(values["student"], people)
    if not isinstance(person, Person):
        why = f"; {person}" if person else ""
        raise ArgumentError(
            translated(
                "there is no student {student!r}{why}",
                student=values["student"],
                why=why,
            )
        )
    points, comment = read_points(values.get("points", "")), values.get("comment", "")
    if points is None and not comment:
        raise ArgumentError(translated("it has neither points nor a comment"))
    names = select_ids([values["exercise"]], ids)
    return [Override(person.name, id, points, comment) for id in names]


def read_points(text: str) -> float | None:
    """Points with a decimal point or comma; None without any."""
    if not text:
        return None
    try:
        points = float(text.replace(",", "."))
    except ValueError:
        points = -1.0
    if not 0 <= points < float("inf"):
        raise ArgumentError(
            translated("{text!r} are not points: write a number such as 2.5", text=text)
        )
    return points
