"""Values: the arrays and numbers that graphs hold."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Sequence
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
BASIC = frozenset({slice, int, type(None), type(Ellipsis)})  # parts of an index
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


# What takes NumPy's functions, too, and is no array of another library.
NO_ARRAYS = {"Operators", "Watched", "Quantity"}
ELSEWHERE: set[type] = set()  # the types of arrays of other libraries, as they are met


def calculates_elsewhere(kind: type[Any]) -> bool:
    """Whether arrays of a type are of another library, and calculate there.

    CuPy's do: they have both of NumPy's protocols, so that np.exp(x) is one again.
    """
    if issubclass(kind, np.ndarray | np.generic):
        return False
    if NO_ARRAYS & {base.__name__ for base in kind.__mro__}:
        return False
    protocols = ("__array_ufunc__", "__array_function__", "dtype", "shape", "astype")
    found = all(getattr(kind, name, None) is not None for name in protocols)
    if found:
        ELSEWHERE.add(kind)
    return found


elsewhere: Callable[[Any], bool] = functools.cache(calculates_elsewhere)


def one_elsewhere(values: Iterable[Any]) -> Any:
    """The first array of another library among values; None where there is none."""
    for value in values:
        if type(value) is not ARRAY and elsewhere(type(value)):
            return value
    return None


def brought(array: Any, other: Any) -> Any:
    """An array of NumPy's, in the library of the array that it meets."""
    if type(other) is ARRAY or not elsewhere(type(other)):
        return array
    return np.asarray(array, like=other) if isinstance(array, np.ndarray) else array


def fetched(array: Any) -> Any:
    """An array of another library as one of NumPy's, because somebody wants to see it.

    CuPy does this with `get()` alone, others with np.asarray.
    """
    if not elsewhere(type(array)):
        return array
    return array.get() if hasattr(array, "get") else np.asarray(array)


def zeros(shape: tuple[int, ...], dtype: Any, other: Any) -> Any:
    """Zeros in the library of another array."""
    if type(other) is ARRAY or not elsewhere(type(other)):
        return np.zeros(shape, dtype)
    return np.zeros(shape, dtype, like=other)


def settled(value: Any) -> Any:
    """A value as an array that a tensor may keep."""
    return value.settled() if isinstance(value, Watched) else arrayed(value)


def arrayed(value: Any, dtype: Any = None) -> Any:
    """A value as an array, as `np.asarray` gives it; a watched one stays watched.

    So does one of another library stay there.
    """
    if isinstance(value, Watched) or elsewhere(type(value)):
        same = dtype is None or value.dtype == dtype
        return value if same else value.astype(dtype)
    return np.asarray(value, dtype)


def copied(value: Any, dtype: Any = None) -> Any:
    """A value as a new array that a tensor may keep."""
    if isinstance(value, Watched):
        return value.astype(value.dtype if dtype is None else dtype).settled()
    if elsewhere(type(value)):
        return value.copy() if dtype in (None, value.dtype) else value.astype(dtype)
    return np.array(value, dtype=dtype)


def frozen(value: Any) -> Any:
    """A result that nobody can change: a read-only array, or one of NumPy's scalars.

    Scalars stay as NumPy gives them: it calculates with them eight times as fast as
    with arrays of shape (). Arrays of other libraries stay as they are.
    """
    if type(value) is not ARRAY:
        if isinstance(value, np.generic) or elsewhere(type(value)):
            return value
        value = np.asarray(value)
    value.setflags(False)  # pyright: ignore  # `write`, in half the keyword's time
    return value


def is_basic(index: Any) -> bool:
    """Whether an index has nothing but slices, integers, None and Ellipsis.

    Such an index takes no element twice.
    """
    if type(index) is tuple:
        return BASIC.issuperset(map(type, index))
    return type(index) in BASIC


def owned(index: Any) -> Any:
    """An index that nobody changes: lists and arrays in it are copied."""
    if isinstance(index, tuple):
        return tuple(owned(part) for part in index)
    if isinstance(index, list):  # NumPy makes an empty one an array of floats
        return np.array(index, dtype=None if np.size(index) else np.intp)
    plain = not isinstance(index, np.ndarray) and not elsewhere(type(index))
    return index if plain else index.copy()


def numeric(entry: Any) -> Any:
    """An entry of a graph as an array or a number; None where it is neither.

    >>> numeric([1, 2]), numeric("text")
    (array([1, 2]), None)
    """
    if type(entry) in PYTHON_NUMBERS:
        return entry
    try:
        array = np.asarray(fetched(getattr(entry, "_data", entry)))  # a tensor's own
    except (ValueError, TypeError):
        return None
    return array if array.dtype.kind in REAL_KINDS else None


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of an array, tensor or number: `np.shape` without its four calls."""
    shape: tuple[int, ...] = getattr(value, "shape", ())
    return shape
