"""Products, powers and diagonals of matrices, as np.linalg has them."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import ops
from ...arguments import listed
from ...errors import DTypeError, MatrixError, ShapeError
from ...ops.linalg import inv
from ...signatures import composition
from .. import products
from .shapes import matrix, square


@composition
def matmul(x1: Any, x2: Any) -> Any:
    """The matrix product; see `tinygraph.matmul`."""
    return ops.matmul(listed(x1), listed(x2))


@composition
def tensordot(x1: Any, x2: Any, *, axes: Any = 2) -> Any:
    """Sums of products over pairs of axes; see `tinygraph.tensordot`."""
    return ops.tensordot(listed(x1), listed(x2), axes)


@composition
def outer(x1: Any, x2: Any) -> Any:
    """zᵢⱼ = xᵢ yⱼ, of two vectors; ShapeError for other shapes.

    >>> outer(np.ones(2), np.ones(3)).shape
    (2, 3)
    """
    x1, x2 = listed(x1), listed(x2)
    if not np.ndim(x1) == np.ndim(x2) == 1:
        raise ShapeError(
            f"np.linalg.outer: shapes {np.shape(x1)} and {np.shape(x2)}: give two "
            f"vectors, or use np.outer, which ravels"
        )
    return ops.outer(x1, x2)


@composition
def cross(x1: Any, x2: Any, *, axis: int = -1) -> Any:
    """The cross product of vectors of three elements along `axis`.

    >>> cross(np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))
    array([0., 0., 1.])
    """
    return products.cross(x1, x2, axis=axis)


@composition
def diagonal(x: Any, *, offset: int = 0) -> Any:
    """The diagonals of matrices, over the last two axes.

    >>> diagonal(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([1., 4.])
    """
    return ops.diagonal(matrix("diagonal", x), offset, -2, -1)


@composition
def trace(x: Any, *, offset: int = 0) -> Any:
    """The sum along the diagonal of matrices, over the last two axes.

    >>> trace(np.eye(3))
    np.float64(3.0)
    """
    return ops.trace(matrix("trace", x), offset, -2, -1)


@composition
def matrix_power(a: Any, n: int) -> Any:
    """a n times multiplied by itself; the inverse of `a` if n is negative.

    >>> matrix_power(np.array([[1.0, 1.0], [0.0, 1.0]]), 3)
    array([[1., 3.],
           [0., 1.]])
    """
    a = square("matrix_power", a)
    if not isinstance(n, int | np.integer):
        raise DTypeError(f"np.linalg.matrix_power: `n` is {n!r}: give an integer")
    if n == 0:
        return ops.where(False, a, np.eye(a.shape[-1], dtype=a.dtype))
    if n < 0:
        return matrix_power(inv(a), -n)
    if n == 1:
        return ops.positive(a)
    half = matrix_power(a, n // 2)
    return half @ half @ a if n % 2 else half @ half


@composition
def multi_dot(arrays: Sequence[Any]) -> Any:
    """The product of two or more matrices in a cheap order; vectors may be at the ends.

    >>> multi_dot([np.ones((2, 3)), np.ones((3, 4)), np.ones(4)])
    array([12., 12.])
    """
    arrays = [listed(array) for array in arrays]
    ranks = [np.ndim(array) for array in arrays]
    inner = ranks[1:-1]
    if len(arrays) < 2 or {*inner} - {2} or {ranks[0], ranks[-1]} - {1, 2}:
        shapes = ", ".join(str(np.shape(array)) for array in arrays)
        raise MatrixError(
            f"np.linalg.multi_dot: shapes {shapes}: "
            f"give two or more matrices; only the first and the last may be vectors"
        )
    letters = string.ascii_letters
    labels = [letters[place : place + 2] for place in range(len(arrays))]
    labels[0] = labels[0][-ranks[0] :]
    labels[-1] = labels[-1][: ranks[-1]]
    output = labels[0][:-1] + labels[-1][1:]
    return ops.einsum(f"{','.join(labels)}->{output}", *arrays)
