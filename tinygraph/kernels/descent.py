"""A step of gradient descent with momentum, in as few passes as there may be."""

from __future__ import annotations

import numpy as np

from ..value import Array
from .compilation import chosen


def descend(
    data: Array, velocity: Array, grad: Array, lr: float, momentum: float
) -> tuple[Array, Array]:
    """data − lr v and v, where v = momentum velocity + grad; both in new memory.

    All are of one shape.
    """
    loops = chosen.get().get(data.dtype)
    if loops is not None and data.ndim:
        moved = np.empty(data.shape, data.dtype)
        after = np.empty(data.shape, data.dtype)
        loops.descend(data, velocity, grad, moved, after, lr, momentum)
        return moved, after
    after = momentum * velocity
    after += grad
    change = lr * after
    return np.subtract(data, change, out=change if change.ndim else None), after
