"""Dogs, cats, boats and birds drawn on the spot: training data without a download.

Each picture is drawn from a random pose, place, size, colours, background and light,
the same for all four classes but for the pose. They are easy for a small CNN and hard
for a linear classifier, which is what they are for. No library draws: the same seed
gives the same bytes with any version of anything, so that a run can always go on.
"""

from __future__ import annotations

import numpy as np

from nets.data.chance import Chance
from nets.data.dataset import SLIDE_CLASSES, DataError, Dataset, seed_sequence
from nets.data.scenes import paint

SMALLEST = 16


def pictures(count: int, seed: int = 0, size: int = 32) -> Dataset:
    """`count` drawn pictures of `size` by `size` pixels, the four classes shuffled.

    Class sizes differ by at most one. The same arguments give the same bytes;
    different seeds give unrelated pictures. Raises `DataError` for a count below 1, a
    size below 16, and a negative seed.
    """
    return _draw(count, seed_sequence(seed), size)


def pictures_split(
    train: int = 4000, test: int = 1000, seed: int = 0, size: int = 32
) -> tuple[Dataset, Dataset]:
    """Drawn pictures to train with, and others, never seen, to test with.

    Both come from `seed`, in two random streams that share nothing. Raises
    `DataError` as `pictures` does.
    """
    for_train, for_test = seed_sequence(seed).spawn(2)
    return _draw(train, for_train, size), _draw(test, for_test, size)


def _draw(count: int, seed: np.random.SeedSequence, size: int) -> Dataset:
    if count < 1:
        raise DataError(f"cannot draw {count} pictures: ask for at least 1.")
    if size < SMALLEST:
        raise DataError(
            f"pictures of {size} by {size} pixels are too small to tell a dog from a "
            f"cat: ask for a size of at least {SMALLEST}."
        )
    chance = Chance(seed)
    labels = chance.order(count) % len(SLIDE_CLASSES)
    images = np.empty((count, 3, size, size), dtype=np.uint8)
    for image, label in zip(images, labels.tolist(), strict=True):
        image[:] = paint(label, size, chance)
    return Dataset(images, labels, SLIDE_CLASSES)
