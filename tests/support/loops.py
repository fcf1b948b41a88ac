"""Operations on images written as plain loops: slow, and short enough to be believed.

The operations of tinygraph must give the same results.
"""

import itertools
import math

import numpy as np


def pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


def bordered(x, padding, fill=0.0):
    top, left = pair(padding)
    width = ((0, 0), (0, 0), (top, top), (left, left))
    return np.pad(x, width, constant_values=fill)


def window_count(size, kernel, stride, padding, dilation=1):
    spans = [
        (d * (k - 1) + 1) for k, d in zip(pair(kernel), pair(dilation), strict=True)
    ]
    parts = zip(size, pair(padding), spans, pair(stride), strict=True)
    return tuple((n + 2 * p - span) // step + 1 for n, p, span, step in parts)


def each_window(x, kernel, stride=1, padding=0, dilation=1, fill=0.0):
    """Yield (row, column, window) with windows of shape (N, C, KH, KW)."""
    rows, columns = window_count(x.shape[2:], kernel, stride, padding, dilation)
    image = bordered(x, padding, fill)
    (height, width), (down, across) = pair(kernel), pair(stride)
    tall, wide = pair(dilation)
    for i, j in itertools.product(range(rows), range(columns)):
        vertical = [i * down + k * tall for k in range(height)]
        horizontal = [j * across + k * wide for k in range(width)]
        yield i, j, image[:, :, vertical][:, :, :, horizontal]


def im2col(x, kernel, stride=1, padding=0, dilation=1):
    windows = each_window(x, kernel, stride, padding, dilation)
    rows = x.shape[1] * math.prod(pair(kernel))
    columns = [window.reshape(len(x), rows) for _, _, window in windows]
    return np.stack(columns, axis=-1)


def col2im(columns, size, kernel, stride=1, padding=0, dilation=1):
    channels = columns.shape[1] // math.prod(pair(kernel))
    shape = (len(columns), channels, *size)
    numbers = np.arange(1.0, 1 + math.prod(shape)).reshape(shape)
    sources = im2col(numbers, kernel, stride, padding, dilation).astype(int)
    image = np.zeros(1 + math.prod(shape), columns.dtype)
    for source, value in zip(sources.ravel(), columns.ravel(), strict=True):
        image[source] += value
    return image[1:].reshape(shape)


def conv2d(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    if x.ndim == 3:
        return conv2d(x[None], w, b, stride, padding, dilation, groups)[0]
    if padding in ("same", "valid"):
        spans = [d * (k - 1) for k, d in zip(w.shape[2:], pair(dilation), strict=True)]
        if padding == "same":
            x = np.pad(x, [(0, 0), (0, 0), *((n // 2, n - n // 2) for n in spans)])
        padding = 0
    count = window_count(x.shape[2:], w.shape[2:], stride, padding, dilation)
    y = np.zeros((len(x), len(w), *count), np.result_type(x, w))
    windows = list(each_window(x, w.shape[2:], stride, padding, dilation))
    for n, f in itertools.product(range(len(x)), range(len(w))):
        first = f // (len(w) // groups) * w.shape[1]
        for i, j, window in windows:
            seen = window[n, first : first + w.shape[1]]
            y[n, f, i, j] = np.sum(seen * w[f])
    return y if b is None else y + b[:, None, None]


def conv_transpose2d(
    x, w, b=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """Each pixel adds its filters to a large enough result, which is then cut out."""
    if x.ndim == 3:
        more = (stride, padding, output_padding, groups, dilation)
        return conv_transpose2d(x[None], w, b, *more)[0]
    (down, across), (top, left) = pair(stride), pair(padding)
    (tall, wide), (height, width) = pair(dilation), w.shape[2:]
    full = [
        (n - 1) * s + d * (k - 1) + 1 + extra
        for n, s, d, k, extra in zip(
            x.shape[2:],
            *map(pair, (stride, dilation)),
            w.shape[2:],
            pair(output_padding),
            strict=True,
        )
    ]
    each = w.shape[1]
    y = np.zeros((len(x), each * groups, *full), np.result_type(x, w))
    for n, c, i, j in np.ndindex(x.shape):
        group = c // (len(w) // groups)
        for k, m in np.ndindex(height, width):
            place = (i * down + k * tall, j * across + m * wide)
            channels = slice(group * each, (group + 1) * each)
            y[(n, channels, *place)] += x[n, c, i, j] * w[c, :, k, m]
    y = y[:, :, top : full[0] - top, left : full[1] - left]
    return y if b is None else y + b[:, None, None]


def starts(size, kernel, stride, padding, dilation, ceil_mode):
    """Where windows start along one axis, by PyTorch's rule."""
    span = dilation * (kernel - 1) + 1
    rounded = math.ceil if ceil_mode else math.floor
    steps = rounded((size + 2 * padding - span) / stride)
    return [
        i * stride - padding for i in range(steps + 1) if i * stride - padding < size
    ]


def pooled(reduce, x, kernel, stride=None, padding=0, dilation=1, ceil_mode=False):
    """`reduce` of the pixels under each window, and of how many with padding."""
    stride = kernel if stride is None else stride
    axes = [
        *zip(x.shape[-2:], *map(pair, (kernel, stride, padding, dilation)), strict=True)
    ]
    places = [starts(*axis, ceil_mode) for axis in axes]
    y = np.empty((*x.shape[:-2], *map(len, places)), x.dtype)
    for place in np.ndindex(*map(len, places)):
        taps = [
            [first[i] + d * tap for tap in range(k)]
            for first, i, (_, k, _, _, d) in zip(places, place, axes, strict=True)
        ]
        inside, counted = [], 1
        for ts, (n, _, _, p, _) in zip(taps, axes, strict=True):
            inside.append([t for t in ts if 0 <= t < n])
            counted *= len([t for t in ts if -p <= t < n + p])
        y[(..., *place)] = reduce(x[..., inside[0], :][..., inside[1]], counted)
    return y


def max_pool2d(x, kernel, **more):
    return pooled(lambda window, _: window.max(axis=(-2, -1)), x, kernel, **more)


def avg_pool2d(x, kernel, count_include_pad=True, divisor_override=None, **more):
    def mean(window, counted):
        elements = counted if count_include_pad else window.shape[-2] * window.shape[-1]
        return window.sum(axis=(-2, -1)) / (divisor_override or elements)

    return pooled(mean, x, kernel, **more)
