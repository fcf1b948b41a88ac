"""Pictures of one's own: image files, one folder for each class."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nets.data import layout
from nets.data.dataset import DataError, Dataset, DataWarning, split
from nets.data.image import ImageError, read_image
from nets.data.listing import entries
from tinygraph.files import expanded

_LISTED = 10  # bad files are named, then counted

Pixels = NDArray[np.uint8]


def image_folder(
    path: str | Path,
    size: int = 32,
    test_fraction: float = 0.2,
    seed: int = 0,
    *,
    skip_bad: bool = False,
) -> tuple[Dataset, Dataset]:
    """The pictures of a folder with one subfolder for each class, as (train, test).

    The classes are the names of the subfolders in NFC, sorted; dog, cat, boat and bird
    come in this order of the slides. Each picture, of any size, goes through
    `read_image`. If there are folders of parts, such as `train` and `test` (or `Val`,
    or `validation`), they hold the class folders of the two parts; otherwise
    `test_fraction` of each class, drawn with `seed`, is set aside for the test. A
    folder around them is seen through. What is hidden, or left behind by a system
    (Thumbs.db, @eaDir, __MACOSX), is passed over. A `DataWarning` says what else is
    not used.

    Raises `DataError` for a missing folder, fewer than two classes, pictures without
    class folders, a class without pictures, and files that are no sound pictures, of
    which it names all; `skip_bad` goes on without them, and warns.
    """
    path = expanded(path)
    if not path.is_dir():
        raise DataError(
            f"{path} is not a folder: give one with a subfolder for each class."
        )
    found = layout.find_parts(path)
    reading = _Reading(size)
    parts = [reading.classes(folder) for folder in found.folders]
    left_out = reading.left_out(path, skip_bad)
    for note in (*found.notes, *left_out):
        warnings.warn(note, DataWarning, stacklevel=2)
    datasets = [_dataset(*part) for part in zip(parts, found.folders, strict=True)]
    if len(datasets) == 1:
        return split(datasets[0], test_fraction, seed)
    return datasets[0], datasets[1]


class _Reading:
    """Pictures that are read one after the other; the bad ones are remembered."""

    def __init__(self, size: int) -> None:
        self.size, self.files = size, 0
        self.bad: list[ImageError] = []

    def classes(self, folder: Path) -> dict[str, list[Pixels]]:
        """The sound pictures of each class of a part."""
        folders = layout.class_folders(folder)
        return {name: list(self._sound(inner)) for name, inner in folders.items()}

    def _sound(self, folder: Path) -> Iterator[Pixels]:
        for file in entries(layout.unwrap_class(folder)):
            self.files += 1
            try:
                yield read_image(file, self.size)
            except ImageError as error:
                self.bad.append(error)

    def left_out(self, path: Path, skip_bad: bool) -> list[str]:
        """A sentence about all bad files, if any; an error unless they are skipped."""
        if not self.bad:
            return []
        named = "; ".join(error.fault for error in self.bad[:_LISTED])
        if len(self.bad) > _LISTED:
            named += f"; and {len(self.bad) - _LISTED} more"
        count = f"{len(self.bad)} of {self.files} files in {path}"
        if skip_bad:
            return [f"{count} are left out: {named}."]
        raise DataError(
            f"{count} cannot be used: {named}. Replace them, take them away, or go on "
            f"without them: --skip-bad, in Python skip_bad=True."
        )


def _dataset(classes: dict[str, list[Pixels]], folder: Path) -> Dataset:
    for name, pictures in classes.items():
        if not pictures:
            raise DataError(
                f"{folder / name} has no pictures: add some or delete the folder."
            )
    images = [image for pictures in classes.values() for image in pictures]
    labels = np.repeat(np.arange(len(classes)), list(map(len, classes.values())))
    return Dataset(np.stack(images), labels.astype(np.int64), tuple(classes))
