"""The class on one page: points, the hardest exercises, and who made which mistake."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...files import write_atomically
from ..language import current_language, marked, translated, translated_plural
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
from .signs import happened_to
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

EQUAL_ANSWERS = marked(
    "The syntax trees of these answers are equal if comments, layout, imports and the "
    "names that students choose are left out. Answers with few nodes are often equal "
    "by chance."
)

MOST_LISTED = 30  # students that the first lines name without being asked


def write_html(path: Path, rows: Sequence[Row], course: str = "") -> None:
    """Write the page of a class, with the name of its course if it has one."""
    title = translated("Grades") + (f": {course}" if course else "")
    parts = [
        f"<h1>{as_html(title)}</h1>",
        overview_html(rows),
        points_html(rows),
        exercises_html(rows),
        equal_answers_html(rows),
        students_html(rows),
    ]
    body = "".join(parts)
    write_atomically(path, page_html(title, STYLE, body, SCRIPT, current_language()))


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
    nothing = translated("Handed in nothing ({count})", count=len(absent))
    unreadable = translated(
        "Handed in nothing that can be graded ({count})", count=len(broken)
    )
    blameless = translated_plural(
        "Not graded, which is not their fault ({count} row)",
        "Not graded, which is not their fault ({count} rows)",
        len(faults),
    )
    lines = {
        translated("The class"): class_in_words(rows, bool(absent)),
        translated("Hardest, by share of the points"): ", ".join(worst),
        translated("Most frequent mistakes"): "; ".join(frequent),
        translated("Walls"): (
            as_html(walls_in_words(rows)) if any(r.walls for r in rows) else ""
        ),
    }
    shown = [f"<li>{head}: {line}</li>" for head, line in lines.items() if line]
    people = {nothing: list(map(name_html, absent)), unreadable: broken}
    people[blameless] = list(map(name_html, dict.fromkeys(faults)))
    shown[1:1] = [people_html(head, who) for head, who in people.items() if who]
    return f"<ul>{''.join(shown)}</ul>"


def people_html(head: str, who: Sequence[str]) -> str:
    """Some students; many are shown on request."""
    names = ", ".join(who)
    if len(who) <= MOST_LISTED:
        return f"<li>{head}: {names}</li>"
    summary = f"<summary>{head}</summary>"
    return f"<li><details class=people>{summary}{names}</details></li>"


def class_in_words(rows: Sequence[Row], absent: bool) -> str:
    """How many students there are, and their average points."""
    count = len(by_student(rows))
    people = translated_plural("{count} student", "{count} students", count)
    average = translated(
        "{points:.3g} of {maximum:g} points on average",
        points=mean_points(rows),
        maximum=mean_maximum(rows),
    )
    zero = translated(", with 0 for those who handed in nothing") if absent else ""
    return f"{people}, {average}{zero}"


def mistake_count_html(mistake: Mistake) -> str:
    """A mistake, and how many students made it."""
    where = as_html(translated("in {exercise}", exercise=mistake.exercise))
    return f"{len(mistake.students)}× <code>{as_html(mistake.name)}</code> {where}"


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
    return f"<h2>{as_html(translated('Who made which mistake'))}</h2>{''.join(parts)}"


def summary_html(rows: Sequence[Row]) -> str:
    """How an exercise went, in one line."""
    own = judged_rows(rows)
    right = sum(row.status == "passed" for row in own)
    said = translated(
        "{right} of {count} who handed it in were right; {share} of the points.",
        right=right,
        count=len(own),
        share=percent(share_of_points(rows)),
    )
    return f"<p class=summary>{as_html(said)}</p>"


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
    return "".join(map(unknown_answer_html, found))


def unknown_answer_html(answer: UnknownAnswer) -> str:
    """An answer that several students gave, folded."""
    said = translated(
        "{count} students gave this same wrong answer, which the exercise does not "
        "list",
        count=len(answer.students),
    )
    told = translated("One of them was told: {message}", message=answer.message)
    command = "<code>tinygraph learn</code>"
    learn = translated(
        "{command} turns this file into a mistake with a name.", command="COMMAND"
    )
    return (
        f"<details class=unknown><summary>{as_html(said)}</summary>"
        f"<p class=who>{names_html(answer.students)}</p>"
        f"<p>{as_html(told)}</p><pre><code>{as_html(answer.text)}</code></pre>"
        f"<p>{learn.replace('COMMAND', command)}</p></details>"
    )


def mistake_html(mistake: Mistake) -> str:
    """The name of a mistake, if it has one."""
    if mistake.name:
        return f"<code>{as_html(mistake.name)}</code>"
    return f"<i>{as_html(translated('no name'))}</i>"


def equal_answers_html(rows: Sequence[Row]) -> str:
    """The answers that several students share."""
    lines = "".join(
        f"<li><b>{len(equal.students)}×</b>"
        f"<div>{as_html(equal.exercise)}, {nodes_in_words(equal.nodes)}</div>"
        f"<div class=who>{names_html(equal.students)}</div></li>"
        for equal in equal_answers(rows)
    )
    title, said = translated("Equal answers"), translated(EQUAL_ANSWERS)
    head = f"<h2>{as_html(title)}</h2><p>{as_html(said)}</p>"
    return f"{head}<ul class=mistakes>{lines}</ul>" if lines else ""


def nodes_in_words(count: int) -> str:
    """The size of a syntax tree."""
    return translated_plural("{count} node", "{count} nodes", count)


def students_html(rows: Sequence[Row]) -> str:
    """What each student was told, folded."""
    parts = [
        f"<details><summary>{name_html(student)}{number_html(own[0])}: "
        f"{as_html(points_of(total_points(own), total_maximum(own)))}</summary>"
        f"<dl id=s{number}>{told_html(number, own)}</dl></details>"
        for number, (student, own) in enumerate(by_student(rows).items())
    ]
    title = as_html(translated("What each student was told"))
    return f"<div class=told><h2>{title}</h2>{''.join(parts)}</div>"


def points_of(points: float, most: float) -> str:
    """Points, and how many there are."""
    return translated("{points:g} of {most:g}", points=points, most=most)


def number_html(row: Row) -> str:
    """The number of a row's student in the roster, in brackets."""
    return f" ({as_html(row.student_id)})" if row.student_id else ""


def told_html(number: int, rows: Sequence[Row]) -> str:
    """What a student was told about each exercise; a cell of the table leads there."""
    parts = []
    for place, row in enumerate(rows):
        points = points_of(row.points, row.maximum)
        head = f"{row.exercise}: {points}, {happened_to(row)}"
        text = f"<dt>{as_html(head)}</dt><dd>{as_html(feedback(row))}</dd>"
        if walls_down(row):
            down = ", ".join(map(translated, walls_down(row)))
            said = translated("While this file ran, not blocked: {walls}", walls=down)
            text += f"<dd>{as_html(said)}</dd>"
        parts.append(f"<div id=s{number}e{place}>{text}</div>")
    return "".join(parts)
