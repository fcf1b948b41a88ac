"""Convolution by rows of pixels: the channels of each pixel lie side by side.

Small images have short rows, so columns and widened rows (`unfolding`, `lines`) are
copied in short runs, the more so with strides. Here images are transposed, (N, H, W,
C). Then a row of a window is KW·C numbers side by side, wherever the next window
starts, and the windows of many images are the rows of one matrix,

    y  =  rows(x) w      rows (N·OH·OW, KH·KW·C), w (KH·KW·C, F), y (N·OH·OW, F)

which is transposed back. The gradient of the filters is one product with the same rows.

On one core in float32, forward, filters and image, as parts of the time before: 16
images of 32 channels, 8x8, and 64 filters 4x4 with stride 2, 0.78, 0.50 and 0.83; 64
images of 32 channels, 8x8, 32 filters 3x3 with stride 2, 0.62, 0.69 and 0.82; 64 images
of 16 channels, 7x7, 32 filters 3x3, 0.76, 0.87 and 0.71. Where rows of results are
whole lines of the cache, as in images 16x16, `lines` is up to a quarter faster.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..value import Array
from .convolution import Convolution, common
from .lines import SHARES, ConvolutionByLines, Products, equal
from .pieces import VECTOR, apart, multiply
from .sliding import Sliding
from .windows import Pair, Shape, Tiles, Windows, longest, strided, tiles
from .workers import memory, shared

SCRATCH = 1 << 18  # elements of the rows of a tile
LARGE = 1 << 16  # bytes of an image whose channels do not stay in the cache
RUN = 36  # numbers of a row of a window, from which on it is faster
FILTERS = 12  # from which on the product is
CACHED = 1 << 18  # numbers of all filters, which stay in the cache
PLACES = 512  # results of an image and a filter; with more, lines are long
LEAST = 1 << 12  # numbers of the results' channels


def span(axis: Sliding) -> tuple[int, slice, slice]:
    """The pixels from the first to the last that windows meet: their number with all
    padding, those of the image, and where these are among them.

    >>> span(Sliding(kernel=3, stride=1, dilation=1, place=-1, size=4, windows=4))
    (6, slice(0, 4, None), slice(1, 5, None))
    """
    length = (axis.windows - 1) * axis.stride + (axis.kernel - 1) * axis.dilation + 1
    start = max(0, axis.place)
    end = max(start, min(axis.size, axis.place + length))
    return length, slice(start, end), slice(start - axis.place, end - axis.place)


class Pixels:
    """Images (N, C, H, W) as rows of windows, and the products with filters."""

    def __init__(
        self, images: int, channels: int, down: Sliding, across: Sliding
    ) -> None:
        (height, *self.rows), (width, *self.columns) = span(down), span(across)
        self.channels, self.kernel = channels, (down.kernel, across.kernel)
        self.count = down.windows, across.windows
        self.places, self.each = (
            math.prod(self.count),
            channels * math.prod(self.kernel),
        )
        self.padded = height, width, channels
        line = width * channels
        self.windows = *self.count, *self.kernel, channels
        self.steps = (
            height * line,
            *(down.stride * line, across.stride * channels),
            *(down.dilation * line, across.dilation * channels, 1),
        )
        self.tiles = tiles(images, self.places * self.each, SCRATCH)
        self.shares = equal(self.tiles, SHARES)

    def call(self, filters: int) -> float:
        """The size of a typical call of a tile: of four, one is a product."""
        return longest(self.tiles) * self.places * self.each * filters / 4

    def unfolded(self, x: Array, parts: Tiles) -> Iterator[tuple[slice, Array]]:
        """Tiles of the batch, each with its rows (n·OH·OW, KH·KW·C).

        The rows of one tile are overwritten by those of the next.
        """
        most = longest(parts)
        padded = memory.array("padded", (most, *self.padded), x.dtype)
        padded.view(np.uint8).fill(0)  # bytes are set in a tenth of the time
        windows = strided(padded, (most, *self.windows), self.steps)
        rows = memory.array("columns", windows.shape, x.dtype)
        down, across = self.rows, self.columns
        inside = padded[:, down[1], across[1]]
        x = x[:, :, down[0], across[0]]
        for tile in parts:
            n = tile.stop - tile.start
            images = x[tile]
            if x.strides[0] >= LARGE:
                images = apart(images, 1, "images")
            inside[:n] = images.transpose(0, 2, 3, 1)
            rows[:n] = windows[:n]
            yield tile, rows[:n].reshape(n * self.places, self.each)

    def correlate(self, x: Array, w: Array, b: Array | None, y: Array) -> None:
        """y = w ⋆ x + b, (N, F, OH, OW), of filters (F, C, KH, KW)."""
        f = len(w)
        matrix = np.ascontiguousarray(w.transpose(2, 3, 1, 0)).reshape(self.each, f)

        def work(parts: Tiles) -> list[None]:
            for tile, rows in self.unfolded(x, parts):
                product = memory.array("product", (len(rows), f), y.dtype)
                multiply(rows, matrix, product)
                if b is not None:
                    product += b
                pixels = product.reshape(-1, *self.count, f)
                y[tile] = pixels.transpose(0, 3, 1, 2)
            return []

        shared(work, self.tiles, self.call(f))

    def filter_gradient(self, x: Array, g: Array) -> Array:
        """The adjoint of `correlate` in w: a sum over images."""
        f, dtype = g.shape[1], common(x, g)

        def work(shares: Sequence[Tiles]) -> list[Array]:
            return [self.sum_of_products(x, g, share, dtype) for share in shares]

        sums = shared(work, self.shares, self.call(f))
        total = functools.reduce(operator.iadd, sums)
        filters = total.reshape(f, *self.kernel, self.channels)
        return np.ascontiguousarray(filters.transpose(0, 3, 1, 2))

    def sum_of_products(self, x: Array, g: Array, parts: Tiles, dtype: Any) -> Array:
        """The gradient of the filters from some tiles, (F, KH·KW·C)."""
        f = g.shape[1]
        total = np.empty((f, self.each), dtype)
        for tile, rows in self.unfolded(x, parts):
            results = memory.array("rows", (f, len(rows)), g.dtype)
            results.reshape(f, -1, *self.count)[...] = g[tile].swapaxes(0, 1)
            if tile is parts[0]:
                multiply(results, rows, total)
            else:
                product = memory.array("product", total.shape, dtype)
                multiply(results, rows, product)
                total += product
        return total


class ConvolutionByPixels(ConvolutionByLines):
    """A convolution of windows that have many numbers, in images of few."""

    @staticmethod
    def pays(image: Shape, filters: Shape, windows: Windows, groups: int = 1) -> bool:
        """Whether it is faster for the products with the windows of the image."""
        count = windows.grid("conv2d", (image[2], image[3]))
        few = image[0] < 2 or image[0] * image[1] * math.prod(count) < LEAST
        return groups == 1 and not few and pay(filters, count)

    def products(
        self, channels: int, filters: int, down: Sliding, side: Sliding
    ) -> Products:
        """By rows of pixels or by lines, whichever is faster."""
        kernel, count = (down.kernel, side.kernel), (down.windows, side.windows)
        if pay((filters, channels, *kernel), count):
            return Pixels(self.batch[0], channels, down, side)
        return super().products(channels, filters, down, side)


class ImagesByPixels(ConvolutionByPixels):
    """A convolution by columns, which a replay makes once, and its image by pixels.

    What is small or a single image has few columns, and the zeros between the rows of a
    gradient take longer: for an image of 64 channels, 8x8, and 64 filters 3x3, 0.08
    instead of 0.12 ms, and with 256 channels, 4x4, half the time.
    """

    @staticmethod
    def pays(image: Shape, filters: Shape, windows: Windows, groups: int = 1) -> bool:
        """Whether it takes less time for the gradient of the image."""
        f, channels, height, width = filters
        long = f * width >= RUN and channels >= FILTERS and height > 1
        return groups == 1 and windows.stride == (1, 1) and long

    correlate = Convolution.correlate
    filter_gradient = Convolution.filter_gradient


def pay(filters: Shape, count: Pair) -> bool:
    """Whether rows of pixels are long, and lines of results short or not aligned."""
    f, channels, height, width = filters
    long = channels * width >= RUN and f >= FILTERS and height * width > 1
    cached = f * channels * height * width <= CACHED
    return long and cached and math.prod(count) <= PLACES and count[1] % VECTOR > 0
