"""The arguments that users give to operations, and errors about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .errors import DTypeError, ShapeError, ShapeIndexError, TinygraphError
from .operators import Operators, plain
from .registry import OPERATIONS
from .value import (
    ARRAY,
    ELSEWHERE,
    PLAIN_ARRAYS,
    PYTHON_NUMBERS,
    REAL_KINDS,
    Array,
    Watched,
    brought,
    copied,
    elsewhere,
)

SEQUENCES = (list, tuple)
ERRORS = (ValueError, TypeError, IndexError)  # that are explained


def listed(value: Any) -> Any:
    """An argument as a user may write it: a list of numbers is an array.

    A list of tensors is a tensor, their stack, and so is a list of such lists.
    """
    if type(value) not in SEQUENCES:
        return value
    return np.asarray(value) if tensor_in(value) is None else stacked(value)


def stacked(values: Any) -> Any:
    """Tensors and numbers in a list, or in lists within it, as one tensor."""
    parts = [listed(value) for value in values]
    shapes = dict.fromkeys(map(np.shape, map(plain, parts)))
    if len(shapes) > 1:
        raise ShapeError(
            f"a list of tensors of the shapes {', '.join(map(str, shapes))} makes "
            f"no array: they must have one shape"
        )
    return OPERATIONS["stack"](parts)


def tensor_in(values: Any) -> Any:
    """The first tensor in a list, or in lists within it; None where there is none."""
    for value in values:
        if isinstance(value, Operators):
            return value
        if type(value) in SEQUENCES and (tensor := tensor_in(value)) is not None:
            return tensor
    return None


def constant(operation: str, value: Any) -> Array:
    """A copy of a user's value, as an array that only the graph holds.

    Raises DTypeError for anything but numbers, and for an array that is more than its
    numbers.
    """
    if type(value) is not ARRAY:
        refuse_more_than_numbers(operation, value)
    try:
        if isinstance(value, Watched):
            array: Any = value.copy("K")
        else:
            array = value.copy() if elsewhere(type(value)) else np.array(value)
    except (ValueError, TypeError) as error:
        raise DTypeError(
            f"{operation}: cannot make an array of {value!r}: {error}"
        ) from None
    if array.dtype.kind not in REAL_KINDS:
        raise DTypeError(
            f"{operation}: got {value!r} of type {type(value).__name__}, which is not "
            f"a number, an array of real numbers or a tensor"
        )
    return array


def numbers(what: str, value: Any) -> Any:
    """Data of the user's, tensors as their arrays; DTypeError as for a constant."""
    if type(value) in PLAIN_ARRAYS:
        return value
    refuse_more_than_numbers(what, value)
    return plain(value)


def upstream(seed: Any, data: Array) -> Any:
    """The gradient that a backward pass starts from, as a new array like `data`."""
    given = seed if type(seed) in PLAIN_ARRAYS else numbers("backward", seed)
    if type(given) in ELSEWHERE or type(data) in ELSEWHERE:
        return brought(copied(given, data.dtype), data)
    return np.array(given, dtype=data.dtype)


def refuse_integers(dtype: np.dtype[Any], requires_grad: bool) -> None:
    """Raise DTypeError where integers are to require a gradient."""
    if requires_grad and dtype.kind != "f":
        raise DTypeError(
            f"a tensor of {dtype} cannot require a gradient, which needs "
            f"floating-point numbers: Tensor(data, dtype=float, requires_grad=True)"
        )


def refuse_more_than_numbers(operation: str, value: Any) -> None:
    """DTypeError for an array with a mask, units or labels, also for one in a list."""
    if type(value) in SEQUENCES:
        kinds = {type(entry): entry for entry in value}
        values = value if kinds.keys() & set(SEQUENCES) else kinds.values()
        for entry in values:
            refuse_more_than_numbers(operation, entry)
    elif reason := more_than_numbers(value):
        raise DTypeError(f"{operation}: {type(value).__name__}: {reason}")


def more_than_numbers(value: Any) -> str | None:
    """What would be lost of an array of another library, and what to write instead."""
    kind = type(value)
    if kind in PYTHON_NUMBERS or kind in PLAIN_ARRAYS or isinstance(value, np.generic):
        return None
    if elsewhere(kind):
        return None
    names = {base.__name__ for base in kind.__mro__}
    for name, reason in KINDS.items():
        if name in names:
            return reason
    if kind.__module__.startswith("scipy.sparse"):
        return "operations here are on all elements: use .toarray()"
    if hasattr(value, "to_numpy") and hasattr(kind, "__array_ufunc__"):
        return "its labels would be lost: use .to_numpy()"
    if isinstance(value, np.ndarray) or hasattr(kind, "__array_ufunc__"):
        return (
            "what it is more than its numbers would be lost: use np.asarray(...) of it "
            "if nothing but these is meant"
        )
    return None


# Classes by their names, so that no library is imported for them.
KINDS = {
    "Operators": None,
    "MaskedArray": "its mask would be lost: use array.filled(0.0), and "
    "tg.where(np.ma.getmaskarray(array), 0.0, result) for what depends on it",
    "matrix": "its * is a product of matrices: use np.asarray(matrix) and @",
    "Quantity": "its unit would be lost: use its number in a unit of your choice, "
    "quantity.to_value(unit) or quantity.m_as(unit)",
}


def explained(
    operation: str,
    values: Sequence[Any],
    parameters: Mapping[str, Any],
    error: Exception,
) -> TinygraphError:
    """The error that NumPy raised, with the operation, shapes and parameters named."""
    shapes = ", ".join(str(np.shape(value)) for value in values)
    given = "".join(f", {name}={value!r}" for name, value in parameters.items())
    said = mixed(values) or remedy(values, error)
    text = f"{operation}: shapes {shapes}{given}: {said}"
    if isinstance(error, TypeError):
        return DTypeError(text)
    if isinstance(error, IndexError):
        return ShapeIndexError(text)
    return ShapeError(text)


def mixed(values: Sequence[Any]) -> str | None:
    """What is said of arrays that are not all of one library."""
    kinds = {type(value) for value in values if np.ndim(value)}
    if len(kinds) < 2 or not any(map(elsewhere, kinds)):
        return None
    names = " and ".join(sorted(f"{kind.__module__}.{kind.__name__}" for kind in kinds))
    return (
        f"the arrays are of several libraries, {names}: give all tensors data of one, "
        f"t.data = library.asarray(t.data)"
    )


def remedy(values: Sequence[Any], error: Exception) -> str:
    """What is wrong with the shapes, in words; NumPy's own words where that is best."""
    if "could not be broadcast together" not in str(error):
        return str(error)
    shapes = [np.shape(value) for value in values]
    for axis in range(-1, -1 - max(map(len, shapes)), -1):
        sizes = [shape[axis] for shape in shapes if len(shape) >= -axis]
        if len(set(sizes) - {1}) > 1:
            clash = " and ".join(map(str, dict.fromkeys(sizes)))
            return (
                f"they cannot be broadcast together: on axis {axis} the sizes are "
                f"{clash}, which must be equal, or 1"
            )
    return str(error)
