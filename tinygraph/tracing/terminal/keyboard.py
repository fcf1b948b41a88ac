"""Keys from a terminal, one by one as they are pressed."""

# On Windows `termios` is None, and nobody asks for keys.
# pyright: reportOptionalMemberAccess=false

from __future__ import annotations

import os
import re
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

try:
    import termios
except ModuleNotFoundError:  # Windows
    termios = None  # type: ignore[assignment]
HAS_TERMIOS = termios is not None

KEY = re.compile(r"\x1b[\[O][0-9;]*[A-Za-z~]|\x1b[^\[O]|.", re.DOTALL)
UNFINISHED = re.compile(r"\x1b([\[O][0-9;]*)?\Z")
ESCAPE_TIME = 0.1  # seconds within which the rest of a key's sequence follows
RESIZE_TIME = 0.25  # seconds after which a new size is noticed


def read_keys(
    keyboard: int, terminal_size: Callable[[], os.terminal_size]
) -> Iterator[str]:
    """Each key that is pressed, and "" at the start and after a change of the size.

    Ends when nobody is at the keyboard any more.
    """
    shown = terminal_size()
    yield ""
    while True:
        if is_ready(keyboard, RESIZE_TIME):
            text = read_text(keyboard)
            if not text:
                return
            yield from KEY.findall(text)
        now = terminal_size()
        if now != shown:
            shown = now
            yield ""


def read_text(keyboard: int) -> str:
    """What was typed, in whole sequences; nothing at the end of the input."""
    text = ""
    with suppress(OSError):  # the terminal was closed
        text = os.read(keyboard, 1024).decode(errors="replace")
        while text and UNFINISHED.search(text) and is_ready(keyboard, ESCAPE_TIME):
            text += os.read(keyboard, 1024).decode(errors="replace")
    return text


def is_ready(keyboard: int, seconds: float) -> bool:
    """Whether something is typed within that time."""
    return bool(select.select([keyboard], [], [], seconds)[0])


@contextmanager
def single_keys(keyboard: int) -> Iterator[None]:
    """Get keys one by one and without echo, Ctrl-C too; then restore the terminal."""
    before = termios.tcgetattr(keyboard)
    mode = termios.tcgetattr(keyboard)
    mode[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
    mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
    try:
        termios.tcsetattr(keyboard, termios.TCSAFLUSH, mode)
        yield
    finally:
        termios.tcsetattr(keyboard, termios.TCSAFLUSH, before)
