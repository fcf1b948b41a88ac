"""Taking elements by index, and what is made of it: split, pad and crop, repeat, tile.

`getitem` and its adjoint `put` are each other's VJP.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..arguments import listed
from ..errors import NotDifferentiableError, ShapeError
from ..kernels.scattering import add_at
from ..operators import plain
from ..primitive import primitive
from ..signatures import composition
from ..value import ARRAY, Array, arrayed, brought, is_basic, zeros
from .shape import axes_of, broadcast_to, concatenate, expand_dims, ravel, reshape

__all__ = [
    "getitem",
    "pad",
    "put",
    "repeat",
    "split",
    "stack",
    "tile",
]


@primitive
def getitem(x: Array, /, index: Any) -> Array:
    """y = x[index]: slices, integers, None, Ellipsis, integer and boolean arrays.

    >>> getitem(np.array([1.0, 2.0, 3.0]), slice(1, None))
    array([2., 3.])
    """
    if type(index) is ARRAY and index.dtype.kind == "i" and type(x) is ARRAY and x.ndim:
        return x.take(index, axis=0)  # in half the time
    return x[index]


@primitive
def put(g: Array, *, index: Any, shape: tuple[int, ...]) -> Array:
    """Zeros of `shape`, onto which `g` is added at the index: the adjoint of `getitem`.

    >>> put(np.array([1.0, 2.0]), index=np.array([0, 0]), shape=(2,))
    array([3., 0.])
    """
    x = zeros(shape, arrayed(g).dtype, g)
    if repeats(index):
        add_at(x, index, g)
    else:
        x[index] = g
    return x


def repeats(index: Any) -> bool:
    """Whether an index may take one element twice, as an array of integers may."""
    if is_basic(index):
        return False
    parts = index if isinstance(index, tuple) else (index,)
    return any(np.ndim(part) > 0 and arrayed(part).dtype != bool for part in parts)


getitem.vjp(
    lambda g, y, x, index: put(g, index=index, shape=x.shape),
    r"\mathrm{put}(\bar{y})",
)
put.vjp(lambda h, y, g, index, shape: getitem(h, index=index), r"\bar{y}[\ldots]")


@primitive(name="embedding")
def rows_of(weight: Array, *, index: Array, padding_idx: int | None) -> Array:
    """y = weight[index], where the row `padding_idx` gets no gradient"""
    return weight.take(index, axis=0) if type(weight) is ARRAY else weight[index]


@rows_of.vjp("weight", r"\mathrm{put}(\bar{y})")
def rows_of_vjp(g: Any, y: Any, w: Any, index: Array, padding_idx: int | None) -> Any:
    """Each row of the table gathers the gradients of all its uses."""
    if padding_idx is not None:
        g = np.where(brought(index == padding_idx, plain(g))[..., None], 0.0, g)
    return put(g, index=index, shape=w.shape)


def split(x: Any, sections: Any, axis: int = 0) -> list[Any]:
    """Cut into equal parts (`sections` is a number) or before the given indices.

    Raises ShapeError where the parts would not be equal.

    >>> [part.shape for part in split(np.zeros((6, 2)), 3)]
    [(2, 2), (2, 2), (2, 2)]
    """
    x = listed(x)
    [axis] = axes_of("split", axis, np.ndim(x))
    size = np.shape(x)[axis]
    try:
        parts = np.split(np.arange(size), sections)
    except ValueError:
        raise ShapeError(
            f"split: axis {axis} with {size} elements cannot be cut into {sections} "
            f"equal parts"
        ) from None
    return pieces(x, parts, axis)


def pieces(x: Any, parts: Iterable[Array], axis: int) -> list[Any]:
    """The parts of `x` that lie at these places, which follow one another."""
    lead = (slice(None),) * axis
    bounds = ((int(p[0]), int(p[-1]) + 1) if p.size else (0, 0) for p in parts)
    return [getitem(x, index=(*lead, slice(*pair))) for pair in bounds]


@composition
def stack(arrays: Any, axis: int = 0) -> Any:
    """Join arrays of one shape along a new axis.

    >>> stack([np.zeros(3), np.ones(3)], axis=-1).shape
    (3, 2)
    """
    return concatenate([expand_dims(a, axis=axis) for a in arrays], axis=axis)


@primitive
def bordered(x: Array, *, pad_width: Any, constant_values: float = 0.0) -> Array:
    """A border of one number; see `pad`."""
    return np.pad(x, pad_width, constant_values=constant_values)


def inside(shape: tuple[int, ...], pad_width: Any) -> tuple[slice, ...]:
    """The index of what was there before padding."""
    widths = np.broadcast_to(np.asarray(pad_width), (len(shape), 2))
    return tuple(
        slice(int(before), int(before) + size)
        for (before, _), size in zip(widths, shape, strict=True)
    )


bordered.name = "pad"
bordered.vjp(
    lambda g, y, x, pad_width, constant_values: g[inside(x.shape, pad_width)],
    r"\mathrm{crop}(\bar{y})",
)
BORDERS = ("edge", "reflect", "symmetric", "wrap")  # that repeat what is there


@composition
def pad(
    x: Any, pad_width: Any, mode: str = "constant", constant_values: float = 0.0
) -> Any:
    """A border around `x`; `pad_width` is (before, after) for each axis, or for all.

    The border is `constant_values`, or repeats elements with the `mode` "edge",
    "reflect", "symmetric" or "wrap". Raises NotDifferentiableError for another.

    >>> pad(np.array([1.0, 2.0]), 1)
    array([0., 1., 2., 0.])
    >>> pad(np.array([1.0, 2.0]), 1, mode="edge")
    array([1., 1., 2., 2.])
    """
    if mode == "constant":
        return bordered(x, pad_width=pad_width, constant_values=constant_values)
    if mode not in BORDERS:
        raise NotDifferentiableError(
            f'pad: `mode` is {mode!r}: use "constant", or one of {BORDERS}'
        )
    x = listed(x)
    widths = np.broadcast_to(np.asarray(pad_width), (np.ndim(x), 2)).tolist()
    for axis, (before, after) in enumerate(widths):
        places = np.arange(np.shape(x)[axis])
        try:
            around = np.pad(places, (before, after), mode=mode)  # type: ignore[call-overload]
        except ValueError as error:
            raise ShapeError(f"pad: `pad_width` is {pad_width!r}: {error}") from None
        x = getitem(x, index=(slice(None),) * axis + (around,))
    return x


@composition
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element (or slice along `axis`) `repeats` times in a row.

    >>> repeat(np.array([1, 2]), 2)
    array([1, 1, 2, 2])
    """
    x = listed(x)
    if axis is None:
        x, axis = ravel(x), 0
    [axis] = axes_of("repeat", axis, np.ndim(x))
    size = np.shape(x)[axis]
    try:
        taken = np.repeat(np.arange(size), repeats)
    except ValueError:
        raise ShapeError(
            f"repeat: `repeats` is {repeats!r}: it must be a number, or {size} numbers "
            f"for the elements along axis {axis}, and none of them negative"
        ) from None
    return getitem(x, index=(slice(None),) * axis + (taken,))


@composition
def tile(x: Any, reps: int | tuple[int, ...]) -> Any:
    """The whole array `reps` times along each axis.

    >>> tile(np.array([1, 2]), 2)
    array([1, 2, 1, 2])
    """
    x, reps = listed(x), tuple(np.atleast_1d(reps).tolist())
    rank = max(len(reps), np.ndim(x))
    shape = (1,) * (rank - np.ndim(x)) + np.shape(x)
    reps = (1,) * (rank - len(reps)) + reps
    pairs = list(zip(reps, shape, strict=True))
    apart = reshape(x, shape=tuple(n for _, size in pairs for n in (1, size)))
    whole = broadcast_to(apart, shape=tuple(n for pair in pairs for n in pair))
    return reshape(whole, shape=tuple(times * size for times, size in pairs))
