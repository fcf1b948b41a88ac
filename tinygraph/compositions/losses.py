"""Losses of classes and probabilities, with PyTorch's names and options.

`reduction` is "mean", "sum", or "none" for the losses of single elements or rows. The
classes lie along the last axis; `axis=1` is where PyTorch has them in more than two
dimensions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import listed
from ..errors import ArgumentError, DTypeError, ShapeError
from ..operators import plain
from ..ops import (
    exp,
    mean,
    moveaxis,
    multiply,
    softplus,
    subtract,
    sum,
    where,
)
from ..ops.loss import (
    each_binary_cross_entropy,
    each_cross_entropy,
    mean_cross_entropy,
    same_shape,
    xlogx,
)
from ..ops.shape import axes_of
from ..signatures import composition
from ..tensor import Tensor
from ..value import ARRAY, ELSEWHERE, Array, arrayed, brought, shape_of

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "kl_div",
    "nll_loss",
]

IGNORED = -100  # the class number that stands for none, as in PyTorch
REDUCTIONS = ("mean", "sum", "none")


# Class numbers -----------------------------------------------------------------------


@composition
def cross_entropy(
    logits: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = IGNORED,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """L = −Σ t ln softmax(z), over the classes, averaged over the batch.

    `logits` is (..., classes); `target` has class numbers (...), or probabilities of
    the shape of the logits. `weight` has a factor for each class, for weighted means
    too. Rows of class `ignore_index` do not count. `label_smoothing` s turns t into
    (1 − s) t + s/C (Szegedy et al., Rethinking the Inception Architecture, 2016).

    Raises ShapeError for other shapes and unknown classes, DTypeError for class numbers
    that are not integers, ArgumentError for the mean of nothing.

    >>> import numpy as np
    >>> round(float(cross_entropy(np.zeros((1, 4)), np.array([2]))), 6)
    1.386294
    >>> cross_entropy(np.zeros((2, 4)), np.array([2, -100]), reduction="none").round(6)
    array([1.386294, 0.      ])
    """
    name = "cross_entropy"
    logits, target = classes_last(name, listed(logits), listed(target), axis)
    weight = class_weights(name, weight, logits)
    smoothing = fraction(name, "label_smoothing", label_smoothing)
    checked_reduction(name, reduction)
    if shape_of(target) != shape_of(logits):
        chosen, kept = class_table(name, target, logits, ignore_index)
        return of_classes(logits, chosen, kept, weight, smoothing, reduction)
    if ignore_index != IGNORED:
        raise ArgumentError(
            f"{name}: `ignore_index` is {ignore_index}, but `target` holds "
            f"probabilities: set those of rows that do not count to 0"
        )
    return of_probabilities(logits, target, weight, smoothing, reduction)


def of_probabilities(
    logits: Any, target: Any, weight: Any, smoothing: float, reduction: str
) -> Any:
    """`cross_entropy` where the target has a probability for each class."""
    if reduction == "mean" and weight is None and not smoothing:
        return mean_cross_entropy(logits, target)
    table = weighted(smoothed(target, smoothing), weight)
    return reduced(each_cross_entropy(logits, table), reduction)


def of_classes(
    logits: Any, chosen: Array, kept: Any, weight: Any, smoothing: float, reduction: str
) -> Any:
    """`cross_entropy` where class numbers chose one of the classes, or none."""
    if reduction == "mean" and weight is None and not smoothing and kept is None:
        return mean_cross_entropy(logits, chosen)
    table = smoothed(chosen, smoothing)
    losses = each_cross_entropy(logits, weighted(weighted(table, kept), weight))
    return averaged("cross_entropy", losses, reduction, weighted(chosen, weight))


@composition
def nll_loss(
    logarithms: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = IGNORED,
    reduction: str = "mean",
    axis: int = -1,
) -> Any:
    """L = −x[t], averaged: the negative logarithm of the probability of the class.

    `logarithms` is (..., classes), what `log_softmax` gives; `target` holds class
    numbers (...). The options and errors are those of `cross_entropy`.

    >>> import numpy as np
    >>> nll_loss(np.log([[0.25, 0.75], [0.5, 0.5]]), np.array([0, 1])).round(4)
    np.float64(1.0397)
    """
    name = "nll_loss"
    x, target = classes_last(name, listed(logarithms), listed(target), axis)
    weight = class_weights(name, weight, x)
    checked_reduction(name, reduction)
    chosen, _ = class_table(name, target, x, ignore_index)
    terms = weighted(where(chosen != 0, x, 0.0), weight)
    losses = -sum(terms, axis=-1)
    return averaged(name, losses, reduction, weighted(chosen, weight))


def classes_last(operation: str, x: Any, target: Any, axis: int) -> tuple[Any, Any]:
    """Both with the classes along the last axis; class numbers have no such axis."""
    rank = len(shape_of(x))
    if not rank:
        raise ShapeError(f"{operation}: one number has no axis of classes")
    if axis != -1 and axes_of(operation, axis, rank) != (rank - 1,):
        if shape_of(target) == shape_of(x):
            target = moveaxis(target, axis, -1)
        x = moveaxis(x, axis, -1)
    return x, target


def class_table(
    operation: str, target: Any, x: Any, ignore_index: int
) -> tuple[Array, Array | None]:
    """1 at the class of each row, 0 elsewhere, and 0 in rows that are ignored.

    With it comes which rows are kept, (..., 1), or None for all. Class numbers are
    plain, the table is of the type of x.
    """
    shape, labels = shape_of(x), arrayed(plain(target))
    if labels.shape != shape[:-1]:
        probabilities = f", or probabilities, {shape}" * (operation == "cross_entropy")
        raise ShapeError(
            f"{operation}: `target` of shape {labels.shape} does not fit an output of "
            f"shape {shape}: give class numbers, {shape[:-1]}{probabilities}; where "
            f"the classes are the second axis, as in PyTorch, say axis=1"
        )
    if labels.dtype.kind not in "iu" and labels.size:
        raise DTypeError(
            f"{operation}: class numbers must be integers, `target` is {labels.dtype}"
        )
    kept = (labels >= 0) & (labels < shape[-1])
    if 0 <= ignore_index < shape[-1]:
        kept = kept & (labels != ignore_index)
    chosen = table_of(labels, kept, shape[-1], x.dtype)
    there = type(kept) in ELSEWHERE
    if kept.all() if there else np.logical_and.reduce(kept, axis=None):
        return chosen, None
    wrong = labels[~kept & (labels != ignore_index)]
    if wrong.size:
        raise ShapeError(
            f"{operation}: class {int(wrong.reshape(-1)[0])} in `target`, but the "
            f"output has the classes 0 to {shape[-1] - 1}, and `ignore_index` is "
            f"{ignore_index}"
        )
    return chosen, kept[..., None]


def table_of(labels: Array, kept: Array, classes: int, dtype: Any) -> Array:
    """1 at the class of each row that is kept, 0 elsewhere, (..., classes)."""
    if type(labels) is not ARRAY:  # in a recording, which notes what NumPy makes of it
        here = labels[..., None] == brought(np.arange(classes), labels)
        return (here & kept[..., None]).astype(dtype)
    table = np.zeros((labels.size, classes), dtype)
    [rows] = np.nonzero(kept.reshape(-1))
    table[rows, labels.reshape(-1)[rows]] = 1
    return table.reshape(*labels.shape, classes)


def class_weights(operation: str, weight: Any, x: Any) -> Any:
    """One number for each class, or None; ShapeError for any other number of them."""
    if weight is None:
        return None
    weight, classes = listed(weight), shape_of(x)[-1:]
    if shape_of(weight) != classes:
        raise ShapeError(
            f"{operation}: `weight` of shape {np.shape(weight)} must have one number "
            f"for each of the {classes[0]} classes"
        )
    return weight if isinstance(weight, Tensor) else of_type(weight, x)


def of_type(given: Any, output: Any) -> Array:
    """Plain numbers in the type of the output, which stays what it is."""
    return arrayed(given, output.dtype if output.dtype.kind == "f" else float)


def as_output(target: Any, output: Any) -> Any:
    """Targets that are plain whole numbers, labels for instance, in its type."""
    whole = not isinstance(target, Tensor) and arrayed(target).dtype.kind != "f"
    return of_type(target, output) if whole else target


def weighted(x: Any, weight: Any) -> Any:
    """x times weights, if there are any."""
    return x if weight is None else multiply(x, weight)


def smoothed(table: Any, smoothing: float) -> Any:
    """(1 − s) t + s/C: a little of each of the C classes."""
    if not smoothing:
        return table
    return table * (1.0 - smoothing) + smoothing / shape_of(table)[-1]


def averaged(operation: str, losses: Any, reduction: str, counted: Any) -> Any:
    """The losses of rows, reduced; `counted` are the weights of their classes."""
    if reduction != "mean":
        return reduced(losses, reduction)
    total = sum(counted)
    if plain(total) == 0 and np.size(plain(counted)):
        raise ArgumentError(
            f"{operation}: there is nothing to average: each row of `target` is "
            f"`ignore_index`, or of a class with weight 0; leave out such a batch, or "
            f'use reduction="sum"'
        )
    return sum(losses) / (total if np.size(plain(counted)) else 1.0)


# Probabilities -----------------------------------------------------------------------


@composition
def binary_cross_entropy(
    output: Any, target: Any, weight: Any = None, *, reduction: str = "mean"
) -> Any:
    """L = −(t ln o + (1 − t) ln(1 − o)), averaged; `output` holds probabilities.

    Logarithms are held above −100, so that a probability of exactly 0 or 1 gives a
    finite loss, and o (1 − o), which the gradient is divided by, above 10⁻¹²: where the
    output is certain and wrong, the gradient is ±10¹² and not 0, as in PyTorch. A
    sigmoid before it that is saturated lets none of that through, its own being 0:
    `binary_cross_entropy_with_logits` takes what comes before the sigmoid, and learns.

    `weight` is broadcast to the losses. Raises ShapeError unless output and target
    have one shape, and ArgumentError for what is not a probability.

    >>> import numpy as np
    >>> round(float(binary_cross_entropy(np.array([0.5]), np.array([1.0]))), 6)
    0.693147
    """
    name = "binary_cross_entropy"
    output, target = listed(output), listed(target)
    same_shape(name, output, target)
    target = as_output(target, output)
    given = arrayed(plain(output))
    if given.size and (given.min() < 0 or given.max() > 1):
        raise ArgumentError(
            f"{name}: `output` goes from {given.min():.6g} to {given.max():.6g}: "
            f"probabilities lie in [0, 1]; use binary_cross_entropy_with_logits for "
            f"what a sigmoid has not been applied to"
        )
    losses = rescaled(name, each_binary_cross_entropy(output, target), weight)
    return reduced(losses, checked_reduction(name, reduction))


@composition
def binary_cross_entropy_with_logits(
    logits: Any,
    target: Any,
    weight: Any = None,
    *,
    pos_weight: Any = None,
    reduction: str = "mean",
) -> Any:
    """L = −(p t ln σ(z) + (1 − t) ln(1 − σ(z))), averaged, with σ the sigmoid.

    It is finite and has a gradient however large z is. `pos_weight` p, 1 by default,
    weighs the targets of 1; it and `weight` are broadcast to the losses. Raises
    ShapeError unless logits and target have one shape.

    >>> import numpy as np
    >>> binary_cross_entropy_with_logits(np.array([1000.0]), np.array([0.0]))
    np.float64(1000.0)
    """
    name = "binary_cross_entropy_with_logits"
    logits, target = listed(logits), listed(target)
    same_shape(name, logits, target)
    target = as_output(target, logits)
    negative = softplus(-logits)  # −ln σ(z), and −ln(1 − σ(z)) is z more
    if pos_weight is None:
        losses = negative + (1.0 - target) * logits
    else:
        positive = rescaled(name, target * negative, pos_weight, "pos_weight")
        losses = positive + (1.0 - target) * (negative + logits)
    return reduced(rescaled(name, losses, weight), checked_reduction(name, reduction))


@composition
def kl_div(
    output: Any, target: Any, *, reduction: str = "mean", log_target: bool = False
) -> Any:
    """L = Σ t (ln t − o): how far a distribution t is from another, whose ln is o.

    `output` holds logarithms, what `log_softmax` gives, and `target` probabilities, or
    logarithms too with `log_target`. `reduction` is "mean" over all elements, "sum",
    "none", or "batchmean": the sum divided by the size of the first axis, which is the
    divergence of Kullback and Leibler, averaged over a batch. Raises ShapeError unless
    both have one shape.

    >>> import numpy as np
    >>> kl_div(np.log([[0.5, 0.5]]), np.array([[1.0, 0.0]]), reduction="batchmean")
    np.float64(0.6931471805599453)
    """
    name = "kl_div"
    output, target = listed(output), listed(target)
    shape = same_shape(name, output, target)
    checked_reduction(name, reduction, ("batchmean",))
    if log_target:
        losses = exp(target) * subtract(target, output)
    else:
        losses = xlogx(target) - target * output
    if reduction == "batchmean":
        return sum(losses) / (shape[0] if shape else 1)
    return reduced(losses, reduction)


def rescaled(operation: str, losses: Any, weight: Any, name: str = "weight") -> Any:
    """The losses times weights; ShapeError unless these are broadcast to them."""
    if weight is None:
        return losses
    weight = listed(weight)
    try:
        fits = np.broadcast_shapes(shape_of(losses), np.shape(weight))
    except ValueError:
        fits = ()
    if fits != shape_of(losses):
        raise ShapeError(
            f"{operation}: `{name}` of shape {np.shape(weight)} cannot be broadcast to "
            f"losses of shape {shape_of(losses)}"
        )
    return losses * weight


# Reductions --------------------------------------------------------------------------


def checked_reduction(
    operation: str, reduction: str, more: tuple[str, ...] = ()
) -> str:
    """The reduction; ArgumentError where there is none of that name."""
    if reduction not in (names := (*REDUCTIONS, *more)):
        raise ArgumentError(
            f"{operation}: `reduction` is {reduction!r}: use one of {[*names]}"
        )
    return reduction


def reduced(losses: Any, reduction: str) -> Any:
    """The mean of losses, their sum, or themselves."""
    reduce = {"mean": mean, "sum": sum}.get(reduction)
    return losses if reduce is None else reduce(losses)


def fraction(operation: str, name: str, value: float) -> float:
    """A number from 0 to 1; ArgumentError for any other."""
    if not 0.0 <= value <= 1.0:
        raise ArgumentError(
            f"{operation}: `{name}` is {value!r}: it must lie between 0 and 1"
        )
    return value
