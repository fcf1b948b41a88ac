"""bubblewrap: a program that puts others behind walls, used where it is installed.

It starts the process that starts the workers, so that it costs nothing for each worker.
Each worker still puts up its own walls inside.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

ISOLATED = ("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL")
WHOLE_SYSTEM = ("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc")


def prefix_of_command(hidden: Sequence[str]) -> list[str]:
    """What to write before a command so that bubblewrap runs it; nothing without it.

    A folder in `hidden` is empty for the command, and a file cannot be opened. Root
    needs no bubblewrap: it can make the same walls, and others' files run as a user
    that does not exist.
    """
    program = shutil.which("bwrap")
    if program is None or os.getuid() == 0:
        return []
    there = sorted(filter(os.path.exists, hidden), key=len)
    covers = [word for path in there for word in cover_of(path)]
    return [program, *WHOLE_SYSTEM, *covers, *ISOLATED, "--"]


def cover_of(path: str) -> list[str]:
    """What puts an empty folder over a folder, or what cannot be opened over a file."""
    if Path(path).is_dir():
        return ["--tmpfs", path]
    return ["--ro-bind", "/dev/null", path]
