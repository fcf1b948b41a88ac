"""From the settings of a run to its network and its optimizer."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import tinygraph as tg

from .layers import Network
from .networks.autoencoder import Autoencoder
from .networks.feed_forward import feed_forward
from .networks.gpt import GPT
from .networks.lenet import lenet5
from .networks.resnet import resnet20
from .networks.slide import KERNEL, slide_cnn
from .networks.vgg import vgg11
from .settings import HEADS, WIDTH, Settings, number_of_pairs

CHANNELS = 3  # of the pictures of a run
HIDDEN, CODE, DEPTH = (128,), 32, 2
Shape = tuple[int, ...]
AnyNetwork = Network | Autoencoder | GPT


def build_network(
    settings: Settings,
    rng: np.random.Generator,
    dropout: np.random.Generator,
    outputs: int,
    shape: tuple[int, ...],
) -> AnyNetwork:
    """The network of a run, for examples of a shape: (C, H, W), (columns,), (context,).

    `rng` draws its weights, `dropout` what is dropped in training. `outputs` counts the
    classes or characters, or is 1 for a number to predict. Raises `tg.ShapeError` for
    pictures that are too small.
    """
    return BUILDERS[settings.network](settings, rng, dropout, outputs, shape)


def build_slide(
    settings: Settings,
    rng: np.random.Generator,
    _: np.random.Generator,
    classes: int,
    shape: Shape,
) -> Network:
    """The slides' network with the pairs and layers that the settings ask for."""
    pairs = number_of_pairs(settings)
    kernel = settings.kernel or (KERNEL,)
    options: dict[str, Any] = {"kernel": kernel if len(kernel) > 1 else kernel * pairs}
    filters = usual_filters(pairs) if settings.filters is None else settings.filters
    options["filters"] = filters if len(filters) == pairs else filters * pairs
    if settings.hidden is not None:
        options["hidden"] = settings.hidden
    return slide_cnn(rng, classes, shape[-1], CHANNELS, **options)


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
    outputs: int,
    shape: Shape,
) -> Network:
    """A multilayer perceptron for all pixels of a picture, or a row of a table.

    One output is a number to predict, and has no softmax.
    """
    hidden = HIDDEN if settings.hidden is None else settings.hidden
    groups = feed_forward(rng, math.prod(shape), hidden, outputs, np.float32)
    if outputs == 1:
        groups["output"] = groups["output"][:-1]
    return Network(groups)


def build_gpt(
    settings: Settings,
    rng: np.random.Generator,
    _: np.random.Generator,
    characters: int,
    shape: Shape,
) -> GPT:
    """A small GPT for as many places as a window has characters."""
    return GPT.random(
        rng,
        characters,
        context=shape[0],
        size=settings.width or WIDTH,
        heads=settings.heads or HEADS,
        depth=settings.depth or DEPTH,
    )


def build_autoencoder(
    settings: Settings,
    rng: np.random.Generator,
    _: np.random.Generator,
    __: int,
    shape: Shape,
) -> Autoencoder:
    """An autoencoder for pictures."""
    code = CODE if settings.code is None else settings.code
    return Autoencoder.random(rng, shape[-1], CHANNELS, code)


BUILDERS: dict[str, Callable[..., AnyNetwork]] = {
    "slide": build_slide,
    "lenet5": lambda _, rng, __, classes, shape: lenet5(
        rng, classes, shape[-1], CHANNELS
    ),
    "vgg11": lambda _, rng, dropout, classes, shape: vgg11(
        rng, classes, shape[-1], CHANNELS, dropout=dropout
    ),
    "resnet20": lambda _, rng, __, classes, ___: resnet20(rng, classes, CHANNELS),
    "mlp": build_mlp,
    "autoencoder": build_autoencoder,
    "gpt": build_gpt,
}


def build_optimizer(network: AnyNetwork, settings: Settings) -> tg.optimize.Optimizer:
    """The optimizer that the settings ask for, for all parameters of a network."""
    parameters, lr, momentum = network.parameters(), settings.lr, settings.momentum
    if settings.optimizer == "adam":
        return tg.optimize.Adam(parameters, lr, betas=(momentum, 0.999))
    return tg.optimize.SGD(parameters, lr, momentum=momentum)
