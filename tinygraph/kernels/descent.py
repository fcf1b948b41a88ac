"""A step of gradient descent with momentum, in as few passes as there may be."""

from __future__ import annotations

import numpy as np

from ..value import Array
from .compilation import chosen


def descend(
    data: Array, velocity: Array, grad: Array, lr: float, momentum: float
) -> Array:
    """v ← momentum v + grad, in place; the result is data − lr v, in new memory.

    All are of one shape, and the velocity is contiguous, so that it is no copy of it
    that is written to.
    """
    loops = chosen.get().get(data.dtype)
    if loops is not None and data.ndim:
        moved = np.empty(data.shape, data.dtype)
        loops.descend(data, velocity, grad, moved, float(lr), float(momentum))
        return moved
    velocity *= momentum  # in place: a new array takes longer than the sum
    velocity += grad
    change = lr * velocity
    return np.subtract(data, change, out=change if change.ndim else None)
