"""The loops that Numba compiles, for `tinygraph.compiled`.

Each does what NumPy does in several passes, or in a product of matrices that have to be
made first. Arrays are float32 or float64, all of one type.

A convolution with stride 1 runs over taps, the places in the kernels of all channels.
`taps[t]` is how far into an image tap t starts: it meets pixel `taps[t] + j` where the
result is at j, in lines as wide as the image. What lies between the lines of the
result is calculated for nothing. Four taps, and two filters, at a time: a loop of one
product would wait for memory.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..value import Array
from . import (
    chain_loops,
    column_loops,
    depthwise_loops,
    elementwise_loops,
    row_loops,
    standardizing_channel_loops,
    standardizing_row_loops,
    winograd_loops,
)
from .loop_cache import SUMS, compiled
from .tap_loops import add, copy, inner, set_apart

elements, depthwise, winograd = elementwise_loops, depthwise_loops, winograd_loops
rows, columns, chains = row_loops, column_loops, chain_loops
standard_rows = standardizing_row_loops
standard_channels = standardizing_channel_loops

# Convolution ------------------------------------------------------------------------


@compiled(SUMS)
def correlate(
    x: Array, taps: Array, w: Array, b: Array, y: Array, first: int, last: int
) -> None:
    """y = w ⋆ x + b, of padded images (N, C, H, W) and filters (F, C, KH, KW)."""
    _, f, down, across = y.shape
    line, w = x.shape[3], w.reshape(f, taps.size)
    size = (down - 1) * line + across
    one, two = np.empty(size, y.dtype), np.empty(size, y.dtype)
    fours = taps.size // 4 * 4
    for i in range(first, last):
        pixels = x[i].ravel()
        for k in range(0, f, 2):
            m = min(k + 1, f - 1)  # twice the last, if their number is odd
            one[:], two[:] = b[k], b[m]
            for t in range(0, fours, 4):
                add_four_taps(one, two, w[k, t:], w[m, t:], pixels, taps[t:])
            for t in range(fours, taps.size):
                add(one, w[k, t], pixels[taps[t] :])
                add(two, w[m, t], pixels[taps[t] :])
            for row in range(down):
                copy(one[row * line :], y[i, k, row])
                copy(two[row * line :], y[i, m, row])


@compiled(SUMS, inline="always")
def add_four_taps(
    one: Array, two: Array, a: Array, b: Array, pixels: Array, taps: Array
) -> None:
    """Add a · pixels to one sum, and b · pixels to the other."""
    t0, t1, t2, t3 = taps[0], taps[1], taps[2], taps[3]
    a0, a1, a2, a3 = a[0], a[1], a[2], a[3]
    b0, b1, b2, b3 = b[0], b[1], b[2], b[3]
    for j in range(np.uint64(one.size)):
        x0, x1 = pixels[t0 + j], pixels[t1 + j]
        x2, x3 = pixels[t2 + j], pixels[t3 + j]
        one[j] += a0 * x0 + a1 * x1 + a2 * x2 + a3 * x3
        two[j] += b0 * x0 + b1 * x1 + b2 * x2 + b3 * x3


@compiled(SUMS)
def filter_gradient(
    x: Array, taps: Array, g: Array, w: Array, first: int, last: int
) -> None:
    """w + Σ g · x of each tap: the adjoint of `correlate` in its filters."""
    _, f, down, across = g.shape
    line, w = x.shape[3], w.reshape(f, taps.size)
    size = (down - 1) * line + across
    one, two = np.zeros(size, g.dtype), np.zeros(size, g.dtype)
    fours = taps.size // 4 * 4
    for i in range(first, last):
        pixels = x[i].ravel()
        for k in range(0, f, 2):
            m = min(k + 1, f - 1)
            set_apart(g[i, k], one, line)
            set_apart(g[i, m], two, line)
            if m == k:
                two[:] = 0
            for t in range(0, fours, 4):
                multiply_four_taps(one, two, w[k, t:], w[m, t:], pixels, taps[t:])
            for t in range(fours, taps.size):
                w[k, t] += inner(one, pixels[taps[t] :])
                w[m, t] += inner(two, pixels[taps[t] :])


@compiled(SUMS, inline="always")
def multiply_four_taps(
    one: Array, two: Array, a: Array, b: Array, pixels: Array, taps: Array
) -> None:
    """Add to a and b the products of two gradients and the pixels of four taps."""
    t0, t1, t2, t3 = taps[0], taps[1], taps[2], taps[3]
    a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = one.dtype.type(0)
    for j in range(np.uint64(one.size)):
        x0, x1 = pixels[t0 + j], pixels[t1 + j]
        x2, x3 = pixels[t2 + j], pixels[t3 + j]
        a0, a1 = a0 + one[j] * x0, a1 + one[j] * x1
        a2, a3 = a2 + one[j] * x2, a3 + one[j] * x3
        b0, b1 = b0 + two[j] * x0, b1 + two[j] * x1
        b2, b3 = b2 + two[j] * x2, b3 + two[j] * x3
    a[0], a[1], a[2], a[3] = a[0] + a0, a[1] + a1, a[2] + a2, a[3] + a3
    b[0], b[1], b[2], b[3] = b[0] + b0, b[1] + b1, b[2] + b2, b[3] + b3


@compiled(SUMS)
def image_gradient(
    g: Array, taps: Array, w: Array, x: Array, first: int, last: int
) -> None:
    """x + Σ w · g, put where each tap starts: the adjoint of `correlate` in x."""
    _, f, down, across = g.shape
    line, w = x.shape[3], w.reshape(f, taps.size)
    lines = np.zeros((f, (down - 1) * line + across), g.dtype)
    fours, size = f // 4 * 4, np.uint64(lines.shape[1])
    each = taps.size // x.shape[1]  # of each channel
    for i in range(first, last):
        pixels = x[i].ravel()
        for k in range(f):
            set_apart(g[i, k], lines[k], line)
        for t in range(taps.size):
            if t // each % 2:  # it was done with the channel before
                continue
            one = pixels[taps[t] : taps[t] + size]
            u = t + each
            if u < taps.size:
                two = pixels[taps[u] : taps[u] + size]
                for k in range(0, fours, 4):
                    add_four_filters(one, two, w[k:, t], w[k:, u], lines[k:])
                for k in range(fours, f):
                    add(one, w[k, t], lines[k])
                    add(two, w[k, u], lines[k])
            else:
                for k in range(f):
                    add(one, w[k, t], lines[k])


@compiled(SUMS, inline="always")
def add_four_filters(one: Array, two: Array, a: Array, b: Array, lines: Array) -> None:
    """Add a · lines to one sum, and b · lines to the other."""
    a0, a1, a2, a3 = a[0], a[1], a[2], a[3]
    b0, b1, b2, b3 = b[0], b[1], b[2], b[3]
    g0, g1, g2, g3 = lines[0], lines[1], lines[2], lines[3]
    for j in range(one.size):
        x0, x1, x2, x3 = g0[j], g1[j], g2[j], g3[j]
        one[j] += a0 * x0 + a1 * x1 + a2 * x2 + a3 * x3
        two[j] += b0 * x0 + b1 * x1 + b2 * x2 + b3 * x3


@compiled(SUMS)
def sums_of_channels(g: Array, sums: Array) -> None:
    """The sum of each channel over all images."""
    for i in range(g.shape[0]):
        for k in range(g.shape[1]):
            total, channel = g.dtype.type(0), g[i, k].ravel()
            for j in range(channel.size):
                total += channel[j]
            sums[k] += total


# Pooling ----------------------------------------------------------------------------


@compiled()
def largest(
    x: Array, taps: Array, stride: Any, y: Array, first: int, last: int
) -> None:
    """y = the maximum of each window of x; a NaN is one."""
    _, c, down, across = y.shape
    line = x.shape[3]
    for i in range(first, last):
        for k in range(c):
            image = x[i, k].ravel()
            for r in range(down):
                for s in range(across):
                    start = np.uint64(r * stride[0] * line + s * stride[1])
                    most = image[start + taps[0]]
                    for t in range(1, taps.size):
                        v = image[start + taps[t]]
                        most = v if v > most or v != v else most
                    y[i, k, r, s] = most


@compiled()
def scatter(
    g: Array,
    x: Array,
    y: Array,
    taps: Array,
    stride: Any,
    image: Array,
    first: int,
    last: int,
) -> None:
    """Add g to an image where the maximum y of a window of x comes first."""
    _, c, down, across = y.shape
    line = x.shape[3]
    for i in range(first, last):
        for k in range(c):
            pixels, there = x[i, k].ravel(), image[i, k].ravel()
            for r in range(down):
                for s in range(across):
                    start = np.uint64(r * stride[0] * line + s * stride[1])
                    place, most = start + taps[taps.size - 1], y[i, k, r, s]
                    for t in range(taps.size - 2, -1, -1):
                        before = start + taps[t]
                        place = place if pixels[before] < most else before
                    there[place] += g[i, k, r, s]


# The rest ---------------------------------------------------------------------------


@compiled()
def outer(x: Array, y: Array, z: Array) -> None:
    """z = x y, of a column and a row."""
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            z[i, j] = x[i, 0] * y[0, j]


@compiled()
def descend(
    w: Array, v: Array, g: Array, moved: Array, after: Array, lr: float, momentum: float
) -> None:
    """After = momentum v + g, and moved = w − lr after; all are flat."""
    rate, share = w.dtype.type(lr), w.dtype.type(momentum)
    for j in range(w.size):
        after[j] = share * v[j] + g[j]
        moved[j] = w[j] - rate * after[j]


@compiled()
def descend_by_moments(
    w: Array, m: Array, v: Array, g: Array, moved: Array, mean: Array, square: Array,
    rates: Any,
) -> None:  # fmt: skip
    """Adam, with the same roundings as NumPy: both betas, 1 − betaᵗ of both, lr, ε."""
    real = w.dtype.type
    first, second = real(rates[0]), real(rates[1])
    new, other = real(1.0 - rates[0]), real(1.0 - rates[1])
    whole, all_squares = real(rates[2]), real(rates[3])
    lr, epsilon = real(rates[4]), real(rates[5])
    for j in range(w.size):
        mean[j] = first * m[j] + new * g[j]
        square[j] = second * v[j] + other * (g[j] * g[j])
        size = np.sqrt(square[j] / all_squares) + epsilon
        moved[j] = w[j] - lr * (mean[j] / whole) / size


@compiled()
def add_rows(places: Array, g: Array, x: Array) -> None:
    """Add each row of g to the row of x at its place."""
    for i in range(len(places)):
        row, out = g[i], x[places[i]]
        for j in range(row.size):
            out[j] += row[j]
