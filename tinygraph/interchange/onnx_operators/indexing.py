"""Operators that take elements by index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...compositions import embedding
from ...errors import ArgumentError
from ...ops import put
from ...tensor import Tensor
from .numbers import array, limited, plain


def gather(x: Any, indices: Any, axis: int = 0) -> Any:
    """Slices along an axis, in the order of the indices; of a table, its rows."""
    index = array(indices)
    if isinstance(x, Tensor) and x.ndim == 2 and axis == 0 and index.ndim:
        return embedding(np.where(index < 0, index + x.shape[0], index), x)
    return x[(slice(None),) * (axis % x.ndim) + (index if index.ndim else int(index),)]


def gather_elements(x: Any, indices: Any, axis: int = 0) -> Any:
    """One element for each index along an axis."""
    index = array(indices)
    place: list[Any] = [*np.indices(index.shape)]
    place[axis] = index
    return x[tuple(place)]


def gather_nd(x: Any, indices: Any, batch_dims: int = 0) -> Any:
    """Parts of `x`; the last axis of the indices is the place of a part."""
    index = array(indices)
    lead = index.shape[:batch_dims]
    more = (1,) * (index.ndim - 1 - batch_dims)
    before = [
        np.arange(size).reshape([-1 if a == axis else 1 for a in range(len(lead))])
        for axis, size in enumerate(lead)
    ]
    own = [places.reshape(places.shape + more) for places in before]
    return x[(*own, *np.moveaxis(index, -1, 0))]


def one_hot(indices: Any, depth: Any, values: Any, axis: int = -1) -> Any:
    """`values[1]` at the place of each index, and `values[0]` elsewhere."""
    count, (off, on) = int(array(depth).item()), array(values)
    index = array(indices)
    limited([*index.shape, count])
    chosen = (index % count)[..., None] == np.arange(count)
    return np.moveaxis(np.where(chosen, on, off), -1, axis)


def scatter_elements(
    x: Any, indices: Any, updates: Any, axis: int = 0, reduction: str = "none"
) -> Any:
    """`x` with elements replaced, or added to."""
    index = array(indices)
    place: list[Any] = [*np.indices(index.shape)]
    place[axis] = index % x.shape[axis]
    return placed(x, tuple(place), updates, reduction)


def scatter_nd(x: Any, indices: Any, updates: Any, reduction: str = "none") -> Any:
    """`x` with parts replaced, or added to."""
    index = tuple(np.moveaxis(array(indices), -1, 0))
    return placed(x, index, updates, reduction)


def placed(x: Any, index: Any, updates: Any, reduction: str) -> Any:
    """`x` with other elements at an index; each may occur once, unless it is added."""
    if reduction not in ("none", "add"):
        raise ArgumentError(f"its reduction is {reduction!r}: known are none and add")
    added = put(updates, index=index, shape=x.shape)
    if reduction == "add":
        return x + added
    kept = np.ones(x.shape, bool)
    kept[index] = False
    return np.where(kept, x, added)


INDEXING: dict[str, Callable[..., Any]] = {
    "Gather": gather,
    "GatherElements": gather_elements,
    "GatherND": gather_nd,
    "NonZero": lambda x: np.array(np.nonzero(plain(x)), np.int64),
    "OneHot": one_hot,
    "ScatterElements": scatter_elements,
    "ScatterND": scatter_nd,
}
