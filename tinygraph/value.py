"""Values: the arrays and numbers that graphs hold."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
# What users write for an array: numbers, arrays, and lists of them.
Number: TypeAlias = Array | np.generic | complex
Row: TypeAlias = Sequence[Number]
Arrays: TypeAlias = Number | Row | Sequence[Row] | Sequence[Sequence[Row]]
ARRAY = np.ndarray  # a global is found faster than an attribute of NumPy
REAL_KINDS = "biuf"  # booleans, integers, unsigned integers, floats
PLAIN_ARRAYS: set[type] = {np.ndarray, np.memmap}  # arrays that are only numbers
PYTHON_NUMBERS = {kind: np.dtype(kind) for kind in (bool, int, float)}
new_node = itertools.count().__next__  # a number for a value, unique in the process


class Watched:
    """An array that is watched while a step is recorded for replay.

    Where a tensor would hand out its array, it hands out one of these, so that nothing
    is computed from it unnoticed. `replaying` makes them.
    """

    __slots__ = ()
    dtype: Any

    def copy(self, order: Any = "C") -> Any:
        """A copy, which is watched as well."""
        raise NotImplementedError

    def astype(self, dtype: Any) -> Any:
        """A copy of another type, which is watched as well."""
        raise NotImplementedError

    def settled(self) -> Any:
        """The array itself, for a tensor to keep."""
        raise NotImplementedError


def settled(value: Any) -> Any:
    """A value as an array that a tensor may keep."""
    return value.settled() if isinstance(value, Watched) else np.asarray(value)


def arrayed(value: Any, dtype: Any = None) -> Any:
    """A value as an array, as `np.asarray` gives it; a watched one stays watched."""
    if isinstance(value, Watched):
        return value if dtype is None else value.astype(dtype)
    return np.asarray(value, dtype)


def copied(value: Any, dtype: Any = None) -> Any:
    """A value as a new array that a tensor may keep."""
    if isinstance(value, Watched):
        return value.astype(value.dtype if dtype is None else dtype).settled()
    return np.array(value, dtype=dtype)


def frozen(value: Any) -> Any:
    """A result that nobody can change: a read-only array, or one of NumPy's scalars.

    Scalars stay as NumPy gives them: it calculates with them eight times as fast as
    with arrays of shape ().
    """
    if type(value) is not ARRAY:
        if isinstance(value, np.generic):
            return value
        value = np.asarray(value)
    value.setflags(False)  # pyright: ignore  # `write`, in half the keyword's time
    return value


def owned(index: Any) -> Any:
    """An index that nobody changes: lists and arrays in it are copied."""
    if isinstance(index, tuple):
        return tuple(owned(part) for part in index)
    if isinstance(index, list):  # NumPy makes an empty one an array of floats
        return np.array(index, dtype=None if np.size(index) else np.intp)
    return index.copy() if isinstance(index, np.ndarray) else index


def numeric(entry: Any) -> Any:
    """An entry of a graph as an array or a number; None where it is neither.

    >>> numeric([1, 2]), numeric("text")
    (array([1, 2]), None)
    """
    if type(entry) in PYTHON_NUMBERS:
        return entry
    try:
        array = np.asarray(getattr(entry, "_data", entry))  # a tensor's own array
    except (ValueError, TypeError):
        return None
    return array if array.dtype.kind in REAL_KINDS else None


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of an array, tensor or number: `np.shape` without its four calls."""
    shape: tuple[int, ...] = getattr(value, "shape", ())
    return shape
