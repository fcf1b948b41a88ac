"""Hints one by one, and then the solution: at the command line and in a notebook."""

from __future__ import annotations

from .exercise import Exercise
from .printout import BOLD, DIM, Look, Typed
from .workspace import Workspace, label, solution


def next_hint(
    work: Workspace, exercise: Exercise, typed: Typed, look: Look
) -> list[str]:
    """One hint more than before, in lines; all of them where there is no other."""
    count, before = len(exercise.hints), work.record(exercise.id).hints
    shown = work.remember(exercise.id, hints=min(before + 1, count)).hints
    lines = []
    for number in range(before if before < count else 0, shown):
        heading = f"{label(exercise.id)}: hint {number + 1} of {count}"
        lines += [look.paint(heading, BOLD), *look.wrapped(exercise.hints[number], 2)]
    following = f"hint: {typed.hint}"
    if shown == count:
        following = f"no hints are left; solution: {typed.solution}"
    return [*lines, look.paint(f"  {following}", DIM)]


def opens(work: Workspace, exercise: Exercise) -> bool:
    """Whether a student has passed, or has read all hints."""
    record = work.record(exercise.id)
    return record.passed or record.hints >= len(exercise.hints)


def opened(work: Workspace, exercise: Exercise, typed: Typed, look: Look) -> list[str]:
    """The reference in lines, or what must come before it."""
    record = work.record(exercise.id)
    if not opens(work, exercise):
        left = len(exercise.hints) - record.hints
        hints = f"{left} more hint{'s' if left > 1 else ''}"
        text = f"the solution of {label(exercise.id)} opens when you have passed, or"
        return [f"{text} after", f"{hints}: {typed.hint}"]
    if not record.solution:
        when = "after passing" if record.passed else "before passing"
        work.remember(exercise.id, solution=when)
    heading = look.paint(f"one solution of {label(exercise.id)}", BOLD)
    return [heading, "", solution(exercise).rstrip()]
