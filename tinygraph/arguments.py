"""What users give to operations, numbers, lists, arrays, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .errors import DTypeError, ShapeError, ShapeIndexError, TinygraphError
from .value import Array, Value

SEQUENCES = (list, tuple)
ERRORS = (ValueError, TypeError, IndexError)  # that are explained


def listed(value: Any) -> Any:
    """An argument as a user may write it: a list of numbers is an array.

    A list of tensors is a tensor, their stack, and so is a list of such lists.
    """
    if type(value) not in SEQUENCES:
        return value
    tensor = tensor_in(value)
    return np.asarray(value) if tensor is None else tensor.stacked(value)


def tensor_in(values: Any) -> Any:
    """The first tensor in a list, or in lists within it; None where there is none."""
    for value in values:
        if isinstance(value, Value):
            return value
        if type(value) in SEQUENCES and (tensor := tensor_in(value)) is not None:
            return tensor
    return None


def constant(operation: str, value: Any) -> Array:
    """A value of the user's own as an array that only the graph holds.

    Raises DTypeError for anything but numbers.
    """
    try:
        array = np.array(value)
    except (ValueError, TypeError) as error:
        raise DTypeError(
            f"{operation}: cannot make an array of {value!r}: {error}"
        ) from None
    if array.dtype.kind not in "biuf":
        raise DTypeError(
            f"{operation}: got {value!r} of type {type(value).__name__}, which is no "
            f"number, array of real numbers or a tensor"
        )
    return array


def explained(
    operation: str,
    values: Sequence[Any],
    parameters: Mapping[str, Any],
    error: Exception,
) -> TinygraphError:
    """The error that NumPy raised, with the operation, shapes and parameters named."""
    shapes = ", ".join(str(np.shape(value)) for value in values)
    given = "".join(f", {name}={value!r}" for name, value in parameters.items())
    text = f"{operation}: shapes {shapes}{given}: {remedy(values, error)}"
    if isinstance(error, TypeError):
        return DTypeError(text)
    if isinstance(error, IndexError):
        return ShapeIndexError(text)
    return ShapeError(text)


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
