"""Pictures or a table in a .npz file of NumPy, read without trusting it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinygraph import FileError
from tinygraph.files import require_regular

from ..archive import parse_array
from .archive import UNPACKING_ERRORS
from .dataset import DataError, Dataset, split
from .table import Table

LARGEST = 1 << 31  # bytes of all arrays together
NPY = ".npy"
INPUTS = ("images", "x", "data", "rows", "inputs")
TARGETS = ("labels", "y", "target", "targets")
NAMES = ("classes", "columns")
MOST_CLASSES = 100_000
WANTED = (
    "give arrays x, (N, H, W), (N, H, W, 3) or (N, columns), and y, (N,), or x_train, "
    "y_train, x_test and y_test"
)

Arrays = dict[str, NDArray[Any]]


def holds_arrays(path: Path) -> bool:
    """Whether a file is a ZIP archive of nothing but .npy files."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except UNPACKING_ERRORS:
        return False
    return bool(names) and all(name.endswith(NPY) for name in names)


def npz_file(
    path: Path, test_fraction: float = 0.2, seed: int = 0
) -> tuple[Dataset, Dataset] | tuple[Table, Table]:
    """The (train, test) pictures or rows of a .npz file.

    Arrays `x` and `y`, under whatever usual names, are split as `split` does it;
    `x_train`, `y_train`, `x_test`, `y_test` are two parts. Pictures are (N, H, W), (N,
    H, W, C) or (N, C, H, W) with one or three channels, of bytes or of numbers from 0
    to 1; (N, F) is a table. Whole numbers, and texts, are classes, other targets are
    numbers to predict. `classes` and `columns` have their names.

    Raises `DataError` for arrays of objects, which can run any code when they are read,
    for a damaged file, for missing arrays and for shapes that do not fit together.
    """
    arrays = read_arrays(path)
    names = {name: arrays.pop(name) for name in NAMES if name in arrays}
    inputs, targets = paired(arrays, path)
    merged = np.concatenate([targets[part] for part in targets])
    labels, classes = labels_of(merged, names.get("classes"), path)
    parts, start = [], 0
    for part, array in inputs.items():
        own = labels[start : start + len(targets[part])]
        start += len(own)
        parts.append(part_of(array, own, classes, names.get("columns"), path))
    if len(parts) == 1:
        return split(parts[0], test_fraction, seed)
    return parts[0], parts[1]


def read_arrays(path: Path) -> Arrays:
    """The arrays of a file by name; no more is unpacked than it announces."""
    try:
        require_regular(path)
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            size = sum(entry.file_size for entry in entries)
            if size > LARGEST:
                raise DataError(
                    f"{path} unpacks to {size} bytes, and {LARGEST} are possible."
                )
            names = [entry.filename.removesuffix(NPY) for entry in entries]
            if len(set(names)) < len(names):
                raise DataError(f"{path} has two arrays of one name.")
            return {
                name: parse_array(archive.read(entry), "fiubU")
                for name, entry in zip(names, entries, strict=True)
            }
    except FileError as error:
        raise DataError(f"{error}: give the path of a file.") from None
    except DataError:
        raise
    except UNPACKING_ERRORS as error:
        raise DataError(f"{path} cannot be used: {error}.") from None


def paired(arrays: Arrays, path: Path) -> tuple[Arrays, Arrays]:
    """The inputs and the targets of each part, `train` and `test` or only one."""
    inputs, targets = Arrays(), Arrays()
    for name, array in arrays.items():
        words = name.lower().split("_")
        part = next((word for word in words if word in ("train", "test")), "all")
        rest = "_".join(word for word in words if word != part)
        for kind, usual in ((inputs, INPUTS), (targets, TARGETS)):
            if rest in usual:
                kind[part] = array
    parts = ("train", "test") if "train" in inputs else ("all",)
    if not all(part in inputs and part in targets for part in parts):
        found = ", ".join(f"{n} {list(a.shape)}" for n, a in arrays.items())
        raise DataError(f"{path} has the arrays {found:.300}: {WANTED}.")
    return ({p: inputs[p] for p in parts}, {p: targets[p] for p in parts})


def labels_of(
    targets: NDArray[Any], names: NDArray[Any] | None, path: Path
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """The labels of all parts and the classes, or the numbers to predict and none."""
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]
    if targets.ndim != 1 or len(targets) == 0:
        raise DataError(
            f"{path} has targets of shape {targets.shape}: give one for each example."
        )
    if targets.dtype.kind == "U":
        found, labels = np.unique(targets, return_inverse=True)
        return labels.astype(np.int64), tuple(map(str, found))
    if targets.dtype.kind == "f":
        return targets.astype(np.float64), ()
    labels, most = targets.astype(np.int64), int(targets.max())
    count = most + 1 if names is None else len(names)
    if labels.min() < 0 or most >= min(count, MOST_CLASSES):
        raise DataError(
            f"{path} has class numbers from {labels.min()} to {most}: give numbers "
            f"from 0 up, one for each class, or decimals for numbers to predict."
        )
    classes = range(max(count, 2)) if names is None else names.ravel()
    return labels, tuple(map(str, classes))


def part_of(
    inputs: NDArray[Any],
    labels: NDArray[Any],
    classes: tuple[str, ...],
    columns: NDArray[Any] | None,
    path: Path,
) -> Any:
    """A `Dataset` or a `Table` of arrays that belong together."""
    if len(inputs) != len(labels) or inputs.dtype.kind == "U":
        raise DataError(
            f"{path} has {inputs.dtype} inputs of shape {inputs.shape} for "
            f"{len(labels)} targets: {WANTED}."
        )
    if inputs.ndim == 2:
        names = [f"column {n}" for n in range(1, inputs.shape[1] + 1)]
        if columns is not None:
            names = list(map(str, columns.ravel()))
        return Table(inputs.astype(np.float64), labels, classes, tuple(names))
    if not classes:
        raise DataError(f"{path} has pictures with numbers: give class numbers.")
    return Dataset(planes_of(inputs, path), labels, classes)


def planes_of(images: NDArray[Any], path: Path) -> NDArray[np.uint8]:
    """Pictures of any usual layout as bytes (N, 3, H, W)."""
    if images.ndim == 3:
        images = images[..., np.newaxis]
    if images.ndim == 4 and images.shape[1] in (1, 3) and images.shape[3] > 3:
        images = np.moveaxis(images, 1, -1)
    square = images.ndim == 4 and images.shape[1] == images.shape[2] > 0
    if not square or images.shape[3] not in (1, 3):
        raise DataError(
            f"{path} has inputs of shape {images.shape}: pictures are square, (N, H, "
            f"H), (N, H, H, 3) or (N, 3, H, H)."
        )
    if images.dtype.kind == "f":
        if not (np.isfinite(images).all() and images.min() >= 0 and images.max() <= 1):
            raise DataError(
                f"{path} has pictures of decimals outside 0 to 1: give bytes from 0 "
                f"to 255, or divide by the largest number."
            )
        images = np.rint(images * 255)
    elif images.min() < 0 or images.max() > 255:
        raise DataError(f"{path} has pictures with numbers outside 0 to 255.")
    planes = np.moveaxis(images.astype(np.uint8), -1, 1)
    return np.ascontiguousarray(
        np.broadcast_to(planes, (len(planes), 3, *planes.shape[2:]))
    )
