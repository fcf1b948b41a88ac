"""From what the checks give to the grade: weights, due dates, the teacher's overrides.

None of it is in the journal, so a rule can be changed without grading anything again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from ..course.course import Course
from ..course.deadlines import Deadlines
from ..course.names import Person, find_person
from ..course.overrides import Override, read_overrides
from ..course.roster import Attendance
from ..language import translated, translated_plural
from ..submissions.submission import Submission
from .row import GRADER_FAULT, Row
from .task import Task

DIGITS = 4  # of points after the decimal point


@dataclass(frozen=True)
class Rules:
    """What becomes of the points of a class after they have been checked."""

    attendance: Attendance
    weights: Mapping[str, float] = field(default_factory=dict)  # by exercise
    deadlines: Deadlines | None = None
    overrides: Mapping[tuple[str, str], Override] = field(default_factory=dict)

    def apply(self, task: Task, row: Row) -> Row:
        """The final row of a task."""
        row = self.with_person(row)
        row = with_weight(row, self.weights.get(row.exercise, 1.0))
        if self.deadlines is not None and row.status not in ("missing", GRADER_FAULT):
            row = with_due_date(row, task, self.deadlines)
        override = self.overrides.get((row.student, row.exercise))
        return row if override is None else with_override(row, override)

    def with_person(self, row: Row) -> Row:
        """A row with what the roster tells about its student."""
        person = self.attendance.people[row.student]
        row = replace(row, student_id=person.id, email=person.email)
        is_stranger = row.student in self.attendance.strangers
        return with_note(row, translated("not in the roster")) if is_stranger else row

    def accepted(self) -> list[Submission]:
        """What was handed in, without what is refused if there is something earlier."""
        found = self.attendance.submissions
        return (
            list(map(self.deadlines.without_refused, found))
            if self.deadlines
            else found
        )


def with_note(row: Row, note: str) -> Row:
    """A row with one more note."""
    return replace(row, notes=[*row.notes, note])


def with_weight(row: Row, weight: float) -> Row:
    """A row whose points are multiplied."""
    if weight == 1:
        return row
    points, most = rounded(row.points * weight), rounded(row.maximum * weight)
    changed = replace(
        row,
        points=points,
        maximum=most,
        weight=weight,
        checked_points=row.points,
    )
    if row.status == "missing":
        return changed
    note = translated(
        "weight {weight}: {points} of {maximum} points count as {new} of {most}",
        weight=f"{weight:g}",
        points=f"{row.points:g}",
        maximum=f"{row.maximum:g}",
        new=f"{points:g}",
        most=f"{most:g}",
    )
    return with_note(changed, note)


def with_due_date(row: Row, task: Task, deadlines: Deadlines) -> Row:
    """A row from which is deducted what a late answer loses."""
    late = deadlines.lateness(row.student, row.exercise, task.source.hand_in)
    time = late.time.isoformat() if late.time else ""
    points = rounded(row.points * (1 - late.percent / 100))
    note = late.note
    if points != row.points:
        old, new = f"{row.points:g}", f"{points:g}"
        note = translated("{note}, {old} become {new}", note=note, old=old, new=new)
    checked = row.points if row.checked_points is None else row.checked_points
    row = replace(
        row,
        points=points,
        late_percent=late.percent,
        handed_in=time,
        checked_points=checked if late.percent else row.checked_points,
    )
    return with_note(row, note) if note else row


def with_override(row: Row, override: Override) -> Row:
    """A row with the points and the comment of the teacher."""
    row = replace(row, comment=override.comment)
    said = f": {override.comment}" if override.comment else ""
    if override.points is None:
        return with_note(row, translated("the teacher's comment") + said)
    changed = replace(row, points=override.points, points_before_override=row.points)
    note = translated(
        "the teacher gave {points} points instead of {before}",
        points=f"{override.points:g}",
        before=f"{row.points:g}",
    )
    return with_note(changed, f"{note}{said}")


def rounded(points: float) -> float:
    """Points without what multiplying by decimal fractions adds to them."""
    return round(points, DIGITS)


def extensions_of(
    course: Course, students: Sequence[Person]
) -> tuple[dict[str, datetime], list[str]]:
    """Who has more time, by name, and what is wrong with some of the names."""
    found, wrong = {}, []
    for name, due in course.extensions.items():
        person = find_person(name, students)
        if isinstance(person, Person):
            found[person.name] = due
        else:
            why = f"; {person}" if person else ""
            wrong.append(
                translated(
                    "{path}: extensions: there is no student {name}{why}",
                    path=course.path,
                    name=name,
                    why=why,
                )
            )
    return found, wrong


def rules_for(
    attendance: Attendance,
    course: Course | None,
    overrides: Path | None,
    ids: Sequence[str],
) -> tuple[Rules, list[str]]:
    """The rules of a class, and what is wrong with them."""
    students = list(attendance.people.values())
    weights, deadlines = dict[str, float](), None
    wrong = [stranger_in_words(*found) for found in attendance.strangers.items()]
    if course is not None:
        extensions, unknown = extensions_of(course, students)
        wrong += unknown
        weights = {exercise.id: exercise.weight for exercise in course.exercises}
        deadlines = Deadlines(course, attendance.submissions, extensions)
    decided: dict[tuple[str, str], Override] = {}
    if overrides is not None:
        decided, more = read_overrides(overrides, students, ids)
        wrong += more
    return Rules(attendance, weights, deadlines, decided), wrong


def stranger_in_words(name: str, near: str) -> str:
    """That a student is not in the roster, and perhaps who is meant."""
    said = translated("{name} is not in the roster", name=name)
    return f"{said}; {near}" if near else said


def too_many_points(rows: Iterable[Row]) -> list[str]:
    """Overrides that give more than all points, which may be on purpose."""
    return [
        translated(
            "the override of {exercise} for {student} gives {points:g} points, more "
            "than {maximum:g}",
            exercise=row.exercise,
            student=row.student,
            points=row.points,
            maximum=row.maximum,
        )
        for row in rows
        if row.points_before_override is not None and row.points > row.maximum
    ]


def rules_in_words(rows: Iterable[Row]) -> list[str]:
    """How many rows each rule has changed."""
    rows = list(rows)
    late = sum(row.late_percent > 0 for row in rows)
    changed = sum(row.points_before_override is not None for row in rows)
    lines = []
    if late:
        said = translated_plural(
            "{count} late answer with a deduction",
            "{count} late answers with a deduction",
            late,
        )
        lines.append(said)
    if changed:
        said = translated_plural(
            "{count} override of the teacher",
            "{count} overrides of the teacher",
            changed,
        )
        lines.append(said)
    return lines
