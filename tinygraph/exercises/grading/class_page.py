"""The class on one page: points, the hardest exercises, and who made which mistake."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...files import write_atomically
from ...legible import quantity
from .class_table import SCRIPT, percent, points_html
from .equal_answers import equal_answers
from .html import as_html, name_html, names_html, page_html
from .mistakes import Mistake, mistakes_in
from .row import (
    GRADER_FAULT,
    Row,
    by_student,
    feedback,
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
from .unknown_answers import UnknownAnswer, unknown_answers
from .walls import walls_down, walls_in_words

STYLE = Path(__file__).with_name("class_page.css").read_bytes().decode()

EQUAL_ANSWERS = (
    "<h2>Equal answers</h2><p>The syntax trees of these answers are equal if comments, "
    "layout, imports and the names that students choose are left out. Answers with few "
    "nodes are often equal by chance.</p>"
)


def write_html(path: Path, rows: Sequence[Row], course: str = "") -> None:
    """Write the page of a class, with the name of its course if it has one."""
    title = f"Grades: {course}" if course else "Grades"
    parts = [
        f"<h1>{as_html(title)}</h1>",
        overview_html(rows),
        points_html(rows),
        exercises_html(rows),
        equal_answers_html(rows),
        students_html(rows),
    ]
    write_atomically(path, page_html(title, STYLE, "".join(parts), SCRIPT))


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
    average += ", with 0 for those who handed in nothing" if absent else ""
    lines = {
        "The class": f"{quantity(len(students), 'student')}, {average}",
        f"Handed in nothing ({len(absent)})": names_html(absent),
        f"Handed in nothing that can be graded ({len(broken)})": ", ".join(broken),
        "Hardest, by share of the points": ", ".join(worst),
        "Most frequent mistakes": "; ".join(frequent),
        blameless: names_html(dict.fromkeys(faults)),
        "Walls": as_html(walls_in_words(rows)) if any(r.walls for r in rows) else "",
    }
    shown = [f"<li>{head}: {line}</li>" for head, line in lines.items() if line]
    return f"<ul>{''.join(shown)}</ul>"


def mistake_count_html(mistake: Mistake) -> str:
    """A mistake, and how many students made it."""
    many = len(mistake.students)
    return (
        f"{many}× <code>{as_html(mistake.name)}</code> in {as_html(mistake.exercise)}"
    )


def exercises_html(rows: Sequence[Row]) -> str:
    """For each exercise, how it went and who made which mistake."""
    found: dict[str, list[Mistake]] = {}
    for mistake in mistakes_in(rows):
        found.setdefault(mistake.exercise, []).append(mistake)
    parts = [
        f"<h3 id=e{number}>{as_html(key)}</h3>{summary_html(own)}"
        f"{mistakes_html(found.get(key, []))}{unknown_html(unknown_answers(own))}"
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
        f"<div>{mistake_html(mistake)} {as_html(mistake.message)}</div>"
        f"<div class=who>{names_html(mistake.students)}</div></li>"
        for mistake in found
    )
    return f"<ul class=mistakes>{lines}</ul>" if found else ""


def unknown_html(found: Sequence[UnknownAnswer]) -> str:
    """Answers that several students gave and that have no name yet, folded."""
    return "".join(
        f"<details class=unknown><summary>{len(answer.students)} students gave this "
        f"same wrong answer, which the exercise does not list</summary>"
        f"<p class=who>{names_html(answer.students)}</p>"
        f"<p>One of them was told: {as_html(answer.message)}</p>"
        f"<pre><code>{as_html(answer.text)}</code></pre>"
        f"<p><code>tinygraph learn</code> turns this file into a mistake with a name."
        f"</p></details>"
        for answer in found
    )


def mistake_html(mistake: Mistake) -> str:
    """The name of a mistake, if it has one."""
    return f"<code>{as_html(mistake.name)}</code>" if mistake.name else "<i>no name</i>"


def equal_answers_html(rows: Sequence[Row]) -> str:
    """The answers that several students share."""
    lines = "".join(
        f"<li><b>{len(equal.students)}×</b>"
        f"<div>{as_html(equal.exercise)}, {quantity(equal.nodes, 'node')}</div>"
        f"<div class=who>{names_html(equal.students)}</div></li>"
        for equal in equal_answers(rows)
    )
    return f"{EQUAL_ANSWERS}<ul class=mistakes>{lines}</ul>" if lines else ""


def students_html(rows: Sequence[Row]) -> str:
    """What each student was told, folded."""
    parts = [
        f"<details><summary>{name_html(student)}{number_html(own[0])}: "
        f"{total_points(own):g} of {total_maximum(own):g}</summary>"
        f"<dl id=s{number}>{told_html(number, own)}</dl></details>"
        for number, (student, own) in enumerate(by_student(rows).items())
    ]
    return f"<div class=told><h2>What each student was told</h2>{''.join(parts)}</div>"


def number_html(row: Row) -> str:
    """The number of a row's student in the roster, in brackets."""
    return f" ({as_html(row.student_id)})" if row.student_id else ""


def told_html(number: int, rows: Sequence[Row]) -> str:
    """What a student was told about each exercise; a cell of the table leads there."""
    parts = []
    for place, row in enumerate(rows):
        head = f"{row.exercise}: {row.points:g} of {row.maximum:g}, {row.status}"
        text = f"<dt>{as_html(head)}</dt><dd>{as_html(feedback(row))}</dd>"
        if walls_down(row):
            down = ", ".join(walls_down(row))
            text += f"<dd>While this file ran, not blocked: {as_html(down)}</dd>"
        parts.append(f"<div id=s{number}e{place}>{text}</div>")
    return "".join(parts)
