"""Operations on images: convolution and pooling."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...kernels.windows import Windows, windows_for
from ...ops import image, pooling
from .batch import Batch, mixed
from .translation import Translation
from .writer import Call, Value


def on_images(call: Call, x: Value, op_type: str, *more: Any, **options: Any) -> str:
    """A node for images (N, C, H, W), or for one image as a batch of one."""
    if x.ndim == 4:
        return call.node(op_type, x, *more, **options)
    batch = call.node("Unsqueeze", x, call.whole([0]))
    y = call.node(op_type, batch, *more, **options)
    return call.node("Squeeze", y, call.whole([0]))


def per_image(call: Call, **_: Any) -> Batch | None:
    """The batch of images, along axis 0 alone; weights must have none."""
    x, *weights = call.values
    if any(weight.batch for weight in weights):
        raise mixed("its filters depend on the examples")
    if x.batch and (x.ndim != 4 or x.batch.axis):
        raise mixed("the examples are not along axis 0 of images (N, C, H, W)")
    return x.batch


def borders(windows: Windows) -> list[int]:
    """ONNX's padding: above, to the left, below, to the right."""
    (top, left), (below, right) = windows.padding, windows.more
    return [top, left, top + below, left + right]


def sliding(windows: Windows) -> dict[str, Any]:
    """ONNX's options of a sliding window."""
    return {
        "kernel_shape": list(windows.kernel),
        "strides": list(windows.stride),
        "dilations": list(windows.dilation),
        "pads": borders(windows),
    }


def conv2d(
    call: Call,
    x: Value,
    w: Value,
    b: Value | None = None,
    *,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
) -> str:
    """Conv."""
    windows = windows_for("conv2d", w.shape[2:], stride, padding, dilation)  # type: ignore[arg-type]
    more = [w] if b is None else [w, b]
    return on_images(call, x, "Conv", *more, group=int(groups), **sliding(windows))


def conv2d_image(
    call: Call,
    g: Value,
    w: Value,
    *,
    size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
) -> str:
    """ConvTranspose; what the sizes leave open is its output padding."""
    windows = windows_for("conv2d", w.shape[2:], stride, padding, dilation)  # type: ignore[arg-type]
    parts = zip(
        windows.padded(size),
        g.shape[-2:],
        windows.stride,
        windows.spans(),
        strict=True,
    )
    more = [int(whole - (n - 1) * step - span) for whole, n, step, span in parts]
    options = {**sliding(windows), "output_padding": more, "group": int(groups)}
    return on_images(call, g, "ConvTranspose", w, **options)


def windows_of(x: Value, kernel: Any, ceil_mode: bool, *where: Any) -> Windows:
    """The windows of a pooling."""
    windows = windows_for("pooling", kernel, *where)
    return windows.rounded_up(x.shape[-2:]) if ceil_mode else windows  # type: ignore[arg-type]


def max_pool2d(
    call: Call,
    x: Value,
    *,
    kernel: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
) -> str:
    """MaxPool, whose padding counts as −∞, too."""
    windows = windows_of(x, kernel, ceil_mode, stride, padding, dilation)
    x, windows = narrowed(call, x, windows, -math.inf)
    return on_images(call, x, "MaxPool", **sliding(windows))


def avg_pool2d(
    call: Call,
    x: Value,
    *,
    kernel: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: float | None,
) -> str:
    """AveragePool; where other elements count, its sums are divided here."""
    windows = windows_of(x, kernel, ceil_mode, stride, padding)
    own = divisor_override is not None
    counted = bool(count_include_pad) or windows.padding == (0, 0)
    if not (own or counted or is_wide(windows)):
        return on_images(call, x, "AveragePool", **averaging(windows))
    inner, narrow = narrowed(call, x, windows, 0.0)
    options = averaging(narrow) | {"count_include_pad": 1}
    mean = on_images(call, inner, "AveragePool", **options)
    if not own and counted and windows.more == (0, 0):
        return mean
    where = (kernel, stride, padding)
    plan = pooling.pooling("avg_pool2d", as_float(x), *where, ceil_mode=ceil_mode)
    elements = pooling.divisor(plan, as_float(x), count_include_pad, divisor_override)
    return call.node("Mul", mean, math.prod(windows.kernel) / np.asarray(elements))


def averaging(windows: Windows) -> dict[str, Any]:
    """ONNX's options of an average, which knows no dilation before opset 19."""
    options = sliding(windows)
    del options["dilations"]
    return options


def is_wide(windows: Windows) -> bool:
    """Whether there is more padding than a pooling of ONNX may have."""
    kernel = windows.kernel * 2
    return any(n >= size for n, size in zip(borders(windows), kernel, strict=True))


def narrowed(
    call: Call, x: Value, windows: Windows, fill: float
) -> tuple[Value, Windows]:
    """Images and windows without padding, if it is more than ONNX allows."""
    if not is_wide(windows):
        return x, windows
    top, left, below, right = borders(windows)
    zeros = [0] * (x.ndim - 2)
    ends = [*zeros, top, left, *zeros, below, right]
    padded = call.node("Pad", x, call.whole(ends), fill)
    return Value(x.array, padded), windows._replace(padding=(0, 0), more=(0, 0))


def as_float(x: Value) -> Any:
    """The array of a value, in floats."""
    return np.asarray(x.array, float)


def pooled(call: Call, **_: Any) -> Batch | None:
    """The batch of images or channels."""
    [x] = call.values
    if x.batch and x.batch.axis >= x.ndim - 2:
        raise mixed()
    return x.batch


def im2col(
    call: Call, x: Value, *, kernel: Any, stride: Any, padding: Any, dilation: Any
) -> str:
    """Conv with filters that each take one element, for each channel by itself."""
    windows = windows_for("im2col", kernel, stride, padding, dilation)
    channels, places = x.shape[-3], math.prod(windows.kernel)
    one = np.eye(places).reshape(places, 1, *windows.kernel)
    filters = np.tile(one, (channels, 1, 1, 1))
    if not channels * x.shape[0]:
        raise mixed("an array without elements has no columns in ONNX")
    y = on_images(call, x, "Conv", filters, group=channels, **sliding(windows))
    sizes = [0, channels * places, -1] if x.ndim == 4 else [channels * places, -1]
    return call.node("Reshape", y, call.whole(sizes))


def col2im(
    call: Call,
    columns: Value,
    *,
    size: Any,
    kernel: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
) -> str:
    """Col2Im."""
    windows = windows_for("col2im", kernel, stride, padding, dilation)
    options = sliding(windows)
    del options["kernel_shape"]
    sizes = call.whole(list(size)), call.whole(list(windows.kernel))
    if columns.ndim == 3:
        return call.node("Col2Im", columns, *sizes, **options)
    batch = call.node("Unsqueeze", columns, call.whole([0]))
    y = call.node("Col2Im", batch, *sizes, **options)
    return call.node("Squeeze", y, call.whole([0]))


def per_columns(call: Call, **_: Any) -> Batch | None:
    """The batch of columns (N, C·KH·KW, OH·OW)."""
    [columns] = call.values
    if columns.batch and (columns.ndim != 3 or columns.batch.axis):
        raise mixed("the examples are not along axis 0 of (N, C·KH·KW, OH·OW)")
    return columns.batch


IMAGES: dict[Any, Translation] = {
    image.conv2d: Translation(conv2d, per_image),
    image.conv2d_image: Translation(conv2d_image, per_image),
    image.im2col: Translation(im2col, per_image),
    image.col2im: Translation(col2im, per_columns),
    pooling.max_pool2d: Translation(max_pool2d, pooled),
    pooling.avg_pool2d: Translation(avg_pool2d, pooled),
}
