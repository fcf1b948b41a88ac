"""Normalisation: numbers shifted and scaled to mean 0 and variance 1, part by part."""

from __future__ import annotations

import math
import operator
from typing import Any, SupportsFloat

import numpy as np

from ..arguments import listed
from ..errors import ArgumentError, DTypeError, ShapeError
from ..kernels import standardizing
from ..kernels.formulas import Own, places
from ..kernels.windows import Shape
from ..operators import plain
from ..primitive import primitive
from ..signatures import composition
from ..value import ARRAY, Array, arrayed, brought, shape_of
from .arithmetic import sqrt
from .reduction import sum, var
from .shape import reshape, sum_to

__all__ = ["batch_norm", "group_norm", "layer_norm"]


def floats(*arrays: Any) -> list[Any]:
    """Arrays of one type of floats; None stays None."""
    present = [array for array in arrays if array is not None]
    dtype = np.result_type(*present, 0.0)
    return [
        a if a is None or (type(a) is ARRAY and a.dtype == dtype) else arrayed(a, dtype)
        for a in arrays
    ]


def others(x: Any, own: Own) -> Shape:
    """The axes that means are over."""
    return (*range(own[0]), *range(own[1], x.ndim))


@primitive
def standardize(
    x: Array, w: Any = None, b: Any = None, *, own: Own, epsilon: float
) -> Array:
    """y = w x̂ + b, with x̂ = (x − μ) / √(σ² + ε) over all axes but `own`

    w and b have the shape of the axes after `own`, or a number for each channel, (C,).
    """
    x, w, b = floats(x, w, b)
    return standardizing.standardize(x, w, b, own, epsilon)


@primitive
def standardize_input(
    g: Array, x: Array, w: Any = None, *, own: Own, epsilon: float
) -> Array:
    """The adjoint in x: (h − mean(h) − x̂ mean(h x̂)) / √(σ² + ε), with h = w g"""
    g, x, w = floats(g, x, w)
    return standardizing.input_gradient(g, x, w, own, epsilon)


@primitive
def standardize_scale(
    g: Array, x: Array, *, shape: Shape, own: Own, epsilon: float
) -> Array:
    """The adjoint in w: Σ g x̂, to the shape of w"""
    g, x = floats(g, x)
    return standardizing.scale_gradient(g, x, shape, own, epsilon)


standardize.vjp(
    lambda g, y, x, w=None, b=None, **own: standardize_input(g, x, w, **own),
    r"(\mathrm{scaled}(\bar{y}) - \mathrm{mean}(\mathrm{scaled}(\bar{y}))"
    r" - \mathrm{standard}(x)\, \mathrm{mean}(\mathrm{scaled}(\bar{y})\,"
    r" \mathrm{standard}(x))) / \mathrm{std}(x)",
    lambda g, y, x, w, b=None, **own: standardize_scale(g, x, shape=w.shape, **own),
    r"\textstyle\sum \bar{y}\, \mathrm{standard}(x)",
    lambda g, y, x, w, b, **own: summed(g, b, own["own"]),
    r"\textstyle\sum \bar{y}",
)


def scaled(g: Any, w: Any, own: Own) -> Any:
    """`w` g, where there is a scale."""
    if w is None:
        return g
    size = places(w.shape, g.shape, own)
    return g * (w if w.shape == size else reshape(w, shape=size))


def summed(g: Any, w: Any, own: Own) -> Any:
    """The sum of g to the shape of a scale or shift."""
    size = places(w.shape, g.shape, own)
    found = sum_to(g, shape=size)
    return found if w.shape == size else reshape(found, shape=w.shape)


def curvature(
    h: Any, y: Any, g: Any, x: Any, w: Any = None, *, own: Own, epsilon: float
) -> Any:
    """The adjoint of `standardize_input` in x, for the gradient `h`.

    With A and H the adjoints in x of h and of w g, it is
    −(x̂ Σ h H + A Σ w g x̂ + H Σ h x̂) / (n σ).
    """
    g, axes = scaled(g, w, own), others(x, own)
    standard = standardize(x, own=own, epsilon=epsilon)
    a = standardize_input(h, x, own=own, epsilon=epsilon)
    b = standardize_input(g, x, own=own, epsilon=epsilon)
    deviation = sqrt(var(x, axis=axes, keepdims=True) + epsilon)
    count = math.prod(x.shape[axis] for axis in axes)

    def total(z: Any) -> Any:
        return sum(z, axis=axes, keepdims=True)

    slopes = standard * total(h * b) + a * total(g * standard)
    return (slopes + b * total(h * standard)) / (deviation * -count)


standardize_input.vjp(
    lambda h, y, g, x, w=None, **own: scaled(
        standardize_input(h, x, **own), w, own["own"]
    ),
    r"\mathrm{scaled}(\mathrm{adjoint}(\bar{y}))",
    curvature,
    r"-(\mathrm{standard}(x)\, \mathrm{mean}(\bar{y}\,"
    r" \mathrm{adjoint}(\mathrm{scaled}(g)))"
    r" + \mathrm{adjoint}(\bar{y})\, \mathrm{mean}(\mathrm{scaled}(g)\,"
    r" \mathrm{standard}(x))"
    r" + \mathrm{adjoint}(\mathrm{scaled}(g))\, \mathrm{mean}(\bar{y}\,"
    r" \mathrm{standard}(x))) / \mathrm{std}(x)",
    lambda h, y, g, x, w, **own: summed(
        g * standardize_input(h, x, **own), w, own["own"]
    ),
    r"\textstyle\sum g\, \mathrm{adjoint}(\bar{y})",
)
standardize_scale.vjp(
    lambda h, y, g, x, shape, **own: scaled(standardize(x, **own), h, own["own"]),
    r"\bar{y}\, \mathrm{standard}(x)",
    lambda h, y, g, x, shape, **own: standardize_input(
        scaled(g, h, own["own"]), x, **own
    ),
    r"\mathrm{adjoint}(g\, \bar{y})",
)


@composition
def layer_norm(
    x: Any,
    weight: Any = None,
    bias: Any = None,
    *,
    axes: int = 1,
    epsilon: float = 1e-5,
) -> Any:
    """y = w (x − μ) / √(σ² + ε) + b, with mean and variance over the last `axes` axes.

    `weight` and `bias` have the sizes of these axes; without them w is 1 and b is 0.
    Ba, Kiros and Hinton, Layer Normalization, 2016. Raises ShapeError where the shapes
    do not fit, and ArgumentError for an `epsilon` that is not above 0.

    >>> layer_norm(np.array([[1.0, 3.0], [10.0, 30.0]])).round(3)
    array([[-1.,  1.],
           [-1.,  1.]])
    """
    shape, axes = shape_of(listed(x)), whole("layer_norm", axes=axes)
    if not 0 < axes <= len(shape):
        remedy = f"give 1 to {len(shape)}" if shape else "give an array with axes"
        raise ShapeError(
            f"layer_norm: `axes` is {axes}: `x` of shape {shape} has no such number of "
            f"last axes; {remedy}"
        )
    last = len(shape) - axes
    return standardized(
        "layer_norm", (x, weight, bias), shape[last:], (0, last), epsilon
    )


@composition
def batch_norm(
    x: Any,
    weight: Any = None,
    bias: Any = None,
    *,
    mean: Any = None,
    variance: Any = None,
    epsilon: float = 1e-5,
) -> Any:
    """y = w (x − μ) / √(σ² + ε) + b, with mean and variance of each channel.

    `x` is (N, C, ...): channels are axis 1, all else is averaged over. `weight` and
    `bias` are (C,); without them w is 1 and b is 0. Where a network is used and no
    longer trained, give `mean` and `variance`, (C,) each, that training collected.
    Ioffe and Szegedy, Batch Normalization, 2015. Raises ShapeError where the shapes do
    not fit, and ArgumentError for an `epsilon` that is not above 0.

    >>> batch_norm(np.array([[1.0, 10.0], [3.0, 30.0]])).round(3)
    array([[-1., -1.],
           [ 1.,  1.]])
    """
    x = listed(x)
    shape = shape_of(x)
    if len(shape) < 2:
        raise ShapeError(
            f"batch_norm: `x` of shape {shape} must be (N, C) or (N, C, ...), with "
            f"channels along axis 1"
        )
    if mean is None and variance is None:
        return standardized(
            "batch_norm", (x, weight, bias), shape[1:2], (1, 2), epsilon
        )
    if mean is None or variance is None:
        raise ArgumentError("batch_norm: give `mean` and `variance`, or neither")
    sizes = (-1,) + (1,) * (len(shape) - 2)
    check_sizes("batch_norm", shape[1:2], mean=mean, variance=variance)
    check_factors("batch_norm", (weight, bias), shape[1:2], epsilon)
    deviation = sqrt(listed(variance) + epsilon)
    scale = 1.0 / deviation if weight is None else listed(weight) / deviation
    y = (x - reshape(mean, shape=sizes)) * reshape(scale, shape=sizes)
    return y if bias is None else y + reshape(bias, shape=sizes)


@composition
def group_norm(
    x: Any,
    groups: int,
    weight: Any = None,
    bias: Any = None,
    *,
    epsilon: float = 1e-5,
) -> Any:
    """y = w (x − μ) / √(σ² + ε) + b, with mean and variance of each group of channels.

    `x` is (N, C, ...), its channels make `groups` of C/groups each, and every image has
    statistics of its own. `weight` and `bias` are (C,). Wu and He, Group Normalization,
    2018. Raises ShapeError where the shapes do not fit, and ArgumentError for an
    `epsilon` that is not above 0.

    >>> group_norm(np.array([[1.0, 3.0, 10.0, 30.0]]), 2).round(3)
    array([[-1.,  1., -1.,  1.]])
    """
    x, weight, bias = map(listed, (x, weight, bias))
    shape, groups = shape_of(x), whole("group_norm", groups=groups)
    if len(shape) < 2 or groups < 1 or shape[1] % groups:
        raise ShapeError(
            f"group_norm: `groups` is {groups} and `x` of shape {shape}: x must be "
            f"(N, C, ...), and the groups must divide its channels"
        )
    check_factors("group_norm", (weight, bias), shape[1:2], epsilon)
    each = groups, shape[1] // groups
    parts = reshape(x, shape=(shape[0], *each, math.prod(shape[2:])))
    if weight is None and bias is not None:
        weight = brought(np.ones(shape[1], bias.dtype), plain(bias))
    y = standardize(parts, *given(weight, bias), own=(0, 2), epsilon=epsilon)
    return reshape(y, shape=shape)


def standardized(
    operation: str, arrays: tuple[Any, Any, Any], sizes: Shape, own: Own, epsilon: float
) -> Any:
    """`standardize`, once its scale and shift of the user's are seen to fit."""
    x, weight, bias = map(listed, arrays)
    check_factors(operation, (weight, bias), sizes, epsilon)
    if weight is None and bias is not None:
        weight = brought(np.ones(sizes, bias.dtype), plain(bias))
    return standardize(x, *given(weight, bias), own=own, epsilon=epsilon)


def given(*arrays: Any) -> list[Any]:
    """Those that are not None."""
    return [array for array in arrays if array is not None]


def check_factors(
    operation: str, factors: tuple[Any, Any], sizes: Shape, epsilon: float
) -> None:
    """ShapeError unless weight and bias have these sizes; also checks `epsilon`."""
    check_sizes(operation, sizes, weight=factors[0], bias=factors[1])
    number = type(epsilon) is float or isinstance(epsilon, SupportsFloat)
    if not number or not float(epsilon) > 0:
        raise ArgumentError(
            f"{operation}: `epsilon` is {epsilon!r}: it must be a number above 0"
        )


def whole(operation: str, **argument: Any) -> int:
    """A count as an int. Raises DTypeError for anything else."""
    [(name, value)] = argument.items()
    try:
        return operator.index(value)
    except TypeError:
        raise DTypeError(
            f"{operation}: `{name}` is {value!r}: it must be a whole number"
        ) from None


def check_sizes(operation: str, sizes: Shape, **arrays: Any) -> None:
    """ShapeError unless every array that is given has these sizes."""
    for name, array in arrays.items():
        if array is not None and shape_of(listed(array)) != sizes:
            raise ShapeError(
                f"{operation}: `{name}` of shape {shape_of(listed(array))} must be "
                f"{sizes}, a number for each of what it scales or shifts"
            )
