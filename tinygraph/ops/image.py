"""Convolution of images (N, C, H, W).

Sizes that are pairs are (rows, columns).  im2col and col2im are adjoint, each the
other's VJP.  The three products of a convolution are a closed triple: the VJPs of each
are the other two.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..arguments import listed
from ..errors import ShapeError
from ..kernels import unfolding
from ..kernels.compilation import NONE, chosen
from ..kernels.convolution import Convolution, sums_of_channels
from ..kernels.windows import Pair, Shape, crop, pad, pair, windows
from ..primitive import primitive
from ..value import Array, shape_of
from .shape import broadcast_to, reshape

Sizes = tuple[Shape, Shape, Shape | None]


def four_axes(operation: str, shape: Shape) -> Pair:
    """(H, W) of a batch of images; ShapeError unless it has four axes."""
    if len(shape) != 4:
        raise ShapeError(
            f"{operation}: `x` of shape {shape} must be (N, C, H, W); "
            f"a single image becomes a batch with x[None]"
        )
    return shape[2], shape[3]


# im2col and col2im ------------------------------------------------------------------


@primitive
def im2col(
    x: Array,
    *,
    kernel: int | Pair,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
) -> Array:
    """Every window of an image as a column: (N, C, H, W) to (N, C·KH·KW, OH·OW).

    OH = ⌊(H + 2·padding − dilation (KH − 1) − 1) / stride⌋ + 1, and OW likewise.
    Raises ShapeError where the kernel does not fit.

    >>> im2col(np.arange(9.0).reshape(1, 1, 3, 3), 2)[0]
    array([[0., 1., 3., 4.],
           [1., 2., 4., 5.],
           [3., 4., 6., 7.],
           [4., 5., 7., 8.]])
    """
    size = four_axes("im2col", np.shape(x))
    shape = windows("im2col", kernel, stride, padding, dilation)
    count = shape.grid("im2col", size)
    return unfolding.im2col(pad(x, shape.padding), shape, count)


@primitive
def col2im(
    columns: Array,
    *,
    size: Pair,
    kernel: int | Pair,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
) -> Array:
    """Add columns back onto an image of `size` where `im2col` took them from.

    >>> col2im(np.ones((1, 4, 4)), size=(3, 3), kernel=2)[0, 0]
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    """
    shape = windows("col2im", kernel, stride, padding, dilation)
    count = shape.grid("col2im", size)
    elements = shape.kernel[0] * shape.kernel[1]
    columns = np.asarray(columns)
    if (
        columns.ndim != 3
        or columns.shape[1] % elements
        or (columns.shape[2] != count[0] * count[1])
    ):
        raise ShapeError(
            f"col2im: `columns` of shape {columns.shape} must be (N, C*{elements}, "
            f"{count[0] * count[1]}) for an image of {size[0]}x{size[1]}"
        )
    channels = columns.shape[1] // elements
    image = np.zeros((len(columns), channels, *shape.padded(size)), columns.dtype)
    unfolding.col2im(columns, image, shape, count)
    return crop(image, shape.padding)


im2col.vjp(
    lambda g, y, x, **sliding: col2im(g, size=x.shape[2:], **sliding),
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
    b: Array | None = None,
    *,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
    groups: int = 1,
) -> Array:
    """y = w ⋆ x + b: filters slide over images, and each place gives a dot product.

    `x` is (N, C, H, W), `w` is (F, C/groups, KH, KW), `b` is (F,), the result is
    (N, F, OH, OW), with OH as in `im2col`.  It equals W · im2col(x), with W the filters
    as rows.  Raises ShapeError where the shapes do not fit.

    >>> conv2d(np.ones((1, 3, 8, 8)), np.ones((6, 3, 5, 5))).shape
    (1, 6, 4, 4)
    """
    biases = None if b is None else shape_of(b)
    sizes = (shape_of(x), shape_of(w), biases)
    return plan(sizes, stride, padding, dilation, groups).correlate(x, w, b)


def plan(
    sizes: Sizes, stride: Any, padding: Any, dilation: Any, groups: int
) -> Convolution:
    """The convolution of arrays of these sizes: x, w and b."""
    if not type(stride) is type(padding) is type(dilation) is int:
        stride = pair("conv2d", "stride", stride, 1)
        padding = pair("conv2d", "padding", padding, 0)
        dilation = pair("conv2d", "dilation", dilation, 1)
    compiled = chosen.get() is not NONE
    return planned(sizes, stride, padding, dilation, groups, compiled)


@functools.lru_cache(maxsize=256)
def planned(
    sizes: Sizes,
    stride: int | Pair,
    padding: int | Pair,
    dilation: int | Pair,
    groups: int,
    compiled: bool,
) -> Convolution:
    """`plan`, worked out once; ShapeError says which of the sizes do not fit."""
    x, w, b = sizes
    four_axes("conv2d", x)
    if len(w) != 4:
        raise ShapeError(f"conv2d: `w` of shape {w} must be (F, C/groups, KH, KW)")
    if groups < 1 or x[1] % groups or w[0] % groups:
        raise ShapeError(
            f"conv2d: `groups` is {groups}: it must divide the {x[1]} channels of x "
            f"and the {w[0]} filters of w"
        )
    if w[1] * groups != x[1]:
        raise ShapeError(
            f"conv2d: `x` of shape {x} has {x[1]} channels, but `w` of shape {w} with "
            f"groups={groups} is for {w[1] * groups}"
        )
    if b is not None and b != (w[0],):
        raise ShapeError(
            f"conv2d: `b` of shape {b} must have one element for each of the {w[0]} "
            f"filters"
        )
    shape = windows("conv2d", w[2:], stride, padding, dilation)
    if compiled:
        from ..kernels.compiled import CompiledConvolution

        if CompiledConvolution.pays(x, w, shape, groups):
            return CompiledConvolution(chosen.get(), x, w, shape, groups)
    return Convolution(x, w, shape, groups)


@primitive
def conv2d_image(
    g: Array,
    w: Array,
    *,
    size: Pair,
    stride: int | Pair,
    padding: int | Pair,
    dilation: int | Pair,
    groups: int,
) -> Array:
    """The adjoint of conv2d in its image: wᵀ g, added back by col2im."""
    x = (len(g), w.shape[1] * groups, *size)
    sizes = (x, w.shape, None)
    return plan(sizes, stride, padding, dilation, groups).image_gradient(g, w)


@primitive
def conv2d_filters(
    x: Array,
    g: Array,
    *,
    kernel: Pair,
    stride: int | Pair,
    padding: int | Pair,
    dilation: int | Pair,
    groups: int,
) -> Array:
    """The adjoint of conv2d in its filters: g · im2col(x)ᵀ, summed over the batch."""
    w = (g.shape[1], x.shape[1] // groups, *kernel)
    sizes = (x.shape, w, None)
    return plan(sizes, stride, padding, dilation, groups).filter_gradient(x, g)


@primitive
def channel_sums(g: Array) -> Array:
    """The adjoint of conv2d in its bias: the sum of each channel of the batch."""
    return sums_of_channels(g)


channel_sums.vjp(
    lambda h, y, g: broadcast_to(reshape(h, shape=(-1, 1, 1)), shape=g.shape),
    r"\bar{y}",
)
conv2d.vjp(
    lambda g, y, x, w, *b, **sliding: conv2d_image(g, w, size=x.shape[2:], **sliding),
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
        g, h, size=x.shape[2:], **sliding
    ),
    r"\mathrm{col2im}(\bar{y}^\top g)",
    lambda h, y, x, g, kernel, **sliding: conv2d(x, h, **sliding),
    r"\bar{y} \star x",
)


def conv_transpose2d(
    x: Any,
    w: Any,
    b: Any = None,
    *,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
) -> Any:
    """The adjoint of a convolution as an operation of its own: it enlarges images.

    `x` is (N, C, H, W), `w` is (C, F, KH, KW), `b` is (F,), the result (N, F, OH, OW)
    with OH = (H − 1) stride − 2 padding + KH.  Raises ShapeError where they do not fit.

    >>> conv_transpose2d(np.ones((1, 3, 4, 4)), np.ones((3, 6, 2, 2)), stride=2).shape
    (1, 6, 8, 8)
    """
    x, w = listed(x), listed(w)
    height, width = four_axes("conv_transpose2d", np.shape(x))
    if np.ndim(w) != 4 or x.shape[1] != w.shape[0]:
        raise ShapeError(
            f"conv_transpose2d: `x` of shape {np.shape(x)} does not fit `w` of shape "
            f"{np.shape(w)}: w is (C, F, KH, KW) with the C channels of x"
        )
    down, across = pair("conv_transpose2d", "stride", stride, 1)
    top, left = pair("conv_transpose2d", "padding", padding, 0)
    size = (
        (height - 1) * down - 2 * top + w.shape[2],
        (width - 1) * across - 2 * left + w.shape[3],
    )
    if min(size) < 1:
        raise ShapeError(f"conv_transpose2d: padding {padding} leaves no pixel: {size}")
    if b is not None and np.shape(b) != (w.shape[1],):
        raise ShapeError(
            f"conv_transpose2d: `b` of shape {np.shape(b)} must have one element for "
            f"each of the {w.shape[1]} channels of the result"
        )
    y = conv2d_image(
        x, w, size=size, stride=stride, padding=padding, dilation=1, groups=1
    )
    return y if b is None else y + reshape(b, shape=(-1, 1, 1))
