"""The class on one page: points, the hardest exercises, and who made which mistake.

The page is a single file without scripts. Names and messages come from students'
files, and are escaped wherever they appear.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from ...files import write_atomically
from ...legible import for_xml, quantity
from .row import (
    GRADER_FAULT,
    Mistake,
    Row,
    by_student,
    feedback,
    mistakes_in,
    total_maximum,
    total_points,
)
from .statistics import (
    by_exercise,
    commonest_mistakes,
    handed_in_anything,
    hardest_exercises,
    judged_rows,
    mean_maximum,
    mean_points,
    share_of_points,
    why_unread,
)

STYLE = Path(__file__).with_name("class_page.css").read_bytes().decode()
SIGNS = {"missing": "–", GRADER_FAULT: "?"}
LEGEND = (
    ("full", "all points"),
    ("part", "some"),
    ("none", "none"),
    ("missing", "– nothing to grade"),
    ("fault", "? not graded"),
)


def write_html(path: Path, rows: Sequence[Row]) -> None:
    """Write the page of a class."""
    head = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Grades</title><style>{STYLE}</style></head>"
    )
    parts = [
        overview_html(rows),
        points_html(rows),
        exercises_html(rows),
        students_html(rows),
    ]
    body = f"<body><h1>Grades</h1>{''.join(parts)}</body></html>\n"
    write_atomically(path, (head + body).encode())


def as_html(value: object) -> str:
    """A value as text in HTML."""
    return escape(for_xml(str(value)), quote=True)


def name_html(student: str) -> str:
    """A student's name, with places where a line may break."""
    found = as_html(student)
    for sign in "_-.@":
        found = found.replace(sign, f"{sign}<wbr>")
    return f"<bdi>{found}</bdi>"


def names_html(found: Iterable[str]) -> str:
    """Names in a list."""
    return ", ".join(map(name_html, found))


def overview_html(rows: Sequence[Row]) -> str:
    """The class in a few lines."""
    students = by_student(rows)
    unread = {
        student: why_unread(own)
        for student, own in students.items()
        if not handed_in_anything(own)
    }
    absent = [student for student, why in unread.items() if not why]
    broken = [f"{name_html(s)} ({as_html(why)})" for s, why in unread.items() if why]
    hardest = hardest_exercises(rows).items()
    worst = [f"{as_html(id)} ({percent(part)})" for id, part in hardest]
    frequent = map(mistake_count_html, commonest_mistakes(rows))
    faults = [row.student for row in rows if row.status == GRADER_FAULT]
    blameless = f"Not graded, which is not their fault ({quantity(len(faults), 'row')})"
    average = f"{mean_points(rows):.3g} of {mean_maximum(rows):g} points on average"
    lines = {
        "The class": f"{quantity(len(students), 'student')}, {average}",
        f"Handed in nothing ({len(absent)})": names_html(absent),
        f"Handed in nothing that can be graded ({len(broken)})": ", ".join(broken),
        "Hardest, by share of the points": ", ".join(worst),
        "Most frequent mistakes": "; ".join(frequent),
        blameless: names_html(dict.fromkeys(faults)),
    }
    shown = [f"<li>{head}: {line}</li>" for head, line in lines.items() if line]
    return f"<ul>{''.join(shown)}</ul>"


def mistake_count_html(mistake: Mistake) -> str:
    """A mistake, and how many students made it."""
    many = len(mistake.students)
    return (
        f"{many}× <code>{as_html(mistake.name)}</code> in {as_html(mistake.exercise)}"
    )


def percent(part: float | None) -> str:
    """A share as a percentage."""
    return "–" if part is None else f"{part:.0%}"


def points_html(rows: Sequence[Row]) -> str:
    """The table of points: a line for each student, a column for each exercise."""
    keys = "".join(f"<span class={key}>{said}</span>" for key, said in LEGEND)
    lines = "".join(
        student_row_html(number, *entry)
        for number, entry in enumerate(by_student(rows).items())
    )
    return (
        f"<h2>Points</h2><p class=legend>{keys}</p>"
        "<div class=scroll role=region aria-label=Points tabindex=0><table>"
        f"<thead>{head_html(rows)}</thead><tbody>{lines}</tbody></table></div>"
        "<p>The average of an exercise counts only those who handed it in.</p>"
    )


def head_html(rows: Sequence[Row]) -> str:
    """The head of the table: exercises, their points, and average shares."""
    cells = "<th scope=col><div class=name>student</div></th><th scope=col>points</th>"
    parts = "<th scope=row><div class=name>average</div></th>"
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


def student_row_html(number: int, student: str, rows: Sequence[Row]) -> str:
    """The line of a student in the table."""
    link = f'<a href="#s{number}">{name_html(student)}</a>'
    cells = f"<th scope=row><div class=name>{link}</div></th>"
    cells += f"<td>{total_points(rows):g}</td>"
    for row in rows:
        sign = SIGNS.get(row.status, f"{row.points:g}")
        why = as_html(f"{row.exercise}, {row.status}: {feedback(row)}")
        cells += f'<td class={cell_class(row)} title="{why}">{sign}</td>'
    return f"<tr>{cells}</tr>"


def cell_class(row: Row) -> str:
    """The CSS class of a cell."""
    if row.status in SIGNS:
        return "fault" if row.status == GRADER_FAULT else "missing"
    return "full" if row.points == row.maximum else "part" if row.points else "none"


def exercises_html(rows: Sequence[Row]) -> str:
    """For each exercise, how it went and who made which mistake."""
    found: dict[str, list[Mistake]] = {}
    for mistake in mistakes_in(rows):
        found.setdefault(mistake.exercise, []).append(mistake)
    parts = [
        f"<h3 id=e{number}>{as_html(key)}</h3>{summary_html(own)}"
        f"{mistakes_html(found.get(key, []))}"
        for number, (key, own) in enumerate(by_exercise(rows).items())
    ]
    return "<h2>Who made which mistake</h2>" + "".join(parts)


def summary_html(rows: Sequence[Row]) -> str:
    """How an exercise went, in one line."""
    own = judged_rows(rows)
    right = sum(row.status == "passed" for row in own)
    return (
        f"<p class=summary>{right} of {len(own)} who handed it in were right; "
        f"{percent(share_of_points(rows))} of the points.</p>"
    )


def mistakes_html(found: Sequence[Mistake]) -> str:
    """The mistakes of an exercise, the most frequent first."""
    lines = "".join(
        f"<li><b>{len(mistake.students)}×</b>"
        f"<div><code>{as_html(mistake.name)}</code> {as_html(mistake.message)}</div>"
        f"<div class=who>{names_html(mistake.students)}</div></li>"
        for mistake in found
    )
    return f"<ul class=mistakes>{lines}</ul>" if found else ""


def students_html(rows: Sequence[Row]) -> str:
    """What each student was told, folded."""
    parts = [
        f"<details><summary>{name_html(student)}: "
        f"{total_points(own):g} of {total_maximum(own):g}</summary>"
        f"<dl id=s{number}>{''.join(map(feedback_html, own))}</dl></details>"
        for number, (student, own) in enumerate(by_student(rows).items())
    ]
    return f"<div class=told><h2>What each student was told</h2>{''.join(parts)}</div>"


def feedback_html(row: Row) -> str:
    """What a student was told about an exercise."""
    head = f"{row.exercise}: {row.points:g} of {row.maximum:g}, {row.status}"
    return f"<dt>{as_html(head)}</dt><dd>{as_html(feedback(row))}</dd>"
