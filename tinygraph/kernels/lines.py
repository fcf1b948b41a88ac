"""Convolution of many channels: the rows of a kernel, each a product of matrices.

im2col copies each pixel KH·KW times. Here images are widened along their rows alone,
KW times: then the columns for one row of the kernel are a part of the widened image as
it lies in memory, and one below is the same a row further. So a convolution is the sum
of KH products,

    y  =  Σ_r  w[:, :, r, :] · wide(x)[rows from r on]

and the gradient of the filters has the same parts. The gradient of the image is a
convolution of y's gradient with the filters turned round.

For 16 images of 16 channels, 32x32, and 16 filters 3x3, on one core in float32: forward
1.1 instead of 2.0 ms, filters 1.2 instead of 1.9, image 0.9 instead of 1.3.

The gradient of the filters needs products of columns with columns. Those are slow,
because BLAS has to copy both; so y's gradient is transposed before, and where images
have few pixels, all images of a band are widened as one. For 4 images of 512 channels,
7x7, that takes 8.4 instead of 20 ms.

BLAS reads rows that begin with a line of the cache a tenth faster. So memory is laid
out for that, and images whose rows are no multiple of half a line are widened as one,
in groups of which they are: for 64 channels of 14x14 and filters 7x7, 7.3 instead of
8.2 ms.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np

from ..value import Array
from .compilation import slices
from .convolution import FEW, Convolution, common
from .pieces import PAGE, VECTOR, WIDE, apart, copied, multiply
from .sliding import Phase, Sliding, phases
from .windows import Shape, Tiles, Windows, tiles
from .workers import memory, shared

LARGE = 1 << 17  # elements of columns from which on this is faster
Item = TypeVar("Item")
Slices = tuple[slice, slice]  # of rows and of columns
# Times as many filters as channels, above which columns are faster: sums of results
# take longer than to copy them. With 3 channels and 16 filters 4x4, 0.85 of the time.
WIDER, MUCH_WIDER = 3, 6  # forward, and for the gradient of the filters
SHARES = 8  # sums of gradients at most, that threads share
SCRATCH = 1 << 18  # elements of widened images at a time: a megabyte
COLUMNS = 2048  # for which there may be twice as many
HALF = 8  # numbers of half a cache line
HUGE = 1 << 20  # elements of one widened image, from which on it is done in parts


class Band(NamedTuple):
    """Some rows of the results of some images, and what they take."""

    images: slice
    rows: slice
    phases: list[Phase]
    number: int  # of images
    size: int  # rows of all images
    opens: bool  # whether a sum of gradients starts with it

    def padded_like(self, other: Band | None) -> bool:
        """Whether it has its padding in the same places."""
        return other is not None and (
            (self.number, self.rows) == (other.number, other.rows)
        )


class Products(Protocol):
    """The products that a convolution is made of, in some layout of its images."""

    def correlate(self, x: Array, w: Array, b: Array | None, y: Array, /) -> None:
        """y = w ⋆ x + b, (N, F, OH, OW), of filters (F, C/groups, KH, KW)."""

    def filter_gradient(self, x: Array, g: Array, /) -> Array:
        """The adjoint of `correlate` in w: a sum over images."""
        ...


class Lines:
    """Images (N, C, H, W) widened along their rows, and the products with filters."""

    def __init__(
        self,
        images: int,
        channels: int,
        down: Sliding,
        across: Sliding,
        groups: int,
        scratch: int = 0,
    ) -> None:
        self.groups, self.kernel = groups, (down.kernel, across.kernel)
        self.images, self.down, self.line = images, down, across.windows
        self.across = [across.along(tap) for tap in range(across.kernel)]
        self.wide = groups, across.kernel, channels // groups
        self.each = math.prod(self.wide[1:])  # columns of a row of the kernel
        elements = min(max(COLUMNS * self.each, SCRATCH), 2 * SCRATCH)
        self.bands = self.cut(scratch or elements)
        self.shares = equal(self.bands, SHARES)

    def cut(self, elements: int) -> list[Band]:
        """Bands whose widened images have as much memory as they may, or little more.

        Those with the same rows are next to one another: they have the same padding.
        """
        rows, line = self.down.windows, math.prod(self.wide) * self.line
        found = phases(self.down)
        halo = sum(phase.lines - rows for phase in found)
        most = max(2 * halo, (HUGE // max(line, 1) - halo) // len(found), 1)
        parts = equal(range(rows), -(-rows // most))
        lines = (len(parts[0]) * len(found) + halo) * line
        batch = in_groups(
            self.images, HALF // math.gcd(HALF, self.line), lines, elements
        )
        rows_of_bands = [slice(part[0], part[-1] + 1) for part in parts]
        places = [*itertools.product(rows_of_bands, batch)]
        opening = {share[0] for share in equal(range(len(places)), SHARES)}
        return [
            self.band(images, rows, place in opening)
            for place, (rows, images) in enumerate(places)
        ]

    def band(self, images: slice, rows: slice, opens: bool) -> Band:
        """The band of these rows of these images."""
        number, down = images.stop - images.start, self.down.part(rows)
        size = number * down.windows
        return Band(images, rows, phases(down), number, size, opens)

    def call(self, filters: int) -> float:
        """The size of a typical call of a tile, of which some are products."""
        if not self.bands:
            return 0
        rows, columns = self.kernel[0], self.bands[0].size * self.line
        return columns * self.each * filters * rows / self.groups / (rows + 1)

    def widened(
        self, x: Array, bands: Sequence[Band], merged: bool
    ) -> Iterator[tuple[Band, list[Array]]]:
        """Bands, and for each row of the kernel the columns it meets.

        Those are (n, groups, C/groups·KW, rows·OW), parts of memory that the next band
        overwrites; or (1, groups, C/groups·KW, rows·n·OW) where images are merged.
        The padding in it is zero from the start.
        """
        x = x.reshape(len(x), self.groups, self.wide[2], *x.shape[2:])
        last, images, columns = None, list[Array](), list[Array]()
        for band in bands:
            if not band.padded_like(last):
                images, columns = self.blank(band, merged, x.dtype)
            last = band
            pixels = together(x[band.images], merged)
            for phase, wide in zip(band.phases, images, strict=True):
                lines = pixels[..., phase.down.pixels, :, :]
                to = wide[..., phase.down.windows, :, :]
                for tap, (some, windows) in enumerate(self.across):
                    to[:, :, tap, ..., windows] = lines[..., some]
            yield band, columns

    def blank(
        self, band: Band, merged: bool, dtype: np.dtype[Any]
    ) -> tuple[list[Array], list[Array]]:
        """Memory for a widened image for each phase, and columns for each row."""
        apart, inside = (1, band.number) if merged else (band.number, 1)
        images, columns = [], {}
        line = inside * self.line
        for phase in band.phases:
            shape = (apart, *self.wide, phase.lines, inside, self.line)
            size = math.prod(shape[-3:])
            rows = apart, self.groups, self.each, spaced(size)
            flat = memory.array(phase.memory, rows, dtype)
            flat.view(np.uint8).fill(0)  # bytes are set in a tenth of the time
            images.append(flat[..., :size].reshape(shape))
            for row, start in phase.rows:
                columns[row] = flat[..., start * line :][
                    ..., : band.size // apart * self.line
                ]
        return images, [columns[row] for row in range(self.kernel[0])]

    def correlate(self, x: Array, w: Array, b: Array | None, y: Array) -> None:
        """y = w ⋆ x + b, (N, F, OH, OW), of filters (F, C/groups, KH, KW)."""
        each = len(w) // self.groups
        rows = np.ascontiguousarray(w.transpose(2, 0, 3, 1))  # BLAS reads no others
        first, *others = rows.reshape(self.kernel[0], self.groups, each, self.each)
        merged = self.line % HALF > 0
        direct = y.flags.c_contiguous and not merged
        y = y.reshape(len(y), self.groups, each, *y.shape[2:])

        def work(bands: Sequence[Band]) -> list[None]:
            for band, [columns, *more] in self.widened(x, bands, merged):
                part = together(y[band.images, :, :, band.rows], merged)
                shape = (*part.shape[:3], math.prod(part.shape[3:]))
                sums = memory.array("sums", shape, y.dtype)
                if direct:
                    sums = part.reshape(shape)
                multiply(first, columns, sums)
                products = memory.array("product", shape, y.dtype)
                for matrices, columns in zip(others, more, strict=True):
                    multiply(matrices, columns, products)
                    sums += products
                if b is not None:
                    sums += b.reshape(self.groups, each, 1)
                if not direct:
                    part[...] = sums.reshape(part.shape)
            return []

        shared(work, self.bands, self.call(len(w)))

    def filter_gradient(self, x: Array, g: Array) -> Array:
        """The adjoint of `correlate` in w: a sum over images."""
        _, f, *size = g.shape
        each, inputs = f // self.groups, x.shape[1] // self.groups
        dtype = common(x, g)
        g = g.reshape(len(g), self.groups, each, *size)
        shape = self.kernel[0], self.groups, self.each, each
        # To add up a product of each image takes longer than to copy short rows.
        merged = self.each * each > math.prod(size) * (self.each + each)

        def work(shares: Sequence[Sequence[Band]]) -> list[Array]:
            sums: list[Array] = []
            bands = [band for share in shares for band in share]
            for band, columns in self.widened(x, bands, merged):
                rows = as_rows(together(g[band.images, :, :, band.rows], merged))
                if band.opens:
                    sums.append(np.empty(shape, dtype))
                add_products(columns, rows, sums[-1], band.opens)
            return sums

        sums = shared(work, self.shares, self.call(f))
        if not sums:
            return np.zeros((f, inputs, *self.kernel), dtype)
        total = functools.reduce(operator.iadd, sums)
        total = total.reshape(self.kernel[0], *self.wide, each)
        return total.transpose(1, 4, 3, 0, 2).reshape(f, inputs, *self.kernel)


def in_groups(images: int, group: int, each: int, elements: int) -> Tiles:
    """`tiles` of whole groups of images, so that rows of results are aligned."""
    if group * each > 2 * elements or images < group:
        return tiles(images, each, elements)
    groups = tiles(-(-images // group), group * each, elements)
    return [slice(s.start * group, min(s.stop * group, images)) for s in groups]


def spaced(size: int) -> int:
    """How far apart rows of so many numbers start, for products that read them fast."""
    size += -size % VECTOR
    return size + VECTOR if size % (PAGE // 4) == 0 else size


def equal(some: Sequence[Item], parts: int) -> list[Sequence[Item]]:
    """At most as many parts, all of one length but the last."""
    each = max(1, -(-len(some) // max(parts, 1)))
    return [some[part] for part in slices(len(some), each)]


def together(x: Array, merged: bool) -> Array:
    """Images (n, groups, C/groups, H, W) as (n, groups, C/groups, H, 1, W).

    Merged, they are (1, groups, C/groups, H, n, W).
    """
    return x.transpose(1, 2, 3, 0, 4)[None] if merged else x[..., None, :]


def as_rows(g: Array) -> Array:
    """Gradients that are `together` as (n, groups, columns, F/groups), or one."""
    n, groups, each, *size = g.shape
    if each < WIDE:
        if n == 1:
            g = copied("rows", g)
        return g.reshape(n, groups, each, math.prod(size)).swapaxes(2, 3)
    rows = copied("rows", apart(g, 2).transpose(0, 1, 3, 4, 5, 2))
    return rows.reshape(n, groups, math.prod(size), each)


def add_products(columns: list[Array], rows: Array, sums: Array, opens: bool) -> None:
    """Add products of all images to sums, or begin with them."""
    product = memory.array("product", (len(rows), *sums.shape[1:]), sums.dtype)
    for some, total in zip(columns, sums, strict=True):
        if not opens:
            multiply(some, rows, product)
            total += np.add.reduce(product, axis=0)
        elif len(rows) == 1:
            multiply(some, rows, total[None])
        else:
            multiply(some, rows, product)
            np.add.reduce(product, axis=0, out=total)


class ConvolutionByLines(Convolution):
    """A convolution of many channels."""

    def __init__(
        self, image: Shape, filters: Shape, windows: Windows, groups: int
    ) -> None:
        super().__init__(image, filters, windows, groups)
        self.down, self.side = (
            Sliding(kernel, stride, apart, -before, size, count)
            for kernel, stride, apart, before, size, count in zip(
                *(windows.kernel, windows.stride, windows.dilation, windows.padding),
                *(image[2:], self.output[2:]),
                strict=True,
            )
        )
        self.batch = image
        self.lines = self.products(image[1], filters[0], self.down, self.side)

    @staticmethod
    def pays(image: Shape, filters: Shape, windows: Windows) -> bool:
        """Whether there is work enough for a product for each row of the kernel."""
        down, across = windows.grid("conv2d", (image[2], image[3]))
        elements = image[0] * image[1] * math.prod(windows.kernel) * down * across
        return filters[2] > 1 and elements > LARGE

    def products(
        self, channels: int, filters: int, down: Sliding, side: Sliding
    ) -> Products:
        """The products of images of so many channels with filters."""
        return Lines(self.batch[0], channels, down, side, self.groups)

    def correlate(self, x: Array, w: Array, b: Array | None) -> Array:
        """y = w ⋆ x + b, (N, F, OH, OW)."""
        if w.shape[0] > WIDER * w.shape[1] * self.groups:
            return super().correlate(x, w, b)  # sums of results would take longer
        y = np.empty(self.output, common(x, w))
        self.lines.correlate(x, w, b, y)
        return y

    def filter_gradient(self, x: Array, g: Array) -> Array:
        """The adjoint of `correlate` in w, (F, C/groups, KH, KW): a sum over images."""
        if g.shape[1] > MUCH_WIDER * x.shape[1]:
            return super().filter_gradient(x, g)
        return self.lines.filter_gradient(x, g)

    def image_gradient(self, g: Array, w: Array) -> Array:
        """The adjoint of `correlate` in x, (N, C, H, W).

        With stride s, every s-th pixel meets the same places of the kernel: a
        convolution of g with these, turned round, for each of the s·s kinds of pixels.
        """
        (f, inputs, *kernel), groups = w.shape, self.groups
        few = groups == 1 or self.windows.stride == (1, 1)
        if inputs < FEW and few:  # rows of a product, which is slow with few
            return super().image_gradient(g, w)
        g = np.ascontiguousarray(g)
        swapped = (
            apart(w, 0).reshape(groups, f // groups, inputs, *kernel).swapaxes(1, 2)
        )
        swapped = swapped.reshape(groups * inputs, f // groups, *kernel)
        blank = np.empty if self.windows.stride == (1, 1) else np.zeros
        image = blank(self.batch, common(g, w))
        for pixels, places, lines in self.kinds:
            rows, columns = places
            part = swapped[..., rows, columns][..., ::-1, ::-1]
            down, side = pixels
            lines.correlate(g, part, None, image[..., down, side])
        return image

    @functools.cached_property
    def kinds(self) -> list[tuple[Slices, Slices, Products]]:
        """Pixels of the image, the places of the kernel that meet them, and how."""
        found = []
        for row, column in np.ndindex(*self.windows.stride):
            down, side = self.down.backward(row), self.side.backward(column)
            if down is None or side is None:
                continue
            pixels = (
                slice(row, None, self.windows.stride[0]),
                slice(column, None, self.windows.stride[1]),
            )
            lines = self.products(self.output[1], self.batch[1], down[1], side[1])
            found.append((pixels, (down[0], side[0]), lines))
        return found
