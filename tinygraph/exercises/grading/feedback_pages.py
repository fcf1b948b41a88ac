"""Feedback: a page for each student, with what that student alone may know.

The name of a page depends only on the student's name. So it stays when the class is
graded again, and two names that differ in anything have different pages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from ...files import make_folder, write_atomically
from ..catalogue import shipped_paths
from ..exercise import label_of, short_id
from ..judging.verdict import (
    FAILED,
    PASSED,
    Check,
    state_of_check,
    translated_check,
)
from ..language import current_language, translated
from ..submissions.alphabet import plain
from .csv_report import csv_bytes
from .html import as_html, name_html, page_html
from .row import Row, by_student, feedback, total_maximum, total_points
from .signs import colour_of, happened_to

STYLE = Path(__file__).with_name("feedback_page.css").read_bytes().decode()
LIST = "index.csv"
MOST_IN_NAME = 40  # characters of a student's name in the name of a file


def write_feedback(folder: Path, rows: Sequence[Row], course: str = "") -> None:
    """Write a page for each student to a folder, and index.csv with a line for each.

    Each page names the course, if it has a name. Raises FileError if it cannot.
    """
    make_folder(folder)
    lines: list[list[object]] = [["student", "id", "email", "file", "points", "max"]]
    for student, own in by_student(rows).items():
        name = page_name(student)
        write_atomically(folder / name, student_page(student, own, course))
        person = [student, own[0].student_id, own[0].email]
        lines.append([*person, name, total_points(own), total_maximum(own)])
    write_atomically(folder / LIST, csv_bytes(lines))


def page_name(student: str) -> str:
    """The name of a student's page, which is safe on every system.

    >>> page_name("Anna Müller")
    'anna-muller-94666c8824.html'
    """
    digest = hashlib.sha256(student.encode(errors="backslashreplace")).hexdigest()[:10]
    kept = plain(student)[:MOST_IN_NAME]
    words = "".join(c if c.isalnum() else " " for c in kept).split()
    return "-".join([*words, digest]) + ".html"


def student_page(student: str, rows: Sequence[Row], course: str) -> bytes:
    """The page of one student."""
    sums = {"points": total_points(rows), "maximum": total_maximum(rows)}
    points = translated("{points:g} of {maximum:g} points", **sums)
    above = f"<div class=course>{as_html(course)}</div>" if course else ""
    parts = [f"{above}<h1>{name_html(student)}</h1><p class=total>{points}</p>"]
    parts += [overview_html(rows), *map(exercise_html, rows)]
    title = f"{course}, {student}" if course else student
    title, body = f"{title}: {points}", "".join(parts)
    return page_html(title, STYLE, body, language=current_language())


def overview_html(rows: Sequence[Row]) -> str:
    """The points of each exercise in a table."""
    lines = "".join(
        f'<tr><th scope=row><a href="#{as_html(row.exercise)}">'
        f"{as_html(label_of(row.exercise))}</a></th>"
        f"<td class={colour_of(row)}>{as_html(points_of(row))}</td>"
        f"<td class=words>{as_html(happened_to(row))}</td></tr>"
        for row in rows
    )
    heads = translated("exercise"), translated("points"), translated("result")
    head = "".join(f"<th scope=col>{as_html(text)}</th>" for text in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def exercise_html(row: Row) -> str:
    """What a student is told about one exercise."""
    head = as_html(f"{label_of(row.exercise)}: {points_of(row)}")
    parts = [f"<h2>{head}</h2><p class=told>{as_html(feedback(row))}</p>"]
    if row.case is not None:
        command = f"tinygraph check {short_id(row.exercise)}"
        if row.exercise in {path.stem for path in shipped_paths()}:  # any seed
            command += f" --seed {row.seed}"
        again = as_html(translated("check it again:"))
        parts.append(f"<p>{again} <code>{as_html(command)}</code></p>")
    body = "".join([*parts, checks_html(row)])
    return f'<section id="{as_html(row.exercise)}">{body}</section>'


def points_of(row: Row) -> str:
    """The points of a row, and how many there are."""
    return translated("{points:g} of {most:g}", points=row.points, most=row.maximum)


def checks_html(row: Row) -> str:
    """What was checked, in a list."""
    checks = [Check(*pair) for pair in row.checks]
    lines = []
    for check in checks:
        state = state_of_check(check, checks, row.mistake)
        sign = {PASSED: "✓", FAILED: "✗"}.get(state, "–")
        why = "" if state in (PASSED, FAILED) else f": {translated(state)}"
        lines.append(f"<li>{sign} {as_html(translated_check(check.name) + why)}</li>")
    return f"<ul class=checks>{''.join(lines)}</ul>" if lines else ""
