"""What NumPy's functions do on tensors, and what is said where they are refused.

NumPy and this package name some arguments differently (`a` is `x`), and NumPy has more
of them. A call is understood by NumPy's own signature; what changes nothing is
dropped, and what our function cannot do is refused by name.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .. import ops
from ..arguments import listed
from ..errors import NotDifferentiableError
from ..operators import plain
from ..ops import cumulative, elementary, steps
from ..primitive import Primitive
from ..tensor import Tensor
from . import (
    creating,
    differences,
    elementwise,
    joining,
    linalg,
    products,
    rearranging,
    reductions,
    selecting,
    shifts,
    statistics,
)
from .refused import PLAIN, REMEDIES, USUAL

Function = Callable[..., Any]

# The families that answer for a module of NumPy, each with the names in its `__all__`.
ANSWERING: dict[Any, tuple[Any, ...]] = {
    np: (
        cumulative,
        elementary,
        steps,
        creating,
        differences,
        elementwise,
        joining,
        products,
        rearranging,
        reductions,
        selecting,
        statistics,
    ),
    np.linalg: (linalg,),
    np.fft: (shifts,),
}

# What a NumPy function is called by, and what then runs.
FUNCTIONS: dict[Function, Function] = {
    getattr(space, name): getattr(family, name)
    for space, families in ANSWERING.items()
    for family in families
    for name in family.__all__
    if hasattr(space, name)
}
# Where NumPy's function does more than the operation of that name.
FUNCTIONS.update(
    {
        np.sum: reductions.sum,
        np.prod: reductions.prod,
        np.max: reductions.max,
        np.min: reductions.min,
        np.amax: reductions.max,
        np.amin: reductions.min,
        np.mean: reductions.mean,
        np.var: reductions.var,
        np.std: reductions.std,
        np.where: selecting.where,
        np.around: steps.round,
        np.copy: ops.positive,
        np.ravel: rearranging.raveled,
        np.reshape: rearranging.reshaped,
    }
)
if hasattr(np, "astype"):  # since NumPy 2.1
    FUNCTIONS[np.astype] = elementwise.as_type

OPERATORS = {
    np.add: "+",
    np.subtract: "-",
    np.multiply: "*",
    np.divide: "/",
    np.floor_divide: "//",
    np.remainder: "%",
    np.power: "**",
    np.matmul: "@",
}
# Arguments that say how NumPy should work, and not what the result is.
HARMLESS = {"casting", "copy", "kind", "optimize", "overwrite_input", "stable", "subok"}
RENAMED = {"correction": "ddof", "a_min": "min", "a_max": "max"}
# What the methods of a ufunc do.
METHODS: dict[str, dict[np.ufunc, Function]] = {
    "reduce": {
        np.add: reductions.sum,
        np.multiply: reductions.prod,
        np.maximum: reductions.max,
        np.minimum: reductions.min,
        np.fmax: reductions.nanmax,
        np.fmin: reductions.nanmin,
        np.logaddexp: ops.logsumexp,
    },
    "accumulate": {
        np.add: ops.cumsum,
        np.multiply: cumulative.cumprod,
        np.maximum: reductions.running_max,
        np.minimum: reductions.running_min,
    },
}
ARGUMENTS = {
    "reduce": ("array", "axis", "dtype", "out", "keepdims", "initial", "where"),
    "accumulate": ("array", "axis", "dtype", "out"),
}


def called(
    function: Function,
    ours: Function | None,
    arguments: tuple[Any, ...],
    keywords: Mapping[str, Any],
) -> Any:
    """What a NumPy function does on tensors; `ours` is the operation that it is.

    Raises NotDifferentiableError where the gradient would be lost.
    """
    ours = FUNCTIONS.get(function, ours)
    if function in PLAIN:
        given = {key: plain(value) for key, value in keywords.items()}
        return function(*map(plain, arguments), **given)
    if ours is None:
        raise refusal(full_name(function))
    arguments, given = understood(function, arguments, keywords)
    return answered(function, ours, arguments, given, full_name(function))


def answered(
    function: Function,
    ours: Function,
    arguments: tuple[Any, ...],
    given: dict[str, Any],
    name: str,
) -> Any:
    """The call of our function, unless something was given that it cannot do."""
    refuse_out(name, function, arguments, given)
    asked = translated(function, ours, given)
    if isinstance(asked, str):
        raise NotDifferentiableError(unknown(name, function, ours, asked))
    if "dtype" not in asked:
        arguments = tuple(cast(name, a, given.get("dtype")) for a in arguments)
    return ours(*arguments, **asked)


def understood(
    function: Function, arguments: tuple[Any, ...], keywords: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The first argument, or all where there may be any number; the others by name."""
    names = positional_names(function)
    first = len(arguments) if names is None else 1
    more = zip((names or ())[first:], arguments[first:], strict=False)
    given = {**keywords, **dict(more)}
    if not arguments and names and names[0] in given:
        arguments = (given.pop(names[0]),)
    defaults = defaults_of(function)
    return arguments[:first], {
        name: value
        for name, value in given.items()
        if value is not np._NoValue and not same(value, defaults.get(name, Tensor))
    }


def same(value: Any, default: Any) -> bool:
    """Whether an argument is what it would be anyway."""
    return value is default or (isinstance(value, str) and value == default)


@functools.cache
def positional_names(function: Function) -> tuple[str, ...] | None:
    """NumPy's names of the positional arguments; None for a function that is given
    any number of them, for a ufunc and for what NumPy wrote in C.
    """
    kinds = parameters_of(function)
    if any(p.kind is p.VAR_POSITIONAL for p in kinds.values()) or not kinds:
        return None
    return tuple(n for n, p in kinds.items() if p.kind <= p.POSITIONAL_OR_KEYWORD)


@functools.cache
def parameters_of(function: Function) -> Mapping[str, inspect.Parameter]:
    """The parameters of a function in Python; none of one that NumPy wrote in C."""
    if isinstance(function, np.ufunc):
        return {}
    try:
        return inspect.signature(function).parameters
    except ValueError:
        return {}


@functools.cache
def defaults_of(function: Function) -> dict[str, Any]:
    """What a NumPy function takes for an argument that is not given."""
    usual = {"out": None, "where": True, "dtype": None, "order": "K", "signature": None}
    own = {name: p.default for name, p in parameters_of(function).items()}
    return own or usual


def translated(
    function: Function, ours: Function, given: Mapping[str, Any]
) -> dict[str, Any] | str:
    """The named arguments as our function has them, or the name of one it has not."""
    known = list(parameters_of(ours))
    theirs = list(parameters_of(function))
    asked = {}
    for name, value in given.items():
        ranks = [theirs.index(name)] if name in theirs else []
        if RENAMED.get(name, name) in known:
            asked[RENAMED.get(name, name)] = value
        elif ranks and ranks[0] < len(known) and known[ranks[0]] not in theirs:
            asked[known[ranks[0]]] = value
        elif name != "dtype" and name not in HARMLESS:
            return name
    return asked


def unknown(name: str, function: Function, ours: Function, argument: str) -> str:
    """What is said where our function has no such argument."""
    if argument == "where" and isinstance(function, np.ufunc):
        return (
            f"{name}: `where=` leaves elements without a value: write "
            f"np.where(condition, {name}(...), other)"
        )
    arrays = ours.arity if isinstance(ours, Primitive) else 1
    takes = ", ".join(list(parameters_of(ours))[arrays:]) or "arrays alone"
    return (
        f"{name}: `{argument}=` is not supported for a tensor: it takes {takes}; use "
        f"tensor.data for the plain array"
    )


def refuse_out(
    name: str, function: Function, arguments: tuple[Any, ...], given: dict[str, Any]
) -> None:
    """Say what to write instead of `out=`, or of `array += tensor`."""
    out = given.pop("out", None)
    if out is None:
        return
    target = out[0] if isinstance(out, tuple) else out
    sign = OPERATORS.get(function)  # type: ignore[call-overload]
    if sign and target is arguments[0]:
        what, instead = f"array {sign}= tensor", f"array = array {sign} tensor"
    else:
        what, instead = "`out=`", f"array = {name}(...)"
    raise NotDifferentiableError(
        f"{name}: {what} would write into a plain array, and the gradient would be "
        f"lost: write {instead}"
    )


def cast(name: str, value: Any, dtype: Any) -> Any:
    """Tensors, also those in a list, in the type that the result is to have."""
    if dtype is None:
        return value
    if np.dtype(dtype).kind != "f":
        raise NotDifferentiableError(
            f"{name}: `dtype={np.dtype(dtype)}` would lose the gradient: use "
            f"tensor.data for the plain array"
        )
    if isinstance(value, tuple | list):
        return type(value)(cast(name, part, dtype) for part in value)
    return ops.astype(value, dtype=dtype)


def ufunc_method(
    ufunc: np.ufunc,
    ours: Function | None,
    method: str,
    arguments: tuple[Any, ...],
    keywords: Mapping[str, Any],
) -> Any:
    """np.add.reduce and its like: the function that they stand for."""
    name = f"{full_name(ufunc)}.{method}"
    if method == "outer":
        first, second = map(listed, arguments)
        apart = np.shape(first) + (1,) * np.ndim(second)
        pair = (ops.reshape(first, shape=apart), second)
        ours = FUNCTIONS.get(ufunc, ours)
        if ours is None:
            raise refusal(name)
        return answered(ufunc, ours, pair, dict(keywords), name)
    method_of_ours = METHODS.get(method, {}).get(ufunc)
    if method_of_ours is None:
        raise refusal(name)
    order = ARGUMENTS[method]
    given = {"axis": 0, **dict(zip(order, arguments, strict=False)), **keywords}
    return answered(ufunc, method_of_ours, (given.pop("array"),), given, name)


def full_name(function: Function) -> str:
    """What a user writes to call a function, `np.linalg.norm` for instance."""
    name = function.__name__
    if getattr(np, name, None) is function:
        return f"np.{name}"
    module = getattr(function, "__module__", None) or "numpy"
    if isinstance(function, np.ufunc) and not hasattr(np, name):
        return f"the ufunc {name}"  # scipy.special's, for instance
    return f"{module.replace('numpy', 'np', 1)}.{name}"


def refusal(name: str) -> NotDifferentiableError:
    """Why a function is refused, and what to use instead."""
    remedy = REMEDIES.get(name) or REMEDIES.get(name.rpartition(".")[2], USUAL)
    return NotDifferentiableError(
        f"{name} is not differentiable here and would lose the gradient: {remedy}"
    )
