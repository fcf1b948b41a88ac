"""im2col, col2im, and the three products that a convolution and its gradients are.

A convolution is a matrix product: the windows of an image become the columns of a
matrix (im2col), the filters are the rows of another.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Iterator

import numpy as np

from ..value import Array
from .windows import Pair, Windows, crop, pad, strided, tiles


def im2col(x: Array, shape: Windows, count: Pair) -> Array:
    """The windows of a padded image as columns: (N, C·KH·KW, OH·OW)."""
    (n, c), (height, width) = x.shape[:2], shape.kernel
    columns = np.empty((n, c, height, width, *count), x.dtype)
    for (row, column), (rows, across) in shape.offsets(count):
        columns[:, :, row, column] = x[:, :, rows, across]
    return columns.reshape(n, c * height * width, count[0] * count[1])


def col2im(columns: Array, image: Array, shape: Windows, count: Pair) -> None:
    """Add columns back onto a padded image where they came from."""
    by_place = columns.reshape(*image.shape[:2], *shape.kernel, *count)
    for (row, column), (rows, across) in shape.offsets(count):
        image[:, :, rows, across] += by_place[:, :, row, column]


class Convolution:
    """The sizes of one convolution, worked out once, and its three products.

    `image` is (N, C, H, W), `filters` (F, C/groups, KH, KW).
    """

    def __init__(
        self,
        image: tuple[int, ...],
        filters: tuple[int, ...],
        windows: Windows,
        groups: int,
    ) -> None:
        self.windows, self.groups = windows, groups
        self.images, self.channels, *size = image
        self.filters = filters
        self.inner = windows.padded((size[0], size[1]))
        self.count = windows.grid("conv2d", (size[0], size[1]))
        self.places = self.count[0] * self.count[1]
        self.output = (self.images, filters[0], *self.count)
        each, inputs = filters[0] // groups, math.prod(filters[1:])
        self.products = (self.images, groups, each, self.places)
        self.matrix = (groups, each, inputs)

    # im2col, a tile at a time -----------------------------------------------------------

    @functools.cached_property
    def tiles(self) -> list[slice]:
        """Parts of the batch whose columns stay in the cache."""
        (height, width), (down, across) = self.windows.kernel, self.count
        return tiles(self.images, self.channels * height * width * down * across)

    def unfolded(self, x: Array) -> Iterator[tuple[slice, Array]]:
        """Tiles of the batch, each with its columns (n, groups, C/groups·KH·KW, OH·OW).

        Two copies, along the rows of the image and then down, take half the time of
        one: the second copies whole images.  The memory is that of the tile before.
        """
        x = pad(x, self.windows.padding)
        if self.windows.plain():
            yield (
                slice(None),
                x.reshape(self.images, self.groups, self.matrix[2], self.places),
            )
            return
        most, c, (height, width) = (
            self.tiles[0].stop,
            self.channels,
            self.windows.kernel,
        )
        down, across = self.count
        lines = np.empty((most, c, width, self.inner[0], across), x.dtype)
        columns = np.empty((most, c, height, width, down, across), x.dtype)
        matrices = columns.reshape(most, self.groups, self.matrix[2], self.places)
        each_row = self.windows.across(x, across)
        each_column = self.windows.down(lines, down)
        for tile in self.tiles:
            n = tile.stop - tile.start
            np.copyto(lines[:n], each_row[tile])
            np.copyto(columns[:n], each_column[:n])
            yield tile, matrices[:n]

    # The three products -----------------------------------------------------------------

    def correlate(self, x: Array, w: Array, b: Array | None) -> Array:
        """y = w ⋆ x + b, (N, F, OH, OW)."""
        y = np.empty(self.output, np.result_type(x, w))
        products, filters = y.reshape(self.products), w.reshape(self.matrix)
        biases = None if b is None else b.reshape(self.groups, -1, 1)
        for tile, columns in self.unfolded(x):
            part = np.matmul(filters, columns, out=products[tile])
            if biases is not None:
                part += biases
        return y

    def filter_gradient(self, x: Array, g: Array) -> Array:
        """The adjoint of `correlate` in w, (F, C/groups, KH, KW): summed over images."""
        g = np.ascontiguousarray(g).reshape(self.products).swapaxes(2, 3)
        sums = [
            np.add.reduce(np.matmul(columns, g[tile]), axis=0)
            for tile, columns in self.unfolded(x)
        ]
        return functools.reduce(operator.add, sums).swapaxes(1, 2).reshape(self.filters)

    @functools.cached_property
    def shifted_tiles(self) -> list[slice]:
        rows, width = self.windows.kernel
        height, line = self.inner
        return tiles(
            self.images,
            (self.filters[0] * rows + self.channels * width) * height * line,
        )

    def image_gradient(self, g: Array, w: Array) -> Array:
        """The adjoint of `correlate` in x, (N, C, H, W)."""
        g = np.ascontiguousarray(g)
        size = (self.images, self.channels, *self.inner)
        image = np.zeros(size, np.result_type(g, w))
        if self.windows.stride == (1, 1):
            self.fill_shifted(image, g, w)
        else:
            self.fill_by_col2im(image, g, w)
        return crop(image, self.windows.padding)

    def fill_by_col2im(self, image: Array, g: Array, w: Array) -> None:
        """Columns wᵀ g, added back onto the image."""
        filters, g = w.reshape(self.matrix).swapaxes(1, 2), g.reshape(self.products)
        for tile in self.tiles:
            columns = np.matmul(filters, g[tile])
            col2im(columns, image[tile], self.windows, self.count)

    def fill_shifted(self, image: Array, g: Array, w: Array) -> None:
        """wᵀ g between zeros, so that to add columns back is to add shifted images.

        With stride 1, what a pixel gets stands as many pixels further up and left in
        each column as its place in the kernel is down and right.  Shifts down are made
        before the product, of g; shifts to the right are sums over it, in which the
        zeros at the end of each row keep the rows apart.  Two thirds of the time of
        col2im, and fewer columns.
        """
        c, (rows, width), (apart, step) = self.channels, *self.windows[:4:3]
        f, inputs = self.filters[:2]
        each, line, pixels = (
            f // self.groups,
            self.inner[1],
            self.inner[0] * self.inner[1],
        )
        parts = self.shifted_tiles
        most = parts[0].stop
        shifts = np.zeros((most, self.groups, rows * each, pixels), image.dtype)
        products = np.empty((most, self.groups, inputs * width, pixels), image.dtype)
        down = strided(
            shifts,
            (most, self.groups, rows, each, *self.count),
            (f * rows * pixels, each * rows * pixels, each * pixels + apart * line)
            + (pixels, line, 1),
        )
        across = strided(
            products,
            (most, c, width, pixels),
            (c * width * pixels, width * pixels, pixels - step, 1),
        )
        matrices = w.reshape(self.groups, each, inputs, rows, width)
        matrices = matrices.transpose(0, 2, 4, 3, 1).reshape(
            self.groups, inputs * width, rows * each
        )
        flat = image.reshape(self.images, c, pixels)
        g = g.reshape(self.images, self.groups, 1, each, *self.count)
        for tile in parts:
            n = tile.stop - tile.start
            np.copyto(down[:n], g[tile])
            np.matmul(matrices, shifts[:n], out=products[:n])
            np.add.reduce(across[:n], axis=2, out=flat[tile])


convolution = functools.lru_cache(maxsize=256)(Convolution)
