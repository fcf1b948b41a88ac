"""Functions that jump: rounding, whole quotients and remainders, signs.

Between two jumps they do not move, so the gradient of rounding is 0, as in PyTorch.
Where such a function is to let a gradient through, write x + (round(x) − x).detach().
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..operators import plain
from ..primitive import primitive
from ..value import Array
from .choices import where

__all__ = [
    "ceil",
    "copysign",
    "floor",
    "floor_divide",
    "fmod",
    "heaviside",
    "remainder",
    "rint",
    "round",
    "trunc",
]


@primitive
def floor(x: Array) -> Array:
    """y = the largest whole number ≤ x; its gradient is 0

    >>> floor(-1.5)
    np.float64(-2.0)
    """
    return np.floor(x)


@primitive
def ceil(x: Array) -> Array:
    """y = the smallest whole number ≥ x; its gradient is 0"""
    return np.ceil(x)


@primitive
def trunc(x: Array) -> Array:
    """y = x without its fraction; its gradient is 0"""
    return np.trunc(x)


@primitive
def rint(x: Array) -> Array:
    """y = the nearest whole number, the even one of two; its gradient is 0"""
    return np.rint(x)


@primitive
def round(x: Array, *, decimals: int = 0) -> Array:
    """y = x with that many decimals, rounded half to even; its gradient is 0

    >>> round(np.array([0.125, 2.5]), 2)
    array([0.12, 2.5 ])
    """
    return np.round(x, decimals)


for _rounding in (floor, ceil, trunc, rint, round):
    _rounding.vjp(lambda g, y, x, **_: g * 0.0, r"0")


@primitive
def floor_divide(x: Array, y: Array) -> Array:
    """z = ⌊x / y⌋; its gradients are 0

    >>> floor_divide(-7.0, 2.0)
    np.float64(-4.0)
    """
    return np.floor_divide(x, y)


floor_divide.vjp(
    lambda g, z, x, y: g * 0.0,
    r"0",
    lambda g, z, x, y: g * 0.0,
    r"0",
)


@primitive
def remainder(x: Array, y: Array) -> Array:
    """z = x − y ⌊x / y⌋, with the sign of y; NumPy's mod, Python's %

    >>> remainder(-7.0, 3.0)
    np.float64(2.0)
    """
    return np.remainder(x, y)


remainder.vjp(
    lambda g, z, x, y: g,
    r"\bar{z}",
    lambda g, z, x, y: -g * np.floor_divide(plain(x), plain(y)),
    r"-\bar{z} \lfloor x / y \rfloor",
)


@primitive
def fmod(x: Array, y: Array) -> Array:
    """z = x − y trunc(x / y), with the sign of x

    >>> fmod(-7.0, 3.0)
    np.float64(-1.0)
    """
    return np.fmod(x, y)


fmod.vjp(
    lambda g, z, x, y: g,
    r"\bar{z}",
    lambda g, z, x, y: -g * whole(plain(x), plain(y), plain(z)),
    r"-\bar{z}\, \mathrm{trunc}(x / y)",
)


def whole(x: Any, y: Any, z: Any) -> Any:
    """How many times y was taken from x until z was left."""
    return np.rint((x - z) / y)


@primitive
def copysign(x: Array, y: Array) -> Array:
    """z = ±x with the sign of y; at 0 the gradient of x is 0, that of y is 0 always

    >>> copysign(3.0, -0.0)
    np.float64(-3.0)
    """
    return np.copysign(x, y)


copysign.vjp(
    lambda g, z, x, y: g * np.copysign(np.sign(plain(x)), plain(x) * plain(y)),
    r"\bar{z}\, [x y > 0] - \bar{z}\, [x y < 0]",
    lambda g, z, x, y: g * 0.0,
    r"0",
)


@primitive
def heaviside(x: Array, y: Array) -> Array:
    """z = 0 where x < 0, y where x = 0, 1 where x > 0; the gradient of x is 0

    >>> heaviside(np.array([-1.0, 0.0, 1.0]), 0.5)
    array([0. , 0.5, 1. ])
    """
    return np.heaviside(x, y)


heaviside.vjp(
    lambda g, z, x, y: g * 0.0,
    r"0",
    lambda g, z, x, y: where(plain(x) == 0, g, 0.0),
    r"\bar{z}\, [x = 0]",
)
