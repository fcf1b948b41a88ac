"""The table of points on the page of a class: a line for each student."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..language import translated
from .html import as_html, name_html
from .row import Row, by_student, feedback, total_points
from .signs import colour_of, happened_to, has_no_points, legend_html, sign_of
from .statistics import by_exercise, hardest_exercises, mean_points, share_of_points

SCRIPT = Path(__file__).with_name("class_table.js").read_bytes().decode()


def points_html(rows: Sequence[Row]) -> str:
    """The table of points: a line for each student, a column for each exercise."""
    lines = "".join(
        student_row_html(number, *entry)
        for number, entry in enumerate(by_student(rows).items())
    )
    title, sort = as_html(translated("Points")), as_html(translated("sort by"))
    averages = translated(
        "The average of the points counts everybody, with 0 points for what was not "
        "handed in. The average of an exercise is the share of its points that those "
        "who handed it in have. A cell leads to what the student was told."
    )
    return (
        f"<h2>{title}</h2>{legend_html()}"
        f'<div class=scroll role=region aria-label="{title}" tabindex=0>'
        f'<table data-sort="{sort}">'
        f"<thead>{head_html(rows)}</thead><tbody>{lines}</tbody></table></div>"
        f"<p>{as_html(averages)}</p>"
    )


def head_html(rows: Sequence[Row]) -> str:
    """The head of the table: exercises, their points, and average shares."""
    student, points = as_html(translated("student")), as_html(translated("points"))
    average = as_html(translated("average"))
    cells = f"<th scope=col><div class=name>{student}</div></th>"
    cells += f"<th scope=col>{points}</th>"
    parts = f"<th scope=row><div class=name>{average}</div></th>"
    parts += f"<th>{mean_points(rows):.3g}</th>"
    worst = hardest_exercises(rows)
    for number, (key, own) in enumerate(by_exercise(rows).items()):
        most, part = own[0].maximum, share_of_points(own)
        turned = f'<a class=turned href="#e{number}">{as_html(key)} ({most:g})</a>'
        cells += f"<th scope=col>{turned}</th>"
        mark = " hardest" * (key in worst)
        style = f"--part-of: {100 * (part or 0):.0f}%"
        parts += f'<th class="share{mark}" style="{style}">{percent(part)}</th>'
    return f"<tr>{cells}</tr><tr>{parts}</tr>"


def percent(part: float | None) -> str:
    """A share as a percentage."""
    return "–" if part is None else f"{part:.0%}"


def student_row_html(number: int, student: str, rows: Sequence[Row]) -> str:
    """The line of a student in the table."""
    link = f'<a href="#s{number}">{name_html(student)}</a>'
    cells = f"<th scope=row data-value={number}><div class=name>{link}</div></th>"
    points = total_points(rows)
    cells += f"<td data-value={points:g}>{points:g}</td>"
    for place, row in enumerate(rows):
        cells += cell_html(row, f"s{number}e{place}")
    return f"<tr>{cells}</tr>"


def cell_html(row: Row, told: str) -> str:
    """The cell of a row; unless all is right, it leads to what the student was told."""
    text = sign_of(row)
    value = -1 if has_no_points(row) else row.points
    if row.status != "passed" or row.notes:
        why = as_html(f"{row.exercise}, {happened_to(row)}: {feedback(row)}")
        text = f'<a href="#{told}" title="{why}">{text}</a>'
    return f"<td class={colour_of(row)} data-value={value:g}>{text}</td>"
