"""MNIST, Fashion-MNIST and what else comes as their four IDX files.

LeCun, Cortes and Burges, The MNIST database of handwritten digits; Xiao, Rasul and
Vollgraf, Fashion-MNIST: a novel image dataset for benchmarking machine learning
algorithms, 2017. An IDX file has two zero bytes, the type of its numbers, the number of
axes, the length of each axis in four bytes, and then the numbers.
"""

from __future__ import annotations

import gzip
import math
import re
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from .dataset import DataError, Dataset
from .download import download, places_of
from .listing import entries, subfolders

CLOTHES = (
    *("T-shirt", "trouser", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)
DIGITS = tuple("0123456789")
# From the names of data sets to their classes.
NAMED = {"fashion-mnist": CLOTHES, "mnist": DIGITS}
FILE = re.compile(r"(train|t10k)-(images|labels)[-.]idx[13]-ubyte(?:\.gz)?")
AXES = {"images": 3, "labels": 1}
PARTS = tuple((part, what) for part in ("train", "t10k") for what in AXES)
BYTES = 8  # the type of numbers from 0 to 255
LARGEST = 1 << 29  # numbers in a file
GZIP = b"\x1f\x8b"


def named_dataset(name: str) -> tuple[Dataset, Dataset]:
    """The (train, test) pictures of MNIST or Fashion-MNIST.

    If this computer does not have them, they are downloaded. Raises `DataError`, which
    says what to put where, if that is not possible.
    """
    for folder in places_of(name):
        if folder.is_dir() and len(idx_files(folder)) == len(PARTS):
            return idx_folder(folder, NAMED[name])
    found = idx_files(places_of(name)[0])
    missing = [
        f"{p}-{w}-idx{AXES[w]}-ubyte.gz" for p, w in PARTS if (p, w) not in found
    ]
    return idx_folder(download(name, missing), NAMED[name])


def holds_idx(folder: Path) -> bool:
    """Whether a folder, or one inside it, has IDX files."""
    return bool(idx_files(folder))


def idx_files(folder: Path) -> dict[tuple[str, str], Path]:
    """The IDX files of a folder, or of the first folder inside it that has any.

    Of a file that is there twice, plain and compressed, the plain one.
    """
    for place in (folder, *subfolders(folder)) if folder.is_dir() else ():
        found: dict[tuple[str, str], Path] = {}
        for file in entries(place):
            if match := FILE.fullmatch(file.name):
                found.setdefault((match[1], match[2]), file)
        if found:
            return found
    return {}


def idx_folder(
    folder: Path, classes: tuple[str, ...] | None = None
) -> tuple[Dataset, Dataset]:
    """The (train, test) pictures of a folder with four IDX files.

    Grey pictures become colours of three equal planes. Without `classes`, these are
    numbers, or the clothes of Fashion-MNIST if a folder's name says so. Raises
    `DataError` for a missing or damaged file, for pictures without labels, and for
    pictures that are not square.
    """
    files = idx_files(folder)
    if missing := [f"{p}-{w}" for p, w in PARTS if (p, w) not in files]:
        raise DataError(
            f"{folder} has no file {missing[0]}-idx{AXES[missing[0].split('-')[1]]}"
            f"-ubyte or .gz: a data set needs all four."
        )
    arrays = {key: read_idx(files[key], AXES[key[1]]) for key in PARTS}
    if classes is None and "fashion" in str(folder.resolve()).lower():
        classes = CLOTHES
    most = max(int(arrays[part, "labels"].max(initial=0)) for part, _ in PARTS)
    names = classes or tuple(map(str, range(max(most + 1, 2))))
    return (
        dataset_of(files, arrays, "train", names),
        dataset_of(files, arrays, "t10k", names),
    )


def dataset_of(
    files: dict[tuple[str, str], Path],
    arrays: dict[tuple[str, str], NDArray[np.uint8]],
    part: str,
    classes: tuple[str, ...],
) -> Dataset:
    """The pictures of one part, with their labels."""
    planes, labels = arrays[part, "images"], arrays[part, "labels"]
    if len(planes) != len(labels):
        raise DataError(
            f"{files[part, 'images']} has {len(planes)} pictures, and "
            f"{files[part, 'labels']} has {len(labels)} labels: they do not belong "
            f"together."
        )
    if planes.shape[1] != planes.shape[2]:
        raise DataError(
            f"{files[part, 'images']} has pictures of {planes.shape[1]} by "
            f"{planes.shape[2]} pixels: they must be square."
        )
    images = np.repeat(planes[:, np.newaxis], 3, axis=1)
    return Dataset(images, labels.astype(np.int64), classes)


def read_idx(path: Path, axes: int) -> NDArray[np.uint8]:
    """The bytes of an IDX file with so many axes, plain or compressed.

    No more is read than its head announces. Raises `DataError` for any other file.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == GZIP
            file.seek(0)
            if not packed:
                return read_numbers(file, path, axes)
            with gzip.open(file) as unpacked:
                return read_numbers(unpacked, path, axes)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise DataError(f"{path} is damaged: download it again.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error


def read_numbers(
    file: BinaryIO | gzip.GzipFile, path: Path, axes: int
) -> NDArray[np.uint8]:
    """The numbers of an open IDX file."""
    head = file.read(4 + 4 * axes)
    if len(head) < 4 + 4 * axes or head[:2] != b"\0\0":
        raise DataError(f"{path} is not an IDX file.")
    if head[2] != BYTES or head[3] != axes:
        raise DataError(
            f"{path} has numbers of type {head[2]} on {head[3]} axes: here it must be "
            f"type {BYTES}, bytes, on {axes}."
        )
    shape = [int(length) for length in np.frombuffer(head, ">u4", axes, 4)]
    size = math.prod(shape)
    if not 0 < size <= LARGEST:
        raise DataError(
            f"{path} announces {size} numbers: 1 to {LARGEST} are possible."
        )
    data = file.read(size + 1)
    if len(data) != size:
        more = "more" if len(data) > size else f"only {len(data)}"
        raise DataError(
            f"{path} announces {size} numbers and has {more}: download it again."
        )
    return np.frombuffer(data, np.uint8).reshape(shape)
