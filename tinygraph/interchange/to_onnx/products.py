"""Operations that are sums of products."""

from __future__ import annotations

from typing import Any

from ...ops.linear import contraction, linear, matmul
from .batch import Batch, mixed
from .translation import Translation, freed
from .writer import Call, Value


def linear_layer(call: Call, x: Value, w: Value, b: Value | None = None) -> str:
    """x wᵀ + b: Gemm for a matrix, MatMul for more axes."""
    if x.ndim == 2:
        return call.node("Gemm", x, w, *([b] if b else []), transB=1)
    turned = call.node("Transpose", w, perm=[1, 0])
    y = call.node("MatMul", x, turned)
    return call.node("Add", y, b) if b else y


def fully_connected(call: Call) -> Batch | None:
    """The batch of the input, along any axis but the last."""
    x, *weights = call.values
    if any(weight.batch for weight in weights):
        raise mixed("its weights depend on the examples")
    if x.batch and x.batch.axis == x.ndim - 1:
        raise mixed()
    return x.batch


def matrix_product(call: Call) -> Batch | None:
    """The batch along a leading axis, the rows of `x` or the columns of `y`."""
    x, y = call.values
    ends = [
        value.batch and of_product(value, other, value is x)
        for value, other in ((x, y), (y, x))
    ]
    if not any(ends):
        return None
    if all(ends) and (ends[0] != ends[1] or not (leading(x) and leading(y))):
        raise mixed()
    batch = ends[0] or ends[1]
    assert batch is not None
    if leading(x) or leading(y):
        end = (x.batch or y.batch).from_end((x if x.batch else y).ndim)  # type: ignore[union-attr]
        call.values = [freed(call, value, end) for value in call.values]
    return batch.moved(batch.axis + call.result.ndim)


def leading(value: Value) -> bool:
    """Whether the examples are along an axis before rows and columns."""
    return value.batch is not None and value.batch.axis < value.ndim - 2


def of_product(value: Value, other: Value, is_left: bool) -> Batch:
    """Where the batch of one factor is in the product, counted from its end."""
    assert value.batch is not None
    end = value.batch.from_end(value.ndim)
    summed = -1 if is_left or value.ndim == 1 else -2
    if end.axis == summed:
        raise mixed()
    lost = other.ndim == 1  # the product has no rows, or no columns
    if end.axis == -1:
        return end
    return end.moved(end.axis + 1) if lost else end


def einsum(call: Call, *operands: Value, subscripts: str) -> str:
    """Einstein's sum."""
    return call.node("Einsum", *operands, equation=subscripts)


def contracted(call: Call, subscripts: str) -> Batch | None:
    """The batch, whose label every operand with examples has, and the result."""
    if not any(value.batch for value in call.values):
        return None
    terms, _, result = subscripts.replace(" ", "").partition("->")
    pairs = [*zip(terms.split(","), call.values, strict=True)]
    if "..." in subscripts:
        raise mixed(f"its subscripts {subscripts!r} have an ellipsis")
    labels = {term[value.batch.axis] for term, value in pairs if value.batch}
    [label, *others] = labels
    whole = all(value.batch for term, value in pairs if label in term)
    if others or not whole or label not in result:
        raise mixed()
    batch = next(value.batch for value in call.values if value.batch)
    return batch.moved(result.index(label))


PRODUCTS: dict[Any, Translation] = {
    linear: Translation(linear_layer, fully_connected),
    matmul: Translation(lambda call, x, y: call.node("MatMul", x, y), matrix_product),
    contraction: Translation(einsum, contracted),
}
