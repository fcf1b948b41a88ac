"""Loops that Numba compiles for `winograd`: what is multiplied, and what it gives.

A channel of an image stays in the cache from the first sum to the last, while NumPy
needs a pass over memory for each. Squares of a row lie side by side, with one more at
the end that none needs: so a plane is one loop.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..value import Array
from .loop_cache import SUMS, compiled
from .tap_loops import copy_rows, put_apart


@compiled(inline="always")
def subtract(x: Array, y: Array, out: Array) -> None:
    """out = x − y"""
    for j in range(np.uint64(out.size)):
        out[j] = x[j] - y[j]


@compiled(inline="always")
def plus(x: Array, y: Array, out: Array) -> None:
    """out = x + y"""
    for j in range(np.uint64(out.size)):
        out[j] = x[j] + y[j]


@compiled()
def pixels(
    x: Array, parts: Array, steps: Any, squares: Array, first: int, last: int
) -> None:
    """What is multiplied, (16, C, squares), of images (N, C, H, W) from first on.

    `parts` and `steps` put pixels apart: those of even rows and columns, and so on.
    """
    _, _, line, elements = steps
    phase = elements // 4
    size, end = phase - line, 2 * phase - line
    phases, row = np.zeros(elements, x.dtype), np.zeros(2 * phase, x.dtype)
    even, odd = phases[: 2 * phase], phases[2 * phase :]
    left, right = row[:phase], row[phase:]
    for c in range(x.shape[1]):
        for i in range(first, last):
            put_apart(x[i, c].ravel(), parts, steps, phases)
            here = slice((i - first) * size, (i - first + 1) * size)
            for k in range(4):
                if k == 0:
                    subtract(even, even[line:], row[:end])
                elif k == 1:
                    plus(odd, even[line:], row[:end])
                elif k == 2:
                    subtract(even[line:], odd, row[:end])
                else:
                    subtract(odd[line:], odd, row[:end])
                subtract(left, left[1:], squares[4 * k, c, here])
                plus(right, left[1:], squares[4 * k + 1, c, here])
                subtract(left[1:], right, squares[4 * k + 2, c, here])
                subtract(right[1:], right, squares[4 * k + 3, c, here])


@compiled(SUMS, inline="always")
def add_three(x: Array, y: Array, z: Array, out: Array) -> None:
    """out = x + y + z"""
    for j in range(np.uint64(out.size)):
        out[j] = x[j] + y[j] + z[j]


@compiled(SUMS, inline="always")
def subtract_one_of_three(x: Array, y: Array, z: Array, out: Array) -> None:
    """out = x − y + z"""
    for j in range(np.uint64(out.size)):
        out[j] = x[j] - y[j] + z[j]


@compiled(SUMS)
def results(
    products: Array, b: Array, line: int, y: Array, first: int, last: int
) -> None:
    """y + b, (N, F, OH, OW), of products (16, F, squares) for the images from first."""
    _, f, down, across = y.shape
    size = (down + 1) // 2 * line
    sums, pairs = np.empty((4, size), y.dtype), np.empty(2 * size, y.dtype)
    s0, s1, s2, s3 = sums[0], sums[1], sums[2], sums[3]
    for k in range(f):
        for i in range(first, last):
            here = slice((i - first) * size, (i - first + 1) * size)
            image = y[i, k].ravel()
            for odd in range(2):
                for m in range(4):
                    one, two = products[4 + m, k, here], products[8 + m, k, here]
                    if odd:
                        three = products[12 + m, k, here]
                        subtract_one_of_three(one, two, three, sums[m])
                    else:
                        add_three(products[m, k, here], one, two, sums[m])
                for j in range(np.uint64(size)):
                    pairs[2 * j] = s0[j] + s1[j] + s2[j] + b[k]
                    pairs[2 * j + 1] = s1[j] - s2[j] + s3[j] + b[k]
                rows = (down + 1 - odd) // 2
                copy_rows(
                    pairs, 2 * line, image, odd * across, 2 * across, (rows, across)
                )
