"""VGG networks for small images."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

import tinygraph as tg

from ..layers import (
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    Network,
    ReLU,
    Sequential,
    Softmax,
    glorot,
)

STAGES = ((64,), (128,), (256, 256), (512, 512), (512, 512))  # filters, until pooling
SMALLEST = 2 ** len(STAGES)


def vgg11(
    rng: np.random.Generator,
    classes: int = 10,
    size: int = 32,
    channels: int = 3,
    dtype: DTypeLike = np.float32,
    dropout: np.random.Generator | None = None,
) -> Network:
    """VGG-11 with batch norm and one fully connected layer, for images of 32 pixels.

    Maps (N, channels, size, size) to (N, classes), rows that sum to 1. With a generator
    `dropout`, half of the numbers before the last layer are dropped in training.
    Simonyan and Zisserman, Very deep convolutional networks for large-scale image
    recognition, 2014. Raises `tg.ShapeError` for images below 32 by 32 pixels.
    """
    if size < SMALLEST:
        raise tg.ShapeError(
            f"images of {size} by {size} pixels are too small for VGG-11, which halves "
            f"them {len(STAGES)} times: use at least {SMALLEST} by {SMALLEST}."
        )
    layers: list[Any] = []
    for stage in STAGES:
        for filters in stage:
            convolution = Conv2d.random(rng, channels, filters, 3, dtype, padding=1)
            layers += [convolution, BatchNorm2d(filters, dtype=dtype), ReLU()]
            channels = filters
        layers.append(MaxPool2d(2))
    inputs = channels * (size // SMALLEST) ** 2
    dropped = [] if dropout is None else [Dropout(0.5, dropout)]
    last = Linear.random(rng, inputs, classes, dtype, glorot)
    head = [Flatten(), *dropped, last, Softmax()]
    return Network({"features": [Sequential(*layers)], "classifier": head})
