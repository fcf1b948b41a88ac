"""Which convolution is the fastest for some sizes."""

from __future__ import annotations

from typing import Literal, TypeAlias

from . import formulas
from .compilation import chosen
from .convolution import Convolution
from .covering import CoveringConvolution
from .lines import ConvolutionByLines
from .pixels import ConvolutionByPixels, ImagesByPixels
from .windows import Shape, Windows
from .winograd import WinogradConvolution

AnyConvolution: TypeAlias = Convolution | formulas.Convolution
# Formulas of whole arrays, for other libraries; compiled loops; NumPy's functions.
Way: TypeAlias = Literal["whole", "loops", "numpy"]


def best_convolution(
    way: Way, images: Shape, filters: Shape, windows: Windows, groups: int
) -> AnyConvolution:
    """The convolution of arrays of these sizes that takes the least time."""
    sizes = images, filters, windows, groups
    if way == "whole":
        return formulas.Convolution(*sizes)
    if CoveringConvolution.pays(images, filters, windows):
        return CoveringConvolution(*sizes)
    if way == "loops":
        from .compiled import CompiledConvolution, CompiledDepthwise
        from .compiled_winograd import CompiledWinograd

        for loops in (CompiledWinograd, CompiledConvolution, CompiledDepthwise):
            if loops.pays(*sizes):
                return loops(chosen.get(), *sizes)
    if WinogradConvolution.pays(*sizes):
        return WinogradConvolution(*sizes)
    if ConvolutionByPixels.pays(*sizes):
        return ConvolutionByPixels(*sizes)
    if ConvolutionByLines.pays(images, filters, windows):
        return ConvolutionByLines(*sizes)
    if ImagesByPixels.pays(*sizes):
        return ImagesByPixels(*sizes)
    return Convolution(*sizes)
