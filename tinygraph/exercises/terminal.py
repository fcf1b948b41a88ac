"""Printing for a terminal of any width, with or without colours."""

# Where there is no console, standard output is None, and nobody looks.
# pyright: reportOptionalMemberAccess=false, reportArgumentType=false

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
import textwrap
from dataclasses import dataclass
from typing import Any, TextIO

RED, GREEN, DIM, BOLD = "31", "32", "2", "1"


@dataclass(frozen=True)
class Look:
    """The width of lines, whether to use colours, and the signs to use."""

    width: int = 80
    colour: bool = False
    wrong: str = "✗"
    right: str = "✔"
    not_run: str = "–"
    between: str = "·"

    def paint(self, text: str, code: str) -> str:
        """Text in a colour, if colours are used."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def wrap(self, text: str, indent: int = 4) -> list[str]:
        """Text as indented lines; its own line breaks are kept."""
        space = " " * indent
        lines: list[str] = []
        for line in text.splitlines():
            options: dict[str, Any] = {"break_long_words": False}
            options |= {"initial_indent": space, "subsequent_indent": space}
            lines += textwrap.wrap(line, self.width, **options) or [""]
        return lines


def look_of(stdout: TextIO | None = None) -> Look:
    """What suits a stream, by default standard output."""
    stdout = stdout or sys.stdout
    width = min(max(shutil.get_terminal_size().columns, 40), 88)
    terminal = stdout.isatty() and os.environ.get("TERM") != "dumb"
    colour = terminal and not os.environ.get("NO_COLOR")
    try:
        "✗✔–·".encode(stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return Look(width, colour, "x", "+", "-", "|")
    return Look(width, colour)


def say(*lines: str) -> None:
    """Print lines at once."""
    for line in lines:
        print(line)
    sys.stdout.flush()


def program_name() -> str:
    """How this program was called, for commands that can be typed."""
    by_module = os.path.basename(sys.argv[0]) == "__main__.py"  # noqa: PTH119
    return "python -m tinygraph" if by_module else "tinygraph"


def installed_version() -> str:
    """The installed version of tinygraph."""
    try:
        return importlib.metadata.version("tinygraph")
    except importlib.metadata.PackageNotFoundError:  # it runs from its source folder
        return "not installed"
