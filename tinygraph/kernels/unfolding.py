"""im2col and col2im: the windows of images as the columns of matrices, and back."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..value import ELSEWHERE, Array
from .windows import Pair, Shape, Tiles, Windows, longest, tiles
from .workers import memory


class Rows(NamedTuple):
    """Rows of the kernel that meet the same rows of the image: those a stride apart.

    Shapes are those of one image; start and strides are in bytes.
    """

    name: str  # of the memory for the first copy
    kernel: slice
    start: int  # of their windows in the image
    across: Shape  # the windows along the rows, (C, KW, H, OW)
    across_strides: Shape
    down: Shape  # the windows of that, (C, KH, KW, OH, OW)
    down_strides: Shape


def rows(
    image: Shape, windows: Windows, count: Pair, kernel: slice, itemsize: int
) -> Rows:
    """The `Rows` of one slice of the kernel's rows."""
    (_, c, height, line), (down, across) = image, count
    (stride, step), (dilation, apart) = windows.stride, windows.dilation
    width, places = windows.kernel[1], len(range(windows.kernel[0])[kernel])
    between = dilation // math.gcd(stride, dilation)  # lines of the first copy
    lines = down + between * (places - 1)
    plane, part = height * line, lines * across
    along = (c * plane, plane, apart, stride * line, step)
    below = (c * width * part, width * part, between * across, part, across, 1)
    return Rows(
        f"lines {kernel.start}",
        kernel,
        kernel.start * dilation * line * itemsize,
        (c, width, lines, across),
        tuple(itemsize * step for step in along),
        (c, places, width, down, across),
        tuple(itemsize * step for step in below),
    )


class Unfolding:
    """im2col of padded images (N, C, H, W): the sizes and strides, planned once.

    Two copies, along the rows of an image and then down, take half the time of one: the
    second copies whole images. For that, rows of the kernel go together that meet the
    same rows of the image, which are those a stride apart.
    """

    def __init__(
        self, image: Shape, windows: Windows, count: Pair, itemsize: int
    ) -> None:
        common = math.gcd(windows.stride[0], windows.dilation[0])
        period = windows.stride[0] // common
        self.columns = (image[1], *windows.kernel, *count)
        self.rows = [
            rows(image, windows, count, slice(first, None, period), itemsize)
            for first in range(min(windows.kernel[0], period))
        ]

    def run(
        self, x: Array, parts: Tiles, shape: Shape
    ) -> Iterator[tuple[slice, Array]]:
        """Tiles of the batch, each with its columns as (n, *shape).

        The columns of one tile are overwritten by those of the next.
        """
        most = longest(parts)
        columns = memory.array("columns", (most, *self.columns), x.dtype)
        matrices = columns.reshape(most, *shape)
        copies = [self.views(x, columns, some) for some in self.rows]
        for tile in parts:
            n = tile.stop - tile.start
            for windows, lines, down, to in copies:
                lines[:n] = windows[tile]
                to[:n] = down[:n]
            yield tile, matrices[:n]

    def views(
        self, x: Array, columns: Array, rows: Rows
    ) -> tuple[Array, Array, Array, Array]:
        """Windows along rows, memory for them, the windows of that, and their place."""
        start = rows.start if len(x) else 0  # which would lie beyond no images
        windows = np.ndarray(
            (len(x), *rows.across), x.dtype, x, start, rows.across_strides
        )
        most = len(columns)
        lines = memory.array(rows.name, (most, *rows.across), x.dtype)
        down = np.ndarray((most, *rows.down), x.dtype, lines, 0, rows.down_strides)
        return windows, lines, down, columns[:, :, rows.kernel]


def im2col(x: Array, windows: Windows, count: Pair) -> Array:
    """The windows of padded images as columns: (N, C·KH·KW, OH·OW)."""
    size = (x.shape[1] * math.prod(windows.kernel), math.prod(count))
    if type(x) in ELSEWHERE:
        parts = [x[:, :, down, across] for _, (down, across) in windows.offsets(count)]
        return np.stack(parts, axis=2).reshape((len(x), *size))
    columns = np.empty((len(x), *size), x.dtype)
    run = Unfolding(x.shape, windows, count, x.itemsize).run
    for tile, some in run(x, tiles(len(x), math.prod(size)), size):
        columns[tile] = some
    return columns


def col2im(columns: Array, image: Array, windows: Windows, count: Pair) -> None:
    """Add columns back onto padded images where they came from."""
    by_place = columns.reshape(*image.shape[:2], *windows.kernel, *count)
    for (row, column), (down, across) in windows.offsets(count):
        image[:, :, down, across] += by_place[:, :, row, column]
