"""Loops over the columns of matrices that Numba compiles: softmax and its logarithm.

Arrays are (N, C, P): N matrices, whose columns of C numbers are what counts. Some
columns side by side are done at a time, so that all that is between stays in the cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..value import Array
from . import compiled_functions as functions
from .loop_cache import FUSED, compiled

BLOCK = 1 << 14  # numbers at a time


@compiled()
def width(x: Array) -> Any:
    """How many columns are done at a time."""
    return min(x.shape[2], max(16, BLOCK // x.shape[1]))


@compiled(FUSED)
def largest(x: Array, n: int, part: Any, most: Array) -> None:
    """The maximum of each column. A NaN may be passed over: see `row_loops`."""
    row = x[n, 0, part]
    for j in range(row.size):
        most[j] = row[j]
    for i in range(1, x.shape[1]):
        row = x[n, i, part]
        for j in range(row.size):
            most[j] = row[j] if row[j] > most[j] else most[j]


@compiled(FUSED)
def exponentials(
    x: Array, n: int, part: Any, most: Array, y: Array, sums: Array
) -> None:
    """y = e^(x − most), and the sum of each column."""
    sums[:] = 0
    for i in range(x.shape[1]):
        row, out = x[n, i, part], y[n, i, part]
        for j in range(row.size):
            e = functions.decay(row[j] - most[j])
            out[j] = e
            sums[j] += e


@compiled(FUSED)
def softmax(x: Array, y: Array, first: int, last: int) -> None:
    """y = e^x / Σ e^x"""
    one, each = x.dtype.type(1), width(x)
    most, sums = np.empty(each, x.dtype), np.empty(each, x.dtype)
    for n in range(first, last):
        for start in range(0, x.shape[2], each):
            part = slice(start, min(start + each, x.shape[2]))
            size = part.stop - start
            largest(x, n, part, most[:size])
            exponentials(x, n, part, most, y, sums[:size])
            for j in range(size):
                sums[j] = one / sums[j]
            for i in range(x.shape[1]):
                out = y[n, i, part]
                for j in range(out.size):
                    out[j] *= sums[j]


@compiled(FUSED)
def softmax_adjoint(g: Array, y: Array, z: Array, first: int, last: int) -> None:
    """z = y (g − Σ g y)"""
    each = width(y)
    sums = np.empty(each, y.dtype)
    for n in range(first, last):
        for start in range(0, y.shape[2], each):
            part = slice(start, min(start + each, y.shape[2]))
            sums[:] = 0
            for i in range(y.shape[1]):
                slope, row = g[n, i, part], y[n, i, part]
                for j in range(row.size):
                    sums[j] += slope[j] * row[j]
            for i in range(y.shape[1]):
                slope, row, out = g[n, i, part], y[n, i, part], z[n, i, part]
                for j in range(row.size):
                    out[j] = row[j] * (slope[j] - sums[j])


@compiled(FUSED)
def log_softmax(x: Array, y: Array, first: int, last: int) -> None:
    """y = x − ln Σ e^x"""
    each = width(x)
    most, sums = np.empty(each, x.dtype), np.empty(each, x.dtype)
    for n in range(first, last):
        for start in range(0, x.shape[2], each):
            part = slice(start, min(start + each, x.shape[2]))
            size = part.stop - start
            largest(x, n, part, most[:size])
            exponentials(x, n, part, most, y, sums[:size])
            for j in range(size):
                sums[j] = np.log(sums[j])
            for i in range(x.shape[1]):
                row, out = x[n, i, part], y[n, i, part]
                for j in range(row.size):
                    out[j] = (row[j] - most[j]) - sums[j]


@compiled(FUSED)
def log_softmax_adjoint(g: Array, y: Array, z: Array, first: int, last: int) -> None:
    """z = g − e^y Σ g"""
    each = width(y)
    sums = np.empty(each, y.dtype)
    for n in range(first, last):
        for start in range(0, y.shape[2], each):
            part = slice(start, min(start + each, y.shape[2]))
            sums[:] = 0
            for i in range(y.shape[1]):
                slope = g[n, i, part]
                for j in range(slope.size):
                    sums[j] += slope[j]
            for i in range(y.shape[1]):
                slope, row, out = g[n, i, part], y[n, i, part], z[n, i, part]
                for j in range(row.size):
                    out[j] = slope[j] - functions.decay(row[j]) * sums[j]
