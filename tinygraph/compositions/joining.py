"""Joining arrays, and cutting them apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..arguments import listed
from ..errors import ArgumentError, ShapeError
from ..ops import broadcast_to, concatenate, reshape, squeeze
from ..ops.indexing import pieces
from ..ops.indexing import split as equal_parts
from ..ops.shape import axes_of, common_shape
from ..signatures import composition

__all__ = [
    "append",
    "array_split",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "block",
    "broadcast_arrays",
    "column_stack",
    "dsplit",
    "dstack",
    "hsplit",
    "hstack",
    "meshgrid",
    "unstack",
    "vsplit",
    "vstack",
]


def atleast_1d(*arrays: Any) -> Any:
    """Each array with one axis at least; a tuple where there are several.

    >>> atleast_1d(3.0)
    array([3.])
    """
    return each(lambda shape: shape or (1,), arrays)


def atleast_2d(*arrays: Any) -> Any:
    """Each array with two axes at least: a 1-d array is a row.

    >>> atleast_2d(np.zeros(3)).shape
    (1, 3)
    """
    return each(lambda shape: (1,) * (2 - len(shape)) + shape, arrays)


def atleast_3d(*arrays: Any) -> Any:
    """Each array with three axes at least: (n,) is (1, n, 1), and (m, n) is (m, n, 1).

    >>> atleast_3d(np.zeros(3)).shape
    (1, 3, 1)
    """
    return each(
        lambda shape: ((1,) * (2 - len(shape)) + shape + (1,))[: max(3, len(shape))],
        arrays,
    )


def each(
    shape: Callable[[tuple[int, ...]], tuple[int, ...]], arrays: Sequence[Any]
) -> Any:
    """Each array in its new shape; a tuple where there are several arrays."""
    results = tuple(reshape(x, shape=shape(np.shape(x))) for x in map(listed, arrays))
    return results[0] if len(results) == 1 else results


@composition
def vstack(arrays: Sequence[Any]) -> Any:
    """Rows below one another: joined along axis 0; a 1-d array is one row.

    >>> vstack([np.zeros(3), np.ones((2, 3))]).shape
    (3, 3)
    """
    return concatenate([atleast_2d(x) for x in arrays], axis=0)


@composition
def hstack(arrays: Sequence[Any]) -> Any:
    """Side by side: joined along axis 1, and 1-d arrays along their only axis.

    >>> hstack([np.zeros((2, 1)), np.ones((2, 3))]).shape
    (2, 4)
    """
    parts = [atleast_1d(x) for x in arrays]
    return concatenate(parts, axis=0 if parts and parts[0].ndim == 1 else 1)


@composition
def dstack(arrays: Sequence[Any]) -> Any:
    """Behind one another: joined along axis 2; (n,) is (1, n, 1), (m, n) is (m, n, 1).

    >>> dstack([np.zeros(3), np.ones(3)]).shape
    (1, 3, 2)
    """
    return concatenate([atleast_3d(x) for x in arrays], axis=2)


@composition
def column_stack(arrays: Sequence[Any]) -> Any:
    """Side by side, where a 1-d array is one column.

    >>> column_stack([np.zeros(3), np.ones(3)]).shape
    (3, 2)
    """
    parts = map(listed, arrays)
    columns = [reshape(x, shape=(-1, 1)) if np.ndim(x) < 2 else x for x in parts]
    return concatenate(columns, axis=1)


@composition
def append(x: Any, values: Any, axis: int | None = None) -> Any:
    """`values` after `x`, along `axis`; both are raveled if it is None.

    >>> append(np.zeros(2), 1.0)
    array([0., 0., 1.])
    """
    return concatenate([listed(x), listed(values)], axis=axis)


@composition
def block(arrays: Any) -> Any:
    """A matrix of blocks: inner lists are joined along the last axis, outer before it.

    Raises ShapeError for lists that are nested unequally deep, or are empty.

    >>> block([[np.eye(2), np.zeros((2, 1))], [np.ones((1, 3))]]).shape
    (3, 3)
    """
    depths, parts = set[int](), list[Any]()
    unpack(arrays, 0, depths, parts)
    if len(depths) != 1:
        raise ShapeError(
            f"block: lists must be nested equally deep and not be empty, but they are "
            f"{sorted(depths)} deep"
        )
    [depth] = depths
    return blocks(arrays, depth, max(depth, *map(np.ndim, parts), 0))


def unpack(part: Any, depth: int, depths: set[int], parts: list[Any]) -> None:
    """Collect the arrays in nested lists, and how deep they lie."""
    if not isinstance(part, list):
        depths.add(depth)
        parts.append(part)
    elif not part:
        depths.update((depth, depth + 1))
    else:
        for inner in part:
            unpack(inner, depth + 1, depths, parts)


def blocks(part: Any, depth: int, rank: int) -> Any:
    """The array of a list that is `depth` lists deep."""
    if isinstance(part, list):
        return concatenate([blocks(p, depth - 1, rank) for p in part], axis=-depth)
    return reshape(part, shape=(1,) * (rank - np.ndim(part)) + np.shape(part))


def broadcast_arrays(*arrays: Any) -> tuple[Any, ...]:
    """The arrays in the shape that they have in an operation on all of them.

    >>> [x.shape for x in broadcast_arrays(np.zeros((2, 1)), np.zeros(3))]
    [(2, 3), (2, 3)]
    """
    parts = [*map(listed, arrays)]
    shape = common_shape("broadcast_arrays", *parts)
    return tuple(broadcast_to(x, shape=shape) for x in parts)


def meshgrid(*axes: Any, sparse: bool = False, indexing: str = "xy") -> tuple[Any, ...]:
    """The coordinates of a grid: one array for each of the 1-d arrays, of its values.

    With `indexing` "xy" the first array runs along axis 1, with "ij" along axis 0;
    with `sparse` each array is left to be broadcast. Raises ArgumentError for another.

    >>> [x.shape for x in meshgrid(np.zeros(3), np.zeros(2))]
    [(2, 3), (2, 3)]
    """
    if indexing not in ("xy", "ij"):
        raise ArgumentError(f'meshgrid: `indexing` is {indexing!r}: use "xy" or "ij"')
    order = [*range(len(axes))]
    if indexing == "xy" and len(axes) > 1:
        order[:2] = [1, 0]
    grid = tuple(
        reshape(x, shape=tuple(-1 if i == place else 1 for i in range(len(axes))))
        for x, place in zip(map(listed, axes), order, strict=True)
    )
    return grid if sparse else broadcast_arrays(*grid)


def array_split(x: Any, sections: Any, axis: int = 0) -> list[Any]:
    """Cut into that many parts, nearly equal, or before the given indices.

    >>> [part.shape for part in array_split(np.zeros(5), 3)]
    [(2,), (2,), (1,)]
    """
    x = listed(x)
    [axis] = axes_of("array_split", axis, np.ndim(x))
    try:
        parts = np.array_split(np.arange(np.shape(x)[axis]), sections)
    except ValueError as error:
        raise ShapeError(f"array_split: {sections!r} sections: {error}") from None
    return pieces(x, parts, axis)


def vsplit(x: Any, sections: Any) -> list[Any]:
    """Cut along axis 0; see `split`."""
    return cut("vsplit", x, sections, 0, 2)


def hsplit(x: Any, sections: Any) -> list[Any]:
    """Cut along axis 1, a 1-d array along axis 0; see `split`."""
    x = listed(x)
    return cut("hsplit", x, sections, int(np.ndim(x) > 1), 1)


def dsplit(x: Any, sections: Any) -> list[Any]:
    """Cut along axis 2; see `split`."""
    return cut("dsplit", x, sections, 2, 3)


def cut(operation: str, x: Any, sections: Any, axis: int, rank: int) -> list[Any]:
    """Cut an array along an axis; ShapeError if it has fewer axes than that."""
    x = listed(x)
    if np.ndim(x) < rank:
        raise ShapeError(
            f"{operation}: shape {np.shape(x)} must have {rank} axes at least"
        )
    return equal_parts(x, sections, axis)


def unstack(x: Any, *, axis: int = 0) -> tuple[Any, ...]:
    """The slices along `axis`, without it: what `stack` makes one array of.

    >>> unstack(np.array([[1, 2], [3, 4]]), axis=1)
    (array([1, 3]), array([2, 4]))
    """
    x = listed(x)
    [axis] = axes_of("unstack", axis, np.ndim(x))
    parts = pieces(x, np.arange(np.shape(x)[axis])[:, None], axis)
    return tuple(squeeze(part, axis=axis) for part in parts)
