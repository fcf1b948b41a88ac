"""bubblewrap: a program that puts others behind walls, used where it is installed.

It starts the process that starts the workers, so that it costs nothing for each worker.
Each worker still puts up its own walls inside.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence

ISOLATED = ("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL")
WHOLE_SYSTEM = ("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc")


def prefix_of_command(hidden: Sequence[str]) -> list[str]:
    """What to write before a command so that bubblewrap runs it; nothing without it.

    The folders in `hidden` are empty for the command. Root needs no bubblewrap: it can
    make the same walls, and others' files run as a user that does not exist.
    """
    program = shutil.which("bwrap")
    if program is None or os.getuid() == 0:
        return []
    empty = [word for path in sorted(hidden, key=len) for word in ("--tmpfs", path)]
    return [program, *WHOLE_SYSTEM, *empty, *ISOLATED, "--"]
