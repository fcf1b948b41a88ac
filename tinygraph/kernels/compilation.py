"""Loops that Numba compiles, for those who ask for them; NumPy is the default."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType, ModuleType
from typing import Any

import numpy as np

from ..errors import ArgumentError
from ..value import Array
from .workers import for_each, team

flat = operator.methodcaller("reshape", -1)
# Bytes of each thread's part of a loop, at least: 40 µs of a loop with e^x. Others,
# with 20 µs, are shared from twice as many on. Another thread starts 20 µs later.
LARGE = 3 << 17

LIGHT = {
    "sigmoid_adjoint", "tanh_adjoint", "leaky_relu", "leaky_relu_adjoint",
    "keep_positive", "positive", "softmax_adjoint",
}  # fmt: skip

# The compiled loops for each type of numbers; none outside of `compiled`.
Loops = Mapping[np.dtype[Any], ModuleType]
NONE: Loops = MappingProxyType({})
chosen: ContextVar[Loops] = ContextVar("tinygraph_loops", default=NONE)


@contextmanager
def compiled() -> Iterator[None]:
    """Let loops that Numba compiles do what they are faster at than NumPy.

    These are convolutions of few filters and channels or with 3x3 filters, both with
    stride 1, or of each channel by itself, max pooling, activations, softmax,
    normalisation, the gradient of rows that are taken by number, products of a column
    and a row, Adam, and SGD with momentum, in float32 and float64.
    Of finite numbers, results are the same but for the rounding of sums and of third
    powers, and the same bits in every run; a NaN or an infinity may reach more of a
    gradient.
    Each loop is compiled when it is needed first, which takes a second or so, and is
    kept for the next process.

    Needs Numba; raises ArgumentError without it.

    >>> import numpy as np, tinygraph as tg
    >>> with tg.compiled():
    ...     tg.max_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)[0, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    try:
        from . import numba_loops
    except ImportError as error:
        raise ArgumentError(f"compiled: {error}: python -m pip install numba") from None
    token = chosen.set(dict.fromkeys(map(np.dtype, ("f4", "f8")), numba_loops))
    try:
        yield
    finally:
        chosen.reset(token)


def looped(
    loop: Callable[..., None], *arrays: Array, options: Sequence[float] = ()
) -> Any:
    """What a compiled loop makes of the elements of arrays of one shape and type.

    It gets flat arrays that cannot be written to, whatever it is given: so it is
    compiled once for each type of numbers.
    """
    x = arrays[0]
    y, given = np.empty(x.shape, x.dtype), [*map(x.dtype.type, options)]
    *rows, out = map(flat, (*arrays, y))
    for row in rows:
        row.flags.writeable = False
    if x.nbytes > LARGE:
        for_each(
            parts(x.size, x.nbytes, loop.__name__ in LIGHT),
            lambda tile: loop(*(row[tile] for row in rows), out[tile], *given),
        )
    else:
        loop(*rows, out, *given)
    return y if x.ndim else y[()]


def readable(*arrays: Array) -> list[Array]:
    """Arrays in contiguous memory that cannot be written to: views, or themselves.

    So a loop is compiled once for each type of numbers, whatever it is given.
    """
    found = [*arrays]
    for place, array in enumerate(arrays):
        flags = array.flags
        if flags.writeable or not flags.c_contiguous:
            view = array.view() if flags.c_contiguous else np.ascontiguousarray(array)
            view.flags.writeable = False
            found[place] = view
    return found


def parts(size: int, memory: int, light: bool = False) -> list[slice]:
    """Equal parts of an axis of an array, one for each thread that gains time.

    `memory` is the bytes of the array; a `light` loop has little to do for each.
    """
    count = max(1, min(team.get()[0], (memory >> light) // LARGE, size))
    ends = [size * part // count for part in range(count + 1)]
    return [*itertools.starmap(slice, itertools.pairwise(ends))]


def slices(size: int, each: int) -> list[slice]:
    """The parts of an axis, of `each` elements and what remains."""
    return [slice(start, min(start + each, size)) for start in range(0, size, each)]
