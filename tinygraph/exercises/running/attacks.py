"""What a worker tries before it says that a wall holds.

It does so when it has given up its rights, with exactly those that a student's file has
a moment later.
"""

from __future__ import annotations

import os
import secrets
import socket
import stat
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from .namespaces import BIND, library, mount

DETACH, REMOUNT = 2, 32
MOST_FOLDERS, MOST_FILES = 20, 5  # that are tried
ADDRESSES = ("127.0.0.1", "192.0.2.1")  # this computer, and any other (RFC 5737)
SHARED = ("/", "/tmp", "/var/tmp", "/dev/shm", "/proc", "/sys")


def walls_that_hold(
    walls: Collection[str],
    hidden: Sequence[str],
    scratch: str,
    mounts: Sequence[str] = (),
) -> list[str]:
    """Those of the walls that this process tried to break, and could not.

    What is mounted must be read-only, if walls are made of mounts.
    """
    attacks: dict[str, Callable[[], bool]] = {
        "files": lambda: uncovers_files(hidden),
        "disk": lambda: writes_outside(hidden, scratch, mounts),
        "network": reaches_the_network,
        "processes": reaches_a_process,
    }
    return [name for name in attacks if name in walls and not attacks[name]()]


def uncovers_files(hidden: Sequence[str]) -> bool:
    """Whether what is hidden can be uncovered, or be read."""
    if any(succeeds(library.umount2, os.fsencode(path), DETACH) for path in hidden):
        return True
    return any(map(reads_a_file, hidden))


def reads_a_file(path: str) -> bool:
    """Whether a file can be opened, or one of the first in a folder and below it."""
    if Path(path).is_file():
        return opens(path)
    for parent, _, names in islice(os.walk(path), MOST_FOLDERS):
        for name in names[:MOST_FILES]:
            if opens(Path(parent, name)):
                return True
    return False


def opens(path: str | Path) -> bool:
    """Whether a file can be opened to be read."""
    with suppress(OSError):
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
        return True
    return False


def names_in(folder: str) -> list[str]:
    """The names in a folder; none if it cannot be listed."""
    with suppress(OSError):
        return [path.name for path in Path(folder).iterdir()]
    return []


def writes_outside(hidden: Sequence[str], scratch: str, mounts: Sequence[str]) -> bool:
    """Whether anything outside the scratch folder can be written.

    A mount that can be written counts even if this user may not do so.
    """
    if succeeds(library.umount2, os.fsencode(scratch), DETACH):
        return True
    if succeeds(mount, "none", "/", "", REMOUNT | BIND):
        return True
    if any(map(is_writable_mount, {*mounts} - {scratch})):
        return True
    folders = [*SHARED, *hidden, *map(str, Path(scratch).parents)]
    return any(creates_file(path) or changes_folder(path) for path in folders)


def changes_folder(path: str) -> bool:
    """Whether what belongs to a folder can be changed; it is set to what it is."""
    with suppress(OSError):
        now = Path(path).stat()
        Path(path).chmod(stat.S_IMODE(now.st_mode))
        return True
    return False


def is_writable_mount(path: str) -> bool:
    """Whether a path leads to a mount that is not read-only."""
    try:
        return not os.statvfs(path).f_flag & os.ST_RDONLY
    except OSError:
        return False


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
        with suppress(OSError):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
                line.connect((address, 9))
            return True
    return False


def reaches_a_process() -> bool:
    """Whether any process but this one can be seen or get a signal; none is sent."""
    others = {name for name in names_in("/proc") if name.isdigit()}
    if others - {str(os.getpid())}:
        return True
    for process in (-1, os.getppid() or -1):
        with suppress(OSError):
            os.kill(process, 0)
            return True
    return False


def succeeds(function: Callable[..., Any], *arguments: Any) -> bool:
    """Whether a system call succeeds."""
    return not function(*arguments)
