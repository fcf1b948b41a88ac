"""Products of matrices: shared among threads if large; of a column and a row."""

from __future__ import annotations

import numpy as np

from ..value import ARRAY, Array
from .compilation import chosen, readable, slices
from .sums import WIDE
from .workers import for_each, team

SHARE = 1 << 23  # multiplications of a share at least: 0.1 ms
LARGE = 2 * SHARE  # multiplications from which on a product is shared
MOST = 16  # shares
WIDTH = 64  # rows or columns of a share, at least: products of fewer are slow
CACHED = 1 << 21  # bytes of a result that stays in the cache


def product(x: Array, y: Array) -> Array:
    """x y; outside of `tinygraph.threads`, all is left to BLAS and its own threads.

    Many rows times one matrix are one product, however many axes the rows have.
    """
    if x.ndim > 2 == y.ndim and x.size:
        rows = product(x.reshape(-1, x.shape[-1]), y)
        return rows.reshape(*x.shape[:-1], y.shape[1])
    few = x.size * y.shape[-1] < LARGE or type(x) is not ARRAY
    if few or team.get()[0] == 0 or x.ndim != y.ndim or x.shape[:-2] != y.shape[:-2]:
        return np.matmul(x, y)
    z = np.empty((*x.shape[:-1], y.shape[-1]), np.result_type(x, y))
    multiply_in_shares(x, y, z)
    return z


def multiply_in_shares(x: Array, y: Array, z: Array) -> None:
    """z = x y: some matrices at a time, or the longer side of one in equal parts.

    Their number does not depend on that of the threads: so the bits of z do not.
    """
    count = min(MOST, x.size * y.shape[-1] // SHARE)
    if x.ndim > 2:
        parts = slices(len(x), -(-len(x) // count))
        for_each(parts, lambda part: np.matmul(x[part], y[part], out=z[part]))
    elif len(x) < z.shape[1]:
        parts = slices(z.shape[1], max(WIDTH, -(-z.shape[1] // count)))
        for_each(parts, lambda part: np.matmul(x, y[:, part], out=z[:, part]))
    else:
        parts = slices(len(x), max(WIDTH, -(-len(x) // count)))
        for_each(parts, lambda part: np.matmul(x[part], y, out=z[part]))


def column_times_row(x: Array, y: Array) -> Array:
    """A column times a row, or many.

    `np.matmul` takes five times as long as `np.multiply`, and `dot` half as long
    where the result stays in the cache: 11 instead of 20 µs for 120x400 in float32.
    """
    if y.dtype != x.dtype or not x.ndim == y.ndim == 2 or type(x) is not ARRAY:
        return np.multiply(x, y)
    loops = chosen.get()
    if x.dtype not in loops:
        few = x.shape[0] * y.shape[1] * x.itemsize <= CACHED
        return x.dot(y) if few and x.dtype in WIDE else np.multiply(x, y)
    z = np.empty((len(x), y.shape[1]), x.dtype)
    loops[x.dtype].outer(*readable(x, y), z)
    return z
