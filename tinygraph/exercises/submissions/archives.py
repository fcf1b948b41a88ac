"""Zip files that were handed in, read without unpacking anything to the disk."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from ..exercise import Exercise
from .notebooks import LARGEST_NOTEBOOK, collect_notebook
from .plain_files import HIDDEN, LARGEST_FILE, MOST_FILES, read_plain_file
from .submission import Source, Submission, Unusable, shown_name, source_of_text

LARGEST_ZIP = 100 * 2**20


def collect_zip(path: Path, own: Submission, exercises: Sequence[Exercise]) -> None:
    """Add the files of a zip; one with names outside of it is not read at all."""
    read_plain_file(path, LARGEST_ZIP)
    ids = {f"{exercise.id}.py": exercise.id for exercise in exercises}
    try:
        with zipfile.ZipFile(path) as archive:
            entries = sorted(archive.infolist(), key=lambda e: e.filename.count("/"))
            inspect_zip(entries)
            for entry in entries:
                name = PurePosixPath(entry.filename)
                if any(part.startswith((".", *HIDDEN)) for part in name.parts):
                    continue
                if name.name not in ids and not entry.is_dir():
                    own.others.append(shown_name(name.name))
                if name.name in ids:
                    own.add(ids[name.name], source_in_zip(archive, entry))
                elif name.suffix == ".ipynb":
                    text = unzip(archive, entry, LARGEST_NOTEBOOK)
                    collect_notebook(shown_name(name.name), text, own, exercises)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Unusable(f"cannot be read as a zip file: {error}") from None


def inspect_zip(entries: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse names that lead outside, links, and too many files."""
    if len(entries) > MOST_FILES:
        raise Unusable(f"has more than {MOST_FILES} files")
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
            raise Unusable(f"contains the name {shown_name(name)}, which leads outside")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise Unusable(f"contains the symbolic link {shown_name(name)}")


def source_in_zip(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Source:
    """The text of one file in a zip."""
    name = shown_name(PurePosixPath(entry.filename).name)
    try:
        return source_of_text(name, unzip(archive, entry, LARGEST_FILE))
    except Unusable as error:
        return Source(name, reason=f"{name} {error}")


def unzip(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, largest: int) -> bytes:
    """The bytes of one file in a zip, refused if there are too many."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unusable("is compressed in an unusual way")
    try:
        with archive.open(entry) as file:
            data = file.read(largest + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise Unusable(f"cannot be unpacked: {error}") from None
    if len(data) > largest:
        raise Unusable(f"is larger than {largest} bytes when it is unpacked")
    return data
