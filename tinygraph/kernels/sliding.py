"""How a kernel slides along one axis of an image, and where it meets the image."""

from __future__ import annotations

import math
from typing import NamedTuple


class Along(NamedTuple):
    """Windows along one axis that meet the image, at one place of the kernel."""

    pixels: slice  # of the image
    windows: slice


def along(place: int, count: int, size: int, stride: int) -> Along:
    """Where `count` windows meet an axis of `size`, `place` pixels from their start.

    >>> along(-1, 4, 4, 1)  # the first window begins in the padding
    Along(pixels=slice(0, 3, 1), windows=slice(1, 4, None))
    """
    start = min(count, max(0, -(place // stride)))
    end = min(count, max(start, (size - 1 - place) // stride + 1))
    first = max(0, place + start * stride)
    return Along(
        slice(first, first + (end - start) * stride, stride), slice(start, end)
    )


class Sliding(NamedTuple):
    """How a kernel slides along one axis of an image."""

    kernel: int
    stride: int
    dilation: int
    place: int  # of the first pixel of the first window: below 0 in the padding
    size: int  # of the image
    windows: int  # how many there are

    def along(self, tap: int) -> Along:
        """The windows that meet the image at a place of the kernel, and where."""
        return along(
            self.place + tap * self.dilation, self.windows, self.size, self.stride
        )

    def part(self, windows: slice) -> Sliding:
        """Some of the windows."""
        place = self.place + windows.start * self.stride
        return self._replace(place=place, windows=windows.stop - windows.start)

    def backward(self, phase: int) -> tuple[slice, Sliding] | None:
        """How the turned kernel slides over results, to every stride-th pixel.

        Those are the pixels from `phase` on. The kernel has only some of its places,
        which the slice tells; None where no place ever meets such a pixel.
        """
        shift = phase - self.place
        met = [
            tap
            for tap in range(self.kernel)
            if (shift - tap * self.dilation) % self.stride == 0
        ]
        if not met:
            return None
        common = math.gcd(self.stride, self.dilation)
        return slice(met[0], met[-1] + 1, self.stride // common), Sliding(
            len(met),
            1,
            self.dilation // common,
            (shift - met[-1] * self.dilation) // self.stride,
            self.windows,
            -(-(self.size - phase) // self.stride),
        )


class Phase(NamedTuple):
    """Rows of the kernel that meet the same rows of the image, a stride apart."""

    memory: str  # the name of that for the widened image
    lines: int  # rows of the widened image
    down: Along
    rows: list[tuple[int, int]]  # a row of the kernel, and its first line


def phases(down: Sliding) -> list[Phase]:
    """All of a convolution."""
    common = math.gcd(down.stride, down.dilation)
    between, period = down.dilation // common, down.stride // common
    found = []
    for first in range(min(down.kernel, period)):
        rows = range(first, down.kernel, period)
        lines = down.windows + between * (len(rows) - 1)
        met = down._replace(windows=lines).along(first)
        starts = [(row, place * between) for place, row in enumerate(rows)]
        found.append(Phase(f"wide {first}", lines, met, starts))
    return found
