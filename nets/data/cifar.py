"""CIFAR-10 in its binary version, read from an archive or from its folder.

The data set: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images,
2009. A record is one label byte and 3072 bytes of picture: the red, green and blue
planes of 32 by 32 pixels, each row by row from the top.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinygraph.files import expanded

from .archive import Found, Limits, check_length, read_archive
from .dataset import SLIDE_CLASSES, DataError, Dataset
from .download import download, places_of
from .listing import entries, subfolders

ARCHIVE = "cifar-10-binary.tar.gz"
TRAIN_FILES = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
TEST_FILE = "test_batch.bin"
NAMES_FILE = "batches.meta.txt"
FILES = (*TRAIN_FILES, TEST_FILE, NAMES_FILE)

# CIFAR's own order, the same as in batches.meta.txt.
CIFAR_CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
CIFAR_NAMES = {"boat": "ship"}

RECORD_LENGTH = 1 + 3 * 32 * 32
# An original batch has 10,000 records, 30.7 MB.
LARGEST_FILE = 31_000_000
LARGEST_ARCHIVE = 10 * LARGEST_FILE

MOST_LEVELS = 4
# Other data sets from the same page, by files that only they have.
OTHER_DATASETS = {
    "the Python version of CIFAR-10, whose files can run any code when they are read": (
        *(f"data_batch_{number}" for number in range(1, 6)),
        "test_batch",
        "batches.meta",
    ),
    "the MATLAB version of CIFAR-10": (
        *(f"data_batch_{number}.mat" for number in range(1, 6)),
        "test_batch.mat",
        "batches.meta.mat",
    ),
    "CIFAR-100, not CIFAR-10": ("fine_label_names.txt", "coarse_label_names.txt"),
}
CIFAR_100_PREFIX = (
    "cifar-100-"  # its Python version has files of everyday names in a folder
)
REMEDY = "download cifar-10-binary.tar.gz, the binary version"
ARCHIVE_SUFFIXES = (".tar", ".gz", ".tgz", ".bz2", ".xz", ".zip", ".7z", ".rar")


def cifar10(path: str | Path, classes: str = "slide") -> tuple[Dataset, Dataset]:
    """Load the (train, test) pictures of CIFAR-10, 32 by 32 pixels.

    `path` is `cifar-10-binary.tar.gz`, in any packing and under any name that a browser
    may have given it (.tar, .tar.gz.1, .zip), its unpacked folder
    `cifar-10-batches-bin`, or a folder around that. `classes` is `"slide"` for dogs,
    cats, boats (CIFAR's ships) and birds, labelled 0 to 3 in this order, or `"all"` for
    all ten classes under CIFAR's own names and labels. A batch may have any number of
    records above 0.

    Nothing is written to disk. Raises `DataError` for a missing file, a damaged or
    suspicious archive, another version or data set, a batch of the wrong length and a
    label above 9.
    """
    if classes not in ("slide", "all"):
        raise DataError(f"classes is {classes!r}; choose 'slide' or 'all'.")
    path = expanded(path)
    contents = read_contents(path)
    records = [parse_records(contents[name], name) for name in TRAIN_FILES]
    train, test = np.concatenate(records), parse_records(contents[TEST_FILE], TEST_FILE)
    if classes == "slide":
        return slide_dataset(train, path), slide_dataset(test, path)
    names = parse_names(contents.get(NAMES_FILE))
    return dataset_of(train, names), dataset_of(test, names)


def named_cifar10(classes: str = "slide") -> tuple[Dataset, Dataset]:
    """CIFAR-10 as `cifar10` loads it; if it is not on this computer, it is downloaded.

    Raises `DataError`, which says what to put where, if that is not possible.
    """
    for folder in places_of("cifar-10"):
        for place in (folder / ARCHIVE, folder):
            if place.is_file() or (place.is_dir() and holds_batches(place)):
                return cifar10(place, classes)
    return cifar10(download("cifar-10", [ARCHIVE]) / ARCHIVE, classes)


def holds_batches(folder: Path) -> bool:
    """Whether a folder, or a folder inside it, has files of a CIFAR data set."""
    return find_batches(folder) is not None


def find_batches(folder: Path) -> Path | None:
    """The folder, at or below `folder`, with files of a CIFAR data set."""
    known = {*TRAIN_FILES, TEST_FILE}.union(*OTHER_DATASETS.values())
    for _ in range(MOST_LEVELS):
        inner = subfolders(folder)
        for place in (folder, *inner):
            hundred = place.name.startswith(CIFAR_100_PREFIX)
            if hundred or any((place / name).is_file() for name in known):
                return place
        if len(inner) != 1:
            break
        (folder,) = inner
    return None


def read_contents(path: Path) -> dict[str, bytes]:
    """Read the wanted files, by name; `DataError` if a batch is missing."""
    if path.is_dir():
        found = read_batches(find_batches(path) or path)
    elif path.name in FILES and path.is_file():
        raise DataError(f"{path} is only one file of the data set: give its folder.")
    else:
        limits = Limits(LARGEST_FILE, LARGEST_ARCHIVE)
        found = read_archive(path, FILES, limits)
    missing = [n for n in (*TRAIN_FILES, TEST_FILE) if n not in found.contents]
    if missing:
        raise DataError(f"{path} {explain_missing(missing[0], found.paths)}.")
    return found.contents


def read_batches(folder: Path) -> Found:
    """Read the wanted files of an unpacked folder."""
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


def explain_missing(missing: str, paths: list[str]) -> str:
    """Say what a source without a batch is, and what to do."""
    names = [path.rpartition("/")[2] for path in paths]
    for other, files in OTHER_DATASETS.items():
        hundred = any(CIFAR_100_PREFIX in path for path in paths)
        if {*names} & {*files} or (hundred and other.startswith("CIFAR-100")):
            return f"is {other}: {REMEDY}"
    if any(name in FILES for name in names):
        return f"has no {missing}: download cifar-10-binary.tar.gz again"
    for name in names:
        if name.lower().endswith(ARCHIVE_SUFFIXES):
            return f"holds another archive, {name}: unpack it and give that one"
    if names and all(name.endswith(".npy") for name in names):
        return "holds arrays of NumPy: put them into one .npz file with numpy.savez"
    return (
        f"has no {missing}, so it is not CIFAR-10: {REMEDY}, or, if it has your own "
        f"pictures, unpack them and give their folder"
    )


def parse_records(content: bytes, name: str) -> NDArray[np.uint8]:
    """Parse the records of one batch, (N, 3073)."""
    if len(content) == 0 or len(content) % RECORD_LENGTH:
        raise DataError(
            f"{name} has {len(content)} bytes, which is not a whole number of records "
            f"of {RECORD_LENGTH} bytes: download cifar-10-binary.tar.gz again."
        )
    records = np.frombuffer(content, dtype=np.uint8).reshape(-1, RECORD_LENGTH)
    highest = records[:, 0].max()
    if highest >= len(CIFAR_CLASSES):
        raise DataError(
            f"{name} has the label {highest}, but CIFAR-10 has labels 0 to 9: download "
            f"cifar-10-binary.tar.gz again."
        )
    return records


def parse_names(content: bytes | None) -> tuple[str, ...]:
    """Parse the class names in the data set; by default those of CIFAR."""
    if content is None:
        return CIFAR_CLASSES
    names = tuple(content.decode("utf-8", errors="replace").split())
    if len(names) != len(CIFAR_CLASSES):
        raise DataError(
            f"{NAMES_FILE} has {len(names)} names, not {len(CIFAR_CLASSES)}: delete "
            f"the file to use the usual names, or download the archive again."
        )
    return names


def dataset_of(records: NDArray[np.uint8], classes: tuple[str, ...]) -> Dataset:
    """The dataset of some records."""
    images = records[:, 1:].reshape(-1, 3, 32, 32)
    return Dataset(
        np.ascontiguousarray(images), records[:, 0].astype(np.int64), classes
    )


def slide_dataset(records: NDArray[np.uint8], path: Path) -> Dataset:
    """The dataset of the slides' four classes, labelled in the slides' order."""
    new_labels = np.full(len(CIFAR_CLASSES), 255, dtype=np.uint8)
    for label, name in enumerate(SLIDE_CLASSES):
        new_labels[CIFAR_CLASSES.index(CIFAR_NAMES.get(name, name))] = label
    chosen = records[new_labels[records[:, 0]] < len(SLIDE_CLASSES)]
    if len(chosen) == 0:
        raise DataError(
            f"{path} has no dogs, cats, ships or birds for training or for testing: "
            f"choose classes='all'."
        )
    chosen[:, 0] = new_labels[chosen[:, 0]]
    return dataset_of(chosen, SLIDE_CLASSES)
