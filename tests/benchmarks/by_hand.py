"""A training step of the slides' network in NumPy alone, with its gradients by hand.

It is what one would write for this network and no other: im2col by a view of windows,
products of matrices, pooling without overlap, and nothing that is recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Array = np.ndarray[Any, Any]


class Training:
    """Parameters, their velocities, and a batch; calling it takes one step."""

    def __init__(
        self, arrays: Sequence[Array], x: Array, t: Array, lr: float, momentum: float
    ) -> None:
        self.parameters = [array.copy() for array in arrays]
        self.velocities = [np.zeros_like(array) for array in arrays]
        self.x, self.t = x, t
        self.lr, self.momentum = lr, momentum

    def __call__(self) -> float:
        """Take one step of gradient descent with momentum; return the error before."""
        error, grads = error_and_gradients(self.parameters, self.x, self.t)
        for w, v, grad in zip(self.parameters, self.velocities, grads, strict=True):
            v *= self.momentum
            v += grad
            w -= self.lr * v
        return error


def error_and_gradients(
    p: Sequence[Array], x: Array, t: Array
) -> tuple[float, list[Array]]:
    """Half the squared error of softmax, averaged over the batch, and its gradients."""
    a1, columns1 = convolved(x, p[0], p[1])
    r1 = np.maximum(a1, 0)
    m1 = pooled(r1)
    a2, columns2 = convolved(m1, p[2], p[3])
    r2 = np.maximum(a2, 0)
    m2 = pooled(r2)
    h0 = m2.reshape(len(x), -1)
    h1 = np.maximum(h0 @ p[4].T + p[5], 0)
    h2 = np.maximum(h1 @ p[6].T + p[7], 0)
    z = h2 @ p[8].T + p[9]
    e = np.exp(z - z.max(axis=1, keepdims=True))
    y = e / e.sum(axis=1, keepdims=True)
    difference = y - t

    g = difference / np.float32(len(x))
    g = y * (g - (g * y).sum(axis=1, keepdims=True))
    g2 = (g @ p[8]) * (h2 > 0)
    g1 = (g2 @ p[6]) * (h1 > 0)
    back2 = unpooled((g1 @ p[4]).reshape(m2.shape), r2, m2) * (r2 > 0)
    filters2, biases2 = filter_gradients(back2, columns2, p[2])
    back1 = unpooled(image_gradient(back2, p[2], m1), r1, m1) * (r1 > 0)
    filters1, biases1 = filter_gradients(back1, columns1, p[0])
    dense = [g1.T @ h0, g1.sum(0), g2.T @ h1, g2.sum(0), g.T @ h2, g.sum(0)]
    error = 0.5 * float((difference * difference).sum()) / len(x)
    return error, [filters1, biases1, filters2, biases2, *dense]


def convolved(x: Array, w: Array, b: Array) -> tuple[Array, Array]:
    """A convolution, and the columns that it was computed from."""
    windows = sliding_window_view(x, w.shape[2:], axis=(2, 3))
    n, c, down, across, height, width = windows.shape
    columns = windows.transpose(0, 1, 4, 5, 2, 3)
    columns = columns.reshape(n, c * height * width, down * across)
    y = np.matmul(w.reshape(len(w), -1), columns)
    y += b[:, None]
    return y.reshape(n, len(w), down, across), columns


def filter_gradients(g: Array, columns: Array, w: Array) -> tuple[Array, Array]:
    """The gradients of filters and biases."""
    rows = g.reshape(len(g), len(w), -1)
    products = np.matmul(rows, columns.transpose(0, 2, 1)).sum(axis=0)
    return products.reshape(w.shape), rows.sum(axis=(0, 2))


def image_gradient(g: Array, w: Array, x: Array) -> Array:
    """The gradient of the image: columns, added back to where they came from."""
    n, f, down, across = g.shape
    rows = np.matmul(w.reshape(f, -1).T, g.reshape(n, f, -1))
    rows = rows.reshape(n, *w.shape[1:], down, across)
    image = np.zeros_like(x)
    for row in range(w.shape[2]):
        for column in range(w.shape[3]):
            part = image[:, :, row : row + down, column : column + across]
            part += rows[:, :, row, column]
    return image


def quarters(x: Array) -> list[Array]:
    """The four elements of each window of 2x2."""
    return [x[:, :, row::2, column::2] for row in (0, 1) for column in (0, 1)]


def pooled(x: Array) -> Array:
    """The largest element of each window of 2x2."""
    a, b, c, d = quarters(x)
    return np.maximum(np.maximum(a, b), np.maximum(c, d))


def unpooled(g: Array, x: Array, y: Array) -> Array:
    """The gradient of what was pooled: it goes to the first of the largest."""
    back, left = np.empty_like(x), np.ones(y.shape, bool)
    for part, place in zip(quarters(x), quarters(back), strict=True):
        found = (part == y) & left
        np.multiply(g, found, out=place)
        left &= ~found
    return back
