"""Operations that take elements by index."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ...ops import indexing
from .batch import Batch, mixed
from .translation import Translation
from .writer import Call, Value

WHOLE = slice(None)
ALL = {str(WHOLE)}


def spelled_out(index: Any, ndim: int) -> list[Any]:
    """An index with an entry for each axis, and None for each new one."""
    parts = list(index) if isinstance(index, tuple) else [index]
    used = sum(axes_used(part) for part in parts)
    rest = [WHOLE] * (ndim - used)
    for place, part in enumerate(parts):
        if part is Ellipsis:
            return [*parts[:place], *rest, *parts[place + 1 :]]
    return parts + rest


def axes_used(part: Any) -> int:
    """How many axes an entry of an index is for."""
    if part is None or part is Ellipsis:
        return 0
    array = np.asarray(part) if not isinstance(part, slice) else None
    return max(array.ndim, 1) if array is not None and array.dtype == bool else 1


def place_of(parts: list[Any], axis: int) -> int:
    """Where in an index the entry for an axis is."""
    passed = 0
    for place, part in enumerate(parts):
        passed += axes_used(part)
        if passed > axis:
            return place
    raise mixed("its index is longer than the array")  # NumPy has refused it


def is_whole(part: Any, batch: Batch) -> bool:
    """Whether an entry of an index takes all examples of the batch."""
    if not isinstance(part, slice) or (part.step or 1) != 1:
        return False
    ends = (0 if part.start is None else part.start), part.stop
    return ends[0] == 0 and (
        ends[1] is None or (batch.examples > 1 and ends[1] >= batch.size)
    )


def freed_index(x: Value, index: Any) -> tuple[Any, ...]:
    """The index, with `:` for the axis of the batch; MixedError if it chooses there."""
    parts = spelled_out(index, x.ndim)
    if x.batch:
        place = place_of(parts, x.batch.axis)
        if not is_whole(parts[place], x.batch):
            raise mixed("it takes some examples of the batch")
        parts[place] = WHOLE
    return tuple(parts)


def followed(call: Call, index: Any) -> Batch | None:
    """The axis of the result along which the examples are, if all are taken."""
    [x] = call.values
    if x.batch is None:
        return None
    sizes = [2 if axis == x.batch.axis else n for axis, n in enumerate(x.shape)]
    numbers = np.arange(2).reshape([-1] + [1] * (x.ndim - x.batch.axis - 1))
    taken = np.broadcast_to(numbers, sizes)[freed_index(x, index)]
    for axis, size in enumerate(taken.shape):
        if size == 2 and (np.diff(taken, axis=axis) == 1).all():
            return x.batch.moved(axis)
    raise mixed("it takes no element of any example")


def getitem(call: Call, x: Value, index: Any) -> str:
    """Elements by index: slices as Slice, one array as Gather, else from a row."""
    parts = freed_index(x, index)
    arrays = [np.asarray(part) for part in parts if is_array(part)]
    if not arrays:
        return sliced(call, x, parts)
    others = [part for part in parts if not is_array(part)]
    if len(arrays) == 1 and arrays[0].dtype != bool and set(map(str, others)) <= ALL:
        place = next(place for place, part in enumerate(parts) if is_array(part))
        return call.node("Gather", x, call.whole(arrays[0]), axis=place)
    return gathered(call, x, parts)


def is_array(part: Any) -> bool:
    """Whether an entry of an index is an array, or a truth value, which acts as one."""
    return np.ndim(part) > 0 or isinstance(part, bool | np.bool_)


def sliced(call: Call, x: Value, parts: tuple[Any, ...]) -> str:
    """Slices, single elements and new axes, in this order."""
    name, entries = call.operand(x), [part for part in parts if part is not None]
    cuts = [
        (axis, *ends_of(part, x.shape[axis]))
        for axis, part in enumerate(entries)
        if part != WHOLE
    ]
    if cuts:
        axes, starts, stops, steps = map(list, zip(*cuts, strict=True))
        ends = map(call.whole, (starts, stops, axes, steps))
        name = call.node("Slice", name, *ends)
    single = [a for a, part in enumerate(entries) if not isinstance(part, slice)]
    if single:
        name = call.node("Squeeze", name, call.whole(single))
    kept = [part for part in parts if part is None or isinstance(part, slice)]
    new = [place for place, part in enumerate(kept) if part is None]
    return call.node("Unsqueeze", name, call.whole(new)) if new else name


def ends_of(part: Any, size: int) -> tuple[int, int, int]:
    """(start, stop, step) of a slice or of a single element, as Slice has them."""
    if not isinstance(part, slice):
        start = operator.index(part) % size
        return start, start + 1, 1
    start, stop, step = part.indices(size)
    if step < 0 and stop < 0:
        stop = int(np.iinfo(np.int64).min)
    return start, stop, step


def gathered(call: Call, x: Value, parts: tuple[Any, ...]) -> str:
    """Any other index: each element by its number in an example, or in all of `x`."""
    if x.batch is None:
        table = np.arange(np.size(x.array)).reshape(x.shape)[parts]
        row = call.node("Reshape", x, call.whole([-1]))
        return call.node("Gather", row, call.whole(table), axis=0)
    result = call.result.batch
    if x.batch.axis or result is None or result.axis or parts[0] != WHOLE:
        raise mixed("its index has several arrays, and examples are not along axis 0")
    count = math.prod(x.shape[1:])
    table = np.arange(count).reshape(1, *x.shape[1:])[parts][0]
    rows = call.node("Reshape", x, call.whole([-1, count]))
    return call.node("Gather", rows, call.whole(table), axis=1)


def looked_up(call: Call, index: Any, **_: Any) -> Batch | None:
    """The batch of the numbers that are looked up."""
    if call.values[0].batch:
        raise mixed("its table depends on the examples")
    return call.index.batch if call.index else None


def rows_of(call: Call, weight: Value, index: Any, **_: Any) -> str:
    """A row of a table for each number."""
    numbers = call.index.name if call.index else call.whole(index)
    return call.node("Gather", weight, numbers, axis=0)


INDEXING: dict[Any, Translation] = {
    indexing.getitem: Translation(getitem, followed),
    indexing.rows_of: Translation(rows_of, looked_up),
}
