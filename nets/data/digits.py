"""The handwritten digits that come with scikit-learn."""

from __future__ import annotations

import numpy as np

from .dataset import DataError, Dataset, split

SIDE, BRIGHTEST = 8, 16


def digits(
    size: int = 32, test_fraction: float = 0.2, seed: int = 0
) -> tuple[Dataset, Dataset]:
    """The (train, test) pictures of 1797 handwritten digits, of 8 by 8 pixels.

    They are enlarged to `size`: each pixel becomes a square. Alpaydin and Kaynak,
    Optical recognition of handwritten digits, 1998. Raises `DataError` unless 8 divides
    the size, and where scikit-learn is not installed.
    """
    if size < SIDE or size % SIDE:
        raise DataError(f"digits of {size} by {size} pixels: give a multiple of 8.")
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError as error:
        raise DataError(
            f"digits come with scikit-learn ({error}): run python -m pip install "
            f"'tinygraph[sklearn]'."
        ) from None
    found = load_digits()
    bright = np.rint(found.images * (255 / BRIGHTEST)).astype(np.uint8)
    squares = np.repeat(np.repeat(bright, size // SIDE, 1), size // SIDE, 2)
    images = np.repeat(squares[:, np.newaxis], 3, axis=1)
    labels = found.target.astype(np.int64)
    return split(Dataset(images, labels, tuple("0123456789")), test_fraction, seed)
