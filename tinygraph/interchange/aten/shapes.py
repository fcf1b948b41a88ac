"""Operators that change the shape, join, cut or make arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def view(x: Any, size: Sequence[int]) -> Any:
    """The elements in another shape."""
    return np.reshape(x, tuple(size))


def permute(x: Any, dims: Sequence[int]) -> Any:
    """The axes in another order."""
    return np.transpose(x, tuple(dims))


def squeeze(x: Any, dim: Any = None) -> Any:
    """Without the axes of length 1, or without those in `dim` that are."""
    dims = range(x.ndim) if dim is None else np.atleast_1d(dim).tolist()
    ones = tuple(d % x.ndim for d in dims if x.ndim and x.shape[d] == 1)
    return np.squeeze(x, axis=ones)


def expand(x: Any, size: Sequence[int]) -> Any:
    """`x` repeated along axes of length 1; −1 in `size` leaves an axis as it is."""
    own = (1,) * (len(size) - x.ndim) + tuple(x.shape)
    target = tuple(
        have if want == -1 else want for want, have in zip(size, own, strict=True)
    )
    return np.broadcast_to(x, target)


def repeat(x: Any, repeats: Sequence[int]) -> Any:
    """Copies of `x` side by side along each axis."""
    return np.tile(x, tuple(repeats))


def split_with_sizes(x: Any, sizes: Sequence[int], dim: int = 0) -> Any:
    """Parts of the given lengths along one axis."""
    return np.split(x, np.cumsum(sizes)[:-1].tolist(), axis=dim)


def split(x: Any, size: Any, dim: int = 0) -> Any:
    """Parts of one length along an axis, the last of which may be shorter."""
    if isinstance(size, list):
        return split_with_sizes(x, size, dim)
    return np.split(x, range(size, x.shape[dim], size), axis=dim)


def unbind(x: Any, dim: int = 0) -> Any:
    """The parts of `x` along an axis, without that axis."""
    return list(np.moveaxis(x, dim, 0))


def cat(arrays: Sequence[Any], dim: int = 0) -> Any:
    """Arrays one after the other; PyTorch leaves out empty vectors among them."""
    return np.concatenate(
        [x for x in arrays if x.shape != (0,)] or arrays[:1], axis=dim
    )


def stack(arrays: Sequence[Any], dim: int = 0) -> Any:
    """Arrays along a new axis."""
    return np.stack(arrays, axis=dim)


def roll(x: Any, shifts: Any, dims: Any = ()) -> Any:
    """Elements shifted along axes; what leaves at one end comes in at the other."""
    return np.roll(x, tuple(shifts) if dims else shifts[0], tuple(dims) or None)


def pad_widths(ndim: int, pad: Sequence[int]) -> list[tuple[int, int]]:
    """PyTorch's widths, from the last axis to the first, as NumPy's.

    >>> pad_widths(3, [1, 2, 3, 4])
    [(0, 0), (3, 4), (1, 2)]
    """
    pairs = list(zip(pad[::2], pad[1::2], strict=True))
    return [(0, 0)] * (ndim - len(pairs)) + pairs[::-1]


def constant_pad_nd(x: Any, pad: Sequence[int], value: Any = 0) -> Any:
    """`x` with a border of `value`; a negative width cuts a border off."""
    widths = pad_widths(x.ndim, pad)
    cut = [
        slice(max(0, -before), size - max(0, -after))
        for (before, after), size in zip(widths, x.shape, strict=True)
    ]
    inner = x[tuple(cut)] if min(pad) < 0 else x
    return np.pad(
        inner,
        [(max(0, before), max(0, after)) for before, after in widths],
        constant_values=value,
    )


def reflection_pad(x: Any, pad: Sequence[int]) -> Any:
    """`x` with a border that mirrors it, without the element at the edge."""
    return np.pad(x, pad_widths(x.ndim, pad), mode="reflect")


def replication_pad(x: Any, pad: Sequence[int]) -> Any:
    """`x` with a border that repeats its edge."""
    return np.pad(x, pad_widths(x.ndim, pad), mode="edge")


def arange(*limits: Any) -> Any:
    """Numbers with equal steps."""
    return np.arange(*limits)


def full(size: Sequence[int], value: Any) -> Any:
    """An array of one number."""
    return np.full(tuple(size), value)


def full_like(x: Any, value: Any) -> Any:
    """An array of one number in the shape of `x`."""
    return np.full(x.shape, value)


SHAPES: dict[str, Callable[..., Any]] = {
    "arange": arange,
    "cat": cat,
    "constant_pad_nd": constant_pad_nd,
    "diagonal": np.diagonal,
    "empty": np.zeros,
    "expand": expand,
    "flip": lambda x, dims: np.flip(x, tuple(dims)),
    "full": full,
    "full_like": full_like,
    "permute": permute,
    "reflection_pad1d": reflection_pad,
    "reflection_pad2d": reflection_pad,
    "repeat": repeat,
    "replication_pad2d": replication_pad,
    "roll": roll,
    "scalar_tensor": np.asarray,
    "split": split,
    "split_with_sizes": split_with_sizes,
    "squeeze": squeeze,
    "stack": stack,
    "transpose": np.swapaxes,
    "unbind": unbind,
    "unsqueeze": np.expand_dims,
    "view": view,
}
