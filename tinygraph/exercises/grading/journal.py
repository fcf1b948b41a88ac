"""The journal: the rows graded so far, from which a stopped grader goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO

from ...errors import ArgumentError, FileError
from ...files import require_regular
from .row import Row
from .task import Task

JOURNAL_FILE = "journal.jsonl"
Journal = tuple[dict[str, Row], Callable[[str, Row], None]]


@contextmanager
def open_journal(folder: Path | None) -> Iterator[Journal]:
    """The rows that were graded before, and a function that adds one."""
    if folder is None:
        yield {}, lambda key, row: None
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        require_regular(folder / JOURNAL_FILE)
        file = (folder / JOURNAL_FILE).open("a+b")
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"cannot write in {folder}: {error.strerror}") from None
    with file:
        lock_journal(file, folder)
        file.seek(0)
        known = dict(filter(None, map(parse_row, file.read().split(b"\n"))))
        file.write(b"\n")  # the last line may be incomplete

        def keep(key: str, row: Row) -> None:
            line = json.dumps({"key": key, "row": asdict(row)})
            file.write(line.encode() + b"\n")
            file.flush()

        yield known, keep


def count_kept(wanted: Iterable[Task], folder: Path) -> int:
    """How many of the tasks have a row in the journal of a folder."""
    try:
        lines = (folder / JOURNAL_FILE).read_bytes().split(b"\n")
    except OSError:
        return 0
    known = dict(filter(None, map(parse_row, lines)))
    return sum(task.key in known for task in wanted)


def lock_journal(file: IO[bytes], folder: Path) -> None:
    """Keep other graders away from a journal until it is closed."""
    with suppress(ImportError):
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ArgumentError(f"another grader is running in {folder}") from None


def parse_row(line: bytes) -> tuple[str, Row] | None:
    """A row of a journal; None for a damaged line."""
    try:
        entry = json.loads(line)
        row = Row(**entry["row"])
        return str(entry["key"]), row
    except (ValueError, LookupError, TypeError):
        return None
