"""Translation: what one operation becomes in ONNX, and how it treats a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .batch import Batch, mixed, one_of
from .writer import Call, Value

Follow = Callable[..., Batch | None]
Write = Callable[..., str]


class Translation(NamedTuple):
    """How an operation is written, and where the examples are in its result.

    Both functions take the call and the parameters of the operation. `write` takes the
    values, too, and returns the name of the result. `follow` comes first: it may
    replace a value by one that does not depend on the size of the batch.
    """

    write: Write
    follow: Follow


def broadcast(call: Call, **_: Any) -> Batch | None:
    """The batch of a result on whose elements an operation works one by one."""
    batch = shared_batch(call.values)
    if batch is None:
        return None
    if call.result.shape[batch.axis] != batch.size:
        raise mixed("the batch has one example, which is stretched to several")
    call.values = [freed(call, value, batch) for value in call.values]
    return batch.moved(batch.axis + call.result.ndim)


def shared_batch(values: Sequence[Value]) -> Batch | None:
    """The batch that values share, with its axis from the end."""
    return one_of([v.batch and v.batch.from_end(v.ndim) for v in values])


def freed(call: Call, value: Value, batch: Batch) -> Value:
    """A value that fits batches of every size; `batch` has its axis from the end."""
    if value.batch or value.ndim < -batch.axis or value.shape[batch.axis] == 1:
        return value
    return call.first_along(value, value.ndim + batch.axis)


def alone(call: Call, **_: Any) -> None:
    """For an operation on all elements together: no value may have a batch."""
    if one_of([value.batch for value in call.values]):
        raise mixed()


def each(op_type: str, **options: Any) -> Translation:
    """An operation on single elements that has a namesake in ONNX."""
    return Translation(
        lambda call, *values, **_: call.node(op_type, *values, **options), broadcast
    )


def composed(write: Write) -> Translation:
    """An operation on single elements, composed of several nodes."""
    return Translation(write, broadcast)
