"""The limits and walls that a worker process puts around itself."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any


def set_limits(seconds: float, megabytes: int) -> list[str]:
    """Set the limits that this system supports; returns their names."""
    try:
        import resource
    except ImportError:
        return []
    wanted = {
        "CPU": math.ceil(seconds) + 1,
        "AS": megabytes * 2**20,
        "FSIZE": 16 * 2**20,
        "CORE": 0,
        "NPROC": 64,
    }
    done = []
    for name, value in wanted.items():
        with suppress(OSError, ValueError, AttributeError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))
            done.append(name)
    return done


def isolate(hidden: Sequence[str], scratch: str) -> list[str]:
    """Leave the network, the other processes and all files, where the system allows it.

    The folders in `hidden` look empty afterwards, and only the folder `scratch` can be
    written. Returns the names of the walls that hold.
    """
    if not sys.platform.startswith("linux"):
        return []
    from . import attacks, namespaces

    walls = namespaces.enter_namespaces()
    walls += namespaces.cover_files(hidden, scratch)
    namespaces.give_up_rights()
    return attacks.walls_that_hold(walls, hidden, scratch)


def refuse_to_open(hidden: Sequence[str]) -> None:
    """Refuse to open files in these folders: a sign, not a wall."""
    folders, real = tuple(path + os.sep for path in hidden), os.path.realpath

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        path = arguments[0] if event == "open" else None
        if isinstance(path, str) and real(path).startswith(folders):
            raise PermissionError("exercises and others' files may not be read")

    sys.addaudithook(hook)
