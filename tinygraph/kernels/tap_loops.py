"""What loops over taps have in common; `numba_loops` says what a tap is.

The compiler puts these functions into the loops that call them.
"""

from __future__ import annotations

from typing import Any

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
