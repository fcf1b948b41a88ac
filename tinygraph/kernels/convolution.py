"""The three products that a convolution and its gradients are.

A convolution is a matrix product: the windows of an image become the columns of a
matrix (im2col), the filters are the rows of another. Columns take KH·KW times the
memory of the image, so they are made for a few images at a time, which stay in the
cache, and made again in the backward pass: 2 instead of 60 MB for the first layer of
the slides' network and 256 images.

Times here and below are those of one core for that layer, 32 images 3x32x32 in float32.
Large products are made in pieces, and gradients transposed for them: for 32 filters 5x5
forward 2.3 instead of 3 ms, filters 2.8 instead of 3.1.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..value import ELSEWHERE, Array
from .compilation import chosen, readable
from .pieces import SMALL, multiply, transposed
from .sums import column_sums, row_sums
from .unfolding import Unfolding, col2im
from .windows import Shape, Tiles, Windows, bordered, crop, longest, strided, tiles
from .workers import PASS, for_each, memory, shared

MANY = 64  # places of a kernel, from which on to transpose gradients saves more time
FEW = 8  # filters: their product takes as long as that of twice as many


class Convolution:
    """The sizes of one convolution, planned once, and its three products.

    `image` is (N, C, H, W), `filters` (F, C/groups, KH, KW).

    Few filters make a product slow. Then two rows of the result are calculated at a
    time, by twice as many filters that are one row taller (`block` is 2): 0.94 instead
    of 1.2 ms forward, 1.06 instead of 1.4 ms for the gradient of the filters.
    """

    def __init__(
        self, image: Shape, filters: Shape, windows: Windows, groups: int
    ) -> None:
        (n, c, *size), (f, inputs, height, width) = image, filters
        down, across = windows.grid("conv2d", (size[0], size[1]))
        stride, dilation = windows.stride[0], windows.dilation[0]
        few = n > 1 and f // groups <= FEW and down % 2 == 0 and dilation == 1
        block = 2 if few and not windows.plain() else 1
        self.windows, self.groups, self.block = windows, groups, block
        self.filters = filters
        self.tall = windows._replace(
            kernel=(height + stride * (block - 1), width),
            stride=(stride * block, windows.stride[1]),
        )
        self.image = (n, c, *windows.padded((size[0], size[1])))
        self.output = (n, f, down, across)
        self.places = [
            (row, slice(row * stride, row * stride + height)) for row in range(block)
        ]
        each = f // groups
        self.apart = (n, groups, each, down // block, block, across)
        self.biases = (groups, each, 1) if block == 1 else (groups, 1, each, 1, 1)
        kernel = inputs * math.prod(self.tall.kernel)
        self.matrix = (groups, each * block, kernel)
        self.columns = (groups, kernel, down * across // block)
        self.product = (*self.matrix[:2], self.columns[2])
        # Of small ones, a look at their sizes would take as long as it saves.
        self.large = math.prod(self.product) // groups * kernel > SMALL
        self.multiply = multiply if self.large else np.matmul
        self.tiles = tiles(n, math.prod(self.columns))
        product = longest(self.tiles) * math.prod(filters) * down * across
        self.call = product / (height + 1)  # and at least a pass for each row
        self.unfolding = functools.lru_cache(
            functools.partial(Unfolding, self.image, self.tall, (down // block, across))
        )

    def unfolded(self, x: Array, parts: Tiles) -> Iterator[tuple[slice, Array]]:
        """Tiles of the batch, each with its columns (n, groups, C/groups·KH·KW, OH·OW).

        The columns of one tile are overwritten by those of the next.
        """
        if self.windows.plain():
            pixels = x.reshape(len(x), *self.columns)
            return ((tile, pixels[tile]) for tile in parts)
        return self.unfolding(x.itemsize).run(x, parts, self.columns)

    def rows_of(self, y: Array) -> Array:
        """A result as the product makes it, (N, groups, F/groups, OH·OW).

        With blocks, it is (N, groups, block, F/groups, OH, OW).
        """
        if self.block == 1:
            return y.reshape(len(y), *self.product)
        return y.reshape(self.apart).transpose(0, 1, 4, 2, 3, 5)

    def correlate(self, x: Array, w: Array, b: Array | None) -> Array:
        """y = w ⋆ x + b, (N, F, OH, OW)."""
        x, matrices = bordered(x, self.windows), self.matrices(w)
        y = np.empty(self.output, common(x, w))
        rows = self.rows_of(y)
        biases = 0 if b is None else b.reshape(self.biases)

        def work(parts: Tiles) -> list[None]:
            for tile, columns in self.unfolded(x, parts):
                part = rows[tile]
                if self.block == 1:
                    self.multiply(matrices, columns, part)
                    part += biases
                else:
                    product = np.matmul(matrices, columns)
                    np.add(product.reshape(part.shape), biases, out=part)
            return []

        shared(work, self.tiles, self.call)
        return y

    def matrices(self, w: Array) -> Array:
        """The filters as rows of matrices, once for each row of a block."""
        if self.block == 1:
            return w.reshape(self.matrix)
        each = w.reshape(*self.apart[1:3], *w.shape[1:])
        groups, filters, inputs, _, width = each.shape
        tall = (groups, self.block, filters, inputs, self.tall.kernel[0], width)
        matrices = np.zeros(tall, w.dtype)
        for row, place in self.places:
            matrices[:, row, :, :, place] = each
        return matrices.reshape(self.matrix)

    def filter_gradient(self, x: Array, g: Array) -> Array:
        """The adjoint of `correlate` in w, (F, C/groups, KH, KW): a sum over images."""
        x, g = bordered(x, self.windows), np.ascontiguousarray(g)
        rows = self.rows_of(g)

        def work(parts: Tiles) -> list[Array]:
            sums = []
            for tile, columns in self.unfolded(x, parts):
                part = rows[tile]
                if self.large and self.block == 1:
                    products = self.in_pieces(columns, part)
                elif self.block == 1:
                    products = np.matmul(columns, part.swapaxes(2, 3))
                else:  # with twice the rows it is the other way round that is faster
                    part = part.reshape(len(columns), *self.product)
                    products = np.matmul(part, columns.swapaxes(2, 3)).swapaxes(2, 3)
                sums.append(np.add.reduce(products, axis=0))
            return sums

        sums = shared(work, self.tiles, self.call)
        if not sums:
            return np.zeros(self.filters, common(x, g))
        return self.from_matrices(functools.reduce(operator.add, sums))

    def in_pieces(self, columns: Array, rows: Array) -> Array:
        """Columns times transposed rows; the fewer of both are what is transposed.

        They are copied if that takes less time. With 48 channels and 96 filters 1x1, it
        takes 0.62 of the time that it takes to transpose the rows.
        """
        if columns.shape[2] < rows.shape[2]:
            return self.in_pieces(rows, columns).swapaxes(2, 3)
        long = columns.shape[2] >= MANY
        rows = transposed(rows) if long else rows.swapaxes(2, 3)
        shape = (*columns.shape[:3], rows.shape[3])
        products = memory.array("product", shape, np.result_type(columns, rows))
        multiply(columns, rows, products)
        return products

    def from_matrices(self, sums: Array) -> Array:
        """The adjoint of `matrices`, of matrices that are transposed."""
        if self.block == 1:
            return sums.swapaxes(1, 2).reshape(self.filters)
        each, inputs = self.filters[0] // self.groups, self.filters[1]
        sums = sums.reshape(self.groups, inputs, *self.tall.kernel, self.block, each)
        parts = [sums[:, :, place, :, row] for row, place in self.places]
        filters = functools.reduce(operator.add, parts)
        return filters.transpose(0, 4, 1, 2, 3).reshape(self.filters)

    def image_gradient(self, g: Array, w: Array) -> Array:
        """The adjoint of `correlate` in x, (N, C, H, W)."""
        g, dtype = np.ascontiguousarray(g), common(g, w)
        if self.windows.plain():
            image = np.empty(self.image, dtype)
            self.fill_plain(image, g, w)
        elif self.windows.kernel == (1, 1):
            image = np.zeros(self.image, dtype)
            self.fill_steps(image, g, w)
        elif self.windows.stride == (1, 1):
            image = np.empty(self.image, dtype)
            self.fill(image, g, w)
        else:
            image = np.zeros(self.image, dtype)
            self.add_back(image, g, w)
        return crop(image, self.windows)

    def add_back(self, image: Array, g: Array, w: Array) -> None:
        """Columns wᵀ g, added back onto the image."""
        n, f, down, across = self.output
        if self.groups == 1 and self.image[1] >= across:
            self.add_pixels_back(image, g, w)
            return
        each = f // self.groups
        matrices = w.reshape(self.groups, each, math.prod(w.shape[1:])).swapaxes(1, 2)
        g = g.reshape(n, self.groups, each, down * across)

        def calculate(tile: slice) -> None:
            columns = np.matmul(matrices, g[tile])
            col2im(columns, image[tile], self.windows, (down, across))

        for_each(self.tiles, calculate, self.call)

    def add_pixels_back(self, image: Array, g: Array, w: Array) -> None:
        """The same with the channels of each pixel side by side.

        NumPy adds rows, and a row of channels is the longer one in small images: onto
        16 images of 32 channels and 10x10 pixels, with 4x4 kernels from 64 channels of
        4x4, 0.35 instead of 0.72 ms.
        """
        (n, f, *count), (c, *size) = self.output, self.image[1:]
        matrix = w.transpose(0, 2, 3, 1).reshape(f, math.prod(w.shape[1:]))
        g, windows = g.reshape(n, f, math.prod(count)).swapaxes(1, 2), self.windows

        def calculate(tile: slice) -> None:
            parts = len(g[tile])
            rows = memory.array("rows", g[tile].shape, g.dtype)
            rows[:] = g[tile]
            shape = (rows.size // f, matrix.shape[1])
            columns = memory.array("columns", shape, image.dtype)
            np.matmul(rows.reshape(-1, f), matrix, out=columns)
            by_place = columns.reshape(parts, *count, *windows.kernel, c)
            pixels = memory.array("pixels", (parts, *size, c), image.dtype)
            pixels.fill(0)
            for (row, column), (below, right) in windows.offsets((count[0], count[1])):
                pixels[:, below, right] += by_place[:, :, :, row, column]
            image[tile] = pixels.transpose(0, 3, 1, 2)

        for_each(tiles(n, g.shape[1] * matrix.shape[1]), calculate, self.call)

    def fill_plain(self, image: Array, g: Array, w: Array) -> None:
        """Columns wᵀ g, which are the image where each pixel is a window."""
        n, f, down, across = self.output
        matrices = w.reshape(self.groups, f // self.groups, w.shape[1]).swapaxes(1, 2)
        g = g.reshape(n, *self.product)
        pixels = image.reshape(n, self.groups, w.shape[1], down * across)

        def calculate(tile: slice) -> None:
            np.matmul(matrices, g[tile], out=pixels[tile])

        for_each(self.tiles, calculate, self.call)

    def fill_steps(self, image: Array, g: Array, w: Array) -> None:
        """The same where every s-th pixel is a window, and the others get 0.

        For 16 images of 32 channels, 16x16, and 64 filters with stride 2, 0.07 instead
        of 0.17 ms with `add_back`.
        """
        n, f, *size = self.output
        matrices = w.reshape(self.groups, f // self.groups, w.shape[1]).swapaxes(1, 2)
        g = g.reshape(n, self.groups, f // self.groups, math.prod(size))
        down, across = (self.windows.places(i, size[i])[0] for i in (0, 1))
        steps = image[:, :, down, across]

        def calculate(tile: slice) -> None:
            product = np.matmul(matrices, g[tile])
            steps[tile] = product.reshape(-1, *steps.shape[1:])

        for_each(self.tiles, calculate, self.call)

    @functools.cached_property
    def shifts(self) -> Shifts:
        """The sizes and strides that `fill` needs."""
        (n, c, height, line), (f, inputs, rows, width) = self.image, self.filters
        (apart, step), pixels = self.windows.dilation, height * line
        each = f // self.groups
        one, group, part = f * rows * pixels, rows * each * pixels, width * pixels
        return Shifts(
            tiles(n, (f * rows + c * width) * pixels),
            (self.groups, rows * each, pixels),
            (self.groups, rows, each, *self.output[2:]),
            (one, group, each * pixels + apart * line, pixels, line, 1),
            (self.groups, inputs * width, pixels),
            (c, width, pixels),
            (c * part, part, pixels - step, 1),
        )

    def fill(self, image: Array, g: Array, w: Array) -> None:
        """wᵀ g between zeros, so that to add columns back is to add shifted images.

        With stride 1, what a pixel gets stands as many pixels further up and left in
        each column as its place in the kernel is down and right. Shifts down are made
        before the product, of g; shifts to the right are sums over it, in which the
        zeros at the end of each row keep the rows apart. For the second layer of the
        slides' network 0.76 ms, and 1.7 with `add_back`.
        """
        shifts, groups = self.shifts, self.groups
        matrices = w.reshape(groups, w.shape[0] // groups, *w.shape[1:])
        matrices = matrices.transpose(0, 2, 4, 3, 1)  # (groups, C/groups, KW, KH, ...)
        matrices = matrices.reshape(groups, shifts.product[1], shifts.zeros[1])
        flat = image.reshape(*self.image[:2], shifts.zeros[2])
        g = g.reshape(len(g), groups, 1, *shifts.down[2:])

        def work(parts: Tiles) -> list[None]:
            most = longest(parts)
            zeros = memory.array("columns", (most, *shifts.zeros), image.dtype)
            zeros.view(np.uint8).fill(0)  # bytes are set in a tenth of the time
            down = strided(zeros, (most, *shifts.down), shifts.down_steps)
            product = memory.array("product", (most, *shifts.product), image.dtype)
            across = strided(product, (most, *shifts.across), shifts.across_steps)
            for tile in parts:
                n = tile.stop - tile.start
                down[:n] = g[tile]
                np.matmul(matrices, zeros[:n], out=product[:n])
                np.add.reduce(across[:n], axis=2, out=flat[tile])
            return []

        call = PASS * longest(shifts.tiles) * math.prod(shifts.zeros) / 3
        shared(work, shifts.tiles, call)


class Shifts(NamedTuple):
    """How gradients lie between zeros, and how their product with filters is added up.

    Shapes are those of one image; strides count elements.
    """

    tiles: Tiles
    zeros: Shape  # (groups, KH·F/groups, H·W)
    down: Shape  # the place of g among them, once for each row of the kernel
    down_steps: Shape
    product: Shape  # (groups, C/groups·KW, H·W)
    across: Shape  # (C, KW, H·W), one pixel further left for each column of the kernel
    across_steps: Shape


def common(x: Array, y: Array) -> np.dtype[Any]:
    """The type of what is calculated from both."""
    return x.dtype if x.dtype == y.dtype else np.result_type(x, y)


def sums_of_channels(g: Array) -> Array:
    """The sum of each channel over the images (N, C, H, W)."""
    if type(g) in ELSEWHERE:
        return np.sum(g, axis=(0, 2, 3))
    loops = chosen.get().get(g.dtype)
    if loops is None:
        n, f, rows, columns = g.shape
        return column_sums(row_sums(g.reshape(n, f, rows * columns)))
    sums = np.zeros(g.shape[1], g.dtype)
    loops.sums_of_channels(*readable(g), sums)
    return sums
