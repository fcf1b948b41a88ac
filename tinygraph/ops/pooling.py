"""Pooling of images (N, C, H, W), or of one, (C, H, W).

Linear operations come in adjoint pairs, each the other's VJP: gather and scatter,
window_sums and spread.
"""

from __future__ import annotations

import functools
import math
from typing import Any

from ..errors import ArgumentError, ShapeError
from ..kernels.compilation import NONE, chosen
from ..kernels.pooling import (
    Pooling,
    sizes_of_windows,
    spread_over_windows,
    sums_of_windows,
)
from ..kernels.windows import Pair, Shape, Windows, pair, windows_for
from ..operators import plain
from ..primitive import primitive
from ..value import Array, brought, shape_of
from .image import image_size

__all__ = [
    "avg_pool2d",
    "max_pool2d",
]


def pooling(
    operation: str,
    x: Array,
    kernel: Any,
    stride: Any,
    padding: Any,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> Pooling:
    """The pooling of such images; padding must be at most half of the kernel."""
    stride = kernel if stride is None else stride
    if not type(kernel) is type(stride) is type(padding) is type(dilation) is int:
        kernel = pair(operation, "kernel", kernel, 1)
        stride = pair(operation, "stride", stride, 1)
        padding = pair(operation, "padding", padding, 0)
        dilation = pair(operation, "dilation", dilation, 1)
    sliding, compiled = (kernel, stride, padding, dilation), chosen.get() is not NONE
    return pooled(operation, shape_of(x), sliding, bool(ceil_mode), compiled)


@functools.lru_cache(maxsize=256)
def pooled(
    operation: str, x: Shape, sliding: Any, ceil_mode: bool, compiled: bool
) -> Pooling:
    """`pooling`, kept once it is made."""
    size = image_size(operation, x)
    windows = windows_for(operation, *sliding)
    (top, left), (height, width) = windows.padding, windows.kernel
    if 2 * top > height or 2 * left > width:
        raise ShapeError(
            f"{operation}: `padding` {windows.padding} exceeds half of the kernel "
            f"{windows.kernel}: some windows would hold nothing but padding"
        )
    if ceil_mode:
        windows = windows.rounded_up(size)
    count = windows.grid(operation, size)
    if not windows.meet(size, count):
        raise ShapeError(
            f"{operation}: a kernel of {height}x{width} with dilation "
            f"{windows.dilation} and padding {windows.padding} has windows on an image "
            f"of {size[0]}x{size[1]} that hold nothing but padding: use less dilation"
        )
    if compiled and len(x) == 4:
        from ..kernels.compiled import CompiledPooling

        return CompiledPooling(chosen.get(), x, windows, count)
    return Pooling(x, windows, count)


@primitive
def max_pool2d(
    x: Array,
    /,
    kernel: int | Pair,
    *,
    stride: int | Pair | None = None,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
    ceil_mode: bool = False,
) -> Array:
    """The largest element of each window; `stride` is the kernel's size by default.

    (N, C, H, W) to (N, C, OH, OW), or (C, H, W) to (C, OH, OW), with OH as in `im2col`.
    Padding counts as −∞. With `ceil_mode`, OH and OW are rounded up: a last window may
    reach beyond the image if it starts inside it or in the padding before. Of equal
    elements the first takes the gradient. Raises ShapeError where the kernel does not
    fit, and where padding exceeds half of it.

    >>> import numpy as np
    >>> max_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)[0, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    plan = pooling("max_pool2d", x, kernel, stride, padding, dilation, ceil_mode)
    return plan.largest(x)


@max_pool2d.vjp("x", r"\bar{y}\, [x = \max]")
def max_pool2d_vjp(g: Any, y: Any, x: Any, **sliding: Any) -> Any:
    """The whole gradient of a window goes to where its maximum was found."""
    plan = pooling("max_pool2d", x, **sliding)
    # Where that is has no derivative of its own: both arrays are parameters.
    return scatter(g, image=plain(x), largest=plain(y), plan=plan)


@primitive
def scatter(g: Array, *, image: Array, largest: Array, plan: Pooling) -> Array:
    """Add each element of `g` to where its window of an image has its largest one."""
    return plan.scatter(g, image, largest)


@primitive
def gather(x: Array, *, image: Array, largest: Array, plan: Pooling) -> Array:
    """Take one element from each window: where an image has the largest one."""
    return plan.gather(x, image, largest)


scatter.vjp(lambda h, y, g, **where: gather(h, **where), r"\mathrm{gather}(\bar{y})")
gather.vjp(lambda h, y, x, **where: scatter(h, **where), r"\mathrm{scatter}(\bar{y})")


@primitive
def avg_pool2d(
    x: Array,
    /,
    kernel: int | Pair,
    *,
    stride: int | Pair | None = None,
    padding: int | Pair = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: float | None = None,
) -> Array:
    """The mean of each window: y = 1/k Σ x.

    Shapes are those of `max_pool2d`, and so is `ceil_mode`. Padding is 0 and counts
    among the k elements, unless `count_include_pad` is False; what lies beyond it never
    counts. `divisor_override` is another number for k.

    >>> import numpy as np
    >>> avg_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)[0, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    >>> avg_pool2d(np.ones((1, 2, 2)), 2, 1, 1, count_include_pad=False)[0, 0]
    array([1., 1., 1.])
    """
    plan = pooling("avg_pool2d", x, kernel, stride, padding, ceil_mode=ceil_mode)
    elements = divisor(plan, x, count_include_pad, divisor_override)
    return sums_of_windows(x, plan.windows, plan.count) / elements


def divisor(
    plan: Pooling, x: Any, count_include_pad: bool, divisor_override: float | None
) -> Any:
    """What the sums of windows are divided by: one number, or (OH, OW) numbers."""
    windows = plan.windows
    if divisor_override is not None:
        if isinstance(divisor_override, int | float) and divisor_override != 0:
            return divisor_override
        raise ArgumentError(
            f"avg_pool2d: `divisor_override` is {divisor_override!r}: it must be a "
            f"number other than 0, or None for the number of elements of a window"
        )
    if windows.more == (0, 0) and (count_include_pad or windows.padding == (0, 0)):
        return math.prod(windows.kernel)
    dtype = x.dtype if x.dtype.kind == "f" else float
    size = x.shape[-2], x.shape[-1]
    sizes = sizes_of_windows(size, windows, plan.count, count_include_pad, dtype)
    return brought(sizes, plain(x))


@avg_pool2d.vjp("x", r"\bar{y} / k")
def avg_pool2d_vjp(
    g: Any,
    y: Any,
    x: Any,
    count_include_pad: Any,
    divisor_override: Any,
    **sliding: Any,
) -> Any:
    """Every element of a window takes an equal share of its gradient."""
    plan = pooling("avg_pool2d", x, **sliding)
    share = g / divisor(plan, x, count_include_pad, divisor_override)
    return spread(share, size=x.shape[-2:], windows=plan.windows)


@primitive
def window_sums(x: Array, *, windows: Windows) -> Array:
    """The sum of each window."""
    return sums_of_windows(x, windows, windows.grid("avg_pool2d", x.shape[-2:]))


@primitive
def spread(g: Array, *, size: Pair, windows: Windows) -> Array:
    """Add each element of `g` to its whole window."""
    return spread_over_windows(g, size, windows)


spread.vjp(
    lambda h, y, g, size, windows: window_sums(h, windows=windows),
    r"\mathrm{sums}(\bar{y})",
)
window_sums.vjp(
    lambda h, y, x, windows: spread(h, size=x.shape[-2:], windows=windows),
    r"\mathrm{spread}(\bar{y})",
)
