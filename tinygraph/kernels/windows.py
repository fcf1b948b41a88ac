"""The geometry of sliding windows: sizes, padding, and strided views of an image."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..errors import ShapeError
from ..value import Array

Pair = tuple[int, int]


class Windows(NamedTuple):
    """How a kernel slides over an image; each pair is (rows, columns)."""

    kernel: Pair
    stride: Pair
    padding: Pair
    dilation: Pair

    def padded(self, size: Pair) -> Pair:
        """The image size with padding on both sides."""
        return size[0] + 2 * self.padding[0], size[1] + 2 * self.padding[1]

    def grid(self, operation: str, size: Pair) -> Pair:
        """How many windows fit, down and across: ⌊(H + 2p − d(k − 1) − 1) / s⌋ + 1.

        Raises ShapeError where not even one does.
        """
        reach = [
            d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True)
        ]
        padded = self.padded(size)
        if reach[0] > padded[0] or reach[1] > padded[1]:
            raise ShapeError(
                f"{operation}: a kernel of {self.kernel[0]}x{self.kernel[1]} with "
                f"dilation {self.dilation} spans {reach[0]}x{reach[1]} pixels and does "
                f"not fit an image of {size[0]}x{size[1]} with padding {self.padding}: "
                f"use a smaller kernel or more padding"
            )
        rows, columns = (
            (length - span) // step + 1
            for length, span, step in zip(padded, reach, self.stride, strict=True)
        )
        return rows, columns

    def offsets(self, count: Pair) -> Iterator[tuple[slice, slice]]:
        """For each place in the kernel, the slices that it visits over all windows."""
        down, across = (
            [slice(start, start + (n - 1) * step + 1, step) for start in starts]
            for n, step, starts in zip(count, self.stride, self.starts(), strict=True)
        )
        return itertools.product(down, across)

    def starts(self) -> tuple[range, range]:
        """Where the rows and the columns of the kernel begin."""
        rows, columns = (
            range(0, size * step, step)
            for size, step in zip(self.kernel, self.dilation, strict=True)
        )
        return rows, columns


def pair(operation: str, name: str, value: Any, least: int) -> Pair:
    """An int or a pair as a pair; ShapeError unless both are at least `least`."""
    numbers = tuple(value) if np.iterable(value) else (value, value)
    whole = all(isinstance(n, int | np.integer) for n in numbers)
    if len(numbers) != 2 or not whole or min(numbers) < least:
        raise ShapeError(
            f"{operation}: `{name}` is {value!r}: it must be an integer or a pair of "
            f"integers, at least {least}"
        )
    return int(numbers[0]), int(numbers[1])


def windows(
    operation: str,
    kernel: int | Pair,
    stride: int | Pair | None,
    padding: int | Pair,
    dilation: int | Pair = 1,
) -> Windows:
    """Check the parameters of a sliding window; a stride of None is the kernel."""
    kernel = pair(operation, "kernel", kernel, 1)
    return Windows(
        kernel,
        kernel if stride is None else pair(operation, "stride", stride, 1),
        pair(operation, "padding", padding, 0),
        pair(operation, "dilation", dilation, 1),
    )


def pad(x: Array, padding: Pair, fill: float = 0.0) -> Array:
    """A border of `fill` around the last two axes; `x` itself where there is none."""
    if padding == (0, 0):
        return x
    (top, left), (height, width) = padding, x.shape[-2:]
    padded = np.full(
        (*x.shape[:-2], height + 2 * top, width + 2 * left), fill, dtype=x.dtype
    )
    padded[..., top : top + height, left : left + width] = x
    return padded


def crop(x: Array, padding: Pair) -> Array:
    """Take the border off again: the adjoint of `pad`."""
    if padding == (0, 0):
        return x
    height, width = x.shape[-2:]
    return x[..., padding[0] : height - padding[0], padding[1] : width - padding[1]]


def view(x: Array, shape: Windows, count: Pair) -> Array:
    """All windows of a padded (N, C, H, W) image as (N, C, KH, KW, OH, OW), no copy."""
    n, c, down, across = x.strides
    return as_strided(
        x,
        (*x.shape[:2], *shape.kernel, *count),
        (
            n,
            c,
            down * shape.dilation[0],
            across * shape.dilation[1],
            down * shape.stride[0],
            across * shape.stride[1],
        ),
        writeable=False,
    )
