"""Normalisation of channels (N, C, P), over N and P, or in a compiled loop.

Channels are summed as columns, C·P side by side: so it does not matter how short the
lines of P numbers are. One number for each channel would make a pass over a line of its
own, and where P is 1, as for (N, C), a pass for each number.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..value import Array
from .compilation import chosen, readable, slices
from .sums import column_sums
from .workers import PASS, for_each, memory

TILE = 1 << 16  # elements that are calculated at a time: 256 kB of float32
LINE = 1 << 10  # numbers of a row that is long enough
LEAST = 1 << 6  # columns of a tile, at least
LONG = 1 << 4  # numbers of a line that compiled loops sum by itself
SHARED = 1 << 18  # elements of a compiled loop's tile: 0.1 ms
# The loops of `standardizing_channel_loops.py`, over lines and over columns.
STANDARDIZE = "standardize_lines", "standardize_columns"
GRADIENT = "line_gradient", "column_gradient"
PRODUCTS = "line_products", "column_products"


class Columns:
    """Some channels (N, C, P) as a matrix whose columns are summed: (N/k, k·C·P).

    Short rows are joined, k of them, as long as they lie one after another.
    """

    def __init__(self, x: Array) -> None:
        n, self.channels, self.pixels = x.shape
        self.joined = 1
        if x.flags.c_contiguous:
            wanted = max(1, LINE // (self.channels * self.pixels))
            self.joined = math.gcd(n, 1 << wanted.bit_length() - 1)
        self.shape = n // self.joined, self.joined * self.channels * self.pixels
        self.count = n * self.pixels

    def matrix(self, x: Array) -> Array:
        """The matrix of these channels, a view."""
        return x.reshape(self.shape)

    def mean(self, matrix: Array) -> Array:
        """The mean of each channel, (C,)."""
        sums = column_sums(matrix).reshape(self.joined, self.channels, self.pixels)
        return np.divide(np.add.reduce(sums, axis=(0, 2)), self.count)

    def row(self, of_channels: Array) -> Array:
        """A number for each channel as a row of the matrix."""
        if self.joined == self.pixels == 1:
            return of_channels
        sizes = self.joined, self.channels, self.pixels
        return np.broadcast_to(of_channels[:, None], sizes).reshape(-1)

    def centered(self, x: Array, epsilon: float, out: Array) -> Array:
        """Write a matrix without the means of channels; returns 1/√(σ² + ε)."""
        np.subtract(x, self.row(self.mean(x)), out=out)
        squares = np.multiply(out, out, out=memory.array("squares", x.shape, x.dtype))
        inverse: Array = 1.0 / np.sqrt(self.mean(squares) + x.dtype.type(epsilon))
        return inverse


def each_tile(x: Array, calculate: Callable[[slice], None], size: int) -> None:
    """Calculate some channels at a time: about `size` elements, and `LEAST` columns."""
    n, c, p = x.shape
    each = max(1, size // (n * p), LEAST // p)
    for_each(slices(c, each), calculate, PASS * n * p)  # shared where one takes long


def numbers(w: Array | None, number: float, x: Array) -> Array:
    """A factor or shift, or a number for every channel."""
    return np.full(x.shape[1], number, x.dtype) if w is None else w


def standardize_channels(
    x: Array, w: Array | None, b: Array | None, epsilon: float, y: Array
) -> None:
    """Write w x̂ + b of channels, where w and b are (C,)."""
    if (loops := chosen.get().get(x.dtype)) is not None:
        factors = [numbers(w, 1.0, x), numbers(b, 0.0, x)]
        share(loops.standard_channels, STANDARDIZE, [x], factors, y, epsilon)
        return

    def calculate(tile: slice) -> None:
        columns = Columns(x[:, tile])
        values, out = columns.matrix(x[:, tile]), columns.matrix(y[:, tile])
        inverse = columns.centered(values, epsilon, out)
        out *= columns.row(inverse if w is None else inverse * w[tile])
        if b is not None:
            out += columns.row(b[tile])

    each_tile(x, calculate, TILE)


def channel_gradient(
    g: Array, x: Array, w: Array | None, epsilon: float, z: Array
) -> None:
    """Write the adjoint in x, of channels."""
    if (loops := chosen.get().get(x.dtype)) is not None:
        factors = [numbers(w, 1.0, x)]
        share(loops.standard_channels, GRADIENT, [g, x], factors, z, epsilon)
        return

    def calculate(tile: slice) -> None:
        columns = Columns(x[:, tile])
        slopes, values, out = (columns.matrix(a[:, tile]) for a in (g, x, z))
        centered = memory.array("centered", values.shape, x.dtype)
        inverse = columns.centered(values, epsilon, centered)
        mean = columns.mean(slopes)
        slope = columns.mean(np.multiply(slopes, centered, out=out)) * inverse
        factor = inverse if w is None else inverse * w[tile]
        np.multiply(slopes, columns.row(factor), out=out)
        centered *= columns.row(factor * inverse * slope)
        out -= centered
        out -= columns.row(factor * mean)

    each_tile(x, calculate, TILE)


def channel_products(g: Array, x: Array, epsilon: float) -> Array:
    """The sum of g x̂ of each channel, (C,)."""
    sums = np.empty(x.shape[1], x.dtype)
    if (loops := chosen.get().get(x.dtype)) is not None:
        share(loops.standard_channels, PRODUCTS, [g, x], [], sums, epsilon)
        return sums

    def calculate(tile: slice) -> None:
        columns = Columns(x[:, tile])
        slopes, values = (columns.matrix(a[:, tile]) for a in (g, x))
        centered = memory.array("centered", values.shape, x.dtype)
        inverse = columns.centered(values, epsilon, centered)
        centered *= slopes
        sums[tile] = columns.mean(centered) * columns.count * inverse

    each_tile(x, calculate, TILE)
    return sums


def share(
    loops: Any,
    names: tuple[str, str],
    arrays: list[Array],
    factors: list[Array],
    out: Array,
    epsilon: float,
) -> None:
    """Let one of two loops, over lines or columns, go through all channels.

    Short lines are columns of a matrix, and where rows are joined, of a single tile.
    """
    x = arrays[-1]
    n, c, p = x.shape
    joined, more, shape = False, [], (n * c, p)
    if p < LONG:
        columns = Columns(x)
        joined, more, shape = columns.joined > 1, [p], columns.shape
    given = readable(*(a.reshape(shape) for a in arrays), *factors)
    result = out if out.ndim == 1 else out.reshape(shape)
    loop = getattr(loops, names[1 if more else 0])
    each = c if joined else max(1, SHARED // (n * p))
    for_each(
        slices(c, each),
        lambda tile: loop(*given, result, *more, epsilon, tile.start, tile.stop),
        PASS * SHARED,
    )
