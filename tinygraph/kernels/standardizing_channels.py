"""Normalisation of channels (N, C, P), over N and P, or in a compiled loop.

Channels are summed as columns, C·P side by side: so it does not matter how short the
lines of P numbers are. One number for each channel would make a pass over a line of its
own, and where P is 1, as for (N, C), a pass for each number.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..value import Array
from .compilation import LARGE, chosen, parts, readable, slices
from .sums import column_sums, row_products
from .workers import PASS, for_each, memory

# Columns of a tile do not lie one row after another, so passes take twice as long as
# over all channels: 0.7 instead of 1.7 ms for 256x1000 numbers and all three products.
AT_ONCE = 1 << 20  # elements up to which all channels are one tile
TILE = 1 << 19  # elements of a tile of more than these
LEAST = 1 << 10  # columns of a tile, at least
LINE = 1 << 10  # numbers of a row that is long enough
LONG = 1 << 4  # numbers of a line that compiled loops sum by itself
WHOLE = 1 << 6  # numbers of a line from which on NumPy multiplies line by line


class Channels:
    """Channels (N, C, P) with statistics of their own, and a factor for each."""

    def __init__(self, before: int, channels: int, after: int) -> None:
        self.sizes = before, channels, after
        count = before * after
        each = min(channels, max(1, TILE // count, LEAST // after))
        if count * channels <= AT_ONCE:
            each = channels
        self.tiles = slices(channels, each)
        self.call = PASS * count
        self.columns = {
            tile.stop - tile.start: Columns(
                before, tile.stop - tile.start, after, each == channels
            )
            for tile in self.tiles[:1] + self.tiles[-1:]
        }
        self.whole = Columns(*self.sizes, True)
        short = after < LONG
        self.at_once = short and self.whole.joined > 1
        self.kind, self.more = (
            ("column", [after]) if short else ("line", [before, channels])
        )
        self.shape = self.whole.shape if short else (before * channels, after)

    def standardize(
        self, x: Array, w: Array | None, b: Array | None, epsilon: float, y: Array
    ) -> None:
        """Write w x̂ + b."""
        if (loops := chosen.get().get(x.dtype)) is not None:
            given = *readable(x, self.filled(w, 1.0, x), self.filled(b, 0.0, x)), y
            self.share(loops.standard_channels, "standardize", epsilon, *given)
            return

        def calculate(tile: slice) -> None:
            columns = self.columns[tile.stop - tile.start]
            values, out = columns.matrix(x[:, tile]), columns.matrix(y[:, tile])
            inverse = columns.centered(values, epsilon, out)
            out *= columns.row(inverse if w is None else inverse * w[tile])
            if b is not None:
                out += columns.row(b[tile])

        for_each(self.tiles, calculate, self.call)

    def input_gradient(
        self, g: Array, x: Array, w: Array | None, epsilon: float, z: Array
    ) -> None:
        """Write the adjoint in x."""
        if (loops := chosen.get().get(x.dtype)) is not None:
            given = *readable(g, x, self.filled(w, 1.0, x)), z
            self.share(loops.standard_channels, "gradient", epsilon, *given)
            return

        def calculate(tile: slice) -> None:
            columns = self.columns[tile.stop - tile.start]
            slopes, values, out = (columns.matrix(a[:, tile]) for a in (g, x, z))
            centered = memory.array("centered", values.shape, x.dtype)
            inverse = columns.centered(values, epsilon, centered)
            mean = columns.mean(slopes)
            slope = columns.products(slopes, centered) * inverse
            factor = inverse if w is None else inverse * w[tile]
            np.multiply(slopes, columns.row(factor), out=out)
            centered *= columns.row(factor * inverse * slope)
            out -= centered
            out -= columns.row(factor * mean)

        for_each(self.tiles, calculate, self.call)

    def scale_gradient(self, g: Array, x: Array, epsilon: float) -> Array:
        """The sum of g x̂ of each channel, (C,)."""
        before, channels, after = self.sizes
        if (loops := chosen.get().get(x.dtype)) is not None:
            lines = before if after >= LONG else 1
            sums = np.empty(lines * channels, x.dtype)
            given = *readable(g, x), sums
            self.share(loops.standard_channels, "products", epsilon, *given)
            return np.add.reduce(sums.reshape(lines, channels), axis=0)
        sums = np.empty(channels, x.dtype)

        def calculate(tile: slice) -> None:
            columns = self.columns[tile.stop - tile.start]
            slopes, values = (columns.matrix(a[:, tile]) for a in (g, x))
            centered = memory.array("centered", values.shape, x.dtype)
            inverse = columns.centered(values, epsilon, centered)
            products = columns.products(slopes, centered)
            sums[tile] = products * columns.count * inverse

        for_each(self.tiles, calculate, self.call)
        return sums

    def filled(self, w: Array | None, number: float, x: Array) -> Array:
        """Factors, or as many times a number."""
        return np.full(self.sizes[1], number, x.dtype) if w is None else w

    def share(self, loops: Any, name: str, epsilon: float, *arrays: Array) -> None:
        """Let a loop go through all channels; the last array is the result.

        Short lines are columns of a matrix, and where rows are joined, of a single
        tile.
        """
        channels, size = self.sizes[1], arrays[0].nbytes
        loop = getattr(loops, f"{self.kind}_{name}")
        given = (
            *(a.reshape(self.shape) if a.ndim > 1 else a for a in arrays),
            *self.more,
        )
        if self.at_once or size < LARGE:
            loop(*given, epsilon, 0, channels)
        else:
            tiles = parts(channels, size, light=True)
            for_each(tiles, lambda t: loop(*given, epsilon, t.start, t.stop))


class Columns:
    """Some channels (N, C, P) as a matrix whose columns are summed: (N/k, k·C·P).

    Short rows are joined, k of them, where these are `all` channels.
    """

    def __init__(self, n: int, channels: int, pixels: int, all: bool) -> None:
        self.channels, self.pixels, self.joined = channels, pixels, 1
        if all:
            wanted = max(1, LINE // (channels * pixels))
            self.joined = math.gcd(n, 1 << wanted.bit_length() - 1)
        self.shape = n // self.joined, self.joined * channels * pixels
        self.count = n * pixels

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
        variance = self.products(out, out)
        inverse: Array = 1.0 / np.sqrt(variance + x.dtype.type(epsilon))
        return inverse

    def products(self, x: Array, y: Array) -> Array:
        """The mean of products of each channel, (C,); of long lines without a pass."""
        if self.pixels < WHOLE:
            scratch = memory.array("products", x.shape, x.dtype)
            return self.mean(np.multiply(x, y, out=scratch))
        lines = -1, self.channels, self.pixels
        sums = row_products(x.reshape(lines), y.reshape(lines))
        return np.divide(np.add.reduce(sums, axis=0), self.count)
