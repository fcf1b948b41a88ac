"""Sums as products with ones.

BLAS reads four numbers in the time in which `np.add.reduce` adds one, where rows are
short: 3.8 instead of 15.6 µs for the rows of a matrix of 512x128 in float32, and 3.4
instead of 11.7 µs for its columns, on one core. A product of two columns and two rows
is also the fastest way to a matrix with the same number all over each row.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..value import ELSEWHERE, Array
from .workers import memory

NARROW, FEW = 32, 1 << 12  # numbers of a row, and of all rows
LONG = 4096  # numbers in a sum; longer ones are summed in parts, which is more exact
WIDE = {np.dtype(np.float32), np.dtype(np.float64)}  # types that BLAS adds


@functools.lru_cache(maxsize=64)
def ones(count: int, dtype: np.dtype[Any]) -> Array:
    """A vector of ones, kept."""
    vector = np.ones(count, dtype)
    vector.setflags(write=False)
    return vector


def row_sums(x: Array) -> Any:
    """The sum of each row, (..., P) to (...)."""
    count = x.shape[-1]
    if 0 < count <= LONG and x.dtype in WIDE:
        return np.matmul(x, ones(count, x.dtype))
    return np.add.reduce(x, axis=-1)


def row_products(x: Array, y: Array) -> Any:
    """The dot product of each row of `x` with that of `y`, (..., P) to (...).

    Rows of 16 numbers take a third of the time of `np.vecdot` as products that are
    added up.
    """
    if x.shape[-1] > NARROW or x.size < FEW or x.dtype not in WIDE:
        return np.vecdot(x, y)
    return row_sums(np.multiply(x, y, out=memory.array("dots", x.shape, x.dtype)))


def column_sums(x: Array) -> Any:
    """The sum of each column, (M, P) to (P,)."""
    if type(x) in ELSEWHERE:
        return np.sum(x, axis=0)
    count = len(x)
    if not count or x.dtype not in WIDE:
        return np.add.reduce(x, axis=0)
    if count <= LONG:
        return np.matmul(ones(count, x.dtype), x)
    if not x.flags.c_contiguous:
        return np.add.reduce(x, axis=0)
    whole = count - count % LONG
    blocks = x[:whole].reshape(-1, LONG, x.shape[1])
    sums = column_sums(np.matmul(ones(LONG, x.dtype), blocks))
    return sums + column_sums(x[whole:]) if whole < count else sums


def sum_over(x: Array, axes: Iterable[int]) -> Array:
    """The sum over some axes, which stay with size 1.

    Leading axes are summed as columns of a matrix, trailing ones as rows.
    """
    axes = {*axes}
    shape = tuple(1 if axis in axes else size for axis, size in enumerate(x.shape))
    if type(x) in ELSEWHERE:
        return np.sum(x, axis=tuple(axes)).reshape(shape)
    first, end = 0, x.ndim
    while first in axes:
        first += 1
    while end - 1 in axes and end > first:
        end -= 1
    if len(axes) != first + x.ndim - end or not x.flags.c_contiguous or not x.size:
        return np.asarray(np.add.reduce(x, axis=tuple(axes))).reshape(shape)
    if end < x.ndim:
        x = row_sums(x.reshape(-1, math.prod(x.shape[end:])))
    count = math.prod(shape)
    return (column_sums(x.reshape(-1, count)) if x.size > count else x).reshape(shape)


def outer(column: Array, row: Array, out: Array) -> Array:
    """A column times a row, as two halves of it: BLAS has no fast way for just one."""
    half = column * column.dtype.type(0.5)
    return np.matmul(columns(half, half), rows(row, row), out=out)


def columns(one: Array, two: Array) -> Array:
    """Two vectors as the columns of a matrix."""
    matrix = np.empty((len(one), 2), one.dtype)
    matrix[:, 0], matrix[:, 1] = one, two
    return matrix


def rows(one: Array, two: Array) -> Array:
    """Two vectors as the rows of a matrix."""
    matrix = np.empty((2, len(one)), one.dtype)
    matrix[0], matrix[1] = one, two
    return matrix
