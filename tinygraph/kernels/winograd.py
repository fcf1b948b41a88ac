"""Convolution with filters 3x3 of many channels, in 4/9 of the multiplications.

Two results side by side of a filter of three take four products, not six (Winograd,
Arithmetic Complexity of Computations, 1980; Lavin and Gray, arXiv:1509.09308):

    y₀ = m₀ + m₁ + m₂      m₀ = (d₀ − d₂) w₀      m₁ = (d₁ + d₂) (w₀ + w₁ + w₂) / 2
    y₁ = m₁ − m₂ + m₃      m₃ = (d₃ − d₁) w₂      m₂ = (d₂ − d₁) (w₀ − w₁ + w₂) / 2

With rows and columns, that is 16 products instead of 36 for 2x2 results. What is a
number here is a matrix there: sums over channels are products of matrices, one for each
of the 16. Both adjoints have the same products.

For 16 images of 128 channels, 16x16, and 128 filters, on one core in float32: forward
9.4 instead of 12.2 ms, image 9.2 instead of 13, filters 10.9 instead of 13.8; with 256
channels, 14x14, two thirds of the time. With 64 channels, 16x16, it takes 0.9, but a
step of a ResNet-20 with 64 images 10 MB more, so these go by `lines`. Compared with
float64, errors forward and of the image are those of `lines`, 3e-7 of the results, and
those of filters up to twice as large.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..value import Array
from .convolution import common
from .lines import Band, ConvolutionByLines, Lines
from .pieces import multiply
from .sliding import Sliding
from .sums import WIDE
from .windows import Shape, Windows
from .workers import memory, shared

# Products that are saved grow with F·C·places, sums with (F + C) places, for images and
# results, and with F·C, for filters.
WORTH = 0.03  # sums for a product at most, 1/F + 1/C + MORE / places
MORE = 7
PLACES = 512  # of results, for which compiled loops combine filters in little time
SCRATCH = 1 << 19  # elements of widened images at a time

# Four numbers of a filter's three, and what the 3x3 places of a filter add to its 16.
FOUR = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
SIXTEEN = np.kron(FOUR, FOUR)
OF_PIXELS = [
    (np.subtract, 0, 2), (np.add, 1, 2), (np.subtract, 2, 1), (np.subtract, 3, 1),
]  # fmt: skip


def of_pixels(d: Sequence[Array] | Array, place: int, out: Array) -> None:
    """One of the four numbers that are multiplied, of four pixels in a row."""
    sign, one, other = OF_PIXELS[place]
    sign(d[one], d[other], out=out)


def of_products(m: Array, between: Array, out: Array) -> None:
    """Two results, of four products."""
    np.add(m[0], m[1], out=between[0])
    np.subtract(m[1], m[2], out=between[1])
    np.add(between[0], m[2], out=out[0])
    np.add(between[1], m[3], out=out[1])


def of_gradients(g: Sequence[Array] | Array, out: Array) -> None:
    """The adjoint of `of_products`: four gradients, of those of two results."""
    out[0], out[3] = g[0], g[1]
    np.add(g[0], g[1], out=out[1])
    np.subtract(g[0], g[1], out=out[2])


def filters_for(w: Array, groups: int) -> Array:
    """The 16 matrices of filters, (4, 4, groups, F/groups, C/groups)."""
    f, inputs, *_ = w.shape
    sixteen = np.matmul(SIXTEEN.astype(w.dtype), w.reshape(f * inputs, 9).T)
    return sixteen.reshape(4, 4, groups, f // groups, inputs)


def filters_of(sums: Array) -> Array:
    """The adjoint of `filters_for`, of matrices (4, 4, groups, C/groups, F/groups)."""
    *_, groups, inputs, each = sums.shape
    flat = np.matmul(SIXTEEN.T.astype(sums.dtype), sums.reshape(16, -1))
    places = flat.reshape(3, 3, groups, inputs, each).transpose(2, 4, 3, 0, 1)
    return places.reshape(groups * each, inputs, 3, 3)


class Squares:
    """Images (N, C, H, W) as squares of 4x4 pixels, each for 2x2 results."""

    def __init__(
        self, images: int, channels: int, down: Sliding, side: Sliding, groups: int
    ) -> None:
        down, side = (
            axis._replace(kernel=4, stride=2, windows=-(-axis.windows // 2))
            for axis in (down, side)
        )
        self.groups, self.line = groups, side.windows
        self.inputs = channels // groups
        self.lines = Lines(images, channels, down, side, groups, SCRATCH)

    def rows(self, x: Array, bands: Sequence[Band]) -> Iterator[tuple[Band, Any]]:
        """Bands, and an iterator over what is multiplied of each row of their squares.

        That is (4, groups, C/groups, squares), which the next row overwrites.
        """
        for band, columns in self.lines.widened(x, bands, merged=True):
            yield band, self.rows_of(columns)

    def rows_of(self, columns: list[Array]) -> Iterator[Array]:
        """`rows` of one band, of which `columns` are the rows of the squares."""
        shape = self.groups, 4, self.inputs, columns[0].shape[-1]
        rows = [some.reshape(shape) for some in columns]
        dtype = rows[0].dtype
        line = memory.array("line", shape, dtype)
        pixels = memory.array("pixels", (4, self.groups, *shape[2:]), dtype)
        for row in range(4):
            of_pixels(rows, row, line)
            for column in range(4):
                of_pixels(line.swapaxes(0, 1), column, pixels[column])
            yield pixels

    def places(self, y: Array, band: Band) -> Iterator[Array]:
        """Rows of results: every second, then the others.

        Those are (groups, F/groups, rows, n, columns).
        """
        n, f, height, _ = y.shape
        y = y.reshape(n, self.groups, f // self.groups, *y.shape[2:])
        end = min(2 * band.rows.stop, height)
        for row in range(2):
            down = slice(2 * band.rows.start + row, end, 2)
            yield y[band.images, :, :, down].transpose(1, 2, 3, 0, 4)

    def correlate(self, x: Array, filters: Array, b: Array | None, y: Array) -> None:
        """y = w ⋆ x + b, of filters (4, 4, groups, F/groups, C/groups)."""
        each = filters.shape[3]

        def work(bands: Sequence[Band]) -> list[None]:
            for band, rows in self.rows(x, bands):
                sums = self.sums(rows, filters, band.size * self.line, y.dtype)
                if b is not None:
                    sums += b.reshape(self.groups, each, 1, 1)
                shape = *sums.shape[1:3], -1, band.number, 2 * self.line
                for row, part in enumerate(self.places(y, band)):
                    _, _, height, _, width = part.shape
                    whole = sums[row].reshape(shape)
                    part[...] = whole[:, :, :height, :, :width]
            return []

        shared(work, self.lines.bands, self.lines.call(y.shape[1]))

    def sums(
        self, rows: Iterator[Array], filters: Array, squares: int, dtype: Any
    ) -> Array:
        """The results of one band: (2 rows, groups, F/groups, squares, 2 columns)."""
        shape = (*filters.shape[2:4], squares)
        products = memory.array("products", (4, *shape), dtype)
        between = memory.array("between", (2, *shape), dtype)
        across = memory.array("across", (2, 4, *shape), dtype)
        sums = memory.array("sums", (2, *shape, 2), dtype)
        for row, pixels in enumerate(rows):
            multiply(filters[row], pixels, products)
            of_products(products, between, across[:, row])
        for column, some in enumerate(across):
            of_products(some, between, sums[..., column])
        return sums

    def filter_gradient(self, x: Array, g: Array) -> Array:
        """The adjoint of `correlate` in w, (F, C/groups, 3, 3): a sum over images."""
        each, dtype = g.shape[1] // self.groups, common(x, g)
        shape = self.groups, self.inputs, each

        def work(shares: Sequence[Sequence[Band]]) -> list[Array]:
            sums: list[Array] = []
            bands = [band for share in shares for band in share]
            products = memory.array("products", (4, *shape), dtype)
            for band, rows in self.rows(x, bands):
                if band.opens:
                    sums.append(np.zeros((4, 4, *shape), dtype))
                gradients = self.gradients(g, band)
                for pixels, some, total in zip(rows, gradients, sums[-1], strict=True):
                    multiply(pixels, some, products)
                    total += products
            return sums

        sums = shared(work, self.lines.shares, self.lines.call(g.shape[1]))
        return filters_of(functools.reduce(operator.iadd, sums))

    def gradients(self, g: Array, band: Band) -> Array:
        """What each row is multiplied by: (4, 4, groups, squares, F/groups)."""
        each, squares = g.shape[1] // self.groups, band.size * self.line
        rows, shape = band.size // band.number, (self.groups, squares, each)
        four = memory.array("rows", (2, 2, *shape), g.dtype)
        size = self.groups, rows, band.number, self.line, each
        for row, part in enumerate(self.places(g, band)):
            for column in range(2):
                some = part[..., column::2].transpose(0, 2, 3, 4, 1)
                _, height, _, width, _ = some.shape
                whole = four[row, column].reshape(size)
                if (height, width) != (rows, self.line):
                    whole[...] = 0
                whole[:, :height, :, :width] = some
        across = memory.array("across", (4, 2, *shape), g.dtype)
        of_gradients(four, across)
        sixteen = memory.array("sixteen", (4, 4, *shape), g.dtype)
        of_gradients(across.swapaxes(0, 1), sixteen.swapaxes(0, 1))
        return sixteen


class WinogradConvolution(ConvolutionByLines):
    """A convolution with filters 3x3, stride 1 and many channels."""

    def __init__(
        self, image: Shape, filters: Shape, windows: Windows, groups: int
    ) -> None:
        super().__init__(image, filters, windows, groups)
        self.squares = Squares(image[0], image[1], self.down, self.side, groups)

    @staticmethod
    def pays(image: Shape, filters: Shape, windows: Windows, groups: int = 1) -> bool:
        """Whether products take most of the time, and the filters have few numbers."""
        kernel, stride, _, dilation, _ = windows
        simple = kernel == (3, 3) and stride == dilation == (1, 1)
        down, across = windows.grid("conv2d", (image[2], image[3]))
        each, inputs = filters[0] // groups, filters[1]
        if not simple or not (each and inputs and image[0]):
            return False
        sums = 1 / each + 1 / inputs + MORE / (image[0] * down * across)
        return sums <= WORTH

    def correlate(self, x: Array, w: Array, b: Array | None) -> Array:
        """y = w ⋆ x + b, (N, F, OH, OW)."""
        dtype = common(x, w)
        if dtype not in WIDE:
            return super().correlate(x, w, b)
        y = np.empty(self.output, dtype)
        self.squares.correlate(
            x, filters_for(w.astype(dtype, copy=False), self.groups), b, y
        )
        return y

    def filter_gradient(self, x: Array, g: Array) -> Array:
        """The adjoint of `correlate` in w, (F, C/groups, 3, 3): a sum over images."""
        if common(x, g) not in WIDE:
            return super().filter_gradient(x, g)
        return self.squares.filter_gradient(x, g)

    def image_gradient(self, g: Array, w: Array) -> Array:
        """The adjoint of `correlate` in x, (N, C, H, W), with filters turned round."""
        dtype = common(g, w)
        if dtype not in WIDE:
            return super().image_gradient(g, w)
        image, turned = np.empty(self.batch, dtype), w[..., ::-1, ::-1]
        filters = filters_for(turned.astype(dtype, copy=False), self.groups).swapaxes(
            3, 4
        )
        self.back.correlate(g, filters, None, image)
        return image

    @functools.cached_property
    def back(self) -> Squares:
        """The squares of a result's gradient, each for 2x2 pixels of the image."""
        down, side = (axis.backward(0) for axis in (self.down, self.side))
        assert down is not None and side is not None  # each place meets all pixels
        n, f, *_ = self.output
        return Squares(n, f, down[1], side[1], self.groups)
