"""Products of matrices in pieces that BLAS multiplies fastest.

OpenBLAS copies matrices into an order of its own before it multiplies them, unless they
are small: then it reads them where they are. A product of up to a million
multiplications is small, and a larger one can be had in such pieces of its result. On
one core in float32, a matrix of 32x48 times one of 48x1024 takes 22 instead of 33 µs,
256x768 times 768x64 takes 163 instead of 201, and 192x1024 times 1024x64, 156 instead
of 201 µs.

What the pieces are follows from sizes alone: bits must not depend on where the memory
of an array starts.

Where BLAS has several threads, a large product is left to them.
"""

from __future__ import annotations

import functools
import math
import os

import numpy as np

from ..value import Array
from .workers import memory, team

SMALL = 1_000_000  # multiplications of a piece at most
ROWS = 16  # of a piece at least, if its columns can be fewer
FOUR = 4  # rows at a time
PAGE = 4096  # bytes, at whose distance numbers keep one another out of the cache
KILO = 1 << 10  # bytes, of which steps are too large in the same way
VECTOR = 16  # numbers of a cache line
WIDE = 32  # columns, for which a product is worth a transposed copy
COLUMNS = 64  # of which a piece has a multiple: four vectors of AVX-512


@functools.lru_cache(maxsize=1)
def threads_of_blas() -> int:
    """How many threads OpenBLAS starts with, unless `tinygraph.threads` says how many.

    It asks the same variables, and then the system.
    """
    for name in ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"):
        if (value := os.environ.get(name, "")).isdecimal() and int(value):
            return int(value)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@functools.lru_cache(maxsize=1024)
def piece(rows: int, inner: int, columns: int) -> tuple[int, int]:
    """The rows and columns of the pieces of a result.

    >>> piece(64, 192, 64)  # one piece
    (64, 64)
    >>> piece(32, 48, 1024)
    (16, 1024)
    """
    most = SMALL // max(inner, 1)
    if rows * columns <= most:
        return rows, columns
    width = columns
    if columns * min(ROWS, rows) > most:
        width = min(columns, max(COLUMNS, most // ROWS // COLUMNS * COLUMNS))
    height = max(FOUR, most // width // FOUR * FOUR)
    height = -(-rows // -(-rows // height))  # all pieces as high, nearly
    return min(rows, -(-height // FOUR) * FOUR), width


def multiply(x: Array, y: Array, z: Array) -> None:
    """z = x y, of stacks of matrices (..., M, K) and (..., K, P)."""
    rows, columns = z.shape[-2:]
    height, width = piece(rows, x.shape[-1], columns)
    whole = height == rows and width == columns
    if whole or (team.get()[0] == 0 and threads_of_blas() > 1):
        np.matmul(x, y, out=z)
        return
    down, across = rows // height, columns // width
    lower, right = down * height, across * width
    np.matmul(
        x[..., :lower, :].reshape(*x.shape[:-2], down, 1, height, x.shape[-1]),
        y[..., :right]
        .reshape(*y.shape[:-2], 1, y.shape[-2], across, width)
        .swapaxes(-3, -2),
        out=z[..., :lower, :right]
        .reshape(*z.shape[:-2], down, height, across, width)
        .swapaxes(-3, -2),
    )
    if lower < rows:
        multiply(x[..., lower:, :], y[..., :right], z[..., lower:, :right])
    if right < columns:
        multiply(x, y[..., right:], z[..., right:])


def apart(x: Array, axis: int, name: str = "apart") -> Array:
    """`x`, to be read along an axis: a copy if its steps keep one another out of cache.

    Those of a multiple of 1 KB meet the same few lines of it. To transpose 32x32x32
    takes 0.4 instead of 1.8 ns for each element, with the copy.
    """
    if x.strides[axis] % KILO or x.shape[axis] < VECTOR:
        return x
    size = math.prod(x.shape[axis + 1 :])
    shape = *x.shape[: axis + 1], size + VECTOR
    y = memory.array(name, shape, x.dtype)[..., :size].reshape(x.shape)
    y[...] = x
    return y


def copied(name: str, x: Array) -> Array:
    """`x` in scratch memory, as it is indexed."""
    y = memory.array(name, x.shape, x.dtype)
    y[...] = x
    return y


def transposed(x: Array) -> Array:
    """Matrices (..., M, P) as (..., P, M): a copy if they are many columns."""
    if x.shape[-2] < WIDE:
        return x.swapaxes(-1, -2)
    return copied("rows", apart(x, x.ndim - 2).swapaxes(-1, -2))
