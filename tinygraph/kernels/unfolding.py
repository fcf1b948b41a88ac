"""im2col and col2im: the windows of images as the columns of matrices, and back."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..value import Array
from .windows import Pair, Shape, Tiles, Windows, longest, tiles
from .workers import memory


class Rows(NamedTuple):
    """Rows of the kernel that meet the same rows of the image, and how to get there.

    Shapes are those of one image, strides are in bytes.
    """

    name: str
    kernel: slice
    start: int
    across: Shape
    across_strides: Shape
    down: Shape
    down_strides: Shape


class Unfolding:
    """im2col of padded images (N, C, H, W): the sizes and strides, worked out once.

    Two copies, along the rows of an image and then down, take half the time of one: the
    second copies whole images.  For that, rows of the kernel go together that meet the
    same rows of the image, which are those a stride apart.
    """

    def __init__(
        self, image: Shape, windows: Windows, count: Pair, itemsize: int
    ) -> None:
        (n, c, height, line), (down, across) = image, count
        (stride, step), (dilation, apart) = windows.stride, windows.dilation
        self.columns = (c, *windows.kernel, down, across)
        self.rows, width = [], windows.kernel[1]
        common = math.gcd(stride, dilation)
        period, lines_apart = stride // common, dilation // common
        for first in range(min(windows.kernel[0], period)):
            kernel = slice(first, None, period)
            places = len(range(windows.kernel[0])[kernel])
            rows = down + lines_apart * (places - 1)
            strides = (c * height * line, height * line, apart, stride * line, step)
            steps = (c * width * rows * across, width * rows * across)
            steps += (lines_apart * across, rows * across, across, 1)
            self.rows.append(
                Rows(
                    f"lines {first}",
                    kernel,
                    first * dilation * line * itemsize,
                    (c, width, rows, across),
                    tuple(itemsize * s for s in strides),
                    (c, places, width, down, across),
                    tuple(itemsize * s for s in steps),
                )
            )

    def run(
        self, x: Array, parts: Tiles, shape: Shape
    ) -> Iterator[tuple[slice, Array]]:
        """Tiles of the batch, each with its columns as (n, *shape).

        The columns of one tile are overwritten by those of the next.
        """
        most = longest(parts)
        columns = memory.array("columns", (most, *self.columns), x.dtype)
        matrices = columns.reshape(most, *shape)
        copies = [self.views(x, columns, rows) for rows in self.rows]
        for tile in parts:
            n = tile.stop - tile.start
            for windows, lines, down, to in copies:
                np.copyto(lines[:n], windows[tile])
                np.copyto(to[:n], down[:n])
            yield tile, matrices[:n]

    def views(
        self, x: Array, columns: Array, rows: Rows
    ) -> tuple[Array, Array, Array, Array]:
        """Windows along some rows, memory for them, windows of that, and their place."""
        windows = np.ndarray(
            (len(x), *rows.across), x.dtype, x, rows.start, rows.across_strides
        )
        most = len(columns)
        lines = memory.array(rows.name, (most, *rows.across), x.dtype)
        down = np.ndarray((most, *rows.down), x.dtype, lines, 0, rows.down_strides)
        return windows, lines, down, columns[:, :, rows.kernel]


unfolding = functools.lru_cache(maxsize=256)(Unfolding)


def im2col(x: Array, shape: Windows, count: Pair) -> Array:
    """The windows of padded images as columns: (N, C·KH·KW, OH·OW)."""
    size = (x.shape[1] * math.prod(shape.kernel), math.prod(count))
    columns = np.empty((len(x), *size), x.dtype)
    run = unfolding(x.shape, shape, count, x.itemsize).run
    for tile, some in run(x, tiles(len(x), math.prod(size)), size):
        columns[tile] = some
    return columns


def col2im(columns: Array, image: Array, shape: Windows, count: Pair) -> None:
    """Add columns back onto padded images where they came from."""
    by_place = columns.reshape(*image.shape[:2], *shape.kernel, *count)
    for (row, column), (down, across) in shape.offsets(count):
        image[:, :, down, across] += by_place[:, :, row, column]
