"""From the settings of a run to its network and its optimizer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygraph as tg

from .layers import Network
from .networks.feed_forward import mlp
from .networks.lenet import lenet5
from .networks.resnet import resnet20
from .networks.slide import KERNEL, slide_cnn
from .networks.vgg import vgg11
from .settings import Settings, number_of_pairs

CHANNELS = 3  # of the pictures of a run


def build_network(
    settings: Settings,
    rng: np.random.Generator,
    dropout: np.random.Generator,
    classes: int,
    size: int,
) -> Network:
    """The network of a run, for pictures of `size` by `size` pixels.

    `rng` draws its weights, `dropout` what is dropped in training. Raises
    `tg.ShapeError` for pictures that are too small.
    """
    return BUILDERS[settings.network](settings, rng, dropout, classes, size)


def build_slide(
    settings: Settings,
    rng: np.random.Generator,
    _: np.random.Generator,
    classes: int,
    size: int,
) -> Network:
    """The slides' network with the pairs and layers that the settings ask for."""
    pairs = number_of_pairs(settings)
    kernel = settings.kernel or (KERNEL,)
    options: dict[str, Any] = {"kernel": kernel if len(kernel) > 1 else kernel * pairs}
    filters = usual_filters(pairs) if settings.filters is None else settings.filters
    options["filters"] = filters if len(filters) == pairs else filters * pairs
    if settings.hidden is not None:
        options["hidden"] = settings.hidden
    return slide_cnn(rng, classes, size, CHANNELS, **options)


def usual_filters(pairs: int) -> tuple[int, ...]:
    """The slides' 6 and 16 filters, and twice as many in each pair that follows.

    >>> usual_filters(4)
    (6, 16, 32, 64)
    """
    return tuple(6 if place == 0 else 8 * 2**place for place in range(pairs))


def build_mlp(
    settings: Settings,
    rng: np.random.Generator,
    _: np.random.Generator,
    classes: int,
    size: int,
) -> Network:
    """A multilayer perceptron for all pixels of a picture."""
    inputs = CHANNELS * size**2
    if settings.hidden is None:
        return mlp(rng, inputs, classes)
    return mlp(rng, inputs, classes, settings.hidden)


BUILDERS: dict[str, Callable[..., Network]] = {
    "slide": build_slide,
    "lenet5": lambda _, rng, __, classes, size: lenet5(rng, classes, size, CHANNELS),
    "vgg11": lambda _, rng, dropout, classes, size: vgg11(
        rng, classes, size, CHANNELS, dropout=dropout
    ),
    "resnet20": lambda _, rng, __, classes, size: resnet20(rng, classes, CHANNELS),
    "mlp": build_mlp,
}


def build_optimizer(network: Network, settings: Settings) -> tg.optimize.Optimizer:
    """The optimizer that the settings ask for, for all parameters of a network."""
    parameters, lr, momentum = network.parameters(), settings.lr, settings.momentum
    if settings.optimizer == "adam":
        return tg.optimize.Adam(parameters, lr, betas=(momentum, 0.999))
    return tg.optimize.SGD(parameters, lr, momentum=momentum)
