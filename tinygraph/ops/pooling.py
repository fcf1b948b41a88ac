"""Pooling of images (N, C, H, W).

Linear operations come in adjoint pairs, each the other's VJP: gather and scatter,
window_sums and spread.
"""

from __future__ import annotations

import functools
import math
from typing import Any

from ..errors import ShapeError
from ..kernels.compilation import NONE, chosen
from ..kernels.pooling import MaxPooling, spread_over_windows, sums_of_windows
from ..kernels.windows import Pair, Shape, Windows, pair, windows
from ..primitive import primitive
from ..value import Array, plain, shape_of
from .image import four_axes


def pooling(
    operation: str, x: Array, kernel: Any, stride: Any, padding: Any
) -> MaxPooling:
    """The pooling of such images; padding must be at most half of the kernel."""
    stride = kernel if stride is None else stride
    if not type(kernel) is type(stride) is type(padding) is int:
        kernel = pair(operation, "kernel", kernel, 1)
        stride = pair(operation, "stride", stride, 1)
        padding = pair(operation, "padding", padding, 0)
    compiled = chosen.get() is not NONE
    return pooled(operation, shape_of(x), kernel, stride, padding, compiled)


@functools.lru_cache(maxsize=256)
def pooled(
    operation: str,
    x: Shape,
    kernel: int | Pair,
    stride: int | Pair,
    padding: int | Pair,
    compiled: bool,
) -> MaxPooling:
    """`pooling`, worked out once."""
    size = four_axes(operation, x)
    shape = windows(operation, kernel, stride, padding)
    (top, left), (height, width) = shape.padding, shape.kernel
    if 2 * top > height or 2 * left > width:
        raise ShapeError(
            f"{operation}: `padding` {padding} exceeds half of the kernel {kernel}: "
            f"some windows would hold nothing but padding"
        )
    if compiled:
        from ..kernels.compiled import CompiledPooling

        return CompiledPooling(chosen.get(), x, shape, shape.grid(operation, size))
    return MaxPooling(x, shape, shape.grid(operation, size))


@primitive
def max_pool2d(
    x: Array,
    *,
    kernel: int | Pair,
    stride: int | Pair | None = None,
    padding: int | Pair = 0,
) -> Array:
    """The largest element of each window; `stride` is the kernel's size by default.

    (N, C, H, W) to (N, C, OH, OW).  Padding counts as −∞.  Of equal elements the first
    takes the gradient.  Raises ShapeError where the kernel does not fit.

    >>> import numpy as np
    >>> max_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)[0, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    return pooling("max_pool2d", x, kernel, stride, padding).largest(x)


@max_pool2d.vjp("x", r"\bar{y}\, [x = \max]")
def max_pool2d_vjp(
    g: Any, y: Any, x: Any, kernel: Any, stride: Any, padding: Any
) -> Any:
    """The whole gradient of a window goes to where its maximum was found."""
    shape = pooling("max_pool2d", x, kernel, stride, padding)
    # Where that is has no derivative of its own: both arrays are parameters.
    return scatter(g, image=plain(x), largest=plain(y), shape=shape)


@primitive
def scatter(g: Array, *, image: Array, largest: Array, shape: MaxPooling) -> Array:
    """Add each element of `g` to where its window of an image has its largest one."""
    return shape.scatter(g, image, largest)


@primitive
def gather(x: Array, *, image: Array, largest: Array, shape: MaxPooling) -> Array:
    """Take one element from each window: where an image has the largest one."""
    return shape.gather(x, image, largest)


scatter.vjp(lambda h, y, g, **where: gather(h, **where), r"\mathrm{gather}(\bar{y})")
gather.vjp(lambda h, y, x, **where: scatter(h, **where), r"\mathrm{scatter}(\bar{y})")


@primitive
def avg_pool2d(
    x: Array,
    *,
    kernel: int | Pair,
    stride: int | Pair | None = None,
    padding: int | Pair = 0,
) -> Array:
    """The mean of the k elements of a window; padding counts as 0, as in PyTorch.

    >>> import numpy as np
    >>> avg_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)[0, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    plan = pooling("avg_pool2d", x, kernel, stride, padding)
    elements = math.prod(plan.windows.kernel)
    return sums_of_windows(x, plan.windows, plan.count) / elements


@avg_pool2d.vjp("x", r"\bar{y} / k")
def avg_pool2d_vjp(
    g: Any, y: Any, x: Any, kernel: Any, stride: Any, padding: Any
) -> Any:
    """Every element of a window takes an equal share of its gradient."""
    shape = windows("avg_pool2d", kernel, stride, padding)
    share = g / (shape.kernel[0] * shape.kernel[1])
    return spread(share, size=x.shape[2:], shape=shape)


@primitive
def window_sums(x: Array, *, shape: Windows) -> Array:
    """The sum of each window."""
    return sums_of_windows(x, shape, shape.grid("avg_pool2d", x.shape[2:]))


@primitive
def spread(g: Array, *, size: Pair, shape: Windows) -> Array:
    """Add each element of `g` to its whole window."""
    return spread_over_windows(g, size, shape)


spread.vjp(
    lambda h, y, g, size, shape: window_sums(h, shape=shape),
    r"\mathrm{sums}(\bar{y})",
)
window_sums.vjp(
    lambda h, y, x, shape: spread(h, size=x.shape[2:], shape=shape),
    r"\mathrm{spread}(\bar{y})",
)
