"""Stepping through a trace in a terminal, over ssh as well."""

# Where there is no console, standard output is None, and nobody looks.
# pyright: reportOptionalMemberAccess=false, reportArgumentType=false

from __future__ import annotations

import os
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from ..export import as_table
from ..moment import ends_of_operations
from ..record import Record
from .keyboard import HAS_TERMIOS, read_keys, single_keys
from .screen import screen

NO_KEYS = """\
Python cannot read single keys on this system: save the trace with
trace.save("backward.html") and step through it in a browser."""
# Another screen than the shell's, without a cursor and without wrapping long lines.
ENTER, LEAVE = "\x1b[?1049h\x1b[?25l\x1b[?7l", "\x1b[?7h\x1b[?25h\x1b[?1049l"
MEANING = {
    **dict.fromkeys(["\x1b[C", "\x1bOC", "l", " "], "next"),
    **dict.fromkeys(["\x1b[D", "\x1bOD", "h"], "previous"),
    **dict.fromkeys(["\x1b[1;2C", "\x1b[1;5C", "\x1b[6~", "L"], "next operation"),
    **dict.fromkeys(["\x1b[1;2D", "\x1b[1;5D", "\x1b[5~", "H"], "previous operation"),
    **dict.fromkeys(["\x1b[H", "\x1bOH", "\x1b[1~", "\x1b[7~"], "first"),
    **dict.fromkeys(["\x1b[F", "\x1bOF", "\x1b[4~", "\x1b[8~"], "last"),
    **dict.fromkeys(["q", "Q", "\x1b", "\x03", "\x04"], "quit"),
}


def play(
    record: Record, stdin: TextIO | None = None, stdout: TextIO | None = None
) -> None:
    """Step through a trace with the keys; without a terminal, print it as a table."""
    stdin, stdout = stdin or sys.stdin, stdout or sys.stdout
    if not (is_terminal(stdin) and is_terminal(stdout)):
        print(as_table(record), file=stdout)
    elif not HAS_TERMIOS:
        print(as_table(record), file=stdout)
        print(NO_KEYS, file=stdout)
    else:
        stdout.flush()  # what was written before must appear on the shell's screen
        with single_keys(stdin.fileno()), other_screen(stdout):
            follow_keys(record, stdin.fileno(), stdout)


def is_terminal(stream: TextIO) -> bool:
    """Whether a stream leads to a terminal that understands ANSI codes."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def follow_keys(record: Record, keyboard: int, stdout: TextIO) -> None:
    """Show one step after another, as the keys say."""
    ends, last, place = ends_of_operations(record), len(record.timeline) - 1, 0
    colour = not os.environ.get("NO_COLOR")
    for key in read_keys(keyboard, lambda: os.get_terminal_size(stdout.fileno())):
        meaning = MEANING.get(key, "")
        if meaning == "quit":
            return
        place = place_after(meaning, place, ends, last)
        width, height = os.get_terminal_size(stdout.fileno())
        write_text(stdout, screenful(screen(record, place, width, height, colour)))


def place_after(meaning: str, place: int, ends: list[int], last: int) -> int:
    """The place that a key leads to; moving by operation stops at each one's end.

    >>> ends = [2, 5, 9]
    >>> place_after("next operation", 3, ends, 9), place_after("previous", 0, ends, 9)
    (5, 0)
    """
    after, before = bisect_right(ends, place), bisect_left(ends, place) - 1
    places = {
        "next": min(place + 1, last),
        "previous": max(place - 1, 0),
        "next operation": ends[min(after, len(ends) - 1)],
        "previous operation": ends[before] if before >= 0 else 0,
        "first": 0,
        "last": last,
    }
    return places.get(meaning, place)


def screenful(lines: list[str]) -> str:
    """The codes that replace what is on the screen by these lines, without flicker."""
    return "\x1b[H" + "\x1b[K\r\n".join(lines) + "\x1b[K\x1b[J"


def write_text(stdout: TextIO, text: str) -> None:
    """Write at once, with ? for characters that the terminal cannot show."""
    encoding = stdout.encoding or "utf-8"
    stdout.write(text.encode(encoding, "replace").decode(encoding))
    stdout.flush()


@contextmanager
def other_screen(stdout: TextIO) -> Iterator[None]:
    """Use a separate screen, then return to the shell's as it was."""
    try:
        write_text(stdout, ENTER)
        yield
    finally:
        write_text(stdout, LEAVE)
