"""What a student's function printed: harmless, short, and never like a verdict."""

from __future__ import annotations

from dataclasses import dataclass

from .calls import Calls
from .exercise import CASES, Exercise
from .judge import Verdict
from .worker import MOST_PRINTED

MOST_LINES, MOST_LETTERS = 20, 2000
BAR = "| "  # before each line, which therefore never looks like another one


@dataclass(frozen=True)
class Printed:
    """What a function printed in a case, without what is too much of it."""

    function: str
    case: int
    lines: list[str]
    cut: str  # how much is left out, in words


def printed(exercise: Exercise, verdict: Verdict, calls: Calls) -> Printed | None:
    """What was printed in the case that goes wrong, or else in the first of all others.

    None where nothing was printed.
    """
    found = verdict.finding
    places = [(name, n) for name in exercise.references for n in range(CASES)]
    if found is not None and found.case is not None:
        places.insert(0, (found.function, found.case))
    for name, number in places:
        outcome = calls.first(name, exercise.case(verdict.seed, number))
        if outcome is not None and outcome.printed.strip():
            return Printed(name, number, *shortened(outcome.printed))
    return None


def shortened(text: str) -> tuple[list[str], str]:
    """The first lines of a text, and in words how much it goes on.

    >>> shortened("a\\tb\\n")
    (['a       b'], '')
    >>> shortened("line\\n" * 100)[1]
    'and 80 more lines'
    """
    lines = [harmless(line) for line in text.splitlines()]
    kept: list[str] = []
    for line in lines[:MOST_LINES]:
        room = MOST_LETTERS - sum(map(len, kept))
        if room > 0:
            kept.append(line[:room])
    more = "more than " if len(text.encode()) >= MOST_PRINTED else ""
    if len(lines) > len(kept):
        return kept, f"and {more}{counted(len(lines) - len(kept), 'more line')}"
    letters = sum(map(len, lines)) - sum(map(len, kept))
    return kept, f"and {more}{counted(letters, 'more letter')}" if letters else ""


def counted(count: int, thing: str) -> str:
    """So many things."""
    return f"{count} {thing}{'' if count == 1 else 's'}"


def harmless(line: str) -> str:
    """A line in which every letter can be seen.

    >>> harmless("\\x1b[31mred")
    '\\\\x1b[31mred'
    """
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode()
        for c in line.expandtabs()
    )


def rows(said: Printed, width: int) -> list[str]:
    """What was printed as lines below a verdict, none of them wider than this."""
    lines = [f"  in case {said.case} your function printed:"]
    size = width - 4 - len(BAR)
    for line in said.lines:
        pieces = [line[place : place + size] for place in range(0, len(line), size)]
        lines += [f"    {BAR}{piece}".rstrip() for piece in pieces or [""]]
    return lines + ([f"    {said.cut}"] if said.cut else [])
