"""Operators on lines and images: convolution, pooling, other sizes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ... import compositions, ops
from ...errors import ArgumentError


def conv(
    x: Any,
    w: Any,
    b: Any = None,
    stride: Sequence[int] = (1,),
    padding: Any = (0,),
    dilation: Sequence[int] = (1,),
    groups: int = 1,
) -> Any:
    """A convolution of lines (N, C, W) or images (N, C, H, W)."""
    if w.ndim > 4:
        raise ArgumentError(
            f"from_torch: a convolution with filters {tuple(w.shape)}: there are "
            f"convolutions of lines and images, and none of volumes"
        )
    function: Any = compositions.conv1d if w.ndim == 3 else ops.conv2d
    each = single if w.ndim == 3 else pair
    return function(
        x,
        w,
        b,
        stride=each(stride),
        padding=padding if isinstance(padding, str) else each(padding),
        dilation=each(dilation),
        groups=groups,
    )


def conv_transpose(
    x: Any,
    w: Any,
    b: Any = None,
    stride: Sequence[int] = (1,),
    padding: Sequence[int] = (0,),
    output_padding: Sequence[int] = (0,),
    groups: int = 1,
    dilation: Sequence[int] = (1,),
) -> Any:
    """A transposed convolution of lines or images."""
    one = w.ndim == 3
    function: Any = compositions.conv_transpose1d if one else ops.conv_transpose2d
    each = single if one else pair
    return function(
        x,
        w,
        b,
        stride=each(stride),
        padding=each(padding),
        output_padding=each(output_padding),
        groups=groups,
        dilation=each(dilation),
    )


def convolution(
    x: Any,
    w: Any,
    b: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    output_padding: Any,
    groups: int,
) -> Any:
    """A convolution, or with `transposed` its adjoint."""
    if transposed:
        return conv_transpose(
            x, w, b, stride, padding, output_padding, groups, dilation
        )
    return conv(x, w, b, stride, padding, dilation, groups)


def pair(sizes: Any) -> Any:
    """(height, width) of a list of one or two numbers, or of one number."""
    values = np.atleast_1d(sizes).tolist()
    return (values[0], values[-1])


def single(sizes: Any) -> Any:
    """The number of a list of one number."""
    return int(np.atleast_1d(sizes)[0])


def max_pool2d(
    x: Any,
    kernel: Any,
    stride: Any = (),
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> Any:
    """The largest element of each window."""
    return ops.max_pool2d(
        x,
        kernel=pair(kernel),
        stride=pair(stride) if stride else None,
        padding=pair(padding),
        dilation=pair(dilation),
        ceil_mode=ceil_mode,
    )


def max_pool2d_with_indices(*arguments: Any) -> Any:
    """The largest element of each window; nobody asks for its index."""
    return max_pool2d(*arguments), None


def max_pool1d(x: Any, *arguments: Any) -> Any:
    """The largest element of each window of a line."""
    names = ("kernel", "stride", "padding", "dilation", "ceil_mode")
    return compositions.max_pool1d(x, **lines(names, arguments))


def avg_pool1d(x: Any, *arguments: Any) -> Any:
    """The mean of each window of a line."""
    names = ("kernel", "stride", "padding", "ceil_mode", "count_include_pad")
    return compositions.avg_pool1d(x, **lines(names, arguments))


def lines(names: Sequence[str], arguments: Sequence[Any]) -> dict[str, Any]:
    """Arguments by name, each list of one number as that number."""
    return {
        name: single(value) if isinstance(value, list) else value
        for name, value in zip(names, arguments, strict=False)
        if value != []
    }


def avg_pool2d(
    x: Any,
    kernel: Any,
    stride: Any = (),
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of each window, or its sum divided by `divisor_override`."""
    height, width = pair(kernel)
    means = ops.avg_pool2d(
        x,
        kernel=(height, width),
        stride=pair(stride) if stride else None,
        padding=pair(padding),
        ceil_mode=ceil_mode,
        count_include_pad=count_include_pad,
    )
    return (
        means
        if divisor_override is None
        else means * (height * width / divisor_override)
    )


def adaptive_avg_pool1d(x: Any, output_size: Any) -> Any:
    """Means of parts of a line, as many as `output_size` says."""
    return compositions.adaptive_avg_pool1d(x, single(output_size))


def adaptive_avg_pool2d(x: Any, output_size: Any) -> Any:
    """Means of parts of an image, as many as `output_size` says."""
    return compositions.adaptive_avg_pool2d(x, pair(output_size))


def upsample_nearest2d(x: Any, output_size: Any, scale_factors: Any = None) -> Any:
    """An image of another size, each pixel of which is the nearest of `x`."""
    scales: Any = scale_factors or [None, None]
    sizes = output_size or enlarged(x.shape[-2:], scales)
    for axis, size, scale in zip((-2, -1), sizes, scales, strict=True):
        step = np.float32(1 / scale if scale else x.shape[axis] / size)
        nearest = (np.arange(size, dtype=np.float32) * step).astype(int)
        x = np.take(x, np.minimum(nearest, x.shape[axis] - 1), axis=axis)
    return x


def upsample_bilinear2d(
    x: Any, output_size: Any, align_corners: bool, scale_factors: Any = None
) -> Any:
    """An image of another size, each pixel of which is interpolated from four."""
    scales: Any = scale_factors or [None, None]
    sizes = output_size or enlarged(x.shape[-2:], scales)
    rows, columns = (
        interpolation(n, size, align_corners, scale).astype(x.dtype)
        for n, size, scale in zip(x.shape[-2:], sizes, scales, strict=True)
    )
    return rows @ x @ columns.T


def interpolation(n: int, size: int, align_corners: bool, scale: float | None) -> Any:
    """The matrix (size, n) that interpolates `size` numbers from `n`.

    >>> interpolation(2, 3, True, None)
    array([[1. , 0. ],
           [0.5, 0.5],
           [0. , 1. ]])
    """
    if align_corners:
        place = np.arange(size) * ((n - 1) / max(size - 1, 1))
    else:
        place = np.maximum((np.arange(size) + 0.5) / (scale or size / n) - 0.5, 0)
    below = np.minimum(place.astype(int), n - 1)
    share = (place - below)[:, None]
    unit = np.eye(n)
    return (1 - share) * unit[below] + share * unit[np.minimum(below + 1, n - 1)]


def enlarged(sizes: Sequence[int], factors: Sequence[float]) -> list[int]:
    """Sizes times factors, rounded down."""
    return [math.floor(n * factor) for n, factor in zip(sizes, factors, strict=True)]


IMAGES: dict[str, Callable[..., Any]] = {
    "_adaptive_avg_pool2d": adaptive_avg_pool2d,
    "adaptive_avg_pool1d": adaptive_avg_pool1d,
    "adaptive_avg_pool2d": adaptive_avg_pool2d,
    "avg_pool1d": avg_pool1d,
    "avg_pool2d": avg_pool2d,
    "conv1d": conv,
    "conv2d": conv,
    "conv_transpose1d": conv_transpose,
    "conv_transpose2d": conv_transpose,
    "convolution": convolution,
    "max_pool1d": max_pool1d,
    "max_pool2d": max_pool2d,
    "max_pool2d_with_indices": max_pool2d_with_indices,
    "upsample_bilinear2d": upsample_bilinear2d,
    "upsample_nearest2d": upsample_nearest2d,
}
