"""Converting deeper pixels to 8 bits, by the depth of the file, not its content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

# The tags of TIFF that say what its numbers mean, and some of their values.
BITS, PHOTOMETRIC, PLANES, SAMPLE_FORMAT = 258, 262, 284, 339
WHITE_IS_ZERO, SEPARATE, SIGNED = 0, 2, 2


def number_tags(image: Image.Image) -> dict[int, Any]:
    """The tags with which a TIFF describes its numbers; empty for other images.

    Raises `NotImplementedError` for signed numbers, where it is not clear what black
    is, and for numbers that Pillow misreads.
    """
    tags = getattr(image, "tag_v2", {})
    if SIGNED in tags.get(SAMPLE_FORMAT, ()):
        raise NotImplementedError(
            "its numbers are signed, so it is not clear what is black"
        )
    if tags.get(PLANES) == SEPARATE and max(tags.get(BITS, (8,))) > 8:
        raise NotImplementedError("it has separate planes of more than 8 bits")
    return {number: tags[number] for number in (BITS, PHOTOMETRIC) if number in tags}


def eight_bits(image: Image.Image, tags: dict[int, Any]) -> NDArray[np.uint8]:
    """round(255 v / white) for a grey image of more than 8 bits.

    White is 2^bits − 1 for whole numbers, which have 16 bits unless `tags` say
    otherwise, and 1 for floating-point numbers; NaN and infinities become black. Raises
    `NotImplementedError` for floating-point numbers outside 0 to 1, and `ValueError` if
    none is finite.
    """
    values = np.asarray(image)
    if values.dtype.kind == "f":
        levels = levels_of_floats(values)
    else:
        levels = levels_of_integers(values, tags)
    if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO:
        levels = 1 - levels
    return np.rint(255 * levels).astype(np.uint8)


def levels_of_integers(
    values: NDArray[np.generic], tags: dict[int, Any]
) -> NDArray[np.float64]:
    """Whole numbers as levels from 0 to 1."""
    bits = tags[BITS][0] if BITS in tags else 16
    if bits == 32:  # Pillow reads them as signed
        values = values.astype(np.int64) & 0xFFFFFFFF
    return np.clip(values.astype(np.float64) / (2.0**bits - 1), 0, 1)


def levels_of_floats(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Floating-point numbers as levels from 0 to 1."""
    finite = np.isfinite(values)
    if not finite.any():
        raise ValueError("it has no pixel with a finite value")
    lowest, highest = values[finite].min(), values[finite].max()
    if lowest < 0 or highest > 1:
        raise NotImplementedError(
            f"its floating-point numbers run from {lowest:g} to {highest:g}, but black "
            f"is 0 and white is 1"
        )
    return np.where(finite, values, 0).astype(np.float64)
