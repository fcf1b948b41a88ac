"""Arrays made of a few numbers, and functions applied along an axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arguments import listed
from ..errors import ArgumentError, ShapeError
from ..operators import plain
from ..ops import (
    broadcast_to,
    expand_dims,
    moveaxis,
    multiply,
    power,
    reshape,
    stack,
)
from ..ops.shape import axes_of, common_shape
from ..signatures import composition
from ..tensor import Tensor

__all__ = [
    "apply_along_axis",
    "apply_over_axes",
    "full",
    "full_like",
    "geomspace",
    "linspace",
    "logspace",
]


@composition
def full(shape: int | tuple[int, ...], fill_value: Any, dtype: Any = None) -> Any:
    """An array of `shape` with the fill value everywhere, which broadcasts.

    np.full does not ask a tensor; write tinygraph.full for one.

    >>> full((2, 2), 7.0)
    array([[7., 7.],
           [7., 7.]])
    """
    x = listed(fill_value)
    x = of_type(x, dtype)
    size = tuple(np.atleast_1d(shape).astype(int).tolist())
    whole = broadcast_to(x, shape=size)
    return whole if isinstance(whole, Tensor) else np.array(whole)


def of_type(x: Any, dtype: Any) -> Any:
    """Another type, if one is asked for; see `Tensor.astype`."""
    if dtype is None:
        return x
    return x.astype(dtype) if hasattr(x, "astype") else np.asarray(x, dtype)


@composition
def full_like(x: Any, fill_value: Any, dtype: Any = None, shape: Any = None) -> Any:
    """An array of the shape and type of `x` with the fill value everywhere.

    `x` gives its shape alone, so no gradient flows to it.

    >>> full_like(np.zeros(2), 7.0)
    array([7., 7.])
    """
    like, fill_value = plain(listed(x)), listed(fill_value)
    if not isinstance(fill_value, Tensor):
        return np.full_like(like, fill_value, dtype=dtype, shape=shape)
    size = np.shape(like) if shape is None else shape
    return full(size, fill_value, np.result_type(like) if dtype is None else dtype)


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """xᵢ = start + (stop − start) i / (n − 1): n numbers at equal distances.

    Without `endpoint` the stop is not one of them, and the divisor is n. With `retstep`
    the result is the pair of x and the distance.

    >>> linspace(0.0, 1.0, 5)
    array([0.  , 0.25, 0.5 , 0.75, 1.  ])
    """
    if num < 0:
        raise ArgumentError(f"linspace: `num` is {num}: it must not be negative")
    start, stop = (multiply(listed(v), 1.0) for v in (start, stop))
    parts = num - 1 if endpoint else num
    span = stop - start
    place = np.arange(num, dtype=np.result_type(plain(span))).reshape(
        -1, *(1,) * np.ndim(span)
    )
    share = place / max(1, parts)
    x = moveaxis(start * (1.0 - share) + stop * share, 0, axis)
    x = of_type(x, dtype)
    step = span / parts if parts > 0 else span * np.nan
    return (x, step) if retstep else x


@composition
def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """xᵢ = base^yᵢ, with y the numbers of `linspace`

    >>> logspace(0.0, 2.0, 3)
    array([  1.,  10., 100.])
    """
    exponents = linspace(start, stop, num, endpoint, axis=axis)
    base = listed(base)
    if np.ndim(base):
        base = expand_dims(base, axis=axis)
    x = power(base, exponents)
    return of_type(x, dtype)


@composition
def geomspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """xᵢ = start (stop / start)^(i / (n − 1)): n numbers in equal ratios.

    Raises ArgumentError where start and stop have not one sign.

    >>> geomspace(1.0, 100.0, 3)
    array([  1.,  10., 100.])
    """
    start, stop = (multiply(listed(v), 1.0) for v in (start, stop))
    common_shape("geomspace", start, stop)
    if not np.all(plain(start) * plain(stop) > 0):
        raise ArgumentError("geomspace: `start` and `stop` must be of one sign")
    ratio = stop / start
    ones = np.ones(np.shape(ratio), np.result_type(plain(ratio)))
    share = linspace(0.0, ones, num, endpoint)
    x = moveaxis(start * power(ratio, share), 0, axis)
    return of_type(x, dtype)


def apply_along_axis(
    function: Callable[..., Any], axis: int, x: Any, *arguments: Any, **keywords: Any
) -> Any:
    """f(row) for each row of `x` along `axis`; the axes of f's result take its place.

    >>> apply_along_axis(np.sum, 0, np.ones((2, 3)))
    array([2., 2., 2.])
    """
    x = listed(x)
    [axis] = axes_of("apply_along_axis", axis, np.ndim(x))
    others = tuple(size for a, size in enumerate(np.shape(x)) if a != axis)
    if 0 in others:
        raise ShapeError(
            f"apply_along_axis: an array of shape {np.shape(x)} has no rows"
        )
    moved = moveaxis(x, axis, -1)
    table = reshape(moved, shape=(-1, np.shape(x)[axis]))
    results = [function(table[i], *arguments, **keywords) for i in range(len(table))]
    together = stack(results)
    inner = np.shape(together)[1:]
    apart = reshape(together, shape=(*others, *inner))
    sources = range(len(others), len(others) + len(inner))
    return moveaxis(apart, tuple(sources), tuple(range(axis, axis + len(inner))))


def apply_over_axes(function: Callable[..., Any], x: Any, axes: Any) -> Any:
    """f(x, axis) for one axis after the other, which stay with one element.

    >>> apply_over_axes(np.sum, np.ones((2, 3)), [0, 1])
    array([[6.]])
    """
    x = listed(x)
    for axis in axes_of("apply_over_axes", np.atleast_1d(axes).tolist(), np.ndim(x)):
        y = function(x, axis)
        x = y if np.ndim(y) == np.ndim(x) else expand_dims(y, axis=axis)
    return x
