"""What loops over taps have in common; `numba_loops` says what a tap is.

The compiler puts these functions into the loops that call them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..value import Array
from .loop_cache import SUMS, compiled


@compiled(SUMS, inline="always")
def add(total: Array, w: float, x: Array) -> None:
    """Add w x to a sum."""
    for j in range(total.size):
        total[j] += w * x[j]


@compiled(SUMS, inline="always")
def inner(g: Array, x: Array) -> Any:
    """Σ g x, over as many elements as g has."""
    total = g.dtype.type(0)
    for j in range(g.size):
        total += g[j] * x[j]
    return total


@compiled(inline="always")
def copy(x: Array, y: Array) -> None:
    """y = x: takes a third of the time that `y[:] = x` takes to compile."""
    for j in range(y.size):
        y[j] = x[j]


@compiled(inline="always")
def set_apart(g: Array, lines: Array, line: int) -> None:
    """Put the rows of a result where they belong in lines as wide as the image."""
    down, across = g.shape
    for row in range(down):
        copy(g[row], lines[row * line : row * line + across])


@compiled(inline="always")
def put_apart(pixels: Array, parts: Array, steps: Any, phases: Array) -> None:
    """Put the pixels of an image where they belong in its phases.

    Of each phase, `parts` tells the first pixel, its place, the rows and the columns;
    `steps` are from one pixel to the next, from row to row, and that in the phases.
    """
    across, down, line = np.uint64(steps[0]), np.uint64(steps[1]), np.uint64(steps[2])
    for k in range(parts.shape[0]):
        one, place, rows, columns = parts[k, 0], parts[k, 1], parts[k, 2], parts[k, 3]
        for _ in range(rows):
            if across == 1:
                for j in range(columns):
                    phases[place + j] = pixels[one + j]
            else:
                for j in range(columns):
                    phases[place + j] = pixels[one + j * across]
            one, place = one + down, place + line


@compiled(inline="always")
def put_back(phases: Array, parts: Array, steps: Any, pixels: Array) -> None:
    """The inverse of `put_apart`."""
    across, down, line = np.uint64(steps[0]), np.uint64(steps[1]), np.uint64(steps[2])
    for k in range(parts.shape[0]):
        one, place, rows, columns = parts[k, 0], parts[k, 1], parts[k, 2], parts[k, 3]
        for _ in range(rows):
            if across == 1:
                for j in range(columns):
                    pixels[one + j] = phases[place + j]
            else:
                for j in range(columns):
                    pixels[one + j * across] = phases[place + j]
            one, place = one + down, place + line


@compiled(inline="always")
def copy_rows(x: Array, step: int, y: Array, start: int, line: int, size: Any) -> None:
    """Copy rows, which are `step` apart in x and `line` in y, from `start` on."""
    one, place = np.uint64(0), np.uint64(start)
    for _ in range(size[0]):
        for j in range(np.uint64(size[1])):
            y[place + j] = x[one + j]
        one, place = one + np.uint64(step), place + np.uint64(line)
