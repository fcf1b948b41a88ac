"""Grades as files that learning platforms import: Moodle and Canvas."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...files import write_atomically
from ...legible import for_xml
from ..course.names import Person, letters_of
from ..exercise import label_of, plain_name
from ..language import marked, translated
from ..submissions.submission import shortened
from .csv_report import csv_bytes
from .row import Row, by_student, feedback, total_maximum, total_points

# Moodle finds hand-ins by the first, and refuses a file without the last but one.
MOODLE = (
    "Identifier", "Full name", "Email address", "ID number", "Grade", "Maximum Grade",
    "Last modified (grade)", "Feedback comments",
)  # fmt: skip
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POINTS_POSSIBLE = "    Points Possible"  # Canvas knows its line by this
People = Mapping[str, Person]  # by the name in the rows


def write_moodle(path: Path, rows: Sequence[Row], people: People) -> None:
    """Write a line for each student: the total, and what was said of each exercise."""
    names = exercise_names(rows)
    lines: list[list[Any]] = [[*MOODLE, *names]]
    for student, own in by_student(rows).items():
        person = people.get(student, Person(student))
        lines.append(
            [
                "" if person.identifier.isdigit() else person.identifier,
                person.name,
                person.email,
                person.id,
                grade(total_points(own)),
                grade(total_maximum(own)),
                "",
                "<br>".join(map(comment_html, own)),
                *grades_in(own, names),
            ]
        )
    write_atomically(path, csv_bytes(lines))


def comment_html(row: Row) -> str:
    """What Moodle shows to a student about an exercise; its comments are HTML."""
    points = translated("{points:g} of {most:g}", points=row.points, most=row.maximum)
    head = f"{row.exercise}: {points}"
    said = html.escape(for_xml(f"{head}, {feedback(row)}"), quote=False)
    return said.replace("\n", "<br>")


def write_canvas(
    path: Path,
    rows: Sequence[Row],
    people: People,
    title: str = "",
    gradebook: Sequence[str] = (),
) -> None:
    """Write a column for each exercise, or one for the course if Canvas has that.

    `gradebook` is the first line of the file that Canvas exports: an assignment is
    found there by the name or the number of the exercise, or by the course's name.
    """
    names = exercise_names(rows)
    total = next((head for head in gradebook if is_assignment(head, [title])), "")
    most = {row.exercise: grade(row.maximum) for row in rows}
    heads = [canvas_head(name, gradebook) for name in names]
    possible = [most[name] for name in names]
    students = by_student(rows)
    if total:
        heads = [total]
        possible = [grade(max(map(total_maximum, students.values()), default=0))]
    lines: list[list[Any]] = [
        [*CANVAS, *heads],
        [POINTS_POSSIBLE, *[""] * 4, *possible],
    ]
    for student, own in students.items():
        person = people.get(student, Person(student))
        number = person.identifier if person.identifier.isdigit() else person.id
        known = [person.name, number, person.sis_id, person.login, person.section]
        points = [grade(total_points(own))] if total else grades_in(own, names)
        lines.append([*known, *points])
    write_atomically(path, csv_bytes(lines))


def grades_in(rows: Sequence[Row], names: Sequence[str]) -> list[str]:
    """The points of a student in the columns of some exercises."""
    points = {row.exercise: grade(row.points) for row in rows}
    return [points.get(name, "") for name in names]


def who_is_not_found(platform: str, people: People) -> str:
    """Whose grades a platform cannot import, in a sentence; empty if it can."""
    unknown = [name for name, p in people.items() if not is_found(platform, p)]
    if not unknown:
        return ""
    said = {
        "Canvas": marked(
            "Canvas cannot find {names} by number or address: give --roster the "
            "gradebook that Canvas exports"
        ),
        "Moodle": marked(
            "Moodle cannot find {names} by number or address: give --roster the "
            "grading worksheet that Moodle exports"
        ),
    }
    return translated(said[platform], names=shortened(unknown))


def is_found(platform: str, person: Person) -> bool:
    """Whether something is known by which a platform finds a student."""
    known = [person.id, person.identifier]
    known += [person.email] if platform == "Moodle" else [person.sis_id, person.login]
    return any(known)


def canvas_head(exercise: str, gradebook: Sequence[str]) -> str:
    """What the column of an exercise is called, with the number that Canvas gave it."""
    called = [exercise, label_of(exercise), plain_name(exercise)]
    fitting = (head for head in gradebook if is_assignment(head, called))
    return next(fitting, exercise)


def is_assignment(head: str, names: Sequence[str]) -> bool:
    """Whether a column of Canvas is that of an assignment with one of the names.

    >>> is_assignment("MSE (4711)", ["mse"]), is_assignment("MSE", ["mse"])
    (True, False)
    """
    name, _, number = head.strip().removesuffix(")").rpartition(" (")
    return number.isdigit() and letters_of(name) in filter(None, map(letters_of, names))


def exercise_names(rows: Sequence[Row]) -> list[str]:
    """The exercises, in order."""
    return list(dict.fromkeys(row.exercise for row in rows))


def grade(points: float) -> str:
    """Points with a decimal point and up to four decimals, whatever the language."""
    return f"{round(points, 4):.10g}"
