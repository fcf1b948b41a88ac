"""Numbers added at places of an array of zeros, some of them several times.

`np.add.at` has a fast loop for one axis: on a table of 5,000 words by 64 and 2,000
rows, 0.3 instead of 0.9 ms. Places are numbered a few rows at a time, as their numbers
take more memory than the rows. Long rows are sorted by their place instead: the first
shares of many places are added to the second ones, then the third ones. For 2,000 rows
of 512 numbers that takes 0.4 instead of 1.9 ms, and a compiled loop 0.15, on one core.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from ..value import ELSEWHERE, Array
from .compilation import chosen, readable, slices

FEW, MOST = 1 << 10, 1 << 17  # shares: from here on it pays; numbered at a time
WIDE, FLOATS = 32, {np.dtype(np.float32), np.dtype(np.float64)}  # rows that are sorted
TILE = 1 << 15  # numbers of rows that are added up at a time: 128 kB of float32
LEAST = 8  # calls from which on it is worth sorting
CALLS = 1 << 11  # numbers that `np.add.at` adds in the time of a few calls


def add_at(x: Array, index: Any, g: Array) -> None:
    """x[index] += g, where an element that is taken several times gets every share.

    The shares of an element are added in the order of the index. `x` is contiguous and
    has zeros.
    """
    if type(x) in ELSEWHERE:
        add = getattr(x, "scatter_add", functools.partial(np.add.at, x))  # as CuPy has
        add(index, g)
        return
    arrays = integers(index) if np.size(g) >= FEW else []
    if not arrays:
        np.add.at(x, index, g)
        return
    first, rest = x.shape[: len(arrays)], x.shape[len(arrays) :]
    try:
        places = numbered(arrays, first)
    except ValueError:  # out of bounds, or too many: NumPy says it better here
        np.add.at(x, index, g)
        return
    size = math.prod(rest)
    shares = np.broadcast_to(g, places.shape + rest).reshape(places.size, size)
    table, places = x.reshape(math.prod(first), size), places.reshape(-1)
    loops = chosen.get().get(x.dtype)
    if loops is not None and shares.dtype == x.dtype:
        loops.add_rows(*readable(places, shares), table)
    elif size < WIDE or x.dtype not in FLOATS or not add_sorted(table, places, shares):
        add_one_by_one(table, places, shares)


def numbered(arrays: list[Array], shape: tuple[int, ...]) -> Array:
    """Which element of this shape an index takes, counted from 0."""
    if len(shape) == 1 and arrays[0].size and arrays[0].dtype == np.intp:
        [places], [size] = arrays, shape
        if places.min() >= 0 and places.max() < size:
            return places
    from_0 = [np.where(a < 0, a + n, a) for a, n in zip(arrays, shape, strict=True)]
    return np.ravel_multi_index(from_0, shape)


def add_one_by_one(x: Array, places: Array, g: Array) -> None:
    """Add each number of the rows g at its place in x."""
    size, flat = x.shape[1], x.reshape(-1)
    rows, inside = places.reshape(-1, 1) * size, np.arange(size)
    for part in slices(len(rows), max(1, MOST // max(1, size))):
        np.add.at(flat, (rows[part] + inside).ravel(), g[part].ravel())


def add_sorted(x: Array, places: Array, g: Array) -> bool:
    """Add up the rows of each place, and say so; False where it takes too many calls.

    Places with many shares come first, so that those which have another share are the
    first of them. So many are added up by themselves that it takes the fewest calls.
    """
    if g.size < LEAST * CALLS:
        return False
    order = sorting(places, len(x))
    rows = places[order]
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    uses = np.diff(starts, append=len(rows))
    falling = sorting(uses.max(initial=0) - uses, len(rows))
    starts, uses = starts[falling], uses[falling]
    calls = np.arange(len(uses) + 1) + np.append(uses, 0)
    often = int(np.argmin(calls))
    if calls[often] * CALLS > g.size:
        return False
    for start, count in zip(starts[:often], uses[:often], strict=True):
        shares = g.take(order[start : start + count], axis=0)
        np.add.reduce(shares, axis=0, out=x[rows[start]])
    starts, uses = starts[often:], uses[often:]
    for tile in slices(len(starts), max(1, TILE // x.shape[1])):
        first, left = starts[tile], uses[tile]
        sums = g.take(order[first], axis=0)
        for place in range(1, left[0]):
            left = left[left > place]
            sums[: len(left)] += g.take(order[first[: len(left)] + place], axis=0)
        x[rows[first]] = sums
    return True


def sorting(numbers: Array, end: int) -> Array:
    """The order of whole numbers up to an end; NumPy sorts those of 16 bits faster."""
    if end <= 1 << 16:
        numbers = numbers.astype(np.uint16)
    return np.argsort(numbers, kind="stable")


def integers(index: Any) -> list[Array]:
    """An index of the first axes as arrays of integers; empty if it has more."""
    parts = index if isinstance(index, tuple) else (index,)
    arrays = [np.asarray(part) for part in parts]
    simple = all(a.dtype.kind in "iu" and np.can_cast(a.dtype, np.intp) for a in arrays)
    return arrays if simple else []
