"""The geometry of sliding windows: sizes, padding, and strided views of an image."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import ArgumentError, ShapeError
from ..value import ARRAY, ELSEWHERE, Array

Pair = tuple[int, int]
Shape = tuple[int, ...]
Tiles = Sequence[slice]  # parts of a batch
NO_MORE = (0, 0)
TILE = 1 << 19  # elements of scratch memory at a time: a part of the last-level cache
WORTH = 1 << 16  # elements from which on a batch is shared: 0.1 ms of work


class Windows(NamedTuple):
    """How a kernel slides over an image; each pair is (rows, columns).

    `more` is padding below and to the right, beyond that on both sides.
    """

    kernel: Pair
    stride: Pair
    padding: Pair
    dilation: Pair
    more: Pair = NO_MORE

    def plain(self) -> bool:
        """Whether each pixel is a window, in order."""
        return self.kernel == (1, 1) and self.stride == (1, 1)

    def padded(self, size: Pair) -> Pair:
        """The image size with all of its padding."""
        (top, left), (below, right) = self.padding, self.more
        return size[0] + 2 * top + below, size[1] + 2 * left + right

    def rounded_up(self, size: Pair) -> Windows:
        """With more padding, where a last window would not be whole without it.

        PyTorch's rule: it counts if it starts inside the image or the padding before.
        """
        parts = zip(size, self.padding, self.spans(), self.stride, strict=True)
        below, right = itertools.starmap(missing, parts)
        return self._replace(more=(below, right))

    def grid(self, operation: str, size: Pair) -> Pair:
        """How many windows fit, down and across: ⌊(H + 2p − d(k − 1) − 1) / s⌋ + 1.

        Raises ShapeError where not even one does.
        """
        (height, width), (down, across) = self.padded(size), self.stride
        spans = self.spans()
        if spans[0] > height or spans[1] > width:
            raise ShapeError(
                f"{operation}: a kernel of {self.kernel[0]}x{self.kernel[1]} with "
                f"dilation {self.dilation} spans {spans[0]}x{spans[1]} pixels and does "
                f"not fit an image of {size[0]}x{size[1]} with padding {self.padding}: "
                f"use a smaller kernel or more padding"
            )
        return (height - spans[0]) // down + 1, (width - spans[1]) // across + 1

    def spans(self) -> Pair:
        """The rows and columns of the image under one window: d(k − 1) + 1."""
        (rows, columns), (down, across) = self.kernel, self.dilation
        return down * (rows - 1) + 1, across * (columns - 1) + 1

    def starts(self, count: Pair) -> tuple[Array, Array]:
        """The rows and columns at which windows start; padding has those below 0."""
        rows, columns = (
            np.arange(n) * step - before
            for n, step, before in zip(count, self.stride, self.padding, strict=True)
        )
        return rows, columns

    def meet(self, size: Pair, count: Pair) -> bool:
        """Whether each window has a pixel of the image: dilation may leap over it."""
        if self.dilation == (1, 1):
            return True
        return all(
            ((taps >= 0) & (taps < n)).any(axis=1).all()
            for n, starts, kernel, apart in zip(
                size, self.starts(count), self.kernel, self.dilation, strict=True
            )
            for taps in [starts[:, None] + apart * np.arange(kernel)]
        )

    def overlapping(self) -> bool:
        """Whether two windows may share a pixel."""
        (rows, columns), (down, across) = self.spans(), self.stride
        return rows > down or columns > across

    def offsets(self, count: Pair) -> Iterator[tuple[Pair, tuple[slice, slice]]]:
        """Each place in the kernel, and the slices that it visits over all windows."""
        places = itertools.product(range(self.kernel[0]), range(self.kernel[1]))
        visited = itertools.product(self.places(0, count[0]), self.places(1, count[1]))
        return zip(places, visited, strict=True)

    @functools.lru_cache(maxsize=256)  # noqa: B019
    def places(self, axis: int, count: int) -> list[slice]:
        """For each row of the kernel (axis 0) or column (axis 1), what it visits."""
        step, apart = self.stride[axis], self.dilation[axis]
        length = (count - 1) * step + 1
        starts = range(0, self.kernel[axis] * apart, apart)
        return [slice(start, start + length, step) for start in starts]


def missing(size: int, padding: int, span: int, step: int) -> int:
    """How much padding a last window that starts in the image or before lacks.

    >>> missing(6, 0, 3, 2), missing(7, 0, 3, 2)
    (1, 0)
    """
    steps = -(-(size + 2 * padding - span) // step)  # to the last window, rounded up
    if steps * step >= size + padding:
        steps -= 1
    return max(0, steps * step + span - size - 2 * padding)


def pair(operation: str, name: str, value: Any, least: int) -> Pair:
    """An int or a pair as a pair; ShapeError unless both are at least `least`."""
    if type(value) is int and value >= least:  # most are: in a tenth of the time
        return value, value
    if (
        type(value) is tuple
        and [*map(type, value)] == [int, int]
        and min(value) >= least
    ):
        return value
    numbers = tuple(value) if np.iterable(value) else (value, value)
    whole = all(isinstance(n, int | np.integer) for n in numbers)
    if len(numbers) != 2 or not whole or min(numbers) < least:
        raise ShapeError(
            f"{operation}: `{name}` is {value!r}: it must be an integer or a pair of "
            f"integers, at least {least}"
        )
    return int(numbers[0]), int(numbers[1])


def windows_for(
    operation: str,
    kernel: int | Pair,
    stride: int | Pair | None,
    padding: int | Pair | str,
    dilation: int | Pair = 1,
) -> Windows:
    """Check the parameters of a sliding window; a stride of None is the kernel.

    `padding` may be "valid", which is none, or "same".
    """
    size = pair(operation, "kernel", kernel, 1)
    step = size if stride is None else pair(operation, "stride", stride, 1)
    apart = pair(operation, "dilation", dilation, 1)
    if isinstance(padding, str):
        unpadded = Windows(size, step, NO_MORE, apart)
        return unpadded if padding == "valid" else same(operation, padding, unpadded)
    return Windows(size, step, pair(operation, "padding", padding, 0), apart)


def same(operation: str, padding: str, windows: Windows) -> Windows:
    """As much padding as makes the result as large as the image.

    An odd row or column is put below and to the right, as in PyTorch.
    """
    if padding != "same":
        raise ArgumentError(
            f"{operation}: `padding` is {padding!r}: it must be a whole number, a pair "
            f'of them, "same" or "valid"'
        )
    if windows.stride != (1, 1):
        raise ArgumentError(
            f'{operation}: `padding` is "same" and `stride` {windows.stride}: a result '
            f"as large as the image needs stride 1; give the padding as numbers"
        )
    rows, columns = (span - 1 for span in windows.spans())
    return windows._replace(
        padding=(rows // 2, columns // 2), more=(rows % 2, columns % 2)
    )


def bordered(x: Array, windows: Windows, fill: float = 0.0) -> Array:
    """`x` in a border of `fill` around the last two axes, in contiguous memory."""
    if windows.padding == windows.more == NO_MORE:
        return np.ascontiguousarray(x) if type(x) is ARRAY else x
    (top, left), (height, width) = windows.padding, x.shape[-2:]
    size = windows.padded((height, width))
    if type(x) in ELSEWHERE:
        below, right = size[0] - height - top, size[1] - width - left
        widths = [*[(0, 0)] * (x.ndim - 2), (top, below), (left, right)]
        return np.pad(x, widths, constant_values=fill)
    padded = np.full((*x.shape[:-2], *size), fill, dtype=x.dtype)
    padded[..., top : top + height, left : left + width] = x
    return padded


def crop(x: Array, windows: Windows) -> Array:
    """Take the border off again: the adjoint of `bordered`."""
    if windows.padding == windows.more == NO_MORE:
        return x
    (top, left), (below, right) = windows.padding, windows.more
    height, width = x.shape[-2:]
    return x[..., top : height - top - below, left : width - left - right]


def strided(
    x: Array, shape: tuple[int, ...], steps: tuple[int, ...], start: int = 0
) -> Array:
    """A view of contiguous memory; start and strides count elements.

    In a fifth of the time that NumPy's `as_strided` takes.
    """
    strides = tuple(map(x.itemsize.__mul__, steps))
    return np.ndarray(shape, x.dtype, x, start * x.itemsize, strides)


def tiles(images: int, elements_each: int, at_most: int = TILE) -> Tiles:
    """Slices of a batch whose scratch memory stays in the cache, the first the longest.

    None has more than `at_most` elements, but for one image that has more by itself.
    Their number is 1, 2 or a multiple of 4, for threads to share, or that of the images
    where these are fewer.
    """
    most = max(at_most // max(elements_each, 1), 1)
    least = max(-(-images // most), 1 + (images * elements_each > WORTH))
    count = min(images, least if least < 3 else -(-least // 4) * 4)
    if count < 2:
        return [slice(0, images)] * count
    size, more = divmod(images, count)
    starts = [part * size + min(part, more) for part in range(count + 1)]
    return [slice(start, end) for start, end in itertools.pairwise(starts)]


def longest(parts: Tiles) -> int:
    """The most images that one of some tiles in a row has."""
    return parts[0].stop - parts[0].start if parts else 0
