"""Products: inner, outer and cross products, convolutions, polynomials."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import listed
from ..errors import ArgumentError, ShapeError
from ..operators import plain
from ..ops import (
    conv2d,
    dot,
    expand_dims,
    flip,
    getitem,
    matmul,
    moveaxis,
    multiply,
    power,
    ravel,
    reshape,
    squeeze,
    stack,
    sum,
    tensordot,
)
from ..signatures import composition
from .elementwise import whole_as_float
from .joining import atleast_1d

__all__ = [
    "convolve",
    "correlate",
    "cross",
    "inner",
    "kron",
    "matvec",
    "polyval",
    "vander",
    "vdot",
    "vecdot",
    "vecmat",
]


@composition
def inner(x: Any, y: Any) -> Any:
    """z = Σₖ x…ₖ y…ₖ over the last axis of both; a number multiplies.

    >>> inner(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    np.float64(11.0)
    """
    x, y = listed(x), listed(y)
    if np.ndim(x) == 0 or np.ndim(y) == 0:
        return multiply(x, y)
    if np.ndim(x) == np.ndim(y) == 1:
        return dot(x, y)
    return tensordot(x, y, axes=((-1,), (-1,)))


@composition
def vdot(x: Any, y: Any) -> Any:
    """z = Σ xᵢ yᵢ of the raveled arrays.

    >>> vdot(np.eye(2), np.ones((2, 2)))
    np.float64(2.0)
    """
    return dot(ravel(x), ravel(y))


@composition
def vecdot(x: Any, y: Any, *, axis: int = -1) -> Any:
    """z = Σₖ xₖ yₖ along one axis, of vectors that broadcast.

    >>> vecdot(np.ones((5, 3)), np.ones(3)).shape
    (5,)
    """
    x, y = (moveaxis(listed(v), axis, -1) for v in (x, y))
    if np.shape(x)[-1] != np.shape(y)[-1]:
        raise ShapeError(
            f"vecdot: vectors of {np.shape(x)[-1]} and {np.shape(y)[-1]} elements"
        )
    return sum(multiply(x, y), axis=-1)


@composition
def matvec(x: Any, y: Any) -> Any:
    """zᵢ = Σⱼ xᵢⱼ yⱼ, of matrices and vectors that broadcast.

    >>> matvec(np.ones((5, 2, 3)), np.ones((5, 3))).shape
    (5, 2)
    """
    return squeeze(matmul(x, expand_dims(y, axis=-1)), axis=-1)


@composition
def vecmat(x: Any, y: Any) -> Any:
    """zⱼ = Σᵢ xᵢ yᵢⱼ, of vectors and matrices that broadcast.

    >>> vecmat(np.ones((5, 2)), np.ones((5, 2, 3))).shape
    (5, 3)
    """
    return squeeze(matmul(expand_dims(x, axis=-2), y), axis=-2)


@composition
def kron(x: Any, y: Any) -> Any:
    """Kronecker's product: each element of `x` times the whole of `y`.

    >>> kron(np.array([1.0, 10.0]), np.array([1.0, 2.0]))
    array([ 1.,  2., 10., 20.])
    """
    x, y = listed(x), listed(y)
    rank = max(np.ndim(x), np.ndim(y))
    left, right = ((1,) * (rank - np.ndim(v)) + np.shape(v) for v in (x, y))
    apart = reshape(x, shape=tuple(n for size in left for n in (size, 1)))
    whole = reshape(y, shape=tuple(n for size in right for n in (1, size)))
    shape = tuple(a * b for a, b in zip(left, right, strict=True))
    return reshape(multiply(apart, whole), shape=shape)


@composition
def cross(
    x: Any,
    y: Any,
    axisa: int = -1,
    axisb: int = -1,
    axisc: int = -1,
    axis: int | None = None,
) -> Any:
    """z = (x₂ y₃ − x₃ y₂, x₃ y₁ − x₁ y₃, x₁ y₂ − x₂ y₁), of vectors that broadcast.

    Their three elements lie along the axes `axisa` and `axisb`, those of the result
    along `axisc`; `axis` is all three. ShapeError where they are not three.

    >>> cross(np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))
    array([0., 0., 1.])
    """
    axisa, axisb, axisc = (axis,) * 3 if axis is not None else (axisa, axisb, axisc)
    x, y = moveaxis(listed(x), axisa, 0), moveaxis(listed(y), axisb, 0)
    if np.shape(x)[0] != 3 or np.shape(y)[0] != 3:
        raise ShapeError(
            f"cross: vectors of {np.shape(x)[0]} and {np.shape(y)[0]} elements: there "
            f"must be 3"
        )
    parts = [x[i - 2] * y[i - 1] - x[i - 1] * y[i - 2] for i in range(3)]
    return stack(parts, axis=axisc)


# Convolutions and polynomials -------------------------------------------------------


@composition
def convolve(x: Any, y: Any, mode: str = "full") -> Any:
    """zₖ = Σᵢ xᵢ yₖ₋ᵢ of two rows.

    The `mode` "full" gives every k where they overlap, "same" the middle of that, as
    many as the longer row has, "valid" those where the shorter lies within the longer.

    >>> convolve(np.array([1.0, 2.0]), np.array([1.0, 10.0, 100.0]))
    array([  1.,  12., 120., 200.])
    """
    x, y = rows("convolve", x, y)
    if len(x) < len(y):
        x, y = y, x
    return middle("convolve", slid(x, flip(y)), mode, len(x), len(y))


@composition
def correlate(x: Any, y: Any, mode: str = "valid") -> Any:
    """zₖ = Σᵢ xᵢ₊ₖ yᵢ of two rows; for the `mode` see `convolve`.

    >>> correlate(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0]))
    array([3., 5.])
    """
    x, y = rows("correlate", x, y)
    if len(x) < len(y):
        return flip(middle("correlate", slid(y, x), mode, len(y), len(x)))
    return middle("correlate", slid(x, y), mode, len(x), len(y))


def rows(operation: str, x: Any, y: Any) -> tuple[Any, Any]:
    """Two rows of floating-point numbers; ShapeError for what is none."""
    x, y = (atleast_1d(whole_as_float(v)) for v in (x, y))
    if x.ndim != 1 or y.ndim != 1 or not x.size or not y.size:
        raise ShapeError(
            f"{operation}: shapes {np.shape(x)} and {np.shape(y)} must be rows that "
            f"are not empty"
        )
    return x, y


def slid(x: Any, y: Any) -> Any:
    """Σᵢ xᵢ₊ₖ yᵢ for every k where the rows overlap: a convolution of one line."""
    image = reshape(x, shape=(1, 1, 1, -1))
    filters = reshape(y, shape=(1, 1, 1, -1))
    return ravel(conv2d(image, filters, None, padding=(0, len(y) - 1)))


def middle(operation: str, z: Any, mode: str, longer: int, shorter: int) -> Any:
    """What a mode leaves of all places where two rows overlap."""
    starts = {
        "full": (0, len(z)),
        "same": ((shorter - 1) // 2, longer),
        "valid": (shorter - 1, longer - shorter + 1),
    }
    if mode not in starts:
        raise ArgumentError(f"{operation}: `mode` is {mode!r}: use one of {[*starts]}")
    start, size = starts[mode]
    return getitem(z, index=slice(start, start + size))


@composition
def polyval(p: Any, x: Any) -> Any:
    """y = Σ pᵢ x^(n − i), the first coefficient being that of the highest power, n.

    Horner's rule: y = (… (p₀ x + p₁) x + …) x + pₙ.

    >>> polyval(np.array([1.0, 2.0, 3.0]), 10.0)
    np.float64(123.0)
    """
    p, x = listed(p), listed(x)
    y: Any = 0.0 * x
    for i in range(len(p)):
        y = y * x + p[i]
    return y


@composition
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """Vᵢⱼ = xᵢ^(N − 1 − j), or xᵢ^j if `increasing`; N columns, or as many as rows.

    >>> vander(np.array([2.0, 3.0]), 3)
    array([[4., 2., 1.],
           [9., 3., 1.]])
    """
    x = listed(x)
    if np.ndim(x) != 1:
        raise ShapeError(f"vander: shape {np.shape(x)} must be one row")
    powers = np.arange(len(x) if N is None else N, dtype=plain(x).dtype)
    powers = powers if increasing else powers[::-1].copy()
    return power(expand_dims(x, axis=1), powers)
