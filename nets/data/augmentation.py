"""Pictures changed at random, so that a network sees them differently each time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Pictures = NDArray[np.uint8]
MARGIN = 8  # a picture is moved by at most an eighth of its side
DEGREES = 15


def augment(
    images: Pictures, rng: np.random.Generator, kinds: Sequence[str] = ("flip", "crop")
) -> Pictures:
    """Pictures (N, C, H, W), each changed in the ways of `kinds`, in their order.

    "flip" mirrors half of them from left to right, "crop" moves each by up to an eighth
    of its size, and "rotate" turns each by up to 15 degrees. What comes into view is
    the border of the picture, repeated. The same generator gives the same pictures.

    >>> images = np.arange(4, dtype=np.uint8).reshape(1, 1, 2, 2)
    >>> augment(images, np.random.default_rng(1), ["flip"]).tolist()
    [[[[0, 1], [2, 3]]]]
    """
    for kind in kinds:
        images = KINDS[kind](images, rng)
    return images


def flip(images: Pictures, rng: np.random.Generator) -> Pictures:
    """Half of the pictures, at random, mirrored from left to right."""
    mirrored = rng.random(len(images)) < 0.5
    return np.where(mirrored[:, None, None, None], images[..., ::-1], images)


def crop(images: Pictures, rng: np.random.Generator) -> Pictures:
    """Each picture moved by up to an eighth of its size."""
    height, width = images.shape[2:]
    most = np.array([height // MARGIN, width // MARGIN])
    down, right = rng.integers(-most, most + 1, size=(len(images), 2)).T
    rows = np.arange(height) + down[:, None]
    columns = np.arange(width) + right[:, None]
    return taken(images, rows[:, :, None], columns[:, None, :])


def rotate(images: Pictures, rng: np.random.Generator) -> Pictures:
    """Each picture turned about its middle by up to 15 degrees, to nearest pixels."""
    angles = np.deg2rad(rng.uniform(-DEGREES, DEGREES, len(images)))
    height, width = images.shape[2:]
    y = np.arange(height)[:, None] - (height - 1) / 2
    x = np.arange(width) - (width - 1) / 2
    sine, cosine = (part(angles)[:, None, None] for part in (np.sin, np.cos))
    rows = np.rint(cosine * y - sine * x + (height - 1) / 2).astype(int)
    columns = np.rint(sine * y + cosine * x + (width - 1) / 2).astype(int)
    return taken(images, rows, columns)


def taken(
    images: Pictures, rows: NDArray[np.int_], columns: NDArray[np.int_]
) -> Pictures:
    """Pixels at rows and columns (N, H, W) of each; outside, those of the border."""
    height, width = images.shape[2:]
    rows, columns = rows.clip(0, height - 1), columns.clip(0, width - 1)
    each = np.arange(len(images))[:, None, None]
    # An index array between slices comes first: (N, H, W, C).
    return np.moveaxis(images[each, :, rows, columns], -1, 1)


KINDS: dict[str, Callable[[Pictures, np.random.Generator], Pictures]] = {
    "flip": flip,
    "crop": crop,
    "rotate": rotate,
}
