"""The slides' CNN."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

import tinygraph as tg

from .layers import (
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    Network,
    ReLU,
    Softmax,
    glorot,
)

SMALLEST_IMAGE = 16


def slide_cnn(
    rng: np.random.Generator,
    classes: int = 4,
    size: int = 32,
    channels: int = 3,
    dtype: DTypeLike = np.float32,
) -> Network:
    """Two convolution/pooling pairs, three feed-forward layers, softmax.

    Maps (N, channels, size, size) to (N, classes), rows that sum to 1. It is LeNet-5
    with ReLU and max-pooling: LeCun et al., Gradient-based learning applied to document
    recognition, 1998. Raises `tg.ShapeError` for a size below 16 pixels, which is too
    small for the two pairs.

    >>> network = slide_cnn(np.random.default_rng(0))
    >>> network(np.zeros((1, 3, 32, 32), dtype=np.float32)).tolist()
    [[0.25, 0.25, 0.25, 0.25]]
    """
    if size < SMALLEST_IMAGE:
        raise tg.ShapeError(
            f"images of {size} by {size} pixels are too small for two pairs of "
            f"convolution and pooling: "
            f"use at least {SMALLEST_IMAGE} by {SMALLEST_IMAGE}."
        )
    side = pooled_size(pooled_size(size))
    return Network(
        {
            "conv1": [Conv2d.random(rng, channels, 6, 5, dtype), ReLU(), MaxPool2d(2)],
            "conv2": [Conv2d.random(rng, 6, 16, 5, dtype), ReLU(), MaxPool2d(2)],
            "fc1": [Flatten(), Linear.random(rng, 16 * side**2, 120, dtype), ReLU()],
            "fc2": [Linear.random(rng, 120, 84, dtype), ReLU()],
            "output": [Linear.random(rng, 84, classes, dtype, glorot), Softmax()],
        }
    )


def parameter_shapes(
    classes: int, size: int, channels: int = 3
) -> dict[str, tuple[int, ...]]:
    """The shapes of the parameters of `slide_cnn`, without making a network.

    >>> network = slide_cnn(np.random.default_rng(0), 7, 40)
    >>> {n: t.shape for n, t in network.parameters().items()} == parameter_shapes(7, 40)
    True
    """
    inputs = 16 * pooled_size(pooled_size(size)) ** 2
    weights = {
        "conv1": (6, channels, 5, 5),
        "conv2": (16, 6, 5, 5),
        "fc1": (120, inputs),
        "fc2": (84, 120),
        "output": (classes, 84),
    }
    return {
        f"{group}.{name}": shape if name == "w" else shape[:1]
        for group, shape in weights.items()
        for name in "wb"
    }


def pooled_size(size: int) -> int:
    """The side of an image, in pixels, after a 5x5 convolution and 2x2 pooling.

    >>> pooled_size(32), pooled_size(pooled_size(32))
    (14, 5)
    """
    return (size - 4) // 2
