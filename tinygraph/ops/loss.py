"""Losses: how far an output is from its target.

Here are those that are operations of their own, for speed, or since a composition would
not be finite where they are. `compositions/losses.py` makes the public ones of them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arguments import listed
from ..errors import ArgumentError, ShapeError
from ..kernels import exponentials
from ..primitive import primitive
from ..signatures import composition
from ..value import ARRAY, Array, brought, shape_of
from .activation import log_softmax, softmax, softmax_input
from .arithmetic import log, square, subtract
from .choices import maximum
from .reduction import sum
from .shape import expand_dims

__all__ = [
    "mse",
]


@primitive(name="mse")
def squared_error(output: Array, target: Array, *, scale: float) -> Array:
    """E = scale/2 Σ (target − output)²"""
    difference = np.subtract(output, target).ravel()
    return np.dot(difference, difference) * (0.5 * scale)


squared_error.vjp(
    lambda g, e, o, t, scale: g * (o - t) * scale,
    r"\bar{e}\, s\, (o - t)",
    lambda g, e, o, t, scale: g * (t - o) * scale,
    r"\bar{e}\, s\, (t - o)",
)


@composition
def mse(output: Any, target: Any, *, reduction: str = "half_sum") -> Any:
    """The slides' error E = Σ ½ (t − o)², over the last axis, averaged over the batch.

    `reduction` is "half_sum" for that, "mean" or "sum" for the mean or the sum of all
    squares, or "none" for (t − o)² of each element. `output` and `target` have one
    shape; otherwise ShapeError is raised.

    >>> round(float(mse(np.array([0.2, 0.4, 0.1, 0.3]), np.array([0, 0, 1, 0]))), 12)
    0.55
    """
    output, target = listed(output), listed(target)
    shape = same_shape("mse", output, target)
    if reduction == "none":
        return square(subtract(output, target))
    size = math.prod(shape)
    rows = size // (shape or (1,))[-1] if size else 1
    scales = {"half_sum": 1.0 / rows, "mean": 2.0 / max(size, 1), "sum": 2.0}
    if reduction not in scales:
        raise ArgumentError(
            f"mse: `reduction` is {reduction!r}: use one of {[*scales, 'none']}"
        )
    return squared_error(output, target, scale=scales[reduction])


@primitive(name="cross_entropy")
def mean_cross_entropy(logits: Array, target: Array) -> Array:
    """L = −Σ t ln softmax(z) over the classes, averaged over the batch"""
    rows = max(1, np.size(logits) // logits.shape[-1])
    losses = exponentials.cross_entropies(logits, target)
    add = np.add.reduce if type(losses) is ARRAY else np.sum
    return add(losses, axis=None) / rows


@primitive(name="cross_entropy")
def each_cross_entropy(logits: Array, target: Array) -> Array:
    """l = −Σ t ln softmax(z) over the classes, of each row"""
    return exponentials.cross_entropies(logits, target)


@primitive
def cross_entropy_adjoint(g: Array, z: Array, t: Array) -> Array:
    """The adjoint of cross-entropy in the logits: g (softmax(z) Σ t − t)"""
    return exponentials.cross_entropy_adjoint(g, z, t)


mean_cross_entropy.vjp(
    lambda g, e, z, t: cross_entropy_adjoint(of_rows(g, z), z, t),
    r"\bar{e}\, (\mathrm{softmax}(z) - t) / N",
    lambda g, e, z, t: log_softmax(z) * (-g / max(1, z.size // z.shape[-1])),
    r"-\bar{e}\, \ln(\mathrm{softmax}(z)) / N",
)
each_cross_entropy.vjp(
    lambda g, e, z, t: cross_entropy_adjoint(g, z, t),
    r"\bar{e}\, (\mathrm{softmax}(z) \textstyle\sum t - t)",
    lambda g, e, z, t: -log_softmax(z) * expand_dims(g, axis=-1),
    r"-\bar{e}\, \ln(\mathrm{softmax}(z))",
)
cross_entropy_adjoint.vjp(
    lambda h, y, g, z, t: sum(
        h * (softmax(z) * sum(t, axis=-1, keepdims=True) - t), axis=-1
    ),
    r"\textstyle\sum \bar{y}\, (\mathrm{softmax}(z) \sum t - t)",
    lambda h, y, g, z, t: softmax_input(
        h * expand_dims(g, axis=-1) * sum(t, axis=-1, keepdims=True),
        softmax(z),
        axis=-1,
    ),
    r"\mathrm{softmax}(z)\, (\bar{y}\, g - \textstyle\sum \bar{y}\, g\,"
    r" \mathrm{softmax}(z)) \textstyle\sum t",
    lambda h, y, g, z, t: (
        (sum(h * softmax(z), axis=-1, keepdims=True) - h) * expand_dims(g, axis=-1)
    ),
    r"g\, (\textstyle\sum \bar{y}\, \mathrm{softmax}(z) - \bar{y})",
)


def of_rows(g: Any, z: Any) -> Any:
    """A number for each row of `z`: its share of the gradient of their mean."""
    shape = z.shape[:-1]
    return g / max(1, math.prod(shape)) * brought(np.ones(shape, z.dtype), z)


@primitive(name="binary_cross_entropy")
def each_binary_cross_entropy(output: Array, target: Array) -> Array:
    """l = −t ln o − (1 − t) ln(1 − o), with logarithms held above −100"""
    with np.errstate(divide="ignore"):
        positive = np.maximum(np.log(output), -100.0)
        negative = np.maximum(np.log1p(-output), -100.0)
    return -target * positive - (1.0 - target) * negative


each_binary_cross_entropy.vjp(
    lambda g, e, o, t: g * (o - t) / np.maximum(o * (1.0 - o), 1e-12),
    r"\bar{e}\, (o - t) / (o\, (1 - o))",
    lambda g, e, o, t: g * (held_log(1.0 - o) - held_log(o)),
    r"\bar{e}\, (\ln(1 - o) - \ln(o))",
)


def held_log(x: Any) -> Any:
    """ln x, held above −100; x may be 0."""
    return maximum(log(maximum(x, math.exp(-101.0))), -100.0)


@primitive
def xlogx(x: Array) -> Array:
    """y = x ln x, and 0 at 0, where the slope is −∞"""
    return x * np.log(np.where(np.equal(x, 0), 1.0, x))


xlogx.vjp(lambda g, y, x: g * (log(x) + 1.0), r"\bar{y}\, (\ln(x) + 1)")


def same_shape(
    operation: str,
    output: Any,
    target: Any,
    names: tuple[str, str] = ("output", "target"),
) -> tuple[int, ...]:
    """The shape of both; a pair that would broadcast would be another loss."""
    shape, other = shape_of(output), shape_of(target)
    if shape != other:
        raise ShapeError(
            f"{operation}: `{names[0]}` of shape {shape} and `{names[1]}` of shape "
            f"{other} must have one shape"
        )
    return shape
