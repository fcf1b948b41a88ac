"""Fourier transforms of real signals: `tg.fft.rfft`, `tg.fft.irfft` and their like.

Tensors are real, so a spectrum has a last axis of two: real part and imaginary part.
A filter that multiplies each frequency by a real number is, for a signal x:

>>> import tinygraph as tg
>>> x, gain = np.array([1.0, 0.0, 0.0, 0.0]), np.array([1.0, 0.5, 0.0])
>>> tg.fft.irfft(tg.fft.rfft(x) * gain[:, None], n=4)
array([0.5 , 0.25, 0.  , 0.25])

The power of each frequency is `(tg.fft.rfft(x) ** 2).sum(axis=-1)`. Transforms of
complex signals, `fft`, `ifft`, `hfft` and their like, are not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import ops
from ..arguments import listed
from ..errors import ArgumentError, ShapeError
from ..ops.fft import ADJOINT_NORM, signal, spectrum
from ..ops.shape import axes_of
from ..signatures import composition
from .shifts import fftshift, ifftshift

__all__ = [
    "fftshift",
    "ifftshift",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftn",
]

Sizes = Sequence[int | None] | None


@composition
def rfft(x: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
    """Xₖ = Σ xⱼ e^(−2πi jk/n) along an axis, for k = 0 … n/2: (..., n/2 + 1, 2).

    The last axis holds the real and the imaginary part. The signal is cut or filled
    with zeros to `n`. `norm` is NumPy's: "backward", "ortho" or "forward".

    >>> rfft(np.array([1.0, 2.0, 3.0, 4.0]))
    array([[10.,  0.],
           [-2.,  2.],
           [-2.,  0.]])
    """
    return rfftn(x, (n,), (axis,), norm)


@composition
def rfft2(
    x: Any, s: Sizes = None, axes: Sequence[int] = (-2, -1), norm: str | None = None
) -> Any:
    """`rfftn` over two axes, of images for instance.

    >>> rfft2(np.ones((4, 6))).shape
    (4, 4, 2)
    """
    return rfftn(x, s, axes, norm)


@composition
def rfftn(
    x: Any,
    s: Sizes = None,
    axes: Sequence[int] | None = None,
    norm: str | None = None,
) -> Any:
    """The transform over several axes, all of them if `axes` is None.

    The last of the axes has n/2 + 1 frequencies, and an axis of two is added at the
    end: real part and imaginary part. `s` are sizes that the signal is cut or filled
    with zeros to.

    >>> rfftn(np.ones((2, 4, 6)), axes=(1, 2)).shape
    (2, 4, 4, 2)
    """
    x = listed(x)
    places = chosen("rfftn", axes, s, np.ndim(x))
    for axis, size in zip(places, s or (), strict=False):
        x = x if size is None else of_size(x, axis, size)
    return spectrum(x, axes=places, norm=scale("rfftn", norm))


@composition
def irfft(y: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
    """The real signal of a spectrum (..., n/2 + 1, 2), the inverse of `rfft`.

    `axis` is counted as in the signal, without the axis of the two parts. `n` is the
    size of the signal: give it where that is odd.

    >>> irfft(rfft(np.array([1.0, 2.0, 3.0])), n=3)
    array([1., 2., 3.])
    """
    return irfftn(y, (n,), (axis,), norm)


@composition
def irfft2(
    y: Any, s: Sizes = None, axes: Sequence[int] = (-2, -1), norm: str | None = None
) -> Any:
    """The inverse of `rfft2`.

    >>> irfft2(rfft2(np.ones((4, 6)))).shape
    (4, 6)
    """
    return irfftn(y, s, axes, norm)


@composition
def irfftn(
    y: Any,
    s: Sizes = None,
    axes: Sequence[int] | None = None,
    norm: str | None = None,
) -> Any:
    """The inverse of `rfftn`; ShapeError unless the last axis holds the two parts.

    >>> irfftn(rfftn(np.ones((2, 4, 6)))).shape
    (2, 4, 6)
    """
    y = listed(y)
    if np.shape(y)[-1:] != (2,):
        raise ShapeError(
            f"tg.fft.irfftn: shape {np.shape(y)}: the last axis must hold the real and "
            f"the imaginary part, as tg.fft.rfft gives them"
        )
    places = chosen("irfftn", axes, s, np.ndim(y) - 1)
    sizes = [*(s or [None] * len(places))]
    for axis, size in zip(places[:-1], sizes, strict=False):
        y = y if size is None else of_size(y, axis, size)
    last = sizes[-1] or 2 * (np.shape(y)[places[-1]] - 1)
    y = of_size(y, places[-1], last // 2 + 1)
    return signal(y, size=last, axes=places, norm=scale("irfftn", norm))


def chosen(
    name: str, axes: Sequence[int] | None, s: Sizes, rank: int
) -> tuple[int, ...]:
    """The axes as numbers from 0: all of them, or as many of the last as sizes."""
    if axes is None:
        axes = range(-len(s), 0) if s is not None else range(rank)
    places = axes_of(f"tg.fft.{name}", axes, rank)
    if not places or (s is not None and len(s) != len(places)):
        raise ShapeError(
            f"tg.fft.{name}: `axes` {tuple(axes)} and `s` {s} must name as many "
            f"axes, and at least one"
        )
    return places


def of_size(x: Any, axis: int, size: int) -> Any:
    """`x` cut, or filled with zeros, to `size` along an axis."""
    if size < 1:
        raise ArgumentError(f"tg.fft: a size is {size}: it must be positive")
    missing = size - x.shape[axis]
    if missing > 0:
        widths = [(0, 0)] * x.ndim
        widths[axis] = (0, missing)
        return ops.pad(x, pad_width=widths)
    return x[(slice(None),) * axis + (slice(size),)] if missing else x


def scale(name: str, norm: str | None) -> str:
    """How a transform is scaled, by NumPy's words."""
    if norm is not None and norm not in ADJOINT_NORM:
        raise ArgumentError(
            f'tg.fft.{name}: `norm` is {norm!r}: use "backward", "ortho" or "forward"'
        )
    return norm or "backward"
