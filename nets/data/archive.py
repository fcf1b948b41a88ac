"""Reading files of an archive in memory, without trusting the archive.

The first bytes tell what kind of archive it is, not its name: a browser may have
unpacked a .tar.gz to a .tar, packed it again, or added a number to its name.
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

from tinygraph import FileError
from tinygraph.files import require_regular

from .dataset import DataError
from .formats import kind_of
from .listing import is_left_behind

Peekable = io.BufferedReader | gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile
DECOMPRESSORS: dict[bytes, Callable[[Any], Peekable]] = {
    b"\x1f\x8b": lambda stream: gzip.GzipFile(fileobj=stream, mode="rb"),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\0": lzma.LZMAFile,
}
ZIP_MARKS = (b"PK\3\4", b"PK\5\6")
HEAD = 512
UNPACK, DOWNLOAD_AGAIN = "unpack it and give the folder", "download the archive again"
# Other kinds of files, and what to do about them.
FOREIGN = {
    rb"7z\xbc\xaf": ("a 7-Zip archive, which nets does not read", UNPACK),
    rb"Rar!": ("a RAR archive, which nets does not read", UNPACK),
    rb"\s*<": ("a web page, not an archive", DOWNLOAD_AGAIN),
    rb"\x80[\2-\5]": (
        "a pickle, which can run any code when Python reads it",
        "download the binary version, cifar-10-binary.tar.gz",
    ),
}
MOST_LAYERS = 3
UNPACKING_ERRORS = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
)


@dataclass
class Found:
    """The contents of the wanted files, by name, and the paths of all files."""

    contents: dict[str, bytes] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Limits:
    """The largest sizes in bytes: of a wanted file, and of the unpacked archive."""

    file: int
    archive: int


@dataclass(frozen=True)
class Member:
    """A file in an archive; `read(n)` returns at most its first n bytes."""

    name: str
    size: int
    is_plain: bool
    read: Callable[[int], bytes]


def read_archive(path: Path, wanted: Collection[str], limits: Limits) -> Found:
    """Read the files with the names in `wanted` from a .zip, or a .tar in any packing.

    Raises `DataError` for a file that is not an archive, is damaged, exceeds `limits`
    or needs a password, and for suspicious contents: names outside the archive's own
    folder, links, duplicate names.
    """
    start = b""
    try:
        require_regular(path)
        with path.open("rb") as file:
            start = file.read(HEAD)
            file.seek(0)
            if start.startswith(ZIP_MARKS):
                with zipfile.ZipFile(file) as archive:
                    return collect(zip_members(archive), path, wanted, limits)
            return read_tar(file, path, wanted, limits)
    except DataError:
        raise
    except FileError as error:
        raise DataError(f"{error}: give the path of an archive.") from None
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist: give an archive's path.") from error
    except UNPACKING_ERRORS as error:
        raise DataError(f"{path} {explain(start, error)}.") from error


def explain(start: bytes, error: Exception) -> str:
    """Say why a file that starts with `start` cannot be unpacked."""
    if start.startswith((*DECOMPRESSORS, *ZIP_MARKS)) or start[257:262] == b"ustar":
        return f"is damaged ({error}): download it again"
    for mark, (what, remedy) in FOREIGN.items():
        if re.match(mark, start):
            return f"is {what}: {remedy}"
    if kind_of(start) is not None:
        return "is a picture: give a folder with one subfolder for each class"
    what = " but a text" if is_text(start) else ""
    return (
        f"is not an archive{what}: give a folder with one subfolder of pictures for "
        f"each class, or download cifar-10-binary.tar.gz and give its path"
    )


def is_text(start: bytes) -> bool:
    """Whether the first bytes of a file are characters, as in a table or a book.

    >>> is_text(b"height,weight"), is_text(bytes(8)), is_text("Grüße".encode()[:3])
    (True, False, True)
    """
    text = start.decode("utf-8", errors="ignore")
    lost = len(start) - len(text.encode())  # the last character may be cut
    return lost < 4 and "\0" not in text and bool(text.strip())


def read_tar(
    file: io.BufferedReader, path: Path, wanted: Collection[str], limits: Limits
) -> Found:
    """Read the wanted files of a .tar, whatever it is packed with."""
    stream = BoundedStream(decompress(file), path, limits.archive)
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        found = collect(tar_members(archive), path, wanted, limits)
    stream.drain()
    return found


def decompress(file: io.BufferedReader) -> Peekable:
    """Open the layers of packing around a file."""
    stream: Peekable = file
    for _ in range(MOST_LAYERS):
        start = stream.peek(6)
        unpack = [
            layer for mark, layer in DECOMPRESSORS.items() if start.startswith(mark)
        ]
        if not unpack:
            break
        stream = unpack[0](stream)
    return stream


class BoundedStream(io.BufferedIOBase):
    """A stream that raises `DataError` if it unpacks to more than `most` bytes."""

    def __init__(self, stream: Peekable, path: Path, most: int) -> None:
        self.stream, self.path, self.most, self.taken = stream, path, most, 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Read at most `size` bytes, or all."""
        data = self.stream.read(-1 if size is None else size)
        self.taken += len(data)
        if self.taken > self.most:
            raise DataError(
                f"{self.path} unpacks to more than {self.most // 10**6} MB, which is "
                f"too much: download it again."
            )
        return data

    def drain(self) -> None:
        """Read to the end, where the checksum is compared."""
        while self.read(1 << 16):
            pass


def tar_members(archive: tarfile.TarFile) -> Iterator[Member]:
    """Yield the files of a .tar."""
    for member in archive:
        if not member.isdir():
            stream = archive.extractfile(member) if member.isreg() else None
            read = io.BytesIO().read if stream is None else stream.read
            yield Member(member.name, member.size, member.isreg(), read)


def zip_members(archive: zipfile.ZipFile) -> Iterator[Member]:
    """Yield the files of a .zip."""
    for info in archive.infolist():
        if info.is_dir():
            continue
        kind = stat.S_IFMT(info.external_attr >> 16)

        def read(size: int, info: zipfile.ZipInfo = info) -> bytes:
            with archive.open(info) as stream:
                return stream.read(size)

        yield Member(info.filename, info.file_size, kind in (0, stat.S_IFREG), read)


def collect(
    members: Iterator[Member], path: Path, wanted: Collection[str], limits: Limits
) -> Found:
    """Read the wanted files among the members, and note the paths of all."""
    found, folders = Found(), set[PurePosixPath]()
    for member in members:
        name = inner_path(member.name, path)
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
            found.contents[name.name] = read_member(member, path, limits)
    return found


def inner_path(name: str, path: Path) -> PurePosixPath:
    """The path of a member; `DataError` if it leads out of the archive's folder."""
    inner = PurePosixPath(name.replace("\\", "/"))
    if inner.is_absolute() or ".." in inner.parts or re.match("[A-Za-z]:", name):
        raise DataError(
            f"{path} names {name!r}, a file outside the archive's own folder: do not "
            f"trust it, download it again."
        )
    return inner


def read_member(member: Member, path: Path, limits: Limits) -> bytes:
    """Read a plain file of a sensible size; `DataError` for any other member."""
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
    """Raise `DataError` for a file that is too large."""
    if length > most:
        raise DataError(
            f"{label} has {length} bytes, but such a file has at most {most}: download "
            f"it again."
        )
