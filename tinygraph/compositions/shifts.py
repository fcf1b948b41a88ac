"""np.fft's functions of reals: they move the frequency 0 to the middle and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import ops
from ..arguments import listed
from ..ops.shape import axes_of

__all__ = ["fftshift", "ifftshift"]


def fftshift(x: Any, axes: int | Sequence[int] | None = None) -> Any:
    """The frequency 0 in the middle, along the axes or along all.

    >>> fftshift(np.array([0.0, 1.0, -1.0]))
    array([-1.,  0.,  1.])
    """
    return shifted("fftshift", x, axes)


def ifftshift(x: Any, axes: int | Sequence[int] | None = None) -> Any:
    """The inverse of `fftshift`.

    >>> ifftshift(np.array([-1.0, 0.0, 1.0]))
    array([ 0.,  1., -1.])
    """
    return shifted("ifftshift", x, axes)


def shifted(name: str, x: Any, axes: int | Sequence[int] | None) -> Any:
    """`x` with its elements along the axes where NumPy's function of that name puts
    them.
    """
    x = listed(x)
    every = range(np.ndim(x)) if axes is None else axes
    for axis in axes_of(f"np.fft.{name}", every, np.ndim(x)):
        order = getattr(np.fft, name)(np.arange(np.shape(x)[axis]))
        x = ops.getitem(x, index=(slice(None),) * axis + (order,))
    return x
