"""im2col, col2im, and the three products that a convolution and its gradients are.

A convolution is a matrix product: the windows of an image become the columns of a
matrix (im2col), the filters are the rows of another.  Columns take KH·KW times the
memory of the image, so they are made for a few images at a time, which stay in the
cache, and made again in the backward pass.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..value import Array
from .windows import Pair, Tiles, Windows, crop, pad, strided, tiles
from .workers import memory, shared

Shape = tuple[int, ...]
FEW = 8  # filters: a product with so few rows takes as long as with twice as many


def im2col(x: Array, shape: Windows, count: Pair) -> Array:
    """The windows of a padded image as columns: (N, C·KH·KW, OH·OW)."""
    (n, c), (height, width) = x.shape[:2], shape.kernel
    columns = np.empty((n, c, height, width, *count), x.dtype)
    for tile in tiles(n, columns[:1].size):
        unfold(x[tile], shape, columns[tile])
    return columns.reshape(n, c * height * width, count[0] * count[1])


def col2im(columns: Array, image: Array, shape: Windows, count: Pair) -> None:
    """Add columns back onto a padded image where they came from."""
    by_place = columns.reshape(*image.shape[:2], *shape.kernel, *count)
    for (row, column), (down, across) in shape.offsets(count):
        image[:, :, down, across] += by_place[:, :, row, column]


def unfold(x: Array, shape: Windows, columns: Array) -> None:
    """Write the windows of padded images into `columns`, (n, C, KH, KW, OH, OW).

    Two copies, along the rows of an image and then down, take half the time of one: the
    second copies whole images.  For that, rows of the kernel go together that meet the
    same rows of the image, which are those a stride apart.
    """
    n, c, height, width, down, across = columns.shape
    (stride, step), (dilation, apart) = shape.stride, shape.dilation
    pixels, line = x.shape[2] * x.shape[3], x.shape[3]
    common = math.gcd(stride, dilation)
    for first in range(min(height, stride // common)):
        to = columns[:, :, first :: stride // common]
        rows = down + dilation // common * (to.shape[2] - 1)
        windows = strided(
            x,
            (n, c, width, rows, across),
            (c * pixels, pixels, apart, stride * line, step),
            first * dilation * line,
        )
        lines = memory.array("lines", windows.shape, x.dtype)
        np.copyto(lines, windows)
        np.copyto(
            to,
            strided(
                lines,
                to.shape,
                (c * width * rows * across, width * rows * across)
                + (dilation // common * across, rows * across, across, 1),
            ),
        )


class Convolution:
    """The sizes of one convolution, worked out once, and its three products.

    `image` is (N, C, H, W), `filters` (F, C/groups, KH, KW).

    Few filters make a product slow.  Then two rows of the result are calculated at a
    time, by twice as many filters of one more row: `block` is 2, and the windows are
    those of a convolution with twice the stride.
    """

    def __init__(
        self, image: Shape, filters: Shape, windows: Windows, groups: int
    ) -> None:
        (n, c, *size), (f, inputs, height, width) = image, filters
        down, across = windows.grid("conv2d", (size[0], size[1]))
        stride = windows.stride[0]
        few = f // groups <= FEW and down % 2 == 0 and windows.dilation[0] == 1
        block = 2 if few and not windows.plain() else 1
        self.groups, self.block, self.filters = groups, block, filters
        self.windows = windows
        self.tall = windows._replace(
            kernel=(height + stride * (block - 1), width),
            stride=(stride * block, windows.stride[1]),
        )
        self.image = (n, c, *windows.padded((size[0], size[1])))
        self.output = (n, f, down, across)
        self.rows = (n, groups, f // groups, down // block, block, across)
        self.columns = (c, *self.tall.kernel, down // block, across)
        self.matrix = (
            groups,
            inputs * math.prod(self.tall.kernel),
            down * across // block,
        )
        self.product = (groups, f // groups * block, self.matrix[2])
        self.tiles = tiles(n, math.prod(self.columns))

    def unfolded(self, x: Array, parts: Tiles) -> Iterator[tuple[slice, Array]]:
        """Tiles of the batch, each with its columns: (n, groups, C/groups·KH·KW, OH·OW).

        The columns of one tile are overwritten by those of the next.
        """
        if self.windows.plain():
            yield from ((t, x[t].reshape(len(x[t]), *self.matrix)) for t in parts)
            return
        columns = memory.array("columns", (longest(parts), *self.columns), x.dtype)
        for tile in parts:
            n = tile.stop - tile.start
            unfold(x[tile], self.tall, columns[:n])
            yield tile, columns[:n].reshape(n, *self.matrix)

    def rows_of(self, y: Array) -> Array:
        """A result, as its product makes it: (N, groups, block, F/groups, OH, OW)."""
        return y.reshape(self.rows).transpose(0, 1, 4, 2, 3, 5)

    def offsets(self) -> Iterator[tuple[int, slice]]:
        """Which rows of the tall kernel the filters are at, in each row of a block."""
        height, stride = self.filters[2], self.windows.stride[0]
        for row in range(self.block):
            yield row, slice(row * stride, row * stride + height)

    def correlate(self, x: Array, w: Array, b: Array | None) -> Array:
        """y = w ⋆ x + b, (N, F, OH, OW)."""
        x, filters = pad(x, self.windows.padding), self.matrices(w)
        y = np.empty(self.output, np.result_type(x, w))
        rows = self.rows_of(y)
        biases = (
            0.0 if b is None else b.reshape(self.groups, 1, len(b) // self.groups, 1, 1)
        )

        def work(parts: Tiles) -> list[None]:
            for tile, columns in self.unfolded(x, parts):
                part = rows[tile]
                products = memory.array("products", (len(part), *self.product), y.dtype)
                np.matmul(filters, columns, out=products)
                np.add(products.reshape(part.shape), biases, out=part)
            return []

        shared(work, self.tiles)
        return y

    def matrices(self, w: Array) -> Array:
        """The filters as matrices, (groups, block·F/groups, C/groups·KH·KW)."""
        w = w.reshape(self.groups, len(w) // self.groups, *self.filters[1:])
        if self.block > 1:
            groups, each, inputs, _, width = w.shape
            height = self.tall.kernel[0]
            tall = np.zeros((groups, self.block, each, inputs, height, width), w.dtype)
            for row, place in self.offsets():
                tall[:, row, :, :, place] = w
            w = tall
        return w.reshape(self.product[:-1] + self.matrix[1:2])

    def filter_gradient(self, x: Array, g: Array) -> Array:
        """The adjoint of `correlate` in w, (F, C/groups, KH, KW): a sum over images."""
        x, g = pad(x, self.windows.padding), np.ascontiguousarray(g)
        rows = self.rows_of(g)

        def work(parts: Tiles) -> list[Array]:
            sums = []
            for tile, columns in self.unfolded(x, parts):
                part = rows[tile].reshape(len(columns), *self.product)
                products = np.matmul(columns, part.swapaxes(2, 3))
                sums.append(np.add.reduce(products, axis=0))
            return sums

        total = functools.reduce(operator.add, shared(work, self.tiles))
        inputs, kernel = self.filters[1], self.tall.kernel
        total = total.reshape(self.groups, inputs, *kernel, self.block, -1)
        filters = sum(total[:, :, place, :, row] for row, place in self.offsets())
        return filters.transpose(0, 4, 1, 2, 3).reshape(self.filters)

    def image_gradient(self, g: Array, w: Array) -> Array:
        """The adjoint of `correlate` in x, (N, C, H, W)."""
        g, dtype = np.ascontiguousarray(g), np.result_type(g, w)
        if self.windows.stride == (1, 1):
            image = np.empty(self.image, dtype)
            self.fill(image, g, w)
        else:
            image = np.zeros(self.image, dtype)
            self.add_back(image, g, w)
        return crop(image, self.windows.padding)

    def add_back(self, image: Array, g: Array, w: Array) -> None:
        """Columns wᵀ g, added back onto the image."""
        n, f, *count = self.output
        matrices = w.reshape(self.groups, f // self.groups, -1).swapaxes(1, 2)
        g = g.reshape(n, self.groups, f // self.groups, math.prod(count))

        def work(parts: Tiles) -> list[None]:
            for tile in parts:
                columns = np.matmul(matrices, g[tile])
                col2im(columns, image[tile], self.windows, (count[0], count[1]))
            return []

        shared(work, self.tiles)

    def fill(self, image: Array, g: Array, w: Array) -> None:
        """wᵀ g between zeros, so that to add columns back is to add shifted images.

        With stride 1, what a pixel gets stands as many pixels further up and left in
        each column as its place in the kernel is down and right.  Shifts down are made
        before the product, of g; shifts to the right are sums over it, in which the
        zeros at the end of each row keep the rows apart.  Two thirds of the time of
        col2im, and fewer columns.
        """
        (n, c, height, line), (f, inputs, rows, width) = image.shape, self.filters
        (apart, step), pixels = self.windows.dilation, height * line
        each, count = f // self.groups, self.output[2:]
        matrices = w.reshape(self.groups, each, inputs, rows, width)
        matrices = matrices.transpose(0, 2, 4, 3, 1)
        matrices = matrices.reshape(self.groups, inputs * width, rows * each)
        flat, g = (
            image.reshape(n, c, pixels),
            g.reshape(n, self.groups, 1, each, *count),
        )

        def work(parts: Tiles) -> list[None]:
            most = longest(parts)
            shifts = memory.array(
                "columns", (most, self.groups, rows * each, pixels), image.dtype
            )
            shifts.fill(0)
            down = strided(
                shifts,
                (most, self.groups, rows, each, *count),
                (f * rows * pixels, rows * each * pixels, each * pixels + apart * line)
                + (pixels, line, 1),
            )
            products = memory.array(
                "products", (most, self.groups, inputs * width, pixels), image.dtype
            )
            across = strided(
                products,
                (most, c, width, pixels),
                (c * width * pixels, width * pixels, pixels - step, 1),
            )
            for tile in parts:
                n = tile.stop - tile.start
                np.copyto(down[:n], g[tile])
                np.matmul(matrices, shifts[:n], out=products[:n])
                np.add.reduce(across[:n], axis=2, out=flat[tile])
            return []

        shared(work, tiles(n, (f * rows + c * width) * pixels))


convolution = functools.lru_cache(maxsize=256)(Convolution)


def longest(parts: Tiles) -> int:
    """The most images that one of the tiles has."""
    return max(tile.stop - tile.start for tile in parts)
