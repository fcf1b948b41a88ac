"""Calls VJPs, and checks their results.

Users write VJPs, too: errors name the operation, the argument and the shapes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .arguments import ERRORS
from .errors import DTypeError, ShapeError, TinygraphError
from .tape import Operation
from .value import REAL_KINDS, shape_of


def pull(
    operation: Operation,
    position: int,
    gradient: Any,
    result: Any,
    arguments: Sequence[Any],
    parameters: Mapping[str, Any],
) -> Any:
    """What the VJP of one argument makes of the gradient; None if it has no VJP.

    Raises an error where a VJP fails, or returns something other than a gradient.
    """
    try:
        vjp = operation.vjps[position]
    except IndexError:  # an operation on any number of arguments
        vjp = operation.vjp_at(position)
    if vjp is None:
        return None
    try:
        pulled = vjp(gradient, result, *arguments, **parameters)
    except (*ERRORS, AttributeError, TinygraphError) as error:
        raise vjp_error(error, vjp_of(operation, position, arguments)) from None
    value = arguments[position]
    try:
        if pulled.shape == value.shape and pulled.dtype == value.dtype:
            return pulled
        numbers = pulled.dtype.kind in REAL_KINDS
        stretched = pulled.shape == gradient.shape  # as the gradient of a bias is
        stretched = stretched and pulled.shape[-value.ndim :] == value.shape
    except AttributeError:
        numbers = stretched = False
    if numbers and (
        stretched
        or broadcasting_explains(pulled, position, gradient, arguments, parameters)
    ):
        return pulled
    where = vjp_of(operation, position, arguments)
    if numbers:
        raise misshapen(pulled, gradient, value, where)
    raise no_gradient(pulled, value, where)


def broadcasting_explains(
    pulled: Any,
    position: int,
    gradient: Any,
    arguments: Sequence[Any],
    parameters: Mapping[str, Any],
) -> bool:
    """Whether broadcasting explains why a gradient is larger than its argument.

    Its shape is that of the result, or the one that all arguments broadcast to. Or, as
    in a matrix product of stacks, every axis to be summed is as long in the result and
    in another argument. This only decides whether to complain.
    """
    shape, own = pulled.shape, arguments[position].shape
    new = len(shape) - len(own)
    if new < 0 or any(s != t != 1 for s, t in zip(shape[new:], own, strict=True)):
        return False
    others = [shape_of(a) for i, a in enumerate(arguments) if i != position]
    others += [p.shape for p in parameters.values() if isinstance(p, np.ndarray)]
    if shape in (own, gradient.shape, common([own, *others])):
        return True
    summed = [i for i, s in enumerate(shape) if i < new or s != own[i - new]]
    return all(
        gradient.shape[i : i + 1] == shape[i : i + 1]
        and any(shape[i] in other for other in others)
        for i in summed
    )


def common(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...] | None:
    """The shape that all of these broadcast to, or None."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        return None


# Errors -------------------------------------------------------------------------------


def vjp_of(operation: Operation, position: int, arguments: Sequence[Any]) -> str:
    """The VJP of an argument in an error, with the shapes of all arguments."""
    names = dict(enumerate(operation.argument_names))
    shapes = ", ".join(str(shape_of(argument)) for argument in arguments)
    return (
        f"{operation.name}: the VJP of its argument {names.get(position, position)!r}, "
        f"for arguments of shapes {shapes},"
    )


def vjp_error(error: Exception, where: str) -> TinygraphError:
    """The error that a VJP raised, with the operation and the argument named."""
    inner = error.__cause__  # ours, where NumPy could not take a tensor
    own = inner if isinstance(inner, TinygraphError) else error
    if isinstance(own, TinygraphError):
        own.add_note(f"{where} called it")
        return own
    kind = ShapeError if isinstance(error, ValueError | IndexError) else DTypeError
    told = kind(f"{where} failed: {type(error).__name__}: {error}")
    return told.with_traceback(error.__traceback__)


def no_gradient(pulled: Any, value: Any, where: str) -> TinygraphError:
    """The error for a VJP that does not give an array."""
    gave = "nothing: return" if pulled is None else f"{pulled!r}: give"
    return DTypeError(
        f"{where} gave {gave} an array of shape {value.shape}, the gradient that "
        f"arrives times the derivative"
    )


def misshapen(pulled: Any, gradient: Any, value: Any, where: str) -> TinygraphError:
    """The error for a gradient whose shape no broadcasting explains."""
    return ShapeError(
        f"{where} gave a gradient of shape {pulled.shape} from one of shape "
        f"{gradient.shape}: give the shape of the argument, {value.shape}, or the one "
        f"that all arguments broadcast to"
    )
