"""Operators on images and signals: convolution and pooling."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ... import ops
from ...errors import ArgumentError
from ...ops import conv2d
from .numbers import limited, whole

Pair = tuple[int, int]


class Windows:
    """How windows slide, with two axes: a signal is an image of one row."""

    def __init__(
        self,
        size: Sequence[int],
        kernel: Sequence[int],
        strides: Any,
        dilations: Any,
        pads: Any,
        auto_pad: str,
    ) -> None:
        axes = len(kernel)
        if axes not in (1, 2):
            raise ArgumentError(f"its windows have {axes} axes: known are 1 and 2")
        self.kernel = self.pair(kernel)
        self.stride = self.pair(strides or [1] * axes)
        self.dilation = self.pair(dilations or [1] * axes)
        ends = self.ends(self.pair(size), auto_pad, pads or [0] * 2 * axes)
        self.before, self.after = ends

    def pair(self, numbers: Sequence[int], row: int = 1) -> Pair:
        """Numbers for rows and columns."""
        first, *rest = map(int, numbers)
        return (first, rest[0]) if rest else (row, first)

    def ends(self, size: Pair, auto_pad: str, pads: Any) -> tuple[Pair, Pair]:
        """Padding before and after, along both axes."""
        if auto_pad == "VALID":
            return (0, 0), (0, 0)
        if auto_pad in ("NOTSET", ""):
            half = len(pads) // 2
            return self.pair(pads[:half], 0), self.pair(pads[half:], 0)
        sizes = zip(self.kernel, self.dilation, strict=True)
        spans = [apart * (kernel - 1) + 1 for kernel, apart in sizes]
        need = [
            max(0, (-(-n // step) - 1) * step + span - n)
            for n, step, span in zip(size, self.stride, spans, strict=True)
        ]
        less = (need[0] // 2, need[1] // 2)
        more = (need[0] - less[0], need[1] - less[1])
        return (less, more) if auto_pad == "SAME_UPPER" else (more, less)

    def fitting(self, x: Any, fill: float, most: bool = False) -> tuple[Any, Pair]:
        """Images and the padding that is left: what differs on both sides is added."""
        wide = most and any(
            2 * n > k for n, k in zip(self.before, self.kernel, strict=True)
        )
        if self.before == self.after and not wide:
            return x, self.before
        (top, left), (below, right) = self.before, self.after
        widths = [*[(0, 0)] * (x.ndim - 2), (top, below), (left, right)]
        return np.pad(x, widths, constant_values=fill), (0, 0)


def rows(x: Any) -> Any:
    """Signals as images of one row; images stay."""
    return np.expand_dims(x, -2) if x.ndim == 3 else x


def like(y: Any, x: Any) -> Any:
    """The result for signals without its row."""
    return np.squeeze(y, -2) if x.ndim == 3 else y


def conv(
    x: Any,
    w: Any,
    b: Any = None,
    auto_pad: str = "NOTSET",
    dilations: Any = None,
    group: int = 1,
    kernel_shape: Any = None,
    pads: Any = None,
    strides: Any = None,
) -> Any:
    """A convolution of images or signals."""
    windows = Windows(x.shape[2:], w.shape[2:], strides, dilations, pads, auto_pad)
    images, padding = windows.fitting(rows(x), 0.0)
    sliding: Any = dict(stride=windows.stride, dilation=windows.dilation)
    y = conv2d(images, rows(w), b, padding=padding, groups=group, **sliding)
    return like(y, x)


def conv_transpose(
    x: Any,
    w: Any,
    b: Any = None,
    auto_pad: str = "NOTSET",
    dilations: Any = None,
    group: int = 1,
    kernel_shape: Any = None,
    output_padding: Any = None,
    output_shape: Any = None,
    pads: Any = None,
    strides: Any = None,
) -> Any:
    """The adjoint of a convolution; padding is what is cut off."""
    if output_shape or auto_pad not in ("NOTSET", "VALID"):
        raise ArgumentError("its size is given by output_shape or auto_pad")
    windows = Windows(x.shape[2:], w.shape[2:], strides, dilations, pads, auto_pad)
    more = windows.pair(whole(output_padding) or [0] * (x.ndim - 2), 0)
    both = min(windows.before, windows.after)
    same = windows.before == windows.after
    y = ops.conv_transpose2d(
        rows(x),
        rows(w),
        b,
        stride=windows.stride,
        padding=both if same else 0,
        output_padding=more,
        groups=group,
        dilation=windows.dilation,
    )
    return like(y if same else cut(y, windows.before, windows.after), x)


def cut(y: Any, before: Pair, after: Pair) -> Any:
    """Images without a border that differs on both sides."""
    (top, left), (below, right) = before, after
    height, width = y.shape[-2:]
    return y[..., top : height - below, left : width - right]


def max_pool(
    x: Any,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: Any = None,
    kernel_shape: Any = (),
    pads: Any = None,
    storage_order: int = 0,
    strides: Any = None,
) -> Any:
    """The largest element of each window."""
    windows = Windows(x.shape[2:], kernel_shape, strides, dilations, pads, auto_pad)
    images, padding = windows.fitting(rows(x), -math.inf, most=True)
    y = ops.max_pool2d(
        images,
        windows.kernel,
        stride=windows.stride,
        padding=padding,
        dilation=windows.dilation,
        ceil_mode=bool(ceil_mode),
    )
    return like(y, x)


def average_pool(
    x: Any,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    count_include_pad: int = 0,
    dilations: Any = None,
    kernel_shape: Any = (),
    pads: Any = None,
    strides: Any = None,
) -> Any:
    """The mean of each window; by default, padding does not count."""
    if any(n != 1 for n in dilations or ()):
        raise ArgumentError("its dilations are not 1")
    windows = Windows(x.shape[2:], kernel_shape, strides, None, pads, auto_pad)
    images, padding = windows.fitting(rows(x), 0.0, most=True)
    sliding: Any = dict(
        stride=windows.stride, padding=padding, ceil_mode=bool(ceil_mode)
    )
    counts = bool(count_include_pad)
    y = ops.avg_pool2d(images, windows.kernel, count_include_pad=counts, **sliding)
    if images.shape != rows(x).shape and not counts:
        ones, _ = windows.fitting(np.ones(rows(x).shape, x.dtype), 0.0, most=True)
        y = y / ops.avg_pool2d(ones, windows.kernel, **sliding)
    return like(y, x)


def column_to_image(
    columns: Any,
    image_shape: Any,
    block_shape: Any,
    dilations: Any = None,
    pads: Any = None,
    strides: Any = None,
) -> Any:
    """Columns added back onto images, whose border is cut off."""
    size = whole(image_shape)
    windows = Windows(size, whole(block_shape), strides, dilations, pads, "NOTSET")
    ends = zip(size, windows.before, windows.after, strict=True)
    padded = [sum(numbers) for numbers in ends]
    y = ops.col2im(
        columns,
        tuple(limited(padded)),
        windows.kernel,
        stride=windows.stride,
        dilation=windows.dilation,
    )
    return cut(y, windows.before, windows.after)


def overall(function: Callable[..., Any]) -> Callable[..., Any]:
    """A reduction of all pixels of each channel."""
    return lambda x: function(x, axis=tuple(range(2, x.ndim)), keepdims=True)


IMAGES: dict[str, Callable[..., Any]] = {
    "AveragePool": average_pool,
    "Col2Im": column_to_image,
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "GlobalAveragePool": overall(np.mean),
    "GlobalMaxPool": overall(np.max),
    "MaxPool": max_pool,
}
