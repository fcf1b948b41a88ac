"""Choices between elements: the larger, the smaller, by a condition, within bounds."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import listed
from ..kernels.masking import choose
from ..operators import plain
from ..primitive import primitive
from ..signatures import composition
from ..tensor import Tensor
from ..value import Array, brought
from .shape import common_shape

__all__ = ["clip", "maximum", "minimum", "where"]


@primitive
def maximum(x: Array, y: Array) -> Array:
    """The larger of x and y; where they are equal, each takes half of the gradient."""
    return np.maximum(x, y)


@primitive
def minimum(x: Array, y: Array) -> Array:
    """The smaller of x and y; where they are equal, each takes half of the gradient."""
    return np.minimum(x, y)


def chosen(g: Any, lost: Any, even: Any) -> Any:
    """The gradient of an argument: none where it lost, half of it where it is even."""
    return np.where(lost, 0.0, g * (1.0 - 0.5 * even).astype(g.dtype))


maximum.vjp(
    lambda g, z, x, y: chosen(g, x < y, x == y),
    r"\bar{z}\, [z = x]",
    lambda g, z, x, y: chosen(g, y < x, x == y),
    r"\bar{z}\, [z = y]",
)
minimum.vjp(
    lambda g, z, x, y: chosen(g, x > y, x == y),
    r"\bar{z}\, [z = x]",
    lambda g, z, x, y: chosen(g, y > x, x == y),
    r"\bar{z}\, [z = y]",
)


@primitive
def where(condition: Array, x: Array, y: Array) -> Array:
    """`x` where the condition holds, `y` elsewhere.

    The branch that was not taken gets a gradient of exactly 0, never NaN.

    >>> where(np.array([True, False]), 1.0, 2.0)
    array([1., 2.])
    """
    return choose(condition, x, y)


where.vjp(
    None,
    lambda g, z, condition, x, y: where(condition, g, 0.0),
    r"\bar{z}\, [\text{condition}]",
    lambda g, z, condition, x, y: np.where(condition, 0.0, g),
    r"\bar{z}\, [\text{not condition}]",
)


@primitive
def held(x: Array, *, min: Any = None, max: Any = None) -> Array:
    """`x` held between plain bounds; see `clip`."""
    return np.clip(x, min, max)


held.vjp(lambda g, y, x, min, max: where(x == y, g, 0.0), r"\bar{y}\, [x = y]")
held.name = "clip"


@composition
def clip(x: Any, min: Any = None, max: Any = None) -> Any:
    """`x` held between ``min`` and ``max``: y = min(max(x, low), high).

    Outside, the gradient of `x` is 0, and that of the bound is 1; at a bound it is 1
    for `x` and 0 for the bound, as in PyTorch.

    >>> clip(np.array([-2.0, 0.5, 2.0]), -1, 1)
    array([-1. ,  0.5,  1. ])
    """
    min, max = listed(min), listed(max)
    if not (isinstance(min, Tensor) or isinstance(max, Tensor)):
        x = listed(x)
        low, high = (brought(bound, plain(x)) for bound in (min, max))
        return held(x, min=low, max=high)
    x = listed(x)
    common_shape("clip", x, *(b for b in (min, max) if b is not None))
    if min is not None:
        x = where(plain(x) < plain(min), min, x)
    if max is not None:
        x = where(plain(x) > plain(max), max, x)
    return x
