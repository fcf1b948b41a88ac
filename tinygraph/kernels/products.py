"""The product of two matrices, shared among threads where it is large."""

from __future__ import annotations

import numpy as np

from ..value import Array
from .workers import for_each, team

LARGE = 1 << 22  # multiplications from which on sharing pays: 0.1 ms
SHARES = 4


def product(x: Array, y: Array) -> Array:
    """x y; outside of `tinygraph.threads`, all is left to BLAS and its own threads."""
    if team.get()[0] == 0 or not x.ndim == y.ndim == 2 or x.size * y.shape[1] < LARGE:
        return np.matmul(x, y)
    z = np.empty((len(x), y.shape[1]), np.result_type(x, y))
    ends = [len(x) * share // SHARES for share in range(SHARES + 1)]
    parts = [*map(slice, ends[:-1], ends[1:])]
    for_each(parts, lambda part: np.matmul(x[part], y, out=z[part]))
    return z
