"""Convolution of images, and its transpose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

import tinygraph as tg

from .initialization import Initialisation, he, parameter
from .layer import Layer, require_tensors

Pair = tuple[int, int]


def pair(value: int | Pair) -> Pair:
    """A number for rows and columns, or one for each, as two numbers."""
    return (value, value) if isinstance(value, int) else value


def check_groups(name: str, channels: int, filters: int, groups: int) -> None:
    """Raise `tg.ShapeError` unless the groups divide channels and filters evenly."""
    if groups < 1 or channels % groups or filters % groups:
        raise tg.ShapeError(
            f"{name}: groups is {groups}: it must divide both the {channels} channels "
            f"and the {filters} filters"
        )


@dataclass(frozen=True, eq=False)
class Conv2d(Layer):
    """y = w ⋆ x + b: a convolution, the filters `w` slid over images.

    `w` is (F, C / groups, KH, KW), `b` is (F,) or None; (N, C, H, W) becomes
    (N, F, OH, OW), with OH = (H + 2 padding − dilation (KH − 1) − 1) // stride + 1.
    `stride`, `padding` and `dilation` are numbers or pairs (rows, columns), and
    `padding` may be "same". A call raises `tg.ShapeError` if they do not fit.

    >>> rng = np.random.default_rng(0)
    >>> layer = Conv2d.random(rng, 3, 6, 5, stride=2, padding=2)
    >>> layer(np.zeros((1, 3, 32, 32))).shape
    (1, 6, 16, 16)
    """

    w: tg.Tensor
    b: tg.Tensor | None = None
    stride: int | Pair = 1
    padding: int | Pair | str = 0
    dilation: int | Pair = 1
    groups: int = 1

    def __post_init__(self) -> None:
        require_tensors(self, "rng, channels, filters, kernel", self.w, self.b)

    @classmethod
    def random(
        cls,
        rng: np.random.Generator,
        channels: int,
        filters: int,
        kernel: int | Pair,
        dtype: DTypeLike = np.float32,
        weights: Initialisation = he,
        bias: bool = True,
        *,
        stride: int | Pair = 1,
        padding: int | Pair | str = 0,
        dilation: int | Pair = 1,
        groups: int = 1,
    ) -> Conv2d:
        """A layer with random filters, by `he` or `weights`; biases of 0 or none."""
        check_groups("Conv2d", channels, filters, groups)
        w = weights(rng, (filters, channels // groups, *pair(kernel)), dtype)
        b = parameter(np.zeros(filters, dtype)) if bias else None
        return cls(parameter(w), b, stride, padding, dilation, groups)

    def __call__(self, x: Any) -> Any:
        """The convolution of a batch of images."""
        return tg.conv2d(
            x,
            self.w,
            self.b,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
        )


@dataclass(frozen=True, eq=False)
class ConvTranspose2d(Layer):
    """The transpose of a convolution: it enlarges images.

    `w` is (C, F / groups, KH, KW), `b` is (F,) or None; (N, C, H, W) becomes
    (N, F, OH, OW), with OH = (H − 1) stride − 2 padding + dilation (KH − 1) + 1
    + output_padding. A call raises `tg.ShapeError` if they do not fit.

    >>> rng = np.random.default_rng(0)
    >>> layer = ConvTranspose2d.random(rng, 6, 3, 2, stride=2)
    >>> layer(np.zeros((1, 6, 8, 8))).shape
    (1, 3, 16, 16)
    """

    w: tg.Tensor
    b: tg.Tensor | None = None
    stride: int | Pair = 1
    padding: int | Pair = 0
    output_padding: int | Pair = 0
    groups: int = 1
    dilation: int | Pair = 1

    def __post_init__(self) -> None:
        require_tensors(self, "rng, channels, filters, kernel", self.w, self.b)

    @classmethod
    def random(
        cls,
        rng: np.random.Generator,
        channels: int,
        filters: int,
        kernel: int | Pair,
        dtype: DTypeLike = np.float32,
        weights: Initialisation = he,
        bias: bool = True,
        *,
        stride: int | Pair = 1,
        padding: int | Pair = 0,
        output_padding: int | Pair = 0,
        groups: int = 1,
        dilation: int | Pair = 1,
    ) -> ConvTranspose2d:
        """A layer with random filters, by `he` or `weights`; biases of 0 or none."""
        check_groups("ConvTranspose2d", channels, filters, groups)
        inputs, outputs, size = channels // groups, filters // groups, pair(kernel)
        w = weights(rng, (filters, inputs, *size), dtype)  # (out, in, ...)
        w = w.reshape(groups, outputs, inputs, *size).swapaxes(1, 2)
        b = parameter(np.zeros(filters, dtype)) if bias else None
        w = w.reshape(channels, outputs, *size)
        more = (stride, padding, output_padding, groups, dilation)
        return cls(parameter(w), b, *more)

    def __call__(self, x: Any) -> Any:
        """The transposed convolution of a batch of images."""
        return tg.conv_transpose2d(
            x,
            self.w,
            self.b,
            stride=self.stride,
            padding=self.padding,
            output_padding=self.output_padding,
            groups=self.groups,
            dilation=self.dilation,
        )
