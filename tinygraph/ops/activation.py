"""Activation functions, computed so that large inputs neither overflow nor give NaN."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arguments import listed
from ..errors import ArgumentError, DTypeError
from ..kernels import exponentials
from ..kernels.error_function import erf
from ..kernels.exponentials import LARGE, by_rows, pays
from ..kernels.masking import keep_positive, positive
from ..modes import current_mode
from ..operators import plain
from ..primitive import primitive
from ..signatures import composition
from ..value import ARRAY, Array
from .arithmetic import tanh
from .choices import where
from .reduction import sum

__all__ = [
    "dropout",
    "elu",
    "gelu",
    "leaky_relu",
    "log_softmax",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
]


@primitive
def kept(x: Array, *, gate: Array) -> Array:
    """`x` where the gate is above 0, 0 elsewhere: linear, and its own adjoint."""
    return keep_positive(x, gate)


kept.vjp(lambda g, y, x, gate: kept(g, gate=gate), r"\bar{y}\, [\text{gate} > 0]")


@primitive
def relu(x: Array) -> Array:
    """y = max(x, 0); its derivative at 0 is taken to be 0.

    >>> relu(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    return positive(x)


# The usual form is np.where(x > 0, g, 0.0); this one is faster.
relu.vjp(lambda g, y, x: kept(g, gate=plain(x)), r"\bar{y}\, [x > 0]")


@primitive
def leaky_relu(x: Array, /, negative_slope: float = 0.01) -> Array:
    """y = x where x > 0, s x elsewhere, with s the `negative_slope`"""
    if 0 <= negative_slope <= 1:  # in a tenth of the time of `np.where`
        return np.maximum(x, np.multiply(x, negative_slope))
    return np.where(np.greater(x, 0), x, np.multiply(x, negative_slope))


leaky_relu.vjp(
    lambda g, y, x, negative_slope: where(x > 0, g, g * negative_slope),
    r"\bar{y}\, [x > 0] + s\, \bar{y}\, [x \leq 0]",
)


@primitive
def elu(x: Array, /, alpha: float = 1.0) -> Array:
    """y = x where x > 0, a (e^x − 1) elsewhere, with a the `alpha`"""
    return np.where(np.greater(x, 0), x, alpha * np.expm1(np.minimum(x, 0)))


elu.vjp(
    lambda g, y, x, alpha: np.where(
        x > 0, g, g * alpha * np.exp(np.where(x > 0, 0.0, x))
    ),  # ∂y/∂x = alpha e^x for x ≤ 0
    r"\bar{y}\, [x > 0] + a\, \bar{y}\, e^x\, [x \leq 0]",
)


@primitive
def sigmoid(x: Array) -> Array:
    """y = 1 / (1 + e^−x)

    >>> sigmoid(np.array([0.0, 1000.0]))
    array([0.5, 1. ])
    """
    with np.errstate(over="ignore"):  # then y is 0, which is as near as it can be
        return 1.0 / (1.0 + np.exp(np.negative(x)))


sigmoid.vjp(lambda g, y, x: g * y * (1.0 - y), r"\bar{y}\, y\, (1 - y)")


@primitive
def softplus(x: Array) -> Array:
    """y = ln(1 + e^x)"""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


softplus.vjp(lambda g, y, x: g * sigmoid(x), r"\bar{y}\, \sigma(x)")


@composition
def silu(x: Any) -> Any:
    """y = x sigmoid(x), also called swish.

    >>> silu(0.0)
    np.float64(0.0)
    """
    x = listed(x)
    return x * sigmoid(x)


@primitive
def normal_cdf(x: Array) -> Array:
    """y = Φ(x) = ½ (1 + erf(x/√2)): how much of the normal distribution is below x"""
    y = erf(np.multiply(x, math.sqrt(0.5)))
    return np.multiply(np.add(y, 1.0), 0.5)


normal_cdf.vjp(
    lambda g, y, x: g * (math.sqrt(0.5 / math.pi) * np.exp(-0.5 * x * x)),
    r"\bar{y}\, e^{-x^2/2} / \sqrt{2 \pi}",
)


@composition
def gelu(x: Any, approximate: str = "none") -> Any:
    """y = x Φ(x), with Φ the normal distribution; "tanh" is a faster approximation.

    Hendrycks and Gimpel, Gaussian Error Linear Units, 2016.

    >>> gelu(np.array([0.0, 1.0])).round(4)
    array([0.    , 0.8413])
    """
    x = listed(x)
    if approximate == "tanh":
        inner = math.sqrt(2.0 / math.pi) * (x + 0.044715 * x * x * x)
        return 0.5 * x * (1.0 + tanh(inner))
    if approximate != "none":
        raise ArgumentError(
            f'gelu: `approximate` is {approximate!r}: use "none" or "tanh"'
        )
    return x * normal_cdf(x)


@primitive
def softmax(x: Array, /, axis: int = -1) -> Array:
    """yᵢ = e^xᵢ / Σ e^xⱼ: positive numbers that sum to 1 along `axis`.

    >>> softmax(np.array([0.0, 0.0]))
    array([0.5, 0.5])
    """
    if type(x) is ARRAY and not x.size:  # it has no largest element
        return x.copy()
    if type(x) is ARRAY and x.size > LARGE and pays(axis, x):
        return by_rows(exponentials.softmax, x)
    e = np.exp(x - np.maximum.reduce(x, axis=axis, keepdims=True))
    e /= np.add.reduce(e, axis=axis, keepdims=True)
    return e


@primitive
def softmax_input(g: Array, y: Array, /, axis: int) -> Array:
    """The adjoint of softmax, which its result y tells: y (g − Σ g y)"""
    if y.size > LARGE and pays(axis, g, y):
        return by_rows(exponentials.softmax_gradient, g, y)
    return y * (g - np.add.reduce(g * y, axis=axis, keepdims=True))


softmax.vjp(
    lambda g, y, x, axis: softmax_input(g, y, axis=axis),
    r"y\, (\bar{y} - \textstyle\sum \bar{y}\, y)",  # ∂yᵢ/∂xⱼ = yᵢ (δᵢⱼ − yⱼ)
)
softmax_input.vjp(
    lambda h, z, g, y, axis: softmax_input(h, y, axis=axis),
    r"y\, (\bar{z} - \textstyle\sum \bar{z}\, y)",
    lambda h, z, g, y, axis: (
        h * (g - sum(g * y, axis=axis, keepdims=True))
        - g * sum(h * y, axis=axis, keepdims=True)
    ),
    r"\bar{z}\, (g - \textstyle\sum g y) - g\, \sum \bar{z}\, y",
)


@primitive
def log_softmax(x: Array, /, axis: int = -1) -> Array:
    """y = x − ln Σ e^x along `axis`, the logarithm of softmax"""
    if type(x) is ARRAY and not x.size:  # as above
        return x.copy()
    if type(x) is ARRAY and x.size > LARGE and pays(axis, x):
        return by_rows(exponentials.log_softmax, x)
    shifted = x - np.maximum.reduce(x, axis=axis, keepdims=True)
    return shifted - np.log(np.add.reduce(np.exp(shifted), axis=axis, keepdims=True))


@primitive
def log_softmax_input(g: Array, y: Array, /, axis: int) -> Array:
    """The adjoint of log_softmax, which its result y tells: g − e^y Σ g"""
    if y.size > LARGE and pays(axis, g, y):
        return by_rows(exponentials.log_softmax_gradient, g, y)
    return g - np.exp(y) * np.add.reduce(g, axis=axis, keepdims=True)


log_softmax.vjp(
    lambda g, y, x, axis: log_softmax_input(g, y, axis=axis),
    r"\bar{y} - e^y\, \textstyle\sum \bar{y}",
)
log_softmax_input.vjp(
    lambda h, z, g, y, axis: h - sum(h * np.exp(y), axis=axis, keepdims=True),
    r"\bar{z} - \textstyle\sum \bar{z}\, e^y",
    lambda h, z, g, y, axis: -h * np.exp(y) * sum(g, axis=axis, keepdims=True),
    r"-\bar{z}\, e^y\, \textstyle\sum g",
)


@composition
def dropout(
    x: Any,
    p: float = 0.5,
    *,
    rng: np.random.Generator | None = None,
    training: bool = True,
) -> Any:
    """Set elements to 0 with probability `p`, and scale the others by 1 / (1 − p).

    Randomness comes from `rng` alone, which training needs. Srivastava et al.,
    Dropout, JMLR 2014.

    >>> dropout(np.ones(4), 0.5, rng=np.random.default_rng(1))
    array([2., 2., 0., 2.])
    """
    x = listed(x)
    if not 0 <= p < 1:
        raise ArgumentError(
            f"dropout: the probability `p` is {p}: it must lie in [0, 1)"
        )
    if not training or p == 0:
        return x
    if rng is None:
        raise DTypeError(
            "dropout: `rng` is missing, the generator that chooses the elements: "
            "dropout(x, p, rng=np.random.default_rng(seed))"
        )
    recorder, drawn = current_mode.get().recorder, rng
    if recorder is not None:
        drawn = recorder.drawing(rng)
    kept = drawn.random(np.shape(x)) >= p
    return x * (kept / (1.0 - p)).astype(x.dtype)
