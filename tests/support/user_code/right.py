"""Code as users write it: type checkers find no fault, and it runs.

`assert_type` says what a checker must take an expression for. When a test runs this
file, it compares that with what the expression gave.
"""

from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import tinygraph as tg

Array = NDArray[Any]

x = np.ones((2, 3))
t = tg.Tensor(x, requires_grad=True, name="t")
w = tg.Tensor(np.ones((3, 4)), requires_grad=True)
image = np.ones((1, 2, 8, 8))
filters = tg.Tensor(np.ones((3, 2, 3, 3)), requires_grad=True)
bias = tg.Tensor(np.zeros(3), requires_grad=True)

# Operators: one tensor makes the result a tensor.
assert_type(t @ w, tg.Tensor)
assert_type(x @ w, tg.Tensor)
assert_type(x + t, tg.Tensor)
assert_type(2.0 * t - 1, tg.Tensor)
assert_type(1 / (t + 1), tg.Tensor)
assert_type(-(t**2), tg.Tensor)
assert_type(abs(t), tg.Tensor)
assert_type(t[0], tg.Tensor)
assert_type(t[:, None], tg.Tensor)
assert_type(list(t), list[tg.Tensor])
with tg.no_grad():
    t -= 0.1
assert_type(t, tg.Tensor)

# Methods.
assert_type(t.sum(), tg.Tensor)
assert_type(t.sum(0), tg.Tensor)
assert_type(t.mean(axis=1, keepdims=True), tg.Tensor)
assert_type(t.reshape(3, 2), tg.Tensor)
assert_type(t.reshape((3, 2)).T, tg.Tensor)
assert_type(t.transpose(1, 0), tg.Tensor)
assert_type(t.relu().detach(), tg.Tensor)
assert_type(t.cumprod(0), tg.Tensor)
assert_type(t.numpy(), Array)
assert_type(t.shape, tuple[int, ...])
t.argsort()

# Operations: tensors make a tensor, arrays make an array.
assert_type(tg.relu(t), tg.Tensor)
assert_type(tg.relu(x), Array)
assert_type(tg.relu([-1.0, 2.0]), Array)
assert_type(tg.relu([t[0], t[1]]), tg.Tensor)
assert_type(tg.add(t, 1), tg.Tensor)
assert_type(tg.add(1, t), tg.Tensor)
assert_type(tg.add(x, x), Array)
assert_type(tg.maximum(x, t), tg.Tensor)
assert_type(tg.where(x > 0, t, 0.0), tg.Tensor)
assert_type(tg.where(x > 0, 0.0, t), tg.Tensor)
assert_type(tg.where(x > 0, x, 0.0), Array)
assert_type(tg.sum(t, 0), tg.Tensor)
assert_type(tg.sum(t, axis=(0, 1), keepdims=True), tg.Tensor)
assert_type(tg.softmax(t, -1), tg.Tensor)
assert_type(tg.reshape(t, (3, 2)), tg.Tensor)
assert_type(tg.transpose(t, (1, 0)), tg.Tensor)
assert_type(tg.matmul(x, w), tg.Tensor)
assert_type(tg.linear(x, w.T, tg.Tensor(np.zeros(4))), tg.Tensor)
assert_type(tg.conv2d(image, filters), tg.Tensor)
assert_type(tg.conv2d(image, filters, bias, padding="same"), tg.Tensor)
assert_type(tg.conv2d(image, filters, b=bias, padding=(1, 1)), tg.Tensor)
assert_type(tg.conv2d(image, filters.data), Array)
assert_type(tg.conv2d(image, filters.data, bias), tg.Tensor)
assert_type(tg.max_pool2d(tg.conv2d(image, filters), 2), tg.Tensor)
assert_type(tg.max_pool2d(image, 2, stride=1), Array)
assert_type(tg.avg_pool2d(tg.Tensor(image), kernel=(2, 2), ceil_mode=True), tg.Tensor)
assert_type(tg.im2col(tg.Tensor(image), 3, padding=1), tg.Tensor)

# Compositions, in the same way.
assert_type(tg.silu(t), tg.Tensor)
assert_type(tg.gelu(x, "tanh"), Array)
assert_type(tg.clip(t, 0.0, 1.0), tg.Tensor)
assert_type(tg.swapaxes(t, 0, 1), tg.Tensor)
assert_type(tg.stack([t, t]), tg.Tensor)
assert_type(tg.stack([x, x], axis=1), Array)
assert_type(tg.concatenate([t, t]), tg.Tensor)
assert_type(tg.hstack([t, t]), tg.Tensor)
assert_type(tg.median(t, axis=0), tg.Tensor)
assert_type(tg.mse(t, x), tg.Tensor)
assert_type(tg.mse(x, x, reduction="sum"), Array)
assert_type(tg.cross_entropy(t, [0, 1]), tg.Tensor)
assert_type(tg.linalg.inv(t @ t.T + np.eye(2)), tg.Tensor)
assert_type(tg.conv_transpose2d(image, np.ones((2, 3, 2, 2)), stride=2), Array)
assert_type(tg.dropout(t, 0.5, rng=np.random.default_rng(0)), tg.Tensor)
tg.stack([t, x])  # a list of both: nobody can tell
assert_type(tg.einsum("ij,jk->ik", t, w), tg.Tensor)
assert_type(tg.einsum("ij,jk->ik", x, w), tg.Tensor)
assert_type(tg.einsum("ij->ji", x), Array)

# An operation of the user's own.


@tg.primitive
def scaled(a: Array, *, factor: float = 2.0) -> Array:
    """y = factor · a"""
    return a * factor


scaled.vjp(lambda g, y, a, factor: g * factor, r"\bar{y}\, f")


@scaled.vjp("a", r"\bar{y}\, f")
def scaled_vjp(g: Any, y: Any, a: Any, factor: float) -> Any:
    return g * factor


assert_type(scaled(t), tg.Tensor)
assert_type(scaled(t, factor=3.0), tg.Tensor)
assert_type(scaled(x), Array)


def twice(operation: tg.Primitive, at: tg.Tensor) -> tg.Tensor:
    return operation(operation(at))


assert_type(twice(scaled, t), tg.Tensor)

# What is imported when it is asked for.
loss = tg.mse(tg.relu(x @ w), np.zeros((2, 4)))
loss.backward()
assert_type(w.grad, Array | None)
assert_type(tg.trace(loss), tg.Trace)
assert_type(tg.gradients(loss, [w]), list[Any])
tg.check_gradients(tg.relu, x)
tg.optimize.SGD([w], lr=0.1).step()
assert_type(tg.profile(loss), tg.Profile)
