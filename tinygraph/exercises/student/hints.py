"""Hints, one at a time, and then the solution, for the command line and notebooks."""

from __future__ import annotations

from dataclasses import replace

from ..exercise import Exercise, label_of
from ..language import translated, translated_plural
from ..terminal import BOLD, DIM, Look
from .report import NextCommands
from .workspace import Workspace


def reveal_hint(
    work: Workspace, exercise: Exercise, typed: NextCommands, look: Look
) -> list[str]:
    """The next hint in lines; all hints if there is no other."""
    count, before = len(exercise.hints), work.record(exercise.id).hints
    shown = work.remember(exercise.id, hints=min(before + 1, count)).hints
    lines = []
    for number in range(before if before < count else 0, shown):
        heading = translated(
            "{exercise}: hint {number} of {count}",
            exercise=label_of(exercise.id),
            number=number + 1,
            count=count,
        )
        lines += [look.paint(heading, BOLD), *look.wrap(exercise.hints[number], 2)]
    following = translated("hint: {command}", command=typed.hint)
    if shown == count:
        last = without_closed(work, exercise, typed).solution
        following = translated("no more hints")
        if last:
            following = translated("no more hints; solution: {command}", command=last)
    return [*lines, look.paint(f"  {following}", DIM)]


def why_closed(work: Workspace, exercise: Exercise) -> str:
    """Why nobody may see the solution now, in a sentence; empty if that is not so."""
    course, name = work.course, label_of(exercise.id)
    if course is not None and not course.solutions_are_open():
        if isinstance(course.solutions, bool):
            return translated("there are no solutions in {name}", name=course.name)
        return translated(
            "the solution of {exercise} opens on {date:%Y-%m-%d %H:%M %Z}",
            exercise=name,
            date=course.solutions,
        )
    if not exercise.solution():
        return translated(
            "the solution of {exercise} is not in what your teacher gave out",
            exercise=name,
        )
    return ""


def without_closed(
    work: Workspace, exercise: Exercise, typed: NextCommands
) -> NextCommands:
    """What a student can type next, without the solution if nobody may see it."""
    return replace(typed, solution="") if why_closed(work, exercise) else typed


def solution_is_open(work: Workspace, exercise: Exercise) -> bool:
    """Whether a student may see the solution: after passing, or after all hints."""
    record = work.record(exercise.id)
    earned = record.passed or record.hints >= len(exercise.hints)
    return earned and not why_closed(work, exercise)


def reveal_solution(
    work: Workspace, exercise: Exercise, typed: NextCommands, look: Look
) -> list[str]:
    """The reference in lines, or what must happen before it is shown."""
    closed, record = why_closed(work, exercise), work.record(exercise.id)
    if closed:
        return [closed]
    if not solution_is_open(work, exercise):
        text = translated_plural(
            "the solution of {exercise} opens after you have passed, or\n"
            "after {count} more hint: {command}",
            "the solution of {exercise} opens after you have passed, or\n"
            "after {count} more hints: {command}",
            count=len(exercise.hints) - record.hints,
            exercise=label_of(exercise.id),
            command=typed.hint,
        )
        return text.split("\n")
    if not record.solution:
        when = "after passing" if record.passed else "before passing"
        work.remember(exercise.id, solution=when)
    said = translated("a solution of {exercise}", exercise=label_of(exercise.id))
    heading = look.paint(said, BOLD)
    return [heading, "", exercise.solution().rstrip()]
