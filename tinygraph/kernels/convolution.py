"""im2col, col2im, and the three products that a convolution and its gradients are.

A convolution is a matrix product: the windows of an image become the columns of a
matrix (im2col), the filters are the rows of another.  Whole batches of columns do not
fit the cache, so images are taken a few at a time.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..value import Array
from .windows import Pair, Windows, crop, pad, view

TILE_BYTES = 1 << 19  # columns of one tile; half of a common second-level cache


def im2col(x: Array, shape: Windows, count: Pair) -> Array:
    """The windows of a padded image as columns: (N, C·KH·KW, OH·OW)."""
    columns = np.empty((*x.shape[:2], *shape.kernel, *count), x.dtype)
    np.copyto(columns, view(x, shape, count))
    rows = x.shape[1] * shape.kernel[0] * shape.kernel[1]
    return columns.reshape(len(x), rows, count[0] * count[1])


def col2im(columns: Array, image: Array, shape: Windows, count: Pair) -> None:
    """Add columns back onto a padded image where they came from."""
    places = shape.kernel[0] * shape.kernel[1]
    kernel_first = columns.reshape(*image.shape[:2], places, *count)
    for place, (rows, across) in enumerate(shape.offsets(count)):
        image[:, :, rows, across] += kernel_first[:, :, place]


def tiles(images: int, bytes_each: int) -> Iterator[slice]:
    """Slices of the batch whose columns stay in the cache."""
    step = max(1, TILE_BYTES // max(1, bytes_each))
    for start in range(0, images, step):
        yield slice(start, min(images, start + step))


def column_bytes(x: Array, shape: Windows, count: Pair) -> int:
    """The size of the columns of one image."""
    kernel = shape.kernel[0] * shape.kernel[1]
    return int(x.shape[1] * kernel * count[0] * count[1] * x.itemsize)


def grouped(matrix: Array, groups: int) -> Array:
    """(..., rows, columns) as (..., groups, rows / groups, columns)."""
    *lead, rows, columns = matrix.shape
    return matrix.reshape(*lead, groups, rows // groups, columns)


def correlate(x: Array, w: Array, shape: Windows, count: Pair, groups: int) -> Array:
    """y = w ⋆ x, (N, C, H, W) and (F, C/groups, KH, KW) to (N, F, OH, OW)."""
    filters = grouped(w.reshape(len(w), -1), groups)
    y = np.empty((len(x), len(w), count[0] * count[1]), np.result_type(x, w))
    x = pad(x, shape.padding)
    for tile in tiles(len(x), column_bytes(x, shape, count)):
        columns = grouped(im2col(x[tile], shape, count), groups)
        np.matmul(filters, columns, out=grouped(y[tile], groups))
    return y.reshape(*y.shape[:2], *count)


def image_gradient(
    g: Array, w: Array, size: Pair, shape: Windows, groups: int
) -> Array:
    """The adjoint of `correlate` in x: (N, F, OH, OW) back to (N, C, H, W)."""
    images, count = len(g), g.shape[2:]
    filters = grouped(w.reshape(len(w), -1), groups).swapaxes(-1, -2)
    channels = w.shape[1] * groups
    image = np.zeros((images, channels, *shape.padded(size)), np.result_type(g, w))
    flat = g.reshape(images, g.shape[1], count[0] * count[1])
    for tile in tiles(images, column_bytes(image, shape, (count[0], count[1]))):
        columns = np.matmul(filters, grouped(flat[tile], groups))
        col2im(columns, image[tile], shape, (count[0], count[1]))
    return crop(image, shape.padding)


def filter_gradient(x: Array, g: Array, shape: Windows, groups: int) -> Array:
    """The adjoint of `correlate` in w: (F, C/groups, KH, KW), summed over the batch."""
    count = (g.shape[2], g.shape[3])
    flat = g.reshape(len(g), g.shape[1], count[0] * count[1])
    x = pad(x, shape.padding)
    inputs = x.shape[1] // groups
    rows = inputs * shape.kernel[0] * shape.kernel[1]
    total = np.zeros((groups, g.shape[1] // groups, rows), np.result_type(x, g))
    for tile in tiles(len(x), column_bytes(x, shape, count)):
        columns = grouped(im2col(x[tile], shape, count), groups)
        products = np.matmul(grouped(flat[tile], groups), columns.swapaxes(-1, -2))
        total += products.sum(axis=0)
    return total.reshape(g.shape[1], inputs, *shape.kernel)
