"""Arguments: what must be the same in a replay, and what may differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..tensor import Tensor
from ..tensor_data import TensorData
from ..value import REAL_KINDS
from .templates import is_row

ATOMS = frozenset({int, float, complex, bool, str, bytes, type(None), type(Ellipsis)})
ARRAYS = frozenset({np.ndarray, TensorData})


def is_free(value: Any) -> bool:
    """Whether a replay may be given another value: an array, or a tensor of data."""
    if isinstance(value, Tensor):
        return value._graph is None and not value._requires_grad
    return type(value) in ARRAYS and value.dtype.kind in REAL_KINDS


def kind_of(value: Any, free: list[Any]) -> Any:
    """What must be the same of an argument; `free` gets those that may differ.

    Of arrays and of tensors of data it is the shape, the type, and the layout: kernels
    decide by it whether a result is a view.

    >>> kind_of([np.zeros(3), 2.0], [])
    (<class 'list'>, (<class 'numpy.ndarray'>, (3,), dtype('float64'), (8,)), ...)
    """
    kind = type(value)
    if is_free(value):
        free.append(value)
        data = value._data if isinstance(value, Tensor) else value
        return kind, data.shape, data.dtype, data.strides
    if kind in ATOMS:
        return kind, repr(value)
    if is_row(kind):
        return kind, *[kind_of(entry, free) for entry in value]
    if kind is dict:
        return kind, *[(key, kind_of(entry, free)) for key, entry in value.items()]
    return kind, id(value)


def sorted_out(value: Any, free: list[Any], objects: list[Any]) -> None:
    """Put arguments that may differ into one list, and objects into another."""
    kind = type(value)
    if is_free(value):
        free.append(value)
    elif is_row(kind):
        for entry in value:
            sorted_out(entry, free, objects)
    elif kind is dict:
        sorted_out([*value.values()], free, objects)
    elif kind not in ATOMS:
        objects.append(value)


def twice(free: Sequence[Any]) -> tuple[int, ...] | None:
    """For each tensor the first that is the same; None if no two are."""
    ids = [id(value) for value in free if isinstance(value, Tensor)]
    return None if len({*ids}) == len(ids) else tuple(map(ids.index, ids))
