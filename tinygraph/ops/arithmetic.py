"""Elementwise arithmetic.

In a VJP, g is the gradient of the result. Arguments broadcast; `backward.fitted` undoes
that, so no VJP has to.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..kernels import elementwise
from ..kernels.compilation import chosen
from ..operators import plain
from ..primitive import primitive
from ..value import ARRAY, PYTHON_NUMBERS, Array

__all__ = [
    "abs",
    "add",
    "arccos",
    "arcsin",
    "arctan",
    "cos",
    "cosh",
    "divide",
    "erf",
    "exp",
    "expm1",
    "log",
    "log1p",
    "multiply",
    "negative",
    "positive",
    "power",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
]


@primitive
def add(x: Array, y: Array) -> Array:
    """z = x + y

    >>> add(1.0, np.array([1.0, 2.0]))
    array([2., 3.])
    """
    return x + y


add.vjp(
    lambda g, z, x, y: g,  # ∂z/∂x = 1
    r"\bar{z}",
    lambda g, z, x, y: g,  # ∂z/∂y = 1
    r"\bar{z}",
)


@primitive
def subtract(x: Array, y: Array) -> Array:
    """z = x − y"""
    return np.subtract(x, y)


subtract.vjp(
    lambda g, z, x, y: g,  # ∂z/∂x = 1
    r"\bar{z}",
    lambda g, z, x, y: -g,  # ∂z/∂y = −1
    r"-\bar{z}",
)


@primitive
def multiply(x: Array, y: Array) -> Array:
    """z = x y"""
    return x * y


multiply.vjp(
    lambda g, z, x, y: g * y,  # ∂z/∂x = y
    r"\bar{z}\, y",
    lambda g, z, x, y: g * x,  # ∂z/∂y = x
    r"\bar{z}\, x",
)


@primitive
def divide(x: Array, y: Array) -> Array:
    """z = x / y"""
    return np.divide(x, y)


divide.vjp(
    lambda g, z, x, y: g / y,  # ∂z/∂x = 1/y
    r"\bar{z} / y",
    lambda g, z, x, y: -g * z / y,  # ∂z/∂y = −x/y²
    r"-\bar{z}\, x / y^2",
)


@primitive
def power(x: Array, y: Array) -> Array:
    """z = x^y

    The gradient of the exponent is 0 where x is 0 and y is not negative.
    """
    kind: Any = type(y)
    if type(x) is ARRAY and kind in PYTHON_NUMBERS:  # squares and roots are fast
        if y == 3 and x.dtype in chosen.get():  # NumPy takes 60 ns for x below 0
            return x * x * x
        return x**y
    return np.power(x, y)


@power.vjp("x", r"\bar{z}\, y\, x^{y-1}")
def power_vjp_x(g: Any, z: Any, x: Any, y: Any) -> Any:
    """∂z/∂x = y x^(y−1), and 0 where y is 0"""
    if isinstance(y, int | float):  # does not promote float32 to float64
        return g * y * power(x, y - 1) if y else g * 0.0
    nothing = (y == 0) & ~(np.abs(plain(x)) > 1e-300)  # where x^−1 is not a number
    return g * y * np.where(nothing, 1.0, x) ** (y - 1.0)


@power.vjp("y", r"\bar{z}\, z\, \ln(x)")
def power_vjp_y(g: Any, z: Any, x: Any, y: Any) -> Any:
    """∂z/∂y = z ln x, and 0 where x is 0 and y ≥ 0"""
    return g * z * np.log(np.where((x == 0) & (y >= 0), 1.0, x))


@primitive
def negative(x: Array) -> Array:
    """y = −x"""
    return np.negative(x)


negative.vjp(lambda g, y, x: -g, r"-\bar{y}")  # ∂y/∂x = −1


@primitive
def positive(x: Array) -> Array:
    """y = x, as a value of its own in the graph."""
    return np.positive(x)


positive.vjp(lambda g, y, x: g, r"\bar{y}")  # ∂y/∂x = 1


@primitive
def abs(x: Array) -> Array:
    """The absolute value; its derivative at 0 is taken to be 0."""
    return np.abs(x)


abs.vjp(lambda g, y, x: g * np.sign(x), r"\bar{y}\, \mathrm{sign}(x)")


@primitive
def sign(x: Array) -> Array:
    """y = −1, 0 or 1; its derivative is 0."""
    return np.sign(x)


sign.vjp(lambda g, y, x: g * 0.0, r"0")


@primitive
def sqrt(x: Array) -> Array:
    """y = √x"""
    return np.sqrt(x)


sqrt.vjp(lambda g, y, x: g / (2.0 * y), r"\bar{y} / (2 \sqrt{x})")  # ∂y/∂x = 1/(2√x)


@primitive
def square(x: Array) -> Array:
    """y = x²"""
    return np.square(x)


square.vjp(lambda g, y, x: 2.0 * g * x, r"2\, \bar{y}\, x")  # ∂y/∂x = 2x


@primitive
def exp(x: Array) -> Array:
    """y = e^x"""
    return np.exp(x)


exp.vjp(lambda g, y, x: g * y, r"\bar{y}\, y")  # ∂y/∂x = e^x = y


@primitive
def expm1(x: Array) -> Array:
    """y = e^x − 1, exact near x = 0"""
    return np.expm1(x)


expm1.vjp(lambda g, y, x: g * np.exp(x), r"\bar{y}\, e^x")  # ∂y/∂x = e^x


@primitive
def log(x: Array) -> Array:
    """y = ln x"""
    return np.log(x)


log.vjp(lambda g, y, x: g / x, r"\bar{y} / x")  # ∂y/∂x = 1/x


@primitive
def log1p(x: Array) -> Array:
    """y = ln(1 + x), exact near x = 0"""
    return np.log1p(x)


log1p.vjp(lambda g, y, x: g / (1.0 + x), r"\bar{y} / (1 + x)")  # ∂y/∂x = 1/(1+x)


@primitive
def sin(x: Array) -> Array:
    """y = sin x, with x in radians"""
    return np.sin(x)


sin.vjp(lambda g, y, x: g * np.cos(x), r"\bar{y}\, \cos(x)")  # ∂y/∂x = cos x


@primitive
def cos(x: Array) -> Array:
    """y = cos x, with x in radians"""
    return np.cos(x)


cos.vjp(lambda g, y, x: -g * np.sin(x), r"-\bar{y}\, \sin(x)")  # ∂y/∂x = −sin x


@primitive
def tan(x: Array) -> Array:
    """y = tan x, with x in radians"""
    return np.tan(x)


tan.vjp(lambda g, y, x: g * (1.0 + y * y), r"\bar{y}\, (1 + y^2)")  # ∂y/∂x = 1 + y²


@primitive
def arcsin(x: Array) -> Array:
    """y = arcsin x, in radians"""
    return np.arcsin(x)


arcsin.vjp(
    lambda g, y, x: g / np.sqrt(1.0 - x * x),  # ∂y/∂x = 1/√(1 − x²)
    r"\bar{y} / \sqrt{1 - x^2}",
)


@primitive
def arccos(x: Array) -> Array:
    """y = arccos x, in radians"""
    return np.arccos(x)


arccos.vjp(
    lambda g, y, x: -g / np.sqrt(1.0 - x * x),  # ∂y/∂x = −1/√(1 − x²)
    r"-\bar{y} / \sqrt{1 - x^2}",
)


@primitive
def arctan(x: Array) -> Array:
    """y = arctan x, in radians"""
    return np.arctan(x)


arctan.vjp(
    lambda g, y, x: g / (1.0 + x * x),  # ∂y/∂x = 1/(1 + x²)
    r"\bar{y} / (1 + x^2)",
)


@primitive
def sinh(x: Array) -> Array:
    """y = (e^x − e^−x) / 2"""
    return np.sinh(x)


sinh.vjp(lambda g, y, x: g * np.cosh(x), r"\bar{y}\, \cosh(x)")  # ∂y/∂x = cosh x


@primitive
def cosh(x: Array) -> Array:
    """y = (e^x + e^−x) / 2"""
    return np.cosh(x)


cosh.vjp(lambda g, y, x: g * np.sinh(x), r"\bar{y}\, \sinh(x)")  # ∂y/∂x = sinh x


@primitive
def tanh(x: Array) -> Array:
    """y = (e^x − e^−x) / (e^x + e^−x)

    >>> tanh(0.0)
    np.float64(0.0)
    """
    return np.tanh(x)


@primitive
def tanh_adjoint(g: Array, y: Array) -> Array:
    """The adjoint of tanh, which its result y tells: g (1 − y²)"""
    return elementwise.tanh_adjoint(g, y)


tanh.vjp(lambda g, y, x: tanh_adjoint(g, y), r"\bar{y}\, (1 - y^2)")  # ∂y/∂x = 1 − y²
tanh_adjoint.vjp(
    lambda h, z, g, y: tanh_adjoint(h, y),
    r"\bar{z}\, (1 - y^2)",
    lambda h, z, g, y: h * g * y * -2.0,
    r"-2\, \bar{z}\, g\, y",
)


@primitive
def erf(x: Array) -> Array:
    """y = 2/√π ∫₀ˣ e^(−t²) dt, the error function

    >>> erf(np.array([0.0, 0.5])).round(4)
    array([0.    , 0.5205])
    """
    return elementwise.erf(x)


erf.vjp(
    lambda g, y, x: g * (2.0 / math.sqrt(math.pi)) * np.exp(-x * x),
    r"\bar{y}\, \frac{2}{\sqrt{\pi}} e^{-x^2}",
)
