"""NumPy's reductions with all that NumPy's have: a condition, a number to start with.

What is not a number is such a condition: nansum and its like. `tinygraph.sum` and the
other operations stay short; np.sum(x, where=..., initial=...) comes here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..arguments import listed
from ..operators import plain
from ..ops import cumsum, sqrt
from ..ops import where as choose
from ..ops.cumulative import cumprod
from ..ops.shape import Axes, axes_of
from ..signatures import composition
from .selecting import take_along_axis

__all__ = [
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
    "ptp",
]


def kept(x: Any, where: Any, other: float) -> Any:
    """`x` where the condition holds, `other` elsewhere."""
    return x if where is True else choose(where, x, other)


def sum(
    x: Any,
    axis: Axes = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """`initial` + Σ x over the elements where the condition holds."""
    total = ops.sum(kept(x, where, 0), axis=axis, keepdims=keepdims)
    return total if initial is None else total + initial


def prod(
    x: Any,
    axis: Axes = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """`initial` times Π x over the elements where the condition holds."""
    total = ops.prod(kept(x, where, 1), axis=axis, keepdims=keepdims)
    return total if initial is None else total * initial


def max(
    x: Any,
    axis: Axes = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """The largest of `initial` and the elements where the condition holds."""
    largest = ops.max(kept(x, where, -np.inf), axis=axis, keepdims=keepdims)
    return largest if initial is None else ops.maximum(largest, initial)


def min(
    x: Any,
    axis: Axes = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """The smallest of `initial` and the elements where the condition holds."""
    smallest = ops.min(kept(x, where, np.inf), axis=axis, keepdims=keepdims)
    return smallest if initial is None else ops.minimum(smallest, initial)


def count(x: Any, where: Any, axis: Axes, keepdims: bool) -> Any:
    """How many elements the condition holds for, in the precision of `x`."""
    held = np.broadcast_to(plain(where), np.shape(x))
    return held.sum(axis=axis, keepdims=keepdims).astype(x.dtype)


def mean(x: Any, axis: Axes = None, keepdims: bool = False, where: Any = True) -> Any:
    """Σ x / n over the n elements where the condition holds."""
    if where is True:
        return ops.mean(x, axis=axis, keepdims=keepdims)
    return sum(x, axis, keepdims, where=where) / count(x, where, axis, keepdims)


def var(
    x: Any,
    axis: Axes = None,
    ddof: float = 0,
    keepdims: bool = False,
    where: Any = True,
) -> Any:
    """Σ (x − mean)² / (n − d) over the n elements where the condition holds."""
    if where is True:
        return ops.var(x, axis=axis, ddof=ddof, keepdims=keepdims)
    known = choose(where, x, 0.0)  # so that no NaN is calculated with
    deviation = choose(where, known - mean(known, axis, True, where), 0.0)
    squares = ops.sum(deviation * deviation, axis=axis, keepdims=keepdims)
    return squares / (count(x, where, axis, keepdims) - ddof)


def std(
    x: Any,
    axis: Axes = None,
    ddof: float = 0,
    keepdims: bool = False,
    where: Any = True,
) -> Any:
    """The root of `var`; where that is 0, its gradient is taken to be 0."""
    if where is True:
        return ops.std(x, axis=axis, ddof=ddof, keepdims=keepdims)
    v = var(x, axis, ddof, keepdims, where)
    still = plain(v) == 0
    return choose(still, 0.0, sqrt(choose(still, 1.0, v)))


# Without what is not a number --------------------------------------------------------


def known(x: Any) -> tuple[Any, Any]:
    """`x`, and where it is a number."""
    x = listed(x)
    return x, ~np.isnan(plain(x))


@composition
def nansum(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Σ x over what is not NaN.

    >>> nansum(np.array([1.0, np.nan]))
    np.float64(1.0)
    """
    x, where = known(x)
    return sum(x, axis, keepdims, where=where)


@composition
def nanprod(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Π x over what is not NaN."""
    x, where = known(x)
    return prod(x, axis, keepdims, where=where)


@composition
def nanmean(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Σ x / n over the n elements that are not NaN.

    >>> nanmean(np.array([1.0, np.nan, 3.0]))
    np.float64(2.0)
    """
    x, where = known(x)
    return mean(x, axis, keepdims, where)


@composition
def nanvar(x: Any, axis: Axes = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """Σ (x − mean)² / (n − d) over the n elements that are not NaN, d the `ddof`."""
    x, where = known(x)
    return var(x, axis, ddof, keepdims, where)


@composition
def nanstd(x: Any, axis: Axes = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """The root of `nanvar`; where that is 0, its gradient is taken to be 0."""
    x, where = known(x)
    return std(x, axis, ddof, keepdims, where)


@composition
def nanmax(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """The largest of what is not NaN, and NaN where nothing else is.

    >>> nanmax(np.array([[1.0, np.nan]]), axis=1)
    array([1.])
    """
    x, where = known(x)
    largest = max(x, axis, keepdims, where=where)
    return choose(where.any(axis=axis, keepdims=keepdims), largest, np.nan)


@composition
def nanmin(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """The smallest of what is not NaN, and NaN where nothing else is."""
    x, where = known(x)
    smallest = min(x, axis, keepdims, where=where)
    return choose(where.any(axis=axis, keepdims=keepdims), smallest, np.nan)


@composition
def nancumsum(x: Any, axis: int | None = None) -> Any:
    """yᵢ = Σ xⱼ over j ≤ i that are not NaN; see `cumsum`."""
    x, where = known(x)
    return cumsum(choose(where, x, 0), axis=axis)


@composition
def nancumprod(x: Any, axis: int | None = None) -> Any:
    """yᵢ = Π xⱼ over j ≤ i that are not NaN; see `cumprod`."""
    x, where = known(x)
    return cumprod(choose(where, x, 1), axis=axis)


def running(x: Any, axis: int, choice: np.ufunc) -> Any:
    """The extreme of each element and those before it; of equal ones the last."""
    values = plain(x)
    [axis] = axes_of("accumulate", axis, values.ndim)
    extremes = choice.accumulate(values, axis=axis)
    shape = [-1 if a == axis else 1 for a in range(values.ndim)]
    place = np.arange(values.shape[axis]).reshape(shape)
    new = (values == extremes) | np.isnan(values)  # a NaN stays the extreme
    reached = np.where(new, place, 0)
    return take_along_axis(x, np.maximum.accumulate(reached, axis=axis), axis)


def running_max(x: Any, axis: int) -> Any:
    """np.maximum.accumulate: the largest element so far."""
    return running(x, axis, np.maximum)


def running_min(x: Any, axis: int) -> Any:
    """np.minimum.accumulate: the smallest element so far."""
    return running(x, axis, np.minimum)


@composition
def ptp(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """y = max(x) − min(x), "peak to peak"

    >>> ptp(np.array([1.0, 5.0, 3.0]))
    np.float64(4.0)
    """
    largest = ops.max(x, axis=axis, keepdims=keepdims)
    return largest - ops.min(x, axis=axis, keepdims=keepdims)
