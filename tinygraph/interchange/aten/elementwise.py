"""Operators on each element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ... import ops
from ...tensor import Tensor


def add(x: Any, y: Any, alpha: Any = 1) -> Any:
    """x + alpha y."""
    return x + scaled(y, alpha)


def sub(x: Any, y: Any, alpha: Any = 1) -> Any:
    """x − alpha y."""
    return x - scaled(y, alpha)


def scaled(x: Any, factor: Any) -> Any:
    """`x` times a factor, which is 1 most of the time."""
    return x if factor == 1 else x * factor


def div(x: Any, y: Any, rounding_mode: str | None = None) -> Any:
    """x / y, rounded down ("floor") or towards 0 ("trunc") if asked for."""
    if rounding_mode == "floor":
        return np.floor_divide(x, y)
    return np.trunc(x / y) if rounding_mode == "trunc" else x / y


def clamp(x: Any, min: Any = None, max: Any = None) -> Any:
    """Elements below `min` become `min`, and those above `max` become `max`."""
    return np.clip(x, min, max)


def elu(x: Any, alpha: Any = 1, scale: Any = 1, input_scale: Any = 1) -> Any:
    """scale x for x > 0, and scale alpha (exp(input_scale x) − 1) otherwise."""
    if input_scale == 1:
        return scaled(ops.elu(x, alpha=alpha), scale)
    negative = scaled(np.expm1(np.minimum(x, 0) * input_scale), alpha)
    return scaled(np.where(x > 0, x, negative), scale)


def hardtanh(x: Any, min_val: Any = -1, max_val: Any = 1) -> Any:
    """`x`, limited to min_val ≤ x ≤ max_val; relu6 is one of these."""
    return np.clip(x, min_val, max_val)


def softplus(x: Any, beta: Any = 1, threshold: Any = 20) -> Any:
    """log(1 + exp(beta x)) / beta; from `threshold` on, this is `x` in PyTorch."""
    smooth = ops.softplus(scaled(x, beta))
    if beta != 1:
        smooth = smooth / beta
    if threshold >= 20:  # the two differ by less than 2e-9 there
        return smooth
    return np.where(scaled(x, beta) > threshold, x, smooth)


def prelu(x: Any, weight: Any) -> Any:
    """`x` for x > 0, and weight x otherwise; `weight` has the shape of `x`, or fits."""
    return np.where(x > 0, x, weight * x)


def gelu(x: Any, approximate: str = "none") -> Any:
    """x Φ(x), or its approximation by tanh."""
    return ops.gelu(x, approximate=approximate)


def where(condition: Any, x: Any, y: Any) -> Any:
    """Elements of `x` where the condition holds, and of `y` elsewhere."""
    return np.where(condition, x, y)


def masked_fill(x: Any, mask: Any, value: Any) -> Any:
    """`value` where the mask holds, and the elements of `x` elsewhere."""
    return np.where(mask, value, x)


def same(x: Any) -> Any:
    """`x` itself: memory formats and types are not an operation here."""
    return x


def detach(x: Any) -> Any:
    """`x` as a constant, which no gradient flows to."""
    return x.data if isinstance(x, Tensor) else x


def copy(x: Any, source: Any) -> Any:
    """`source`, stretched to the shape of `x`."""
    return np.broadcast_to(source, x.shape)


ELEMENTWISE: dict[str, Callable[..., Any]] = {
    "_prelu_kernel": prelu,
    "_to_copy": same,
    "abs": np.abs,
    "acos": np.arccos,
    "acosh": np.arccosh,
    "add": add,
    "alias": same,
    "asin": np.arcsin,
    "asinh": np.arcsinh,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "atanh": np.arctanh,
    "bitwise_and": np.bitwise_and,
    "bitwise_not": np.invert,
    "bitwise_or": np.bitwise_or,
    "bitwise_xor": np.bitwise_xor,
    "ceil": np.ceil,
    "clamp": clamp,
    "clone": same,
    "copy": copy,
    "cos": np.cos,
    "cosh": np.cosh,
    "detach": detach,
    "div": div,
    "elu": elu,
    "eq": np.equal,
    "erf": ops.erf,
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "floor": np.floor,
    "fmod": np.fmod,
    "ge": np.greater_equal,
    "gelu": gelu,
    "gt": np.greater,
    "hardtanh": hardtanh,
    "hypot": np.hypot,
    "isinf": np.isinf,
    "isnan": np.isnan,
    "le": np.less_equal,
    "leaky_relu": lambda x, slope=0.01: ops.leaky_relu(x, negative_slope=slope),
    "log": np.log,
    "log10": np.log10,
    "log1p": np.log1p,
    "log2": np.log2,
    "logical_and": np.logical_and,
    "logical_not": np.logical_not,
    "logical_or": np.logical_or,
    "logical_xor": np.logical_xor,
    "lt": np.less,
    "masked_fill": masked_fill,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "mul": np.multiply,
    "ne": np.not_equal,
    "neg": np.negative,
    "pow": np.power,
    "reciprocal": lambda x: 1 / x,
    "relu": ops.relu,
    "remainder": np.remainder,
    "round": lambda x, decimals=0: np.round(x, decimals),
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "sigmoid": ops.sigmoid,
    "sign": np.sign,
    "silu": ops.silu,
    "sin": np.sin,
    "sinh": np.sinh,
    "softplus": softplus,
    "sqrt": np.sqrt,
    "sub": sub,
    "tan": np.tan,
    "tanh": np.tanh,
    "trunc": np.trunc,
    "where": where,
}
