"""Ctrl-C while a command line is still importing: one line, and exit code 130.

Importing takes a second or two, before a command line can handle signals itself. So
this module is imported before all others, and imports next to nothing.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from types import FrameType

MODULES, SCRIPTS = ("tinygraph", "nets"), ("tinygraph", "tinygraph.exe")
INTERRUPTED = 130  # a shell's exit code for a program that Ctrl-C has ended


class Leave:
    """A handler of Ctrl-C for the time in which there is nothing to lose."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Say so and exit at once: an exception might be caught by an import."""
        with suppress(OSError):
            os.write(2, f"{self.name}: stopped.\n".encode())
        os._exit(INTERRUPTED)


def leave_quietly() -> None:
    """Exit at the first Ctrl-C, if this process is one of our command lines.

    Any other process that imports tinygraph keeps its own handler.
    """
    name = program()
    if not name:
        return
    import signal  # slow to import, and only command lines need it

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        with suppress(ValueError):  # not in the main thread
            signal.signal(signal.SIGINT, Leave(name))


def catch_again() -> None:
    """Make Ctrl-C raise KeyboardInterrupt again, after `leave_quietly`."""
    import signal

    if isinstance(signal.getsignal(signal.SIGINT), Leave):
        signal.signal(signal.SIGINT, signal.default_int_handler)


def program() -> str:
    """The command line that is being imported; "" for another process."""
    arguments = getattr(sys, "argv", [""])
    if arguments[:1] != ["-m"]:
        name = os.path.basename(arguments[0] if arguments else "")  # noqa: PTH119
        return "tinygraph" if name in SCRIPTS else ""
    # `python -m nets` has "-m" for its first argument until nets has been found.
    name = sys.orig_argv[-len(arguments)].removeprefix("-m")
    return name if name in MODULES else ""


leave_quietly()
