"""Reading files that a student handed in: no links, no devices, and up to a limit."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from .submission import Source, Unusable, shown_name, source_of_text

LARGEST_FILE = 2**20  # bytes of a Python file
MOST_FILES = 10_000
HIDDEN = ("__MACOSX", "__pycache__")


def files_below(path: Path) -> Iterator[Path]:
    """All files below a folder, level by level."""
    level, count = [path], 0
    while level:
        entries = sorted(entry for folder in level for entry in folder.iterdir())
        count += len(entries)
        if count > MOST_FILES:
            raise Unusable(f"has more than {MOST_FILES} files")
        entries = [e for e in entries if not e.name.startswith((".", *HIDDEN))]
        level = [e for e in entries if e.is_dir() and not e.is_symlink()]
        yield from (e for e in entries if e not in set(level))


def source_in_file(path: Path) -> Source:
    """The text in a file."""
    name = shown_name(path.name)
    try:
        return source_of_text(name, read_plain_file(path, LARGEST_FILE))
    except Unusable as error:
        return Source(name, reason=f"{name} {error}")
    except OSError as error:
        return Source(name, reason=f"{name} cannot be read: {error.strerror}")


def read_plain_file(path: Path, largest: int) -> bytes:
    """The bytes of a regular file."""
    if path.is_symlink():
        raise Unusable("is a symbolic link, which is not followed")
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Unusable("is not a regular file")
        if status.st_size > largest:
            raise Unusable(f"is larger than {largest} bytes")
        return file.read(largest + 1)
