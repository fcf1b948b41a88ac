"""A trace in a terminal: arrow keys step, over ssh as well."""

from __future__ import annotations

import os
import re
import select
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from .moment import ends_of_operations
from .screen import frame

try:
    import termios
except ModuleNotFoundError:  # Windows
    HAS_TERMIOS = False
else:
    HAS_TERMIOS = True

if TYPE_CHECKING:
    from .trace import Trace

# Another screen than the shell's, without cursor and without wrapping of long lines.
ENTER, LEAVE = "\x1b[?1049h\x1b[?25l\x1b[?7l", "\x1b[?7h\x1b[?25h\x1b[?1049l"
KEY = re.compile(r"\x1b[\[O][0-9;]*[A-Za-z~]|\x1b[^\[O]|.", re.DOTALL)
UNFINISHED = re.compile(r"\x1b([\[O][0-9;]*)?\Z")
MEANING = {
    **dict.fromkeys(["\x1b[C", "\x1bOC", "l", " "], "next"),
    **dict.fromkeys(["\x1b[D", "\x1bOD", "h"], "previous"),
    **dict.fromkeys(["\x1b[1;2C", "\x1b[1;5C", "\x1b[6~", "L"], "next operation"),
    **dict.fromkeys(["\x1b[1;2D", "\x1b[1;5D", "\x1b[5~", "H"], "previous operation"),
    **dict.fromkeys(["\x1b[H", "\x1bOH", "\x1b[1~", "\x1b[7~"], "first"),
    **dict.fromkeys(["\x1b[F", "\x1bOF", "\x1b[4~", "\x1b[8~"], "last"),
    **dict.fromkeys(["q", "Q", "\x1b", "\x03", "\x04"], "quit"),
}
ESCAPE_TIME = 0.1  # seconds in which the rest of a key's sequence follows
RESIZE_TIME = 0.25  # seconds after which a new size is noticed


def play(
    trace: Trace, stdin: TextIO | None = None, stdout: TextIO | None = None
) -> None:
    """Step through a trace with the keys; where there is no terminal, print it."""
    stdin, stdout = stdin or sys.stdin, stdout or sys.stdout
    if not (is_terminal(stdin) and is_terminal(stdout)):
        print(trace, file=stdout)
    elif not HAS_TERMIOS:
        print(trace, file=stdout)
        print('to step, use trace.save("backward.html") on this system', file=stdout)
    else:
        # Whoever wrote before must be seen before the screen changes.
        stdout.flush()
        with single_keys(stdin.fileno()), other_screen(stdout):
            follow(trace, stdin.fileno(), stdout)


def is_terminal(stream: TextIO) -> bool:
    """Whether a stream leads to a terminal that understands ANSI codes."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def follow(trace: Trace, keyboard: int, stdout: TextIO) -> None:
    """Show step after step, as the keys demand."""
    ends, last, place = ends_of_operations(trace), len(trace.timeline) - 1, 0
    colour = not os.environ.get("NO_COLOR")
    for key in keys(keyboard, stdout):
        meaning = MEANING.get(key, "")
        if meaning == "quit":
            return
        place = moved(meaning, place, ends, last)
        width, height = os.get_terminal_size(stdout.fileno())
        write(stdout, screenful(frame(trace, place, width, height, colour)))


def moved(meaning: str, place: int, ends: list[int], last: int) -> int:
    """The place that a key leads to; operations are gone through by their ends.

    >>> moved("next operation", 3, [2, 5, 9], 9), moved("previous", 0, [2, 5, 9], 9)
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


def keys(keyboard: int, stdout: TextIO) -> Iterator[str]:
    """The keys that are pressed, and "" at first and whenever the size has changed.

    Ends as "quit" does when nobody is at the keyboard any more.
    """
    shown = os.get_terminal_size(stdout.fileno())
    yield ""
    while True:
        if ready(keyboard, RESIZE_TIME):
            text = typed(keyboard)
            if not text:
                return
            yield from KEY.findall(text)
        now = os.get_terminal_size(stdout.fileno())
        if now != shown:
            shown = now
            yield ""


def typed(keyboard: int) -> str:
    """What has been typed, with whole sequences; nothing at the end of the input."""
    text = ""
    with suppress(OSError):  # the terminal was closed
        text = os.read(keyboard, 1024).decode(errors="replace")
        while text and UNFINISHED.search(text) and ready(keyboard, ESCAPE_TIME):
            text += os.read(keyboard, 1024).decode(errors="replace")
    return text


def ready(keyboard: int, seconds: float) -> bool:
    """Whether something is typed within that time."""
    return bool(select.select([keyboard], [], [], seconds)[0])


def screenful(lines: list[str]) -> str:
    """Lines that replace what stands on the screen, without flicker."""
    return "\x1b[H" + "\x1b[K\r\n".join(lines) + "\x1b[K\x1b[J"


def write(stdout: TextIO, text: str) -> None:
    """Write at once, with ? for what the terminal has no letter for."""
    encoding = stdout.encoding or "utf-8"
    stdout.write(text.encode(encoding, "replace").decode(encoding))
    stdout.flush()


@contextmanager
def single_keys(keyboard: int) -> Iterator[None]:
    """Keys arrive one by one and unseen, Ctrl-C too; afterwards all is as before."""
    before = termios.tcgetattr(keyboard)
    mode = termios.tcgetattr(keyboard)
    mode[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
    mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
    try:
        termios.tcsetattr(keyboard, termios.TCSAFLUSH, mode)
        yield
    finally:
        termios.tcsetattr(keyboard, termios.TCSAFLUSH, before)


@contextmanager
def other_screen(stdout: TextIO) -> Iterator[None]:
    """A screen of our own; afterwards the shell's is there again, as it was."""
    try:
        write(stdout, ENTER)
        yield
    finally:
        write(stdout, LEAVE)
