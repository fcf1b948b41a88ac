"""Hints, one at a time, and then the solution, for the command line and notebooks."""

from __future__ import annotations

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
        following = f"no more hints; solution: {typed.solution}"
    return [*lines, look.paint(f"  {following}", DIM)]


def solution_is_open(work: Workspace, exercise: Exercise) -> bool:
    """Whether a student has passed, or has read all hints."""
    record = work.record(exercise.id)
    return record.passed or record.hints >= len(exercise.hints)


def reveal_solution(
    work: Workspace, exercise: Exercise, typed: NextCommands, look: Look
) -> list[str]:
    """The reference in lines, or what must happen before it is shown."""
    record = work.record(exercise.id)
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
