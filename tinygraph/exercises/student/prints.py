"""What a student's function printed: harmless, short, and never like a verdict."""

from __future__ import annotations

from dataclasses import dataclass

from ...legible import escaped
from ..exercise import CASES, Exercise
from ..judging.verdict import Verdict
from ..language import translated, translated_plural
from ..running.frames import MOST_PRINTED_BYTES
from .calls import Calls

MOST_LINES, MOST_CHARACTERS = 20, 2000
BAR = "| "  # before each line, which then never looks like part of a verdict


@dataclass(frozen=True)
class Prints:
    """What a function printed in a case, cut if it is too long."""

    function: str
    case: int
    lines: list[str]
    cut: str  # how much is left out, in words


def find_prints(exercise: Exercise, verdict: Verdict, calls: Calls) -> Prints | None:
    """What was printed in the wrong case, or else in the first that printed anything.

    If one of several functions is wrong, only what that one printed. None if nothing
    was printed.
    """
    found = verdict.finding
    wrong = found.function if found is not None else ""
    names = [wrong] if wrong else list(exercise.references)
    places = [(name, n) for name in names for n in range(CASES)]
    if found is not None and wrong and found.case is not None:
        places.insert(0, (wrong, found.case))
    for name, number in places:
        outcome = calls.first(name, exercise.case(verdict.seed, number))
        if outcome is not None and outcome.printed.strip():
            return Prints(name, number, *shorten(outcome.printed))
    return None


def shorten(text: str) -> tuple[list[str], str]:
    """The first lines of a text, and how much is left out, in words.

    >>> shorten("a\\tb\\n")
    (['a       b'], '')
    >>> shorten("line\\n" * 100)[1]
    'and 80 more lines'
    """
    lines = [escaped(line.expandtabs()) for line in text.splitlines()]
    kept: list[str] = []
    for line in lines[:MOST_LINES]:
        room = MOST_CHARACTERS - sum(map(len, kept))
        if room > 0:
            kept.append(line[:room])
    endless = len(text.encode()) >= MOST_PRINTED_BYTES
    left = len(lines) - len(kept)
    if left and endless:
        return kept, translated("and more than {count} more lines", count=left)
    if left:
        return kept, translated_plural(
            "and {count} more line", "and {count} more lines", count=left
        )
    left = sum(map(len, lines)) - sum(map(len, kept))
    if left and endless:
        return kept, translated("and more than {count} more characters", count=left)
    if left:
        return kept, translated_plural(
            "and {count} more character", "and {count} more characters", count=left
        )
    return kept, ""


def print_lines(said: Prints, width: int) -> list[str]:
    """What was printed, as lines of at most `width` characters below a verdict."""
    heading = translated(
        "in case {case} {function} printed:", case=said.case, function=said.function
    )
    lines = [f"  {heading}"]
    size = width - 4 - len(BAR)
    for line in said.lines:
        pieces = [line[place : place + size] for place in range(0, len(line), size)]
        lines += [f"    {BAR}{piece}".rstrip() for piece in pieces or [""]]
    return lines + ([f"    {said.cut}"] if said.cut else [])
