"""What networks need of the three libraries that can train all of them.

Each is used as its users do: PyTorch by its functions, JAX by functions that are
compiled as a whole, step and optimizer in one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

RATES = {"SGD": 0.01, "Adam": 0.001}
MOMENTUM = 0.9
BETAS, EPSILON = (0.9, 0.999), 1e-8


def stepping(leaves: list, optimizer: Any, loss_of: Callable) -> Callable[[], object]:
    """A training step of a library that has optimizers."""

    def step() -> None:
        optimizer.zero_grad()
        loss_of(leaves).backward()
        optimizer.step()

    return step


def of_tinygraph() -> dict[str, Any]:
    """Of the library under test."""
    import tinygraph as tg

    def steps(optimizer: str, arrays: list, loss_of: Callable) -> Callable:
        leaves = [tg.Tensor(array, requires_grad=True) for array in arrays]
        more = {"momentum": MOMENTUM} if optimizer == "SGD" else {}
        kind = getattr(tg.optimize, optimizer)
        return stepping(leaves, kind(leaves, RATES[optimizer], **more), loss_of)

    def second_derivative(f: Callable, x: np.ndarray) -> Any:
        x = tg.Tensor(x, requires_grad=True)
        [slope] = tg.gradients(f(x).sum(), [x], record=True)
        return tg.gradients(slope.sum(), [x], record=True)[0]

    return {
        "constant": np.asarray,
        "training_step": steps,
        "second_derivative": second_derivative,
        "conv_transpose2d": lambda x, w, b, s, p: tg.conv_transpose2d(
            x, w, b, stride=s, padding=p
        ),
        "cross_entropy": tg.cross_entropy,
        "binary_cross_entropy": tg.binary_cross_entropy_with_logits,
        "embedding": lambda table, x: tg.embedding(x, table),
        "transpose": lambda x, axes: x.transpose(axes),
        "layer_norm": tg.layer_norm,
        "batch_norm": tg.batch_norm,
        "gelu": tg.gelu,
        "leaky_relu": tg.leaky_relu,
        "sigmoid": tg.sigmoid,
        "tanh": np.tanh,
        "sin": np.sin,
    }


def of_torch() -> dict[str, Any]:
    """Of PyTorch."""
    import torch
    from torch.nn import functional as f

    def steps(optimizer: str, arrays: list, loss_of: Callable) -> Callable:
        leaves = [torch.tensor(array, requires_grad=True) for array in arrays]
        more = {"momentum": MOMENTUM} if optimizer == "SGD" else {}
        kind = getattr(torch.optim, optimizer)
        return stepping(leaves, kind(leaves, RATES[optimizer], **more), loss_of)

    def second_derivative(g: Callable, x: torch.Tensor) -> Any:
        x = x.detach().requires_grad_()
        [slope] = torch.autograd.grad(g(x).sum(), x, create_graph=True)
        return torch.autograd.grad(slope.sum(), x, create_graph=True)[0]

    return {
        "constant": torch.tensor,
        "training_step": steps,
        "second_derivative": second_derivative,
        "conv_transpose2d": lambda x, w, b, s, p: f.conv_transpose2d(x, w, b, s, p),
        "cross_entropy": f.cross_entropy,
        "binary_cross_entropy": f.binary_cross_entropy_with_logits,
        "embedding": lambda table, x: f.embedding(x, table),
        "transpose": lambda x, axes: x.permute(axes),
        "layer_norm": lambda x, w, b: f.layer_norm(x, w.shape, w, b),
        "batch_norm": lambda x, w, b: f.batch_norm(x, None, None, w, b, training=True),
        "gelu": f.gelu,
        "leaky_relu": f.leaky_relu,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "sin": torch.sin,
    }


def of_jax() -> dict[str, Any]:
    """Of JAX."""
    import jax
    from jax import lax
    from jax import numpy as jnp

    def conv_transpose2d(x: Any, w: Any, b: Any, s: int, p: int) -> Any:
        edge = w.shape[2] - 1 - p
        turned = jnp.flip(w.swapaxes(0, 1), (2, 3))
        y = lax.conv_general_dilated(
            x, turned, (1, 1), ((edge, edge),) * 2, lhs_dilation=(s, s)
        )
        return y + b[:, None, None]

    def cross_entropy(logits: Any, classes: Any) -> Any:
        return -jax.nn.log_softmax(logits)[jnp.arange(len(classes)), classes].mean()

    def binary_cross_entropy(x: Any, t: Any) -> Any:
        return (jax.nn.softplus(x) - t * x).mean()

    def normalized(axes: Any, shape: tuple[int, ...]) -> Callable:
        def norm(x: Any, w: Any, b: Any) -> Any:
            deviation = (x.var(axes, keepdims=True) + 1e-5) ** 0.5
            y = (x - x.mean(axes, keepdims=True)) / deviation
            return y * w.reshape(shape) + b.reshape(shape)

        return norm

    def second_derivative(f: Callable, x: Any) -> Any:
        return jax.grad(lambda x: jax.grad(lambda x: f(x).sum())(x).sum())(x)

    return {
        "constant": jnp.asarray,
        "training_step": jax_steps,
        "second_derivative": second_derivative,
        "conv_transpose2d": conv_transpose2d,
        "cross_entropy": cross_entropy,
        "binary_cross_entropy": binary_cross_entropy,
        "embedding": lambda table, x: table[x],
        "transpose": jnp.transpose,
        "layer_norm": normalized(-1, (-1,)),
        "batch_norm": normalized((0, 2, 3), (-1, 1, 1)),
        "gelu": lambda x: jax.nn.gelu(x, approximate=False),
        "leaky_relu": jax.nn.leaky_relu,
        "sigmoid": jax.nn.sigmoid,
        "tanh": jnp.tanh,
        "sin": jnp.sin,
    }


def jax_steps(optimizer: str, arrays: list, loss_of: Callable) -> Callable:
    """Steps of an optimizer, compiled with the loss and its gradient."""
    import jax
    from jax import numpy as jnp

    rate, (beta1, beta2) = RATES[optimizer], BETAS

    def sgd(p: Any, grad: Any, memory: tuple, t: Any) -> tuple:
        velocity = MOMENTUM * memory[0] + grad
        return p - rate * velocity, (velocity, memory[1])

    def adam(p: Any, grad: Any, memory: tuple, t: Any) -> tuple:
        mean = beta1 * memory[0] + (1 - beta1) * grad
        square = beta2 * memory[1] + (1 - beta2) * grad * grad
        size = jnp.sqrt(square / (1 - beta2**t)) + EPSILON
        return p - rate * mean / (1 - beta1**t) / size, (mean, square)

    move = sgd if optimizer == "SGD" else adam

    @jax.jit
    def step(leaves: list, memories: list, t: Any) -> tuple:
        grads = jax.grad(loss_of)(leaves)
        moved = [
            move(p, grad, memory, t)
            for p, grad, memory in zip(leaves, grads, memories, strict=True)
        ]
        return [p for p, _ in moved], [memory for _, memory in moved], t + 1

    leaves = list(map(jnp.asarray, arrays))
    zeros = [(jnp.zeros_like(leaf), jnp.zeros_like(leaf)) for leaf in leaves]
    state = [leaves, zeros, jnp.float32(1)]

    def train() -> None:
        state[:] = jax.block_until_ready(step(*state))

    return train
