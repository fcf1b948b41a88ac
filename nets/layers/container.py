"""Layers that consist of layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tinygraph as tg

from .activation import Softmax
from .layer import Layer
from .tree import set_names

AnyLayer = Any  # what maps one batch to another: a layer, or a function


class Sequential(Layer):
    """Layers called one after the other; parameters are named by place, as in `0.w`.

    >>> import numpy as np
    >>> from nets import Linear, ReLU
    >>> rng = np.random.default_rng(0)
    >>> network = Sequential(Linear.random(rng, 3, 5), ReLU(), Linear.random(rng, 5, 2))
    >>> list(network.parameters())
    ['0.w', '0.b', '2.w', '2.b']
    """

    def __init__(self, *layers: AnyLayer) -> None:
        self.layers = layers

    def named_parts(self) -> Iterator[tuple[str, AnyLayer]]:
        """The layers, by their places."""
        return ((str(place), layer) for place, layer in enumerate(self.layers))

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, place: int) -> AnyLayer:
        return self.layers[place]

    def __call__(self, x: Any) -> Any:
        """The output of the last layer for the batch `x`."""
        for layer in self.layers:
            x = layer(x)
        return x


@dataclass(frozen=True, eq=False)
class Residual(Layer):
    """y = layer(x) + x, or layer(x) + shortcut(x) where the shapes differ.

    He et al., Deep residual learning for image recognition, 2016.
    """

    layer: AnyLayer
    shortcut: AnyLayer = None

    def __call__(self, x: Any) -> Any:
        """The batch and what the layer makes of it, added."""
        return self.layer(x) + (x if self.shortcut is None else self.shortcut(x))


class Network(Layer):
    """Named groups of layers, called one after the other.

    Each group records in a `tg.scope` of its name. Its name also becomes the prefix of
    its parameters' names, as in `conv1.w`. Raises ValueError if two parameters would
    have the same name.
    """

    def __init__(self, groups: Mapping[str, Sequence[AnyLayer]]) -> None:
        self.groups = {name: tuple(layers) for name, layers in groups.items()}
        set_names(self)

    def named_parts(self) -> Iterator[tuple[str, AnyLayer]]:
        """The layers, each with the name of its group."""
        for name, layers in self.groups.items():
            for layer in layers:
                yield name, layer

    def __call__(self, x: Any) -> tg.Tensor:
        """The output of the last layer for the batch `x`."""
        return self._forward(x, skip_softmax=False)

    def logits(self, x: Any) -> tg.Tensor:
        """The input of the final softmax, for `tg.cross_entropy`.

        For a network that does not end in softmax, this is the output.
        """
        return self._forward(x, skip_softmax=True)

    def _forward(self, x: Any, skip_softmax: bool) -> tg.Tensor:
        value: Any = x if isinstance(x, tg.Tensor) else tg.Tensor(x, name="images")
        last = next(reversed(self.groups))
        for group, layers in self.groups.items():
            if group == last and skip_softmax and isinstance(layers[-1], Softmax):
                layers = layers[:-1]
            with tg.scope(group):
                for layer in layers:
                    value = layer(value)
        result: tg.Tensor = value
        return result
