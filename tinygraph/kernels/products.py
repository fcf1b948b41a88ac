"""Products of matrices: shared among threads if large; of a column and a row."""

from __future__ import annotations

import numpy as np

from ..value import Array
from .compilation import chosen
from .workers import for_each, team

LARGE = 1 << 22  # multiplications from which on sharing pays: 0.1 ms
SHARES = 4


def product(x: Array, y: Array) -> Array:
    """x y; outside of `tinygraph.threads`, all is left to BLAS and its own threads.

    Many rows times one matrix are one product, however many axes the rows have.
    """
    if x.ndim > 2 == y.ndim and x.size:
        rows = product(x.reshape(-1, x.shape[-1]), y)
        return rows.reshape(*x.shape[:-1], y.shape[1])
    few = x.size * y.shape[-1] < LARGE
    if few or team.get()[0] == 0 or x.ndim != y.ndim or x.shape[:-2] != y.shape[:-2]:
        return np.matmul(x, y)
    z = np.empty((*x.shape[:-1], y.shape[-1]), np.result_type(x, y))
    ends = [len(x) * share // SHARES for share in range(SHARES + 1)]
    parts = [*map(slice, ends[:-1], ends[1:])]
    if x.ndim == 2:
        for_each(parts, lambda part: np.matmul(x[part], y, out=z[part]))
    else:
        for_each(parts, lambda part: np.matmul(x[part], y[part], out=z[part]))
    return z


def column_times_row(x: Array, y: Array) -> Array:
    """A column times a row, or many: BLAS takes five times as long."""
    loops = chosen.get().get(x.dtype)
    if loops is None or y.dtype != x.dtype or not x.ndim == y.ndim == 2:
        return np.multiply(x, y)
    z = np.empty((len(x), y.shape[1]), x.dtype)
    loops.outer(x, y, z)
    return z
