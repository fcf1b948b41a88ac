"""Inputs that say how an operator works: axes, sizes, indices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import ArgumentError
from ...tensor import Tensor
from ...value import Array

LARGEST = 2**28  # elements of an array that an operator makes


def plain(x: Any) -> Any:
    """The array of a tensor; anything else as it is."""
    return x.data if isinstance(x, Tensor) else x


def whole(x: Any) -> list[int]:
    """Whole numbers as a list; none for an input that is left out."""
    return [] if x is None else [int(n) for n in np.ravel(plain(x))]


def axes_of(x: Any) -> tuple[int, ...] | None:
    """Axes for NumPy; without any, all of them."""
    return tuple(whole(x)) or None


def limited(shape: Sequence[int]) -> tuple[int, ...]:
    """A shape. Raises ArgumentError for an array that is too large to make."""
    if math.prod(shape) > LARGEST:
        raise ArgumentError(
            f"an array of shape {tuple(shape)} would have more than {LARGEST} elements"
        )
    return tuple(shape)


def array(x: Any) -> Array:
    """Plain numbers as an array."""
    return np.asarray(plain(x))
