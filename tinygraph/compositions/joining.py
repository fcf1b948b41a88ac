"""Joining arrays, and cutting them apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arguments import listed
from ..ops import concatenate, reshape

__all__ = ["atleast_1d", "vstack"]


def atleast_1d(*arrays: Any) -> Any:
    """Each array with one axis at least; a tuple where there are several.

    >>> atleast_1d(3.0)
    array([3.])
    """
    results = tuple(
        x if np.ndim(x) else reshape(x, shape=(1,)) for x in map(listed, arrays)
    )
    return results[0] if len(results) == 1 else results


def vstack(arrays: Sequence[Any]) -> Any:
    """Rows below one another: joined along axis 0; a 1-d array is one row.

    >>> vstack([np.zeros(3), np.ones((2, 3))]).shape
    (3, 3)
    """
    rows = (x if np.ndim(x) > 1 else reshape(x, shape=(1, -1)) for x in arrays)
    return concatenate([*rows], axis=0)
