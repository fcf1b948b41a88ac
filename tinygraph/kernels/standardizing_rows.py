"""Normalisation of the rows of a matrix, some at a time, or in a compiled loop.

Scale and shift are (G, K): G rows, after which they repeat, as the groups of one image
do in a group normalisation. NumPy goes over a tile six times, and for the adjoints
eight and five times, while it stays in the cache. Where factors are the same for all
rows, products of matrices need fewer passes: `standardizing_products.py`.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable

import numpy as np

from ..value import Array
from . import standardizing_products as products
from .compilation import LARGE, chosen, parts, readable, slices
from .sums import row_products, row_sums
from .workers import PASS, for_each, memory, shared

TILE = 1 << 17  # elements that are calculated at a time: 512 kB of float32
SHARED = 1 << 18  # elements of a tile of a compiled loop, or of products: 0.1 ms
SMALL = 1 << 13  # elements up to which products do not pay


class Rows:
    """A matrix whose rows are standardized, with factors that repeat after a period.

    A factor is one number for each of a row, or for so many that follow one another.
    """

    def __init__(self, rows: int, length: int, period: int = 1, each: int = 1) -> None:
        self.sizes = rows, length
        self.period, self.each = period, each
        self.tiles = row_tiles(rows, length, period)
        self.quick = period == 1 and rows * length >= SMALL
        if self.quick:
            self.tiles = slices(rows, max(1, SHARED // length))

    def standardize(
        self, x: Array, w: Array | None, b: Array | None, epsilon: float, y: Array
    ) -> None:
        """Write w x̂ + b."""
        w, b = self.spread(w), self.spread(b)
        if (loops := chosen.get().get(x.dtype)) is not None:
            given = *readable(x, self.filled(w, 1.0, x), self.filled(b, 0.0, x)), y
            self.share(loops.standard_rows.standardize_rows, epsilon, *given)
            return

        def calculate(tile: slice) -> None:
            out = y[tile]
            if (found := self.moments(x[tile], epsilon)) is not None:
                products.standardize(x[tile], first(w), first(b), found, out)
                return
            inverse = centered(x[tile], epsilon, out)
            out *= inverse[:, None]
            for each, apply in ((w, np.multiply), (b, np.add)):
                if each is not None:
                    part = factor(each, tile)
                    whole = out.reshape(-1, *part.shape)
                    apply(whole, part, out=whole)

        for_each(self.tiles, calculate, PASS * x.shape[1])

    def input_gradient(
        self, g: Array, x: Array, w: Array | None, epsilon: float, z: Array
    ) -> None:
        """Write the adjoint in x."""
        w = self.spread(w)
        if (loops := chosen.get().get(x.dtype)) is not None:
            given = *readable(g, x, self.filled(w, 1.0, x)), z
            self.share(loops.standard_rows.row_gradient, epsilon, *given)
            return
        count = x.shape[1]

        def calculate(tile: slice) -> None:
            values, h, out = scratch(x[tile]), g[tile], z[tile]
            if (found := self.moments(x[tile], epsilon)) is not None:
                products.input_gradient(h, x[tile], first(w), found, out)
                return
            inverse = centered(x[tile], epsilon, values)
            if w is not None:
                part = factor(w, tile)
                sizes = (-1, *part.shape)
                np.multiply(h.reshape(sizes), part, out=out.reshape(sizes))
                h = out
            mean = row_sums(h) / count
            slope = row_products(h, values) * (inverse * inverse) / count
            values *= slope[:, None]
            np.subtract(h, values, out=out)
            out -= mean[:, None]
            out *= inverse[:, None]

        for_each(self.tiles, calculate, PASS * count)

    def scale_gradient(self, g: Array, x: Array, epsilon: float) -> Array:
        """The sums of g x̂ over rows a period apart."""
        loops, (slopes, rows) = chosen.get().get(x.dtype), readable(g, x)
        period, length = self.period, x.shape[1]

        def calculate(tile: slice) -> Array:
            if (found := self.moments(x[tile], epsilon)) is not None:
                return products.scale_gradient(g[tile], x[tile], found)
            values = scratch(x[tile])
            inverse = centered(x[tile], epsilon, values)
            values *= g[tile]
            whole = values.reshape(-1, period, length).swapaxes(0, 1)
            return np.matmul(inverse.reshape(-1, period).T[:, None], whole)[:, 0]

        def looped(tile: slice) -> Array:
            sums = np.zeros((period, length), x.dtype)
            loop = loops.standard_rows.row_products  # type: ignore[union-attr]
            loop(slopes, rows, epsilon, sums, tile.start, tile.stop)
            return sums

        size, work, call = TILE, calculate, PASS * length
        if loops is not None:
            size, work, call = SHARED, looped, PASS * SHARED
        each = max(1, size // (period * length)) * period
        tiles = self.tiles if self.quick else slices(len(x), each)
        sums = shared(lambda some: [*map(work, some)], tiles, call)
        total = functools.reduce(operator.add, sums)
        return total if self.each == 1 else row_sums(total.reshape(-1, self.each))

    def moments(self, x: Array, epsilon: float) -> products.Moments | None:
        """Mean and deviation of a tile's rows, where products can standardize it."""
        return products.moments(x, epsilon) if self.quick else None

    def spread(self, w: Array | None) -> Array | None:
        """A factor for each number of the rows of a period, (G, K)."""
        if w is None:
            return None
        if self.each > 1:
            w = np.repeat(w, self.each)
        return w.reshape(self.period, -1)

    def filled(self, w: Array | None, number: float, x: Array) -> Array:
        """Factors, or as many times a number."""
        if w is not None:
            return w
        return np.full((self.period, x.shape[1]), number, x.dtype)

    def share(self, loop: Callable[..., None], epsilon: float, *arrays: Array) -> None:
        """Let a loop go through all rows; the last array is the result."""
        size = arrays[-1].nbytes
        if size > LARGE:
            tiles = parts(self.sizes[0], size, light=True)
            for_each(tiles, lambda t: loop(*arrays, epsilon, t.start, t.stop))
        else:
            loop(*arrays, epsilon, 0, self.sizes[0])


def first(w: Array | None) -> Array | None:
    """The only row of a factor."""
    return None if w is None else w[0]


def row_tiles(count: int, length: int, period: int) -> list[slice]:
    """Some rows at a time: whole periods, or parts of one."""
    each = max(1, TILE // length)
    if each >= period:
        return slices(count, each - each % period)
    starts = range(0, count, period)
    return [
        slice(start + tile.start, start + tile.stop)
        for start in starts
        for tile in slices(period, each)
    ]


def factor(w: Array, tile: slice) -> Array:
    """What a tile of rows is multiplied by, once or for each of its periods."""
    start = tile.start % len(w)
    return w[start : start + tile.stop - tile.start]


def centered(x: Array, epsilon: float, out: Array) -> Array:
    """Write rows without their means; returns 1/√(σ² + ε) of each."""
    np.subtract(x, (row_sums(x) / x.shape[1])[:, None], out=out)
    variance = row_products(out, out) / x.shape[1]
    inverse: Array = 1.0 / np.sqrt(variance + x.dtype.type(epsilon))
    return inverse


def scratch(x: Array) -> Array:
    """Memory for an array like `x`, which the next tile overwrites."""
    return memory.array("centered", x.shape, x.dtype)
