"""Residual networks for small images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

import tinygraph as tg

from ..layers import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    Layer,
    Linear,
    Network,
    ReLU,
    Sequential,
    Softmax,
    glorot,
)

WIDTHS = (16, 32, 64)  # filters in each of the three stages
BLOCKS = (
    3  # in each stage: 3 · 3 · 2 convolutions, one before and a linear layer are 20
)


@dataclass(frozen=True, eq=False)
class BasicBlock(Layer):
    """y = relu(bn2(conv2(relu(bn1(conv1(x))))) + x), or + downsample(x)."""

    conv1: Conv2d
    bn1: BatchNorm2d
    conv2: Conv2d
    bn2: BatchNorm2d
    downsample: Sequential | None = None

    @classmethod
    def random(
        cls,
        rng: np.random.Generator,
        channels: int,
        filters: int,
        stride: int,
        dtype: DTypeLike,
    ) -> BasicBlock:
        """A block with filters by `he`; it has a shortcut where the shape changes."""

        def normed(inputs: int, kernel: int, stride: int) -> tuple[Conv2d, BatchNorm2d]:
            options: Any = {"stride": stride, "padding": kernel // 2, "bias": False}
            convolution = Conv2d.random(rng, inputs, filters, kernel, dtype, **options)
            return convolution, BatchNorm2d(filters, dtype=dtype)

        first, second = normed(channels, 3, stride), normed(filters, 3, 1)
        if stride == 1 and channels == filters:
            return cls(*first, *second)
        return cls(*first, *second, Sequential(*normed(channels, 1, stride)))

    def __call__(self, x: Any) -> Any:
        """The batch of images after both convolutions and the shortcut."""
        y = tg.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return tg.relu(y + (x if self.downsample is None else self.downsample(x)))


def resnet20(
    rng: np.random.Generator,
    classes: int = 10,
    channels: int = 3,
    dtype: DTypeLike = np.float32,
) -> Network:
    """ResNet-20 for images of about 32 pixels, with projections as shortcuts.

    Maps (N, channels, H, W) to (N, classes), rows that sum to 1. Parameters have the
    names that torchvision gives to those of its residual networks. He et al., Deep
    residual learning for image recognition, 2016.

    >>> network = resnet20(np.random.default_rng(0))
    >>> sum(tensor.size for tensor in network.parameters().values())
    272474
    """
    first = Conv2d.random(rng, channels, WIDTHS[0], 3, dtype, bias=False, padding=1)
    norm = BatchNorm2d(WIDTHS[0], dtype=dtype)
    groups: dict[str, list[Any]] = {"conv1": [first], "bn1": [norm, ReLU()]}
    inputs = WIDTHS[0]
    for stage, filters in enumerate(WIDTHS, start=1):
        blocks = []
        for place in range(BLOCKS):
            stride = 2 if stage > 1 and place == 0 else 1
            blocks.append(BasicBlock.random(rng, inputs, filters, stride, dtype))
            inputs = filters
        groups[f"layer{stage}"] = [Sequential(*blocks)]
    last = Linear.random(rng, inputs, classes, dtype, glorot)
    head = [AdaptiveAvgPool2d(1), Flatten(), last, Softmax()]
    return Network({**groups, "fc": head})
