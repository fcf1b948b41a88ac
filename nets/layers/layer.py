"""`Layer`: a base class with the methods that networks are usually asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

from numpy.typing import NDArray

import tinygraph as tg

from . import state, tree
from .state import Mismatch
from .tree import Parameters


def require_tensors(layer: Layer, arguments: str, *values: Any) -> None:
    """Raise `tg.DTypeError` for sizes where a layer holds tensors, as in PyTorch."""
    for value in values:
        if isinstance(value, int | float):
            name = type(layer).__name__
            raise tg.DTypeError(
                f"{name}: {value!r} is not a tensor of weights; a layer with random "
                f"weights is {name}.random({arguments})"
            )


class Layer:
    """What has fields and maps a batch to another, with the methods of a network.

    A class of yours needs `__call__` and fields; deriving it from `Layer` adds the
    methods below, which walk through the fields as `nets.layers.tree` describes. The
    functions `parameters`, `state_dict`, `load_state_dict` and `set_training` of
    `nets.layers` do the same for objects of other classes.

    >>> import numpy as np
    >>> from nets import Linear
    >>> class Twice(Layer):
    ...     def __init__(self, rng):
    ...         self.inner = Linear.random(rng, 3, 3)
    ...     def __call__(self, x):
    ...         return self.inner(tg.relu(self.inner(x)))
    >>> layer = Twice(np.random.default_rng(0))
    >>> list(layer.parameters()), list(layer.state_dict())
    (['inner.w', 'inner.b'], ['inner.weight', 'inner.bias'])
    """

    def parameters(self) -> Parameters:
        """The tensors that training changes, by the path of their fields."""
        return tree.parameters(self)

    def named_parameters(self) -> Iterator[tuple[str, tg.Tensor]]:
        """The tensors that training changes, with PyTorch's names."""
        for name, tensor in self.parameters().items():
            yield tree.torch_name(name), tensor

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Copies of all parameters and running statistics, by PyTorch's names."""
        return state.state_dict(self)

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True
    ) -> Mismatch:
        """Take over a state dict; see `nets.layers.load_state_dict`."""
        return state.load_state_dict(self, state_dict, strict)

    def train(self, training: bool = True) -> Self:
        """Make dropout and batch norm behave as in training; return the layer."""
        tree.set_training(self, training)
        return self

    def to(self, library: Callable[[Any], Any]) -> Self:
        """Move all tensors to another library, `cupy.asarray`; return the layer."""
        tree.move(self, library)
        return self

    def eval(self) -> Self:
        """Make dropout and batch norm behave as in use; return the layer."""
        return self.train(False)
