"""Operations along axes: sums, means, extremes, softmax, norms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ...ops import activation, linalg, normalization, reduction
from .batch import Batch, kept, mixed
from .translation import Translation, alone
from .writer import Call, Value


def numbered(x: Value, axis: Any) -> tuple[int, ...]:
    """The axes as numbers from 0; None means all of them."""
    if axis is None or not x.ndim:
        return tuple(range(x.ndim))
    return normalize_axis_tuple(axis, x.ndim)


def without(call: Call, axis: Any, keepdims: bool = False, **_: Any) -> Batch | None:
    """The batch after a reduction over other axes."""
    [x] = call.values
    return kept(x.batch, numbered(x, axis), keepdims)


def along(call: Call, axis: Any, **_: Any) -> Batch | None:
    """The batch after an operation along another axis, which stays."""
    [x] = call.values
    return kept(x.batch, numbered(x, axis), True)


def reduce(
    call: Call, op_type: str, x: Any, axes: Sequence[int], keepdims: bool
) -> str:
    """A reduction over some axes: ReduceSum and its like. Over none, x itself."""
    if axes:
        return call.node(op_type, x, call.whole(list(axes)), keepdims=int(keepdims))
    return call.node("Abs", x) if op_type == "ReduceL2" else call.operand(x)


def reduction_of(op_type: str) -> Translation:
    """A reduction that has a namesake in ONNX."""

    def write(call: Call, x: Value, axis: Any, keepdims: bool) -> str:
        return reduce(call, op_type, x, numbered(x, axis), keepdims)

    return Translation(write, without)


def variance(call: Call, x: Value, axis: Any, ddof: int, keepdims: bool) -> str:
    """Σ (x − mean)² / (n − ddof)."""
    axes = numbered(x, axis)
    centred = call.node("Sub", x, reduce(call, "ReduceMean", x, axes, True))
    squares = call.node("Mul", centred, centred)
    mean = reduce(call, "ReduceMean", squares, axes, keepdims)
    count = math.prod(x.shape[axis] for axis in axes)
    if not ddof:
        return mean
    factor = count / (count - ddof) if count != ddof else math.inf
    return call.node("Mul", mean, factor)


def deviation(call: Call, x: Value, **options: Any) -> str:
    """The root of the variance."""
    return call.node("Sqrt", variance(call, x, **options))


def cumulative_sum(call: Call, x: Value, axis: Any) -> str:
    """The sum of the elements so far; without an axis, of all in a row."""
    if axis is None or not x.ndim:
        row = call.node("Reshape", x, call.whole([-1]))
        return call.node("CumSum", row, call.whole(0))
    return call.node("CumSum", x, call.whole(numbered(x, axis)[0]))


def share(op_type: str) -> Translation:
    """Softmax and its logarithm along one axis."""

    def write(call: Call, x: Value, axis: Any) -> str:
        axes = numbered(x, axis)
        if len(axes) != 1:
            raise mixed(f"its axes are {axis!r}, and {op_type} of ONNX has one")
        return call.node(op_type, x, axis=axes[0])

    return Translation(write, along)


def power_norm(call: Call, x: Value, p: float, axis: Any, keepdims: bool) -> str:
    """(Σ |x|^p)^(1/p)."""
    powers = call.node("Pow", call.node("Abs", x), float(p))
    total = reduce(call, "ReduceSum", powers, numbered(x, axis), keepdims)
    return call.node("Pow", total, 1 / float(p))


def standardize(call: Call, x: Value, *factors: Value, own: Any, epsilon: float) -> str:
    """w (x − mean) / √(variance + ε) + b, with statistics over all axes but `own`."""
    whole = all(factor.shape == x.shape[own[1] :] for factor in factors)
    if own[0] == 0 and own[1] < x.ndim and whole:  # as the standard demands of them
        return layer_normalization(call, x, *factors, axis=own[1], epsilon=epsilon)
    axes = (*range(own[0]), *range(own[1], x.ndim))
    y = call.node("Sub", x, reduce(call, "ReduceMean", x, axes, True))
    variance = reduce(call, "ReduceMean", call.node("Mul", y, y), axes, True)
    scale = call.node("Sqrt", call.node("Add", variance, float(epsilon)))
    y = call.node("Div", y, scale)
    channels = x.shape[1 : own[1] if own[0] else own[1] + 1]
    places = call.whole([*channels, *[1] * (x.ndim - 1 - len(channels))])
    for op_type, factor in zip(("Mul", "Add"), factors, strict=False):
        y = call.node(op_type, y, call.node("Reshape", factor, places))
    return y


def layer_normalization(
    call: Call, x: Value, *factors: Value, axis: int, epsilon: float
) -> str:
    """ONNX's LayerNormalization, over all axes from one on."""
    scale, *shift = factors or (np.ones(x.shape[axis:]),)
    return call.node(
        "LayerNormalization", x, scale, *shift, axis=axis, epsilon=float(epsilon)
    )


def standardized(call: Call, own: Any, **_: Any) -> Batch | None:
    """The batch, which must be among the axes with statistics of their own."""
    x, *factors = call.values
    if x.batch and not own[0] <= x.batch.axis < own[1]:
        raise mixed("it takes the mean and variance of the batch: call network.eval()")
    if any(factor.batch for factor in factors):
        raise mixed("its scale and shift depend on the batch")
    return x.batch


REDUCTIONS: dict[Any, Translation] = {
    reduction.sum: reduction_of("ReduceSum"),
    reduction.mean: reduction_of("ReduceMean"),
    reduction.max: reduction_of("ReduceMax"),
    reduction.min: reduction_of("ReduceMin"),
    reduction.prod: reduction_of("ReduceProd"),
    reduction.logsumexp: reduction_of("ReduceLogSumExp"),
    reduction.var: Translation(variance, without),
    reduction.std: Translation(deviation, without),
    reduction.cumsum: Translation(cumulative_sum, along),
    activation.softmax: share("Softmax"),
    activation.log_softmax: share("LogSoftmax"),
    linalg.length: reduction_of("ReduceL2"),
    linalg.power_norm: Translation(power_norm, without),
    linalg.det: Translation(lambda call, x: call.node("Det", x), alone),
    normalization.standardize: Translation(standardize, standardized),
}
