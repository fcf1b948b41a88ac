"""Fully connected networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ..layers import Flatten, Linear, Network, ReLU, Softmax, glorot

Groups = dict[str, list[Any]]


def mlp(
    rng: np.random.Generator,
    inputs: int,
    classes: int,
    hidden: Sequence[int] = (128,),
    dtype: DTypeLike = np.float32,
) -> Network:
    """A multilayer perceptron: hidden layers with ReLU, and softmax.

    Maps (N, ...), with `inputs` numbers for each example, to (N, classes), rows that
    sum to 1.

    >>> network = mlp(np.random.default_rng(0), inputs=784, classes=10)
    >>> network(np.zeros((1, 1, 28, 28), dtype=np.float32)).shape
    (1, 10)
    """
    return Network(feed_forward(rng, inputs, hidden, classes, dtype))


def feed_forward(
    rng: np.random.Generator,
    inputs: int,
    hidden: Sequence[int],
    classes: int,
    dtype: DTypeLike,
) -> Groups:
    """The groups fc1, fc2, ... and output: fully connected layers up to a softmax."""
    groups: Groups = {}
    before: list[Any] = [Flatten()]
    for number, outputs in enumerate(hidden, start=1):
        layer = Linear.random(rng, inputs, outputs, dtype)
        groups[f"fc{number}"] = [*before, layer, ReLU()]
        before, inputs = [], outputs
    last = Linear.random(rng, inputs, classes, dtype, glorot)
    return {**groups, "output": [*before, last, Softmax()]}
