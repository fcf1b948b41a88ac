"""Convolution and pooling in one dimension, and pooling to a given size.

A signal is an image of one row, so that what is one-dimensional is a composition of an
operation on images, and as fast.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import listed
from ..errors import ShapeError
from ..kernels.windows import Pair, Shape, pair, windows_for
from ..ops import (
    avg_pool2d,
    conv2d,
    conv_transpose2d,
    expand_dims,
    matmul,
    max_pool2d,
    squeeze,
)
from ..ops.image import check_filters, check_transposed, enlarged, image_size, sizes_of
from ..ops.pooling import pooling
from ..signatures import composition
from ..value import Array, shape_of

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "avg_pool1d",
    "conv1d",
    "conv_transpose1d",
    "max_pool1d",
]


@composition
def conv1d(
    x: Any,
    w: Any,
    b: Any = None,
    stride: int = 1,
    padding: int | str = 0,
    dilation: int = 1,
    groups: int = 1,
) -> Any:
    """y = w ⋆ x + b: filters slide along signals, as in `conv2d` over images.

    `x` is (N, C, L) or one signal (C, L), `w` is (F, C/groups, K), `b` is (F,), the
    result is (N, F, OL) or (F, OL) with

        OL = ⌊(L + 2·padding − dilation (K − 1) − 1) / stride⌋ + 1

    or with OL = L where `padding` is "same". Raises ShapeError where shapes do not
    fit.

    >>> import numpy as np
    >>> conv1d(np.array([[1.0, 2.0, 4.0, 7.0]]), np.array([[[-1.0, 1.0]]]))
    array([[1., 2., 3.]])
    """
    name = "conv1d"
    x, w, b = listed(x), listed(w), listed(b)
    length = signal_length(name, shape_of(x))
    check_filters(name, sizes_of(x, w, b), groups)
    sliding = in_a_row(name, stride=stride, dilation=dilation)
    if isinstance(padding, str):
        sliding["padding"] = padding
    else:
        sliding |= in_a_row(name, padding=padding)
    windows_for(name, (1, w.shape[2]), **sliding).grid(name, (1, length))
    return without_row(conv2d(as_row(x), as_row(w), b, groups=groups, **sliding))


@composition
def conv_transpose1d(
    x: Any,
    w: Any,
    b: Any = None,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    groups: int = 1,
    dilation: int = 1,
) -> Any:
    """The adjoint of `conv1d` as an operation of its own: it lengthens signals.

    `x` is (N, C, L) or (C, L), `w` is (C, F/groups, K), `b` is (F,), and the result is
    (N, F, OL) or (F, OL) with

        OL = (L − 1) stride − 2 padding + dilation (K − 1) + 1 + output_padding

    Raises ShapeError where shapes do not fit.

    >>> import numpy as np
    >>> conv_transpose1d(np.array([[1.0, 2.0]]), np.array([[[1.0, 10.0]]]), stride=2)
    array([[ 1., 10.,  2., 20.]])
    """
    name = "conv_transpose1d"
    x, w, b = listed(x), listed(w), listed(b)
    length = signal_length(name, shape_of(x))
    check_transposed(name, sizes_of(x, w, b), groups)
    sliding = in_a_row(name, stride=stride, padding=padding, dilation=dilation)
    more = (0, number(name, "output_padding", output_padding, 0))
    enlarged(name, (1, length), windows_for(name, (1, w.shape[2]), **sliding), more)
    more_options: dict[str, Any] = dict(output_padding=more, groups=groups, **sliding)
    return without_row(conv_transpose2d(as_row(x), as_row(w), b, **more_options))


@composition
def max_pool1d(
    x: Any,
    kernel: int,
    stride: int | None = None,
    padding: int = 0,
    dilation: int = 1,
    ceil_mode: bool = False,
) -> Any:
    """The largest element of each window of signals (N, C, L), or of one, (C, L).

    As `max_pool2d` has it for images: the stride is the kernel by default, padding
    counts as −∞, and with `ceil_mode` a last window may reach beyond the signal.

    >>> import numpy as np
    >>> max_pool1d(np.array([[1.0, 5.0, 2.0, 3.0, 9.0]]), 2)
    array([[5., 3.]])
    """
    x, name = listed(x), "max_pool1d"
    signal_length(name, shape_of(x))
    stride = kernel if stride is None else stride
    sliding = in_a_row(
        name, kernel=kernel, stride=stride, padding=padding, dilation=dilation
    )
    row = as_row(x)
    pooling(name, row, **sliding, ceil_mode=ceil_mode)  # says what does not fit
    return without_row(max_pool2d(row, **sliding, ceil_mode=ceil_mode))


@composition
def avg_pool1d(
    x: Any,
    kernel: int,
    stride: int | None = None,
    padding: int = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """The mean of each window of signals (N, C, L), or of one, (C, L).

    Options are those of `avg_pool2d`.

    >>> import numpy as np
    >>> avg_pool1d(np.array([[1.0, 5.0, 2.0, 3.0, 9.0]]), 2)
    array([[3. , 2.5]])
    """
    x, name = listed(x), "avg_pool1d"
    signal_length(name, shape_of(x))
    stride = kernel if stride is None else stride
    sliding = in_a_row(name, kernel=kernel, stride=stride, padding=padding)
    row = as_row(x)
    pooling(name, row, **sliding, ceil_mode=ceil_mode)
    means = avg_pool2d(
        row, **sliding, ceil_mode=ceil_mode, count_include_pad=count_include_pad
    )
    return without_row(means)


@composition
def adaptive_avg_pool1d(x: Any, output_size: int) -> Any:
    """The means of `output_size` parts of signals (N, C, L), or of one, (C, L).

    Part i goes from ⌊i L / n⌋ to ⌈(i + 1) L / n⌉, with n the `output_size`; where n
    does not divide L, parts overlap.

    >>> import numpy as np
    >>> adaptive_avg_pool1d(np.array([[1.0, 2.0, 3.0, 4.0, 9.0]]), 2)
    array([[2.        , 5.33333333]])
    """
    x, name = listed(x), "adaptive_avg_pool1d"
    length = signal_length(name, shape_of(x))
    count = number(name, "output_size", output_size, 1)
    return matmul(x, averages(name, length, count, x.dtype).T)


@composition
def adaptive_avg_pool2d(x: Any, output_size: int | Pair) -> Any:
    """The means of as many parts of images (N, C, H, W), or of one, (C, H, W).

    `output_size` is (OH, OW), or a number for both; parts are cut along each axis as
    `adaptive_avg_pool1d` says. A size of 1 gives the mean of each channel.

    >>> import numpy as np
    >>> adaptive_avg_pool2d(np.arange(16.0).reshape(1, 4, 4), 2)
    array([[[ 2.5,  4.5],
            [10.5, 12.5]]])
    """
    x, name = listed(x), "adaptive_avg_pool2d"
    height, width = image_size(name, shape_of(x))
    rows, columns = pair(name, "output_size", output_size, 1)
    narrow = matmul(x, averages(name, width, columns, x.dtype).T)
    return matmul(averages(name, height, rows, x.dtype), narrow)


def averages(operation: str, size: int, count: int, dtype: Any) -> Array:
    """The matrix that takes the means of `count` parts of `size` elements."""
    if size < 1:
        raise ShapeError(f"{operation}: an axis of `x` has no elements to average")
    places, part = np.arange(size), np.arange(count)[:, None]
    inside = (part * size // count <= places) & (
        places < -(-(part + 1) * size // count)
    )
    means = inside / inside.sum(axis=1, keepdims=True)
    return means.astype(dtype if np.dtype(dtype).kind == "f" else float)


# Signals as images -------------------------------------------------------------------


def signal_length(operation: str, shape: Shape) -> int:
    """L of signals (N, C, L) or of one, (C, L); ShapeError for any other shape."""
    if len(shape) not in (2, 3):
        raise ShapeError(
            f"{operation}: `x` of shape {shape} must be signals (N, C, L) or one "
            f"signal (C, L)"
        )
    return shape[-1]


def number(operation: str, name: str, value: Any, least: int) -> int:
    """A whole number, also as (3,); ShapeError unless it is at least `least`."""
    if isinstance(value, tuple | list) and len(value) == 1:
        [value] = value
    if not isinstance(value, int | np.integer) or value < least:
        raise ShapeError(
            f"{operation}: `{name}` is {value!r}: it must be an integer, at least "
            f"{least}"
        )
    return int(value)


def in_a_row(operation: str, **sliding: Any) -> dict[str, Any]:
    """How a kernel slides along a signal, as it does over an image of one row."""
    least = {name: int(name != "padding") for name in sliding}
    return {
        name: (least[name], number(operation, name, value, least[name]))
        for name, value in sliding.items()
    }


def as_row(x: Any) -> Any:
    """Signals as images of one row."""
    return expand_dims(x, axis=-2)


def without_row(y: Any) -> Any:
    """Images of one row as signals."""
    return squeeze(y, axis=-2)
