"""Steps of gradient descent, with momentum or moments, in as few passes as may be."""

from __future__ import annotations

import numpy as np

from ..value import ARRAY, Array
from .compilation import chosen, flat, slices

TILE = 1 << 15  # elements at a time: 128 kB of float32
LARGE = 1 << 14  # elements from which on tiles pay
LONG = 1 << 19  # elements from which on blocks pay: 0.7 of the time for 2048x2048
BLOCK = 1 << 18  # elements of a block


def descend(
    data: Array, velocity: Array, grad: Array, lr: float, momentum: float
) -> tuple[Array, Array]:
    """data − lr v and v, where v = momentum velocity + grad; both in new memory.

    All are of one shape.
    """
    loops = chosen.get().get(data.dtype) if type(data) is ARRAY else None
    if loops is not None and data.ndim:
        moved = np.empty(data.shape, data.dtype)
        after = np.empty(data.shape, data.dtype)
        arrays = map(flat, (data, velocity, grad, moved, after))
        loops.descend(*arrays, lr, momentum)
        return moved, after
    after = momentum * velocity
    after += grad
    if data.size > LONG and type(data) is ARRAY:
        return descend_along(data, after, lr), after
    change = lr * after
    return np.subtract(data, change, out=change if change.ndim else None), after


def descend_along(data: Array, slope: Array, lr: float) -> Array:
    """data − lr slope of a large array, in new memory, in blocks."""
    moved = np.empty(data.shape, data.dtype)
    whole = [*map(flat, (moved, slope, data))]
    for tile in slices(data.size, BLOCK):
        part, change, before = (array[tile] for array in whole)
        np.multiply(change, lr, out=part)
        np.subtract(before, part, out=part)
    return moved


def descend_by_moments(
    data: Array,
    moments: tuple[Array | None, Array | None],
    grad: Array,
    betas: tuple[float, float],
    steps: int,
    lr: float,
    epsilon: float,
) -> tuple[Array, Array, Array]:
    """data − lr m̂ / (√v̂ + epsilon), m and v: the running means of grad and grad².

    All in new memory, and each pass over what the last has left in the cache.
    """
    shape, dtype = data.shape, np.result_type(data, grad)
    moved, mean, square = (np.empty(shape, dtype).reshape(-1) for _ in range(3))
    if (loops := chosen.get().get(dtype)) is not None:
        known = [np.zeros(shape, dtype) if m is None else m for m in moments]
        arrays = map(flat, (data, *known, grad, moved, mean, square))
        rates = *betas, *(1.0 - beta**steps for beta in betas), lr, epsilon
        loops.descend_by_moments(*arrays, rates)
        return moved.reshape(shape), mean.reshape(shape), square.reshape(shape)
    scratch = np.empty(min(TILE, data.size), dtype)
    before = [None if m is None else m.reshape(-1) for m in moments]
    data, grad = data.reshape(-1), grad.reshape(-1)
    for start in range(0, data.size, TILE):
        tile = slice(start, start + TILE)
        g, m, v, w = grad[tile], mean[tile], square[tile], moved[tile]
        s = scratch[: len(g)]
        run(m, None if before[0] is None else before[0][tile], g, betas[0], s)
        np.multiply(g, g, out=w)
        run(v, None if before[1] is None else before[1][tile], w, betas[1], s)
        np.divide(v, 1.0 - betas[1] ** steps, out=s)
        np.sqrt(s, out=s)
        s += epsilon
        np.divide(m, 1.0 - betas[0] ** steps, out=w)
        w *= lr
        w /= s
        np.subtract(data[tile], w, out=w)
    return moved.reshape(shape), mean.reshape(shape), square.reshape(shape)


def run(out: Array, before: Array | None, value: Array, beta: float, s: Array) -> None:
    """The running mean after one more value; it starts at 0. `s` is scratch memory."""
    np.multiply(value, 1.0 - beta, out=out)
    if before is not None:
        np.multiply(before, beta, out=s)
        np.add(s, out, out=out)
