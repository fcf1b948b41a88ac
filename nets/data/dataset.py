"""Labelled pictures in memory; any data set, split into parts and into batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, ClassVar, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinygraph import TinygraphError

SLIDE_CLASSES = ("dog", "cat", "boat", "bird")


class DataError(TinygraphError, ValueError):
    """Pictures that cannot be found, read or used, and what to do."""


class DataWarning(UserWarning):
    """Something in a source of pictures is not used."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Pictures with one label each.

    `images` is (N, 3, H, W) uint8: planes of red, green and blue from 0 (dark) to 255
    (bright). `labels` is (N,) int64, each an index into `classes`. Raises `DataError`
    if the three do not fit together.
    """

    kind: ClassVar[str] = "pictures"
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        check_arrays(self.images, self.labels)
        highest = len(self.classes) - 1
        if self.labels.min() < 0 or self.labels.max() > highest:
            raise DataError(
                f"labels run from {self.labels.min()} to {self.labels.max()}, but the "
                f"{len(self.classes)} classes {self.classes} need 0 to {highest}."
            )

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def inputs(self) -> NDArray[np.uint8]:
        """The pictures."""
        return self.images

    @property
    def outputs(self) -> tuple[str, ...]:
        """What a network's outputs mean: the classes."""
        return self.classes

    def take(self, indices: NDArray[np.int64]) -> Dataset:
        """The dataset of some of the pictures."""
        return Dataset(self.images[indices], self.labels[indices], self.classes)

    def one_hot(self, dtype: DTypeLike = np.float32) -> NDArray[Any]:
        """The target vectors, (N, classes): 1 at the label and 0 elsewhere."""
        return np.eye(len(self.classes), dtype=dtype)[self.labels]


def check_arrays(images: NDArray[np.uint8], labels: NDArray[np.int64]) -> None:
    """Raise `DataError` for wrong shapes or types."""
    if images.ndim != 4 or images.shape[1] != 3 or images.dtype != np.uint8:
        raise DataError(
            f"images must be uint8 of shape (N, 3, H, W), not {images.dtype} of shape "
            f"{images.shape}: put the RGB planes second."
        )
    if labels.dtype != np.int64 or labels.shape != images.shape[:1]:
        raise DataError(
            f"labels must be int64 of shape {images.shape[:1]}, one per image, not "
            f"{labels.dtype} of shape {labels.shape}."
        )
    if images.size == 0:
        raise DataError(
            f"a dataset needs at least one image with at least one pixel, but images "
            f"has shape {images.shape}."
        )


class Labelled(Protocol):
    """What can be split: examples with a label each, of classes or of any numbers."""

    kind: ClassVar[str]

    @property
    def labels(self) -> NDArray[Any]: ...  # noqa: D102

    @property
    def classes(self) -> tuple[str, ...]: ...  # noqa: D102

    def take(self, indices: NDArray[np.int64]) -> Self: ...  # noqa: D102


ONE = {"pictures": "image", "table": "row"}
Examples = TypeVar("Examples", bound=Labelled)


def split(dataset: Examples, fraction: float, seed: int) -> tuple[Examples, Examples]:
    """Shuffle and split into (train, test), with each class in the same proportion.

    `fraction` is the share of the test part, between 0 and 1. Each part gets at least
    one example of every class that has any. Raises `DataError` for a fraction outside
    this range and for a class with a single example.
    """
    if not 0 < fraction < 1:
        raise DataError(
            f"the test fraction is {fraction}; give a number between 0 and 1."
        )
    rng = np.random.default_rng(seed_sequence(seed))
    is_test = np.zeros(len(dataset.labels), dtype=bool)
    for name, members in members_of(dataset):
        members = rng.permutation(members)
        if len(members) < 2:
            raise DataError(
                f"{name} has only one {ONE[dataset.kind]}, which cannot be in both the "
                f"training and the test part: add another."
            )
        wanted = round(fraction * len(members))
        is_test[members[: min(max(wanted, 1), len(members) - 1)]] = True
    order = rng.permutation(len(dataset.labels))
    return dataset.take(order[~is_test[order]]), dataset.take(order[is_test[order]])


def members_of(dataset: Labelled) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """The examples of each class, or all together where these have no classes."""
    if not dataset.classes:
        yield "the data set", np.arange(len(dataset.labels))
        return
    for label in np.unique(dataset.labels):
        yield (
            f"class {dataset.classes[label]!r}",
            np.flatnonzero(dataset.labels == label),
        )


def batches(
    dataset_size: int, batch_size: int, rng: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Arrays of indices that together contain each of `dataset_size` images once.

    Each has `batch_size` indices; the last may have fewer. The order is one permutation
    drawn from `rng` during the call. Raises `DataError` for a batch size below 1.
    """
    if batch_size < 1:
        raise DataError(f"the batch size is {batch_size}; give a whole number above 0.")
    order = rng.permutation(dataset_size)
    starts = range(0, dataset_size, batch_size)
    return (order[start : start + batch_size] for start in starts)


def seed_sequence(seed: int) -> np.random.SeedSequence:
    """The start of all random numbers; `DataError` for a negative seed."""
    if seed < 0:
        raise DataError(f"the seed is {seed}; give a whole number from 0 upwards.")
    return np.random.SeedSequence(seed)


def require_pillow() -> None:
    """Raise `DataError` unless Pillow, which reads pictures, is installed."""
    if find_spec("PIL") is None:
        raise DataError(
            "Pillow, which reads pictures, is not installed: run "
            'pip install "tinygraph[nets]".'
        )
