"""Operators that read from places of an array, or write to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ... import compositions, ops


def at(x: Any, dim: int, index: Any) -> tuple[Any, ...]:
    """An index along one axis, and everything along the others."""
    return (slice(None),) * (dim % x.ndim) + (index,)


def select(x: Any, dim: int, index: int) -> Any:
    """The part at one place of an axis."""
    return x[at(x, dim, index)]


def take_slice(
    x: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Any:
    """x[start:end:step] along one axis."""
    return x[at(x, dim, slice(start, end, step))]


def unfold(x: Any, dim: int, size: int, step: int) -> Any:
    """Windows of `size` places, `step` apart, along one axis; they get a last axis."""
    dim %= x.ndim
    starts = np.arange(0, x.shape[dim] - size + 1, step)
    windows = np.take(x, starts[:, None] + np.arange(size), axis=dim)
    return np.moveaxis(windows, dim + 1, -1)


def index(x: Any, indices: Sequence[Any]) -> Any:
    """x[i, j, ...]; None takes all of an axis."""
    return x[places(indices)]


def places(indices: Sequence[Any]) -> tuple[Any, ...]:
    """PyTorch's list of index arrays as NumPy's index."""
    return tuple(slice(None) if i is None else i for i in indices)


def index_select(x: Any, dim: int, index: Any) -> Any:
    """The parts at some places of an axis."""
    return np.take(x, index, axis=dim)


def gather(x: Any, dim: int, index: Any) -> Any:
    """Along `dim`, the elements at `index`, which may be smaller than `x` elsewhere."""
    corner = [slice(size) for size in index.shape]
    corner[dim] = slice(None)
    return np.take_along_axis(x[tuple(corner)], index, axis=dim)


def written(x: Any, place: Any, values: Any, accumulate: bool = False) -> Any:
    """A copy of `x` with values written to some places, or added to them.

    The values are put into zeros; elsewhere, `x` shows through.
    """
    mask = np.zeros(x.shape, dtype=bool)
    mask[place] = True
    part = np.broadcast_to(values, mask[place].shape)
    laid_out = ops.put(part, index=place, shape=tuple(x.shape))
    return x + laid_out if accumulate else np.where(mask, laid_out, x)


def index_put(x: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """A copy of `x` with x[i, j, ...] = values, or += with `accumulate`."""
    return written(x, places(indices), values, accumulate)


def slice_scatter(
    x: Any, source: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Any:
    """A copy of `x` with x[start:end:step] = source along one axis."""
    return written(x, at(x, dim, slice(start, end, step)), source)


def select_scatter(x: Any, source: Any, dim: int, index: int) -> Any:
    """A copy of `x` with another part at one place of an axis."""
    return written(x, at(x, dim, index), source)


def scatter(x: Any, dim: int, index: Any, source: Any, accumulate: bool = False) -> Any:
    """A copy of `x` with source[i] written to index[i] along one axis."""
    grid = list(np.indices(index.shape, sparse=True))
    grid[dim] = index
    corner = tuple(slice(size) for size in index.shape)
    values = source[corner] if np.ndim(source) else source
    return written(x, tuple(grid), values, accumulate)


def scatter_add(x: Any, dim: int, index: Any, source: Any) -> Any:
    """A copy of `x` with source[i] added to index[i] along one axis."""
    return scatter(x, dim, index, source, accumulate=True)


def embedding(weight: Any, indices: Any, padding_idx: int = -1, *options: Any) -> Any:
    """A row of `weight` for each index; the row at `padding_idx` gets no gradient."""
    row = None if padding_idx < 0 else padding_idx
    return compositions.embedding(indices, weight, padding_idx=row)


INDEXING: dict[str, Callable[..., Any]] = {
    "embedding": embedding,
    "gather": gather,
    "index": index,
    "index_put": index_put,
    "index_select": index_select,
    "scatter": scatter,
    "scatter_add": scatter_add,
    "select": select,
    "select_scatter": select_scatter,
    "slice": take_slice,
    "slice_scatter": slice_scatter,
    "unfold": unfold,
}
