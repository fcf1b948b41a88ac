"""Losses of distances and margins, with PyTorch's names and options.

`reduction` is "mean", "sum", or "none" for the losses of single elements or rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import listed
from ..errors import ArgumentError, ShapeError
from ..operators import plain
from ..ops import abs, clip, maximum, minimum, relu, softplus, subtract, sum, where
from ..ops.loss import same_shape
from ..ops.shape import axes_of, broadcast_to
from ..signatures import composition
from ..value import Array, arrayed, shape_of
from .linalg import vector_norm
from .losses import checked_reduction, class_table, class_weights, of_type, reduced

__all__ = [
    "cosine_embedding_loss",
    "cosine_similarity",
    "hinge_embedding_loss",
    "huber_loss",
    "l1_loss",
    "margin_ranking_loss",
    "multi_margin_loss",
    "smooth_l1_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
]


# Distances ---------------------------------------------------------------------------


@composition
def l1_loss(output: Any, target: Any, *, reduction: str = "mean") -> Any:
    """L = abs(o − t), averaged. Its gradient at 0 is 0.

    Raises ShapeError unless output and target have one shape.

    >>> import numpy as np
    >>> l1_loss(np.array([1.0, 5.0]), np.array([2.0, 2.0]))
    np.float64(2.0)
    """
    difference = differences("l1_loss", output, target, reduction)
    return reduced(abs(difference), reduction)


@composition
def huber_loss(
    output: Any, target: Any, *, reduction: str = "mean", delta: float = 1.0
) -> Any:
    """L = ½ d² where abs(d) ≤ δ, and δ (abs(d) − ½ δ) beyond, averaged; d = o − t.

    With c = d cut off at ±δ, that is c (d − ½ c). Raises ShapeError unless output and
    target have one shape, and ArgumentError unless `delta` is positive. Huber, Robust
    Estimation of a Location Parameter, 1964.

    >>> import numpy as np
    >>> huber_loss(np.array([0.5, 3.0]), np.zeros(2), reduction="none")
    array([0.125, 2.5  ])
    """
    difference = differences("huber_loss", output, target, reduction)
    if not delta > 0:
        raise ArgumentError(f"huber_loss: `delta` is {delta!r}: it must be positive")
    return reduced(rounded(difference, delta), reduction)


@composition
def smooth_l1_loss(
    output: Any, target: Any, *, reduction: str = "mean", beta: float = 1.0
) -> Any:
    """L = ½ d² / β where abs(d) < β, and abs(d) − ½ β beyond, averaged; d = o − t.

    It is `huber_loss` divided by β, and `l1_loss` where `beta` is 0. Raises ShapeError
    unless output and target have one shape, and ArgumentError for a negative `beta`.
    Girshick, Fast R-CNN, 2015.

    >>> import numpy as np
    >>> smooth_l1_loss(np.array([0.5, 3.0]), np.zeros(2), reduction="none", beta=2.0)
    array([0.0625, 2.    ])
    """
    difference = differences("smooth_l1_loss", output, target, reduction)
    if not beta >= 0:
        raise ArgumentError(
            f"smooth_l1_loss: `beta` is {beta!r}: it must not be negative"
        )
    losses = rounded(difference, beta) / beta if beta else abs(difference)
    return reduced(losses, reduction)


def rounded(difference: Any, bound: float) -> Any:
    """½ d² up to the bound, and the tangent of that beyond."""
    cut = clip(difference, min=-bound, max=bound)
    return cut * (difference - 0.5 * cut)


def differences(
    operation: str,
    output: Any,
    target: Any,
    reduction: str,
    names: tuple[str, str] = ("output", "target"),
) -> Any:
    """o − t, of one shape."""
    checked_reduction(operation, reduction)
    output, target = listed(output), listed(target)
    same_shape(operation, output, target, names)
    return subtract(output, target)


@composition
def cosine_similarity(x1: Any, x2: Any, axis: int = -1, eps: float = 1e-8) -> Any:
    """y = x₁ · x₂ / (max(‖x₁‖, ε) max(‖x₂‖, ε)): the cosine between vectors.

    Vectors lie along `axis`, the last one by default; PyTorch's default is the second.
    The other axes are broadcast.

    >>> import numpy as np
    >>> cosine_similarity(np.array([[3.0, 4.0], [1.0, 0.0]]), np.array([1.0, 0.0]))
    array([0.6, 1. ])
    """
    x1, x2 = listed(x1), listed(x2)
    try:
        shape = np.broadcast_shapes(shape_of(x1), shape_of(x2))
    except ValueError:
        raise ShapeError(
            f"cosine_similarity: shapes {shape_of(x1)} and {shape_of(x2)} cannot be "
            f"broadcast together"
        ) from None
    axes_of("cosine_similarity", axis, len(shape))
    vectors = [  # their lengths are those after broadcasting
        x if shape_of(x) == shape else broadcast_to(x, shape=shape) for x in (x1, x2)
    ]
    units = [
        x / maximum(vector_norm(x, axis=axis, keepdims=True), eps) for x in vectors
    ]
    return sum(units[0] * units[1], axis=axis)


@composition
def cosine_embedding_loss(
    x1: Any, x2: Any, target: Any, *, margin: float = 0.0, reduction: str = "mean"
) -> Any:
    """L = 1 − cos(x₁, x₂) where t = 1, and max(0, cos(x₁, x₂) − m) where t = −1.

    `x1` and `x2` are (..., D) and `target` (...) holds 1 for vectors that belong
    together and −1 for others. Raises ShapeError for other shapes, and ArgumentError
    for another target.

    >>> import numpy as np
    >>> cosine_embedding_loss(np.eye(2), np.eye(2), np.array([1, -1]), margin=0.5)
    np.float64(0.25)
    """
    name = "cosine_embedding_loss"
    checked_reduction(name, reduction)
    x1, x2 = listed(x1), listed(x2)
    shape = same_shape(name, x1, x2, ("x1", "x2"))
    together = signs(name, target, x1, shape[:-1]) > 0
    cosine = cosine_similarity(x1, x2, eps=1e-6)
    losses = where(together, 1.0 - cosine, above(cosine - margin))
    return reduced(losses, reduction)


# Margins -----------------------------------------------------------------------------


@composition
def hinge_embedding_loss(
    x: Any, target: Any, *, margin: float = 1.0, reduction: str = "mean"
) -> Any:
    """L = x where t = 1, and max(0, m − x) where t = −1, averaged; x is a distance.

    Raises ShapeError unless x and target have one shape, and ArgumentError for another
    target than 1 and −1. The hinge of a classifier is `multi_margin_loss`.

    >>> import numpy as np
    >>> hinge_embedding_loss(np.array([0.2, 0.3]), np.array([1, -1]), reduction="none")
    array([0.2, 0.7])
    """
    name = "hinge_embedding_loss"
    checked_reduction(name, reduction)
    x = listed(x)
    near = signs(name, target, x, shape_of(x)) > 0
    return reduced(where(near, x, above(margin - x)), reduction)


@composition
def margin_ranking_loss(
    x1: Any, x2: Any, target: Any, *, margin: float = 0.0, reduction: str = "mean"
) -> Any:
    """L = max(0, m − t (x₁ − x₂)), averaged: t = 1 wants x₁ above x₂, −1 below it.

    Raises ShapeError unless all have one shape, and ArgumentError for another target.

    >>> import numpy as np
    >>> first, second = np.array([1.0, 1.0]), np.array([0.0, 3.0])
    >>> margin_ranking_loss(first, second, np.array([1, 1]))
    np.float64(1.0)
    """
    name = "margin_ranking_loss"
    difference = differences(name, x1, x2, reduction, ("x1", "x2"))
    order = signs(name, target, difference, shape_of(difference))
    return reduced(above(margin - order * difference), reduction)


@composition
def soft_margin_loss(output: Any, target: Any, *, reduction: str = "mean") -> Any:
    """L = ln(1 + e^(−t o)), averaged, for a target t of 1 or −1.

    Raises ShapeError unless output and target have one shape, and ArgumentError for
    another target.

    >>> import numpy as np
    >>> soft_margin_loss(np.array([0.0, 1000.0]), np.array([1, -1]), reduction="none")
    array([6.93147181e-01, 1.00000000e+03])
    """
    name = "soft_margin_loss"
    checked_reduction(name, reduction)
    output = listed(output)
    sides = signs(name, target, output, shape_of(output))
    return reduced(softplus(-sides * output), reduction)


@composition
def multi_margin_loss(
    output: Any,
    target: Any,
    *,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    reduction: str = "mean",
) -> Any:
    """L = 1/C Σ max(0, m − x[t] + x[j])^p over the classes j ≠ t, averaged.

    The hinge loss of C classes: `output` is (..., C), `target` (...) holds class
    numbers. `p` is 1 or 2; `weight` has a number for each class, by which the losses
    of its rows are multiplied. Raises what `cross_entropy` does. Crammer and Singer,
    On the Algorithmic Implementation of Multiclass Kernel-based Vector Machines, 2001.

    >>> import numpy as np
    >>> multi_margin_loss(np.array([[0.5, 0.25, 0.0]]), np.array([0])).round(4)
    np.float64(0.4167)
    """
    name = "multi_margin_loss"
    checked_reduction(name, reduction)
    if p not in (1, 2):
        raise ArgumentError(f"{name}: `p` is {p!r}: it must be 1 or 2")
    x = listed(output)
    if not shape_of(x):
        raise ShapeError(f"{name}: one number has no axis of classes")
    weight = class_weights(name, weight, x)
    chosen, kept = class_table(name, target, x, ignore_index=-1)
    if kept is not None:
        raise ShapeError(f"{name}: class -1 in `target`, but classes begin at 0")
    right = sum(where(chosen != 0, x, 0.0), axis=-1, keepdims=True)
    hinges = where(chosen != 0, 0.0, relu(margin - right + x))
    losses = sum(hinges if p == 1 else hinges * hinges, axis=-1) / chosen.shape[-1]
    if weight is not None:
        losses = losses * sum(chosen * weight, axis=-1)
    return reduced(losses, reduction)


@composition
def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """L = max(0, d(a, p) − d(a, n) + m), averaged, with d(x, y) = ‖x − y + ε‖ₚ.

    All three are (..., D). With `swap`, d(p, n) replaces d(a, n) where it is
    smaller. Raises ShapeError unless they have one shape. Balntas et al., Learning
    Shallow Convolutional Feature Descriptors with Triplet Losses, 2016.

    >>> import numpy as np
    >>> a, p, n = np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])
    >>> triplet_margin_loss(a, p, n, margin=1.0).round(4)
    np.float64(5.0)
    """
    name = "triplet_margin_loss"
    checked_reduction(name, reduction)
    anchor, positive, negative = listed(anchor), listed(positive), listed(negative)
    same_shape(name, anchor, positive, ("anchor", "positive"))
    same_shape(name, anchor, negative, ("anchor", "negative"))

    def apart(x: Any, y: Any) -> Any:
        return vector_norm(x - y + eps, axis=-1, ord=p)

    far = apart(anchor, negative)
    if swap:
        far = minimum(far, apart(positive, negative))
    return reduced(above(apart(anchor, positive) - far + margin), reduction)


def above(x: Any) -> Any:
    """max(0, x), with the slope of x at 0."""
    return clip(x, min=0.0, max=None)


def signs(operation: str, target: Any, output: Any, shape: tuple[int, ...]) -> Array:
    """Targets of 1 and −1, plain, in numbers of the output's type."""
    given = arrayed(plain(listed(target)))
    if given.shape != shape:
        raise ShapeError(
            f"{operation}: `target` of shape {given.shape} must be of shape {shape}"
        )
    if (np.abs(given) != 1).any():
        wrong = given[np.abs(given) != 1]
        raise ArgumentError(
            f"{operation}: `target` holds {wrong.flat[0]!s}: it must hold 1 and -1 only"
        )
    return of_type(given, output)
