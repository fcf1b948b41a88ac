"""The Fourier transform of real signals, with complex numbers as pairs of real ones.

The last axis of a spectrum holds the real and the imaginary part. The two transforms
are adjoint but for the frequencies that stand for two, k and −k, so that the VJP of
each is the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..primitive import primitive
from ..value import Array, brought

# The scale that the adjoint has where a transform is scaled in this way.
ADJOINT_NORM = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


@primitive(name="rfft")
def spectrum(x: Array, *, axes: tuple[int, ...], norm: str = "backward") -> Array:
    """Xₖ = Σ xⱼ e^(−2πi jk/n), for k from 0 to n/2 along the last of the axes"""
    values = np.fft.rfftn(x, axes=axes, norm=norm)  # type: ignore[arg-type]
    return np.stack([values.real, values.imag], axis=-1)


@primitive(name="irfft")
def signal(
    y: Array, *, size: int, axes: tuple[int, ...], norm: str = "backward"
) -> Array:
    """xⱼ = 1/n Σ Xₖ e^(2πi jk/n), over k and −k, of `size` along the last axis"""
    values = y[..., 0] + 1j * y[..., 1]
    sizes = (*(values.shape[axis] for axis in axes[:-1]), size)
    return np.fft.irfftn(values, s=sizes, axes=axes, norm=norm)  # type: ignore[arg-type]


def times(size: int, axis: int, spectrum: Any) -> Array:
    """k: how many frequencies each one along the axis stands for: 2, k and −k, or 1."""
    both = np.arange(size // 2 + 1)
    shape = [1] * spectrum.ndim
    shape[axis] = len(both)
    alone = (both == 0) | (2 * both == size)
    counts = np.where(alone, 1.0, 2.0).astype(spectrum.dtype).reshape(shape)
    return brought(counts, spectrum)


@spectrum.vjp("x", r"n\, \mathrm{irfft}(\bar{y} / k)")
def spectrum_vjp(g: Any, y: Any, x: Any, axes: Any, norm: Any) -> Any:
    """The other transform, of each frequency's share of the gradient."""
    size = x.shape[axes[-1]]
    share = g / times(size, axes[-1], g)
    return signal(share, size=size, axes=axes, norm=ADJOINT_NORM[norm])


@signal.vjp("y", r"k\, \mathrm{rfft}(\bar{x}) / n")
def signal_vjp(g: Any, x: Any, y: Any, size: int, axes: Any, norm: Any) -> Any:
    """The other transform, of each frequency as often as it was used."""
    back = spectrum(g, axes=axes, norm=ADJOINT_NORM[norm])
    return back * times(size, axes[-1], back)
