"""Normalisation of the rows of a matrix, some at a time, or in a compiled loop.

Scale and shift are (G, K): G rows, after which they repeat, as the groups of one image
do in a group normalisation. NumPy goes over a tile six times, and for the adjoints
eight and five times, while it stays in the cache.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable

import numpy as np

from ..value import Array
from .compilation import chosen, readable, slices
from .sums import row_products, row_sums
from .workers import PASS, for_each, memory, shared

TILE = 1 << 16  # elements that are calculated at a time: 256 kB of float32
SHARED = 1 << 18  # elements of a compiled loop's tile: 0.1 ms


def row_tiles(x: Array, period: int) -> list[slice]:
    """Some rows at a time: whole periods, or parts of one."""
    count, each = len(x), max(1, TILE // x.shape[1])
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


def standardize_rows(
    x: Array, w: Array | None, b: Array | None, epsilon: float, y: Array
) -> None:
    """Write w x̂ + b of the rows of a matrix."""
    if (loops := chosen.get().get(x.dtype)) is not None:
        given = readable(x, filled(w, 1.0, b, x), filled(b, 0.0, w, x))
        share_rows(loops.standard_rows.standardize_rows, epsilon, *given, y)
        return

    def calculate(tile: slice) -> None:
        out = y[tile]
        inverse = centered(x[tile], epsilon, out)
        out *= inverse[:, None]
        for each, apply in ((w, np.multiply), (b, np.add)):
            if each is not None:
                part = factor(each, tile)
                whole = out.reshape(-1, *part.shape)
                apply(whole, part, out=whole)

    tiles = row_tiles(x, 1 if w is None else len(w))
    for_each(tiles, calculate, PASS * x.shape[1])  # shared where one row is long


def row_gradient(g: Array, x: Array, w: Array | None, epsilon: float, z: Array) -> None:
    """Write the adjoint in x, of rows."""
    if (loops := chosen.get().get(x.dtype)) is not None:
        given = readable(g, x, filled(w, 1.0, None, x))
        share_rows(loops.standard_rows.row_gradient, epsilon, *given, z)
        return
    count = x.shape[1]

    def calculate(tile: slice) -> None:
        values, h, out = scratch(x[tile]), g[tile], z[tile]
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

    tiles = row_tiles(x, 1 if w is None else len(w))
    for_each(tiles, calculate, PASS * x.shape[1])  # shared where one row is long


def summed_products(g: Array, x: Array, period: int, epsilon: float) -> Array:
    """The sums of g x̂ over rows a period apart, (G, K)."""
    loops, (slopes, rows) = chosen.get().get(x.dtype), readable(g, x)

    def calculate(tile: slice) -> Array:
        values = scratch(x[tile])
        inverse = centered(x[tile], epsilon, values)
        values *= g[tile]
        whole = values.reshape(-1, period, x.shape[1]).swapaxes(0, 1)
        return np.matmul(inverse.reshape(-1, period).T[:, None], whole)[:, 0]

    def looped(tile: slice) -> Array:
        sums = np.zeros((period, x.shape[1]), x.dtype)
        loop = loops.standard_rows.row_products  # type: ignore[union-attr]
        loop(slopes, rows, epsilon, sums, tile.start, tile.stop)
        return sums

    size, work, call = TILE, calculate, PASS * x.shape[1]
    if loops is not None:
        size, work, call = SHARED, looped, PASS * SHARED
    each = max(1, size // (period * x.shape[1])) * period
    return total(shared(lambda some: [*map(work, some)], slices(len(x), each), call))


def total(arrays: list[Array]) -> Array:
    """Their sum, in their order."""
    return functools.reduce(operator.add, arrays)


def filled(w: Array | None, number: float, other: Array | None, x: Array) -> Array:
    """A factor or shift, or as many rows of a number as the other one has."""
    if w is not None:
        return w
    return np.full((1 if other is None else len(other), x.shape[1]), number, x.dtype)


def share_rows(loop: Callable[..., None], epsilon: float, *arrays: Array) -> None:
    """Let a loop go through the rows of matrices, of which the last is the result."""
    x = arrays[-1]
    tiles = slices(len(x), max(1, SHARED // x.shape[1]))
    for_each(tiles, lambda t: loop(*arrays, epsilon, t.start, t.stop), PASS * SHARED)
