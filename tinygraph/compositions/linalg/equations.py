"""Equations: solutions, pseudo-inverses, determinants."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ... import ops
from ...arguments import listed
from ...errors import ArgumentError, MatrixError, ShapeError
from ...operators import plain
from ...ops import linalg as matrices
from ...ops.linalg import column, inv
from ...ops.shape import axes_of
from ...signatures import composition
from .factors import svdvals
from .shapes import matrix, square


class SlogdetResult(NamedTuple):
    """What `slogdet` gives."""

    sign: Any
    logabsdet: Any


@composition
def solve(a: Any, b: Any) -> Any:
    """The x of a x = b; a 1-d `b` is one right side, another has them as columns.

    Raises MatrixError where `a` is singular or not square. Giles, 2008, 2.3.1.

    >>> solve(np.array([[2.0, 0.0], [0.0, 4.0]]), np.array([2.0, 2.0]))
    array([1. , 0.5])
    """
    a, b = square("solve", a), listed(b)
    if np.shape(b)[-2:][:1] != a.shape[-1:]:
        raise ShapeError(
            f"np.linalg.solve: shapes {a.shape} and {np.shape(b)} do not fit: `b` must "
            f"have {a.shape[-1]} rows, as `a` has"
        )
    if np.ndim(b) == 1:
        return matrices.solution(a, column(b))[..., 0]
    return matrices.solution(a, b)


@composition
def pinv(
    a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None
) -> Any:
    """The pseudo-inverse of Moore and Penrose.

    Singular values up to `rtol` (or `rcond`) times the largest count as 0; 1e-15 if
    neither is given. The gradient is that among matrices of the same rank. Golub and
    Pereyra, 1973.

    >>> pinv(np.array([[2.0], [0.0]]))
    array([[0.5, 0. ]])
    """
    a = matrix("pinv", a)
    if rcond is not None and rtol is not None:
        raise ArgumentError("np.linalg.pinv: pass `rtol` or `rcond`, not both")
    if hermitian:
        a = symmetric(a)
    cut = next((given for given in (rtol, rcond) if given is not None), 1e-15)
    return matrices.pinv(a, rtol=cut)


def symmetric(a: Any) -> Any:
    """Of each matrix the lower triangle, and the same above."""
    place = np.arange(a.shape[-1])
    first, second = np.maximum.outer(place, place), np.minimum.outer(place, place)
    return a[..., first, second]


def lstsq(a: Any, b: Any, rcond: Any = None) -> tuple[Any, Any, Any, Any]:
    """The x that makes ‖b − a x‖ least, the squared residuals, the rank, and S.

    S are the singular values of `a`, of which those up to `rcond` times the largest
    count as 0. Residuals are empty as in NumPy where the rank is below the number of
    columns, or not above it the number of rows. The rank is a plain integer.

    >>> lstsq(np.array([[1.0], [1.0]]), np.array([1.0, 3.0]))[0]
    array([2.])
    """
    a, b = matrix("lstsq", a), listed(b)
    if a.ndim != 2 or np.ndim(b) not in (1, 2) or np.shape(b)[0] != a.shape[0]:
        raise MatrixError(
            f"np.linalg.lstsq: shapes {a.shape} and {np.shape(b)} do not fit: give one "
            f"matrix `a`, and a `b` with as many rows"
        )
    if rcond is None:
        rcond = np.finfo(a.dtype).eps * max(a.shape)
    s = svdvals(a)
    largest = plain(s).max() if np.size(s) else 0.0
    rank = int((s > rcond * largest).sum())
    x = matrices.pinv(a, rtol=rcond) @ b
    residuals = ops.sum(ops.square(b - a @ x), axis=0)
    if np.ndim(b) == 1:
        residuals = ops.reshape(residuals, shape=(1,))
    if rank < a.shape[1] or a.shape[0] <= a.shape[1]:
        residuals = residuals[:0]
    return x, residuals, rank, s


@composition
def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse of `a` as a linear map from its last axes to its first `ind`.

    >>> tensorinv(np.eye(4).reshape(4, 2, 2), ind=1).shape
    (2, 2, 4)
    """
    a = listed(a)
    if ind <= 0:
        raise ArgumentError(f"np.linalg.tensorinv: `ind` is {ind}: it must be positive")
    shape = np.shape(a)
    size = math.prod(shape[ind:])
    if math.prod(shape[:ind]) != size:
        raise MatrixError(
            f"np.linalg.tensorinv: shape {shape}, ind={ind}: the first {ind} axes must "
            f"have as many elements as the others"
        )
    flat = inv(ops.reshape(a, shape=(size, size)))
    return ops.reshape(flat, shape=(*shape[ind:], *shape[:ind]))


@composition
def tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Any:
    """The x of tensordot(a, x, x.ndim) = b; `axes` of `a` are moved to its end first.

    >>> tensorsolve(np.eye(4).reshape(2, 2, 4), np.ones((2, 2))).shape
    (4,)
    """
    a, b = listed(a), listed(b)
    if axes is not None:
        moved = axes_of("np.linalg.tensorsolve", axes, np.ndim(a))
        kept = [axis for axis in range(np.ndim(a)) if axis not in moved]
        a = ops.transpose(a, axes=(*kept, *moved))
    shape, size = np.shape(a)[np.ndim(b) :], math.prod(np.shape(b))
    if math.prod(shape) != size or math.prod(np.shape(a)) != size * size:
        raise MatrixError(
            f"np.linalg.tensorsolve: shapes {np.shape(a)} and {np.shape(b)}: "
            f"the axes of `a` beyond those of `b` must have as many elements as `b`"
        )
    flat = solve(ops.reshape(a, shape=(size, size)), ops.ravel(b))
    return ops.reshape(flat, shape=shape)


def slogdet(a: Any) -> SlogdetResult:
    """The sign of the determinant, and the logarithm of its absolute value.

    The sign is a plain array, since its derivative is 0. A gradient at a singular
    matrix raises MatrixError. Giles, 2008, 2.2.4.

    >>> float(slogdet(2.0 * np.eye(3)).logabsdet.round(4))
    2.0794
    """
    a = square("slogdet", a)
    return SlogdetResult(np.linalg.slogdet(plain(a))[0], matrices.logabsdet(a))
