"""Comparing arrays: first their shapes, then each element."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..running.outcome import Outcome

Array = np.ndarray[Any, Any]
RELATIVE = 1e-6  # tolerance, relative to the element
ABSOLUTE = 1e-9  # relative to the largest element
FLOAT32 = 1e-5  # both, for an answer computed in float32
ROUNDING = 1e-13  # how far a 0 may be off


def near(
    yours: Array, right: Array, relative: float = RELATIVE, absolute: float = ABSOLUTE
) -> Array:
    """Which elements of two arrays of the same shape are equal up to rounding."""
    with np.errstate(all="ignore"):
        size = np.abs(right)
        scale = float(size.max(initial=0.0))
        all_finite = math.isfinite(scale)
        if not all_finite:
            scale = float(size[np.isfinite(size)].max(initial=0.0))
        bound = relative * size + (absolute * scale + ROUNDING)
        same = np.abs(yours - right) <= bound
    if all_finite:
        return same
    same &= np.isfinite(right)
    return same | (yours == right) | (np.isnan(yours) & np.isnan(right))


def equal(yours: Array, right: Array) -> bool:
    """Whether two arrays have the same shape, and the same numbers up to rounding."""
    if yours.shape != right.shape or yours.tobytes() == right.tobytes():
        return yours.shape == right.shape
    return bool(near(yours, right).all())


def equal_in_float32(yours: Array, right: Array) -> bool:
    """Whether an array of float32 numbers is equal up to their rounding."""
    if yours.shape != right.shape:
        return False
    with np.errstate(all="ignore"):
        single = np.array_equal(yours.astype(np.float32), yours, equal_nan=True)
    return single and bool(near(yours, right, FLOAT32, FLOAT32).all())


def agree(
    yours: Outcome,
    right: Outcome,
    same: Callable[[Array, Array], bool] = equal,
) -> bool:
    """Whether two outcomes have equal arrays, or fail in the same way."""
    if yours.failure or right.failure:
        return yours.failure == right.failure
    return len(yours.results) == len(right.results) and all(
        map(same, yours.results, right.results)
    )
