"""Operations on images written as plain loops: slow, and short enough to be believed.

They stand beside the operations of tinygraph as what those must equal.
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
    count = window_count(x.shape[2:], w.shape[2:], stride, padding, dilation)
    y = np.zeros((len(x), len(w), *count), np.result_type(x, w))
    windows = list(each_window(x, w.shape[2:], stride, padding, dilation))
    for n, f in itertools.product(range(len(x)), range(len(w))):
        first = f // (len(w) // groups) * w.shape[1]
        for i, j, window in windows:
            seen = window[n, first : first + w.shape[1]]
            y[n, f, i, j] = np.sum(seen * w[f])
    return y if b is None else y + b[:, None, None]


def conv_transpose2d(x, w, b=None, stride=1, padding=0):
    (down, across), (top, left) = pair(stride), pair(padding)
    images, _, rows, columns = x.shape
    height, width = w.shape[2:]
    full = ((rows - 1) * down + height, (columns - 1) * across + width)
    y = np.zeros((images, w.shape[1], *full), np.result_type(x, w))
    for n, c, i, j in np.ndindex(x.shape):
        place = (slice(i * down, i * down + height),)
        place += (slice(j * across, j * across + width),)
        y[(n, slice(None), *place)] += x[n, c, i, j] * w[c]
    y = y[:, :, top : full[0] - top, left : full[1] - left]
    return y if b is None else y + b[:, None, None]


def pooled(reduce, fill, x, kernel, stride=None, padding=0):
    stride = kernel if stride is None else stride
    count = window_count(x.shape[2:], kernel, stride, padding)
    y = np.empty((*x.shape[:2], *count), x.dtype)
    for i, j, window in each_window(x, kernel, stride, padding, fill=fill):
        y[:, :, i, j] = reduce(window, axis=(2, 3))
    return y


def max_pool2d(x, kernel, stride=None, padding=0):
    return pooled(np.max, -np.inf, x, kernel, stride, padding)


def avg_pool2d(x, kernel, stride=None, padding=0):
    return pooled(np.mean, 0.0, x, kernel, stride, padding)
