"""Running products."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..operators import plain
from ..primitive import primitive
from ..value import Array, brought
from .choices import where
from .reduction import cumsum, sum
from .shape import concatenate, expand_dims, flip, moveaxis, ravel, reshape

__all__ = [
    "cumprod",
]


@primitive
def cumprod(x: Array, /, axis: int | None = None) -> Array:
    """yᵢ = Π xⱼ over j ≤ i; over the raveled array if `axis` is None

    >>> cumprod(np.array([2.0, 3.0, 4.0]))
    array([ 2.,  6., 24.])
    """
    return np.cumprod(x, axis=axis)


def cumprod_vjp(g: Any, y: Any, x: Any, axis: int | None) -> Any:
    """x̄ⱼ = Σ ȳᵢ yᵢ / xⱼ over i ≥ j, and without a division where an element is 0"""
    if axis is None:
        return reshape(cumprod_vjp(g, y, ravel(x), 0), shape=x.shape)
    if (plain(x) != 0).all():
        return flip(cumsum(flip(g * y, axis=axis), axis=axis), axis=axis) / x
    g, y, x = (moveaxis(array, axis, -1) for array in (g, y, x))
    return moveaxis(sums_of_others(g, y, x), -1, axis)


cumprod.vjp(cumprod_vjp, r"\sum_{i \geq j} \bar{y}_i\, y_i / x_j")


def sums_of_others(g: Any, y: Any, x: Any) -> Any:
    """x̄ⱼ = Π xₖ over k < j, times Σ ȳᵢ Π xₖ over j < k ≤ i; n² multiplications"""
    place = np.arange(x.shape[-1])
    later = brought(place[:, None] < place, plain(x))
    between = cumprod(where(later, expand_dims(x, axis=-2), 1.0), axis=-1)
    reached = where(brought(place[:, None] <= place, plain(x)), between, 0.0)
    before = concatenate([plain(y)[..., :1] * 0.0 + 1.0, y[..., :-1]], axis=-1)
    return before * sum(expand_dims(g, axis=-2) * reached, axis=-1)
