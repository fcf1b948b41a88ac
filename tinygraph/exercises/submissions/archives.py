"""Archives that were handed in, read without unpacking anything to the disk."""

from __future__ import annotations

import gzip
import io
import re
import stat
import struct
import tarfile
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from ..language import marked, translated
from .entry import Entry, is_hidden
from .hand_in import HandIn, file_time, zip_time
from .submission import Unusable, shown_name, why_unread

LARGEST_ARCHIVE = 100 * 2**20  # bytes of an archive that a student handed in
LARGEST_CLASS = 2 * 2**30  # bytes of a tar file of a class, when it is unpacked
MOST_UNPACKED = 300 * 2**20  # bytes of one student, over all files
MOST_IN_ARCHIVES = 200_000  # files
MOST_PARTS = 50  # of a path
MOST_SHOWN = 200  # characters of a path
DEEPEST = 3  # archives within archives
GZIP = b"\x1f\x8b"
ZIP_MARK = b"PK"
TAR_MARK, TAR_MARK_AT = b"ustar", 257
ENCRYPTED = 1  # a flag of a file in a zip
UTF_8 = 0x800  # the flag of a name in a zip that says how it is encoded
TAR_ENDINGS = (".tar", ".tar.gz", ".tgz")
UNREAD = re.compile(r"(?:\.tar)?\.(?:7z|rar|gz|bz2|xz|zst|tbz2?|txz)$", re.IGNORECASE)
LINK = marked("is a symbolic link, which is not followed")
OUTSIDE = marked("has the path {path} in its archive, which leads outside")
UNREADABLE = marked("cannot be read as a {kind} file: {error}")
TOO_MANY = marked("has more than {count} files")
TOO_LARGE = marked("is larger than {count} bytes when it is unpacked")
BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, struct.error, EOFError, OSError,
    ValueError, LookupError, RuntimeError, OverflowError,
)  # fmt: skip


def archive_ending(name: str) -> str:
    """The ending by which a name is that of an archive; empty if it is not.

    >>> archive_ending("a.tar.gz"), archive_ending("A.ZIP"), archive_ending("a.py")
    ('.tar.gz', '.ZIP', '')
    """
    for ending in (".zip", *TAR_ENDINGS):
        if name.lower().endswith(ending):
            return name[-len(ending) :]
    return ""


def unread_ending(name: str) -> str:
    """The ending by which a name is that of an archive of a kind that is not read.

    >>> unread_ending("a.7z"), unread_ending("a.TAR.XZ"), unread_ending("a.zip")
    ('.7z', '.TAR.XZ', '')
    """
    found = None if archive_ending(name) else UNREAD.search(name)
    return found[0] if found else ""


class Allowance:
    """How many bytes may still be read of what one student handed in.

    A file of which too many bytes were unpacked before it was refused counts as well.
    """

    def __init__(self, left: int = MOST_UNPACKED) -> None:
        self.left = left

    def read(self, entry: Entry, largest: int) -> bytes:
        """The content of an entry. Raises Unusable, OSError."""
        if self.left < largest:
            raise Unusable(
                translated(
                    "is not read: this student's archives are too large in total"
                )
            )
        try:
            data = entry.read(largest)
        except Unusable:
            self.left -= largest if entry.is_packed else 0
            raise
        self.left -= len(data)
        return data


def entries_in_archive(
    name: str, file: BinaryIO, largest: int = LARGEST_CLASS
) -> list[Entry]:
    """The files in an archive; a tar file may have `largest` bytes.

    Raises Unusable if it cannot be read, and OSError never.
    """
    is_zip = seems_to_be_zip(name, file)
    kind = "zip" if is_zip else "tar"
    try:
        found = list(entries_in_zip(file) if is_zip else entries_in_tar(file, largest))
    except BROKEN as error:
        raise Unusable(
            translated(
                "cannot be read as a {kind} file: {error}", kind=kind, error=error
            )
        ) from None
    if len(found) > MOST_IN_ARCHIVES:
        raise Unusable(
            translated("has more than {count} files", count=MOST_IN_ARCHIVES)
        )
    shown = [e for e in found if not any(map(is_hidden, e.parts))]
    parents = {e.parts[:n] for e in shown for n in range(len(e.parts))}
    around = [shown_folder(e) for e in found if any(map(is_hidden, e.parts))]
    empty = [e for e in [*shown, *around] if e.is_empty_folder and e.parts]
    alone = {e.parts: e for e in empty if e.parts not in parents}
    return [e for e in shown if not e.is_empty_folder] + list(alone.values())


def shown_folder(entry: Entry) -> Entry:
    """The folder in which what systems make is; it may contain nothing else."""
    first = next(n for n, part in enumerate(entry.parts) if is_hidden(part))
    return Entry(entry.parts[:first], is_empty_folder=True)


def seems_to_be_zip(name: str, file: BinaryIO) -> bool:
    """Whether an archive is a zip file, by its first bytes, or else by its name."""
    head = file.read(TAR_MARK_AT + len(TAR_MARK))
    file.seek(0)
    if head.startswith(ZIP_MARK):
        return True
    is_tar = head.startswith(GZIP) or head[TAR_MARK_AT:] == TAR_MARK
    return not is_tar and archive_ending(name).lower() == ".zip"


def expanded_archives(
    entry: Entry, allowance: Allowance, depth: int = 0
) -> Iterator[Entry]:
    """An entry; if it is an archive, the entries in it, and in archives in those."""
    if entry.reason or entry.is_empty_folder or not archive_ending(entry.name):
        yield entry
        return
    try:
        if depth == DEEPEST:
            raise Unusable(
                translated("is an archive inside {count} others", count=DEEPEST)
            )
        inside = entries_in_own_archive(entry, allowance)
    except (Unusable, OSError) as error:
        yield replace(entry, reason=why_unread(error))
        return
    if not inside:
        yield replace(entry, reason=translated("is an empty archive"))
    for one in inside:
        own = replace(
            one,
            parts=entry.parts + one.parts,
            attempt=entry.attempt,
            hand_in=hand_in_of(entry, one),
        )
        yield from expanded_archives(own, allowance, depth + 1)


def hand_in_of(archive: Entry, inner: Entry) -> HandIn:
    """When a file was handed in that is in an archive of a student."""
    if archive.hand_in.platform or inner.hand_in.time is None:
        return archive.hand_in
    return replace(inner.hand_in, is_late=archive.hand_in.is_late)


def entries_in_own_archive(entry: Entry, allowance: Allowance) -> list[Entry]:
    """The files in an archive of a student. Raises Unusable, OSError."""
    data = allowance.read(entry, LARGEST_ARCHIVE)
    if data.startswith(GZIP):
        packed = Entry(entry.parts, read=lambda n: gunzip(data, n), is_packed=True)
        data = allowance.read(packed, LARGEST_ARCHIVE)
    return entries_in_archive(entry.name, io.BytesIO(data), LARGEST_ARCHIVE)


def gunzip(data: bytes, largest: int) -> bytes:
    """What is compressed with gzip, refused if it is too long."""
    try:
        return up_to(gzip.GzipFile(fileobj=io.BytesIO(data)).read(largest + 1), largest)
    except BROKEN as error:
        raise Unusable(translated("cannot be unpacked: {error}", error=error)) from None


def entries_in_zip(file: BinaryIO) -> Iterator[Entry]:
    """The files and folders in a zip."""
    archive = zipfile.ZipFile(file)
    for info in archive.infolist():
        name = zip_name(info).replace("\\", "/")
        is_link = stat.S_ISLNK(info.external_attr >> 16)
        link = translated(LINK)
        yield Entry(
            parts_of(name),
            seconds_of(info),
            lambda largest, info=info: unzip(archive, info, largest),  # type: ignore[misc]
            is_empty_folder=name.endswith("/"),
            is_packed=True,
            reason=link if is_link else reason_against(name),
            hand_in=zip_time(info),
        )


def zip_name(info: zipfile.ZipInfo) -> str:
    """The name of a file in a zip; macOS writes UTF-8 without saying so."""
    name = info.filename
    if not info.flag_bits & UTF_8:
        try:
            name = name.encode("cp437").decode()
        except UnicodeError:
            return name
    return unicodedata.normalize("NFC", name)


def parts_of(name: str) -> tuple[str, ...]:
    """The parts of a path in an archive, without those that lead elsewhere."""
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    return (*parts[:-1][:MOST_PARTS], *parts[-1:]) or ("",)


def reason_against(name: str) -> str:
    """Why a file with this path in an archive is not read; empty if it is."""
    if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
        shown = shown_name(name[:MOST_SHOWN])
        return translated(OUTSIDE, path=shown)
    if name.count("/") >= MOST_PARTS:
        return translated("is in more than {count} folders", count=MOST_PARTS)
    return ""


def seconds_of(info: zipfile.ZipInfo) -> float:
    """When a file in a zip was modified, in seconds; 0 if the zip does not say."""
    try:
        return time.mktime((*info.date_time, 0, 0, -1))
    except (ValueError, OverflowError):
        return 0.0


def unzip(archive: zipfile.ZipFile, info: zipfile.ZipInfo, largest: int) -> bytes:
    """The bytes of one file in a zip, refused if there are too many."""
    if info.flag_bits & ENCRYPTED:
        raise Unusable(translated("is encrypted with a password"))
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unusable(translated("is compressed in an unusual way"))
    try:
        with archive.open(info) as file:
            data = file.read(largest + 1)
    except BROKEN as error:
        raise Unusable(translated("cannot be unpacked: {error}", error=error)) from None
    if len(data) > largest:
        raise Unusable(translated(TOO_LARGE, count=largest))
    return data


def entries_in_tar(file: BinaryIO, largest: int) -> Iterator[Entry]:
    """The files and folders in a tar file, which may be compressed with gzip."""
    is_packed = file.read(len(GZIP)) == GZIP
    file.seek(0)
    stream = gzip.GzipFile(fileobj=file) if is_packed else file
    data = up_to(stream.read(largest + 1), largest)
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for info in archive:
            reason = reason_against(info.name)
            if not (info.isreg() or info.isdir()):
                reason = translated("is a link or a device, which is not followed")
            content = data[info.offset_data : info.offset_data + info.size]
            yield Entry(
                parts_of(info.name),
                info.mtime,
                lambda largest, content=content: up_to(content, largest),  # type: ignore[misc]
                is_empty_folder=info.isdir(),
                reason=reason,
                hand_in=file_time(info.mtime),
            )


def up_to(content: bytes, largest: int) -> bytes:
    """The content of a file, refused if it is too long."""
    if len(content) > largest:
        raise Unusable(translated(TOO_LARGE, count=largest))
    return content
