"""LeNet-5."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from ..layers import AvgPool2d, Conv2d, Flatten, Linear, Network, Softmax, Tanh, glorot
from .slide import check_size, pooled_size


def lenet5(
    rng: np.random.Generator,
    classes: int = 10,
    size: int = 32,
    channels: int = 1,
    dtype: DTypeLike = np.float32,
) -> Network:
    """LeNet-5 with tanh, average pooling and softmax.

    LeCun et al., Gradient-based learning applied to document recognition, 1998; as is
    usual today, every filter of the second layer sees all channels, and pooling has no
    parameters. Maps (N, channels, size, size) to (N, classes), rows that sum to 1.
    Raises `tg.ShapeError` for images below 16 by 16 pixels.

    >>> network = lenet5(np.random.default_rng(0))
    >>> sum(tensor.size for tensor in network.parameters().values())
    61706
    """
    check_size(size, [5, 5])
    side = pooled_size(pooled_size(size))

    def convolution(inputs: int, filters: int) -> Conv2d:
        return Conv2d.random(rng, inputs, filters, 5, dtype, glorot)

    def linear(inputs: int, outputs: int) -> Linear:
        return Linear.random(rng, inputs, outputs, dtype, glorot)

    return Network(
        {
            "conv1": [convolution(channels, 6), Tanh(), AvgPool2d(2)],
            "conv2": [convolution(6, 16), Tanh(), AvgPool2d(2)],
            "fc1": [Flatten(), linear(16 * side**2, 120), Tanh()],
            "fc2": [linear(120, 84), Tanh()],
            "output": [linear(84, classes), Softmax()],
        }
    )
