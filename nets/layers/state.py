"""State dicts: the numbers of a layer under PyTorch's names, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import tinygraph as tg

from .tree import Parameters, tensors, torch_name

LISTED = 5  # keys in an error message


class StateError(tg.TinygraphError, ValueError):
    """A state dict that does not fit a layer: which keys, and which shapes."""


class Mismatch(NamedTuple):
    """Keys that a layer has and a state dict has not, and the other way round."""

    missing: list[str]
    unexpected: list[str]


def state_tensors(layer: Any) -> Parameters:
    """The tensors of a layer by PyTorch's names; ValueError for a name used twice."""
    named = [(torch_name(name), tensor) for name, tensor in tensors(layer).items()]
    found = dict(named)
    if len(found) < len(named):
        names = [name for name, _ in named]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(
            f"two tensors are called {twice} in a state dict, because `w` is `weight` "
            f"and `b` is `bias` there: rename one of the fields."
        )
    return found


def state_dict(layer: Any) -> dict[str, NDArray[Any]]:
    """Copies of all parameters and running statistics, by PyTorch's names.

    >>> from nets import Linear
    >>> layer = Linear(tg.Tensor([[1.0, 2.0]]), tg.Tensor([0.5]))
    >>> state_dict(layer)
    {'weight': array([[1., 2.]]), 'bias': array([0.5])}
    """
    return {name: np.array(t.numpy()) for name, t in state_tensors(layer).items()}


def load_state_dict(
    layer: Any, state: Mapping[str, Any], strict: bool = True
) -> Mismatch:
    """Give a layer the numbers of a state dict, of this layer or of PyTorch's namesake.

    `state` has NumPy arrays or anything that `np.asarray` takes, such as tensors of
    PyTorch in the memory of the processor. Numbers keep the type that the layer has.
    Raises `StateError`, before anything is assigned, for a wrong shape and, if
    `strict`, for missing and unexpected keys; otherwise returns those keys.

    >>> from nets import Linear
    >>> layer = Linear.random(np.random.default_rng(0), 2, 1)
    >>> load_state_dict(layer, {"weight": [[1.0, 2.0]], "bias": [0.5]})
    Mismatch(missing=[], unexpected=[])
    >>> layer(np.ones((1, 2))).tolist()
    [[3.5]]
    """
    wanted = state_tensors(layer)
    missing = [name for name in wanted if name not in state]
    unexpected = [name for name in state if name not in wanted]
    arrays = {name: array_of(state[name]) for name in wanted if name in state}
    faults = wrong_shapes(wanted, arrays)
    if strict:
        faults += listed("is missing", "are missing", missing)
        faults += listed("is unexpected", "are unexpected", unexpected)
    if faults:
        raise StateError(
            f"the state does not fit this {type(layer).__name__}: {'; '.join(faults)}."
        )
    for name, array in arrays.items():
        before = wanted[name].data
        there = isinstance(before, np.ndarray)  # or in the library that it was moved to
        wanted[name].data = array if there else np.asarray(array, like=before)
    return Mismatch(missing, unexpected)


def array_of(value: Any) -> NDArray[Any]:
    """The numbers of an array or tensor, of one that requires a gradient, too."""
    return np.asarray(value.detach() if hasattr(value, "detach") else value)


def wrong_shapes(wanted: Parameters, arrays: Mapping[str, NDArray[Any]]) -> list[str]:
    """What is wrong with the shapes of arrays, one phrase for each array."""
    return [
        f"{name} is {array.shape}, not {wanted[name].shape}"
        for name, array in arrays.items()
        if array.shape != wanted[name].shape
    ][:LISTED]


def listed(one: str, several: str, names: list[str]) -> list[str]:
    """A phrase about some names; for none, no phrase."""
    if not names:
        return []
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return [f"{', '.join(names[:LISTED])}{more} {one if len(names) == 1 else several}"]
