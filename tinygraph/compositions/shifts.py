"""np.fft's functions of reals: they move the frequency 0 to the middle and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arguments import listed
from ..ops.shape import axes_of
from ..signatures import composition
from .rearranging import roll

__all__ = ["fftshift", "ifftshift"]


@composition
def fftshift(x: Any, axes: int | Sequence[int] | None = None) -> Any:
    """The frequency 0 in the middle, along the axes or along all.

    >>> fftshift(np.array([0.0, 1.0, -1.0]))
    array([-1.,  0.,  1.])
    """
    return rolled(listed(x), "fftshift", axes, 1)


@composition
def ifftshift(x: Any, axes: int | Sequence[int] | None = None) -> Any:
    """The inverse of `fftshift`.

    >>> ifftshift(np.array([-1.0, 0.0, 1.0]))
    array([ 0.,  1., -1.])
    """
    return rolled(listed(x), "ifftshift", axes, -1)


def rolled(x: Any, name: str, axes: int | Sequence[int] | None, way: int) -> Any:
    """`x` rolled by half of each axis, one way or the other."""
    every = range(np.ndim(x)) if axes is None else axes
    places = axes_of(f"np.fft.{name}", every, np.ndim(x))
    return roll(x, tuple(way * (np.shape(x)[a] // 2) for a in places), places)
