"""Loops over rows and channels that Numba compiles: normalisation and its adjoints.

Rows are those of a matrix, (M, K), and scale and shift are (G, K). Channels are
(N, C, P), and some of them are done at a time, column by column, in rows of C·P
numbers. Each loop takes the rows or channels from `first` to before `last`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..value import Array
from .loop_cache import FUSED, SUMS, compiled
from .row_loops import total

WIDE = 1 << 10  # columns that are done at a time
FEW = 1 << 8  # rows that are added up before they are added to the others

# Rows ---------------------------------------------------------------------------------


@compiled(SUMS)
def squares(row: Array, mean: Any) -> Any:
    """Σ (x − μ)²"""
    found = row.dtype.type(0)
    for j in range(row.size):
        found += (row[j] - mean) * (row[j] - mean)
    return found


@compiled(SUMS)
def slopes(g: Array, w: Array, x: Array, mean: Any) -> Any:
    """Σ w g and Σ w g (x − μ)"""
    found, product = x.dtype.type(0), x.dtype.type(0)
    for j in range(x.size):
        h = g[j] * w[j]
        found += h
        product += h * (x[j] - mean)
    return found, product


@compiled()
def statistics(row: Array, epsilon: float) -> Any:
    """μ and 1/√(σ² + ε)"""
    one, count = row.dtype.type(1), row.dtype.type(row.size)
    mean = total(row) / count
    variance = squares(row, mean) / count
    return mean, one / np.sqrt(variance + row.dtype.type(epsilon))


@compiled(FUSED)
def standardize_rows(
    x: Array, w: Array, b: Array, y: Array, epsilon: float, first: int, last: int
) -> None:
    """y = w x̂ + b"""
    for i in range(first, last):
        row, out, scale, shift = x[i], y[i], w[i % len(w)], b[i % len(b)]
        mean, inverse = statistics(row, epsilon)
        for j in range(row.size):
            out[j] = (row[j] - mean) * inverse * scale[j] + shift[j]


@compiled()  # exactly 0 for a row of one number: h is its own mean
def row_gradient(
    g: Array, x: Array, w: Array, z: Array, epsilon: float, first: int, last: int
) -> None:
    """z = (h − mean(h) − x̂ mean(h x̂)) / √(σ² + ε), with h = w g"""
    count = x.dtype.type(x.shape[1])
    for i in range(first, last):
        slope, row, out, scale = g[i], x[i], z[i], w[i % len(w)]
        mean, inverse = statistics(row, epsilon)
        level, tilt = slopes(slope, scale, row, mean)
        level = level / count
        tilt = tilt / count * inverse * inverse
        for j in range(row.size):
            h = slope[j] * scale[j]
            out[j] = ((h - level) - (row[j] - mean) * tilt) * inverse


@compiled(FUSED)
def row_products(
    g: Array, x: Array, epsilon: float, sums: Array, first: int, last: int
) -> None:
    """Add g x̂ of each row to the sums, (G, K)"""
    for i in range(first, last):
        slope, row, out = g[i], x[i], sums[i % len(sums)]
        mean, inverse = statistics(row, epsilon)
        for j in range(row.size):
            out[j] += slope[j] * ((row[j] - mean) * inverse)


# Channels -----------------------------------------------------------------------------


@compiled()
def merge(columns: Array, pixels: int, count: Any) -> None:
    """Make the sums of columns the mean of their channel, in each of its columns."""
    for start in range(0, columns.size, pixels):
        channel = columns[start : start + pixels]
        channel[:] = total(channel) / count


@compiled(FUSED)
def add_up(found: Array, few: Array) -> None:
    """Add sums of a few rows to those of all, and begin again."""
    zero = few.dtype.type(0)
    for j in range(found.size):
        found[j] += few[j]
        few[j] = zero


@compiled(FUSED)
def column_statistics(
    x: Array, part: Any, pixels: int, epsilon: float, mean: Array, inverse: Array
) -> None:
    """μ and 1/√(σ² + ε) of the channel of each column."""
    few, one = np.zeros(mean.size, x.dtype), x.dtype.type(1)
    count = x.dtype.type(len(x) * pixels)
    mean[:], inverse[:] = 0, 0
    for start in range(0, len(x), FEW):
        for n in range(start, min(start + FEW, len(x))):
            row = x[n, part]
            for j in range(few.size):
                few[j] += row[j]
        add_up(mean, few)
    merge(mean, pixels, count)
    for start in range(0, len(x), FEW):
        for n in range(start, min(start + FEW, len(x))):
            row = x[n, part]
            for j in range(few.size):
                few[j] += (row[j] - mean[j]) * (row[j] - mean[j])
        add_up(inverse, few)
    merge(inverse, pixels, count)
    for j in range(inverse.size):
        inverse[j] = one / np.sqrt(inverse[j] + x.dtype.type(epsilon))


@compiled(FUSED)
def column_slopes(
    g: Array, x: Array, part: Any, mean: Array, level: Array, tilt: Array
) -> None:
    """Σ g and Σ g (x − μ) of each column."""
    few, products = np.zeros(mean.size, x.dtype), np.zeros(mean.size, x.dtype)
    level[:], tilt[:] = 0, 0
    for start in range(0, len(x), FEW):
        for n in range(start, min(start + FEW, len(x))):
            row, slope = x[n, part], g[n, part]
            for j in range(few.size):
                few[j] += slope[j]
                products[j] += slope[j] * (row[j] - mean[j])
        add_up(level, few)
        add_up(tilt, products)


@compiled(FUSED)
def standardize_channels(
    x: Array, w: Array, b: Array, epsilon: float, y: Array, first: int, last: int
) -> None:
    """y = w x̂ + b, where w and b are (C,)"""
    pixels = x.shape[2]
    each = max(1, WIDE // pixels)
    x, y = x.reshape(len(x), -1), y.reshape(len(x), -1)
    for c in range(first, last, each):
        end = min(c + each, last)
        part, size = slice(c * pixels, end * pixels), (end - c) * pixels
        mean, scale = np.empty(size, x.dtype), np.empty(size, x.dtype)
        shift = np.empty(size, x.dtype)
        column_statistics(x, part, pixels, epsilon, mean, scale)
        for j in range(size):
            scale[j] *= w[c + j // pixels]
            shift[j] = b[c + j // pixels]
        for n in range(len(x)):
            row, out = x[n, part], y[n, part]
            for j in range(size):
                out[j] = (row[j] - mean[j]) * scale[j] + shift[j]


@compiled(FUSED)
def channel_gradient(
    g: Array, x: Array, w: Array, epsilon: float, z: Array, first: int, last: int
) -> None:
    """z = w (g − mean(g) − x̂ mean(g x̂)) / √(σ² + ε)"""
    pixels = x.shape[2]
    each, count = max(1, WIDE // pixels), x.dtype.type(len(x) * pixels)
    g, x, z = g.reshape(len(x), -1), x.reshape(len(x), -1), z.reshape(len(x), -1)
    for c in range(first, last, each):
        end = min(c + each, last)
        part, size = slice(c * pixels, end * pixels), (end - c) * pixels
        mean, scale = np.empty(size, x.dtype), np.empty(size, x.dtype)
        level, tilt = np.empty(size, x.dtype), np.empty(size, x.dtype)
        column_statistics(x, part, pixels, epsilon, mean, scale)
        column_slopes(g, x, part, mean, level, tilt)
        merge(level, pixels, count)
        merge(tilt, pixels, count)
        for j in range(size):
            tilt[j] *= scale[j] * scale[j]
            scale[j] *= w[c + j // pixels]
        for n in range(len(x)):
            slope, row, out = g[n, part], x[n, part], z[n, part]
            for j in range(size):
                h = (slope[j] - level[j]) - (row[j] - mean[j]) * tilt[j]
                out[j] = h * scale[j]


@compiled(FUSED)
def channel_products(
    g: Array, x: Array, epsilon: float, sums: Array, first: int, last: int
) -> None:
    """The sum of g x̂ of each channel."""
    pixels = x.shape[2]
    each = max(1, WIDE // pixels)
    g, x = g.reshape(len(x), -1), x.reshape(len(x), -1)
    for c in range(first, last, each):
        end = min(c + each, last)
        part, size = slice(c * pixels, end * pixels), (end - c) * pixels
        mean, scale = np.empty(size, x.dtype), np.empty(size, x.dtype)
        level, tilt = np.empty(size, x.dtype), np.empty(size, x.dtype)
        column_statistics(x, part, pixels, epsilon, mean, scale)
        column_slopes(g, x, part, mean, level, tilt)
        for k in range(end - c):
            channel = tilt[k * pixels : (k + 1) * pixels]
            sums[c + k] = total(channel) * scale[k * pixels]
