"""Norms of vectors and matrices, and the condition number."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ... import ops
from ...arguments import listed
from ...errors import ArgumentError, ShapeError
from ...ops import linalg as matrices
from ...ops.linalg import inv
from ...ops.shape import Axes, axes_of
from ...signatures import composition
from .factors import svdvals
from .shapes import matrix, square


@composition
def norm(x: Any, ord: Any = None, axis: Axes = None, keepdims: bool = False) -> Any:
    """A norm of vectors (one axis), of matrices (two axes), or √ Σ x² of everything.

    See `vector_norm` and `matrix_norm` for what `ord` may be.

    >>> norm(np.array([3.0, 4.0]))
    np.float64(5.0)
    """
    x = listed(x)
    every = range(np.ndim(x)) if axis is None else axis
    axes = axes_of("np.linalg.norm", every, np.ndim(x))
    if ord is None and (axis is None or len(axes) <= 2):
        return matrices.length(x, axis=axes, keepdims=keepdims)
    if len(axes) == 1:
        return vector_norm(x, axis=axes, keepdims=keepdims, ord=ord)
    if len(axes) == 2:
        return norm_of_matrices(x, axes, ord, keepdims)
    raise ShapeError(
        f"np.linalg.norm: shape {np.shape(x)}, axis={axis}, ord={ord!r}: "
        f"`axis` must be one axis, for vectors, or two, for matrices"
    )


@composition
def vector_norm(
    x: Any, *, axis: Axes = None, keepdims: bool = False, ord: Any = 2
) -> Any:
    """(Σ abs(x)^p)^(1/p), p the `ord`; ±infinity is the largest or smallest abs(x).

    All axes are one vector if `axis` is None.  0 counts what is not 0; its gradient
    is 0. The gradient in elements that are 0 is 0, as in PyTorch.

    >>> vector_norm(np.array([3.0, -4.0]), ord=1)
    np.float64(7.0)
    """
    x = listed(x)
    if isinstance(ord, str):
        raise ArgumentError(
            f"np.linalg.norm: `ord` is {ord!r}, a norm of matrices: pass a number for "
            f"vectors, or two axes"
        )
    if ord in (None, 2):
        return matrices.length(x, axis=axis, keepdims=keepdims)
    if ord == math.inf:
        return ops.max(ops.abs(x), axis=axis, keepdims=keepdims)
    if ord == -math.inf:
        return ops.min(ops.abs(x), axis=axis, keepdims=keepdims)
    if ord == 0:
        return ops.sum(ops.abs(ops.sign(x)), axis=axis, keepdims=keepdims)
    if ord == 1:
        return ops.sum(ops.abs(x), axis=axis, keepdims=keepdims)
    return matrices.power_norm(x, p=float(ord), axis=axis, keepdims=keepdims)


@composition
def matrix_norm(x: Any, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """A norm of matrices: "fro", "nuc", or 1, -1, 2, -2, infinity, -infinity.

    "fro" is √ Σ x², "nuc" the sum of the singular values, ±2 their largest or smallest,
    ±1 the largest or smallest sum of abs(x) down a column, and ±infinity along a row.

    >>> matrix_norm(np.array([[3.0, 0.0], [0.0, 4.0]]), ord="nuc")
    np.float64(7.0)
    """
    return norm_of_matrices(matrix("matrix_norm", x), (-2, -1), ord, keepdims)


def norm_of_matrices(x: Any, axes: tuple[int, ...], ord: Any, keepdims: bool) -> Any:
    """The norm of the matrices whose rows and columns are the two axes."""
    rows, columns = axes_of("np.linalg.norm", axes, x.ndim)
    if ord in (None, "fro", "f"):
        return matrices.length(x, axis=(rows, columns), keepdims=keepdims)
    moved = ops.moveaxis(x, (rows, columns), (-2, -1))
    singular = {"nuc": ops.sum, 2: ops.max, -2: ops.min}
    if ord in singular:
        result = singular[ord](svdvals(moved), axis=-1)
    elif ord in (1, -1, math.inf, -math.inf):
        sums = ops.sum(ops.abs(moved), axis=-2 if ord in (1, -1) else -1)
        result = (ops.max if ord > 0 else ops.min)(sums, axis=-1)
    else:
        raise ArgumentError(
            f'np.linalg.norm: `ord` is {ord!r}: for matrices use "fro", "nuc", 1, -1, '
            f"2, -2, np.inf or -np.inf"
        )
    return ops.expand_dims(result, axis=tuple(sorted(axes))) if keepdims else result


@composition
def cond(x: Any, p: Any = None) -> Any:
    """The condition number, ‖x‖ ‖x⁻¹‖ in the norm `p`; by singular values if None.

    Raises MatrixError for a singular matrix and another `p` than None, 2 and -2.

    >>> cond(np.array([[2.0, 0.0], [0.0, 1.0]]))
    np.float64(2.0)
    """
    x = matrix("cond", x)
    if p in (None, 2, -2):
        s = svdvals(x)
        large, small = s[..., 0], s[..., -1]
        with np.errstate(divide="ignore"):
            return small / large if p == -2 else large / small
    return matrix_norm(x, ord=p) * matrix_norm(inv(square("cond", x)), ord=p)
