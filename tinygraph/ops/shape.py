"""Operations that move or repeat elements without computing anything.

They come in adjoint pairs, each the other's VJP: reshape and reshape, transpose and
transpose, broadcast_to and sum_to, pad and crop (an index), concatenate and split.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple
from numpy.typing import DTypeLike

from ..arguments import listed
from ..errors import NotDifferentiableError, ShapeError, ShapeIndexError
from ..kernels.sums import column_sums, sum_over
from ..primitive import primitive
from ..signatures import composition
from ..value import ARRAY, Array, arrayed

__all__ = [
    "astype",
    "broadcast_to",
    "concatenate",
    "expand_dims",
    "flip",
    "moveaxis",
    "ravel",
    "reshape",
    "squeeze",
    "sum_to",
    "swapaxes",
    "transpose",
]

Axes = int | tuple[int, ...] | None


def axes_of(operation: str, axes: int | Sequence[int], rank: int) -> tuple[int, ...]:
    """Axes as numbers from 0; ShapeIndexError for one that is not there."""
    try:
        return normalize_axis_tuple(axes, rank)
    except np.exceptions.AxisError as error:
        raise ShapeIndexError(f"{operation}: {error}") from None
    except ValueError as error:
        raise ShapeError(f"{operation}: {error}: {axes!r}") from None


def common_shape(operation: str, *arrays: Any) -> tuple[int, ...]:
    """The shape that arrays have in an operation on all of them, or ShapeError."""
    shapes = [np.shape(array) for array in arrays]
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ShapeError(
            f"{operation}: shapes {', '.join(map(str, shapes))} cannot be broadcast "
            f"together"
        ) from None


@primitive
def broadcast_to(x: Array, /, shape: tuple[int, ...]) -> Array:
    """Repeat `x` along new axes and axes of size 1 until it has `shape`.

    >>> broadcast_to(np.array([1.0, 2.0]), (2, 2))
    array([[1., 2.],
           [1., 2.]])
    """
    return np.broadcast_to(x, shape)


@primitive
def sum_to(x: Array, /, shape: tuple[int, ...]) -> Array:
    """Sum `x` to `shape`, over the axes along which that shape would be broadcast.

    The adjoint of `broadcast_to`: what was used many times gathers many gradients.
    Raises ShapeError where `shape` cannot be broadcast to the shape of `x`.

    >>> sum_to(np.ones((2, 3)), (3,))
    array([2., 2., 2.])
    """
    new = x.ndim - len(shape)
    if x.shape[max(new, 0) :] == shape:
        if new == x.shape[:new].count(1):  # a batch of one
            return x.reshape(shape)
        if new == 1 and x.ndim == 2:  # as of a bias
            return column_sums(x)
        return sum_over(x, range(new)).reshape(shape)
    pairs = zip(x.shape[new:], shape, strict=False)
    if new < 0 or any(size != target != 1 for size, target in pairs):
        raise ShapeError(
            f"sum_to: a gradient of shape {x.shape} cannot be summed to shape {shape}: "
            f"a VJP must give the shape of its argument, or one it broadcasts to"
        )
    stretched = (
        new + axis
        for axis, size in enumerate(shape)
        if size == 1 and x.shape[new + axis] != 1
    )
    axes = (*range(new), *stretched)
    return sum_over(x, axes).reshape(shape)


broadcast_to.vjp(
    lambda g, y, x, shape: sum_to(g, shape=x.shape),
    r"\bar{y}",
)
sum_to.vjp(
    lambda g, y, x, shape: broadcast_to(g, shape=x.shape),
    r"\mathrm{broadcast}(\bar{y})",
)


@primitive
def astype(x: Array, /, dtype: DTypeLike) -> Array:
    """The same numbers in another floating-point type.

    >>> astype(np.array([1.5]), np.float32).dtype
    dtype('float32')
    """
    return (x if type(x) is ARRAY else arrayed(x)).astype(dtype)


@astype.vjp("x", r"\bar{y}")
def astype_vjp(g: Any, y: Any, x: Any, dtype: DTypeLike) -> Any:
    """x̄ = ȳ; whole numbers have no gradient, and it is not handed past them."""
    if np.dtype(dtype).kind != "f":
        raise NotDifferentiableError(
            f"astype: numbers of {np.dtype(dtype)} have no gradient: use tensor.data"
        )
    return astype(g, dtype=x.dtype)


@primitive
def reshape(x: Array, /, shape: int | tuple[int, ...]) -> Array:
    """The same elements, in the same order, in another shape; -1 means "the rest".

    >>> reshape(np.arange(6), (2, -1)).shape
    (2, 3)
    """
    return x.reshape(shape) if isinstance(x, np.ndarray) else np.reshape(x, shape)


@primitive
def ravel(x: Array) -> Array:
    """All elements in one row."""
    return np.ravel(x)


@primitive
def expand_dims(x: Array, /, axis: int | tuple[int, ...]) -> Array:
    """A new axis of size 1 at each position in `axis`."""
    return np.expand_dims(x, axis)


@primitive
def squeeze(x: Array, /, axis: Axes = None) -> Array:
    """Remove axes of size 1: all of them, or those in `axis`."""
    return np.squeeze(x, axis)


def reshaped_back(g: Any, y: Any, x: Any, **_: Any) -> Any:
    """The same elements in the shape of the argument."""
    return reshape(g, shape=x.shape)


reshape.vjp(reshaped_back, r"\mathrm{reshape}(\bar{y})")
ravel.vjp(reshaped_back, r"\mathrm{reshape}(\bar{y})")
expand_dims.vjp(reshaped_back, r"\mathrm{reshape}(\bar{y})")
squeeze.vjp(reshaped_back, r"\mathrm{reshape}(\bar{y})")


@primitive
def transpose(x: Array, /, axes: tuple[int, ...] | None = None) -> Array:
    """Permute the axes; reverse them if `axes` is None.

    >>> transpose(np.zeros((2, 3, 4)), (1, 2, 0)).shape
    (3, 4, 2)
    """
    return np.transpose(x, axes)


def inverse_permutation(axes: Sequence[int]) -> tuple[int, ...]:
    """The permutation that puts permuted axes back; negative axes count from the end.

    >>> inverse_permutation((1, -1, 0))
    (2, 0, 1)
    """
    positive = [axis % len(axes) for axis in axes]
    return tuple(positive.index(axis) for axis in range(len(axes)))


transpose.vjp(
    lambda g, y, x, axes: transpose(
        g, axes=None if axes is None else inverse_permutation(axes)
    ),
    r"\bar{y}^\top",
)


@composition
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Exchange two axes.

    >>> swapaxes(np.zeros((2, 3, 4)), 0, -1).shape
    (4, 3, 2)
    """
    x = listed(x)
    axes = list(range(np.ndim(x)))
    [first] = axes_of("swapaxes", axis1, len(axes))
    [second] = axes_of("swapaxes", axis2, len(axes))
    axes[first], axes[second] = second, first
    return transpose(x, axes=tuple(axes))


@composition
def moveaxis(
    x: Any, source: int | tuple[int, ...], destination: int | tuple[int, ...]
) -> Any:
    """Move axes to other positions; the rest stay in order.

    >>> moveaxis(np.zeros((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    x = listed(x)
    sources = axes_of("moveaxis", source, np.ndim(x))
    destinations = axes_of("moveaxis", destination, np.ndim(x))
    if len(sources) != len(destinations):
        raise ShapeError(
            f"moveaxis: `source` {source} and `destination` {destination} must name "
            f"the same number of axes"
        )
    order = [axis for axis in range(np.ndim(x)) if axis not in sources]
    for place, axis in sorted(zip(destinations, sources, strict=True)):
        order.insert(place, axis)
    return transpose(x, axes=tuple(order))


@primitive
def flip(x: Array, /, axis: Axes = None) -> Array:
    """Reverse the order of the elements along `axis`, along all axes if None.

    >>> flip(np.array([1, 2, 3]))
    array([3, 2, 1])
    """
    return np.flip(x, axis)


flip.vjp(lambda g, y, x, axis: flip(g, axis=axis), r"\mathrm{flip}(\bar{y})")


@primitive(name="concatenate")
def joined(*arrays: Array, axis: int | None = 0) -> Array:
    """The arrays one after the other; see `concatenate`."""
    return np.concatenate(arrays, axis=axis)


@joined.vjp_for_each(r"\bar{y}[\ldots]")
def _part(
    g: Any, y: Any, *arrays: Any, position: int, axis: int | None
) -> Any:  # the part of g that lies where this array went
    sizes = [np.size(a) if axis is None else a.shape[axis] for a in arrays]
    start = sum(sizes[:position])
    part = slice(start, start + sizes[position])
    if axis is None:
        return reshape(g[part], shape=arrays[position].shape)
    return g[(slice(None),) * normalize_axis_index(axis, g.ndim) + (part,)]


@composition
def concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    """The arrays one after the other along an existing axis; raveled if it is None.

    >>> concatenate([np.zeros((2, 3)), np.ones((1, 3))]).shape
    (3, 3)
    """
    return joined(*arrays, axis=axis)
