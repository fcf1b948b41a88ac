"""Reading a folder of images with one subfolder for each class."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinygraph.files import expanded

from . import layout
from .dataset import DataError, Dataset, DataWarning, split
from .image import ImageError, read_image
from .listing import entries

MOST_NAMED = 10  # bad files; the others are counted

Pixels = NDArray[np.uint8]


def image_folder(
    path: str | Path,
    size: int = 32,
    test_fraction: float = 0.2,
    seed: int = 0,
    *,
    skip_bad: bool = False,
) -> tuple[Dataset, Dataset]:
    """Load the (train, test) pictures of a folder with one subfolder for each class.

    The classes are the names of the subfolders in Unicode form NFC, sorted, except that
    dog, cat, boat and bird come in the slides' order. `read_image` reads each picture,
    of any size. If there are folders for parts, such as `train` and `test` (or `Val`,
    or `validation`), they contain the class folders of the two parts. Otherwise
    `test_fraction` of each class, drawn with `seed`, is set aside for testing. A folder
    that only wraps another is skipped. Hidden files and files that systems leave behind
    (Thumbs.db, @eaDir, __MACOSX) are ignored. A `DataWarning` says what else is not
    used.

    Raises `DataError` for a missing folder, fewer than two classes, pictures without
    class folders, a class without pictures, and files that are not valid pictures, with
    their names. With `skip_bad`, such files cause a `DataWarning` instead.
    """
    path = expanded(path)
    if not path.is_dir():
        raise DataError(
            f"{path} is not a folder: give one with a subfolder for each class."
        )
    found = layout.find_parts(path)
    reading = FolderReader(size)
    parts = [reading.classes(folder) for folder in found.folders]
    left_out = reading.report_bad(path, skip_bad)
    for note in (*found.notes, *left_out):
        warnings.warn(note, DataWarning, stacklevel=2)
    datasets = [join_classes(*part) for part in zip(parts, found.folders, strict=True)]
    if len(datasets) == 1:
        return split(datasets[0], test_fraction, seed)
    return datasets[0], datasets[1]


class FolderReader:
    """Reads pictures one after another, and remembers the bad ones."""

    def __init__(self, size: int) -> None:
        self.size, self.files = size, 0
        self.bad: list[ImageError] = []

    def classes(self, folder: Path) -> dict[str, list[Pixels]]:
        """The valid pictures of each class of a part."""
        folders = layout.class_folders(folder)
        return {name: list(self._valid(inner)) for name, inner in folders.items()}

    def _valid(self, folder: Path) -> Iterator[Pixels]:
        for file in entries(layout.unwrap_class(folder)):
            self.files += 1
            try:
                yield read_image(file, self.size)
            except ImageError as error:
                self.bad.append(error)

    def report_bad(self, path: Path, skip_bad: bool) -> list[str]:
        """Report all bad files: in a sentence if they are skipped, else as an error."""
        if not self.bad:
            return []
        named = "; ".join(error.fault for error in self.bad[:MOST_NAMED])
        if len(self.bad) > MOST_NAMED:
            named += f"; and {len(self.bad) - MOST_NAMED} more"
        count = f"{len(self.bad)} of {self.files} files in {path}"
        if skip_bad:
            return [f"{count} are skipped: {named}."]
        raise DataError(
            f"{count} cannot be used: {named}. Replace them, remove them, or skip them "
            f"with --skip-bad, in Python skip_bad=True."
        )


def join_classes(classes: dict[str, list[Pixels]], folder: Path) -> Dataset:
    """The dataset of all classes; `DataError` for a class without pictures."""
    for name, pictures in classes.items():
        if not pictures:
            raise DataError(
                f"{folder / name} has no pictures: add some or delete the folder."
            )
    images = [image for pictures in classes.values() for image in pictures]
    labels = np.repeat(np.arange(len(classes)), list(map(len, classes.values())))
    return Dataset(np.stack(images), labels.astype(np.int64), tuple(classes))
