"""Templates: the arguments of a call with a place for each watched array.

An array may be anywhere in them, inside an index for instance. An operation for the
record takes these arrays as its arguments, and fills them in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..binding import as_numbers
from ..primitive import Primitive
from ..value import REAL_KINDS
from .user_code import is_library
from .watched import WatchedArray


class Place(NamedTuple):
    """The place of an array among those that are filled in."""

    number: int


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """A value with every entry changed, also inside lists, tuples and dictionaries.

    >>> mapped({"a": [1, (2, 3)]}, lambda entry: -entry)
    {'a': [-1, (-2, -3)]}
    """
    kind: Any = type(value)
    if kind is dict:
        return {key: mapped(entry, change) for key, entry in value.items()}
    if not is_row(kind) or kind is Place:
        return change(value)
    entries = [mapped(entry, change) for entry in value]
    return kind._make(entries) if hasattr(kind, "_make") else kind(entries)


def is_row(kind: type) -> bool:
    """Whether values of a type are lists, tuples or named tuples."""
    return kind is list or kind is tuple or hasattr(kind, "_make")


def parted(value: Any, found: list[WatchedArray], first: int = 0) -> Any:
    """A value with a `Place` for each watched array, which `found` then has."""

    def part(entry: Any) -> Any:
        if type(entry) is not WatchedArray:
            return entry
        found.append(entry)
        return Place(first + len(found) - 1)

    return mapped(value, part)


def filled(template: Any, arrays: Sequence[Any]) -> Any:
    """A template with arrays in the places."""

    def fill(entry: Any) -> Any:
        return arrays[entry.number] if type(entry) is Place else entry

    return fill(template) if type(template) is Place else mapped(template, fill)


def watched_in(value: Any) -> list[WatchedArray]:
    """The watched arrays in a value."""
    found: list[WatchedArray] = []
    parted(value, found)
    return found


def settled_in(value: Any) -> Any:
    """A value with plain arrays that the recorder knows for watched ones."""
    return mapped(value, lambda v: v.settled() if type(v) is WatchedArray else v)


class WithArrays(Primitive[Any]):
    """An operation of which some parameters are arrays, which it takes as arguments.

    They follow the `count` arguments that the operation has.
    """

    def __init__(
        self, operation: Any, count: int, parameters: Mapping[str, Any]
    ) -> None:
        super().__init__(filling(operation, count, parameters), operation.name)
        self.operation, self.given = operation, parameters


def filling(
    operation: Any, count: int, parameters: Mapping[str, Any]
) -> Callable[..., Any]:
    """The forward function of an operation that fills in arrays; see `WithArrays`."""
    forward, names = forward_of(operation), tuple(parameters)
    plainly = all(type(template) is Place for template in parameters.values())

    def by_name(*arrays: Any, **others: Any) -> Any:
        named = dict(zip(names, arrays[count:], strict=True))
        return forward(*arrays[:count], **named, **others)

    def inside(*arrays: Any, **others: Any) -> Any:
        given = {name: filled(parameters[name], arrays) for name in names}
        return forward(*arrays[:count], **given, **others)

    return by_name if plainly else inside


def forward_of(operation: Any) -> Callable[..., Any]:
    """The forward function; a user's may give numbers that are not arrays."""
    forward: Callable[..., Any] = operation.forward
    if is_library(operation.__module__):
        return forward

    def converted(*arrays: Any, **parameters: Any) -> Any:
        return as_numbers(operation.name, forward(*arrays, **parameters))

    return converted


def is_numbers(value: Any) -> bool:
    """Whether a value is an array of real numbers, or one of NumPy's scalars."""
    return isinstance(value, np.ndarray | np.generic) and value.dtype.kind in REAL_KINDS


def same_bits(one: Any, other: Any) -> bool:
    """Whether two arrays are the same to the last bit.

    >>> same_bits(np.array(0.0), np.array(-0.0))
    False
    """
    one, other = np.asarray(one), np.asarray(other)
    alike = one.shape == other.shape and one.dtype == other.dtype
    return alike and one.tobytes() == other.tobytes()
