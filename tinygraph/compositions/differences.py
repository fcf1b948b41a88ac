"""Differences between neighbours, and what is made of them: slopes, areas, lines."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arguments import listed
from ..errors import ArgumentError, ShapeError
from ..operators import plain
from ..ops import (
    broadcast_to,
    concatenate,
    getitem,
    multiply,
    positive,
    ravel,
    reshape,
    sum,
    where,
)
from ..ops.shape import Axes, axes_of
from ..ops.steps import remainder
from ..signatures import composition
from ..value import brought
from .selecting import take

__all__ = ["diff", "ediff1d", "gradient", "interp", "trapezoid", "unwrap"]


def part(x: Any, axis: int, start: int | None, stop: int | None = None) -> Any:
    """The slices from `start` to `stop` along an axis."""
    return getitem(x, index=(slice(None),) * axis + (slice(start, stop),))


@composition
def diff(
    x: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None
) -> Any:
    """yᵢ = xᵢ₊₁ − xᵢ along `axis`, n times over.

    Values before and after `x` may be given. Raises ArgumentError for n < 0.

    >>> diff(np.array([1.0, 4.0, 9.0]))
    array([3., 5.])
    """
    if n < 0:
        raise ArgumentError(f"diff: `n` is {n}: it must not be negative")
    x = listed(x)
    [axis] = axes_of("diff", axis, np.ndim(x))
    if n == 0:
        return positive(x)
    ends = [edge(prepend, x, axis), x, edge(append, x, axis)]
    given = [end for end in ends if end is not None]
    x = concatenate(given, axis=axis) if len(given) > 1 else x
    for _ in range(n):
        x = part(x, axis, 1) - part(x, axis, None, -1)
    return x


def beside(value: Any, x: Any) -> Any:
    """A list or an array as it is, and a plain number in the precision of `x`."""
    value = listed(value)
    if isinstance(value, int | float):
        return np.asarray(value, np.result_type(x.dtype, value))
    return value


def edge(value: Any, x: Any, axis: int) -> Any:
    """What comes before or after `x`: a number means a slice filled with it."""
    if value is None:
        return None
    value = beside(value, x)
    if np.ndim(value):
        return value
    shape = tuple(1 if a == axis else size for a, size in enumerate(np.shape(x)))
    return broadcast_to(value, shape=shape)


@composition
def ediff1d(x: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """yᵢ = xᵢ₊₁ − xᵢ of the raveled array, between what comes before and after it.

    >>> ediff1d(np.array([1.0, 4.0, 9.0]), to_end=0.0)
    array([3., 5., 0.])
    """
    ends = (to_begin, diff(ravel(x)), to_end)
    return concatenate([ravel(end) for end in ends if end is not None])


def gradient(f: Any, *spacing: Any, axis: Axes = None, edge_order: int = 1) -> Any:
    """The slope of sampled values along each axis, by central differences.

    `spacing` is one distance for all axes, or a distance or the coordinates for each.
    At the ends it is the difference of the last two, or with `edge_order` 2 the slope
    of the parabola through the last three. Several axes give a tuple.

    >>> gradient(np.array([1.0, 4.0, 9.0, 16.0]))
    array([3., 4., 6., 7.])
    """
    f = listed(f)
    if edge_order not in (1, 2):
        raise ArgumentError(f"gradient: `edge_order` is {edge_order}: use 1 or 2")
    axes = axes_of("gradient", range(f.ndim) if axis is None else axis, f.ndim)
    steps = spacing * len(axes) if len(spacing) == 1 else spacing or (1.0,) * len(axes)
    if len(steps) != len(axes):
        raise ShapeError(f"gradient: {len(steps)} spacings for {len(axes)} axes")
    slopes = tuple(
        slope(f, a, distances(f, a, step), edge_order)
        for a, step in zip(axes, steps, strict=True)
    )
    return slopes[0] if len(slopes) == 1 else slopes


def distances(f: Any, axis: int, step: Any) -> Any:
    """The distances between samples along an axis, ready to broadcast with `f`."""
    step, size = beside(step, f), np.shape(f)[axis]
    if np.ndim(step) == 0:
        apart = broadcast_to(step, shape=(max(0, size - 1),))
    elif np.shape(step) == (size,):
        apart = diff(step)
    else:
        raise ShapeError(
            f"gradient: coordinates of shape {np.shape(step)} for {size} samples along "
            f"axis {axis}"
        )
    return reshape(apart, shape=(-1, *(1,) * (np.ndim(f) - axis - 1)))


def slope(f: Any, axis: int, h: Any, edge_order: int) -> Any:
    """The slope along an axis: that of the parabola through three neighbours."""
    if np.shape(f)[axis] < edge_order + 1:
        raise ShapeError(
            f"gradient: axis {axis} with {np.shape(f)[axis]} samples: there must be "
            f"{edge_order + 1} at least"
        )
    steep = (part(f, axis, 1) - part(f, axis, None, -1)) / h
    first, last = part(steep, axis, None, 1), part(steep, axis, -1)
    if np.shape(f)[axis] == 2:
        return concatenate([first, last], axis=axis)
    before, after = part(h, 0, None, -1), part(h, 0, 1)
    left, right = part(steep, axis, None, -1), part(steep, axis, 1)
    middle = (after * left + before * right) / (before + after)
    if edge_order == 2:
        bend = (right - left) / (before + after)
        first = first - part(h, 0, None, 1) * part(bend, axis, None, 1)
        last = last + part(h, 0, -1) * part(bend, axis, -1)
    return concatenate([first, middle, last], axis=axis)


@composition
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """A = Σ (xᵢ₊₁ − xᵢ) (yᵢ + yᵢ₊₁) / 2 along `axis`; without x, its steps are `dx`.

    >>> trapezoid(np.array([1.0, 2.0, 3.0]))
    np.float64(4.0)
    """
    y = listed(y)
    [axis] = axes_of("trapezoid", axis, np.ndim(y))
    width = listed(dx)
    if x is not None:
        x = listed(x)
        width = diff(x, axis=axis if np.ndim(x) > 1 else -1)
        if np.ndim(x) == 1:
            width = reshape(width, shape=(-1, *(1,) * (np.ndim(y) - axis - 1)))
    height = (part(y, axis, 1) + part(y, axis, None, -1)) / 2.0
    return sum(width * height, axis=axis)


@composition
def unwrap(
    x: Any, discont: float | None = None, axis: int = -1, *, period: Any = 2.0 * math.pi
) -> Any:
    """Angles without jumps: a multiple of the period is added where one is larger than
    half of it, or than `discont`.

    >>> unwrap(np.array([0.0, 2.0, 4.0, 6.0]) % 6.0, period=6.0)
    array([0., 2., 4., 6.])
    """
    x, period = listed(x), listed(period)
    [axis] = axes_of("unwrap", axis, np.ndim(x))
    jumps = np.diff(plain(x), axis=axis)
    half = plain(period) / 2.0
    near = remainder(jumps + half, plain(period)) - half
    near = np.where((near == -half) & (jumps > 0), half, near)
    least = half if discont is None else discont
    turns = np.where(np.abs(jumps) < least, 0.0, np.rint((near - jumps) / (2.0 * half)))
    turned = multiply(np.cumsum(turns, axis=axis).astype(x.dtype), period)
    moved = part(x, axis, 1) + turned
    return concatenate([part(x, axis, None, 1), moved], axis=axis)


@composition
def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    """The broken line through the points (xp, fp), at x: with xpᵢ ≤ x < xpᵢ₊₁,

    y = fpᵢ + (x − xpᵢ) (fpᵢ₊₁ − fpᵢ) / (xpᵢ₊₁ − xpᵢ)

    Outside it is `left` and `right`, or the value at the end. `xp` must ascend, unless
    there is a `period`.

    >>> interp([1.5, 3.0], np.array([1.0, 2.0]), np.array([10.0, 20.0]))
    array([15., 20.])
    """
    x, xp, fp = map(listed, (x, xp, fp))
    xp = brought(xp, plain(x))
    if np.ndim(xp) != 1 or np.shape(xp) != np.shape(fp) or not np.size(xp):
        raise ShapeError(
            f"interp: `xp` of shape {np.shape(xp)} and `fp` of shape {np.shape(fp)} "
            f"must be rows of one length"
        )
    if period is not None:
        x, xp, fp = periodic(x, xp, fp, listed(period))
        left = right = None
    v, points = plain(x), plain(xp)
    last = len(points) - 1
    i = np.maximum(np.searchsorted(points, v, side="right") - 1, 0)
    j = np.minimum(i + 1, last)
    rise, run = take(fp, j) - take(fp, i), take(xp, j) - take(xp, i)
    run = where(plain(run) == 0, 1.0, run)
    inside = (points[0] <= v) & (v < points[-1])
    y = take(fp, i) + where(inside, x - take(xp, i), 0.0) * (rise / run)
    y = where(v >= points[-1], fp[last], y)
    y = where(np.isnan(v), x, y)
    if left is not None:
        y = where(v < points[0], left, y)
    return y if right is None else where(v > points[-1], right, y)


def periodic(x: Any, xp: Any, fp: Any, period: Any) -> tuple[Any, Any, Any]:
    """The points within one period, in ascending order, and their neighbours."""
    if plain(period) == 0:
        raise ArgumentError("interp: `period` must not be 0")
    x, xp = remainder(x, period), remainder(xp, period)
    order = np.argsort(plain(xp), kind="stable")
    xp, fp = take(xp, order), take(fp, order)
    width = abs(period)
    ends = [xp[-1:] - width, xp, xp[:1] + width]
    return x, concatenate(ends), concatenate([fp[-1:], fp, fp[:1]])
