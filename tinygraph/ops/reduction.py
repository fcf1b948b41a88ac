"""Reductions: many elements to one, along `axis` (an int, a tuple, or None for all)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..operators import plain
from ..primitive import primitive
from ..value import ARRAY, Array, arrayed, brought
from .shape import Axes, broadcast_to, flip, reshape

__all__ = [
    "cumsum",
    "logsumexp",
    "max",
    "mean",
    "min",
    "prod",
    "std",
    "sum",
    "var",
]


def reduced(x: Any, axis: Axes) -> Sequence[int]:
    """The axes that are reduced, as numbers from 0.

    A number without axes may be asked for its axis 0 or -1, as NumPy has it: none.
    """
    if axis is None or not x.ndim:
        return range(x.ndim)
    return normalize_axis_tuple(axis, x.ndim)


def restored(g: Any, x: Any, axis: Axes, keepdims: bool) -> Any:
    """`g` with the reduced axes of `x` put back at size 1, ready to broadcast."""
    if keepdims or axis is None:
        return g
    axes = reduced(x, axis)
    shape = tuple(1 if a in axes else size for a, size in enumerate(x.shape))
    return reshape(g, shape=shape)


def count(x: Any, axis: Axes) -> int:
    """How many elements of `x` are reduced to one."""
    return math.prod(x.shape[a] for a in reduced(x, axis))


@primitive
def sum(x: Array, /, axis: Axes = None, keepdims: bool = False) -> Array:
    """y = Σ x

    >>> sum(np.ones((2, 3)), axis=1)
    array([3., 3.])
    """
    if type(x) is not ARRAY:
        return np.sum(x, axis=axis, keepdims=keepdims)
    total: Array = np.add.reduce(x, axis=axis, keepdims=keepdims)  # type: ignore[call-overload]
    return total


sum.vjp(
    lambda g, y, x, axis, keepdims: broadcast_to(
        restored(g, x, axis, keepdims), shape=x.shape
    ),  # ∂y/∂xᵢ = 1
    r"\bar{y}",
)


@primitive
def mean(x: Array, /, axis: Axes = None, keepdims: bool = False) -> Array:
    """y = 1/n Σ x, over the n elements that are reduced to one"""
    return np.mean(x, axis=axis, keepdims=keepdims)


mean.vjp(
    lambda g, y, x, axis, keepdims: broadcast_to(
        restored(g, x, axis, keepdims) / count(x, axis), shape=x.shape
    ),  # ∂y/∂xᵢ = 1/n
    r"\bar{y} / n",
)


@primitive
def max(x: Array, /, axis: Axes = None, keepdims: bool = False) -> Array:
    """The largest element; equal ones share the gradient evenly."""
    return np.max(x, axis=axis, keepdims=keepdims)


@primitive
def min(x: Array, /, axis: Axes = None, keepdims: bool = False) -> Array:
    """The smallest element; equal ones share the gradient evenly."""
    return np.min(x, axis=axis, keepdims=keepdims)


def extreme_vjp(g: Any, y: Any, x: Any, axis: Axes, keepdims: bool) -> Any:
    """The gradient goes to the elements that are the extreme, in equal shares."""
    chosen = (x == restored(y, x, axis, keepdims)) | (x != x)  # a NaN is the extreme
    shares = chosen.sum(axis=axis, keepdims=True).astype(x.dtype)
    return np.where(chosen, restored(g, x, axis, keepdims) / shares, 0.0)


max.vjp(extreme_vjp, r"\bar{y}\, [x = y] / \#[x = y]")
min.vjp(extreme_vjp, r"\bar{y}\, [x = y] / \#[x = y]")


@primitive
def prod(x: Array, /, axis: Axes = None, keepdims: bool = False) -> Array:
    """y = Π x; exact also where elements are 0."""
    return np.prod(x, axis=axis, keepdims=keepdims)


@prod.vjp("x", r"\bar{y} \prod_{j \neq i} x_j")
def prod_vjp(g: Any, y: Any, x: Any, axis: Axes, keepdims: bool) -> Any:
    """∂y/∂xᵢ = the product of the others: y / xᵢ where no element is 0."""
    g = restored(g, x, axis, keepdims)
    if not (x == 0).any():
        return g * restored(y, x, axis, keepdims) / x
    return g * product_of_others(x, axis)


def product_of_others(x: Any, axis: Axes) -> Any:
    """For each element the product of the others, n² multiplications for n elements."""
    axes = reduced(x, axis)
    kept = [a for a in range(x.ndim) if a not in axes]
    order = (*kept, *axes)
    moved = np.transpose(x, order)
    rows = reshape(moved, shape=(*moved.shape[: len(kept)], 1, count(x, axis)))
    itself = brought(np.eye(rows.shape[-1], dtype=bool), plain(x))
    others = prod(np.where(itself, 1.0, rows), axis=-1)
    back = tuple(int(place) for place in np.argsort(order))
    return np.transpose(reshape(others, shape=moved.shape), back)


@primitive
def var(
    x: Array, /, axis: Axes = None, ddof: float = 0, keepdims: bool = False
) -> Array:
    """y = Σ (x − mean)² / (n − d), over n elements, with d the `ddof`"""
    return np.var(x, axis=axis, ddof=ddof, keepdims=keepdims)


@primitive
def std(
    x: Array, /, axis: Axes = None, ddof: float = 0, keepdims: bool = False
) -> Array:
    """y = √var(x); its gradient is taken to be 0 where all elements are equal."""
    return np.std(x, axis=axis, ddof=ddof, keepdims=keepdims)


def deviation(x: Any, axis: Axes, ddof: float) -> Any:
    """(x − mean) / (n − ddof)"""
    return (x - mean(x, axis=axis, keepdims=True)) / (count(x, axis) - ddof)


var.vjp(
    lambda g, y, x, axis, ddof, keepdims: (
        2.0 * restored(g, x, axis, keepdims) * deviation(x, axis, ddof)
    ),
    r"2\, \bar{y}\, (x - \mathrm{mean}(x)) / (n - d)",
)


@std.vjp("x", r"\bar{y}\, (x - \mathrm{mean}(x)) / ((n - d)\, y)")
def std_vjp(g: Any, y: Any, x: Any, axis: Axes, ddof: float, keepdims: bool) -> Any:
    """∂y/∂x = (x − mean) / ((n − ddof) y)"""
    y = np.where(y == 0, 1.0, y)  # every deviation is 0 there
    share = restored(g / y, x, axis, keepdims)
    return share * deviation(x, axis, ddof)


@primitive
def logsumexp(x: Array, /, axis: Axes = None, keepdims: bool = False) -> Array:
    """y = ln Σ e^x, without overflow: the largest element is taken out first.

    >>> logsumexp(np.array([1000.0, 1000.0])).round(4)
    np.float64(1000.6931)
    """
    largest = np.max(x, axis=axis, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0.0).astype(arrayed(x).dtype)
    with np.errstate(divide="ignore"):
        y = largest + np.log(np.sum(np.exp(x - largest), axis=axis, keepdims=True))
    return y if keepdims else np.squeeze(y, axis)


logsumexp.vjp(
    lambda g, y, x, axis, keepdims: (
        restored(g, x, axis, keepdims) * np.exp(x - restored(y, x, axis, keepdims))
    ),  # ∂y/∂x = softmax(x)
    r"\bar{y}\, e^{x - y}",
)


@primitive
def cumsum(x: Array, /, axis: int | None = None) -> Array:
    """yᵢ = Σ xⱼ over j ≤ i; over the raveled array if `axis` is None"""
    return np.cumsum(x, axis=axis)


cumsum.vjp(
    lambda g, y, x, axis: reshape(
        flip(cumsum(flip(g, axis=axis), axis=axis), axis=axis), shape=x.shape
    ),  # x̄ⱼ = Σ ȳᵢ over i ≥ j
    r"\sum_{i \geq j} \bar{y}_i",
)
