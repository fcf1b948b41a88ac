"""Softmax, its logarithm, cross-entropy and their adjoints.

Rows of large arrays are calculated some at a time, so that what is between stays in the
cache; a pass of NumPy is too short to be worth another thread. For 256 rows of 1,000
numbers in float32, softmax and its adjoint take 0.33 ms in such tiles, of which
`np.exp` takes 0.12, and 0.14 ms in compiled loops (`row_loops.py`, `column_loops.py`),
on one core. Numbers for short rows are spread over whole matrices: log-softmax of 4,096
rows of 16 numbers takes two thirds of the time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..value import ARRAY, ELSEWHERE, Array
from . import formulas
from .compilation import LARGE, LIGHT, NONE, chosen, parts, slices
from .sums import ones, outer, row_products, row_sums
from .workers import for_each, memory

TILE = 1 << 17  # elements at a time: 512 kB of float32
NARROW, SHORT = 48, 128  # numbers of rows that other ways are faster for
SMALL = 1 << 12  # elements up to which tiles do not pay
# Numbers between minus and plus this have exponentials whose sum neither overflows nor
# loses anything: they need not be shifted by their maximum.
MODERATE = {np.dtype(np.float32): 60.0, np.dtype(np.float64): 600.0}


def softmax(x: Array, axis: int) -> Array:
    """e^x / Σ e^x along an axis"""
    if type(x) in ELSEWHERE:
        return formulas.softmax(x, axis)
    loops = chosen.get()
    if loops and (y := looped("softmax", axis, x)) is not None:
        return y
    if pays(axis, x):
        return by_rows(softmax_of_rows, x)
    e = np.exp(x - np.maximum.reduce(x, axis=axis, keepdims=True))
    e /= np.add.reduce(e, axis=axis, keepdims=True)
    return e


def softmax_adjoint(g: Array, y: Array, axis: int) -> Array:
    """y (g − Σ g y)"""
    if type(g) in ELSEWHERE:
        return formulas.softmax_adjoint(g, y, axis)
    loops = chosen.get()
    if loops and (z := looped("softmax_adjoint", axis, g, y)) is not None:
        return z
    if pays(axis, g, y):
        return by_rows(softmax_adjoint_of_rows, g, y)
    return y * (g - np.add.reduce(g * y, axis=axis, keepdims=True))


def log_softmax(x: Array, axis: int) -> Array:
    """x − ln Σ e^x along an axis"""
    if type(x) in ELSEWHERE:
        return formulas.log_softmax(x, axis)
    loops = chosen.get()
    if loops and (y := looped("log_softmax", axis, x)) is not None:
        return y
    if pays(axis, x):
        return by_rows(log_softmax_of_rows, x)
    shifted = x - np.maximum.reduce(x, axis=axis, keepdims=True)
    return shifted - np.log(np.add.reduce(np.exp(shifted), axis=axis, keepdims=True))


def log_softmax_adjoint(g: Array, y: Array, axis: int) -> Array:
    """g − e^y Σ g"""
    if type(g) in ELSEWHERE:
        return formulas.log_softmax_adjoint(g, y, axis)
    loops = chosen.get()
    if loops and (z := looped("log_softmax_adjoint", axis, g, y)) is not None:
        return z
    if pays(axis, g, y):
        return by_rows(log_softmax_adjoint_of_rows, g, y)
    return g - np.exp(y) * np.add.reduce(g, axis=axis, keepdims=True)


def cross_entropies(x: Array, t: Array) -> Array:
    """−Σ t ln softmax(x) along the last axis, where t = 0 counts nothing"""
    if type(x) in ELSEWHERE:
        return formulas.cross_entropies(x, t)
    matrices = rows_of(x, t)
    if matrices is None:
        return np.add.reduce(surprise(x, t), axis=-1)
    losses = np.empty(x.shape[:-1], x.dtype)
    if (loops := chosen.get().get(x.dtype)) is not None:
        share(loops.rows.cross_entropy, *matrices, losses.reshape(-1))
        return losses
    with np.errstate(invalid="ignore"):  # 0 times a logit of −∞
        in_tiles(cross_entropies_of_rows, *matrices, losses.reshape(-1))
    return (
        losses if np.isfinite(losses).all() else np.add.reduce(surprise(x, t), axis=-1)
    )


def surprise(x: Array, t: Array) -> Array:
    """−t ln softmax(x), which is 0 where t is, also of a logit of −∞"""
    logarithms = -log_softmax(x, -1)
    if np.maximum.reduce(logarithms, axis=None, initial=0.0) == np.inf:
        logarithms = np.where(np.equal(t, 0), 0.0, logarithms)
    return t * logarithms


def cross_entropy_adjoint(g: Array, x: Array, t: Array) -> Array:
    """g (softmax(x) Σ t − t), where g has a number for each row"""
    if type(x) in ELSEWHERE:
        return formulas.cross_entropy_adjoint(g, x, t)
    matrices = rows_of(x, t)
    if matrices is None or g.dtype != x.dtype:
        total = np.add.reduce(t, axis=-1, keepdims=True)
        return (softmax(x, -1) * total - t) * np.expand_dims(g, -1)
    z = np.empty(x.shape, x.dtype)
    arrays = (*matrices, g.reshape(-1), z.reshape(matrices[0].shape))
    if (loops := chosen.get().get(x.dtype)) is not None:
        share(loops.rows.cross_entropy_adjoint, *arrays)
    else:
        in_tiles(cross_entropy_adjoint_of_rows, *arrays)
    return z


def rows_of(x: Array, t: Array) -> list[Array] | None:
    """Logits and targets as matrices of one type; None where these do not pay."""
    if type(x) is not ARRAY or type(t) is not ARRAY or x.shape != t.shape:
        return None
    if x.size < SMALL and (chosen.get() is NONE or not x.size):
        return None
    if x.dtype not in MODERATE or np.result_type(x, t) != x.dtype:
        return None
    sizes = -1, x.shape[-1]
    return [x.reshape(sizes), t.astype(x.dtype, copy=False).reshape(sizes)]


# Compiled loops -----------------------------------------------------------------------


def looped(name: str, axis: Any, *arrays: Array) -> Array | None:
    """What a compiled loop makes of the numbers along an axis; None without a loop."""
    x = arrays[0]
    shape, dtype = np.shape(x), x.dtype
    loops, count = chosen.get().get(dtype), len(shape)
    if loops is None or type(axis) is not int or not -count <= axis < count:
        return None
    for array in arrays:
        if type(array) is not ARRAY or array.shape != shape or array.dtype != dtype:
            return None
    y, axis = np.empty(shape, dtype), axis % count
    if axis == count - 1:
        sizes: tuple[int, ...] = (-1, shape[axis])
        loop = getattr(loops.rows, name)
    else:
        sizes = (-1, shape[axis], math.prod(shape[axis + 1 :]))
        loop = getattr(loops.columns, name)
    if y.size:
        share(loop, *(array.reshape(sizes) for array in (*arrays, y)))
    return y


def share(loop: Callable[..., None], *arrays: Array) -> None:
    """Let a loop go through the first axis of arrays, of which the last is the result.

    The others are made read-only, so that the loop is compiled for that alone.
    """
    *given, out = arrays
    for array in given:
        array.flags.writeable = False
    size = given[0].nbytes
    if size > LARGE:
        tiles = parts(len(out), size, loop.__name__ in LIGHT)
        for_each(tiles, lambda tile: loop(*given, out, tile.start, tile.stop))
    else:
        loop(*given, out, 0, len(out))


# Tiles --------------------------------------------------------------------------------


def pays(axis: int, *arrays: Array) -> bool:
    """Whether these are large, of one type of floats, and with their rows in order."""
    x = arrays[0]
    return x.size > SMALL and all(
        type(a) is ARRAY
        and axis in (-1, a.ndim - 1)
        and a.flags.c_contiguous
        and a.dtype == x.dtype
        and a.dtype in MODERATE
        for a in arrays
    )


def by_rows(calculate: Callable[..., object], *arrays: Array) -> Array:
    """What is calculated from the rows of arrays of one shape, some at a time.

    `calculate` gets these parts, and the part of the result to write to.
    """
    x = arrays[0]
    y, shape = np.empty(x.shape, x.dtype), (-1, x.shape[-1])
    in_tiles(calculate, *(array.reshape(shape) for array in (*arrays, y)))
    return y


def in_tiles(calculate: Callable[..., object], *arrays: Array) -> None:
    """Calculate from a matrix and arrays with as many rows, some at a time."""
    x = arrays[0]
    for tile in slices(len(x), max(1, TILE // x.shape[1])):
        calculate(*(array[tile] for array in arrays))


def moderate(x: Array) -> Array:
    """`x` less the maximum of each row, or as it is where that is not needed."""
    bound = MODERATE[x.dtype]
    if np.maximum.reduce(x, axis=None) < bound > -np.minimum.reduce(x, axis=None):
        return x
    return np.subtract(x, along(maxima(x), x))


def maxima(x: Array) -> Array:
    """The maximum of each row; of short ones, as maxima of columns."""
    if x.shape[1] > NARROW:
        return np.maximum.reduce(x, axis=1)
    return np.maximum.reduce(np.ascontiguousarray(x.T), axis=0)


def along(numbers: Array, x: Array) -> Array:
    """A number for each row of `x`, as a column, or all along a row that is short."""
    if x.shape[1] > SHORT:
        return numbers[:, None]
    matrix = memory.array("along rows", x.shape, x.dtype)
    return outer(numbers, ones(x.shape[1], x.dtype), matrix)


def softmax_of_rows(x: Array, out: Array) -> None:
    """e^x / Σ e^x of each row of a matrix."""
    np.exp(moderate(x), out=out)
    out *= along(1 / row_sums(out), x)


def softmax_adjoint_of_rows(g: Array, y: Array, out: Array) -> None:
    """y (g − Σ g y) of each row of matrices."""
    np.subtract(g, along(row_products(g, y), g), out=out)
    out *= y


def log_softmax_of_rows(x: Array, out: Array) -> None:
    """x − ln Σ e^x of each row of a matrix."""
    np.subtract(x, along(maxima(x), x), out=out)
    e = np.exp(out, out=memory.array("exponentials", x.shape, x.dtype))
    out -= along(np.log(row_sums(e)), x)


def log_softmax_adjoint_of_rows(g: Array, y: Array, out: Array) -> None:
    """g − e^y Σ g of each row of matrices."""
    np.exp(y, out=out)
    out *= along(row_sums(g), g)
    np.subtract(g, out, out=out)


def cross_entropies_of_rows(x: Array, t: Array, out: Array) -> None:
    """ln Σ e^(x − max) Σ t − Σ t (x − max), of each row: neither part is negative"""
    shifted = memory.array("exponentials", x.shape, x.dtype)
    np.subtract(x, along(maxima(x), x), out=shifted)
    dots = row_products(t, shifted)
    np.exp(shifted, out=shifted)
    np.multiply(np.log(row_sums(shifted)), row_sums(t), out=out)
    out -= dots


def cross_entropy_adjoint_of_rows(x: Array, t: Array, g: Array, out: Array) -> None:
    """g (softmax(x) Σ t − t) of each row"""
    np.exp(moderate(x), out=out)
    out *= along(row_sums(t) / row_sums(out), x)
    out -= t
    out *= along(g, x)
