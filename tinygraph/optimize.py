"""Gradient descent: optimizers, which move parameters against their gradients.

The formulas are PyTorch's, so runs can be compared.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import starmap
from typing import Any

import numpy as np

from .errors import ArgumentError, GraphError, ShapeError
from .kernels.compilation import chosen
from .kernels.descent import LARGE, LONG, descend, descend_along, descend_by_moments
from .modes import current_mode, note_reading
from .tensor import Tensor, note_cleared
from .value import ARRAY, Array, arrayed, brought, copied, frozen, new_node, zeros

Memory = dict[str, list[Array | None]]  # for each slot, an array for each parameter
Parameters = Iterable[Tensor] | Mapping[str, Tensor]
Update = tuple[Array | None, ...]  # a parameter's data, and its array for each slot


class Optimizer:
    """What all optimizers share: parameters, their gradients, and a state of arrays.

    Parameters are tensors, or a dictionary of tensors by name. A subclass defines in
    `update` what a step makes of a parameter. Raises ArgumentError for an lr below 0
    and for a parameter that is given twice, GraphError for anything but a parameter.
    """

    slots: tuple[str, ...] = ()  # the arrays that are kept for each parameter

    def __init__(self, parameters: Parameters, lr: float) -> None:
        if isinstance(parameters, Mapping):
            parameters = parameters.values()
        self.parameters = list(parameters)
        self.lr = at_least_zero(type(self).__name__, "lr", lr)
        self.steps = 0
        self.missed = [0] * len(self.parameters)  # steps without a gradient
        self.memory: Memory = {
            slot: [None] * len(self.parameters) for slot in self.slots
        }
        for parameter in self.parameters:
            leaf = isinstance(parameter, Tensor) and parameter.graph is None
            if not leaf or not parameter.requires_grad:
                raise GraphError(
                    f"{type(self).__name__}: {parameter!r} is not a parameter: "
                    f"give tensors with requires_grad=True that no operation made"
                )
        self.refuse_twins()

    def refuse_twins(self) -> None:
        """ArgumentError where a parameter is given twice: it would move twice."""
        for place, parameter in enumerate(self.parameters):
            if any(parameter is other for other in self.parameters[:place]):
                raise ArgumentError(
                    f"{type(self).__name__}: {parameter._label()} is given twice, "
                    f"the second time at place {place}: give each parameter once"
                )

    def step(self) -> None:
        """Move every parameter that has a gradient against it.

        The parameters and the optimizer's own state change together: if Ctrl-C or an
        error interrupts the step, nothing changes.
        """
        rows = self.updates([parameter._grad for parameter in self.parameters])
        if (recorder := current_mode.get().recorder) is not None:
            recorder.stepped(self, rows)
        changes: list[tuple[object, str, Any]] = []
        missed = self.missed
        for place, (parameter, row) in enumerate(
            zip(self.parameters, rows, strict=True)
        ):
            if row[0] is None:
                missed = [*missed[:place], missed[place] + 1, *missed[place + 1 :]]
            else:
                changes += (
                    (parameter, "_data", frozen(row[0])),
                    (parameter, "node", new_node()),
                )
        memory: Memory = {
            slot: [row[column] for row in rows]
            for column, slot in enumerate(self.slots, start=1)
        }
        changes += (self, "missed", missed), (self, "memory", memory)
        changes += ((self, "steps", self.steps + 1),)
        assign(changes)

    def updates(self, gradients: Sequence[Array | None]) -> list[Update]:
        """For each parameter its data after a step, and its arrays for each slot.

        The data is None where there is no gradient. Nothing is changed here.
        """
        steps, memory = self.steps + 1, self.memory.values()
        return [
            (None, *before)
            if grad is None
            else self.update(steps - missed, parameter._data, grad, *before)
            for parameter, grad, missed, *before in zip(
                self.parameters, gradients, self.missed, *memory, strict=True
            )
        ]

    def update(
        self, steps: int, data: Array, grad: Array, *memory: Array | None
    ) -> Update:
        """The new data of a parameter, and then its new array for each slot.

        `steps` counts the steps of this parameter, from 1. Every result is a new
        array: none of the arguments may be changed.
        """
        raise NotImplementedError

    def preview(self, gradients: Sequence[Array | None]) -> list[Array]:
        """The data that `step` would give the parameters with these gradients.

        Nothing is changed. Raises ShapeError for a gradient
        of another shape than its parameter's.

        >>> w = Tensor(3.0, requires_grad=True)
        >>> SGD([w], lr=0.5).preview([np.array(6.0)])
        [np.float64(0.0)]
        """
        note_reading("previews the step of an optimizer")
        fitting: list[Array | None] = []
        for parameter, grad in zip(self.parameters, gradients, strict=True):
            if grad is not None and np.shape(grad) != parameter.shape:
                raise ShapeError(
                    f"{type(self).__name__}: a gradient of shape {np.shape(grad)} does "
                    f"not fit {parameter._label()} of shape {parameter.shape}"
                )
            fitting.append(None if grad is None else arrayed(grad, parameter.dtype))
        pairs = zip(self.parameters, self.updates(fitting), strict=True)
        return [p._data if row[0] is None else row[0] for p, row in pairs]

    def zero_grad(self) -> None:
        """Clear the gradients, so that the next backward pass starts afresh."""
        assign([(parameter, "_grad", None) for parameter in self.parameters])
        note_cleared(self.parameters)

    def state_dict(self) -> dict[str, Any]:
        """Numbers and arrays from which an optimizer continues where this one is."""
        note_reading("reads the state of an optimizer")
        state: dict[str, Any] = {"lr": self.lr, "steps": self.steps}
        state |= {
            f"missed.{n}": missed for n, missed in enumerate(self.missed) if missed
        }
        for slot, arrays in self.memory.items():
            for place, array in enumerate(arrays):
                if array is not None:
                    state[f"{slot}.{place}"] = array.copy()
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore the state that `state_dict` gave.

        Raises ShapeError, before anything is changed, for a state that does not fit.
        """
        places = {
            f"{slot}.{place}": (slot, place, parameter)
            for slot in self.slots
            for place, parameter in enumerate(self.parameters)
        }
        arrays = {key: value for key, value in state.items() if key in places}
        absent = [f"missed.{place}" for place in range(len(self.parameters))]
        unknown = set(state) - {*arrays, *absent, "lr", "steps"}
        if unknown or not {"lr", "steps"} <= set(state):
            raise ShapeError(
                f"{type(self).__name__}: this is the state of another optimizer; it "
                f"holds {', '.join(sorted(map(str, state))) or 'nothing'}"
            )
        for key, array in arrays.items():
            parameter = places[key][2]
            if np.shape(array) != parameter.shape:
                raise ShapeError(
                    f"{type(self).__name__}: {key} has shape {np.shape(array)}, but "
                    f"{parameter._label()} has {parameter.shape}"
                )
        memory: Memory = {slot: [None] * len(self.parameters) for slot in self.slots}
        for key, array in arrays.items():
            slot, place, parameter = places[key]
            array = copied(array, parameter.dtype)
            memory[slot][place] = brought(array, parameter._data)
        lr, steps = float(state["lr"]), int(state["steps"])
        missed = [int(state.get(key, 0)) for key in absent]
        changes: list[tuple[object, str, Any]] = [
            (self, "lr", lr),
            (self, "steps", steps),
        ]
        assign([*changes, (self, "missed", missed), (self, "memory", memory)])


class SGD(Optimizer):
    """w ← w − lr v, with v ← momentum v + ∂L/∂w + weight_decay w.

    Without momentum this is the slides' gradient descent. `nesterov` looks ahead:
    w ← w − lr (∂L/∂w + momentum v). Sutskever et al., On the importance of
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
        parameters: Parameters,
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

    def update(
        self, steps: int, data: Array, grad: Array, *memory: Array | None
    ) -> Update:
        """The data minus lr times the velocity, and the velocity."""
        lr, [velocity] = float(self.lr), memory
        if self.weight_decay:
            grad = grad + self.weight_decay * data
        if not self.momentum:
            if data.size > LONG and type(data) is ARRAY:
                return descend_along(data, grad, lr), velocity
            return data - lr * grad, velocity
        if velocity is None:
            velocity = zeros(grad.shape, grad.dtype, grad)
        moved, velocity = descend(data, velocity, grad, lr, self.momentum)
        if self.nesterov:
            moved = data - lr * (grad + self.momentum * velocity)
        return moved, velocity


class Adam(Optimizer):
    """w ← w − lr m̂ / (√v̂ + epsilon), with running means m of ∂L/∂w and v of its square.

    m̂ = m / (1 − beta1ᵗ) and v̂ = v / (1 − beta2ᵗ) correct for the start from 0.
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
        parameters: Parameters,
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

    def update(
        self, steps: int, data: Array, grad: Array, *memory: Array | None
    ) -> Update:
        """The data minus lr times m̂ / (√v̂ + epsilon), and both means."""
        if self.weight_decay:
            grad = grad + self.weight_decay * data
        lr, moments = float(self.lr), (memory[0], memory[1])
        large = data.size > LARGE or data.dtype in chosen.get()
        if large and type(data) is ARRAY:  # the same in a few passes over memory
            given = self.betas, steps, lr, self.epsilon
            return descend_by_moments(data, moments, grad, *given)
        mean = running(moments[0], grad, self.betas[0])
        square = running(moments[1], grad * grad, self.betas[1])
        unbiased = mean / (1.0 - self.betas[0] ** steps)
        size = np.sqrt(square / (1.0 - self.betas[1] ** steps)) + self.epsilon
        return data - lr * unbiased / size, mean, square


def running(before: Array | None, value: Array, beta: float) -> Array:
    """The running mean after one more value; it starts at 0."""
    mean = (1.0 - beta) * value
    return mean if before is None else beta * before + mean


def assign(changes: Iterable[tuple[object, str, Any]]) -> None:
    """Set attributes of objects: all of them, or none.

    A signal may raise KeyboardInterrupt between any two instructions of Python. This
    loop runs in C, so there is no such instruction between the first and the last.
    """
    deque(starmap(setattr, changes), maxlen=0)


def at_least_zero(optimizer: str, name: str, value: float) -> float:
    """A finite number that is not negative; ArgumentError for any other."""
    if not (math.isfinite(value) and value >= 0):
        raise ArgumentError(
            f"{optimizer}: `{name}` is {value}: it must be a finite number, at least 0"
        )
    return float(value)
