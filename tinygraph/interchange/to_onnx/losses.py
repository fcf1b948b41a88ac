"""Losses: of each example where the batch is free, and their mean where it is fixed."""

from __future__ import annotations

from typing import Any

from ...ops import loss
from .batch import Batch, mixed
from .translation import Translation, alone, composed, freed, shared_batch
from .writer import Call, Value


def squared_error(call: Call, output: Value, target: Value, scale: float) -> str:
    """scale/2 Σ (target − output)²."""
    difference = call.node("Sub", output, target)
    total = call.node("ReduceSumSquare", difference, keepdims=0)
    return call.node("Mul", total, 0.5 * float(scale))


def cross_entropies(call: Call, logits: Value, target: Value) -> str:
    """−Σ t ln softmax(z) over the classes, of each row."""
    products = call.node("Mul", call.node("LogSoftmax", logits, axis=-1), target)
    total = call.node("ReduceSum", products, call.whole([-1]), keepdims=0)
    return call.node("Neg", total)


def mean_cross_entropy(call: Call, logits: Value, target: Value) -> str:
    """The mean of the losses of all rows."""
    return call.node("ReduceMean", cross_entropies(call, logits, target), keepdims=0)


def by_rows(call: Call) -> Batch | None:
    """The batch of rows; the classes are the last axis."""
    ndim, batch = call.values[0].ndim, shared_batch(call.values)
    if batch is None:
        return None
    if batch.axis == -1:
        raise mixed()
    call.values = [freed(call, value, batch) for value in call.values]
    return batch.moved(batch.axis + ndim)


def binary_cross_entropy(call: Call, output: Value, target: Value) -> str:
    """−t ln o − (1 − t) ln(1 − o), with logarithms held above −100."""
    rest = call.node("Sub", 1.0, output)
    positive, negative = (
        call.node("Max", call.node("Log", part), -100.0) for part in (output, rest)
    )
    first = call.node("Mul", target, positive)
    second = call.node("Mul", call.node("Sub", 1.0, target), negative)
    return call.node("Neg", call.node("Add", first, second))


def xlogx(call: Call, x: Value) -> str:
    """x ln x, and 0 at 0."""
    safe = call.node("Where", call.node("Equal", x, 0.0), 1.0, x)
    return call.node("Mul", x, call.node("Log", safe))


LOSSES: dict[Any, Translation] = {
    loss.squared_error: Translation(squared_error, alone),
    loss.mean_cross_entropy: Translation(mean_cross_entropy, alone),
    loss.each_cross_entropy: Translation(cross_entropies, by_rows),
    loss.each_binary_cross_entropy: composed(binary_cross_entropy),
    loss.xlogx: composed(xlogx),
}
