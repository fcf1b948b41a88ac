"""The timed libraries, each behind the same few functions, used as its users do.

Only its own function imports a library, so that a process has only one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any

import layers
import numpy as np

THREADS = 2  # for tinygraph and PyTorch; the others use their default
LR, MOMENTUM = 0.01, 0.9


class Peer(SimpleNamespace):
    """A library; a function that it does not have raises AttributeError."""

    session: Callable[[], Any] = nullcontext  # the context of its work


def ours() -> Peer:
    """The library under test."""
    import tinygraph as tg

    def backward(y: tg.Tensor, g: np.ndarray, leaves: list) -> None:
        y.backward(g)
        for leaf in leaves:
            leaf.grad = None

    return Peer(
        name="tinygraph",
        session=lambda: tg.threads(THREADS),
        leaf=lambda array, trained: tg.Tensor(array, requires_grad=trained),
        conv2d=lambda x, w, b, s, p: tg.conv2d(x, w, b, stride=s, padding=p),
        max_pool2d=lambda x, k, s: tg.max_pool2d(x, k, stride=s),
        relu=tg.relu,
        linear=tg.linear,
        flatten=lambda x: x.reshape(len(x), -1),
        softmax=tg.softmax,
        error=tg.mse,
        matmul=tg.matmul,
        backward=backward,
        trainer=by_optimizer(tg.optimize.SGD),
        replay=tg.replay,
        **layers.of_tinygraph(),
    )


def compiled() -> Peer:
    """The library under test, with the loops that Numba compiles."""
    import tinygraph as tg

    @contextmanager
    def session() -> Iterator[None]:
        with tg.compiled(), tg.threads(THREADS):
            yield

    own = vars(ours()) | {"name": "compiled", "library": "numba", "session": session}
    return Peer(**own)


def replayed() -> Peer:
    """The library under test, where steps of networks are recorded once."""
    import tinygraph as tg

    return replaying("replayed", ours(), tg.replay)


def fused() -> Peer:
    """The same with compiled loops, and chains of operations made into one loop."""
    import tinygraph as tg

    return replaying("fused", compiled(), tg.replay(fuse=True))


def replaying(name: str, peer: Peer, replay: Callable) -> Peer:
    """A peer that gives its steps to `replay`."""
    own = vars(peer) | {"name": name, "library": "tinygraph"}
    step = own["training_step"]
    own["training_step"] = lambda *given: replay(step(*given))
    del own["leaf"]  # without which no other job can be done
    return Peer(**own)


def torch() -> Peer:
    """PyTorch, the reference."""
    import torch
    from torch.nn import functional as f

    torch.set_num_threads(THREADS)

    def backward(y: torch.Tensor, g: np.ndarray, leaves: list) -> None:
        y.backward(torch.from_numpy(np.asarray(g)))
        for leaf in leaves:
            leaf.grad = None

    return Peer(
        name="torch",
        leaf=lambda array, trained: torch.tensor(array, requires_grad=trained),
        conv2d=lambda x, w, b, s, p: f.conv2d(x, w, b, stride=s, padding=p),
        max_pool2d=lambda x, k, s: f.max_pool2d(x, k, s),
        relu=f.relu,
        linear=f.linear,
        flatten=lambda x: x.reshape(len(x), -1),
        softmax=lambda x: f.softmax(x, -1),
        error=lambda y, t: 0.5 * ((y - t) ** 2).sum() / len(y),
        matmul=torch.matmul,
        backward=backward,
        trainer=by_optimizer(torch.optim.SGD),
        **layers.of_torch(),
    )


def by_optimizer(sgd: Callable) -> Callable:
    """A trainer for libraries that have SGD with momentum."""

    def trainer(leaves: list) -> Callable:
        optimizer = sgd(leaves, LR, momentum=MOMENTUM)

        def train(loss: Any) -> None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

        return train

    return trainer


def by_hand(grad_of: Callable, move: Callable) -> Callable:
    """A trainer for libraries without an optimizer: SGD with momentum, in NumPy."""

    def trainer(leaves: list) -> Callable:
        velocity: dict[int, Any] = {}

        def train(loss: Any) -> None:
            for leaf, grad in zip(leaves, grad_of(loss, leaves), strict=True):
                v = velocity[id(leaf)] = MOMENTUM * velocity.get(id(leaf), 0.0) + grad
                move(leaf, LR * v)

        return train

    return trainer


def numpy() -> Peer:
    """NumPy alone, with the gradients of the slides' network written by hand."""
    from by_hand import Training

    return Peer(
        name="numpy",
        lenet=lambda arrays, x, t: Training(arrays, x, t, LR, MOMENTUM),
    )


def mygrad() -> Peer:
    """MyGrad without memory guarding, as its documentation advises for speed."""
    import mygrad as mg
    from mygrad.nnet import activations
    from mygrad.nnet.layers import conv_nd, max_pool

    mg.turn_memory_guarding_off()

    def grads(loss: Any, leaves: list) -> list:
        loss.backward()
        found = [leaf.grad for leaf in leaves]
        for leaf in leaves:
            leaf.null_grad()
        return found

    def move(leaf: Any, step: Any) -> None:
        leaf.data -= step

    def linear(x: Any, w: Any, b: Any) -> Any:
        return mg.matmul(x, w.T) + b

    def biased(x: Any, w: Any, b: Any, s: int, p: int) -> Any:
        return conv_nd(x, w, stride=s, padding=p) + b.reshape(1, -1, 1, 1)

    return Peer(
        name="mygrad",
        leaf=lambda array, trained: mg.tensor(array, constant=not trained),
        conv2d=biased,
        max_pool2d=lambda x, k, s: max_pool(x, (k, k), s),
        relu=activations.relu,
        linear=linear,
        flatten=lambda x: x.reshape(len(x), -1),
        softmax=activations.softmax,
        error=lambda y, t: 0.5 * ((y - t) ** 2).sum() / len(y),
        matmul=mg.matmul,
        backward=lambda y, g, leaves: y.backward(g),
        trainer=by_hand(grads, move),
    )


def dezero() -> Peer:
    """DeZero."""
    if not hasattr(np, "int"):
        np.int = int  # it was written for an older NumPy
    from dezero import Variable
    from dezero import functions as f

    def grads(loss: Any, leaves: list) -> list:
        for leaf in leaves:
            leaf.cleargrad()
        loss.backward()
        return [leaf.grad.data for leaf in leaves]

    def move(leaf: Any, step: Any) -> None:
        leaf.data -= step

    def backward(y: Any, g: Any, leaves: list) -> None:
        for leaf in leaves:
            leaf.cleargrad()
        y.grad = Variable(np.asarray(g))
        y.backward()

    return Peer(
        name="dezero",
        leaf=lambda array, trained: Variable(array),
        conv2d=lambda x, w, b, s, p: f.conv2d(x, w, b, stride=s, pad=p),
        max_pool2d=lambda x, k, s: f.pooling(x, k, s),
        relu=f.relu,
        linear=lambda x, w, b: f.linear(x, w.T, b),
        flatten=lambda x: f.reshape(x, (len(x), -1)),
        softmax=f.softmax,
        error=lambda y, t: f.sum((y - t) ** 2) * (0.5 / len(y)),
        matmul=f.matmul,
        backward=backward,
        trainer=by_hand(grads, move),
    )


def smallpebble() -> Peer:
    """SmallPebble, whose images are (N, H, W, C) and whose filters (KH, KW, C, F)."""
    import smallpebble as sp

    def turned(*axes: int) -> Callable:
        copy = np.ascontiguousarray
        return lambda array, trained: sp.Variable(copy(array.transpose(axes)))

    def grads(loss: Any, leaves: list) -> list:
        found = sp.get_gradients(loss)
        return [found[leaf] for leaf in leaves]

    def move(leaf: Any, step: Any) -> None:
        leaf.array = leaf.array - step

    def error(y: Any, t: Any) -> Any:
        half = sp.Variable(np.float32(0.5 / len(y.array)))
        return sp.mul(half, sp.sum(sp.square(sp.sub(y, t))))

    def backward(y: Any, g: Any, leaves: list) -> None:
        if np.ndim(g) == 4:
            g = np.ascontiguousarray(np.transpose(g, (0, 2, 3, 1)))
        sp.get_gradients(sp.sum(sp.mul(y, sp.Variable(np.asarray(g)))))

    return Peer(
        name="smallpebble",
        leaf=lambda array, trained: sp.Variable(array),
        images=turned(0, 2, 3, 1),
        filters=turned(2, 3, 1, 0),
        conv2d=valid_or_same,
        max_pool2d=lambda x, k, s: sp.maxpool2d(x, k, k, "VALID", [s, s]),
        relu=lambda x: sp.leaky_relu(x, 0.0),
        linear=lambda x, w, b: sp.add(sp.matmul(x, sp.matrix_transpose(w)), b),
        flatten=lambda x: sp.reshape(x, (len(x.array), -1)),
        softmax=sp.softmax,
        error=error,
        matmul=sp.matmul,
        backward=backward,
        trainer=by_hand(grads, move),
    )


def valid_or_same(x: Any, w: Any, b: Any, s: int, p: int) -> Any:
    """The convolutions that SmallPebble has."""
    import smallpebble as sp

    if p and (s != 1 or 2 * p + 1 != w.array.shape[0]):
        raise NotImplementedError("only VALID and SAME")
    return sp.add(sp.conv2d(x, w, "SAME" if p else "VALID", (s, s)), b)


def autograd() -> Peer:
    """HIPS autograd, which has no convolution of images: functions, not tensors."""
    from autograd import make_vjp
    from autograd import numpy as anp

    def both_ways(f: Callable) -> Callable:
        def run(arguments: tuple, g: Any) -> Any:
            pull, _ = make_vjp(lambda a: f(*a))(arguments)
            return pull(g)

        return run

    def softmax(x: Any) -> Any:
        e = anp.exp(x - anp.max(x, axis=-1, keepdims=True))
        return e / anp.sum(e, axis=-1, keepdims=True)

    return Peer(
        name="autograd",
        leaf=lambda array, trained: array,
        functional=True,
        through=both_ways,
        matmul=anp.matmul,
        softmax=softmax,
    )


def jax() -> Peer:
    """JAX, whose functions are compiled."""
    import jax
    from jax import lax
    from jax import numpy as jnp

    def conv2d(x: Any, w: Any, b: Any, s: int, p: int) -> Any:
        y = lax.conv_general_dilated(x, w, (s, s), ((p, p), (p, p)))
        return y if b is None else y + b[:, None, None]

    def max_pool2d(x: Any, k: int, s: int) -> Any:
        window, strides = (1, 1, k, k), (1, 1, s, s)
        return lax.reduce_window(x, -jnp.inf, lax.max, window, strides, "VALID")

    return Peer(
        name="jax",
        leaf=lambda array, trained: jnp.asarray(array),
        functional=True,
        through=compiled_both_ways,
        training=compiled_training,
        conv2d=conv2d,
        max_pool2d=max_pool2d,
        relu=jax.nn.relu,
        linear=lambda x, w, b: x @ w.T + b,
        flatten=lambda x: x.reshape(len(x), -1),
        softmax=jax.nn.softmax,
        error=lambda y, t: 0.5 * ((y - t) ** 2).sum() / len(y),
        matmul=jnp.matmul,
        **layers.of_jax(),
    )


def compiled_both_ways(f: Callable) -> Callable:
    """A function of JAX, and the pull of a gradient through it, in one."""
    import jax

    @jax.jit
    def run(arguments: tuple, g: Any) -> tuple:
        y, pull = jax.vjp(f, *arguments)
        return y, pull(g)

    return lambda arguments, g: jax.block_until_ready(run(arguments, g))


def compiled_training(loss_of: Callable, arrays: list) -> Callable:
    """Steps of SGD with momentum in JAX."""
    import jax
    from jax import numpy as jnp

    @jax.jit
    def step(weights: list, velocity: list) -> tuple:
        grads = jax.grad(loss_of)(weights)
        velocity = [MOMENTUM * v + g for v, g in zip(velocity, grads, strict=True)]
        moved = [w - LR * v for w, v in zip(weights, velocity, strict=True)]
        return moved, velocity

    state = [list(map(jnp.asarray, arrays)), [jnp.zeros_like(a) for a in arrays]]

    def train() -> None:
        state[:] = jax.block_until_ready(step(*state))

    return train


PEERS: dict[str, Callable[[], Peer]] = {
    "tinygraph": ours,
    "compiled": compiled,
    "replayed": replayed,
    "fused": fused,
    "torch": torch,
    "jax": jax,
    "numpy": numpy,
    "mygrad": mygrad,
    "dezero": dezero,
    "smallpebble": smallpebble,
    "autograd": autograd,
}
