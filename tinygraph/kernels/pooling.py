"""Pooling over windows, as K·K passes over strided slices of the image.

Running over the places of the kernel instead of over the windows keeps every pass long
and contiguous.
"""

from __future__ import annotations

import numpy as np

from ..value import Array
from .masking import keep
from .windows import Pair, Windows, crop, pad


def slices(x: Array, shape: Windows, count: Pair) -> list[Array]:
    """For each place in the kernel, the element that every window has there."""
    return [x[:, :, rows, across] for rows, across in shape.offsets(count)]


def largest(x: Array, shape: Windows, count: Pair) -> Array:
    """The maximum of each window; padding never wins."""
    first, *others = slices(pad(x, shape.padding, lowest(x)), shape, count)
    y = first.copy()
    for other in others:
        np.maximum(y, other, out=y)
    return y


def lowest(x: Array) -> float:
    """What no element is below."""
    return -np.inf if x.dtype.kind == "f" else float(np.iinfo(x.dtype).min)


def place_of_largest(x: Array, y: Array, shape: Windows, count: Pair) -> Array:
    """Which place of the kernel each maximum was found at, the first one of equals.

    `not x < y` instead of `x == y`, so that the gradient of a NaN goes somewhere.
    An element of -inf is found before padding is.
    """
    if any(shape.padding):
        x, y = (np.maximum(array, np.finfo(x.dtype).min) for array in (x, y))
    first, *others = slices(pad(x, shape.padding, lowest(x)), shape, count)
    number = np.promote_types(np.uint8, np.min_scalar_type(len(others)))
    places = np.zeros(y.shape, number)
    beyond = first < y  # whether the maximum has not been passed yet
    for other in others:
        places += beyond
        beyond &= other < y
    return places


def gather(x: Array, places: Array, shape: Windows, count: Pair) -> Array:
    """The element of each window that stands at the given place."""
    y = np.zeros(places.shape, x.dtype)
    for place, part in enumerate(slices(pad(x, shape.padding), shape, count)):
        np.copyto(y, part, where=places == place)
    return y


def scatter(g: Array, places: Array, size: Pair, shape: Windows) -> Array:
    """Add each element of g onto one place of its window: the adjoint of `gather`."""
    count = (g.shape[2], g.shape[3])
    image = np.zeros((*g.shape[:2], *shape.padded(size)), g.dtype)
    for place, part in enumerate(slices(image, shape, count)):
        part += keep(g, places == place)
    return crop(image, shape.padding)


def window_sums(x: Array, shape: Windows, count: Pair) -> Array:
    """The sum of each window, over padding as well, which is 0."""
    first, *others = slices(pad(x, shape.padding), shape, count)
    y = first.astype(x.dtype if x.dtype.kind == "f" else float)
    for other in others:
        y += other
    return y


def spread(g: Array, size: Pair, shape: Windows) -> Array:
    """Add each element of g to its whole window: the adjoint of `window_sums`."""
    image = np.zeros((*g.shape[:2], *shape.padded(size)), g.dtype)
    for part in slices(image, shape, (g.shape[2], g.shape[3])):
        part += g
    return crop(image, shape.padding)
