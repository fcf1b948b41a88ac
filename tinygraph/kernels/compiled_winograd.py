"""Convolution with filters 3x3 as `winograd` has it, with compiled loops for its sums.

What is multiplied is made of an image in one pass, and results of products in another.
So it pays from few channels on: for 32 images of 64 channels, 16x16, and 64 filters, on
one core in float32, forward 4.7 instead of 7 ms; for 16 images of 16 channels, 32x32,
and 32 filters, 1.6 instead of 2.1 ms.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

from ..value import Array
from .compilation import Loops, readable
from .compiled import biases, parts_of_phases
from .lines import SHARES, ConvolutionByLines, equal
from .pieces import apart, multiply
from .windows import NO_MORE, Pair, Shape, Tiles, Windows, tiles
from .winograd import PLACES, filters_for, filters_of, of_gradients
from .workers import memory, shared

WORTH = 10  # F·C / (F + C), from which on it saves a tenth or more
MANY = 16  # the same for the gradient of the filters
WIDE = 14  # columns of results, below which there are many short loops
SQUARES = 256  # at a time at least, of which products are fast
SCRATCH = 1 << 18  # elements of what is multiplied, at least as many at a time


class Planes:
    """Images (N, C, H, W) as squares of pixels, plane by plane; each for 2x2 results.

    A row of squares has one more at its end, which no result needs.
    """

    def __init__(self, image: Shape, before: Pair, results: Shape) -> None:
        n, c, _, width = image
        self.rows, columns = -(-results[2] // 2), -(-results[3] // 2)
        self.line, lines = columns + 1, self.rows + 1
        self.squares = self.rows * self.line
        windows = Windows((4, 4), (2, 2), before, (1, 1))
        self.parts = parts_of_phases(image, windows, (lines, self.line))
        self.steps = 2, 2 * width, self.line, 4 * lines * self.line
        most = 16 * max(c, results[1])
        scratch = max(SCRATCH, most * SQUARES)
        self.tiles = tiles(n, most * self.squares, scratch)

    def pixels(self, loops: ModuleType, x: Array, tile: slice) -> Array:
        """What is multiplied, of some images: (16, C, squares)."""
        squares = (tile.stop - tile.start) * self.squares
        pixels = memory.array("pixels", (16, x.shape[1], squares), x.dtype)
        loops.pixels(x, self.parts, self.steps, pixels, tile.start, tile.stop)
        return pixels

    def correlate(
        self, loops: ModuleType, x: Array, filters: Array, b: Array, y: Array
    ) -> None:
        """y = w ⋆ x + b, of filters (16, F, C)."""
        [x, b] = readable(x, b)

        def work(tiles: Tiles) -> list[None]:
            for tile in tiles:
                pixels = self.pixels(loops, x, tile)
                shape = 16, y.shape[1], pixels.shape[2]
                products = memory.array("products", shape, y.dtype)
                multiply(filters, pixels, products)
                loops.results(products, b, self.line, y, tile.start, tile.stop)
            return []

        shared(work, self.tiles)

    def filter_gradient(self, loops: ModuleType, x: Array, g: Array) -> Array:
        """A sum over images: (16, C, F)."""
        [x] = readable(x)
        shape = 16, x.shape[1], g.shape[1]

        def work(shares: Sequence[Tiles]) -> list[Array]:
            sums = [np.zeros(shape, x.dtype) for _ in shares]
            products = memory.array("products", shape, x.dtype)
            for share, total in zip(shares, sums, strict=True):
                for tile in share:
                    pixels = self.pixels(loops, x, tile)
                    multiply(pixels, self.gradients(g[tile]), products)
                    total += products
            return sums

        return functools.reduce(operator.iadd, shared(work, equal(self.tiles, SHARES)))

    def gradients(self, g: Array) -> Array:
        """What pixels are multiplied by: (16, squares, F), of no result 0."""
        n, f, *_ = g.shape
        g = apart(g, 1)
        four = memory.array("rows", (2, 2, n, self.rows, self.line, f), g.dtype)
        four.view(np.uint8).fill(0)
        for row, column in np.ndindex(2, 2):
            some = g[:, :, row::2, column::2].transpose(0, 2, 3, 1)
            four[row, column, :, : some.shape[1], : some.shape[2]] = some
        across = memory.array("across", (4, *four.shape[1:]), g.dtype)
        of_gradients(four, across)
        sixteen = memory.array("sixteen", (4, 4, *four.shape[2:]), g.dtype)
        of_gradients(across.swapaxes(0, 1), sixteen.swapaxes(0, 1))
        return sixteen.reshape(16, n * self.squares, f)


class CompiledWinograd(ConvolutionByLines):
    """A convolution with filters 3x3, stride 1, and images of some size."""

    def __init__(self, loops: Loops, *sizes: Any) -> None:
        super().__init__(*sizes)
        self.loops = {dtype: some.winograd for dtype, some in loops.items()}
        (top, left), n = self.windows.padding, self.batch[0]
        self.planes = Planes(self.batch, (top, left), self.output)
        results = n, self.batch[1], *self.batch[2:]
        self.back = Planes(self.output, (2 - top, 2 - left), results)

    @staticmethod
    def pays(image: Shape, filters: Shape, windows: Windows, groups: int = 1) -> bool:
        """Whether products take most of the time, and the filters have few numbers."""
        kernel, stride, padding, dilation, more = windows
        simple = kernel == (3, 3) and stride == dilation == (1, 1) and groups == 1
        if not simple or max(padding) > 2 or more != NO_MORE:
            return False
        down, across = windows.grid("conv2d", (image[2], image[3]))
        large = image[0] * down * across >= PLACES and min(across, image[3]) >= WIDE
        return large and CompiledWinograd.many(filters, WORTH)

    @staticmethod
    def many(filters: Shape, worth: int) -> bool:
        """Whether products that are saved are worth so many sums of each channel."""
        f, c, *_ = filters
        return f * c >= worth * (f + c)

    def correlate(self, x: Array, w: Array, b: Array | None) -> Array:
        """y = w ⋆ x + b, (N, F, OH, OW)."""
        loops = self.loops.get(x.dtype)
        if loops is None or w.dtype != x.dtype:
            return super().correlate(x, w, b)
        y = np.empty(self.output, x.dtype)
        filters = filters_for(w, 1).reshape(16, *w.shape[:2])
        self.planes.correlate(loops, x, filters, biases(b, w), y)
        return y

    def filter_gradient(self, x: Array, g: Array) -> Array:
        """The adjoint of `correlate` in w, (F, C, 3, 3): a sum over images."""
        loops = self.loops.get(x.dtype)
        few = not self.many(self.filters, MANY)  # transposed gradients take too long
        if loops is None or g.dtype != x.dtype or g.shape != self.output or few:
            return super().filter_gradient(x, g)
        sums = self.planes.filter_gradient(loops, x, g)
        return filters_of(sums.reshape(4, 4, 1, *sums.shape[1:]))

    def image_gradient(self, g: Array, w: Array) -> Array:
        """The adjoint of `correlate` in x, (N, C, H, W), with filters turned round."""
        loops = self.loops.get(g.dtype)
        if loops is None or w.dtype != g.dtype or g.shape != self.output:
            return super().image_gradient(g, w)
        image = np.empty(self.batch, g.dtype)
        filters = filters_for(w[..., ::-1, ::-1], 1).reshape(16, *w.shape[:2])
        none = np.zeros(w.shape[1], g.dtype)
        self.back.correlate(loops, g, filters.swapaxes(1, 2), none, image)
        return image
