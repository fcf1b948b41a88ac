"""Arrays as the bytes of one .npz archive, and back without trusting the bytes.

The archive is a ZIP file without compression. Its comment is the SHA-256 of everything
before it. Anybody can write a file with the right checksum, so a right checksum proves
nothing: every size is checked before memory of that size is allocated.
"""

from __future__ import annotations

import hashlib
import io
import math
import reprlib
import struct
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tinygraph as tg

DIGEST = 64  # hexadecimal digits of SHA-256
END, END_SIZE = b"PK\x05\x06", 22  # the end of a ZIP file, before its comment
END_64, END_64_SIZE = b"PK\x06\x07", 20  # before it, in ZIP files above 4 GB
LARGEST_DIRECTORY = 2**16  # bytes

Arrays = dict[str, NDArray[Any]]


class CheckpointError(tg.TinygraphError, ValueError):
    """A checkpoint is missing, damaged or belongs to another network."""


def encode(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The arrays as an .npz archive whose comment is the checksum of the rest."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue())
        archive.comment = bytes(DIGEST)
    content = buffer.getvalue()[:-DIGEST]
    return content + hashlib.sha256(content).hexdigest().encode()


def decode(content: bytes, path: Path) -> Arrays:
    """The arrays that `encode` was given.

    They are read-only and share the memory of `content`. Raises `CheckpointError` for
    bytes that `encode` did not produce.
    """
    body, digest = memoryview(content)[:-DIGEST], content[-DIGEST:]
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise CheckpointError(
            f"{path} is damaged or is not a checkpoint: copy it again or train again."
        )
    try:
        check_end(content)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = read_members(archive, len(content))
            return {name: parse_array(data) for name, data in members}
    except (
        *(OSError, ValueError, EOFError, KeyError, RuntimeError, struct.error),
        zipfile.BadZipFile,
    ) as error:
        raise CheckpointError(
            f"{path} is not an archive of arrays ({error}): train again."
        ) from error


def check_end(content: bytes) -> None:
    """Check the end of a ZIP file before `zipfile` relies on it."""
    start = len(content) - DIGEST - END_SIZE
    if start < 0 or content.rfind(END) != start:
        raise ValueError("it does not end like a ZIP file with a checksum")
    size, _, comment = struct.unpack_from("<LLH", content, start + 12)
    before = content[max(start - END_64_SIZE, 0) : start]
    if size > LARGEST_DIRECTORY or before.startswith(END_64) or comment != DIGEST:
        raise ValueError("it does not end like a checkpoint")


def read_members(archive: zipfile.ZipFile, size: int) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each member; together they fit in `size` bytes."""
    entries = archive.infolist()
    if len({entry.filename for entry in entries}) < len(entries):
        raise ValueError("two arrays in it have the same name")
    for entry in entries:
        name = reprlib.repr(entry.filename)
        if entry.compress_type != zipfile.ZIP_STORED:
            raise ValueError(f"{name} in it is compressed")
        size -= entry.file_size
        if entry.file_size != entry.compress_size or size < 0:
            raise ValueError(f"{name} in it claims more bytes than the file has")
        if not entry.filename.endswith(".npy"):
            raise ValueError(f"{name} in it is not an array")
        yield entry.filename.removesuffix(".npy"), archive.read(entry)


def parse_array(data: bytes, kinds: str = "fiu") -> NDArray[Any]:
    """The array in the bytes of one .npy file, of a type of `kinds`: numbers."""
    stream = io.BytesIO(data)
    try:
        if np.lib.format.read_magic(stream) != (1, 0):
            raise ValueError("an array in it has another version")
        shape, by_columns, dtype = np.lib.format.read_array_header_1_0(stream)
    except Exception as error:  # anything that Python's parser raises
        raise ValueError(f"the header of an array is not readable: {error}") from None
    start = stream.tell()
    if dtype.kind not in kinds:
        raise ValueError(f"an array in it has {reprlib.repr(dtype)}, not numbers")
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != (
        len(data) - start
    ):
        raise ValueError(
            f"an array in it claims the shape {reprlib.repr(shape)}, but has "
            f"{len(data) - start} bytes"
        )
    numbers = np.frombuffer(data, dtype, offset=start)
    return numbers.reshape(shape, order="F" if by_columns else "C")
