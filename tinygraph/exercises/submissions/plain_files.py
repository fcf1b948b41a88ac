"""Reading folders that were handed in: no links, no devices, and up to a limit."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from ..language import marked, translated
from .entry import Entry, is_hidden
from .hand_in import file_time
from .submission import Unusable, why_unread

LINK = marked("is a symbolic link, which is not followed")
MOST_FILES = 10_000  # of one student


def entries_below(path: Path, parts: tuple[str, ...] = ()) -> Iterator[Entry]:
    """All files below a path, which is a folder or a file, level by level.

    What cannot be listed is a single entry that says why.
    """
    try:
        yield from list(walk(path, parts))
    except (Unusable, OSError) as error:
        yield Entry(parts, reason=why_unread(error))


def walk(path: Path, parts: tuple[str, ...]) -> Iterator[Entry]:
    """All files below a path, level by level. Raises Unusable, OSError."""
    level, count = [(path, parts)], 0
    while level:
        deeper: list[tuple[Path, tuple[str, ...]]] = []
        for place, own in level:
            if place.is_symlink() or not place.is_dir():
                yield entry_of_file(place, own)
                continue
            inside = sorted(p for p in place.iterdir() if not is_hidden(p.name))
            deeper += [(p, (*own, p.name)) for p in inside]
            if not inside:
                yield Entry(own, is_empty_folder=True)
        count += len(deeper)
        if count > MOST_FILES:
            raise Unusable(translated("has more than {count} files", count=MOST_FILES))
        level = deeper


def entry_of_file(path: Path, parts: tuple[str, ...]) -> Entry:
    """A file as an entry."""
    modified = path.lstat().st_mtime
    return Entry(
        parts,
        modified,
        lambda largest: read_plain_file(path, largest),
        reason=translated(LINK) if path.is_symlink() else "",
        hand_in=file_time(modified),
    )


def read_plain_file(path: Path, largest: int) -> bytes:
    """The bytes of a regular file."""
    if path.is_symlink():
        raise Unusable(translated(LINK))
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Unusable(translated("is not a regular file"))
        if status.st_size > largest:
            raise Unusable(translated("is larger than {count} bytes", count=largest))
        return file.read(largest + 1)
