"""What a worker tries before it says that a wall holds.

It does so when it has given up its rights, with exactly those that a student's file has
a moment later.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from .namespaces import BIND, library, mount

DETACH, REMOUNT = 2, 32
ADDRESSES = ("127.0.0.1", "192.0.2.1")  # this computer, and any other (RFC 5737)
SHARED = ("/", "/tmp", "/var/tmp", "/dev/shm", "/proc", "/sys")


def walls_that_hold(
    walls: Sequence[str], hidden: Sequence[str], scratch: str
) -> list[str]:
    """Those of the walls that this process tried to break, and could not."""
    attacks: dict[str, Callable[[], bool]] = {
        "files": lambda: uncovers_files(hidden, scratch),
        "disk": lambda: writes_outside(hidden, scratch),
        "network": reaches_the_network,
        "processes": reaches_a_process,
    }
    return [wall for wall in walls if not attacks[wall]()]


def uncovers_files(hidden: Sequence[str], scratch: str) -> bool:
    """Whether a hidden folder can be uncovered, or anything in it be seen."""
    made = {*map(Path, [*hidden, scratch])}
    made |= {parent for path in made for parent in path.parents}
    if any(succeeds(library.umount2, os.fsencode(path), DETACH) for path in hidden):
        return True
    return any(Path(path, n) not in made for path in hidden for n in names_in(path))


def names_in(folder: str) -> list[str]:
    """The names in a folder; none if it cannot be listed."""
    with suppress(OSError):
        return [path.name for path in Path(folder).iterdir()]
    return []


def writes_outside(hidden: Sequence[str], scratch: str) -> bool:
    """Whether anything outside the scratch folder can be written.

    A mount that can be written counts even if this user may not do so.
    """
    if succeeds(library.umount2, os.fsencode(scratch), DETACH):
        return True
    if succeeds(mount, "none", "/", "", REMOUNT | BIND):
        return True
    if writable_mounts() != [scratch]:
        return True
    folders = [*SHARED, *hidden, *map(str, Path(scratch).parents)]
    return any(creates_file(folder) for folder in folders)


def writable_mounts() -> list[str]:
    """Where something is mounted that can be written; "/" if that is not known."""
    try:
        lines = Path("/proc/self/mountinfo").read_bytes().splitlines()
    except OSError:
        return ["/"]
    fields = [line.split(b" ") for line in lines]
    return [unescaped(own[4]) for own in fields if b"rw" in own[5].split(b",")]


def unescaped(path: bytes) -> str:
    """A path as the mount table writes it, where \\040 is a space."""
    return os.fsdecode(
        re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8)]), path)
    )


def creates_file(folder: str) -> bool:
    """Whether a file can be created in a folder; it is removed again."""
    path = Path(folder, f".written-{secrets.token_hex(8)}")
    try:
        path.touch(0o600, exist_ok=False)
    except OSError:
        return False
    with suppress(OSError):
        path.unlink()
    return True


def reaches_the_network() -> bool:
    """Whether there is a way to any address. Nothing is sent."""
    for address in ADDRESSES:
        line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with line, suppress(OSError):
            line.connect((address, 9))
            return True
    return False


def reaches_a_process() -> bool:
    """Whether a signal can reach any process but this one; none is sent."""
    if os.getppid() != 0:
        return True
    try:
        os.kill(-1, 0)
    except OSError as error:
        return error.errno != errno.ESRCH
    return True


def succeeds(function: Callable[..., Any], *arguments: Any) -> bool:
    """Whether a system call succeeds."""
    return not function(*arguments)
