"""Layers: small dataclasses with parameters, called on a batch.

>>> rng = np.random.default_rng(0)
>>> network = Network({"hidden": [Linear.random(rng, 3, 5), ReLU()]})
>>> network(np.ones((2, 3), dtype=np.float32)).shape
(2, 5)
>>> sorted(network.parameters())
['hidden.b', 'hidden.w']
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

import tinygraph as tg

Parameters = dict[str, tg.Tensor]
Initialisation = Callable[..., NDArray[Any]]


class Layer(Protocol):
    """Anything with named parameters that maps one batch to another."""

    def parameters(self) -> Parameters:
        """The tensors that training changes, by name."""

    def __call__(self, x: Any) -> Any:
        """The forward pass."""


@dataclass(frozen=True, eq=False)
class Conv2d:
    """y = w ⋆ x + b: a convolution, the filters `w` slid over images.

    `w` is (F, C, K, K), `b` is (F,); (N, C, H, W) becomes (N, F, H − K + 1, W − K + 1).
    A call raises `tg.ShapeError` if they do not fit.
    """

    w: tg.Tensor
    b: tg.Tensor

    @classmethod
    def random(
        cls,
        rng: np.random.Generator,
        channels: int,
        filters: int,
        kernel: int,
        dtype: DTypeLike = np.float32,
    ) -> Conv2d:
        """A layer with random filters, by `he`, and biases of 0."""
        w = he(rng, (filters, channels, kernel, kernel), dtype)
        return cls(parameter(w), parameter(np.zeros(filters, dtype)))

    def parameters(self) -> Parameters:
        """The filters `w` and the biases `b`."""
        return {"w": self.w, "b": self.b}

    def __call__(self, x: Any) -> Any:
        """The convolution of a batch of images."""
        return tg.conv2d(x, self.w, self.b)


@dataclass(frozen=True, eq=False)
class Linear:
    """y = x wᵀ + b, a fully connected layer.

    `w` is (out, in), `b` is (out,); (N, in) becomes (N, out). A call raises
    `tg.ShapeError` if they do not fit.
    """

    w: tg.Tensor
    b: tg.Tensor

    @classmethod
    def random(
        cls,
        rng: np.random.Generator,
        inputs: int,
        outputs: int,
        dtype: DTypeLike = np.float32,
        weights: Initialisation | None = None,
    ) -> Linear:
        """A layer with random weights, by `he` (for ReLU) or `weights`; biases of 0."""
        w = (weights or he)(rng, (outputs, inputs), dtype)
        return cls(parameter(w), parameter(np.zeros(outputs, dtype)))

    def parameters(self) -> Parameters:
        """The weights `w` and the biases `b`."""
        return {"w": self.w, "b": self.b}

    def __call__(self, x: Any) -> Any:
        """The weighted sums of a batch of vectors."""
        return tg.linear(x, self.w, self.b)


@dataclass(frozen=True)
class Fixed:
    """A layer without parameters."""

    def parameters(self) -> Parameters:
        """Nothing: training does not change this layer."""
        return {}


@dataclass(frozen=True)
class ReLU(Fixed):
    """y = max(x, 0), for any shape."""

    def __call__(self, x: Any) -> Any:
        """The batch, with 0 for negative numbers."""
        return tg.relu(x)


@dataclass(frozen=True)
class MaxPool2d(Fixed):
    """The largest of every `kernel` by `kernel` pixels.

    (N, C, H, W) becomes (N, C, H // kernel, W // kernel): incomplete windows at the
    edges are dropped.
    """

    kernel: int = 2

    def __call__(self, x: Any) -> Any:
        """The batch, with smaller images."""
        return tg.max_pool2d(x, self.kernel)


@dataclass(frozen=True)
class Flatten(Fixed):
    """Each image as one row: (N, C, H, W) becomes (N, C·H·W)."""

    def __call__(self, x: Any) -> Any:
        """The batch as a matrix."""
        return tg.reshape(x, (x.shape[0], -1))


@dataclass(frozen=True)
class Softmax(Fixed):
    """yᵢ = e^xᵢ / Σ e^xⱼ over the last axis: positive numbers that sum to 1."""

    def __call__(self, x: Any) -> Any:
        """The batch, with each row as probabilities."""
        return tg.softmax(x)


class Network:
    """Named groups of layers, called one after the other.

    Each group records in a `tg.scope` of its name. Its name also becomes the prefix of
    its parameters' names, as in `conv1.w`. Raises ValueError if two parameters would
    have the same name.
    """

    def __init__(self, groups: Mapping[str, Sequence[Layer]]) -> None:
        self.groups = {name: tuple(layers) for name, layers in groups.items()}
        self._parameters: Parameters = {}
        for group, layers in self.groups.items():
            for layer in layers:
                self._adopt(group, layer.parameters())

    def _adopt(self, group: str, parameters: Parameters) -> None:
        for name, tensor in parameters.items():
            tensor.name = f"{group}.{name}"
            if tensor.name in self._parameters:
                raise ValueError(
                    f"two parameters are called {tensor.name}: put their layers into "
                    f"different groups."
                )
            self._parameters[tensor.name] = tensor

    def parameters(self) -> Parameters:
        """The tensors that training changes, by name, from first layer to last."""
        return dict(self._parameters)

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


def parameter(array: NDArray[Any]) -> tg.Tensor:
    """A tensor that requires a gradient."""
    return tg.Tensor(array, requires_grad=True)


def he(
    rng: np.random.Generator, shape: tuple[int, ...], dtype: DTypeLike = np.float32
) -> NDArray[Any]:
    """Normal random weights (out, in, ...) with standard deviation √(2 / fan in).

    This keeps the size of signals constant through ReLU. He et al., Delving deep into
    rectifiers, 2015.
    """
    deviation = np.sqrt(2.0 / np.prod(shape[1:]))
    return (rng.standard_normal(shape) * deviation).astype(dtype)


def glorot(
    rng: np.random.Generator, shape: tuple[int, ...], dtype: DTypeLike = np.float32
) -> NDArray[Any]:
    """Normal random weights (out, in) with standard deviation √(2 / (in + out)).

    Glorot and Bengio, Understanding the difficulty of training deep feedforward neural
    networks, 2010.
    """
    deviation = np.sqrt(2.0 / (shape[0] + shape[1]))
    return (rng.standard_normal(shape) * deviation).astype(dtype)
