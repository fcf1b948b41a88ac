"""More elementary functions of NumPy: to bases 2 and 10, inverses, angles and lengths.

Each is NumPy's own, since a quotient of logarithms is not exact where they are (the
logarithm of 1000 to the base 10 would be 2.9999999999999996).
"""

from __future__ import annotations

import math

import numpy as np

from ..operators import plain
from ..primitive import primitive
from ..value import Array
from .activation import sigmoid
from .choices import where

__all__ = [
    "arccosh",
    "arcsinh",
    "arctan2",
    "arctanh",
    "cbrt",
    "exp2",
    "hypot",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
]

LN2, LN10 = math.log(2.0), math.log(10.0)


@primitive
def exp2(x: Array) -> Array:
    """y = 2^x

    >>> exp2(3.0)
    np.float64(8.0)
    """
    return np.exp2(x)


exp2.vjp(lambda g, y, x: g * y * LN2, r"\bar{y}\, y\, \ln(2)")


@primitive
def log2(x: Array) -> Array:
    """y = ln x / ln 2

    >>> log2(8.0)
    np.float64(3.0)
    """
    return np.log2(x)


log2.vjp(lambda g, y, x: g / (x * LN2), r"\bar{y} / (x \ln(2))")


@primitive
def log10(x: Array) -> Array:
    """y = ln x / ln 10

    >>> log10(1000.0)
    np.float64(3.0)
    """
    return np.log10(x)


log10.vjp(lambda g, y, x: g / (x * LN10), r"\bar{y} / (x \ln(10))")


@primitive
def cbrt(x: Array) -> Array:
    """y = ∛x, the cube root, of negative numbers too

    >>> cbrt(-8.0)
    np.float64(-2.0)
    """
    return np.cbrt(x)


cbrt.vjp(lambda g, y, x: g / (3.0 * y * y), r"\bar{y} / (3 y^2)")


@primitive
def arcsinh(x: Array) -> Array:
    """y = ln(x + √(x² + 1))"""
    return np.arcsinh(x)


arcsinh.vjp(
    lambda g, y, x: g / np.hypot(x, 1.0),  # ∂y/∂x = 1/√(x² + 1)
    r"\bar{y} / \sqrt{x^2 + 1}",
)


@primitive
def arccosh(x: Array) -> Array:
    """y = ln(x + √(x² − 1)), for x ≥ 1"""
    return np.arccosh(x)


arccosh.vjp(
    lambda g, y, x: g / (np.sqrt(x - 1.0) * np.sqrt(x + 1.0)),  # ∂y/∂x = 1/√(x² − 1)
    r"\bar{y} / \sqrt{x^2 - 1}",
)


@primitive
def arctanh(x: Array) -> Array:
    """y = ½ ln((1 + x) / (1 − x)), for −1 < x < 1"""
    return np.arctanh(x)


arctanh.vjp(
    lambda g, y, x: g / ((1.0 - x) * (1.0 + x)),  # ∂y/∂x = 1/(1 − x²)
    r"\bar{y} / (1 - x^2)",
)


@primitive
def arctan2(y: Array, x: Array) -> Array:
    """z = the angle of the point (x, y), in radians from −π to π

    At the origin the gradient is 0.

    >>> arctan2(1.0, -1.0)
    np.float64(2.356194490192345)
    """
    return np.arctan2(y, x)


arctan2.vjp(
    lambda g, z, y, x: g * over_length(x, x, y),  # ∂z/∂y = x / (x² + y²)
    r"\bar{z}\, x / (x^2 + y^2)",
    lambda g, z, y, x: -g * over_length(y, x, y),  # ∂z/∂x = −y / (x² + y²)
    r"-\bar{z}\, y / (x^2 + y^2)",
)


def over_length(a: Array, x: Array, y: Array) -> Array:
    """a / (x² + y²), 0 at the origin; one division by the length after the other."""
    r = np.hypot(x, y)
    r = where(plain(r) == 0, 1.0, r)
    return a / r / r


@primitive
def hypot(x: Array, y: Array) -> Array:
    """z = √(x² + y²), without overflow; at the origin the gradient is 0

    >>> hypot(3.0, 4.0)
    np.float64(5.0)
    """
    return np.hypot(x, y)


hypot.vjp(
    lambda g, z, x, y: g * (x / where(plain(z) == 0, 1.0, z)),
    r"\bar{z}\, x / z",
    lambda g, z, x, y: g * (y / where(plain(z) == 0, 1.0, z)),
    r"\bar{z}\, y / z",
)


@primitive
def logaddexp(x: Array, y: Array) -> Array:
    """z = ln(e^x + e^y), without overflow

    >>> logaddexp(1000.0, 1000.0).round(4)
    np.float64(1000.6931)
    """
    return np.logaddexp(x, y)


logaddexp.vjp(
    lambda g, z, x, y: g * sigmoid(difference(x, y)),  # ∂z/∂x = e^(x − z)
    r"\bar{z}\, e^{x - z}",
    lambda g, z, x, y: g * sigmoid(difference(y, x)),  # ∂z/∂y = e^(y − z)
    r"\bar{z}\, e^{y - z}",
)


@primitive
def logaddexp2(x: Array, y: Array) -> Array:
    """z = log₂(2^x + 2^y), without overflow

    >>> logaddexp2(1000.0, 1000.0)
    np.float64(1001.0)
    """
    return np.logaddexp2(x, y)


logaddexp2.vjp(
    lambda g, z, x, y: g * sigmoid(LN2 * difference(x, y)),  # ∂z/∂x = 2^(x − z)
    r"\bar{z}\, 2^{x - z}",
    lambda g, z, x, y: g * sigmoid(LN2 * difference(y, x)),  # ∂z/∂y = 2^(y − z)
    r"\bar{z}\, 2^{y - z}",
)


def difference(x: Array, y: Array) -> Array:
    """x − y, and 0 for equal infinities"""
    equal = plain(x) == plain(y)
    return where(equal, 0.0, x) - where(equal, 0.0, y)
