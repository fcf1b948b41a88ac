"""Averages, covariances, medians and quantiles, running sums and products."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arguments import listed
from ..errors import ArgumentError, ShapeError
from ..operators import plain
from ..ops import (
    astype,
    broadcast_to,
    clip,
    concatenate,
    cumsum,
    diagonal,
    divide,
    expand_dims,
    getitem,
    matmul,
    mean,
    multiply,
    reshape,
    sqrt,
    sum,
    transpose,
    where,
)
from ..ops.cumulative import cumprod
from ..ops.shape import Axes, axes_of
from ..signatures import composition
from ..value import brought
from .joining import atleast_2d
from .rearranging import sort

__all__ = [
    "average",
    "corrcoef",
    "cov",
    "cumulative_prod",
    "cumulative_sum",
    "median",
    "nanmedian",
    "nanpercentile",
    "nanquantile",
    "percentile",
    "quantile",
]


def average(
    x: Any,
    axis: Axes = None,
    weights: Any = None,
    returned: bool = False,
    *,
    keepdims: bool = False,
) -> Any:
    """y = Σ w x / Σ w, with the mean where there are no weights.

    `weights` have the shape of `x`, or that of its `axis`; with `returned` the
    result is the pair of y and Σ w. Raises ShapeError for weights of another shape.

    >>> average(np.array([1.0, 4.0]), weights=np.array([2.0, 1.0]))
    np.float64(2.0)
    """
    x = listed(x)
    if weights is None:
        y = mean(x, axis=axis, keepdims=keepdims)
        total: Any = np.full(np.shape(y), np.size(x) / max(1, np.size(y)), x.dtype)
    else:
        w = as_wide("average", listed(weights), x, axis)
        total = sum(w, axis=axis, keepdims=keepdims)
        y = sum(multiply(w, x), axis=axis, keepdims=keepdims) / total
    return (y, total) if returned else y


def as_wide(operation: str, weights: Any, x: Any, axis: Axes) -> Any:
    """The weights of elements along `axis`, in the shape of `x`."""
    shape = np.shape(x)
    if np.shape(weights) == shape:
        return weights
    axes = () if axis is None else axes_of(operation, axis, len(shape))
    if np.shape(weights) != tuple(shape[a] for a in axes) or not axes:
        raise ShapeError(
            f"{operation}: `weights` of shape {np.shape(weights)} fit neither x of "
            f"shape {shape} nor its axis {axis}"
        )
    in_order = transpose(weights, axes=tuple(int(i) for i in np.argsort(axes)))
    wide = tuple(size if a in axes else 1 for a, size in enumerate(shape))
    return broadcast_to(reshape(in_order, shape=wide), shape=shape)


@composition
def cov(
    x: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
) -> Any:
    """Cᵢⱼ = Σₖ wₖ (xᵢₖ − mean(xᵢ)) (xⱼₖ − mean(xⱼ)) / (n − d): each row is a variable.

    d is `ddof`, 0 with `bias` and else 1. How often an observation was made is
    `fweights`, how much it counts `aweights`; w is their product, n the sum of w.

    >>> cov(np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]))
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    rows = variables("cov", x, rowvar)
    if y is not None:
        rows = concatenate([rows, variables("cov", y, rowvar)], axis=0)
    ddof = int(not bias) if ddof is None else ddof
    observations = np.shape(rows)[1]
    w: Any = np.ones(observations, rows.dtype)
    total, effective = float(observations), float(observations) - ddof
    if fweights is not None or aweights is not None:
        f = 1.0 if fweights is None else np.asarray(plain(fweights), rows.dtype)
        a = 1.0 if aweights is None else listed(aweights)
        w = multiply(multiply(w, f), a)
        total = sum(w)
        effective = total - ddof * (1.0 if aweights is None else sum(w * a) / total)
    centred = rows - sum(rows * w, axis=1, keepdims=True) / total
    c = matmul(centred * w, transpose(centred)) / effective
    return reshape(c, shape=()) if np.shape(c) == (1, 1) else c


def variables(operation: str, x: Any, rowvar: bool) -> Any:
    """A matrix with a variable in each row."""
    x = listed(x)
    if np.ndim(x) > 2:
        raise ShapeError(f"{operation}: shape {np.shape(x)} has more than two axes")
    flat = np.ndim(x) < 2
    x = atleast_2d(x)
    return x if rowvar or flat else transpose(x)


@composition
def corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    """Rᵢⱼ = Cᵢⱼ / √(Cᵢᵢ Cⱼⱼ), with C the covariance of the rows; see `cov`.

    >>> corrcoef(np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])).round(3)
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    c = cov(x, y, rowvar)
    if np.ndim(c) == 0:
        return c / c
    deviation = sqrt(diagonal(c))
    return clip(c / expand_dims(deviation, axis=1) / deviation, -1.0, 1.0)


@composition
def cumulative_sum(
    x: Any, *, axis: int | None = None, include_initial: bool = False
) -> Any:
    """yᵢ = Σ xⱼ over j ≤ i along `axis`; with `include_initial` a 0 comes first.

    >>> cumulative_sum(np.array([1.0, 2.0]), include_initial=True)
    array([0., 1., 3.])
    """
    x, axis = along("cumulative_sum", x, axis)
    return led_by(0.0, cumsum(x, axis=axis), axis, include_initial)


@composition
def cumulative_prod(
    x: Any, *, axis: int | None = None, include_initial: bool = False
) -> Any:
    """yᵢ = Π xⱼ over j ≤ i along `axis`; with `include_initial` a 1 comes first."""
    x, axis = along("cumulative_prod", x, axis)
    return led_by(1.0, cumprod(x, axis=axis), axis, include_initial)


def along(operation: str, x: Any, axis: int | None) -> tuple[Any, int]:
    """An array, and the axis, which may be left out where there is one only."""
    x = listed(x)
    if axis is None and np.ndim(x) != 1:
        raise ShapeError(f"{operation}: give `axis` for the shape {np.shape(x)}")
    [axis] = axes_of(operation, 0 if axis is None else axis, np.ndim(x))
    return x, axis


def led_by(start: float, y: Any, axis: int, wanted: bool) -> Any:
    """The running results, with that of nothing before them."""
    if not wanted:
        return y
    shape = tuple(1 if a == axis else size for a, size in enumerate(np.shape(y)))
    return concatenate([np.full(shape, start, y.dtype), y], axis=axis)


# Medians and quantiles --------------------------------------------------------------

# Where quantile q of n sorted numbers is: at n q + a + q (1 − a − b) − 1, counted
# from 0, between two of them. Hyndman and Fan, Sample quantiles, 1996.
BETWEEN = {
    "linear": (1.0, 1.0),
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "median_unbiased": (1.0 / 3.0, 1.0 / 3.0),
    "normal_unbiased": (3.0 / 8.0, 3.0 / 8.0),
}
# What is made of such a place, to have one of the numbers, or the middle of two.
ROUNDED: dict[str, Callable[[Any], Any]] = {
    "lower": np.floor,
    "higher": np.ceil,
    "nearest": np.rint,
    "midpoint": lambda place: (np.floor(place) + np.ceil(place)) / 2.0,
}
METHODS = (*BETWEEN, *ROUNDED)


@composition
def quantile(
    x: Any,
    q: Any,
    axis: Axes = None,
    method: str = "linear",
    keepdims: bool = False,
) -> Any:
    """The number that a part q of the elements along `axis` lies below.

    y = (1 − t) xᵢ + t xᵢ₊₁, of the sorted elements, where i + t = q (n − 1) for the
    `method` "linear". The axes of `q` come first in the result. A NaN makes it NaN.
    Raises ArgumentError for q outside [0, 1], or an unknown method.

    >>> float(quantile(np.array([3.0, 1.0, 2.0]), 0.25))
    1.5
    """
    return Quantile("quantile", method)(x, q, axis, keepdims)


@composition
def nanquantile(
    x: Any,
    q: Any,
    axis: Axes = None,
    method: str = "linear",
    keepdims: bool = False,
) -> Any:
    """The quantile of what is not NaN, or NaN where nothing else is; see `quantile`."""
    return Quantile("nanquantile", method, skip=True)(x, q, axis, keepdims)


@composition
def percentile(
    x: Any,
    q: Any,
    axis: Axes = None,
    method: str = "linear",
    keepdims: bool = False,
) -> Any:
    """The quantile q / 100; see `quantile`.

    >>> float(percentile(np.array([3.0, 1.0, 2.0]), 50))
    2.0
    """
    return Quantile("percentile", method, whole=100.0)(x, q, axis, keepdims)


@composition
def nanpercentile(
    x: Any,
    q: Any,
    axis: Axes = None,
    method: str = "linear",
    keepdims: bool = False,
) -> Any:
    """The quantile q / 100 of what is not NaN; see `quantile`."""
    found = Quantile("nanpercentile", method, whole=100.0, skip=True)
    return found(x, q, axis, keepdims)


@composition
def median(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """The middle of the sorted elements, or the mean of the two; see `quantile`.

    >>> float(median(np.array([3.0, 1.0, 2.0, 10.0])))
    2.5
    """
    return Quantile("median")(x, 0.5, axis, keepdims)


@composition
def nanmedian(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """The median of what is not NaN; see `quantile`."""
    return Quantile("nanmedian", skip=True)(x, 0.5, axis, keepdims)


@dataclass
class Quantile:
    """A way to find quantiles: by what name, of what whole, with or without NaN."""

    operation: str
    method: str = "linear"
    whole: float = 1.0  # what q is a part of
    skip: bool = False  # what is not a number

    def __call__(self, x: Any, q: Any, axis: Axes, keepdims: bool) -> Any:
        """The quantiles along an axis; the axes of `q` come first."""
        x, q = listed(x), listed(q)
        x = astype(x, dtype=float) if np.result_type(plain(x)).kind in "biu" else x
        rows, shape = self.gathered(x, axis, keepdims)
        unknown = np.isnan(plain(rows))
        n = brought(np.full(unknown.shape[:-1], np.shape(rows)[-1]), unknown)
        if self.skip:
            n = np.maximum(n - unknown.sum(axis=-1), 1)
        y = self.between(sort(rows), self.places(n, q))
        if unknown.any() and not self.skip:
            y = where(unknown.any(axis=-1), np.nan, y)
        return reshape(y, shape=np.shape(q) + shape)

    def gathered(
        self, x: Any, axis: Axes, keepdims: bool
    ) -> tuple[Any, tuple[int, ...]]:
        """The axes to be reduced as one, the last; and the shape without them."""
        shape = np.shape(x)
        every = range(len(shape))
        reduced = axes_of(self.operation, every if axis is None else axis, len(shape))
        others = [a for a in every if a not in reduced]
        n = math.prod(shape[a] for a in reduced)
        if not n:
            raise ShapeError(f"{self.operation}: nothing to reduce in shape {shape}")
        left = tuple(shape[a] for a in others)
        rows = reshape(transpose(x, axes=(*others, *reduced)), shape=(*left, n))
        full = tuple(1 if a in reduced else size for a, size in enumerate(shape))
        return rows, full if keepdims else left

    def places(self, n: Any, q: Any) -> Any:
        """Where the quantiles lie among n sorted elements, between two of them."""
        if not np.all((plain(q) >= 0.0) & (plain(q) <= self.whole)):
            raise ArgumentError(
                f"{self.operation}: `q` is {plain(q)!r}: it must lie in "
                f"[0, {self.whole:g}]"
            )
        if self.method not in METHODS:
            raise ArgumentError(
                f"{self.operation}: `method` is {self.method!r}: use one of {METHODS}"
            )
        a, b = BETWEEN.get(self.method, (1.0, 1.0))
        shape = np.shape(q) + (1,) * np.ndim(n)
        part = brought(reshape(divide(q, self.whole), shape=shape), n)
        place = part * (n + (1.0 - a - b)) + (a - 1.0)
        place = clip(place, 0.0, n - 1.0)
        rounded = ROUNDED.get(self.method)
        return rounded(plain(place)) if rounded else place

    def between(self, x: Any, place: Any) -> Any:
        """The value at a place between two elements of the last axis."""
        low, high = (f(plain(place)).astype(int) for f in (np.floor, np.ceil))
        rows = np.indices(np.shape(x)[:-1])
        first, second = (getitem(x, index=(*rows, at)) for at in (low, high))
        share = astype(place - low, dtype=x.dtype)
        endless = np.isinf(plain(first)) & (plain(first) == plain(second))
        rise = where(endless, 0.0, second - where(endless, 0.0, first))
        return first + share * rise
