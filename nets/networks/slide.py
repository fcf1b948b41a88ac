"""The slides' CNN: pairs of convolution and pooling, then feed-forward layers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

import tinygraph as tg

from ..layers import Conv2d, MaxPool2d, Network, ReLU
from .feed_forward import Groups, feed_forward

FILTERS = (6, 16)
KERNEL = 5
HIDDEN = (120, 84)


def slide_cnn(
    rng: np.random.Generator,
    classes: int = 4,
    size: int = 32,
    channels: int = 3,
    dtype: DTypeLike = np.float32,
    *,
    filters: Sequence[int] = FILTERS,
    kernel: int | Sequence[int] = KERNEL,
    hidden: Sequence[int] = HIDDEN,
) -> Network:
    """Convolution/pooling pairs, feed-forward layers, softmax.

    There is a pair for each number of `filters`, and a feed-forward layer for each of
    `hidden` and for the output. `kernel` is the size of all filters, or of those in
    each pair. By default, the network is LeNet-5 with ReLU and max-pooling: LeCun et
    al., Gradient-based learning applied to document recognition, 1998.

    Maps (N, channels, size, size) to (N, classes), rows that sum to 1. Raises
    `tg.ShapeError` for images that are too small for the pairs.

    >>> network = slide_cnn(np.random.default_rng(0))
    >>> network(np.zeros((1, 3, 32, 32), dtype=np.float32)).tolist()
    [[0.25, 0.25, 0.25, 0.25]]
    """
    kernels = kernels_of(kernel, len(filters))
    check_size(size, kernels)
    groups: Groups = {}
    for number, (count, side) in enumerate(zip(filters, kernels, strict=True), start=1):
        convolution = Conv2d.random(rng, channels, count, side, dtype)
        groups[f"conv{number}"] = [convolution, ReLU(), MaxPool2d(2)]
        channels, size = count, pooled_size(size, side)
    inputs = channels * size**2
    return Network({**groups, **feed_forward(rng, inputs, hidden, classes, dtype)})


def kernels_of(kernel: int | Sequence[int], pairs: int) -> tuple[int, ...]:
    """The size of the filters in each pair.

    >>> kernels_of(5, 2), kernels_of([5, 3], 2)
    ((5, 5), (5, 3))
    """
    sizes = (kernel,) * pairs if isinstance(kernel, int) else tuple(kernel)
    if len(sizes) != pairs:
        raise tg.ArgumentError(
            f"slide_cnn: kernel has {len(sizes)} sizes for {pairs} pairs: give one "
            f"size for each pair, or one for all"
        )
    return sizes


def pooled_size(size: int, kernel: int = KERNEL) -> int:
    """The side of an image, in pixels, after a convolution and 2x2 pooling.

    >>> pooled_size(32), pooled_size(pooled_size(32))
    (14, 5)
    """
    return (size - kernel + 1) // 2


def check_size(size: int, kernels: Sequence[int]) -> None:
    """Raise `tg.ShapeError` for images that are too small for the pairs."""
    least = smallest_image(kernels)
    if size < least:
        pairs = "one pair" if len(kernels) == 1 else f"{len(kernels)} pairs"
        sides = ", ".join(f"{side}x{side}" for side in dict.fromkeys(kernels))
        raise tg.ShapeError(
            f"images of {size} by {size} pixels are too small for {pairs} of "
            f"convolution ({sides}) and pooling: use at least {least} by {least}, "
            f"fewer pairs or a smaller kernel."
        )


def smallest_image(kernels: Sequence[int]) -> int:
    """The side of the smallest image of which the pairs leave a pixel.

    >>> smallest_image([5, 5])
    16
    """
    size = 1
    for kernel in reversed(kernels):
        size = 2 * size + kernel - 1
    return size
