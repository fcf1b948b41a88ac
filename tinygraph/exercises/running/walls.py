"""The limits and walls that a worker process puts around itself."""

from __future__ import annotations

import math
import os
import resource
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from . import attacks, keeping, namespaces


def set_limits(seconds: float, megabytes: int) -> list[str]:
    """Set the limits that this system supports; returns their names."""
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


@dataclass(frozen=True)
class Surroundings:
    """What is around all workers that one process starts."""

    walls: list[str] = field(default_factory=list)  # that went up
    hidden: list[str] = field(default_factory=list)  # folders that look empty
    scratch: str = ""  # where each worker has a folder of its own; empty: nowhere
    user: int = 0  # that workers become; 0: none


def surround(
    hidden: Sequence[str], scratch: str, needed: Sequence[str] = ()
) -> Surroundings:
    """Leave the network and all files, where the system allows it.

    The folders in `hidden` look empty afterwards, and nothing can be written. The
    workers need to read some files, such as those of Python.
    """
    if not is_linux():
        return Surroundings()
    user = keeping.another_user([np.__file__, os.__file__, *needed])
    walls = namespaces.enter_namespaces()
    covered = namespaces.cover_files(hidden, scratch)
    hides = list(hidden) if "files" in covered else []
    return Surroundings([*walls, *covered], hides, scratch if covered else "", user)


def isolate(hidden: Sequence[str], around: Surroundings) -> list[str]:
    """Leave the other processes, and give up all rights.

    Only the current folder can be written afterwards. Returns the names of the walls
    that hold.
    """
    if not is_linux():
        return []
    scratch, walls = str(Path.cwd()), list(around.walls)
    owner = around.user or os.getuid()
    walls += keeping.become_first_process()
    if around.scratch:
        more = {*hidden} - {*around.hidden}
        if not namespaces.cover_more(filter(os.path.isdir, more), scratch, owner):
            walls = [wall for wall in walls if wall not in ("files", "disk")]
    if around.user:
        keeping.become_user(around.user)
    namespaces.give_up_rights()
    return attacks.walls_that_hold(walls, hidden, scratch)


def is_linux() -> bool:
    """Whether the system is Linux, which alone has walls."""
    return sys.platform.startswith("linux")


def refuse_to_open(hidden: Sequence[str]) -> None:
    """Refuse to open files in these folders: a sign, not a wall."""
    folders, real = tuple(path + os.sep for path in hidden), os.path.realpath

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        path = arguments[0] if event == "open" else None
        if isinstance(path, str) and real(path).startswith(folders):
            raise PermissionError("exercises and others' files may not be read")

    sys.addaudithook(hook)
