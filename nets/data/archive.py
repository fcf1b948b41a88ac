"""Files of an archive, read in memory: nothing is written, nothing is trusted.

What kind of archive it is, its first bytes say: a browser may have unpacked the half of
.tar.gz, packed it once more, or put a number behind the name.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from nets.data.dataset import DataError
from nets.data.formats import kind_of
from nets.data.listing import is_left_behind
from tinygraph import FileError
from tinygraph.files import require_regular

Peekable = io.BufferedReader | gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile
_PACKED: dict[bytes, Callable[[Any], Peekable]] = {
    b"\x1f\x8b": lambda stream: gzip.GzipFile(fileobj=stream, mode="rb"),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\0": lzma.LZMAFile,
}
_ZIP = (b"PK\3\4", b"PK\5\6")
_HEAD = 512
_UNPACK, _AGAIN = "unpack it and give the folder", "download the archive again"
# Other files, and what to do about them.
_FOREIGN = {
    rb"7z\xbc\xaf": ("a 7-Zip archive, which is not read here", _UNPACK),
    rb"Rar!": ("a RAR archive, which is not read here", _UNPACK),
    rb"\s*<": ("a web page, not an archive", _AGAIN),
    rb"\x80[\2-\5]": (
        "a pickle, which may run any code when Python reads it",
        "download the binary version, cifar-10-binary.tar.gz",
    ),
}
_MOST_LAYERS = 3
_ERRORS = (
    *(OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zlib.error),
    *(lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile),
)


@dataclass
class Found:
    """The contents of the wanted files by name, and the paths of all files."""

    contents: dict[str, bytes] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Limits:
    """The most bytes of one wanted file, and of all that an archive unpacks to."""

    file: int
    archive: int


@dataclass(frozen=True)
class Member:
    """A file in an archive: `read` gives at most so many bytes of it."""

    name: str
    size: int
    is_plain: bool
    read: Callable[[int], bytes]


def read_archive(path: Path, wanted: Collection[str], limits: Limits) -> Found:
    """The files called as in `wanted`, of a .zip or of a .tar in any packing.

    Raises `DataError` for what is no archive, damaged, larger than `limits`, locked by
    a password, or suspicious: names outside its own folder, links, one name twice.
    """
    start = b""
    try:
        require_regular(path)
        with path.open("rb") as file:
            start = file.read(_HEAD)
            file.seek(0)
            if start.startswith(_ZIP):
                with zipfile.ZipFile(file) as archive:
                    return _collect(_zip_members(archive), path, wanted, limits)
            return _read_tar(file, path, wanted, limits)
    except DataError:
        raise
    except FileError as error:
        raise DataError(f"{error}: give the path of an archive.") from None
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist: give an archive's path.") from error
    except _ERRORS as error:
        raise DataError(f"{path} {_fault(start, error)}.") from error


def _fault(start: bytes, error: Exception) -> str:
    """What is wrong with a file that begins like this and cannot be unpacked."""
    if start.startswith((*_PACKED, *_ZIP)) or start[257:262] == b"ustar":
        return f"is damaged ({error}): download it again"
    for mark, (what, remedy) in _FOREIGN.items():
        if re.match(mark, start):
            return f"is {what}: {remedy}"
    if kind_of(start) is not None:
        return "is one picture: give a folder with one subfolder for each class"
    return "is not an archive: give the path of cifar-10-binary.tar.gz, or download it"


def _read_tar(
    file: io.BufferedReader, path: Path, wanted: Collection[str], limits: Limits
) -> Found:
    stream = _Bounded(_unpacked(file), path, limits.archive)
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        found = _collect(_tar_members(archive), path, wanted, limits)
    stream.drain()
    return found


def _unpacked(file: io.BufferedReader) -> Peekable:
    """The file without the one or more layers of packing around it."""
    stream: Peekable = file
    for _ in range(_MOST_LAYERS):
        start = stream.peek(6)
        unpack = [layer for mark, layer in _PACKED.items() if start.startswith(mark)]
        if not unpack:
            break
        stream = unpack[0](stream)
    return stream


class _Bounded(io.BufferedIOBase):
    """A stream that refuses to unpack to more than it may."""

    def __init__(self, stream: Peekable, path: Path, most: int) -> None:
        self.stream, self.path, self.most, self.taken = stream, path, most, 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = self.stream.read(-1 if size is None else size)
        self.taken += len(data)
        if self.taken > self.most:
            raise DataError(
                f"{self.path} unpacks to more than {self.most // 10**6} MB, which is "
                f"too much: download it again."
            )
        return data

    def drain(self) -> None:
        """Read to the end, where the check sum is compared."""
        while self.read(1 << 16):
            pass


def _tar_members(archive: tarfile.TarFile) -> Iterator[Member]:
    for member in archive:
        if not member.isdir():
            stream = archive.extractfile(member) if member.isreg() else None
            read = io.BytesIO().read if stream is None else stream.read
            yield Member(member.name, member.size, member.isreg(), read)


def _zip_members(archive: zipfile.ZipFile) -> Iterator[Member]:
    for info in archive.infolist():
        if info.is_dir():
            continue
        kind = stat.S_IFMT(info.external_attr >> 16)

        def read(size: int, info: zipfile.ZipInfo = info) -> bytes:
            with archive.open(info) as stream:
                return stream.read(size)

        yield Member(info.filename, info.file_size, kind in (0, stat.S_IFREG), read)


def _collect(
    members: Iterator[Member], path: Path, wanted: Collection[str], limits: Limits
) -> Found:
    found, folders = Found(), set[PurePosixPath]()
    for member in members:
        name = _inner_path(member.name, path)
        if any(map(is_left_behind, name.parts)):
            continue
        found.paths.append(str(name))
        if name.name in wanted:
            folders.add(name.parent)
            if name.name in found.contents or len(folders) > 1:
                raise DataError(
                    f"{path} has {name.name} twice or in several folders: download it "
                    f"again."
                )
            found.contents[name.name] = _content(member, path, limits)
    return found


def _inner_path(name: str, path: Path) -> PurePosixPath:
    inner = PurePosixPath(name.replace("\\", "/"))
    if inner.is_absolute() or ".." in inner.parts or re.match("[A-Za-z]:", name):
        raise DataError(
            f"{path} names {name!r}, a file outside the archive's own folder: do not "
            f"trust it, download it again."
        )
    return inner


def _content(member: Member, path: Path, limits: Limits) -> bytes:
    label = f"{member.name} in {path}"
    if not member.is_plain:
        raise DataError(
            f"{label} is a link or a device, not a file: do not trust the archive, "
            f"download it again."
        )
    check_length(label, member.size, limits.file)
    content = member.read(limits.file + 1)
    check_length(label, len(content), limits.file)
    return content


def check_length(label: str, length: int, most: int) -> None:
    """Raise `DataError` for a file that is larger than it can be."""
    if length > most:
        raise DataError(
            f"{label} has {length} bytes, but no such file has more than {most}: "
            f"download it again."
        )
