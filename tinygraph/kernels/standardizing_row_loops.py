"""Loops over the rows of matrices that Numba compiles: normalisation, and its adjoints.

Scale and shift are (G, K), of rows before they repeat. Each loop takes the rows from
`first` to before `last`.

The sums over a row that statistics and adjoints need are made at once: in float64,
1,000 numbers each, that takes two thirds of the time of one after the other.

Rows are read as x[i, j]: making a slice of a row takes as long as 30 of its numbers.
"""

# A loop over range(2) always runs.
# pyright: reportPossiblyUnboundVariable=false

from __future__ import annotations

from typing import Any

import numpy as np

from ..value import Array
from .loop_cache import FUSED, SUMS, compiled
from .row_loops import FAR, moments


@compiled(SUMS, inline="late")
def all_sums(g: Array, w: Array, x: Array, i: int, place: int, start: Any) -> Any:
    """Σ (x − s), Σ (x − s)², Σ w g and Σ w g (x − s) of a row"""
    found, square = x.dtype.type(0), x.dtype.type(0)
    slope, product = x.dtype.type(0), x.dtype.type(0)
    for j in range(x.shape[1]):
        moved, h = x[i, j] - start, g[i, j] * w[place, j]
        found += moved
        square += moved * moved
        slope += h
        product += h * moved
    return found, square, slope, product


@compiled(inline="late")
def statistics(x: Array, i: int, epsilon: Any) -> Any:
    """μ and 1/√(σ² + ε) of a row, by sums of x − s, where s is its first number

    Where that is far from μ, differences have few digits, and s is μ instead.
    """
    one, mean = x.dtype.type(1), x[i, 0]
    share = one / x.dtype.type(x.shape[1])
    for _ in range(2):
        found, square = moments(x, i, mean)
        off = found * share
        mean, variance = mean + off, square * share - off * off
        if off * off <= FAR * variance:
            break
    return mean, one / np.sqrt(variance + epsilon)


@compiled(FUSED)
def standardize_rows(
    x: Array, w: Array, b: Array, y: Array, epsilon: float, first: int, last: int
) -> None:
    """y = w x̂ + b"""
    place, epsilon = first % len(w), x.dtype.type(epsilon)
    for i in range(first, last):
        mean, inverse = statistics(x, i, epsilon)
        for j in range(x.shape[1]):
            y[i, j] = (x[i, j] - mean) * inverse * w[place, j] + b[place, j]
        place = place + 1 if place + 1 < len(w) else 0


@compiled()  # exactly 0 for a row of one number: h is its own mean
def row_gradient(
    g: Array, x: Array, w: Array, z: Array, epsilon: float, first: int, last: int
) -> None:
    """z = (h − mean(h) − x̂ mean(h x̂)) / √(σ² + ε), with h = w g"""
    one = x.dtype.type(1)
    share = one / x.dtype.type(x.shape[1])
    place, epsilon = first % len(w), x.dtype.type(epsilon)
    for i in range(first, last):
        mean = x[i, 0]
        for _ in range(2):
            found, square, level, tilt = all_sums(g, w, x, i, place, mean)
            off = found * share
            mean, variance = mean + off, square * share - off * off
            tilt -= off * level
            if off * off <= FAR * variance:
                break
        inverse, level = one / np.sqrt(variance + epsilon), level * share
        tilt = tilt * share * inverse * inverse
        for j in range(x.shape[1]):
            h = g[i, j] * w[place, j]
            z[i, j] = ((h - level) - (x[i, j] - mean) * tilt) * inverse
        place = place + 1 if place + 1 < len(w) else 0


@compiled(FUSED)
def row_products(
    g: Array, x: Array, epsilon: float, sums: Array, first: int, last: int
) -> None:
    """Add g x̂ of each row to the sums, (G, K)"""
    place, epsilon = first % len(sums), x.dtype.type(epsilon)
    for i in range(first, last):
        mean, inverse = statistics(x, i, epsilon)
        for j in range(x.shape[1]):
            sums[place, j] += g[i, j] * ((x[i, j] - mean) * inverse)
        place = place + 1 if place + 1 < len(sums) else 0
