"""The product of two matrices, shared among threads where it is large."""

from __future__ import annotations

import numpy as np

from ..value import Array
from .windows import Tiles
from .workers import shared, team

LARGE = 1 << 22  # multiplications from which on sharing pays: 0.1 ms
SHARES = 4


def product(x: Array, y: Array) -> Array:
    """x y; outside of `tinygraph.threads`, all is left to BLAS and its own threads."""
    if team.get()[0] == 0 or not x.ndim == y.ndim == 2 or x.size * y.shape[1] < LARGE:
        return np.matmul(x, y)
    z = np.empty((len(x), y.shape[1]), np.result_type(x, y))

    def work(parts: Tiles) -> list[None]:
        for part in parts:
            np.matmul(x[part], y, out=z[part])
        return []

    ends = [len(x) * share // SHARES for share in range(SHARES + 1)]
    shared(work, [*map(slice, ends[:-1], ends[1:])])
    return z
