"""CIFAR-10 in its binary form, straight from the archive or from its folder.

The data set: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images,
2009. A record is one label byte and 3072 bytes of picture: the red, green and blue
planes of 32 by 32 pixels, each row by row from the top.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from nets.data.dataset import SLIDE_CLASSES, DataError, Dataset
from tinygraph import FileError
from tinygraph.files import expanded, require_regular

FOLDER = "cifar-10-batches-bin"
TRAIN_FILES = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
TEST_FILE = "test_batch.bin"
NAMES_FILE = "batches.meta.txt"
FILES = (*TRAIN_FILES, TEST_FILE, NAMES_FILE)

# CIFAR's own order; batches.meta.txt says the same.
CLASSES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
_CIFAR_NAMES = {"boat": "ship"}

RECORD = 1 + 3 * 32 * 32
# A batch of the original holds 10,000 records, 30.7 MB.
LARGEST_FILE = 31_000_000
LARGEST_ARCHIVE = 10 * LARGEST_FILE

Contents = dict[str, bytes]


def cifar10(path: str | Path, classes: str = "slide") -> tuple[Dataset, Dataset]:
    """The (train, test) pictures of CIFAR-10, 32 by 32 pixels.

    `path` is `cifar-10-binary.tar.gz`, its unpacked folder `cifar-10-batches-bin` or
    the folder around that. `classes` is `"slide"` for the dogs, cats, boats (CIFAR's
    ships) and birds only, labelled 0 to 3 in this order, or `"all"` for all ten under
    CIFAR's own names and labels. Each batch holds any number of records above 0.

    Nothing is written to the disk. Raises `DataError` for a missing file, a damaged or
    suspicious archive, a batch of the wrong length and a label above 9.
    """
    if classes not in ("slide", "all"):
        raise DataError(f"classes is {classes!r}; choose 'slide' or 'all'.")
    path = expanded(path)
    contents = _read_folder(path) if path.is_dir() else _read_archive(path)
    for name in (*TRAIN_FILES, TEST_FILE):
        if name not in contents:
            raise DataError(
                f"{path} has no {name}: download cifar-10-binary.tar.gz again."
            )
    records = [_records(contents[name], name) for name in TRAIN_FILES]
    train, test = np.concatenate(records), _records(contents[TEST_FILE], TEST_FILE)
    if classes == "slide":
        return _slide_dataset(train, path), _slide_dataset(test, path)
    names = _class_names(contents.get(NAMES_FILE))
    return _dataset(train, names), _dataset(test, names)


def holds_batches(folder: Path) -> bool:
    """Whether a folder, or its `cifar-10-batches-bin`, has any batch of CIFAR-10."""
    return any(_batch_folder(folder).glob("data_batch_*.bin"))


def _batch_folder(folder: Path) -> Path:
    inner = folder / FOLDER
    return inner if inner.is_dir() else folder


def _read_folder(folder: Path) -> Contents:
    contents = {}
    for name in FILES:
        file = _batch_folder(folder) / name
        if not file.is_file():
            continue
        _check_length(str(file), file.stat().st_size)
        try:
            contents[name] = file.read_bytes()
        except OSError as error:
            raise DataError(f"{file} cannot be read: {error.strerror}.") from error
    return contents


def _read_archive(path: Path) -> Contents:
    """The wanted files of a .tar.gz, read front to back in memory."""
    try:
        require_regular(path)
        with gzip.open(path) as stream:
            bounded = _Bounded(stream, path)
            with tarfile.open(fileobj=bounded, mode="r|") as archive:
                contents = _read_members(archive, path)
            bounded.drain()
        return contents
    except DataError:
        raise
    except FileError as error:
        raise DataError(f"{error}: give the path of cifar-10-binary.tar.gz.") from None
    except FileNotFoundError as error:
        raise DataError(
            f"{path} does not exist: give the path of cifar-10-binary.tar.gz or of "
            f"its unpacked folder."
        ) from error
    except (OSError, EOFError, ValueError, zlib.error, tarfile.TarError) as error:
        raise DataError(
            f"{path} is not a .tar.gz archive or is damaged ({error}): download "
            f"cifar-10-binary.tar.gz again."
        ) from error


class _Bounded(io.BufferedIOBase):
    """A stream that refuses to unpack to more than an archive of CIFAR-10 can."""

    def __init__(self, stream: gzip.GzipFile, path: Path) -> None:
        self.stream, self.path, self.taken = stream, path, 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = self.stream.read(size)
        self.taken += len(data)
        if self.taken > LARGEST_ARCHIVE:
            raise DataError(
                f"{self.path} unpacks to more than {LARGEST_ARCHIVE // 10**6} MB, "
                f"which CIFAR-10 does not: download cifar-10-binary.tar.gz again."
            )
        return data

    def drain(self) -> None:
        """Read to the end, where gzip compares its check sum."""
        while self.read(1 << 16):
            pass


def _read_members(archive: tarfile.TarFile, path: Path) -> Contents:
    contents: Contents = {}
    folders = set()
    for member in archive:
        name = PurePosixPath(member.name)
        if name.is_absolute() or ".." in name.parts:
            raise DataError(
                f"{path} names {member.name!r}, a file outside the archive's own "
                f"folder: do not trust it, download cifar-10-binary.tar.gz again."
            )
        if name.name not in FILES or member.isdir():
            continue
        folders.add(name.parent)
        contents[name.name] = _read_member(archive, member, path)
    if len(folders) > 1:
        raise DataError(
            f"{path} has batches in several folders, {sorted(map(str, folders))}: "
            f"download cifar-10-binary.tar.gz again."
        )
    return contents


def _read_member(
    archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path
) -> bytes:
    label = f"{member.name} in {path}"
    stream = archive.extractfile(member) if member.isreg() else None
    if stream is None:
        raise DataError(
            f"{label} is a link or a device, not a file: do not trust the archive, "
            f"download cifar-10-binary.tar.gz again."
        )
    _check_length(label, member.size)
    return stream.read()


def _check_length(label: str, length: int) -> None:
    if length > LARGEST_FILE:
        raise DataError(
            f"{label} has {length} bytes, but no file of CIFAR-10 has more than "
            f"{LARGEST_FILE}: download cifar-10-binary.tar.gz again."
        )


def _records(content: bytes, name: str) -> NDArray[np.uint8]:
    """The records of one batch, (N, 3073)."""
    if len(content) == 0 or len(content) % RECORD:
        raise DataError(
            f"{name} has {len(content)} bytes, which is not a whole number of records "
            f"of {RECORD} bytes: download cifar-10-binary.tar.gz again."
        )
    records = np.frombuffer(content, dtype=np.uint8).reshape(-1, RECORD)
    highest = records[:, 0].max()
    if highest >= len(CLASSES):
        raise DataError(
            f"{name} has the label {highest}, but CIFAR-10 has labels 0 to 9: download "
            f"cifar-10-binary.tar.gz again."
        )
    return records


def _class_names(content: bytes | None) -> tuple[str, ...]:
    if content is None:
        return CLASSES
    names = tuple(content.decode("utf-8", errors="replace").split())
    if len(names) != len(CLASSES):
        raise DataError(
            f"{NAMES_FILE} has {len(names)} names, not {len(CLASSES)}: delete the file "
            f"to use the usual names, or download the archive again."
        )
    return names


def _dataset(records: NDArray[np.uint8], classes: tuple[str, ...]) -> Dataset:
    images = records[:, 1:].reshape(-1, 3, 32, 32)
    return Dataset(
        np.ascontiguousarray(images), records[:, 0].astype(np.int64), classes
    )


def _slide_dataset(records: NDArray[np.uint8], path: Path) -> Dataset:
    """Only the four classes of the slides, renumbered in the slides' order."""
    new_labels = np.full(len(CLASSES), 255, dtype=np.uint8)
    for label, name in enumerate(SLIDE_CLASSES):
        new_labels[CLASSES.index(_CIFAR_NAMES.get(name, name))] = label
    chosen = records[new_labels[records[:, 0]] < len(SLIDE_CLASSES)]
    if len(chosen) == 0:
        raise DataError(
            f"{path} has no dogs, cats, ships or birds to train or to test with: "
            f"choose classes='all'."
        )
    chosen[:, 0] = new_labels[chosen[:, 0]]
    return _dataset(chosen, SLIDE_CLASSES)
