"""Operators on each element."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ... import ops
from ...errors import ArgumentError
from ...tensor import Tensor
from .numbers import array, plain

Function = Callable[..., Any]


def is_whole(x: Any) -> bool:
    """Whether numbers are whole: they are divided without a remainder."""
    return array(x).dtype.kind in "iu"


def div(x: Any, y: Any) -> Any:
    """x / y; of whole numbers, rounded towards 0."""
    if is_whole(x) and is_whole(y):
        return np.sign(x) * np.sign(y) * (np.abs(x) // np.abs(y))
    return x / y


def power(x: Any, y: Any) -> Any:
    """x^y, in the type of `x`; a constant exponent is a plain number."""
    if not isinstance(y, Tensor) and np.size(y) == 1 and not np.ndim(y):
        return x ** array(y).item()
    return np.power(x, y).astype(x.dtype)


def clip(x: Any, min: Any = None, max: Any = None) -> Any:
    """x between bounds, each of which may be left out."""
    bounds = [None if b is None else array(b).item() for b in (min, max)]
    return x if bounds == [None, None] else np.clip(x, *bounds)


def cast(x: Any, to: int, saturate: int = 1, round_mode: str = "up") -> Any:
    """x in another type; as whole numbers or truth values, it has no gradient."""
    return in_type(x, numpy_type(to))


def cast_like(x: Any, like: Any, **_: Any) -> Any:
    """x in the type of another value."""
    return in_type(x, like.dtype)


def in_type(x: Any, dtype: Any) -> Any:
    """x in a type of NumPy."""
    if isinstance(x, Tensor) and np.dtype(dtype).kind == "f":
        return x if x.dtype == dtype else x.astype(dtype)
    return array(x).astype(dtype)


def numpy_type(number: int) -> Any:
    """A type of ONNX, by its number, as NumPy's. Raises ArgumentError without one."""
    names = {
        **{1: "float32", 10: "float16", 11: "float64", 9: "bool"},
        **{2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64"},
        **{12: "uint32", 13: "uint64"},
    }
    if number not in names:
        raise ArgumentError(f"NumPy has no type for ONNX's type number {number}")
    return np.dtype(names[number])


def gelu(x: Any, approximate: str = "none") -> Any:
    """x Φ(x), or its approximation with tanh."""
    return ops.gelu(x, approximate=approximate)


def selu(x: Any, alpha: float = 1.67326319, gamma: float = 1.05070102) -> Any:
    """gamma x for x > 0, and gamma alpha (eˣ − 1) otherwise."""
    return ops.elu(x, alpha=alpha) * gamma


def celu(x: Any, alpha: float = 1.0) -> Any:
    """x for x > 0, and alpha (e^(x/alpha) − 1) otherwise."""
    return ops.elu(x / alpha) * alpha


def prelu(x: Any, slope: Any) -> Any:
    """x for x > 0, and slope · x otherwise."""
    return np.maximum(x, 0) + slope * np.minimum(x, 0)


def hard_sigmoid(x: Any, alpha: float = 0.2, beta: float = 0.5) -> Any:
    """alpha x + beta, between 0 and 1."""
    return np.clip(x * alpha + beta, 0, 1)


def hard_swish(x: Any) -> Any:
    """x · hard_sigmoid(x), with alpha = 1/6."""
    return x * hard_sigmoid(x, 1 / 6)


def thresholded_relu(x: Any, alpha: float = 1.0) -> Any:
    """x above alpha, and 0 otherwise."""
    return np.where(plain(x) > alpha, x, 0.0)


def mod(x: Any, y: Any, fmod: int = 0) -> Any:
    """The remainder, with the sign of y, or of x with `fmod`."""
    return np.fmod(x, y) if fmod else np.remainder(x, y)


def variadic(function: Function) -> Function:
    """A function of two arguments as one of any number."""
    return lambda *xs: functools.reduce(function, xs)


def mean(*xs: Any) -> Any:
    """The mean of several arrays."""
    return variadic(np.add)(*xs) / len(xs)


def dropout(x: Any, ratio: Any = 0.5, training_mode: Any = False, seed: int = 0) -> Any:
    """x itself: in training, random numbers would be drawn, which is refused."""
    if training_mode is not None and array(training_mode).any():
        raise ArgumentError("it draws random numbers: export the network for use")
    return x, np.ones(x.shape, bool)


def where(condition: Any, x: Any, y: Any) -> Any:
    """x where the condition holds, y elsewhere."""
    return np.where(plain(condition), x, y)


def compared(function: Function) -> Function:
    """A comparison, whose result has no gradient."""
    return lambda *xs: function(*map(plain, xs))


def is_infinite(x: Any, detect_negative: int = 1, detect_positive: int = 1) -> Any:
    """Whether elements are infinite, of the signs that are asked for."""
    x = plain(x)
    below = np.isneginf(x) if detect_negative else False
    return below | (np.isposinf(x) if detect_positive else False)


ELEMENTWISE: dict[str, Function] = {
    **{"Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": div},
    **{"Pow": power, "Neg": np.negative, "Abs": np.abs, "Sign": np.sign},
    **{"Sqrt": np.sqrt, "Exp": np.exp, "Log": np.log, "Erf": ops.erf},
    **{"Sin": np.sin, "Cos": np.cos, "Tan": np.tan, "Tanh": np.tanh},
    **{"Asin": np.arcsin, "Acos": np.arccos, "Atan": np.arctan},
    **{"Sinh": np.sinh, "Cosh": np.cosh, "Asinh": np.arcsinh},
    **{"Acosh": np.arccosh, "Atanh": np.arctanh, "Floor": np.floor},
    **{"Ceil": np.ceil, "Round": np.rint, "Mod": mod},
    "Reciprocal": lambda x: 1 / x,
    **{"Max": variadic(np.maximum), "Min": variadic(np.minimum)},
    **{"Sum": variadic(np.add), "Mean": mean, "Clip": clip, "Where": where},
    **{"Equal": compared(np.equal), "Less": compared(np.less)},
    **{"Greater": compared(np.greater), "LessOrEqual": compared(np.less_equal)},
    "GreaterOrEqual": compared(np.greater_equal),
    **{"And": compared(np.logical_and), "Or": compared(np.logical_or)},
    **{"Xor": compared(np.logical_xor), "Not": compared(np.logical_not)},
    **{"IsNaN": compared(np.isnan), "IsInf": is_infinite},
    **{"Cast": cast, "CastLike": cast_like, "Dropout": dropout},
    "Identity": lambda x: x,
    **{"Relu": ops.relu, "Sigmoid": ops.sigmoid, "Gelu": gelu, "PRelu": prelu},
    "LeakyRelu": lambda x, alpha=0.01: ops.leaky_relu(x, negative_slope=alpha),
    "Elu": lambda x, alpha=1.0: ops.elu(x, alpha=alpha),
    **{"Selu": selu, "Celu": celu, "HardSigmoid": hard_sigmoid},
    **{"HardSwish": hard_swish, "ThresholdedRelu": thresholded_relu},
    "Softplus": ops.softplus,
    "Softsign": lambda x: x / (1 + np.abs(x)),
    "Mish": lambda x: x * np.tanh(ops.softplus(x)),
    "Swish": lambda x, alpha=1.0: x * ops.sigmoid(x if alpha == 1 else x * alpha),
}
