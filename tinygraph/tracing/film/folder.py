"""A film as a folder with one picture for each step."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from ...errors import FileError
from ...files import beside, expanded
from ..record import Record
from .frames import Film, film

FRAME = re.compile(r"\d{3,}\.svg")


def save_frames(
    record: Record, folder: str | os.PathLike[str], depth: int | None = None
) -> None:
    """Write 000.svg, 001.svg, ... into a folder, one for each step of the timeline.

    Frames of an earlier trace are replaced. The folder appears with all frames or not
    at all. Raises FileError if it contains anything else or cannot be written.
    """
    target = expanded(folder).resolve()
    try:
        check_free(target, folder)
        pictures = film(record, depth)
        replace_folder(target, named_files(pictures))
    except FileNotFoundError:
        raise FileError(
            f"cannot write {folder}: the folder {target.parent} does not exist"
        ) from None
    except OSError as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"cannot write {folder}: {error.strerror}") from error


def check_free(target: Path, given: str | os.PathLike[str]) -> None:
    """Raise FileError if anything other than frames would be lost."""
    if not target.parent.is_dir():
        raise FileNotFoundError
    if not target.exists():
        return
    if not target.is_dir():
        raise FileError(f"cannot write frames to {given}: it is a file, not a folder")
    for entry in sorted(target.iterdir()):
        if not FRAME.fullmatch(entry.name):
            raise FileError(
                f"cannot write frames to {given}: it contains {entry.name}, which is "
                f"not a frame; give a new or an empty folder"
            )


def named_files(pictures: Film) -> Iterator[tuple[str, bytes]]:
    """The frames with file names that sort in their order."""
    digits = max(3, len(str(len(pictures) - 1)))
    for place, content in enumerate(pictures.render("svg")):
        yield f"{place:0{digits}}.svg", content


def replace_folder(target: Path, files: Iterator[tuple[str, bytes]]) -> None:
    """Fill a folder beside `target`, then move it into place."""
    new, old = beside(target), beside(target)
    try:
        new.mkdir()
        for name, content in files:
            (new / name).write_bytes(content)
        if target.exists():
            new.chmod(stat.S_IMODE(target.stat().st_mode))
            target.rename(old)
        new.rename(target)
    except BaseException:
        if old.exists():
            old.rename(target)
        raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
