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

from . import attacks, filters, keeping, landlock, namespaces
from .sentences import MAY_NOT_READ


def set_limits(seconds: float, megabytes: int) -> list[str]:
    """Set the limits that this system supports; returns their names."""
    wanted = {
        "CPU": math.ceil(seconds) + 1,
        "AS": megabytes * 2**20,
        "FSIZE": 16 * 2**20,
        "CORE": 0,
        "NPROC": keeping.MOST_TOGETHER,
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
    hidden: list[str] = field(default_factory=list)  # folders and files
    scratch: str = ""  # where each worker has a folder of its own; empty: nowhere
    users: list[int] = field(default_factory=list)  # that workers may become
    readable: list[str] = field(default_factory=list)  # folders that workers need
    mounts: list[str] = field(default_factory=list)  # where something is mounted


def surround(
    hidden: Sequence[str], scratch: str, needed: Sequence[str] = ()
) -> Surroundings:
    """Leave the network and all files, where the system allows it.

    What is `hidden` cannot be read afterwards, and nothing can be written. Workers
    need to read some folders, besides those of Python.
    """
    if not is_linux():
        return Surroundings()
    readable = [sys.prefix, sys.base_prefix, str(Path(np.__file__).parents[1]), *needed]
    users = keeping.other_users([np.__file__, os.__file__, *needed])
    walls = namespaces.enter_namespaces()
    covered = namespaces.cover_files(hidden, scratch)
    return Surroundings(
        walls=[*walls, *covered],
        hidden=list(hidden) if "files" in covered else [],
        scratch=scratch if covered else "",
        users=users,
        readable=readable,
        mounts=namespaces.mount_points() if covered else [],
    )


def isolate(
    hidden: Sequence[str], around: Surroundings, megabytes: float = math.inf
) -> list[str]:
    """Leave the other processes, and give up all rights.

    Only the current folder can be written afterwards. The process and those that it
    starts can have so much memory together. Workers become different users, since the
    system counts processes by user. Returns the names of the walls that hold.
    """
    if not is_linux():
        return []
    user = around.users[os.getpid() % len(around.users)] if around.users else 0
    scratch, walls = str(Path.cwd()), {*around.walls}
    if user and not around.scratch:
        os.chown(scratch, user, -1)
    watched = "" if around.scratch else scratch
    walls |= keeping.become_first_process(watched, megabytes)
    if around.scratch:
        more = {*hidden} - {*around.hidden}
        if not namespaces.cover_more(filter(os.path.exists, more), scratch, user):
            walls -= {"files", "disk"}
    if user:
        keeping.become_user(user)
    namespaces.give_up_rights()
    if not {"files", "disk"} <= walls:
        walls |= restrict(around.readable, hidden, scratch)
    return attacks.walls_that_hold(walls, hidden, scratch, around.mounts)


def restrict(readable: Sequence[str], hidden: Sequence[str], scratch: str) -> set[str]:
    """Lose files and system calls; returns the walls that go up by it."""
    done = set()
    if landlock.restrict_files(readable, hidden, scratch):
        done |= {"files", "disk"}
    if filters.refuse_dangerous_calls():
        done |= {"network", "processes"}
    return done


def is_linux() -> bool:
    """Whether the system is Linux, which alone has walls."""
    return sys.platform.startswith("linux")


def refuse_to_open(hidden: Sequence[str]) -> None:
    """Refuse to open these files, and files in these folders: a sign, not a wall."""
    folders, real = tuple(path + os.sep for path in hidden), os.path.realpath

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        path = arguments[0] if event == "open" else None
        if isinstance(path, str) and f"{real(path)}{os.sep}".startswith(folders):
            raise PermissionError(MAY_NOT_READ)

    sys.addaudithook(hook)
