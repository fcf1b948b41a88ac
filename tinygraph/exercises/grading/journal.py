"""The journal: the rows graded so far, from which a stopped grader goes on.

Each line is signed with the secret of the class, so that nobody who does not know the
secret can add a row or change one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO

from ...errors import ArgumentError, FileError
from ...files import require_regular
from ..language import translated
from .row import Row
from .task import Task

JOURNAL_FILE = "journal.jsonl"
SIGNATURE = b', "signature": "'
Journal = tuple[dict[str, Row], Callable[[str, Row], None]]


@contextmanager
def open_journal(folder: Path | None, secret: bytes = b"") -> Iterator[Journal]:
    """The rows that were graded before, and a function that adds one.

    Lines that are not signed with the secret are not taken.
    """
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
        raise FileError(
            translated(
                "cannot write in {folder}: {error}", folder=folder, error=error.strerror
            )
        ) from None
    with file:
        lock_journal(file, folder)
        file.seek(0)
        known = signed_rows(file.read(), secret)
        file.write(b"\n")  # the last line may be incomplete

        def keep(key: str, row: Row) -> None:
            content = json.dumps({"key": key, "row": asdict(row)}).encode()
            file.write(signed_line(content, secret) + b"\n")
            file.flush()

        yield known, keep


def count_kept(wanted: Iterable[Task], folder: Path, secret: bytes) -> int:
    """How many of the tasks have a row in the journal of a folder."""
    known = signed_rows(text_of_journal(folder), secret)
    return sum(task.key in known for task in wanted)


def count_unsigned(folder: Path, secret: bytes) -> int:
    """How many lines of a journal hold something that the secret has not signed.

    A line that breaks off, as the last one may, does not count.
    """
    lines = text_of_journal(folder).split(b"\n")
    return sum(is_whole(x) and signed_content(x, secret) is None for x in lines)


def text_of_journal(folder: Path) -> bytes:
    """What is in the journal of a folder; nothing if it cannot be read."""
    try:
        return (folder / JOURNAL_FILE).read_bytes()
    except OSError:
        return b""


def lock_journal(file: IO[bytes], folder: Path) -> None:
    """Keep other graders away from a journal until it is closed."""
    with suppress(ImportError):
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ArgumentError(
                translated("another grader is running in {folder}", folder=folder)
            ) from None


def signed_rows(text: bytes, secret: bytes) -> dict[str, Row]:
    """The rows of a journal by their keys, from the lines that are signed."""
    contents = (signed_content(line, secret) for line in text.split(b"\n"))
    return dict(filter(None, map(parse_row, filter(None, contents))))


def signed_line(content: bytes, secret: bytes) -> bytes:
    """An object in JSON with its signature, which comes last in it."""
    signature = hmac.new(secret, b"journal\0" + content, hashlib.sha256).hexdigest()
    return content[:-1] + SIGNATURE + signature.encode() + b'"}'


def signed_content(line: bytes, secret: bytes) -> bytes | None:
    """What is in a line without its signature; None if that is not right."""
    content = line.rpartition(SIGNATURE)[0] + b"}"
    right = hmac.compare_digest(line, signed_line(content, secret))
    return content if right else None


def is_whole(line: bytes) -> bool:
    """Whether a line is an object in JSON."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def parse_row(content: bytes) -> tuple[str, Row] | None:
    """The key and the row of a line; None if this version knows no such rows."""
    try:
        entry = json.loads(content)
        return str(entry["key"]), Row(**entry["row"])
    except (ValueError, LookupError, TypeError):
        return None
