"""Activation functions, computed so that large inputs neither overflow nor give NaN."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arguments import listed
from ..errors import ArgumentError, DTypeError
from ..kernels import elementwise, exponentials
from ..kernels.masking import keep_positive, positive
from ..modes import current_mode
from ..operators import plain
from ..primitive import primitive
from ..signatures import composition
from ..value import ARRAY, Array
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
    return elementwise.leaky_relu(x, options=(negative_slope,))


@primitive
def leaky_relu_adjoint(g: Array, x: Array, *, negative_slope: float) -> Array:
    """The adjoint of leaky_relu: g where x > 0, s g elsewhere"""
    return elementwise.leaky_relu_adjoint(g, x, options=(negative_slope,))


leaky_relu.vjp(
    lambda g, y, x, **slope: leaky_relu_adjoint(g, x, **slope),
    r"\bar{y}\, [x > 0] + s\, \bar{y}\, [x \leq 0]",
)
leaky_relu_adjoint.vjp(
    lambda h, z, g, x, **slope: leaky_relu_adjoint(h, x, **slope),
    r"\bar{z}\, [x > 0] + s\, \bar{z}\, [x \leq 0]",
    None,
)


@primitive
def elu(x: Array, /, alpha: float = 1.0) -> Array:
    """y = x where x > 0, a (e^x − 1) elsewhere, with a the `alpha`"""
    return elementwise.elu(x, options=(alpha,))


@primitive
def elu_adjoint(g: Array, x: Array, *, alpha: float) -> Array:
    """The adjoint of elu: g where x > 0, a e^x g elsewhere"""
    return elementwise.elu_adjoint(g, x, options=(alpha,))


elu.vjp(
    lambda g, y, x, alpha: elu_adjoint(g, x, alpha=alpha),  # ∂y/∂x = alpha e^x, x ≤ 0
    r"\bar{y}\, [x > 0] + a\, \bar{y}\, e^x\, [x \leq 0]",
)
elu_adjoint.vjp(
    lambda h, z, g, x, alpha: elu_adjoint(h, x, alpha=alpha),
    r"\bar{z}\, [x > 0] + a\, \bar{z}\, e^x\, [x \leq 0]",
    lambda h, z, g, x, alpha: np.where(
        x > 0, 0.0, h * g * alpha * np.exp(np.where(x > 0, 0.0, x))
    ),
    r"a\, \bar{z}\, g\, e^x\, [x \leq 0]",
)


@primitive
def sigmoid(x: Array) -> Array:
    """y = 1 / (1 + e^−x)

    >>> sigmoid(np.array([0.0, 1000.0]))
    array([0.5, 1. ])
    """
    return elementwise.sigmoid(x)


@primitive
def sigmoid_adjoint(g: Array, y: Array) -> Array:
    """The adjoint of sigmoid, which its result y tells: g y (1 − y)"""
    return elementwise.sigmoid_adjoint(g, y)


sigmoid.vjp(lambda g, y, x: sigmoid_adjoint(g, y), r"\bar{y}\, y\, (1 - y)")
sigmoid_adjoint.vjp(
    lambda h, z, g, y: sigmoid_adjoint(h, y),
    r"\bar{z}\, y\, (1 - y)",
    lambda h, z, g, y: h * g * (1.0 - 2.0 * y),
    r"\bar{z}\, g\, (1 - 2y)",
)


@primitive
def softplus(x: Array) -> Array:
    """y = ln(1 + e^x)"""
    return elementwise.softplus(x)


@primitive
def softplus_adjoint(g: Array, x: Array) -> Array:
    """The adjoint of softplus: g σ(x)"""
    return elementwise.softplus_adjoint(g, x)


softplus.vjp(lambda g, y, x: softplus_adjoint(g, x), r"\bar{y}\, \sigma(x)")
softplus_adjoint.vjp(
    lambda h, z, g, x: softplus_adjoint(h, x),
    r"\bar{z}\, \sigma(x)",
    lambda h, z, g, x: sigmoid_adjoint(h * g, sigmoid(x)),
    r"\bar{z}\, g\, \sigma(x)\, (1 - \sigma(x))",
)


@primitive
def silu(x: Array) -> Array:
    """y = x sigmoid(x), also called swish.

    >>> silu(0.0)
    np.float64(0.0)
    """
    return elementwise.silu(x)


@primitive
def silu_adjoint(g: Array, x: Array) -> Array:
    """The adjoint of silu: g σ (1 + x (1 − σ)) with σ = sigmoid(x)"""
    return elementwise.silu_adjoint(g, x)


def silu_curvature(h: Any, z: Any, g: Any, x: Any) -> Any:
    """The adjoint of `silu_adjoint` in x."""
    s = sigmoid(x)
    return sigmoid_adjoint(h * g, s) * (2.0 + x * (1.0 - 2.0 * s))


silu.vjp(
    lambda g, y, x: silu_adjoint(g, x),
    r"\bar{y}\, \sigma(x)\, (1 + x\, (1 - \sigma(x)))",
)
silu_adjoint.vjp(
    lambda h, z, g, x: silu_adjoint(h, x),
    r"\bar{z}\, \sigma(x)\, (1 + x\, (1 - \sigma(x)))",
    silu_curvature,
    r"\bar{z}\, g\, \sigma(x)\, (1 - \sigma(x))\, (2 + x\, (1 - 2 \sigma(x)))",
)


@composition
def gelu(x: Any, approximate: str = "none") -> Any:
    """y = x Φ(x), with Φ the normal distribution; "tanh" is a faster approximation.

    Hendrycks and Gimpel, Gaussian Error Linear Units, 2016.

    >>> gelu(np.array([0.0, 1.0])).round(4)
    array([0.    , 0.8413])
    """
    if approximate == "tanh":
        return gelu_tanh(x)
    if approximate != "none":
        raise ArgumentError(
            f'gelu: `approximate` is {approximate!r}: use "none" or "tanh"'
        )
    return exact_gelu(x)


@primitive(name="gelu")
def exact_gelu(x: Array) -> Array:
    """y = x Φ(x), with Φ(x) = ½ (1 + erf(x/√2)), what is below x in the distribution"""
    return elementwise.gelu(x)


@primitive
def gelu_adjoint(g: Array, x: Array, *, result: Array) -> Array:
    """The adjoint of gelu, which its result tells: g (Φ(x) + x φ(x)), Φ(x) = y / x"""
    return elementwise.gelu_adjoint(g, x, result)


def normal_density(x: Any) -> Any:
    """φ(x) = e^(−x²/2) / √(2π)"""
    return math.sqrt(0.5 / math.pi) * np.exp(-0.5 * x * x)


exact_gelu.vjp(
    lambda g, y, x: gelu_adjoint(g, x, result=plain(y)),
    r"\bar{y}\, (\frac{1}{2} (1 + \mathrm{erf}(x / \sqrt{2}))"
    r" + x\, e^{-x^2/2} / \sqrt{2 \pi})",
)
gelu_adjoint.vjp(
    lambda h, z, g, x, result: gelu_adjoint(h, x, result=result),
    r"\bar{z}\, (\frac{1}{2} (1 + \mathrm{erf}(x / \sqrt{2}))"
    r" + x\, e^{-x^2/2} / \sqrt{2 \pi})",
    lambda h, z, g, x, result: h * g * (2.0 - x * x) * normal_density(x),
    r"\bar{z}\, g\, (2 - x^2)\, e^{-x^2/2} / \sqrt{2 \pi}",
)


# tanh u and u' in the formulas of `gelu_tanh`
TANH = r"\tanh(\sqrt{2 / \pi}\, (x + 0.044715 x^3))"
SLOPE = r"\sqrt{2 / \pi}\, (1 + 0.134145 x^2)"
GELU_TANH_SLOPE = rf"((1 + {TANH}) + x\, (1 - {TANH}\, {TANH})\, {SLOPE}) / 2"


@primitive
def gelu_tanh(x: Array) -> Array:
    """y = ½ x (1 + tanh(√(2/π) (x + 0.044715 x³)))"""
    return elementwise.gelu_tanh(x)


@primitive
def gelu_tanh_adjoint(g: Array, x: Array) -> Array:
    """The adjoint of gelu_tanh: g σ (1 + x u' (1 − σ)), where y = x σ(u)"""
    return elementwise.gelu_tanh_adjoint(g, x)


def gelu_tanh_curvature(h: Any, z: Any, g: Any, x: Any) -> Any:
    """The adjoint of `gelu_tanh_adjoint` in x: h g σ' (2u' + x u'' + x u'² (1 − 2σ))"""
    a, b = elementwise.GELU_TANH
    square = x * x
    s, slope = sigmoid(x * (a + b * square)), a + 3.0 * b * square
    curve = 2.0 * slope + 6.0 * b * square + x * slope * slope * (1.0 - 2.0 * s)
    return sigmoid_adjoint(h * g, s) * curve


gelu_tanh.vjp(
    lambda g, y, x: gelu_tanh_adjoint(g, x),
    r"\bar{y}\, " + GELU_TANH_SLOPE,
)
gelu_tanh_adjoint.vjp(
    lambda h, z, g, x: gelu_tanh_adjoint(h, x),
    r"\bar{z}\, " + GELU_TANH_SLOPE,
    gelu_tanh_curvature,
    rf"\bar{{z}}\, g\, (1 - {TANH}\, {TANH})\, ({SLOPE}"
    rf" + \sqrt{{2 / \pi}}\, 0.134145 x^2 - x\, {SLOPE}\, {SLOPE}\, {TANH})",
)


@primitive
def softmax(x: Array, /, axis: int = -1) -> Array:
    """yᵢ = e^xᵢ / Σ e^xⱼ: positive numbers that sum to 1 along `axis`.

    >>> softmax(np.array([0.0, 0.0]))
    array([0.5, 0.5])
    """
    if type(x) is ARRAY and not x.size:  # it has no largest element
        return x.copy()
    return exponentials.softmax(x, axis)


@primitive
def softmax_input(g: Array, y: Array, /, axis: int) -> Array:
    """The adjoint of softmax, which its result y tells: y (g − Σ g y)"""
    return exponentials.softmax_adjoint(g, y, axis)


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
    return exponentials.log_softmax(x, axis)


@primitive
def log_softmax_input(g: Array, y: Array, /, axis: int) -> Array:
    """The adjoint of log_softmax, which its result y tells: g − e^y Σ g"""
    return exponentials.log_softmax_adjoint(g, y, axis)


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
