"""Taking elements by a position, a condition or a choice."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..arguments import listed
from ..errors import ArgumentError, ShapeError, ShapeIndexError
from ..operators import plain
from ..ops import broadcast_to, getitem, ravel, stack
from ..ops import where as where_else
from ..ops.shape import axes_of, common_shape
from ..signatures import composition
from ..value import arrayed, zeros

__all__ = [
    "choose",
    "compress",
    "delete",
    "extract",
    "piecewise",
    "select",
    "take",
    "take_along_axis",
    "trim_zeros",
]


@composition
def take(x: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
    """The elements at `indices` along `axis`, of the raveled array if it is None.

    With `mode` "wrap" an index counts round and round, with "clip" up to the last one.
    Raises ShapeIndexError for an index that is not there.

    >>> take(np.array([10, 20, 30]), [2, 0])
    array([30, 10])
    """
    x = listed(x)
    if axis is None:
        x, axis = ravel(x), 0
    [axis] = axes_of("take", axis, np.ndim(x))
    size = np.shape(x)[axis]
    places = arrayed(plain(indices))
    if not places.size:
        places = places.astype(np.intp)
    if mode == "wrap":
        places = places % size
    elif mode == "clip":
        places = np.clip(places, 0, size - 1)
    elif mode != "raise":
        raise ArgumentError(f'take: `mode` is {mode!r}: use "raise", "wrap" or "clip"')
    return getitem(x, index=(slice(None),) * axis + (places,))


@composition
def take_along_axis(x: Any, indices: Any, axis: int | None = -1) -> Any:
    """yᵢ = x at indicesᵢ, for each place beside `axis`, as argsort and argmax give it.

    Raises ShapeError unless `indices` has as many axes as `x`.

    >>> x = np.array([[3.0, 1.0, 2.0]])
    >>> take_along_axis(x, np.argsort(x), 1)
    array([[1., 2., 3.]])
    """
    x, indices = listed(x), arrayed(plain(indices))
    if axis is None:
        x, axis = ravel(x), 0
    if indices.ndim != np.ndim(x):
        raise ShapeError(
            f"take_along_axis: `indices` of shape {indices.shape} must have as many "
            f"axes as x of shape {np.shape(x)}"
        )
    [axis] = axes_of("take_along_axis", axis, np.ndim(x))
    shape = np.shape(x)
    places = [
        np.arange(size).reshape([-1 if i == other else 1 for i in range(len(shape))])
        for other, size in enumerate(shape)
    ]
    places[axis] = indices
    return getitem(x, index=tuple(places))


@composition
def compress(condition: Any, x: Any, axis: int | None = None) -> Any:
    """The slices along `axis` where a row of truth values holds.

    >>> compress([True, False, True], np.array([1.0, 2.0, 3.0]))
    array([1., 3.])
    """
    condition = arrayed(plain(condition))
    if condition.ndim != 1:
        raise ShapeError(
            f"compress: `condition` of shape {condition.shape} must be one row"
        )
    return take(x, np.flatnonzero(condition), axis)


@composition
def extract(condition: Any, x: Any) -> Any:
    """The elements where the condition holds, in one row.

    >>> x = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> extract(x > 2, x)
    array([3., 4.])
    """
    return take(x, np.flatnonzero(plain(condition)))


@composition
def delete(x: Any, obj: Any, axis: int | None = None) -> Any:
    """Without the slices `obj` along `axis`, of the raveled array if it is None.

    >>> delete(np.array([1, 2, 3]), 1)
    array([1, 3])
    """
    x = listed(x)
    if axis is None:
        x, axis = ravel(x), 0
    [axis] = axes_of("delete", axis, np.ndim(x))
    try:
        kept = np.delete(np.arange(np.shape(x)[axis]), plain(obj))
    except IndexError as error:
        raise ShapeIndexError(f"delete: `obj` is {obj!r}: {error}") from None
    return take(x, kept, axis)


@composition
def trim_zeros(x: Any, trim: str = "fb") -> Any:
    """A row without the zeros at its front ("f") and back ("b").

    >>> trim_zeros(np.array([0.0, 1.0, 0.0, 2.0, 0.0]))
    array([1., 0., 2.])
    """
    x = listed(x)
    if np.ndim(x) != 1:
        raise ShapeError(f"trim_zeros: shape {np.shape(x)} must be one row")
    there = np.flatnonzero(plain(x))
    first, last = (there[0], there[-1] + 1) if there.size else (len(x), len(x))
    start = int(first) if "f" in trim.lower() else 0
    stop = int(last) if "b" in trim.lower() else len(x)
    return getitem(x, index=slice(start, stop))


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """np.where: a choice of two arrays, or the places where the condition holds."""
    if x is not None or y is not None:
        both: tuple[Any, Any] = x, y  # and an error if one of them is missing
        return where_else(condition, *both)
    return np.nonzero(np.atleast_1d(plain(condition)))


@composition
def select(conditions: Sequence[Any], choices: Sequence[Any], default: Any = 0) -> Any:
    """The choice of the first condition that holds, `default` where none does.

    Raises ShapeError unless there are as many conditions as choices.

    >>> x = np.array([1.0, 2.0, 3.0])
    >>> select([x < 2, x > 2], [x, 10 * x])
    array([ 1.,  0., 30.])
    """
    if len(conditions) != len(choices) or not choices:
        raise ShapeError(
            f"select: {len(conditions)} conditions for {len(choices)} choices: give "
            f"one for each"
        )
    chosen = listed(default)
    for condition, choice in reversed([*zip(conditions, choices, strict=True)]):
        chosen = where_else(condition, choice, chosen)
    return chosen


@composition
def choose(which: Any, choices: Any, mode: str = "raise") -> Any:
    """yᵢ = element i of the choice number whichᵢ; all of them broadcast.

    Raises ShapeIndexError for a number that is none of a choice's.

    >>> choose([0, 1], [np.array([1.0, 2.0]), np.array([10.0, 20.0])])
    array([ 1., 20.])
    """
    which = arrayed(plain(which))
    parts = [*map(listed, choices)]
    shape = common_shape("choose", which, *parts)
    table = stack([broadcast_to(part, shape=shape) for part in parts])
    number = np.broadcast_to(which, shape)[None]
    if mode == "wrap":
        number = number % len(parts)
    elif mode == "clip":
        number = np.clip(number, 0, len(parts) - 1)
    elif number.size and not 0 <= number.min() <= number.max() < len(parts):
        raise ShapeIndexError(
            f"choose: `which` has numbers from {number.min()} to {number.max()}, but "
            f"there are {len(parts)} choices"
        )
    return take_along_axis(table, number, 0)[0]


@composition
def piecewise(
    x: Any,
    conditions: Sequence[Any],
    functions: Sequence[Callable[..., Any] | float],
    *arguments: Any,
    **keywords: Any,
) -> Any:
    """f(x) with the f, or the number, of the last condition that holds, 0 elsewhere.

    One function more than there are conditions is for where none holds. Each function
    is called on the elements that its condition holds for.

    >>> x = np.array([-2.0, 3.0])
    >>> piecewise(x, [x < 0, x >= 0], [np.abs, 1.0])
    array([2., 1.])
    """
    x = listed(x)
    if np.ndim(conditions[0]) == 0 and np.ndim(x) > 0:
        conditions = [conditions]
    for condition in conditions:
        common_shape("piecewise", x, condition)
    held = [np.broadcast_to(plain(c), np.shape(x)) for c in conditions]
    if len(functions) == len(held) + 1:
        held.append(~functools.reduce(np.logical_or, held))
    if len(functions) != len(held):
        raise ShapeError(
            f"piecewise: {len(functions)} functions for {len(held)} conditions"
        )
    result: Any = zeros(np.shape(x), x.dtype, plain(x))
    for condition, function in zip(held, functions, strict=True):
        if callable(function):
            part = function(x[condition], *arguments, **keywords)
            result = where_else(condition, spread(part, condition), result)
        else:
            result = where_else(condition, function, result)
    return result


def spread(part: Any, condition: Any) -> Any:
    """The values for the places where a condition holds, in an array of all places."""
    places = np.cumsum(condition).reshape(condition.shape) - 1
    count = int(condition.sum())
    if not count:
        return 0.0
    row = broadcast_to(part, shape=(count,))
    return getitem(row, index=np.clip(places, 0, count - 1))
