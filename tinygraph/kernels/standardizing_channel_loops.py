"""Loops over channels that Numba compiles: batch normalisation, and its adjoints.

Where the lines of a channel are long, it is summed line by line. These loops take any
parts that are `count` lines, a `step` from one another, and a factor for each line:
also groups of channels, with a step of 1. Short lines make columns instead, which are
done many at a time: a row of the matrix is C·P numbers, or several times as many. Each
loop takes the parts or channels from the first to before the last.

Long lines are read as x[i, j], because making a slice takes as long as 30 numbers.
"""

# A loop over range(2) always runs.
# pyright: reportPossiblyUnboundVariable=false

from __future__ import annotations

from typing import Any

import numpy as np

from ..value import Array
from .loop_cache import FUSED, SUMS, compiled
from .row_loops import FAR, moments

WIDE = 1 << 10  # columns that are done at a time
FEW = 1 << 8  # rows that are added up before they are added to the others

# Lines: x is (N·C, P) -----------------------------------------------------------------


@compiled(SUMS, inline="late")
def slopes(g: Array, x: Array, i: int, mean: Any) -> Any:
    """Σ g and Σ g (x − μ) of a line"""
    found, product = x.dtype.type(0), x.dtype.type(0)
    for j in range(x.shape[1]):
        found += g[i, j]
        product += g[i, j] * (x[i, j] - mean)
    return found, product


@compiled(SUMS, inline="late")
def all_sums(g: Array, x: Array, i: int, start: Any) -> Any:
    """Σ (x − s), Σ (x − s)², Σ g and Σ g (x − s) of a line"""
    found, square = x.dtype.type(0), x.dtype.type(0)
    slope, product = x.dtype.type(0), x.dtype.type(0)
    for j in range(x.shape[1]):
        moved = x[i, j] - start
        found += moved
        square += moved * moved
        slope += g[i, j]
        product += g[i, j] * moved
    return found, square, slope, product


@compiled(inline="late")
def lines_of(part: int, count: int, step: int) -> Any:
    """From which line to before which one those of a part are, in steps."""
    first = part if step > 1 else part * count
    return first, first + count * step


@compiled(inline="late")
def statistics(x: Array, first: int, end: int, step: int, epsilon: Any) -> Any:
    """μ and 1/√(σ² + ε) of a part, as in `standardizing_row_loops`"""
    count = x.dtype.type((end - first) // step * x.shape[1])
    mean = x[first, 0]
    for _ in range(2):
        found, square = x.dtype.type(0), x.dtype.type(0)
        for i in range(first, end, step):
            one, two = moments(x, i, mean)
            found, square = found + one, square + two
        off = found / count
        mean, variance = mean + off, square / count - off * off
        if off * off <= FAR * variance:
            break
    return mean, x.dtype.type(1) / np.sqrt(variance + epsilon)


@compiled(FUSED)
def line_standardize(
    x: Array, w: Array, b: Array, y: Array, count: int, step: int, epsilon: float,
    start: int, stop: int,
) -> None:  # fmt: skip
    """y = w x̂ + b"""
    for part in range(start, stop):
        first, end = lines_of(part, count, step)
        mean, inverse = statistics(x, first, end, step, x.dtype.type(epsilon))
        for i in range(first, end, step):
            scale, shift = inverse * w[i % len(w)], b[i % len(w)]
            for j in range(x.shape[1]):
                y[i, j] = (x[i, j] - mean) * scale + shift


@compiled(FUSED)
def line_gradient(
    g: Array, x: Array, w: Array, z: Array, count: int, step: int, epsilon: float,
    start: int, stop: int,
) -> None:  # fmt: skip
    """z = (h − mean(h) − x̂ mean(h x̂)) / √(σ² + ε), with h = w g"""
    size, zero = x.dtype.type(count * x.shape[1]), x.dtype.type(0)
    for part in range(start, stop):
        first, end = lines_of(part, count, step)
        mean = x[first, 0]
        for _ in range(2):
            total, square, level, tilt = zero, zero, zero, zero
            for i in range(first, end, step):
                found, squared, slope, product = all_sums(g, x, i, mean)
                total, square = total + found, square + squared
                level += w[i % len(w)] * slope
                tilt += w[i % len(w)] * product
            off = total / size
            mean, variance = mean + off, square / size - off * off
            tilt -= off * level
            if off * off <= FAR * variance:
                break
        inverse = x.dtype.type(1) / np.sqrt(variance + x.dtype.type(epsilon))
        level, tilt = level / size, tilt / size * inverse * inverse
        for i in range(first, end, step):
            scale = w[i % len(w)]
            for j in range(x.shape[1]):
                h = (g[i, j] * scale - level) - (x[i, j] - mean) * tilt
                z[i, j] = h * inverse


@compiled()
def line_products(
    g: Array, x: Array, sums: Array, count: int, step: int, epsilon: float,
    start: int, stop: int,
) -> None:  # fmt: skip
    """Σ g x̂ of each line"""
    for part in range(start, stop):
        first, end = lines_of(part, count, step)
        mean, inverse = statistics(x, first, end, step, x.dtype.type(epsilon))
        for i in range(first, end, step):
            sums[i] = slopes(g, x, i, mean)[1] * inverse


# Columns: x is (N/k, k·C·P) -----------------------------------------------------------


@compiled()
def owners(count: int, first: int, end: int, pixels: int) -> Array:
    """The channel of each column, from the first."""
    found, channel = np.empty(count, np.intp), first
    for start in range(0, count, pixels):
        for j in range(start, start + pixels):
            found[j] = channel - first
        channel = channel + 1 if channel + 1 < end else first
    return found


@compiled()
def average(columns: Array, owner: Array, sums: Array, count: Any) -> None:
    """Give each column the mean of its channel instead of its own sum."""
    sums[:] = 0
    for j in range(columns.size):
        sums[owner[j]] += columns[j]
    for k in range(sums.size):
        sums[k] /= count
    for j in range(columns.size):
        columns[j] = sums[owner[j]]


@compiled(FUSED)
def add_up(found: Array, few: Array) -> None:
    """Add sums of a few rows to those of all, and begin again."""
    zero = few.dtype.type(0)
    for j in range(found.size):
        found[j] += few[j]
        few[j] = zero


@compiled(FUSED)
def column_statistics(
    x: Array, part: Any, owner: Array, epsilon: Any, sums: Array, mean: Array
) -> Any:
    """μ of the channel of each column, and 1/√(σ² + ε) of each."""
    few, inverse = np.zeros(mean.size, x.dtype), np.zeros(mean.size, x.dtype)
    one, count = x.dtype.type(1), x.dtype.type(len(x) * mean.size // sums.size)
    mean[:] = 0
    for start in range(0, len(x), FEW):
        for n in range(start, min(start + FEW, len(x))):
            row = x[n, part]
            for j in range(few.size):
                few[j] += row[j]
        add_up(mean, few)
    average(mean, owner, sums, count)
    for start in range(0, len(x), FEW):
        for n in range(start, min(start + FEW, len(x))):
            row = x[n, part]
            for j in range(few.size):
                few[j] += (row[j] - mean[j]) * (row[j] - mean[j])
        add_up(inverse, few)
    average(inverse, owner, sums, count)
    for j in range(inverse.size):
        inverse[j] = one / np.sqrt(inverse[j] + epsilon)
    return inverse


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


@compiled()
def block(x: Array, channels: int, pixels: int) -> int:
    """How many channels are done at a time: all, if rows hold them several times."""
    whole = x.shape[1] > channels * pixels
    return channels if whole else max(1, WIDE // pixels)


@compiled()
def columns_of(x: Array, c: int, end: int, channels: int, pixels: int) -> Any:
    """The columns of the channels from `c` to before `end`."""
    whole = x.shape[1] > channels * pixels
    return slice(c * pixels, x.shape[1] if whole else end * pixels)


@compiled(FUSED)
def column_standardize(
    x: Array, w: Array, b: Array, y: Array, pixels: int, epsilon: float,
    first: int, last: int,
) -> None:  # fmt: skip
    """y = w x̂ + b"""
    each = block(x, len(w), pixels)
    for c in range(first, last, each):
        end = min(c + each, last)
        part = columns_of(x, c, end, len(w), pixels)
        owner = owners(part.stop - part.start, c, end, pixels)
        mean, sums = np.empty(owner.size, x.dtype), np.empty(end - c, x.dtype)
        scale = column_statistics(x, part, owner, x.dtype.type(epsilon), sums, mean)
        shift = np.empty(mean.size, x.dtype)
        for j in range(mean.size):
            scale[j] *= w[c + owner[j]]
            shift[j] = b[c + owner[j]]
        for n in range(len(x)):
            row, out = x[n, part], y[n, part]
            for j in range(mean.size):
                out[j] = (row[j] - mean[j]) * scale[j] + shift[j]


@compiled(FUSED)
def column_gradient(
    g: Array, x: Array, w: Array, z: Array, pixels: int, epsilon: float,
    first: int, last: int,
) -> None:  # fmt: skip
    """z = w (g − mean(g) − x̂ mean(g x̂)) / √(σ² + ε)"""
    each, count = block(x, len(w), pixels), x.dtype.type(x.size // len(w))
    for c in range(first, last, each):
        end = min(c + each, last)
        part = columns_of(x, c, end, len(w), pixels)
        owner = owners(part.stop - part.start, c, end, pixels)
        mean, sums = np.empty(owner.size, x.dtype), np.empty(end - c, x.dtype)
        level, tilt = np.empty(mean.size, x.dtype), np.empty(mean.size, x.dtype)
        scale = column_statistics(x, part, owner, x.dtype.type(epsilon), sums, mean)
        column_slopes(g, x, part, mean, level, tilt)
        for columns in (level, tilt):
            average(columns, owner, sums, count)
        for j in range(mean.size):
            tilt[j] *= scale[j] * scale[j]
            scale[j] *= w[c + owner[j]]
        for n in range(len(x)):
            slope, row, out = g[n, part], x[n, part], z[n, part]
            for j in range(mean.size):
                h = (slope[j] - level[j]) - (row[j] - mean[j]) * tilt[j]
                out[j] = h * scale[j]


@compiled(FUSED)
def column_products(
    g: Array, x: Array, found: Array, pixels: int, epsilon: float, first: int, last: int
) -> None:
    """Σ g x̂ of each channel"""
    each = block(x, len(found), pixels)
    for c in range(first, last, each):
        end = min(c + each, last)
        part = columns_of(x, c, end, len(found), pixels)
        owner = owners(part.stop - part.start, c, end, pixels)
        mean, sums = np.empty(owner.size, x.dtype), np.empty(end - c, x.dtype)
        level, tilt = np.empty(mean.size, x.dtype), np.empty(mean.size, x.dtype)
        scale = column_statistics(x, part, owner, x.dtype.type(epsilon), sums, mean)
        column_slopes(g, x, part, mean, level, tilt)
        average(tilt, owner, sums, x.dtype.type(1))
        for k in range(sums.size):
            found[c + k] = sums[k] * scale[k * pixels]
