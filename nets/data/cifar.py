"""CIFAR-10 in its binary version, straight from an archive or from its folder.

The data set: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images,
2009. A record is one label byte and 3072 bytes of picture: the red, green and blue
planes of 32 by 32 pixels, each row by row from the top.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nets.data.archive import Found, Limits, check_length, read_archive
from nets.data.dataset import SLIDE_CLASSES, DataError, Dataset
from nets.data.listing import entries, subfolders
from tinygraph.files import expanded

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

_DEEPEST = 4
# Other data sets of the same page, by the files that only they have.
_OTHERS = {
    "the Python version of CIFAR-10, whose files may run any code when they are read": (
        *(f"data_batch_{number}" for number in range(1, 6)),
        *("test_batch", "batches.meta"),
    ),
    "the MATLAB version of CIFAR-10": (
        *(f"data_batch_{number}.mat" for number in range(1, 6)),
        *("test_batch.mat", "batches.meta.mat"),
    ),
    "CIFAR-100, not CIFAR-10": ("fine_label_names.txt", "coarse_label_names.txt"),
}
_HUNDRED = "cifar-100-"  # its Python version has files of everyday names in a folder
_REMEDY = "download cifar-10-binary.tar.gz, the binary version"
_PACKED = (".tar", ".gz", ".tgz", ".bz2", ".xz", ".zip", ".7z", ".rar")


def cifar10(path: str | Path, classes: str = "slide") -> tuple[Dataset, Dataset]:
    """The (train, test) pictures of CIFAR-10, 32 by 32 pixels.

    `path` is `cifar-10-binary.tar.gz`, whatever a browser has made of its name and its
    packing (.tar, .tar.gz.1, .zip), its unpacked folder `cifar-10-batches-bin` or a
    folder around that. `classes` is `"slide"` for the dogs, cats, boats (CIFAR's ships)
    and birds only, labelled 0 to 3 in this order, or `"all"` for all ten under CIFAR's
    own names and labels. Each batch holds any number of records above 0.

    Nothing is written to the disk. Raises `DataError` for a missing file, a damaged or
    suspicious archive, another version or data set, which it names, a batch of the
    wrong length and a label above 9.
    """
    if classes not in ("slide", "all"):
        raise DataError(f"classes is {classes!r}; choose 'slide' or 'all'.")
    path = expanded(path)
    contents = _contents(path)
    records = [_records(contents[name], name) for name in TRAIN_FILES]
    train, test = np.concatenate(records), _records(contents[TEST_FILE], TEST_FILE)
    if classes == "slide":
        return _slide_dataset(train, path), _slide_dataset(test, path)
    names = _class_names(contents.get(NAMES_FILE))
    return _dataset(train, names), _dataset(test, names)


def holds_batches(folder: Path) -> bool:
    """Whether a folder, or one within it, has files of a CIFAR data set."""
    return _batch_folder(folder) is not None


def _batch_folder(folder: Path) -> Path | None:
    known = {*TRAIN_FILES, TEST_FILE}.union(*_OTHERS.values())
    for _ in range(_DEEPEST):
        inner = subfolders(folder)
        for place in (folder, *inner):
            hundred = place.name.startswith(_HUNDRED)
            if hundred or any((place / name).is_file() for name in known):
                return place
        if len(inner) != 1:
            break
        (folder,) = inner
    return None


def _contents(path: Path) -> dict[str, bytes]:
    """The wanted files by their names; all batches are there."""
    if path.is_dir():
        found = _read_folder(_batch_folder(path) or path)
    elif path.name in FILES and path.is_file():
        raise DataError(f"{path} is one file of a data set: give its folder.")
    else:
        limits = Limits(LARGEST_FILE, LARGEST_ARCHIVE)
        found = read_archive(path, FILES, limits)
    missing = [n for n in (*TRAIN_FILES, TEST_FILE) if n not in found.contents]
    if missing:
        raise DataError(f"{path} {_what_else(missing[0], found.paths)}.")
    return found.contents


def _read_folder(folder: Path) -> Found:
    found = Found(paths=[f"{folder.name}/{file.name}" for file in entries(folder)])
    for file in (folder / name for name in FILES):
        if not file.is_file():
            continue
        check_length(str(file), file.stat().st_size, LARGEST_FILE)
        try:
            found.contents[file.name] = file.read_bytes()
        except OSError as error:
            raise DataError(f"{file} cannot be read: {error.strerror}.") from error
    return found


def _what_else(missing: str, paths: list[str]) -> str:
    """What a source is that lacks a batch, and what to do."""
    names = [path.rpartition("/")[2] for path in paths]
    for other, files in _OTHERS.items():
        if set(names) & set(files) or (
            other.startswith("CIFAR-100") and any(_HUNDRED in path for path in paths)
        ):
            return f"is {other}: {_REMEDY}"
    if any(name in FILES for name in names):
        return f"has no {missing}: download cifar-10-binary.tar.gz again"
    for name in names:
        if name.lower().endswith(_PACKED):
            return f"holds another archive, {name}: unpack it and give that one"
    return (
        f"has no {missing}, so it is not CIFAR-10: {_REMEDY}, or, where these are "
        f"pictures of your own, unpack them and give their folder"
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
