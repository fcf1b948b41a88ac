"""The timed work: each row is the same for every peer that can do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networks
import numpy as np
from peers import Peer

Work = Callable[[], object]
LENET = [(6, 3, 5, 5), (6,), (16, 6, 5, 5), (16,), (120, 400), (120,), (84, 120), (84,)]
LENET += [(4, 84), (4,)]
BATCHES = (1, 32, 256)
OVERHEAD = "an operation on a number"
EPOCHS = 3  # in a call: the command line starts once for all of them
PHOTOS, DRAWN = "nets epoch, photos", "nets epoch, drawn pictures"
CONVOLUTIONS = {  # N, C, side, F, K, stride, padding
    "first layer of LeNet, batch 1": (1, 3, 32, 6, 5, 1, 0),
    "first layer of LeNet, batch 32": (32, 3, 32, 6, 5, 1, 0),
    "second layer of LeNet, batch 32": (32, 6, 14, 16, 5, 1, 0),
    "16 to 32 channels, 3x3, padded": (8, 16, 32, 32, 3, 1, 1),
    "32 to 64 channels, 3x3, stride 2": (16, 32, 17, 64, 3, 2, 0),
    "64 to 64 channels, 1x1": (4, 64, 28, 64, 1, 1, 0),
    "256 to 256 channels, 3x3, padded": (4, 256, 8, 256, 3, 1, 1),
    "16 to 32 channels, 5x5, padded": (8, 16, 16, 32, 5, 1, 2),
    "3 to 64 channels, 7x7, stride 2": (4, 3, 64, 64, 7, 2, 3),
}
POOLINGS = {  # N, C, side, K, stride
    "first layer of LeNet, batch 1": (1, 6, 28, 2, 2),
    "first layer of LeNet, batch 32": (32, 6, 28, 2, 2),
    "second layer of LeNet, batch 32": (32, 16, 10, 2, 2),
    "64 channels, 2x2": (16, 64, 16, 2, 2),
    "3x3, stride 2": (8, 32, 33, 3, 2),
    "4x4": (8, 16, 32, 4, 4),
}


def normal(*shape: int, dtype: type = np.float32) -> Any:
    """Random numbers, the same in every run."""
    return np.random.default_rng(0).standard_normal(shape).astype(dtype)


def both_ways(peer: Peer, f: Callable, leaves: list, g: np.ndarray) -> Work:
    """Forward through f, and backward with the gradient g."""
    if hasattr(peer, "functional"):
        run, seed = peer.through(f), peer.leaf(g, False)
        return lambda: run(tuple(leaves), seed)
    return lambda: peer.backward(f(*leaves), g, leaves)


def images(peer: Peer, array: np.ndarray, trained: bool = False) -> Any:
    """A leaf of images, in the peer's layout."""
    return getattr(peer, "images", peer.leaf)(array, trained)


def filters(peer: Peer, array: np.ndarray) -> Any:
    """A leaf of filters."""
    return getattr(peer, "filters", peer.leaf)(array, True)


def side_after(side: int, kernel: int, stride: int) -> int:
    """The side of an image after a convolution."""
    return (side - kernel) // stride + 1


def convolution(peer: Peer, shape: tuple[int, ...]) -> Work:
    """conv2d, forward and backward to image, filters and bias."""
    n, c, side, f, k, stride, padding = shape
    x, w, b = normal(n, c, side, side), normal(f, c, k, k), normal(f)
    out = side_after(side + 2 * padding, k, stride)
    g = normal(n, f, out, out)
    leaves = [images(peer, x, True), filters(peer, w), peer.leaf(b, True)]
    return both_ways(
        peer, lambda x, w, b: peer.conv2d(x, w, b, stride, padding), leaves, g
    )


def pooling(peer: Peer, shape: tuple[int, ...]) -> Work:
    """max_pool2d, forward and backward."""
    n, c, side, k, stride = shape
    x = normal(n, c, side, side)
    out = side_after(side, k, stride)
    g = normal(n, c, out, out)
    leaves = [images(peer, x, True)]
    return both_ways(peer, lambda x: peer.max_pool2d(x, k, stride), leaves, g)


def matmul(peer: Peer, side: int) -> Work:
    """The product of two square matrices."""
    x = normal(side, side)
    leaves = [peer.leaf(x, True), peer.leaf(x.T.copy(), True)]
    return both_ways(peer, peer.matmul, leaves, x)


def softmax(peer: Peer, shape: tuple[int, ...]) -> Work:
    """Softmax of the rows of a matrix."""
    x = normal(*shape)
    return both_ways(peer, peer.softmax, [peer.leaf(x, True)], x)


LAYERS = (
    "gelu, 256x1000",
    "layer_norm, 256x1000",
    "batch_norm, 32x32x16x16",
    "embedding, 2048 of 5000 words, 64 numbers each",
)


def layer(peer: Peer, name: str) -> Work:
    """One of the `LAYERS`, forward and backward to all that it is made of."""
    operation, wide = name.partition(",")[0], (256, 1000)
    function = getattr(peer, operation)
    if operation == "gelu":
        return both_ways(
            peer, function, [peer.leaf(normal(*wide), True)], normal(*wide)
        )
    if operation == "embedding":
        words = peer.constant(np.random.default_rng(0).integers(0, 5000, 2048))
        table = peer.leaf(normal(5000, 64), True)
        return both_ways(peer, lambda t: function(t, words), [table], normal(2048, 64))
    shape = wide if operation == "layer_norm" else (32, 32, 16, 16)
    channels = normal(shape[1])
    leaves = [peer.leaf(a, True) for a in (normal(*shape), channels, channels)]
    return both_ways(peer, function, leaves, normal(*shape))


def chain(peer: Peer, shape: tuple[int, ...], length: int = 1000) -> Work:
    """Many small operations in a row, dominated by overhead."""

    def run(y: Any) -> Any:
        for _ in range(length // 2):
            y = y * 1.0001
            y = y + 0.001
        return y

    ones = np.ones(shape)
    return both_ways(peer, run, [peer.leaf(ones, True)], ones)


def lenet(peer: Peer, batch: int, replayed: bool = False) -> Work:
    """A training step of the slides' network: SGD with momentum, float32.

    Libraries that cannot replay a step take it as always.
    """
    rng = np.random.default_rng(0)
    arrays = [(0.1 * rng.standard_normal(s)).astype(np.float32) for s in LENET]
    pixels = rng.standard_normal((batch, 3, 32, 32)).astype(np.float32)
    targets = np.eye(4, dtype=np.float32)[rng.integers(0, 4, batch)]
    if hasattr(peer, "lenet"):
        return peer.lenet(arrays, pixels, targets)
    x, t = images(peer, pixels), peer.leaf(targets, False)
    if hasattr(peer, "training"):
        return peer.training(lambda p: peer.error(network(peer, x, p), t), arrays)
    leaves = [filters(peer, a) if a.ndim == 4 else peer.leaf(a, True) for a in arrays]
    train = peer.trainer(leaves)

    def step(x: Any, t: Any) -> None:
        train(peer.error(network(peer, x, leaves), t))

    if replayed and hasattr(peer, "replay"):
        step = peer.replay(step)
    return lambda: step(x, t)


def network(peer: Peer, x: Any, p: list) -> Any:
    """The forward pass, in the peer's functions."""
    h = peer.max_pool2d(peer.relu(peer.conv2d(x, p[0], p[1], 1, 0)), 2, 2)
    h = peer.max_pool2d(peer.relu(peer.conv2d(h, p[2], p[3], 1, 0)), 2, 2)
    h = peer.relu(peer.linear(peer.flatten(h), p[4], p[5]))
    h = peer.relu(peer.linear(h, p[6], p[7]))
    return peer.softmax(peer.linear(h, p[8], p[9]))


def nets_epoch(peer: Peer, source: str, pictures: int) -> Work:
    """Epochs of `python -m nets train`, for the peers that have a loop for it."""
    import epoch

    begin = getattr(epoch, f"of_{peer.name}")
    return begin(*epoch.prepared(source, pictures))


@dataclass
class Job:
    """A piece of work: how a peer does it, and its size."""

    name: str
    make: Callable[[Peer], Work]
    count: int = 1  # operations in one call
    flops: float = 0.0  # of its matrix products, forward and backward
    bytes: float = 0.0  # that it has to read and write, if it has no products


def flops_of(shape: tuple[int, ...], times: int = 3) -> float:
    """Forward, and backward to the filters and, if `times` is 3, to the image."""
    n, c, side, f, k, stride, padding = shape
    out = side_after(side + 2 * padding, k, stride)
    return 2.0 * times * n * f * out**2 * c * k**2


def lenet_flops(batch: int) -> float:
    """Of a training step."""
    dense = 6.0 * batch * (400 * 120 + 120 * 84 + 84 * 4)
    first, second = (batch, 3, 32, 6, 5, 1, 0), (batch, 6, 14, 16, 5, 1, 0)
    return flops_of(first, times=2) + flops_of(second) + dense


def pooling_bytes(shape: tuple[int, ...]) -> float:
    """The image, the result and both gradients, once each, in float32."""
    n, c, side, k, stride = shape
    return 2 * 4.0 * n * c * (side**2 + side_after(side, k, stride) ** 2)


def jobs(photos: Path | None = None, pictures: int = 4000) -> Iterator[Job]:
    """All rows of the table; the one for photos only if their folder is given."""
    for batch in BATCHES:
        name = f"LeNet step, batch {batch}"
        yield Job(name, lambda p, b=batch: lenet(p, b), flops=lenet_flops(batch))
    for batch in BATCHES:
        name = f"LeNet step, replayed, batch {batch}"
        yield Job(name, lambda p, b=batch: lenet(p, b, True), flops=lenet_flops(batch))
    sources = {DRAWN: "pictures"} | ({PHOTOS: str(photos)} if photos else {})
    for name, source in sources.items():
        yield Job(name, lambda p, s=source: nets_epoch(p, s, pictures), count=EPOCHS)
    for name, make in networks.steps():
        yield Job(name, make)
    yield from image_jobs()
    for what, shape in {"a number": (), "(32,)": (32,), "(64, 64)": (64, 64)}.items():
        name = f"an operation on {what}"
        yield Job(name, lambda p, s=shape: chain(p, s), count=1000)
    yield Job("matmul, 256x256", lambda p: matmul(p, 256), flops=6.0 * 256**3)
    wide, size = (256, 1000), 4.0 * 256 * 1000
    yield Job("softmax, 256x1000", lambda p: softmax(p, wide), bytes=5 * size)
    for name in LAYERS:
        yield Job(name, lambda p, n=name: layer(p, n))


def image_jobs() -> Iterator[Job]:
    """The two operations on images, in six shapes each."""
    for name, shape in CONVOLUTIONS.items():
        make = lambda p, s=shape: convolution(p, s)  # noqa: E731
        yield Job(f"conv2d, {name}", make, flops=flops_of(shape))
    for name, shape in POOLINGS.items():
        make = lambda p, s=shape: pooling(p, s)  # noqa: E731
        yield Job(f"max_pool2d, {name}", make, bytes=pooling_bytes(shape))
