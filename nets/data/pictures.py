"""Drawn dogs, cats, boats and birds: training data without a download.

Each picture has a random pose, position, size, background, light and colours. Only the
poses depend on the class. The pictures are meant to be easy for a small CNN and hard
for a linear classifier. No library draws them, so the same seed gives the same bytes
with every version of every package, and a run can always be continued.
"""

from __future__ import annotations

import numpy as np

from .chance import Chance
from .dataset import SLIDE_CLASSES, DataError, Dataset, seed_sequence
from .scenes import paint

SMALLEST_PICTURE = 16


def pictures(count: int, seed: int = 0, size: int = 32) -> Dataset:
    """`count` drawn pictures of `size` by `size` pixels, the four classes shuffled.

    Class sizes differ by at most one. The same arguments give the same bytes, and
    different seeds give unrelated pictures. Raises `DataError` for a count below 1, a
    size below 16, and a negative seed.
    """
    return draw_pictures(count, seed_sequence(seed), size)


def pictures_split(
    train: int = 4000, test: int = 1000, seed: int = 0, size: int = 32
) -> tuple[Dataset, Dataset]:
    """Drawn pictures for training, and other ones for testing.

    Both follow from `seed`, by two independent random streams. Raises `DataError` as
    `pictures` does.
    """
    for_train, for_test = seed_sequence(seed).spawn(2)
    return draw_pictures(train, for_train, size), draw_pictures(test, for_test, size)


def draw_pictures(count: int, seed: np.random.SeedSequence, size: int) -> Dataset:
    """Draw pictures with the random numbers of `seed`."""
    if count < 1:
        raise DataError(f"cannot draw {count} pictures: ask for at least 1.")
    if size < SMALLEST_PICTURE:
        raise DataError(
            f"pictures of {size} by {size} pixels are too small to tell a dog from a "
            f"cat: ask for a size of at least {SMALLEST_PICTURE}."
        )
    chance = Chance(seed)
    labels = chance.order(count) % len(SLIDE_CLASSES)
    images = np.empty((count, 3, size, size), dtype=np.uint8)
    for image, label in zip(images, labels.tolist(), strict=True):
        image[:] = paint(label, size, chance)
    return Dataset(images, labels, SLIDE_CLASSES)
