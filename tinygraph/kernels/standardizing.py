"""Normalisation by mean and variance, and its adjoints: (x − μ) / √(σ² + ε).

Arrays are (N, C, P); each of the C parts has statistics of its own, over N and P. A
layer normalisation of M rows is (1, M, P), a batch normalisation is (N, C, H·W). Parts
are calculated some at a time, so that what is between stays in the cache, and threads
share them.
"""

from __future__ import annotations

import functools
import operator
from typing import Any, NamedTuple

import numpy as np

from ..value import Array
from .compilation import slices
from .sums import row_products, row_sums
from .workers import PASS, for_each, memory, shared

TILE = 1 << 16  # elements that are calculated at a time: 256 kB of float32


class Centered(NamedTuple):
    """Some parts of an array without their means, and 1/√(σ² + ε) of each, (C, 1)."""

    values: Array  # (N, C, P), overwritten by the next parts
    inverse: Array


def centered(x: Array, epsilon: float, out: Array | None = None) -> Centered:
    """The parts `x`, (N, C, P), without their means; in memory that is used again."""
    count = x.shape[0] * x.shape[2]
    if out is None:
        out = memory.array("centered", x.shape, x.dtype)
    mean = np.add.reduce(row_sums(x), axis=0)[:, None] / count
    np.subtract(x, mean, out=out)
    variance = np.add.reduce(row_products(out, out), axis=0)[:, None] / count
    return Centered(out, (1.0 / np.sqrt(variance + epsilon)).astype(x.dtype))


def tiles(x: Array) -> list[slice]:
    """Slices of the C parts of (N, C, P), each of about `TILE` elements."""
    if not x.size:
        return []
    return slices(x.shape[1], max(1, TILE // (x.shape[0] * x.shape[2])))


def call(x: Array) -> float:
    """The size of a call for one of the tiles, of parts of memory that lie apart."""
    return 2 * PASS * x.shape[0] * x.shape[2]


def part(factor: Array | None, tile: slice) -> Any:
    """The part of a scale or shift, (1, C, 1) or (1, 1, P), that is for a tile."""
    if factor is None or factor.shape[1] == 1:
        return factor
    return factor[:, tile]


def standardize(
    x: Array, scale: Array | None, shift: Array | None, epsilon: float, out: Array
) -> None:
    """scale (x − μ) / √(σ² + ε) + shift, where both are (1, C, 1) or (1, 1, P)."""

    def calculate(tile: slice) -> None:
        y, inverse = centered(x[:, tile], epsilon, out[:, tile])
        w, b = part(scale, tile), part(shift, tile)
        if w is not None and w.shape[2] == 1:
            inverse, w = inverse * w, None
        y *= inverse
        if w is not None:
            y *= w
        if b is not None:
            y += b

    for_each(tiles(x), calculate, call(x))


def input_gradient(
    g: Array, x: Array, scale: Array | None, epsilon: float, out: Array
) -> None:
    """The adjoint in x: (h − mean(h) − x̂ mean(h x̂)) / √(σ² + ε), with h = scale g."""
    count = x.shape[0] * x.shape[2]

    def calculate(tile: slice) -> None:
        values, inverse = centered(x[:, tile], epsilon)
        result, h, w = out[:, tile], g[:, tile], part(scale, tile)
        factor = inverse
        if w is not None and w.shape[2] == 1:
            factor = inverse * w
        elif w is not None:
            h = np.multiply(h, w, out=memory.array("scaled", h.shape, x.dtype))
        mean = np.add.reduce(row_sums(h), axis=0)[:, None] / count
        slope = np.add.reduce(row_products(h, values), axis=0)[:, None] / count
        np.multiply(values, slope * (inverse * inverse), out=values)
        np.subtract(h, values, out=result)
        result -= mean
        result *= factor

    for_each(tiles(x), calculate, call(x))


def scale_gradient(g: Array, x: Array, epsilon: float, along: bool) -> Array:
    """The adjoint in the scale: the sum of g x̂, to (P,) if `along`, else to (C,)."""

    def sums(tile: slice) -> Array:
        values, inverse = centered(x[:, tile], epsilon)
        if not along:
            products = np.add.reduce(row_products(g[:, tile], values), axis=0)
            return np.multiply(products, inverse[:, 0])
        values *= inverse
        return np.einsum("ncp,ncp->p", g[:, tile], values)

    if not x.size:
        return np.zeros(x.shape[2 if along else 1], x.dtype)
    found = shared(lambda parts: [*map(sums, parts)], tiles(x), call(x))
    return functools.reduce(operator.add, found) if along else np.concatenate(found)
