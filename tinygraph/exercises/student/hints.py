"""Hints, one at a time, and then the solution, for the command line and notebooks."""

from __future__ import annotations

from dataclasses import replace

from ...legible import quantity
from ..exercise import Exercise, label_of
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
        heading = f"{label_of(exercise.id)}: hint {number + 1} of {count}"
        lines += [look.paint(heading, BOLD), *look.wrap(exercise.hints[number], 2)]
    following = f"hint: {typed.hint}"
    if shown == count:
        last = without_closed(work, exercise, typed).solution
        following = "no more hints" + (f"; solution: {last}" if last else "")
    return [*lines, look.paint(f"  {following}", DIM)]


def why_closed(work: Workspace, exercise: Exercise) -> str:
    """Why nobody may see the solution now, in a sentence; empty if that is not so."""
    course, name = work.course, label_of(exercise.id)
    if course is not None and not course.solutions_are_open():
        if isinstance(course.solutions, bool):
            return f"there are no solutions in {course.name}"
        return f"the solution of {name} opens on {course.solutions:%Y-%m-%d %H:%M %Z}"
    if not exercise.solution():
        return f"the solution of {name} is not in what your teacher gave out"
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
        left = quantity(len(exercise.hints) - record.hints, "more hint")
        text = (
            f"the solution of {label_of(exercise.id)} opens after you have passed, or"
        )
        return [text, f"after {left}: {typed.hint}"]
    if not record.solution:
        when = "after passing" if record.passed else "before passing"
        work.remember(exercise.id, solution=when)
    heading = look.paint(f"a solution of {label_of(exercise.id)}", BOLD)
    return [heading, "", exercise.solution().rstrip()]
