"""Layers that shrink images, and make rows of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import tinygraph as tg

from .convolution import Pair
from .layer import Layer


@dataclass(frozen=True)
class MaxPool2d(Layer):
    """The largest number in each window of `kernel` by `kernel` pixels.

    (N, C, H, W) becomes (N, C, OH, OW). The stride is the kernel by default, so that
    OH = H // kernel: incomplete windows at the edges are dropped, unless `ceil_mode`.
    """

    kernel: int | Pair = 2
    stride: int | Pair | None = None
    padding: int | Pair = 0
    dilation: int | Pair = 1
    ceil_mode: bool = False

    def __call__(self, x: Any) -> Any:
        """The batch, with smaller images."""
        return tg.max_pool2d(
            x,
            self.kernel,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            ceil_mode=self.ceil_mode,
        )


@dataclass(frozen=True)
class AvgPool2d(Layer):
    """The mean of each window of `kernel` by `kernel` pixels.

    (N, C, H, W) becomes (N, C, OH, OW), as in `MaxPool2d`. Padding counts as zeros,
    unless `count_include_pad` is False.
    """

    kernel: int | Pair = 2
    stride: int | Pair | None = None
    padding: int | Pair = 0
    ceil_mode: bool = False
    count_include_pad: bool = True

    def __call__(self, x: Any) -> Any:
        """The batch, with smaller images."""
        return tg.avg_pool2d(
            x,
            self.kernel,
            stride=self.stride,
            padding=self.padding,
            ceil_mode=self.ceil_mode,
            count_include_pad=self.count_include_pad,
        )


@dataclass(frozen=True)
class AdaptiveAvgPool2d(Layer):
    """Means of parts of images, so that (N, C, H, W) becomes (N, C, OH, OW).

    `output_size` is (OH, OW), or a number for both; 1 gives the mean of each channel.
    """

    output_size: int | Pair = 1

    def __call__(self, x: Any) -> Any:
        """The batch, with images of the output size."""
        return tg.adaptive_avg_pool2d(x, self.output_size)


@dataclass(frozen=True)
class Flatten(Layer):
    """Each image as one row: (N, C, H, W) becomes (N, C·H·W)."""

    def __call__(self, x: Any) -> Any:
        """The batch as a matrix."""
        return tg.reshape(x, (x.shape[0], -1))
