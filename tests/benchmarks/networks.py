"""Kinds of networks that people train: each a training step, the same for every peer.

A network is arrays of parameters, a batch, and the loss of that batch. They are written
as users write them, in the functions that every library has under some name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from peers import Peer

Arrays = list[np.ndarray]
OPTIMIZERS = ("SGD", "Adam")


def random(*shape: int, scale: float | None = None, seed: int = 0) -> np.ndarray:
    """Float32 weights; by default as small as the number of inputs asks for."""
    if scale is None:
        scale = float(np.prod(shape[1:])) ** -0.5
    rng = np.random.default_rng([seed, *shape])
    return (scale * rng.standard_normal(shape)).astype(np.float32)


def layer(outputs: int, *inputs: int) -> Arrays:
    """The weights and biases of a linear layer or of filters."""
    return [random(outputs, *inputs), np.zeros(outputs, np.float32)]


def norm(size: int) -> Arrays:
    """The scale and shift after a normalisation."""
    return [np.ones(size, np.float32), np.zeros(size, np.float32)]


@dataclass(frozen=True)
class Network:
    """A kind of network: its parameters, a batch of inputs, and the loss."""

    name: str
    batch: int  # a common size; 1 is measured as well
    parameters: Callable[[], Arrays]
    inputs: Callable[[int], Sequence[np.ndarray]]
    loss: Callable[[Peer, list, Sequence[Any]], Any]

    def step(self, peer: Peer, batch: int, optimizer: str) -> Callable[[], object]:
        """A training step of a peer."""
        data = [peer.constant(array) for array in self.inputs(batch)]
        return peer.training_step(
            optimizer, self.parameters(), lambda p: self.loss(peer, p, data)
        )


def through(peer: Peer, x: Any, p: list, activation: Callable) -> Any:
    """Linear layers with an activation between them."""
    pairs = list(zip(p[::2], p[1::2], strict=True))
    for w, b in pairs[:-1]:
        x = activation(peer.linear(x, w, b))
    return peer.linear(x, *pairs[-1])


def labelled(*shape: int, classes: int = 10) -> Callable[[int], list[np.ndarray]]:
    """Examples of a shape, and the number of the class of each."""
    return lambda n: [random(n, *shape, scale=1.0), np.arange(n) % classes]


def dense(*sizes: int) -> Arrays:
    """The parameters of linear layers of these sizes."""
    return [array for pair in pairwise(sizes) for array in layer(pair[1], pair[0])]


def mlp(peer: Peer, p: list, data: Sequence[Any]) -> Any:
    """A multilayer perceptron on digits of 28x28 pixels."""
    x, classes = data
    return peer.cross_entropy(through(peer, x, p, peer.relu), classes)


def logistic(peer: Peer, p: list, data: Sequence[Any]) -> Any:
    """Logistic regression."""
    x, target = data
    return peer.binary_cross_entropy(peer.linear(x, *p), target)


def vgg(peer: Peer, p: list, data: Sequence[Any]) -> Any:
    """3x3 convolutions in pairs, each pair followed by pooling."""
    x, classes = data
    for at in range(0, 12, 4):
        x = peer.relu(peer.conv2d(x, p[at], p[at + 1], 1, 1))
        x = peer.relu(peer.conv2d(x, p[at + 2], p[at + 3], 1, 1))
        x = peer.max_pool2d(x, 2, 2)
    return peer.cross_entropy(
        through(peer, peer.flatten(x), p[12:], peer.relu), classes
    )


def vgg_parameters() -> Arrays:
    """Filters of three pairs, 16, 32 and 64 channels, and two linear layers."""
    channels = (3, 16, 16, 32, 32, 64, 64)
    filters = [layer(f, c, 3, 3) for c, f in pairwise(channels)]
    return [array for pair in filters for array in pair] + dense(64 * 16, 128, 10)


RESNET = [  # channels and stride of the first convolution of each block
    *[(16, 1)] * 3,
    *[(32, 2), (32, 1), (32, 1)],
    *[(64, 2), (64, 1), (64, 1)],
]


def resnet_parameters() -> Arrays:
    """He et al., Deep Residual Learning, 2015, section 4.2: n = 3, option B."""
    found, before = [random(16, 3, 3, 3), *norm(16)], 16
    for after, stride in RESNET:
        found += [random(after, before, 3, 3), *norm(after)]
        found += [random(after, after, 3, 3), *norm(after)]
        if stride == 2:
            found += [random(after, before, 1, 1), *norm(after)]
        before = after
    return found + dense(64, 10)


def resnet(peer: Peer, p: list, data: Sequence[Any]) -> Any:
    """ResNet-20 on images of 32x32 pixels, with statistics of the batch."""
    x, classes = data
    x, at = peer.relu(normalized(peer, x, p[:3], 1, 1)), 3
    for _, stride in RESNET:
        y = peer.relu(normalized(peer, x, p[at : at + 3], stride, 1))
        y = normalized(peer, y, p[at + 3 : at + 6], 1, 1)
        at += 6
        if stride == 2:
            x, at = normalized(peer, x, p[at : at + 3], stride, 0), at + 3
        x = peer.relu(x + y)
    return peer.cross_entropy(peer.linear(x.mean((2, 3)), *p[at:]), classes)


def normalized(peer: Peer, x: Any, p: list, stride: int, padding: int) -> Any:
    """A convolution without biases, and a normalisation of the batch."""
    return peer.batch_norm(peer.conv2d(x, p[0], None, stride, padding), p[1], p[2])


WIDTH, HEADS, TOKENS = 128, 4, 64


def transformer(peer: Peer, p: list, data: Sequence[Any]) -> Any:
    """A block of a transformer: attention and two layers with GELU."""
    x, target = data
    h = peer.layer_norm(x, p[0], p[1])
    q, k, v = (split_heads(peer, peer.linear(h, p[i], p[i + 1])) for i in (2, 4, 6))
    scores = peer.softmax(
        q @ peer.transpose(k, (0, 1, 3, 2)) * (WIDTH // HEADS) ** -0.5
    )
    heads = peer.transpose(scores @ v, (0, 2, 1, 3)).reshape(x.shape)
    x = x + peer.linear(heads, p[8], p[9])
    h = peer.layer_norm(x, p[10], p[11])
    x = x + peer.linear(peer.gelu(peer.linear(h, p[12], p[13])), p[14], p[15])
    return ((x - target) * (x - target)).mean()


def split_heads(peer: Peer, x: Any) -> Any:
    """(N, tokens, width) to (N, heads, tokens, width / heads)."""
    parts = x.reshape((x.shape[0], TOKENS, HEADS, WIDTH // HEADS))
    return peer.transpose(parts, (0, 2, 1, 3))


def transformer_parameters() -> Arrays:
    """Of one block."""
    projections = [a for i in range(4) for a in layer(WIDTH, WIDTH)]
    wide = [*layer(4 * WIDTH, WIDTH), *layer(WIDTH, 4 * WIDTH)]
    return [*norm(WIDTH), *projections, *norm(WIDTH), *wide]


HIDDEN, LENGTH = 64, 20


def gru(peer: Peer, p: list, data: Sequence[Any]) -> Any:
    """A gated recurrent unit over 20 steps. Cho et al., 2014."""
    x, classes, h = data
    w, b, u, c, *last = p
    for time in range(LENGTH):
        own, before = peer.linear(x[:, time], w, b), peer.linear(h, u, c)
        r = peer.sigmoid(own[:, :HIDDEN] + before[:, :HIDDEN])
        z = peer.sigmoid(own[:, HIDDEN:-HIDDEN] + before[:, HIDDEN:-HIDDEN])
        n = peer.tanh(own[:, -HIDDEN:] + r * before[:, -HIDDEN:])
        h = (1.0 - z) * n + z * h
    return peer.cross_entropy(peer.linear(h, *last), classes)


def gru_parameters() -> Arrays:
    """Of three gates, and of a linear layer."""
    return [*layer(3 * HIDDEN, 32), *layer(3 * HIDDEN, HIDDEN), *dense(HIDDEN, 10)]


def gru_inputs(n: int) -> list[np.ndarray]:
    """Sequences, their classes and the first hidden state."""
    first = np.zeros((n, HIDDEN), np.float32)
    return [*labelled(LENGTH, 32)(n), first]


def words(peer: Peer, p: list, data: Sequence[Any]) -> Any:
    """The mean of the embeddings of 20 words, of 5,000, classified."""
    x, classes = data
    mean = peer.embedding(p[0], x).mean(1)
    return peer.cross_entropy(through(peer, mean, p[1:], peer.relu), classes)


def words_inputs(n: int) -> list[np.ndarray]:
    """Numbers of words, and classes."""
    return [np.random.default_rng(n).integers(0, 5000, (n, 20)), np.arange(n) % 10]


def gan(peer: Peer, p: list, data: Sequence[Any]) -> Any:
    """A generator of transposed convolutions and a critic of strided ones."""
    noise, target = data
    x = peer.relu(peer.linear(noise, p[0], p[1])).reshape((noise.shape[0], 64, 4, 4))
    x = peer.relu(peer.conv_transpose2d(x, p[2], p[3], 2, 1))
    x = peer.relu(peer.conv_transpose2d(x, p[4], p[5], 2, 1))
    x = peer.tanh(peer.conv_transpose2d(x, p[6], p[7], 2, 1))
    for at in range(8, 14, 2):
        x = peer.leaky_relu(peer.conv2d(x, p[at], p[at + 1], 2, 1))
    return peer.binary_cross_entropy(peer.linear(peer.flatten(x), *p[14:]), target)


def gan_parameters() -> Arrays:
    """Of images of 32x32 pixels."""
    up = [(64, 32), (32, 16), (16, 3)]
    down = [(3, 16), (16, 32), (32, 64)]
    found = dense(64, 64 * 16)
    for c, f in up:
        found += [random(c, f, 4, 4), np.zeros(f, np.float32)]
    for c, f in down:
        found += layer(f, c, 4, 4)
    return found + dense(64 * 16, 1)


def physics(peer: Peer, p: list, data: Sequence[Any]) -> Any:
    """u'' = sin x for a network u: the loss has its second derivative."""
    [x] = data
    slope = peer.second_derivative(lambda x: through(peer, x, p, peer.tanh), x)
    difference = slope - peer.sin(x)
    return (difference * difference).mean()


NETWORKS = [
    Network("MLP", 64, lambda: dense(784, 256, 128, 10), labelled(784), mlp),
    Network("VGG", 32, vgg_parameters, labelled(3, 32, 32), vgg),
    Network("ResNet-20", 16, resnet_parameters, labelled(3, 32, 32), resnet),
    Network(
        "transformer block",
        8,
        transformer_parameters,
        lambda n: [random(n, TOKENS, WIDTH, scale=1.0, seed=s) for s in (1, 2)],
        transformer,
    ),
    Network("GRU", 32, gru_parameters, gru_inputs, gru),
    Network(
        "embedding",
        64,
        lambda: [random(5000, 64, scale=1.0), *dense(64, 64, 10)],
        words_inputs,
        words,
    ),
    Network(
        "GAN",
        16,
        gan_parameters,
        lambda n: [random(n, 64, scale=1.0), np.ones((n, 1), np.float32)],
        gan,
    ),
    Network(
        "physics",
        256,
        lambda: dense(1, 32, 32, 1),
        lambda n: [np.linspace(0, 3, n, dtype=np.float32)[:, None]],
        physics,
    ),
    Network(
        "logistic regression",
        256,
        lambda: dense(64, 1),
        lambda n: [random(n, 64, scale=1.0), np.ones((n, 1), np.float32)],
        logistic,
    ),
]


def steps() -> Iterator[tuple[str, Callable[[Peer], Callable[[], object]]]]:
    """Every network with each optimizer and both sizes of a batch, by name."""
    for network in NETWORKS:
        for batch in (1, network.batch):
            for optimizer in OPTIMIZERS:
                yield (
                    f"{network.name}, {optimizer}, batch {batch}",
                    lambda p, a=(network, batch, optimizer): a[0].step(p, *a[1:]),
                )
