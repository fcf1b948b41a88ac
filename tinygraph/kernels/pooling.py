"""Pooling over windows, as a few passes over strided slices of the image.

Running over the places of the kernel instead of over the windows keeps every pass long.
A maximum is taken over the columns of a window and then over its rows.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..value import Array
from .masking import BITS, keep
from .windows import Pair, Tiles, Windows, crop, pad, tiles
from .workers import shared


Hand = Callable[[Array, Array, list[Array], list[Array]], None]


def columns(x: Array, shape: Windows, count: Pair) -> list[Array]:
    """For each column of the kernel, what it visits: (N, C, H, OW)."""
    return [x[:, :, :, across] for across in shape.places(1, count[1])]


def rows(x: Array, shape: Windows, count: Pair) -> list[Array]:
    """For each row of the kernel, what it visits: (N, C, OH, ...)."""
    return [x[:, :, down] for down in shape.places(0, count[0])]


def lowest(x: Array) -> float:
    """What no element is below."""
    return -np.inf if x.dtype.kind == "f" else float(np.iinfo(x.dtype).min)


def maximum(parts: list[Array], out: Array | None = None) -> Array:
    """The largest of each element of the parts."""
    y = np.maximum(parts[0], parts[min(1, len(parts) - 1)], out=out)
    for other in parts[2:]:
        np.maximum(y, other, out=y)
    return y


def largest(x: Array, shape: Windows, count: Pair) -> Array:
    """The maximum of each window; padding never wins."""
    if shape.padding != (0, 0):
        x = pad(x, shape.padding, lowest(x))
    y = np.empty((*x.shape[:2], *count), x.dtype)

    def work(parts: Tiles) -> list[None]:
        for tile in parts:
            across = maximum(columns(x[tile], shape, count))
            maximum(rows(across, shape, count), y[tile])
        return []

    shared(work, tiles(len(x), x[:1].size))
    return y


def scatter(g: Array, x: Array, y: Array, shape: Windows) -> Array:
    """Add each element of g where the maximum y of its window was found in x.

    Of equal elements, the first one; a NaN counts as a maximum.  From each row of a
    window, what stays there goes on to its columns.
    """
    x, y = findable(x, y, shape)
    dtype, hand_on = g.dtype, add_on
    if dtype in BITS and not shape.overlapping():
        g, hand_on = g.view(BITS[dtype]), write_on
    image = np.zeros(x.shape, g.dtype)

    def work(parts: Tiles) -> list[None]:
        for tile in parts:
            scatter_tile(g[tile], x[tile], y[tile], image[tile], shape, hand_on)
        return []

    shared(work, tiles(len(x), x[:1].size))
    return crop(image.view(dtype), shape.padding)


def scatter_tile(
    g: Array, x: Array, y: Array, image: Array, shape: Windows, hand_on: Hand
) -> None:
    """`scatter` from some images to the image that is given."""
    count = (g.shape[2], g.shape[3])
    found = columns(x, shape, count)
    across = maximum(found)
    passing = np.zeros(across.shape, g.dtype)
    hand_on(g, y, rows(across, shape, count), rows(passing, shape, count))
    hand_on(passing, across, found, columns(image, shape, count))


def findable(x: Array, y: Array, shape: Windows) -> tuple[Array, Array]:
    """The padded image and its maxima; an element of −inf is found before padding is."""
    if shape.padding == (0, 0):
        return x, y
    x, y = (np.maximum(array, np.finfo(x.dtype).min) for array in (x, y))
    return pad(x, shape.padding, lowest(x)), y


def write_on(g: Array, y: Array, found: list[Array], onto: list[Array]) -> None:
    """Each element of g passes the places below the maximum y, and stays at the next.

    `found` is what stands at each place, and `onto` where it puts what stays.  g has
    the bits of numbers as integers: times 0 or 1 they are kept or not, also those of
    infinity and NaN, and the rest is what XOR leaves.  In a tenth of the time of
    `np.where`, which branches at every element.
    """
    last = len(found) - 1
    for place in range(last):
        out = onto[last] if place == last - 1 else None
        passing = np.multiply(g, found[place] < y, out=out)
        np.bitwise_xor(g, passing, out=onto[place])
        g = passing
    if last == 0:
        onto[0][...] = g


def add_on(g: Array, y: Array, found: list[Array], onto: list[Array]) -> None:
    """`write_on` of numbers, where windows overlap: places add up what stays there."""
    for element, place in zip(found[:-1], onto[:-1], strict=True):
        below = element < y
        place += keep(g, ~below)
        g = keep(g, below)
    onto[-1] += g


def gather(h: Array, x: Array, y: Array, shape: Windows) -> Array:
    """The element of h where the maximum of each window was found: adjoint to scatter."""
    count = (y.shape[2], y.shape[3])
    x, y = findable(x, y, shape)
    found = columns(x, shape, count)
    across = maximum(found)
    passing = choose(columns(pad(h, shape.padding), shape, count), found, across)
    return choose(rows(passing, shape, count), rows(across, shape, count), y)


def choose(parts: list[Array], found: list[Array], y: Array) -> Array:
    """The elements of the first part where what was found is not below y."""
    chosen = parts[-1].copy()
    for candidate, element in zip(parts[-2::-1], found[-2::-1], strict=True):
        np.copyto(chosen, candidate, where=~(element < y))
    return chosen


def window_sums(x: Array, shape: Windows, count: Pair) -> Array:
    """The sum of each window, over padding as well, which is 0."""
    x = pad(x, shape.padding)
    first, *others = (
        x[:, :, down, across] for _, (down, across) in shape.offsets(count)
    )
    y = first.astype(x.dtype if x.dtype.kind == "f" else float)
    for other in others:
        y += other
    return y


def spread(g: Array, size: Pair, shape: Windows) -> Array:
    """Add each element of g to its whole window: the adjoint of `window_sums`."""
    image = np.zeros((*g.shape[:2], *shape.padded(size)), g.dtype)
    for _, (down, across) in shape.offsets((g.shape[2], g.shape[3])):
        image[:, :, down, across] += g
    return crop(image, shape.padding)
