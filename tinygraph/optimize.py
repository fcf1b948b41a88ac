"""Gradient descent: optimisers that replace the data of parameters by better data.

In order of increasing complexity.  Each formula is PyTorch's, so runs can be compared.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from .errors import ArgumentError, GraphError, ShapeError
from .kernels.descent import descend
from .tensor import Tensor
from .value import Array


class Optimizer:
    """What all optimisers share: parameters, their gradients, and a state of arrays."""

    slots: tuple[str, ...] = ()  # what is remembered of each parameter

    def __init__(self, parameters: Iterable[Tensor], lr: float) -> None:
        self.parameters = list(parameters)
        self.lr = at_least_zero(type(self).__name__, "lr", lr)
        self.steps = 0
        self.memory: dict[str, list[Array | None]] = {
            slot: [None] * len(self.parameters) for slot in self.slots
        }
        for parameter in self.parameters:
            leaf = isinstance(parameter, Tensor) and parameter.graph is None
            if not leaf or not parameter.requires_grad:
                raise GraphError(
                    f"{type(self).__name__}: {parameter!r} is no parameter: give "
                    f"tensors with requires_grad=True that no operation made"
                )

    def step(self) -> None:
        """Move every parameter that has a gradient against it."""
        self.steps += 1
        for place, parameter in enumerate(self.parameters):
            if (grad := parameter._grad) is not None:
                parameter.rebind(self.moved(place, parameter._data, grad))

    def moved(self, place: int, data: Array, grad: Array) -> Array:
        """What the data of the parameter at `place` becomes, in memory of its own."""
        raise NotImplementedError

    def preview(self, gradients: Sequence[Array | None]) -> list[Array]:
        """What `step` would make of the parameters with these gradients.

        Nothing is moved, and nothing is remembered.  Raises ShapeError for a gradient
        of another shape than its parameter's.

        >>> w = Tensor(3.0, requires_grad=True)
        >>> SGD([w], lr=0.5).preview([np.array(6.0)])
        [np.float64(0.0)]
        """
        twin = copy.copy(self)
        twin.steps, twin.memory = self.steps + 1, copy.deepcopy(self.memory)
        moved: list[Array] = []
        for place, grad in enumerate(gradients):
            parameter = self.parameters[place]
            data = parameter._data
            if grad is None:
                moved.append(data)
            elif np.shape(grad) != parameter.shape:
                raise ShapeError(
                    f"{type(self).__name__}: a gradient of shape {np.shape(grad)} does "
                    f"not fit {parameter.label()} of shape {parameter.shape}"
                )
            else:
                moved.append(twin.moved(place, data, np.asarray(grad, data.dtype)))
        return moved

    def zero_grad(self) -> None:
        """Forget the gradients, so that the next backward pass starts from nothing."""
        for parameter in self.parameters:
            parameter._grad = None

    def state_dict(self) -> dict[str, Any]:
        """Numbers and arrays from which the optimiser goes on as if never stopped."""
        state: dict[str, Any] = {"lr": self.lr, "steps": self.steps}
        for slot, arrays in self.memory.items():
            for place, array in enumerate(arrays):
                if array is not None:
                    state[f"{slot}.{place}"] = array.copy()
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave.

        Raises ShapeError, before anything is changed, where it does not fit.
        """
        places = {
            f"{slot}.{place}": (slot, place, parameter)
            for slot in self.slots
            for place, parameter in enumerate(self.parameters)
        }
        arrays = {key: value for key, value in state.items() if key in places}
        unknown = set(state) - set(arrays) - {"lr", "steps"}
        if unknown or not {"lr", "steps"} <= set(state):
            raise ShapeError(
                f"{type(self).__name__}: the state of another optimiser: it holds "
                f"{', '.join(sorted(map(str, state))) or 'nothing'}"
            )
        for key, array in arrays.items():
            parameter = places[key][2]
            if np.shape(array) != parameter.shape:
                raise ShapeError(
                    f"{type(self).__name__}: {key} has shape {np.shape(array)}, but "
                    f"{parameter.label()} has {parameter.shape}"
                )
        self.lr, self.steps = float(state["lr"]), int(state["steps"])
        self.memory = {slot: [None] * len(self.parameters) for slot in self.slots}
        for key, array in arrays.items():
            slot, place, parameter = places[key]
            dtype = parameter.dtype
            self.memory[slot][place] = np.array(array, dtype, order="C")


class SGD(Optimizer):
    """w ← w − lr v, with v ← momentum v + ∂L/∂w + weight_decay w.

    Without momentum this is the slides' gradient descent.  `nesterov` looks ahead:
    w ← w − lr (∂L/∂w + momentum v).  Sutskever et al., On the importance of
    initialization and momentum in deep learning, 2013.

    >>> w = Tensor(3.0, requires_grad=True)
    >>> optimizer = SGD([w], lr=0.5)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data
    array(0.)
    """

    slots = ("velocity",)

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        self.momentum = at_least_zero("SGD", "momentum", momentum)
        self.weight_decay = at_least_zero("SGD", "weight_decay", weight_decay)
        self.nesterov = nesterov
        if nesterov and momentum == 0:
            raise ArgumentError("SGD: `nesterov` needs a momentum, which is 0")

    def moved(self, place: int, data: Array, grad: Array) -> Array:
        """The data, less lr times the velocity."""
        if self.weight_decay:
            grad = grad + self.weight_decay * data
        if not self.momentum:
            return data - self.lr * grad
        velocity = self.memory["velocity"][place]
        if velocity is None:
            velocity = np.zeros(grad.shape, grad.dtype)
            self.memory["velocity"][place] = velocity
        moved = descend(data, velocity, grad, self.lr, self.momentum)
        if self.nesterov:
            return data - self.lr * (grad + self.momentum * velocity)
        return moved


class Adam(Optimizer):
    """w ← w − lr m̂ / (√v̂ + epsilon), with running means m of ∂L/∂w and v of its square.

    m̂ = m / (1 − beta1ᵗ) and v̂ = v / (1 − beta2ᵗ) undo the start from 0.
    Kingma and Ba, Adam: A Method for Stochastic Optimization, 2014.

    >>> w = Tensor(3.0, requires_grad=True)
    >>> optimizer = Adam([w], lr=0.5)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data.round(6)
    np.float64(2.5)
    """

    slots = ("mean", "square")

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        if not all(0 <= beta < 1 for beta in betas):
            raise ArgumentError(f"Adam: `betas` is {betas}: both must lie in [0, 1)")
        self.betas = betas
        self.epsilon = at_least_zero("Adam", "epsilon", epsilon)
        self.weight_decay = at_least_zero("Adam", "weight_decay", weight_decay)

    def moved(self, place: int, data: Array, grad: Array) -> Array:
        """The data, less lr times m̂ / (√v̂ + epsilon)."""
        if self.weight_decay:
            grad = grad + self.weight_decay * data
        mean = self.running("mean", place, grad, self.betas[0])
        square = self.running("square", place, grad * grad, self.betas[1])
        mean = mean / (1.0 - self.betas[0] ** self.steps)
        square = square / (1.0 - self.betas[1] ** self.steps)
        moved: Array = data - self.lr * mean / (np.sqrt(square) + self.epsilon)
        return moved

    def running(self, slot: str, place: int, value: Array, beta: float) -> Array:
        """The running mean after one more value; it starts at 0."""
        before = self.memory[slot][place]
        mean = (1.0 - beta) * value
        if before is not None:
            mean = beta * before + mean
        self.memory[slot][place] = mean
        return mean


def at_least_zero(optimizer: str, name: str, value: float) -> float:
    """A finite number that is not negative; ArgumentError for another."""
    if not (math.isfinite(value) and value >= 0):
        raise ArgumentError(
            f"{optimizer}: `{name}` is {value}: it must be a finite number, at least 0"
        )
    return float(value)
