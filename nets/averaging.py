"""Averages of weights over many steps, which often do better than the last weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from numpy.typing import NDArray

import tinygraph as tg


class WeightAverage:
    """Running means of parameters: mean ← decay · mean + (1 − decay) · weight.

    It starts with the weights of the moment. Polyak and Juditsky, Acceleration of
    stochastic approximation by averaging, 1992.

    >>> w = tg.Tensor([0.0], requires_grad=True)
    >>> average = WeightAverage({"w": w}, decay=0.75)
    >>> w.data = [1.0]
    >>> average.update()
    >>> with average.applied():
    ...     print(w.data)
    [0.25]
    >>> print(w.data)
    [1.]
    """

    def __init__(self, parameters: Mapping[str, tg.Tensor], decay: float) -> None:
        if not 0 <= decay < 1:
            raise tg.ArgumentError(
                f"WeightAverage: decay is {decay}: it must lie in [0, 1)"
            )
        self.parameters, self.decay = dict(parameters), decay
        self.means: dict[str, NDArray[Any]] = {
            name: tensor.data for name, tensor in self.parameters.items()
        }

    def update(self) -> None:
        """Move the means towards the weights, after a step of the optimizer."""
        for name, tensor in self.parameters.items():
            mean = self.means[name]
            self.means[name] = mean + (1 - self.decay) * (tensor.data - mean)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """A context in which the parameters are their means."""
        weights = {name: tensor.data for name, tensor in self.parameters.items()}
        try:
            for name, tensor in self.parameters.items():
                tensor.data = self.means[name]
            yield
        finally:
            for name, tensor in self.parameters.items():
                tensor.data = weights[name]
