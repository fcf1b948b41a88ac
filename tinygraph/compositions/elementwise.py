"""Elementwise functions that other operations make up."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arguments import listed
from ..operators import plain
from ..ops import (
    abs,
    astype,
    divide,
    maximum,
    minimum,
    multiply,
    positive,
    power,
    sin,
    where,
)
from ..ops.steps import floor_divide, fmod, remainder, trunc
from ..signatures import composition
from ..value import arrayed

__all__ = [
    "angle",
    "conjugate",
    "deg2rad",
    "degrees",
    "divmod",
    "fabs",
    "fix",
    "float_power",
    "fmax",
    "fmin",
    "imag",
    "ldexp",
    "modf",
    "nan_to_num",
    "rad2deg",
    "radians",
    "real",
    "real_if_close",
    "reciprocal",
    "sinc",
]


@composition
def reciprocal(x: Any) -> Any:
    """y = 1 / x

    >>> reciprocal(4.0)
    np.float64(0.25)
    """
    return divide(1.0, x)


@composition
def fabs(x: Any) -> Any:
    """The absolute value, as a floating-point number; see `abs`."""
    return abs(whole_as_float(x))


@composition
def fix(x: Any) -> Any:
    """y = x without its fraction; its gradient is 0; see `trunc`."""
    return trunc(x)


@composition
def float_power(x: Any, y: Any) -> Any:
    """z = x^y, of whole numbers too; NumPy's is in double precision, whatever x is.

    >>> float_power(2, -1)
    np.float64(0.5)
    """
    return power(*(whole_as_float(v) for v in (x, y)))


def whole_as_float(x: Any) -> Any:
    """Whole numbers as floating-point ones, which have a negative power."""
    x = listed(x)
    return astype(x, dtype=float) if np.result_type(plain(x)).kind in "biu" else x


@composition
def deg2rad(x: Any) -> Any:
    """y = x π / 180"""
    return multiply(x, math.pi / 180.0)


@composition
def rad2deg(x: Any) -> Any:
    """y = 180 x / π"""
    return multiply(x, 180.0 / math.pi)


@composition
def radians(x: Any) -> Any:
    """y = x π / 180; see `deg2rad`."""
    return deg2rad(x)


@composition
def degrees(x: Any) -> Any:
    """y = 180 x / π; see `rad2deg`."""
    return rad2deg(x)


@composition
def fmax(x: Any, y: Any) -> Any:
    """The larger of x and y, and the other where one is NaN; equals take half each.

    >>> fmax(np.array([np.nan]), 1.0)
    array([1.])
    """
    return number_of(x, y, maximum)


@composition
def fmin(x: Any, y: Any) -> Any:
    """The smaller of x and y, and the other where one is NaN; equals take half each."""
    return number_of(x, y, minimum)


def number_of(x: Any, y: Any, choice: Any) -> Any:
    """The choice of two, each replaced by the other where it is NaN."""
    x, y = listed(x), listed(y)
    no_x, no_y = np.isnan(plain(x)), np.isnan(plain(y))
    best = choice(where(no_x, 0.0, x), where(no_y, 0.0, y))
    return where(no_x, y, where(no_y, x, best))


def divmod(x: Any, y: Any) -> tuple[Any, Any]:
    """⌊x / y⌋ and x − y ⌊x / y⌋; see `floor_divide` and `remainder`.

    >>> divmod(7.0, 2.0)
    (np.float64(3.0), np.float64(1.0))
    """
    return floor_divide(x, y), remainder(x, y)


def modf(x: Any) -> tuple[Any, Any]:
    """The fraction of x, with its sign, and x without it; the latter has gradient 0.

    >>> modf(-1.5)
    (np.float64(-0.5), np.float64(-1.0))
    """
    x = whole_as_float(x)
    return fmod(where(np.isinf(plain(x)), 0.0, x), 1.0), trunc(x)


@composition
def ldexp(x: Any, exponent: Any) -> Any:
    """y = x 2^n, with n the whole numbers `exponent`

    >>> ldexp(3.0, 2)
    np.float64(12.0)
    """
    x, n = listed(x), arrayed(plain(exponent))
    half = n // 2  # 2^n alone could be too large
    one = np.ones((), np.result_type(plain(x), 0.0))
    return x * np.ldexp(one, half) * np.ldexp(one, n - half)


SINC = [(-1.0) ** n / math.factorial(2 * n + 1) for n in range(7)]


@composition
def sinc(x: Any) -> Any:
    """y = sin(πx) / (πx), 1 at x = 0; near 0 its power series, so that every derivative
    is that of the function there too.

    >>> sinc(np.array([0.0, 0.5])).round(4)
    array([1.    , 0.6366])
    """
    t = multiply(x, math.pi)
    near = np.abs(plain(t)) < 0.25
    s, series = where(near, t, 0.0), 0.0 * where(near, t, 0.0)
    for coefficient in reversed(SINC):
        series = series * s * s + coefficient
    far = where(near, 1.0, t)
    return where(near, series, sin(far) / far)


@composition
def nan_to_num(
    x: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Any:
    """`x` with numbers for NaN and infinities; the gradient of what was replaced is 0.

    >>> nan_to_num(np.array([np.nan, 1.0]))
    array([0., 1.])
    """
    x = listed(x)
    numbers = np.nan_to_num(plain(x), nan=nan, posinf=posinf, neginf=neginf)
    return where(np.isfinite(plain(x)), x, numbers)


def as_type(x: Any, dtype: Any) -> Any:
    """np.astype: another floating-point type; see `Tensor.astype`."""
    return x.astype(dtype)


@composition
def real(x: Any) -> Any:
    """The real part, which is `x` itself: tensors are real."""
    return positive(x)


@composition
def conjugate(x: Any) -> Any:
    """The complex conjugate, which is `x` itself: tensors are real."""
    return positive(x)


@composition
def real_if_close(x: Any) -> Any:
    """`x` itself: tensors are real."""
    return positive(x)


@composition
def imag(x: Any) -> Any:
    """The imaginary part, 0: tensors are real. Its gradient is 0."""
    return constant(x, np.zeros_like(plain(listed(x))))


@composition
def angle(x: Any, deg: bool = False) -> Any:
    """0 for a positive number, π (or 180) for a negative one; its gradient is 0."""
    return constant(x, np.angle(plain(listed(x)), deg=deg))


def constant(x: Any, values: Any) -> Any:
    """Values that do not move with `x`, recorded all the same: its gradient is 0."""
    return where(np.zeros(np.shape(values), bool), listed(x), values)
