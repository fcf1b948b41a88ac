"""Landlock: what this process may do with files, decided by three system calls.

It needs no rights, and works where namespaces are refused, as in many containers. A
process can only lose what it may do, and so can all that it starts. See landlock(7).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from .namespaces import DEVICES, NO_NEW_PRIVILEGES, library

CREATE, ADD_RULE, RESTRICT = 444, 445, 446  # the same on all processors
ASK_VERSION, BENEATH = 1, 1
EXECUTE, WRITE_FILE, READ_FILE, READ_FOLDER, TRUNCATE = 1, 2, 4, 8, 1 << 14
REFER, OF_DEVICES = 1 << 13, 1 << 15
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE  # all others are of folders
READ = EXECUTE | READ_FILE | READ_FOLDER
COUNTS = {0: 0, 1: 13, 2: 14, 3: 15, 4: 15}  # of rights that a version knows
LATEST_COUNT = 16
TCP, TCP_VERSION = 3, 4  # to listen and to connect
OUTSIDE, OUTSIDE_VERSION = 3, 6  # to signal those outside, and to talk to them
SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime")


def restrict_files(
    readable: Collection[str], hidden: Collection[str], scratch: str
) -> bool:
    """Lose all files but those that may be read, and the folder that may be written.

    What is hidden may not be read, wherever it is. Tells whether it is done.
    """
    known = version()
    rights = (1 << COUNTS.get(known, LATEST_COUNT)) - 1
    wanted = struct.pack(
        "=QQQ",
        rights,
        TCP if known >= TCP_VERSION else 0,
        OUTSIDE if known >= OUTSIDE_VERSION else 0,
    )[: 8 if known < TCP_VERSION else 16 if known < OUTSIDE_VERSION else 24]
    rules = library.syscall(CREATE, wanted, len(wanted), 0) if known else -1
    if rules < 0:
        return False
    for path in dict.fromkeys([*SYSTEM, *readable]):
        for piece, right in pieces(path, hidden):
            allow(rules, piece, right & rights)
    for path in DEVICES:
        allow(rules, path, READ_FILE | WRITE_FILE)
    allow(rules, scratch, rights & ~(REFER | OF_DEVICES))
    library.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    done = not library.syscall(RESTRICT, rules, 0)
    os.close(rules)
    return done


def version() -> int:
    """The version of Landlock that the kernel has; 0 without it."""
    return max(0, int(library.syscall(CREATE, None, 0, ASK_VERSION)))


def allow(rules: int, path: str, rights: int) -> None:
    """Allow something beneath a path, if that exists."""
    with suppress(OSError):
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        kept = rights if Path(path).is_dir() else rights & OF_FILES
        library.syscall(ADD_RULE, rules, BENEATH, struct.pack("=Qi", kept, place), 0)
        os.close(place)


def pieces(path: str, hidden: Collection[str]) -> Iterator[tuple[str, int]]:
    """A folder in pieces that contain nothing hidden, with what is allowed there.

    Of a folder in which something is hidden, Python still needs to know the names. A
    rule for a link is one for what it leads to: a virtual environment has two names
    for the folder of its packages.
    """
    path = os.path.realpath(path)
    inside = [other for other in hidden if Path(other).is_relative_to(path)]
    if not inside:
        yield path, READ
    elif path not in inside:
        yield path, READ_FOLDER
        with suppress(OSError):
            for child in Path(path).iterdir():
                target = child.resolve()
                if target == child or not related(target, path):
                    yield from pieces(str(target), hidden)


def related(one: Path, other: str) -> bool:
    """Whether one of two folders contains the other."""
    return one.is_relative_to(other) or Path(other).is_relative_to(one)
