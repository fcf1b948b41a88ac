"""What a layer consists of, found by walking through its fields.

Nothing is registered, and no base class is needed. A layer is an object with fields
whose class defines `__call__`; a dataclass may hold layers, too. In its fields, and in
lists, tuples and dictionaries there,

* a tensor that requires a gradient is a parameter, which training changes;
* any other tensor is part of the state, such as a running mean;
* a layer is walked through in turn;
* anything else is a setting: numbers, arrays, functions. A result of operations is not
  part of a layer.

The path of fields is the name, as in `blocks.0.norm.w`. PyTorch's names differ in one
respect: in a state dict, `w` is `weight` and `b` is `bias`.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

import tinygraph as tg

Parameters = dict[str, tg.Tensor]
Named = Iterator[tuple[str, Any]]

TORCH_NAMES = {"w": "weight", "b": "bias"}


def is_layer(value: Any) -> bool:
    """Whether a value has parts: its class defines `__call__`, or is a dataclass."""
    if isinstance(value, tg.Primitive | type):
        return False
    call = getattr(type(value), "__call__", None)  # noqa: B004 (written in Python?)
    return isinstance(call, types.FunctionType) or is_dataclass(value)


def named_parts(value: Any) -> Named:
    """The parts of a layer, list, tuple or dictionary, by name; of others, none.

    A class with a method `named_parts` says itself what its parts are called.
    """
    if isinstance(value, Mapping):
        return ((str(key), part) for key, part in value.items())
    if isinstance(value, list | tuple):
        return ((str(place), part) for place, part in enumerate(value))
    if not is_layer(value):
        return iter(())
    own = getattr(type(value), "named_parts", fields_of)
    found: Named = own(value)
    return found


def fields_of(layer: Any) -> Named:
    """The fields of an object, in the order in which they were declared or set."""
    names = [field.name for field in fields(layer)] if is_dataclass(layer) else []
    for kind in reversed(type(layer).__mro__):
        slots = kind.__dict__.get("__slots__", ())
        names += [slots] if isinstance(slots, str) else slots
    names += getattr(layer, "__dict__", ())
    for name in dict.fromkeys(names):
        if hasattr(layer, name) and not name.startswith("__"):
            yield name, getattr(layer, name)


def walk(value: Any, path: str = "", above: tuple[Any, ...] = ()) -> Named:
    """A value and all its parts, with their paths; a part may occur more than once."""
    yield path, value
    if not any(value is other for other in above):  # a layer that holds its owner
        for name, part in named_parts(value):
            inner = f"{path}.{name}" if path and name else path or name
            yield from walk(part, inner, (*above, value))


def tensors(layer: Any) -> Parameters:
    """All tensors that a layer consists of, by name: parameters and other state.

    Raises ValueError if two have the same name.
    """
    found: Parameters = {}
    for name, part in walk(layer):
        if not isinstance(part, tg.Tensor) or part.graph is not None:
            continue
        if found.setdefault(name, part) is not part:
            raise ValueError(
                f"two parameters are called {name}: put their layers into different "
                f"groups."
            )
    return found


def parameters(layer: Any) -> Parameters:
    """The tensors that training changes, by name; one that is used twice, once.

    `layer` is any object with fields, see `nets.layers.tree`.

    >>> from nets import Linear
    >>> list(parameters([Linear.random(np.random.default_rng(0), 3, 5)]))
    ['0.w', '0.b']
    """
    found: Parameters = {}
    seen: set[int] = set()
    for name, tensor in tensors(layer).items():
        if tensor.requires_grad and id(tensor) not in seen:
            seen.add(id(tensor))
            found[name] = tensor
    return found


def torch_name(name: str) -> str:
    """What PyTorch calls a tensor.

    >>> torch_name("conv1.w"), torch_name("norm.running_mean")
    ('conv1.weight', 'norm.running_mean')
    """
    start, dot, last = name.rpartition(".")
    return start + dot + TORCH_NAMES.get(last, last)


def generators(layer: Any) -> dict[str, np.random.Generator]:
    """The random generators that a layer draws from, each with its first name."""
    found: dict[int, tuple[str, np.random.Generator]] = {}
    for name, part in walk(layer):
        if isinstance(part, np.random.Generator):
            found.setdefault(id(part), (name, part))
    return dict(found.values())


def set_training(layer: Any, training: bool) -> None:
    """Set the field `training` of a layer and all its parts, where there is one."""
    for _, part in walk(layer):
        if is_layer(part) and isinstance(getattr(part, "training", None), bool):
            object.__setattr__(part, "training", training)  # of frozen ones, too


@contextmanager
def evaluating(layer: Any) -> Iterator[None]:
    """A context in which a layer behaves as in use; then each part is as before."""
    parts = {
        id(part): (part, part.training)
        for _, part in walk(layer)
        if is_layer(part) and isinstance(getattr(part, "training", None), bool)
    }
    set_training(layer, False)
    try:
        yield
    finally:
        for part, training in parts.values():
            object.__setattr__(part, "training", training)


def move(layer: Any, to: Callable[[Any], Any]) -> None:
    """Give all tensors of a layer the arrays that `to` makes of theirs.

    `move(network, cupy.asarray)` takes it to a graphics card, and `cupy.asnumpy` back;
    gradients go with their tensors.

    >>> from nets import Linear
    >>> layer = Linear(tg.Tensor([[1.0, 2.0]]), tg.Tensor([0.5]))
    >>> move(layer, lambda array: array * 2)
    >>> layer.w.tolist(), layer.b.tolist()
    ([[2.0, 4.0]], [1.0])
    """
    for tensor in tensors(layer).values():
        data, grad = tensor.data, tensor.grad
        tensor.data = to(data)
        tensor.grad = None if grad is None else to(grad)


def set_names(layer: Any) -> None:
    """Give each parameter its path as its name, which pictures and traces show."""
    for name, tensor in parameters(layer).items():
        tensor.name = name
