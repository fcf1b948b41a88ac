"""Eight bits out of deeper pixels: the depth of the file decides, never its content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

# The tags of TIFF that say what its numbers mean, and what they may say.
BITS, PHOTOMETRIC, PLANES, SAMPLE_FORMAT = 258, 262, 284, 339
WHITE_IS_ZERO, SEPARATE, SIGNED = 0, 2, 2


def number_tags(image: Image.Image) -> dict[int, Any]:
    """What a TIFF says of its numbers; nothing of other images.

    Raises `NotImplementedError` for numbers that say nothing of what is black, and for
    those that Pillow takes for others.
    """
    tags = getattr(image, "tag_v2", {})
    if SIGNED in tags.get(SAMPLE_FORMAT, ()):
        raise NotImplementedError("its numbers have a sign, so that none is black")
    if tags.get(PLANES) == SEPARATE and max(tags.get(BITS, (8,))) > 8:
        raise NotImplementedError("it has planes of more than 8 bits")
    return {number: tags[number] for number in (BITS, PHOTOMETRIC) if number in tags}


def eight_bits(image: Image.Image, tags: dict[int, Any]) -> NDArray[np.uint8]:
    """round(255 v / white) of a grey image of more than 8 bits.

    White is 2^bits − 1 for whole numbers, of 16 bits but where `tags` say otherwise,
    and 1 for floating-point numbers, of which those that are not finite are black.
    Raises `NotImplementedError` where floating-point numbers do not say what is white,
    and `ValueError` where none is finite.
    """
    values = np.asarray(image)
    if values.dtype.kind == "f":
        levels = _of_floats(values)
    else:
        levels = _of_whole_numbers(values, tags)
    if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO:
        levels = 1 - levels
    return np.rint(255 * levels).astype(np.uint8)


def _of_whole_numbers(
    values: NDArray[np.generic], tags: dict[int, Any]
) -> NDArray[np.float64]:
    bits = tags[BITS][0] if BITS in tags else 16
    if bits == 32:  # which Pillow takes for numbers with a sign
        values = values.astype(np.int64) & 0xFFFFFFFF
    return np.clip(values.astype(np.float64) / (2.0**bits - 1), 0, 1)


def _of_floats(values: NDArray[np.floating]) -> NDArray[np.float64]:
    finite = np.isfinite(values)
    if not finite.any():
        raise ValueError("it has no finite value in any pixel")
    lowest, highest = values[finite].min(), values[finite].max()
    if lowest < 0 or highest > 1:
        raise NotImplementedError(
            f"its floating-point numbers run from {lowest:g} to {highest:g}, but black "
            f"is 0 and white is 1"
        )
    return np.where(finite, values, 0).astype(np.float64)
