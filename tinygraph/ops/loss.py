"""Losses: how far an output is from its target, as one number."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arguments import listed
from ..errors import ArgumentError, DTypeError, ShapeError
from ..primitive import primitive
from ..value import Array, plain, shape_of
from .activation import log_softmax
from .arithmetic import log, maximum
from .reduction import mean, sum


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


def mse(output: Any, target: Any, *, reduction: str = "half_sum") -> Any:
    """The slides' error E = Σ ½ (t − o)², over the last axis, averaged over the batch.

    `reduction` is "half_sum" for that, or "mean" or "sum" for the mean or the sum of
    all squares.  `output` and `target` have one shape; otherwise ShapeError is raised.

    >>> round(float(mse(np.array([0.2, 0.4, 0.1, 0.3]), np.array([0, 0, 1, 0]))), 12)
    0.55
    """
    output, target = listed(output), listed(target)
    shape = same_shape("mse", output, target)
    size = math.prod(shape)
    rows = size // (shape or (1,))[-1] if size else 1
    scales = {"half_sum": 1.0 / rows, "mean": 2.0 / max(size, 1), "sum": 2.0}
    if reduction not in scales:
        raise ArgumentError(
            f"mse: `reduction` is {reduction!r}: use one of {[*scales]}"
        )
    return squared_error(output, target, scale=scales[reduction])


@primitive(name="cross_entropy")
def soft_cross_entropy(logits: Array, target: Array) -> Array:
    """L = −Σ t ln softmax(z) over the classes, averaged over the batch"""
    rows = max(1, np.size(logits) // logits.shape[-1])
    surprise = np.where(np.equal(target, 0), 0.0, log_softmax(logits))  # 0 ln 0 is 0
    return -np.sum(target * surprise) / rows


soft_cross_entropy.vjp(
    lambda g, e, z, t: (
        (np.exp(log_softmax(z)) * sum(t, axis=-1, keepdims=True) - t)
        * (g / max(1, z.size // z.shape[-1]))
    ),
    r"\bar{e}\, (\mathrm{softmax}(z) - t) / N",
    lambda g, e, z, t: log_softmax(z) * (-g / max(1, z.size // z.shape[-1])),
    r"-\bar{e}\, \ln(\mathrm{softmax}(z)) / N",
)


def cross_entropy(logits: Any, target: Any) -> Any:
    """L = −Σ t ln softmax(z), over the last axis, averaged over the batch.

    `logits` is (..., classes); `target` holds class numbers (...) or probabilities of
    the shape of the logits.  Raises ShapeError for another shape, and DTypeError for
    class numbers that are not integers.

    >>> round(float(cross_entropy(np.zeros((1, 4)), np.array([2]))), 6)
    1.386294
    """
    logits, target = listed(logits), listed(target)
    if np.shape(target) != np.shape(logits):
        target = one_hot(target, np.shape(logits), logits.dtype)
    return soft_cross_entropy(logits, target)


def one_hot(labels: Any, shape: tuple[int, ...], dtype: Any) -> Array:
    """1 at the class of each label, 0 elsewhere."""
    labels = np.asarray(plain(labels))
    if labels.shape != shape[:-1]:
        raise ShapeError(
            f"cross_entropy: `target` of shape {labels.shape} does not fit logits of "
            f"shape {shape}: give class numbers, {shape[:-1]}, or probabilities "
            f"of shape {shape}"
        )
    if labels.dtype.kind not in "iu":
        raise DTypeError(
            f"cross_entropy: class numbers must be integers, `target` is {labels.dtype}"
        )
    if labels.size and not 0 <= labels.min() <= labels.max() < shape[-1]:
        raise ShapeError(
            f"cross_entropy: class {labels.min()} to {labels.max()} in `target`, but "
            f"the logits have the classes 0 to {shape[-1] - 1}"
        )
    return (labels[..., None] == np.arange(shape[-1])).astype(dtype)


LEAST = math.exp(-100.0)  # what a probability is held above in a logarithm


@primitive(name="binary_cross_entropy")
def surprise(output: Array, target: Array) -> Array:
    """L = −(t ln o + (1 − t) ln(1 − o)), of each element"""
    happens = np.log(np.maximum(output, LEAST))
    fails = np.log(np.maximum(np.subtract(1.0, output), LEAST))
    return -(target * happens + np.subtract(1.0, target) * fails)


surprise.vjp(
    lambda g, e, o, t: g * (o - t) / maximum((1.0 - o) * o, 1e-12),
    r"\bar{e}\, (o - t) / (o\, (1 - o))",
    lambda g, e, o, t: g * (log(maximum(1.0 - o, LEAST)) - log(maximum(o, LEAST))),
    r"\bar{e}\, (\ln(1 - o) - \ln(o))",
)


def binary_cross_entropy(output: Any, target: Any) -> Any:
    """L = −(t ln o + (1 − t) ln(1 − o)), averaged; `output` holds probabilities.

    The logarithms are held above −100, and o (1 − o) above 1e-12 where the gradient
    divides by it, so that a probability of exactly 0 or 1 gives a finite loss, and a
    large gradient where it is wrong, as in PyTorch.  A sigmoid that is saturated gives
    no gradient all the same, its own being 0: `cross_entropy` takes logits, and does
    not saturate.  Raises ShapeError unless the shapes are equal.

    >>> round(float(binary_cross_entropy(np.array([0.5]), np.array([1.0]))), 6)
    0.693147
    """
    output, target = listed(output), listed(target)
    same_shape("binary_cross_entropy", output, target)
    return mean(surprise(output, target))


def same_shape(operation: str, output: Any, target: Any) -> tuple[int, ...]:
    """The shape of both; a pair that would broadcast would be another loss."""
    shape, other = shape_of(output), shape_of(target)
    if shape != other:
        raise ShapeError(
            f"{operation}: `output` of shape {shape} and `target` of shape {other} "
            f"must have one shape"
        )
    return shape
