"""Convolution of images (N, C, H, W), or of one, (C, H, W).

Sizes that are pairs are (rows, columns).  im2col and col2im are adjoint, each the
other's VJP. The three products of a convolution are a closed triple: the VJPs of each
are the other two.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..arguments import listed
from ..errors import ShapeError
from ..kernels import unfolding
from ..kernels.choosing import AnyConvolution, Way, best_convolution
from ..kernels.compilation import NONE, chosen
from ..kernels.convolution import sums_of_channels
from ..kernels.windows import Pair, Shape, Windows, bordered, crop, pair, windows_for
from ..primitive import primitive
from ..signatures import composition
from ..value import ELSEWHERE, Array, arrayed, shape_of, zeros
from .indexing import pad
from .shape import broadcast_to, reshape

__all__ = [
    "col2im",
    "conv2d",
    "conv_transpose2d",
    "im2col",
]

Sizes = tuple[Shape, Shape, Shape | None]


def image_size(operation: str, shape: Shape) -> Pair:
    """(H, W) of a batch of images or of one; ShapeError for any other shape."""
    if len(shape) not in (3, 4):
        raise ShapeError(
            f"{operation}: `x` of shape {shape} must be images (N, C, H, W) or one "
            f"image (C, H, W)"
        )
    return shape[-2], shape[-1]


# im2col and col2im ------------------------------------------------------------------


@primitive
def im2col(
    x: Array,
    /,
    kernel: int | Pair,
    *,
    stride: int | Pair = 1,
    padding: int | Pair | str = 0,
    dilation: int | Pair = 1,
) -> Array:
    """Every window of an image as a column: (N, C, H, W) to (N, C·KH·KW, OH·OW).

    OH = ⌊(H + 2·padding − dilation (KH − 1) − 1) / stride⌋ + 1, and OW likewise. One
    image (C, H, W) gives one matrix. `padding` may be "valid", which is none, or
    "same" for (OH, OW) = (H, W): with an odd row or column below or to the right.
    Raises ShapeError where the kernel does not fit.

    >>> im2col(np.arange(9.0).reshape(1, 1, 3, 3), 2)[0]
    array([[0., 1., 3., 4.],
           [1., 2., 4., 5.],
           [3., 4., 6., 7.],
           [4., 5., 7., 8.]])
    """
    size = image_size("im2col", shape_of(x))
    windows = windows_for("im2col", kernel, stride, padding, dilation)
    count = windows.grid("im2col", size)
    if x.ndim == 3:
        return unfolding.im2col(bordered(x[None], windows), windows, count)[0]
    return unfolding.im2col(bordered(x, windows), windows, count)


@primitive
def col2im(
    columns: Array,
    /,
    size: Pair,
    kernel: int | Pair,
    *,
    stride: int | Pair = 1,
    padding: int | Pair | str = 0,
    dilation: int | Pair = 1,
) -> Array:
    """Add columns back onto an image of `size` where `im2col` took them from.

    >>> col2im(np.ones((1, 4, 4)), size=(3, 3), kernel=2)[0, 0]
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    """
    windows = windows_for("col2im", kernel, stride, padding, dilation)
    count = windows.grid("col2im", size)
    elements = windows.kernel[0] * windows.kernel[1]
    columns = arrayed(columns)
    if (
        columns.ndim not in (2, 3)
        or columns.shape[-2] % elements
        or (columns.shape[-1] != count[0] * count[1])
    ):
        raise ShapeError(
            f"col2im: `columns` of shape {columns.shape} must be (N, C*{elements}, "
            f"{count[0] * count[1]}) for an image of {size[0]}x{size[1]}, without N "
            f"for one image"
        )
    channels, batch = columns.shape[-2] // elements, columns.shape[:-2]
    shape = (*batch, channels, *windows.padded(size))
    image = zeros(shape, columns.dtype, columns)
    unfolding.col2im(columns, image, windows, count)
    return crop(image, windows)


im2col.vjp(
    lambda g, y, x, **sliding: col2im(g, size=x.shape[-2:], **sliding),
    r"\mathrm{col2im}(\bar{y})",
)
col2im.vjp(
    lambda g, y, x, size, **sliding: im2col(g, **sliding),
    r"\mathrm{im2col}(\bar{y})",
)


# Convolution ------------------------------------------------------------------------


@primitive
def conv2d(
    x: Array,
    w: Array,
    b: Any = None,
    *,
    stride: int | Pair = 1,
    padding: int | Pair | str = 0,
    dilation: int | Pair = 1,
    groups: int = 1,
) -> Array:
    """y = w ⋆ x + b: filters slide over images, and each place gives a dot product.

    `x` is (N, C, H, W), `w` is (F, C/groups, KH, KW), `b` is (F,), the result is
    (N, F, OH, OW), with OH and "same" or "valid" `padding` as in `im2col`. One image
    (C, H, W) gives (F, OH, OW). It equals W · im2col(x), with W the filters as rows.
    Raises ShapeError where the shapes do not fit.

    >>> conv2d(np.ones((1, 3, 8, 8)), np.ones((6, 3, 5, 5))).shape
    (1, 6, 4, 4)
    """
    convolution = plan(sizes_of(x, w, b), stride, padding, dilation, groups, x)
    if x.ndim == 3:
        return convolution.correlate(x[None], w, b)[0]
    return convolution.correlate(x, w, b)


def sizes_of(x: Any, w: Any, b: Any) -> Sizes:
    """The shapes of images, filters and biases, if there are any."""
    return shape_of(x), shape_of(w), None if b is None else shape_of(b)


def plan(
    sizes: Sizes,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
    like: Array | None = None,
) -> AnyConvolution:
    """The convolution of arrays of these sizes, of the library of `like`."""
    if not type(stride) is type(padding) is type(dilation) is int:
        stride = pair("conv2d", "stride", stride, 1)
        dilation = pair("conv2d", "dilation", dilation, 1)
        if not isinstance(padding, str):
            padding = pair("conv2d", "padding", padding, 0)
    compiled = chosen.get() is not NONE
    way = "whole" if type(like) in ELSEWHERE else "loops" if compiled else "numpy"
    return planned(sizes, stride, padding, dilation, groups, way)


@functools.lru_cache(maxsize=256)
def planned(
    sizes: Sizes,
    stride: int | Pair,
    padding: int | Pair | str,
    dilation: int | Pair,
    groups: int,
    way: Way,
) -> AnyConvolution:
    """`plan`, kept once it is made; ShapeError says which sizes do not fit."""
    x, w, _ = sizes
    image_size("conv2d", x)
    check_filters("conv2d", sizes, groups)
    windows = windows_for("conv2d", (w[2], w[3]), stride, padding, dilation)
    return best_convolution(way, x if len(x) == 4 else (1, *x), w, windows, groups)


def check_filters(operation: str, sizes: Sizes, groups: int) -> None:
    """ShapeError unless filters `w` and biases `b` fit the channels of `x`.

    Images have two axes after the channels, signals have one.
    """
    x, w, b = sizes
    axes = 2 if operation == "conv2d" else 1
    channels = x[-1 - axes]
    if len(w) != 2 + axes:
        raise ShapeError(
            f"{operation}: `w` of shape {w} must be (F, C/groups, "
            f"{'KH, KW' if axes == 2 else 'K'})"
        )
    if (
        not isinstance(groups, int | np.integer)
        or groups < 1
        or channels % groups
        or w[0] % groups
    ):
        raise ShapeError(
            f"{operation}: `groups` is {groups!r}: it must divide the {channels} "
            f"channels of x and the {w[0]} filters of w"
        )
    if w[1] * groups != channels:
        raise ShapeError(
            f"{operation}: `x` of shape {x} has {channels} channels, but `w` of shape "
            f"{w} with groups={groups} is for {w[1] * groups}"
        )
    if b is not None and b != (w[0],):
        raise ShapeError(
            f"{operation}: `b` of shape {b} must have one element for each of the "
            f"{w[0]} filters"
        )


@primitive
def conv2d_image(
    g: Array,
    w: Array,
    *,
    size: Pair,
    stride: int | Pair,
    padding: int | Pair | str,
    dilation: int | Pair,
    groups: int,
) -> Array:
    """The adjoint of conv2d in its image: wᵀ g, added back by col2im."""
    x = (*g.shape[:-3], w.shape[1] * groups, *size)
    convolution = plan((x, w.shape, None), stride, padding, dilation, groups, g)
    if g.ndim == 3:
        return convolution.image_gradient(g[None], w)[0]
    return convolution.image_gradient(g, w)


@primitive
def conv2d_filters(
    x: Array,
    g: Array,
    *,
    kernel: Pair,
    stride: int | Pair,
    padding: int | Pair | str,
    dilation: int | Pair,
    groups: int,
) -> Array:
    """The adjoint of conv2d in its filters: g · im2col(x)ᵀ, summed over the batch."""
    w = (g.shape[-3], x.shape[-3] // groups, *kernel)
    convolution = plan((x.shape, w, None), stride, padding, dilation, groups, x)
    if x.ndim == 3:
        return convolution.filter_gradient(x[None], g[None])
    return convolution.filter_gradient(x, g)


@primitive
def channel_sums(g: Array) -> Array:
    """The adjoint of conv2d in its bias: the sum of each channel of the batch."""
    return sums_of_channels(g if g.ndim == 4 else g[None])


channel_sums.vjp(
    lambda h, y, g: broadcast_to(reshape(h, shape=(-1, 1, 1)), shape=g.shape),
    r"\bar{y}",
)
conv2d.vjp(
    lambda g, y, x, w, *b, **sliding: conv2d_image(g, w, size=x.shape[-2:], **sliding),
    r"\mathrm{col2im}(w^\top \bar{y})",
    lambda g, y, x, w, *b, **sliding: conv2d_filters(
        x, g, kernel=w.shape[2:], **sliding
    ),
    r"\bar{y} \cdot \mathrm{im2col}(x)^\top",
    lambda g, y, x, w, b, **_: channel_sums(g),
    r"\textstyle\sum_{n,i,j} \bar{y}",
)
conv2d_image.vjp(
    lambda h, y, g, w, size, **sliding: conv2d(h, w, **sliding),
    r"w \star \bar{y}",
    lambda h, y, g, w, size, **sliding: conv2d_filters(
        h, g, kernel=w.shape[2:], **sliding
    ),
    r"g \cdot \mathrm{im2col}(\bar{y})^\top",
)
conv2d_filters.vjp(
    lambda h, y, x, g, kernel, **sliding: conv2d_image(
        g, h, size=x.shape[-2:], **sliding
    ),
    r"\mathrm{col2im}(\bar{y}^\top g)",
    lambda h, y, x, g, kernel, **sliding: conv2d(x, h, **sliding),
    r"\bar{y} \star x",
)


@composition
def conv_transpose2d(
    x: Any,
    w: Any,
    b: Any = None,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    output_padding: int | Pair = 0,
    groups: int = 1,
    dilation: int | Pair = 1,
) -> Any:
    """The adjoint of a convolution as an operation of its own: it enlarges images.

    `x` is (N, C, H, W), `w` is (C, F/groups, KH, KW), `b` is (F,), the result
    (N, F, OH, OW) with

        OH = (H − 1) stride − 2 padding + dilation (KH − 1) + 1 + output_padding

    One image (C, H, W) gives (F, OH, OW). Output padding is rows below and
    columns to the right, fewer than the stride or the dilation. Raises ShapeError.

    >>> conv_transpose2d(np.ones((1, 3, 4, 4)), np.ones((3, 6, 2, 2)), stride=2).shape
    (1, 6, 8, 8)
    """
    x, w, b = listed(x), listed(w), listed(b)
    name = "conv_transpose2d"
    height, width = image_size(name, shape_of(x))
    check_transposed(name, sizes_of(x, w, b), groups)
    border = pair(name, "padding", padding, 0)
    windows = windows_for(name, (w.shape[2], w.shape[3]), stride, border, dilation)
    more = pair(name, "output_padding", output_padding, 0)
    size = enlarged(name, (height, width), windows, more)
    _, step, border, apart, _ = windows
    # Pixels of 0 behind the image are windows that more output padding has room for.
    zeros = [(0, extra // n) for extra, n in zip(more, step, strict=True)]
    if any(after for _, after in zeros):
        x = pad(x, pad_width=[*[(0, 0)] * (x.ndim - 2), *zeros])
    y = conv2d_image(
        x, w, size=size, stride=step, padding=border, dilation=apart, groups=groups
    )
    return y if b is None else y + reshape(b, shape=(-1, 1, 1))


def enlarged(operation: str, size: Pair, windows: Windows, more: Pair) -> Pair:
    """(OH, OW) of a transposed convolution; ShapeError where that is nothing."""
    for extra, step, apart in zip(more, windows.stride, windows.dilation, strict=True):
        if extra >= max(step, apart):
            raise ShapeError(
                f"{operation}: `output_padding` is {more}: it must be less than the "
                f"stride {windows.stride} or the dilation {windows.dilation}"
            )
    parts = zip(
        size, windows.stride, windows.padding, windows.spans(), more, strict=True
    )
    height, width = (
        (n - 1) * step - 2 * border + span + extra
        for n, step, border, span, extra in parts
    )
    if min(height, width) < 1:
        raise ShapeError(
            f"{operation}: padding {windows.padding} leaves no pixel of a result of "
            f"{height + 2 * windows.padding[0]}x{width + 2 * windows.padding[1]}"
        )
    return height, width


def check_transposed(operation: str, sizes: Sizes, groups: int) -> None:
    """ShapeError unless filters `w` and biases `b` fit the channels of `x`."""
    x, w, b = sizes
    axes = 2 if operation == "conv_transpose2d" else 1
    channels = x[-1 - axes]
    if len(w) != 2 + axes or w[0] != channels:
        raise ShapeError(
            f"{operation}: `x` of shape {x} does not fit `w` of shape {w}: w is "
            f"(C, F/groups, {'KH, KW' if axes == 2 else 'K'}) with the {channels} "
            f"channels of x"
        )
    if not isinstance(groups, int | np.integer) or groups < 1 or channels % groups:
        raise ShapeError(
            f"{operation}: `groups` is {groups!r}: it must divide the {channels} "
            f"channels of x"
        )
    if b is not None and b != (w[1] * groups,):
        raise ShapeError(
            f"{operation}: `b` of shape {b} must have one element for each of the "
            f"{w[1] * groups} channels of the result"
        )
