"""Operators that change the shape, join, cut, repeat or make arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import ArgumentError
from .numbers import array, axes_of, limited, whole

MODES = ("constant", "reflect", "edge", "wrap")


def reshape(x: Any, shape: Any, allowzero: int = 0) -> Any:
    """The elements in another shape; 0 is the size that there is."""
    sizes = whole(shape)
    if not allowzero:
        sizes = [n or x.shape[place] for place, n in enumerate(sizes)]
    return np.reshape(x, tuple(sizes))


def flatten(x: Any, axis: int = 1) -> Any:
    """A matrix; its rows are the axes before `axis`."""
    first = axis % x.ndim if axis < 0 else axis
    return np.reshape(x, (math.prod(x.shape[:first]), math.prod(x.shape[first:])))


def transpose(x: Any, perm: Any = None) -> Any:
    """The axes in another order."""
    return np.transpose(x, None if perm is None else tuple(perm))


def unsqueeze(x: Any, axes: Any) -> Any:
    """New axes of size 1."""
    return np.expand_dims(x, tuple(whole(axes)))


def squeeze(x: Any, axes: Any = None) -> Any:
    """Without axes of size 1."""
    return np.squeeze(x, axes_of(axes))


def concat(*arrays: Any, axis: int) -> Any:
    """Arrays one after the other."""
    return np.concatenate(arrays, axis=axis)


def split(
    x: Any, split: Any = None, axis: int = 0, num_outputs: int | None = None, **_: Any
) -> Any:
    """Parts of given lengths, or of one length, the last of which may be shorter."""
    sizes, length = whole(split), x.shape[axis]
    if not sizes:
        size = -(-length // (num_outputs or 1))
        return tuple(np.split(x, range(size, length, size), axis=axis))
    return tuple(np.split(x, np.cumsum(sizes)[:-1].tolist(), axis=axis))


def take_slice(
    x: Any, starts: Any, ends: Any, axes: Any = None, steps: Any = None
) -> Any:
    """Slices along axes."""
    begin, end = whole(starts), whole(ends)
    places = whole(axes) or range(len(begin))
    index = [slice(None)] * x.ndim
    for place, first, last, step in zip(
        places, begin, end, whole(steps) or [1] * len(begin), strict=True
    ):
        least = step < 0 and last < -x.shape[place]
        index[place] = slice(first, None if least else last, step)
    return x[tuple(index)]


def expand(x: Any, shape: Any) -> Any:
    """`x` repeated; sizes of 1 leave its own."""
    return np.broadcast_to(x, np.broadcast_shapes(x.shape, tuple(whole(shape))))


def tile(x: Any, repeats: Any) -> Any:
    """Copies of `x` side by side."""
    counts = whole(repeats)
    limited([n * size for n, size in zip(counts, x.shape, strict=True)])
    return np.tile(x, tuple(counts))


def pad(
    x: Any,
    pads: Any,
    constant_value: Any = None,
    axes: Any = None,
    mode: str = "constant",
    value: float = 0.0,
) -> Any:
    """`x` with a border; where it is negative, it is cut off."""
    ends, places = whole(pads), whole(axes) or range(x.ndim)
    if mode not in MODES:
        raise ArgumentError(f"its mode is {mode!r}: known are {', '.join(MODES)}")
    widths, inner = [(0, 0)] * x.ndim, [slice(None)] * x.ndim
    for place, before, after in zip(
        places, ends[: len(ends) // 2], ends[len(ends) // 2 :], strict=True
    ):
        widths[place] = (max(before, 0), max(after, 0))
        inner[place] = slice(max(-before, 0), x.shape[place] - max(-after, 0))
    limited([n + sum(width) for n, width in zip(x.shape, widths, strict=True)])
    if min(ends, default=0) < 0:
        x = x[tuple(inner)]
    if mode != "constant":
        return np.pad(x, widths, mode=mode)  # type: ignore[call-overload]
    fill = value if constant_value is None else array(constant_value).item()
    return np.pad(x, widths, constant_values=fill)


def shape_of(x: Any, start: int = 0, end: int | None = None) -> Any:
    """The sizes of the axes, as numbers."""
    return np.array(x.shape[start:end], np.int64)


def constant_of_shape(shape: Any, value: Any = None) -> Any:
    """An array of one number."""
    fill = np.zeros(1, np.float32) if value is None else value
    return np.broadcast_to(fill.reshape(()), limited(whole(shape)))


def number_range(start: Any, limit: Any, delta: Any) -> Any:
    """Numbers with equal steps."""
    first, last, step = (array(part).item() for part in (start, limit, delta))
    if not step:
        raise ArgumentError("its step is 0")
    limited([max(0, math.ceil((last - first) / step))])
    return np.arange(first, last, step).astype(array(start).dtype)


def depth_to_space(x: Any, blocksize: int, mode: str = "DCR") -> Any:
    """Channels as blocks of pixels."""
    n, c, h, w = x.shape
    b = blocksize
    if mode == "DCR":
        parts = np.reshape(x, (n, b, b, c // (b * b), h, w))
        parts = np.transpose(parts, (0, 3, 4, 1, 5, 2))
    else:
        parts = np.reshape(x, (n, c // (b * b), b, b, h, w))
        parts = np.transpose(parts, (0, 1, 4, 2, 5, 3))
    return np.reshape(parts, (n, c // (b * b), h * b, w * b))


def space_to_depth(x: Any, blocksize: int) -> Any:
    """Blocks of pixels as channels."""
    n, c, h, w = x.shape
    b = blocksize
    parts = np.reshape(x, (n, c, h // b, b, w // b, b))
    parts = np.transpose(parts, (0, 3, 5, 1, 2, 4))
    return np.reshape(parts, (n, c * b * b, h // b, w // b))


def triangle(x: Any, k: Any = None, upper: int = 1) -> Any:
    """The upper or lower triangle of matrices, and 0 elsewhere."""
    offset = 0 if k is None else int(array(k).item())
    kept = np.triu if upper else np.tril
    mask = kept(np.ones(x.shape[-2:], bool), offset)
    zero = np.zeros((), x.dtype)
    return np.where(mask, x, zero)


def constant(
    value: Any = None,
    value_float: Any = None,
    value_floats: Any = None,
    value_int: Any = None,
    value_ints: Any = None,
) -> Any:
    """The numbers of an attribute."""
    if value is not None:
        return value
    if value_float is not None or value_floats is not None:
        return np.array(
            value_floats if value_float is None else value_float, np.float32
        )
    return np.array(value_ints if value_int is None else value_int, np.int64)


SHAPES: dict[str, Callable[..., Any]] = {
    "Concat": concat,
    "Constant": constant,
    "ConstantOfShape": constant_of_shape,
    "DepthToSpace": depth_to_space,
    "Expand": expand,
    "Flatten": flatten,
    "Pad": pad,
    "Range": number_range,
    "Reshape": reshape,
    "Shape": shape_of,
    "Size": lambda x: np.array(math.prod(x.shape), np.int64),
    "Slice": take_slice,
    "SpaceToDepth": space_to_depth,
    "Split": split,
    "Squeeze": squeeze,
    "Tile": tile,
    "Transpose": transpose,
    "Trilu": triangle,
    "Unsqueeze": unsqueeze,
}
