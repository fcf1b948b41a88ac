"""Binding: bring a call into the form f(*arguments, **parameters).

Most calls have it already. These functions are for calls that name arguments, leave out
parameters or give them by position, and for arguments other than tensors and numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .arguments import constant, refuse_more_than_numbers
from .declaration import Declared
from .errors import DTypeError
from .tensor import Tensor
from .value import (
    PLAIN_ARRAYS,
    PYTHON_NUMBERS,
    REAL_KINDS,
    arrayed,
    brought,
    one_elsewhere,
)

Call = tuple[tuple[Any, ...], dict[str, Any]]


def has_tensor(parameters: Mapping[str, Any]) -> bool:
    """Whether a parameter is a tensor, through which no gradient would flow."""
    for parameter in parameters.values():  # noqa: SIM110  # in half the time of `any`
        if isinstance(parameter, Tensor):
            return True
    return False


def complete(
    operation: Declared, arguments: Sequence[Any], parameters: Mapping[str, Any]
) -> dict[str, Any] | None:
    """All parameters of a call that has the form already, in order; None for others."""
    given = {**operation.defaults, **parameters}
    if len(arguments) != operation.arity or given.keys() != operation.parameter_names:
        return None
    return {name: given[name] for name in operation.parameter_names}


def normalized(
    operation: Declared, arguments: tuple[Any, ...], parameters: dict[str, Any]
) -> Call:
    """The arguments of a call such as `sum(x, 0)` or `f(x=x)`, and all parameters.

    Raises DTypeError for a call that does not fit the signature, and for a tensor as a
    parameter, through which no gradient flows.
    """
    if len(arguments) == operation.arity or operation.variadic:
        parameters = {**operation.defaults, **parameters}
    else:
        arguments, parameters = bound(operation, arguments, parameters)
    for name, given in parameters.items():
        if isinstance(given, Tensor):
            raise DTypeError(
                f"{operation.name}: no gradient flows through the parameter `{name}`: "
                f"pass a plain number or array, such as tensor.data"
            )
    return arguments, parameters


def bound(
    operation: Declared, arguments: tuple[Any, ...], parameters: dict[str, Any]
) -> Call:
    """Positional parameters and named arguments, matched to the signature."""
    positional = arguments[operation.arity :]
    more = dict(zip(operation.parameter_names, positional, strict=False))
    merged = {**operation.defaults, **more, **parameters}
    if (
        len(arguments) >= operation.required
        and len(more) == len(positional)
        and merged.keys() == operation.parameter_names
        and parameters.keys().isdisjoint(more)
    ):  # how most calls are written; four times as fast as signature.bind
        return arguments[: operation.arity], merged
    return bound_by_name(operation, arguments, parameters)


def bound_by_name(
    operation: Declared, arguments: tuple[Any, ...], parameters: dict[str, Any]
) -> Call:
    """As `bound`, with named arguments; DTypeError for a call that does not fit."""
    signature = operation.signature
    named = dict(zip(signature.parameters, arguments, strict=False))
    try:
        if len(arguments) > len(named) or named.keys() & parameters:
            signature.bind(*arguments, **parameters)  # its error says what does not fit
        named |= parameters
        names = operation.argument_names
        given = [named.pop(name) for name in names if name in named]
        found = signature.bind(*given, **named)
    except TypeError as error:
        raise DTypeError(
            f"{operation.name}: {error}: call it as {operation.name}{signature}"
        ) from None
    found.apply_defaults()
    return found.args, found.kwargs


def checked(
    operation: Declared,
    arguments: tuple[Any, ...],
    values: list[Any],
    kept: bool,
) -> tuple[tuple[Any, ...], list[Any]]:
    """Arguments and their values, all of which are tensors, arrays or numbers.

    If a graph keeps them (`kept`), arrays are copied, because the user may change them.
    Raises DTypeError for anything else.
    """
    if not kept:
        for value in values:
            if type(value) not in PLAIN_ARRAYS:
                refuse_more_than_numbers(operation.name, value)
        return arguments, values
    while arguments[-1] is None and len(arguments) > operation.required:
        arguments, values = arguments[:-1], values[:-1]  # they may be left out
    pairs = zip(arguments, values, strict=True)
    own = [value_to_keep(operation.name, a, v) for a, v in pairs]
    if (other := one_elsewhere(values)) is not None:
        own = [brought(value, other) for value in own]
    pairs = zip(arguments, own, strict=True)
    return tuple(a if isinstance(a, Tensor) else v for a, v in pairs), own


def value_to_keep(operation: str, argument: Any, value: Any) -> Any:
    """The value of a tensor, a number as it is, or a copy of an array."""
    if isinstance(argument, Tensor) or type(value) in PYTHON_NUMBERS:
        return value
    return constant(operation, value)


def as_numbers(operation: str, result: Any) -> Any:
    """The result of a forward function as an array; DTypeError if it has no numbers."""
    if isinstance(result, np.generic) and result.dtype.kind in REAL_KINDS:
        return result  # NumPy calculates with it faster than with an array
    try:
        array = arrayed(result)
    except (ValueError, TypeError):
        array = np.asarray(None)
    if array.dtype.kind not in REAL_KINDS:
        raise DTypeError(
            f"{operation}: the forward function gave {result!r} of type "
            f"{type(result).__name__}: return an array of real numbers"
        )
    return array
