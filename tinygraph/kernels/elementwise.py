"""Functions of elements and their adjoints: compiled loops, or passes over tiles.

Each pass of NumPy over a large array goes through memory. Tiles stay in the cache from
one pass to the next; a compiled loop (`elementwise_loops.py`) needs a single pass. For
256x1000 numbers in float32, GELU and its adjoint take 0.8 ms in tiles and 0.25 ms
compiled, on one core. In tiles a polynomial takes a third of that, and `np.exp`, twice,
another.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..value import ARRAY, Array
from . import error_function, formulas
from .compilation import chosen, looped, slices
from .error_function import FITS, polynomial
from .masking import choose
from .workers import memory

TILE = 1 << 16  # elements at a time: 256 kB of float32

# The tanh approximation of GELU is x σ(x (a + b x²)), with a = 2√(2/π).
GELU_TANH = (math.sqrt(8.0 / math.pi), math.sqrt(8.0 / math.pi) * 0.044715)
# Up to 5, −ln(Φ(x) / Φ(−x)) / x is this polynomial of x², to the precision of float32.
# Fitted like those in `error_function.py`.
LOG_ODDS = (
    -1.59576968, -0.0726669486, 6.59746423e-05, 0.000110305788, -7.87648894e-06,
    2.60499851e-07, -3.40396615e-09,
)  # fmt: skip
FAR = 5.0


class Elementwise:
    """A function of the elements of arrays, by the passes that calculate it.

    The passes get the arrays, the result, and options. The compiled loop of the same
    name does so too, where loops are wanted.
    """

    def __init__(self, passes: Callable[..., None]) -> None:
        self.passes, self.name, self.__doc__ = passes, passes.__name__, passes.__doc__

    def __call__(self, *arrays: Any, options: Sequence[float] = ()) -> Any:
        """The function of arrays, which usually have one shape and type."""
        x = arrays[0]
        for array in arrays:
            if type(array) is not ARRAY or array.shape != x.shape:
                return self.converted(arrays, options)
            if array.dtype != x.dtype or x.dtype.kind != "f":
                return self.converted(arrays, options)
        loops = chosen.get().get(x.dtype)
        if loops is not None:
            return looped(getattr(loops.elements, self.name), *arrays, options=options)
        y = np.empty(x.shape, x.dtype)
        if x.size <= TILE:
            self.passes(*arrays, y, *options)
            return y if y.ndim else y[()]
        *flat, out = (array.reshape(-1) for array in (*arrays, y))

        for tile in slices(x.size, TILE):
            self.passes(*(array[tile] for array in flat), out[tile], *options)
        return y

    def planned(
        self, arrays: Sequence[Array], options: Sequence[float] = ()
    ) -> Callable[..., Array] | None:
        """The same for arrays like these, without a look at them.

        None where it takes more than the passes.
        """
        shape, dtype = arrays[0].shape, arrays[0].dtype
        alike = all((a.shape, a.dtype) == (shape, dtype) for a in arrays)
        few = len(shape) > 0 and math.prod(shape) <= TILE
        if not alike or not few or dtype.kind != "f" or dtype in chosen.get():
            return None
        passes = self.passes

        def kernel(*arrays: Array) -> Array:
            y = np.empty(shape, dtype)
            passes(*arrays, y, *options)
            return y

        return kernel

    def converted(self, arrays: Sequence[Any], options: Sequence[float]) -> Any:
        """The same of anything else: numbers, several types, shapes that broadcast."""
        arrays = np.broadcast_arrays(*arrays)
        dtype = np.result_type(*arrays)
        if dtype.kind != "f":
            dtype = np.result_type(dtype, np.float64)
        first = arrays[0]
        plain = type(first) is ARRAY
        y = np.empty(first.shape, dtype) if plain else np.empty_like(first, dtype=dtype)
        self.passes(*(array.astype(dtype) for array in arrays), y, *options)
        return y if y.ndim else y[()]


def scratch(x: Array, name: str = "elementwise") -> Array:
    """An array like `x` of any elements, for a single pass or two."""
    return (
        np.empty_like(x)
        if type(x) is not ARRAY
        else memory.array(name, x.shape, x.dtype)
    )


def numbers(value: float, x: Array) -> Any:
    """An array like `x` of one number: for `np.maximum` 4 times as fast as that."""
    if type(x) is not ARRAY:
        return value
    if x.size > TILE:
        return np.full(x.shape, value, x.dtype)
    return row_of(value, x.dtype)[: x.size].reshape(x.shape)


@functools.lru_cache(maxsize=16)
def row_of(value: float, dtype: np.dtype[Any]) -> Array:
    """As many equal numbers as a tile may have, kept."""
    row = np.full(TILE, value, dtype)
    row.setflags(write=False)
    return row


@Elementwise
def sigmoid(x: Array, y: Array) -> None:
    """y = 1 / (1 + e^−x)"""
    np.negative(x, out=y)
    with np.errstate(over="ignore"):  # then y is 0, which is as near as it can be
        np.exp(y, out=y)
    np.add(y, 1, out=y)
    np.divide(1, y, out=y)


@Elementwise
def sigmoid_adjoint(g: Array, y: Array, z: Array) -> None:
    """z = g y (1 − y)"""
    np.subtract(1, y, out=z)
    np.multiply(z, y, out=z)
    np.multiply(z, g, out=z)


@Elementwise
def tanh_adjoint(g: Array, y: Array, z: Array) -> None:
    """z = g (1 − y²)"""
    np.multiply(y, y, out=z)
    np.subtract(1, z, out=z)
    np.multiply(z, g, out=z)


@Elementwise
def silu(x: Array, y: Array) -> None:
    """y = x / (1 + e^−x)"""
    np.negative(x, out=y)
    with np.errstate(over="ignore"):
        np.exp(y, out=y)
    np.add(y, 1, out=y)
    np.divide(x, y, out=y)


@Elementwise
def silu_adjoint(g: Array, x: Array, z: Array) -> None:
    """z = g σ (1 + x (1 − σ)) with σ = σ(x)"""
    s = scratch(x)
    sigmoid.passes(x, s)
    np.subtract(1, s, out=z)
    np.multiply(z, x, out=z)
    np.add(z, 1, out=z)
    np.multiply(z, s, out=z)
    np.multiply(z, g, out=z)


@Elementwise
def softplus(x: Array, y: Array) -> None:
    """y = max(x, 0) + ln(1 + e^−|x|)"""
    s = scratch(x)
    np.abs(x, out=y)
    np.negative(y, out=y)
    np.exp(y, out=y)
    np.log1p(y, out=y)
    np.add(y, np.maximum(x, numbers(0, x), out=s), out=y)


@Elementwise
def softplus_adjoint(g: Array, x: Array, z: Array) -> None:
    """z = g σ(x)"""
    sigmoid.passes(x, z)
    np.multiply(z, g, out=z)


@Elementwise
def erf(x: Array, y: Array) -> None:
    """y = erf x"""
    if type(x) is not ARRAY:
        y[...] = formulas.erf(x, FITS[x.dtype])
    elif x.dtype in FITS:
        error_function.fill(y.reshape(-1), x.reshape(-1), FITS[x.dtype])
    else:
        y[...] = error_function.erf(x)


@Elementwise
def gelu(x: Array, y: Array) -> None:
    """y = x Φ(x)

    In float32, Φ is σ of its log-odds, which are x times a polynomial of x².
    """
    s = scratch(x)
    if x.dtype == np.float32:
        with np.errstate(over="ignore"):
            np.multiply(x, x, out=s)
            polynomial(LOG_ODDS, np.minimum(s, numbers(FAR * FAR, x), out=s), y)
            np.multiply(y, x, out=y)
            np.exp(y, out=y)
        np.add(y, 1, out=y)
        np.divide(x, y, out=y)
    else:
        erf.passes(np.multiply(x, math.sqrt(0.5), out=s), y)
        np.add(y, 1, out=y)
        np.multiply(y, np.multiply(x, 0.5, out=s), out=y)


@Elementwise
def gelu_adjoint(g: Array, x: Array, y: Array, z: Array) -> None:
    """z = g (Φ(x) + x φ(x)), where Φ(x) = y / x"""
    s = scratch(x)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        np.multiply(x, x, out=z)
        np.multiply(z, -0.5, out=z)
        np.exp(z, out=z)
        np.multiply(z, math.sqrt(0.5 / math.pi), out=z)
        np.multiply(z, x, out=z)
        np.add(z, half_at_0(np.divide(y, x, out=s), x), out=z)
    np.multiply(z, g, out=z)


def half_at_0(below: Array, x: Array) -> Array:
    """Φ(x) as a quotient by x, which is ½ where x is too small for that."""
    size = np.abs(x, out=scratch(x, "absolute"))
    least = np.finfo(x.dtype).tiny
    if (
        type(x) is not ARRAY
        or not np.minimum.reduce(size, axis=None, initial=least) >= least
    ):
        np.copyto(below, 0.5, where=size < least)
    return below


@Elementwise
def gelu_tanh(x: Array, y: Array) -> None:
    """y = x / (1 + e^−u), with u = x (a + b x²)"""
    with np.errstate(over="ignore"):
        polynomial([-c for c in GELU_TANH], np.multiply(x, x, out=scratch(x)), y)
        np.multiply(y, x, out=y)
        np.exp(y, out=y)
    np.add(y, 1, out=y)
    np.divide(x, y, out=y)


@Elementwise
def gelu_tanh_adjoint(g: Array, x: Array, z: Array) -> None:
    """z = g σ (1 + (1 − σ) x (a + 3b x²)) with σ = σ(x (a + b x²))"""
    a, b = GELU_TANH
    s, slope = scratch(x), scratch(x, "slope")
    with np.errstate(over="ignore", invalid="ignore"):
        np.multiply(x, x, out=z)
        np.multiply(polynomial((a, b), z, slope), x, out=slope)
        sigmoid.passes(slope, s)
        np.multiply(polynomial((a, 3 * b), z, slope), x, out=slope)
        np.subtract(1, s, out=z)
        np.multiply(z, slope, out=z)
    np.add(z, 1, out=z)
    np.multiply(z, s, out=z)
    np.multiply(z, g, out=z)


@Elementwise
def elu(x: Array, y: Array, alpha: float) -> None:
    """y = max(x, 0) + a (e^min(x, 0) − 1)"""
    zeros = numbers(0, x)
    np.minimum(x, zeros, out=y)
    np.expm1(y, out=y)
    np.multiply(y, alpha, out=y)
    np.add(y, np.maximum(x, zeros, out=scratch(x)), out=y)


@Elementwise
def elu_adjoint(g: Array, x: Array, z: Array, alpha: float) -> None:
    """z = g where x > 0, a e^x g elsewhere"""
    np.exp(np.minimum(x, numbers(0, x), out=z), out=z)
    np.multiply(z, alpha, out=z)
    np.multiply(z, g, out=z)
    if alpha != 1:
        z[...] = choose(np.greater(x, 0), g, z)


@Elementwise
def leaky_relu(x: Array, y: Array, slope: float) -> None:
    """y = x where x > 0, s x elsewhere"""
    np.multiply(x, slope, out=y)
    if 0 <= slope <= 1:
        np.maximum(x, y, out=y)
    else:
        np.copyto(y, x, where=np.greater(x, 0))


@Elementwise
def leaky_relu_adjoint(g: Array, x: Array, z: Array, slope: float) -> None:
    """z = g where x > 0, s g elsewhere

    For a slope from 0 to 1, the factor is the larger one of it and of the mask.
    """
    if 0 <= slope <= 1 and type(x) is ARRAY:
        mask = memory.array("mask", x.shape, np.dtype(bool))
        np.copyto(z, np.greater(x, 0, out=mask))
        np.maximum(z, numbers(slope, x), out=z)
        np.multiply(z, g, out=z)
    else:
        np.multiply(g, slope, out=z)
        z[...] = choose(np.greater(x, 0), g, z)
