"""Operations that move, join or repeat elements."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ...ops import indexing, shape
from .batch import Batch, free_shape, kept, mixed, one_of, reshaped
from .reductions import along, numbered, reduce
from .translation import Translation, freed
from .writer import Call, Value


def by_order(call: Call, **_: Any) -> Batch | None:
    """The batch of a result that has the elements in their order."""
    [x] = call.values
    return reshaped(x.batch, x.shape, call.result.shape)


def reshape(call: Call, x: Value, **_: Any) -> str:
    """The elements in the shape of the result; −1 is the axis of the batch."""
    if 0 in call.result.shape:
        if call.result.batch:
            raise mixed("an array without elements has no batch that could be free")
        return call.constant(call.result.array)
    sizes = free_shape(call.result.shape, call.result.batch, -1)
    return call.node("Reshape", x, call.whole(sizes))


def unsqueezed(call: Call, axis: Any) -> Batch | None:
    """The batch after new axes, which may come before its own."""
    [x] = call.values
    if x.batch is None:
        return None
    new = normalize_axis_tuple(axis, call.result.ndim)
    old = [place for place in range(call.result.ndim) if place not in new]
    return x.batch.moved(old[x.batch.axis])


def unsqueeze(call: Call, x: Value, axis: Any) -> str:
    """New axes of size 1."""
    new = normalize_axis_tuple(axis, call.result.ndim)
    return call.node("Unsqueeze", x, call.whole(list(new)))


def ones(x: Value, axis: Any) -> tuple[int, ...]:
    """The axes that `squeeze` removes."""
    if axis is None:
        return tuple(place for place, size in enumerate(x.shape) if size == 1)
    return numbered(x, axis)


def squeezed(call: Call, axis: Any) -> Batch | None:
    """The batch after axes of size 1 are gone; its own must not be among them."""
    [x] = call.values
    return kept(x.batch, ones(x, axis), False)


def squeeze(call: Call, x: Value, axis: Any) -> str:
    """Without some axes of size 1."""
    return call.node("Squeeze", x, call.whole(list(ones(x, axis))))


def order_of(x: Value, axes: Any) -> list[int]:
    """The old axis of each new one."""
    if axes is None:
        return [*reversed(range(x.ndim))]
    return [int(axis) % x.ndim for axis in axes]


def permuted(call: Call, axes: Any) -> Batch | None:
    """The batch, wherever its axis goes."""
    [x] = call.values
    return x.batch and x.batch.moved(order_of(x, axes).index(x.batch.axis))


def transpose(call: Call, x: Value, axes: Any) -> str:
    """The axes in another order."""
    return call.node("Transpose", x, perm=order_of(x, axes)) if x.ndim else x.name


def flip(call: Call, x: Value, axis: Any) -> str:
    """The elements in the opposite order along axes."""
    axes = list(numbered(x, axis))
    count = len(axes)
    least = np.iinfo(np.int64).min
    ends = ([-1] * count, [least] * count, axes, [-1] * count)
    return call.node("Slice", x, *map(call.whole, ends))


def stretched(call: Call, **_: Any) -> Batch | None:
    """The batch after broadcasting, which adds axes before it."""
    [x] = call.values
    if x.batch is None:
        return None
    batch = x.batch.moved(x.batch.axis + call.result.ndim - x.ndim)
    if call.result.shape[batch.axis] != batch.size:
        raise mixed("the batch has one example, which is stretched to several")
    return batch


def broadcast_to(call: Call, x: Value, **_: Any) -> str:
    """`x` repeated; 1 leaves the axis of the batch as it is."""
    sizes = free_shape(call.result.shape, call.result.batch, 1)
    return call.node("Expand", x, call.whole(sizes))


def summed_axes(x: Value, wanted: Any) -> list[int]:
    """The axes that `sum_to` sums over."""
    new = x.ndim - len(wanted)
    pairs = enumerate(zip(x.shape[new:], wanted, strict=True), new)
    return [*range(new), *(axis for axis, (size, to) in pairs if to == 1 != size)]


def sum_to(call: Call, x: Value, shape: Any) -> str:
    """The sum to a shape that would be broadcast to that of `x`."""
    new = x.ndim - len(shape)
    total = reduce(call, "ReduceSum", x, summed_axes(x, shape), True)
    return call.node("Squeeze", total, call.whole([*range(new)])) if new else total


def summed(call: Call, shape: Any) -> Batch | None:
    """The batch after the axes around it have been summed."""
    [x] = call.values
    if x.batch and x.batch.axis in summed_axes(x, shape):
        raise mixed()
    return x.batch and x.batch.moved(x.batch.axis - (x.ndim - len(shape)))


def joined(call: Call, axis: Any) -> Batch | None:
    """The batch of parts that are joined along another axis."""
    batch = one_of([value.batch for value in call.values])
    if batch is None:
        return None
    ndim = call.result.ndim
    if axis is None or normalize_axis_index(axis, ndim) == batch.axis:
        raise mixed()
    like = next(value for value in call.values if value.batch)
    end = batch.from_end(ndim)
    call.values = [
        value if value.batch else repeated(call, freed(call, value, end), like)
        for value in call.values
    ]
    return batch


def repeated(call: Call, value: Value, like: Value) -> Value:
    """A value with as many examples as another has, whatever their number."""
    assert like.batch is not None
    axis, one = like.batch.axis, call.whole([1])
    size = call.node("Shape", like, start=axis, end=axis + 1)
    parts = [one] * axis + [size] + [one] * (value.ndim - axis - 1)
    sizes = call.node("Concat", *parts, axis=0)
    return Value(value.array, call.node("Expand", value, sizes), like.batch)


def concatenate(call: Call, *parts: Value, axis: Any) -> str:
    """Arrays one after the other."""
    names = [call.operand(part) for part in parts]
    if axis is None:
        names = [call.node("Reshape", name, call.whole([-1])) for name in names]
        return call.node("Concat", *names, axis=0)
    return call.node(
        "Concat", *names, axis=normalize_axis_index(axis, call.result.ndim)
    )


def widths_of(x: Value, pad_width: Any) -> list[list[int]]:
    """(before, after) of each axis."""
    whole = np.broadcast_to(np.asarray(pad_width), (x.ndim, 2))
    return [[int(before), int(after)] for before, after in whole]


def bordered(call: Call, pad_width: Any, **_: Any) -> Batch | None:
    """The batch, which must get no border."""
    [x] = call.values
    if x.batch and any(widths_of(x, pad_width)[x.batch.axis]):
        raise mixed("it adds examples to the batch")
    return x.batch


def pad(call: Call, x: Value, pad_width: Any, constant_values: Any) -> str:
    """A border of one number."""
    if np.ndim(constant_values):
        raise mixed("its border has several numbers")
    widths = widths_of(x, pad_width)
    ends = [before for before, _ in widths] + [after for _, after in widths]
    return call.node("Pad", x, call.whole(ends), float(constant_values))


SHAPES: dict[Any, Translation] = {
    shape.reshape: Translation(reshape, by_order),
    shape.ravel: Translation(reshape, by_order),
    shape.expand_dims: Translation(unsqueeze, unsqueezed),
    shape.squeeze: Translation(squeeze, squeezed),
    shape.transpose: Translation(transpose, permuted),
    shape.flip: Translation(flip, along),
    shape.broadcast_to: Translation(broadcast_to, stretched),
    shape.sum_to: Translation(sum_to, summed),
    shape.joined: Translation(concatenate, joined),
    indexing.bordered: Translation(pad, bordered),
}
