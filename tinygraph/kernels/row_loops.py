"""Loops over the rows of matrices that Numba compiles: softmax and what belongs to it.

Each takes the rows from `first` to before `last`. The last array is the result. Only
the functions that sum up may do so in any order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..value import Array
from . import compiled_functions as functions
from .loop_cache import FUSED, SUMS, compiled

FAR = 9  # (s − μ)² / σ² up to which sums of x − s, and their squares, are exact enough
SHORT = 64  # numbers; a compiled loop reads no more at a time


@compiled(inline="late")
def largest(row: Array) -> Any:
    """The maximum. A NaN may be passed over: every exponential then is NaN anyway.

    Numbers are compared by their ranks, which are integers: the compiler takes several
    of these at a time.
    """
    most = functions.rank(row[0])
    for j in range(row.size):
        most = max(most, functions.rank(row[j]))
    return functions.of_rank(most)


@compiled(SUMS, inline="late")
def total(row: Array) -> Any:
    """Σ x"""
    found = row.dtype.type(0)
    for j in range(row.size):
        found += row[j]
    return found


@compiled(SUMS, inline="late")
def moments(x: Array, i: int, start: Any) -> Any:
    """Σ (x − s) and Σ (x − s)² of a row, with any number s"""
    found, square = x.dtype.type(0), x.dtype.type(0)
    for j in range(x.shape[1]):
        moved = x[i, j] - start
        found += moved
        square += moved * moved
    return found, square


@compiled(SUMS, inline="late")
def inner(x: Array, y: Array) -> Any:
    """Σ x y"""
    found = x.dtype.type(0)
    for j in range(x.size):
        found += x[j] * y[j]
    return found


@compiled(SUMS, inline="late")
def exponentials(x: Array, most: Any, y: Array) -> Any:
    """y = e^(x − most), and the sum of these, in a loop of its own for short rows.

    A loop that writes and sums rounds the sum otherwise where x and y are as near in
    memory as what it reads at a time, which small arrays may be.
    """
    if x.size < SHORT:
        for j in range(x.size):
            y[j] = functions.decay(x[j] - most)
        return total(y)
    found = x.dtype.type(0)
    for j in range(x.size):
        e = functions.decay(x[j] - most)
        y[j] = e
        found += e
    return found


@compiled(FUSED)
def softmax(x: Array, y: Array, first: int, last: int) -> None:
    """y = e^x / Σ e^x"""
    for i in range(first, last):
        out = y[i]
        scale = x.dtype.type(1) / exponentials(x[i], largest(x[i]), out)
        for j in range(out.size):
            out[j] *= scale


@compiled(FUSED)
def softmax_adjoint(g: Array, y: Array, z: Array, first: int, last: int) -> None:
    """z = y (g − Σ g y)"""
    for i in range(first, last):
        mean = inner(g[i], y[i])
        for j in range(g.shape[1]):
            z[i, j] = y[i, j] * (g[i, j] - mean)


@compiled(FUSED)
def log_softmax(x: Array, y: Array, first: int, last: int) -> None:
    """y = x − ln Σ e^x"""
    for i in range(first, last):
        most = largest(x[i])
        logarithm = np.log(exponentials(x[i], most, y[i]))
        for j in range(x.shape[1]):
            y[i, j] = (x[i, j] - most) - logarithm


@compiled(FUSED)
def log_softmax_adjoint(g: Array, y: Array, z: Array, first: int, last: int) -> None:
    """z = g − e^y Σ g"""
    for i in range(first, last):
        whole = total(g[i])
        for j in range(g.shape[1]):
            z[i, j] = g[i, j] - functions.decay(y[i, j]) * whole


@compiled(FUSED)
def cross_entropy(x: Array, t: Array, losses: Array, first: int, last: int) -> None:
    """−Σ t ln softmax(x), where t = 0 counts nothing, whatever x is"""
    zero, row = x.dtype.type(0), np.empty(x.shape[1], x.dtype)
    for i in range(first, last):
        most = largest(x[i])
        logarithm = np.log(exponentials(x[i], most, row))
        for j in range(row.size):
            surprise = t[i, j] * (logarithm - (x[i, j] - most))
            row[j] = zero if t[i, j] == zero else surprise
        losses[i] = total(row)


@compiled(FUSED)
def cross_entropy_adjoint(
    x: Array, t: Array, g: Array, z: Array, first: int, last: int
) -> None:
    """z = g (softmax(x) Σ t − t)"""
    for i in range(first, last):
        out = z[i]
        scale = total(t[i]) / exponentials(x[i], largest(x[i]), out)
        for j in range(out.size):
            out[j] = g[i] * (scale * out[j] - t[i, j])
