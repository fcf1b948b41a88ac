"""Pooling over windows, as a few passes over strided slices of the image.

Running over the places of the kernel instead of over the windows keeps every pass long.
A maximum is taken over the columns of a window and then over its rows.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..value import ELSEWHERE, Array, zeros
from . import formulas
from .masking import BITS, keep
from .windows import NO_MORE, Pair, Shape, Windows, bordered, crop, longest, tiles
from .workers import PASS, for_each

HandOn = Callable[[Array, Array, list[Array], list[Array]], None]
Index = tuple[Any, ...]


class Pooling:
    """The sizes of one pooling of images (N, C, H, W) or (C, H, W), planned once."""

    def __init__(self, image: Shape, windows: Windows, count: Pair) -> None:
        n, *each = image
        height, width = image[-2:]
        self.windows, self.count = windows, count
        self.output = (*image[:-2], *self.count)
        self.tiles = tiles(n, math.prod(each))
        elements = longest(self.tiles) * math.prod(each)
        self.call = PASS * elements / windows.kernel[1]
        down, across = (windows.places(axis, self.count[axis]) for axis in (0, 1))
        self.rows: list[Index] = [(..., place, slice(None)) for place in down]
        self.columns: list[Index] = [(..., place) for place in across]
        self.hand_on = add_on if windows.overlapping() else write_on
        covered = tuple(map(operator.mul, self.count, windows.kernel))
        self.covering = covered == (height, width) and windows == Windows(
            windows.kernel, windows.kernel, (0, 0), (1, 1)
        )

    def padded(self, x: Array) -> Array:
        """The image in a border that never wins."""
        if self.windows.padding == self.windows.more == NO_MORE:
            return x
        return bordered(x, self.windows, lowest(x))

    def largest(self, x: Array) -> Array:
        """The maximum of each window."""
        x = self.padded(x)
        if type(x) in ELSEWHERE:
            return formulas.largest(x, self.windows, self.count)
        y = np.empty(self.output, x.dtype)

        def calculate(tile: slice) -> None:
            across = maximum(taken(x[tile], self.columns))
            maximum(taken(across, self.rows), y[tile])

        for_each(self.tiles, calculate, self.call)
        return y

    def scatter(self, g: Array, x: Array, y: Array) -> Array:
        """Add each element of g where the maximum y of its window was found in x.

        Of equal elements, the first one; a NaN counts as a maximum. From each row of a
        window, what stays there goes on to its columns.
        """
        x, y = self.findable(x, y)
        if type(x) in ELSEWHERE:
            return formulas.scatter(x, y, g, self.windows, self.count)
        dtype, hand_on, blank = g.dtype, self.hand_on, np.zeros
        if hand_on is write_on and dtype in BITS:
            g = g.view(BITS[dtype])
            if self.covering:  # what is written everywhere need not be 0 before
                blank = np.empty
        else:
            hand_on = add_on
        image = blank(x.shape, g.dtype)

        def calculate(tile: slice) -> None:
            self.scatter_tile(g[tile], x[tile], y[tile], image[tile], hand_on)

        for_each(self.tiles, calculate, self.call)
        return crop(image.view(dtype), self.windows)

    def scatter_tile(
        self, g: Array, x: Array, y: Array, image: Array, hand_on: HandOn
    ) -> None:
        """`scatter` from some images to the image that is given."""
        found = taken(x, self.columns)
        across = maximum(found)
        passing = np.zeros(across.shape, g.dtype)
        hand_on(g, y, taken(across, self.rows), taken(passing, self.rows))
        hand_on(passing, across, found, taken(image, self.columns))

    def findable(self, x: Array, y: Array) -> tuple[Array, Array]:
        """The padded image and its maxima; −inf in it is found before padding."""
        if self.windows.padding == self.windows.more == NO_MORE:
            return x, y
        x, y = (np.maximum(array, np.finfo(x.dtype).min) for array in (x, y))
        return self.padded(x), y

    def gather(self, h: Array, x: Array, y: Array) -> Array:
        """The element of h where each maximum was found: the adjoint of `scatter`."""
        x, y = self.findable(x, y)
        h = bordered(h, self.windows)
        if type(x) in ELSEWHERE:
            return formulas.gather(h, x, y, self.windows, self.count)
        found = taken(x, self.columns)
        across = maximum(found)
        passing = choose(taken(h, self.columns), found, across)
        return choose(taken(passing, self.rows), taken(across, self.rows), y)


def taken(x: Array, places: list[Index]) -> list[Array]:
    """For each row or column of the kernel, what it visits."""
    return [x[place] for place in places]


def lowest(x: Array) -> float:
    """What no element is below."""
    return -np.inf if x.dtype.kind == "f" else float(np.iinfo(x.dtype).min)


def maximum(parts: list[Array], out: Array | None = None) -> Array:
    """The largest of each element of the parts."""
    y = np.maximum(parts[0], parts[len(parts) > 1], out=out)
    for other in parts[2:]:
        np.maximum(y, other, out=y)
    return y


def write_on(g: Array, y: Array, found: list[Array], onto: list[Array]) -> None:
    """Each element of g passes the places below the maximum y, and stays at the next.

    `found` is what is at each place, and `onto` where it puts what stays.  g has
    the bits of numbers as integers: times 0 or 1 they are kept or not, also those of
    infinity and NaN, and the rest is what XOR leaves. In a tenth of the time of
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


def choose(parts: list[Array], found: list[Array], y: Array) -> Array:
    """The elements of the first part where what was found is not below y."""
    chosen = parts[-1].copy()
    for candidate, element in zip(parts[-2::-1], found[-2::-1], strict=True):
        np.copyto(chosen, candidate, where=~(element < y))
    return chosen


def sums_of_windows(x: Array, windows: Windows, count: Pair) -> Array:
    """The sum of each window, over padding as well, which is 0."""
    x = bordered(x, windows)
    if type(x) in ELSEWHERE:
        return formulas.sums(x, windows, count)
    parts = (x[..., down, across] for _, (down, across) in windows.offsets(count))
    y = next(parts).astype(x.dtype if x.dtype.kind == "f" else float)
    return functools.reduce(np.ndarray.__iadd__, parts, y)


def spread_over_windows(g: Array, size: Pair, windows: Windows) -> Array:
    """Add each element of g to its whole window: the adjoint of `sums_of_windows`."""
    image = zeros((*g.shape[:-2], *windows.padded(size)), g.dtype, g)
    for _, (down, across) in windows.offsets((g.shape[-2], g.shape[-1])):
        image[..., down, across] += g
    return crop(image, windows)


def sizes_of_windows(
    size: Pair, windows: Windows, count: Pair, padded: bool, dtype: Any
) -> Array:
    """How many pixels each window has, (OH, OW), with or without those of the padding.

    Padding that only makes a last window whole is never counted.
    """
    rows, columns = (
        np.minimum(starts + kernel, n + padded * padding)
        - np.maximum(starts, -padded * padding)
        for n, kernel, padding, starts in zip(
            size, windows.kernel, windows.padding, windows.starts(count), strict=True
        )
    )
    return np.outer(rows, columns).astype(dtype)
