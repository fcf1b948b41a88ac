"""Moving elements about: rolling, turning, triangles and diagonals, sorting."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arguments import listed
from ..errors import ArgumentError, ShapeError
from ..operators import plain
from ..ops import (
    concatenate,
    diagonal,
    flip,
    getitem,
    moveaxis,
    positive,
    put,
    ravel,
    reshape,
    swapaxes,
    transpose,
    where,
)
from ..ops.shape import Axes, axes_of
from ..signatures import composition
from ..value import Array
from .selecting import take_along_axis

__all__ = [
    "diag",
    "diagflat",
    "fliplr",
    "flipud",
    "matrix_transpose",
    "partition",
    "resize",
    "roll",
    "rollaxis",
    "rot90",
    "sort",
    "tril",
    "triu",
]


def reshaped(x: Any, shape: Any, order: str = "C") -> Any:
    """np.reshape: in the order "C" rows are read first, in the order "F" columns."""
    if order == "F":
        shape = tuple(np.atleast_1d(shape).tolist())
        return transpose(reshape(transpose(x), shape=shape[::-1]))
    in_order("reshape", order)
    return reshape(x, shape=shape)


def raveled(x: Any, order: str = "C") -> Any:
    """np.ravel: in the order "C" rows are read first, in the order "F" columns."""
    if order == "F":
        return ravel(transpose(x))
    in_order("ravel", order)
    return ravel(x)


def in_order(operation: str, order: str) -> None:
    """Refuse an order that depends on how an array lies in memory."""
    if order != "C":
        raise ArgumentError(f'{operation}: `order` is {order!r}: use "C" or "F"')


@composition
def roll(x: Any, shift: int | tuple[int, ...], axis: Axes = None) -> Any:
    """Shift along `axis`; what leaves at the end comes in at the start.

    With `axis` None the raveled array is rolled.

    >>> roll(np.array([1, 2, 3, 4]), 1)
    array([4, 1, 2, 3])
    """
    x = listed(x)
    if axis is None:
        return reshape(roll(ravel(x), shift, 0), shape=np.shape(x))
    pairs = np.broadcast(shift, axis)
    if pairs.ndim > 1:
        raise ShapeError("roll: `shift` and `axis` must be numbers or rows of numbers")
    for steps, along in pairs:
        [along] = axes_of("roll", int(along), np.ndim(x))
        start = -int(steps) % max(1, np.shape(x)[along])
        if start:
            lead = (slice(None),) * along
            halves = (slice(start, None), slice(None, start))
            parts = [getitem(x, index=(*lead, half)) for half in halves]
            x = concatenate(parts, axis=along)
        else:
            x = positive(x)
    return x


@composition
def rollaxis(x: Any, axis: int, start: int = 0) -> Any:
    """Move an axis before the axis `start`.

    >>> rollaxis(np.zeros((2, 3, 4)), 2).shape
    (4, 2, 3)
    """
    x = listed(x)
    [axis] = axes_of("rollaxis", axis, np.ndim(x))
    start = start + np.ndim(x) if start < 0 else start
    if not 0 <= start <= np.ndim(x):
        raise ShapeError(
            f"rollaxis: `start` is {start}, but there are {np.ndim(x)} axes"
        )
    return moveaxis(x, axis, start - (axis < start))


@composition
def fliplr(x: Any) -> Any:
    """The columns in reverse: `flip` along axis 1."""
    return flip(x, axis=1)


@composition
def flipud(x: Any) -> Any:
    """The rows in reverse: `flip` along axis 0."""
    return flip(x, axis=0)


@composition
def rot90(x: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    """Turn k times by 90 degrees, from the first of the `axes` towards the second.

    >>> rot90(np.array([[1, 2], [3, 4]]))
    array([[2, 4],
           [1, 3]])
    """
    x = listed(x)
    pair = axes_of("rot90", axes, np.ndim(x))
    if len(pair) != 2:
        raise ShapeError(f"rot90: `axes` are {axes}: there must be two")
    first, second = pair
    if k % 4 == 2:
        return flip(x, axis=(first, second))
    if k % 4:
        x = flip(x, axis=second if k % 4 == 1 else first)
        return swapaxes(x, first, second)
    return positive(x)


@composition
def matrix_transpose(x: Any) -> Any:
    """The last two axes exchanged. Raises ShapeError where there is one only.

    >>> matrix_transpose(np.zeros((5, 2, 3))).shape
    (5, 3, 2)
    """
    x = listed(x)
    if np.ndim(x) < 2:
        raise ShapeError(
            f"matrix_transpose: shape {np.shape(x)} is not that of a matrix"
        )
    return swapaxes(x, -1, -2)


@composition
def diag(x: Any, k: int = 0) -> Any:
    """A matrix with `x` on its k-th diagonal, or the k-th diagonal of a matrix.

    Raises ShapeError for another number of axes than 1 or 2.

    >>> diag(np.array([1.0, 2.0]))
    array([[1., 0.],
           [0., 2.]])
    """
    x = listed(x)
    if np.ndim(x) == 2:
        return diagonal(x, k)
    if np.ndim(x) != 1:
        raise ShapeError(f"diag: shape {np.shape(x)} must have one axis or two")
    place = np.arange(np.shape(x)[0])
    index = (place + max(0, -k), place + max(0, k))
    return put(x, index=index, shape=(np.shape(x)[0] + abs(k),) * 2)


@composition
def diagflat(x: Any, k: int = 0) -> Any:
    """A matrix with the raveled `x` on its k-th diagonal."""
    return diag(ravel(x), k)


@composition
def tril(x: Any, k: int = 0) -> Any:
    """The lower triangle: 0 above the k-th diagonal; xᵢⱼ where j ≤ i + k.

    >>> tril(np.ones((2, 2)))
    array([[1., 0.],
           [1., 1.]])
    """
    x = listed(x)
    return where(triangle("tril", x, k), x, 0)


@composition
def triu(x: Any, k: int = 0) -> Any:
    """The upper triangle: 0 below the k-th diagonal; xᵢⱼ where j ≥ i + k.

    >>> triu(np.ones((2, 2)))
    array([[1., 1.],
           [0., 1.]])
    """
    x = listed(x)
    return where(triangle("triu", x, k - 1), 0, x)


def triangle(operation: str, x: Any, k: int) -> Array:
    """Where the lower triangle of the matrices in `x` is."""
    shape: tuple[int, ...] = np.shape(x)
    if not shape:
        raise ShapeError(f"{operation}: a number has no triangle")
    rows, columns = (shape * 2)[-2:]
    return np.tri(rows, columns, k=k, dtype=bool)


@composition
def resize(x: Any, new_shape: int | tuple[int, ...]) -> Any:
    """The raveled elements, again and again, until they fill the new shape.

    >>> resize(np.array([1, 2]), (2, 3))
    array([[1, 2, 1],
           [2, 1, 2]])
    """
    flat = ravel(x)
    shape = tuple(np.atleast_1d(new_shape).tolist())
    count = np.size(flat)
    if not count and math.prod(shape):
        raise ShapeError(f"resize: nothing cannot fill the shape {shape}")
    places = np.arange(math.prod(shape)) % max(1, count)
    return reshape(getitem(flat, index=places), shape=shape)


@composition
def sort(x: Any, axis: int | None = -1) -> Any:
    """In ascending order along `axis`, of the raveled array if it is None.

    The gradient goes where each element came from, among equal ones in their order.

    >>> sort(np.array([3.0, 1.0, 2.0]))
    array([1., 2., 3.])
    """
    x = listed(x)
    if axis is None:
        x, axis = ravel(x), -1
    [axis] = axes_of("sort", axis, np.ndim(x))
    order = np.argsort(plain(x), axis=axis, kind="stable")
    return take_along_axis(x, order, axis)


@composition
def partition(x: Any, kth: Any, axis: int | None = -1) -> Any:
    """Along `axis`, smaller elements before the `kth` of the sorted, larger ones after.

    >>> partition(np.array([3.0, 1.0, 2.0]), 1)[1]
    np.float64(2.0)
    """
    x = listed(x)
    if axis is None:
        x, axis = ravel(x), -1
    [axis] = axes_of("partition", axis, np.ndim(x))
    try:
        order = np.argpartition(plain(x), kth, axis=axis)
    except ValueError as error:
        raise ArgumentError(f"partition: `kth` is {kth!r}: {error}") from None
    return take_along_axis(x, order, axis)
