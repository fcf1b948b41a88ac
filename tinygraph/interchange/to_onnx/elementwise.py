"""Operations on single elements: arithmetic, activations, choices, rounding."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...ops import activation, arithmetic, choices, elementary, steps
from ...ops.shape import astype
from .batch import Batch, mixed
from .translation import Translation, broadcast, composed, each, shared_batch
from .writer import Call, Value

Operand = Value | str


def leaky_relu(call: Call, x: Value, negative_slope: float) -> str:
    """x for x > 0, and slope · x otherwise."""
    return call.node("LeakyRelu", x, alpha=float(negative_slope))


def elu(call: Call, x: Value, alpha: float) -> str:
    """x for x > 0, and alpha (eˣ − 1) otherwise."""
    return call.node("Elu", x, alpha=float(alpha))


def silu(call: Call, x: Value) -> str:
    """x σ(x)."""
    return call.node("Mul", x, call.node("Sigmoid", x))


def gelu(call: Call, x: Value) -> str:
    """x/2 (1 + erf(x / √2))."""
    inner = call.node("Erf", call.node("Mul", x, math.sqrt(0.5)))
    return call.node("Mul", call.node("Mul", x, 0.5), call.node("Add", inner, 1.0))


def gelu_tanh(call: Call, x: Value) -> str:
    """x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))."""
    cube = call.node("Mul", call.node("Mul", call.node("Mul", x, x), x), 0.044715)
    inner = call.node("Mul", call.node("Add", x, cube), math.sqrt(2 / math.pi))
    inner = call.node("Add", call.node("Tanh", inner), 1.0)
    return call.node("Mul", call.node("Mul", x, 0.5), inner)


def expm1(call: Call, x: Value) -> str:
    """eˣ − 1 = 2 sinh(x/2) e^(x/2), which is precise near 0."""
    half = call.node("Mul", x, 0.5)
    product = call.node("Mul", call.node("Sinh", half), call.node("Exp", half))
    return call.node("Mul", product, 2.0)


def log1p(call: Call, x: Operand) -> str:
    """ln(1 + x) = 2 artanh(x / (2 + x)), which is precise near 0; ln above 1."""
    above = call.node("Log", call.node("Add", x, 1.0))
    ratio = call.node("Div", x, call.node("Add", x, 2.0))
    near = call.node("Mul", call.node("Atanh", ratio), 2.0)
    small = call.node("Less", call.node("Abs", x), 0.5)
    return call.node("Where", small, near, above)


def logarithm(base: float) -> Translation:
    """The logarithm to a base."""
    return composed(
        lambda call, x: call.node("Mul", call.node("Log", x), 1 / math.log(base))
    )


def exp2(call: Call, x: Value) -> str:
    """2ˣ."""
    return call.node("Exp", call.node("Mul", x, math.log(2)))


def cbrt(call: Call, x: Value) -> str:
    """∛x, of negative numbers, too."""
    root = call.node("Pow", call.node("Abs", x), 1 / 3)
    return call.node("Mul", call.node("Sign", x), root)


def arctan2(call: Call, y: Value, x: Value) -> str:
    """The angle of (x, y): arctan(y / x), turned by π to the left of the y-axis."""
    above = call.node("Where", call.node("Less", y, 0.0), -math.pi, math.pi)
    turn = call.node("Where", call.node("Less", x, 0.0), above, 0.0)
    vertical = call.node("Equal", x, 0.0)
    safe = call.node("Where", vertical, 1.0, x)
    angle = call.node("Add", call.node("Atan", call.node("Div", y, safe)), turn)
    upright = call.node("Mul", call.node("Sign", y), math.pi / 2)
    return call.node("Where", vertical, upright, angle)


def hypot(call: Call, x: Value, y: Value) -> str:
    """√(x² + y²)."""
    squares = [call.node("Mul", part, part) for part in (x, y)]
    return call.node("Sqrt", call.node("Add", *squares))


def logaddexp(call: Call, x: Value, y: Value) -> str:
    """ln(eˣ + eʸ) = max + ln(1 + e^−|x − y|)."""
    return softly_larger(call, x, y, 1.0)


def logaddexp2(call: Call, x: Value, y: Value) -> str:
    """log₂(2ˣ + 2ʸ)."""
    return softly_larger(call, x, y, math.log(2))


def softly_larger(call: Call, x: Value, y: Value, unit: float) -> str:
    """The logarithm of a sum of powers of e^unit."""
    gap = call.node("Mul", call.node("Abs", call.node("Sub", x, y)), -unit)
    more = call.node("Mul", call.node("Softplus", gap), 1 / unit)
    return call.node("Add", call.node("Max", x, y), more)


def trunc(call: Call, x: Value) -> str:
    """x without its fraction."""
    size = call.node("Floor", call.node("Abs", x))
    return call.node("Mul", call.node("Sign", x), size)


def rounded(call: Call, x: Value, decimals: int = 0) -> str:
    """x with that many decimals, rounded half to even."""
    if not decimals:
        return call.node("Round", x)
    unit = 10.0**decimals
    whole = call.node("Round", call.node("Mul", x, unit))
    return call.node("Div", whole, unit)


def floor_divide(call: Call, x: Value, y: Value) -> str:
    """⌊x / y⌋."""
    return call.node("Floor", call.node("Div", x, y))


def remainder(call: Call, x: Value, y: Value) -> str:
    """x − y ⌊x / y⌋, with the sign of y."""
    rest = call.node("Mod", x, y, fmod=1)
    other = call.node("Less", call.node("Mul", rest, y), 0.0)
    return call.node("Where", other, call.node("Add", rest, y), rest)


def copysign(call: Call, x: Value, y: Value) -> str:
    """|x| with the sign of y; 0 counts as positive."""
    sign = call.node("Where", call.node("Less", y, 0.0), -1.0, 1.0)
    return call.node("Mul", call.node("Abs", x), sign)


def heaviside(call: Call, x: Value, y: Value) -> str:
    """0 below 0, 1 above, and y at 0."""
    step = call.node("Where", call.node("Less", x, 0.0), 0.0, 1.0)
    return call.node("Where", call.node("Equal", x, 0.0), y, step)


def where(call: Call, condition: Value, x: Value, y: Value) -> str:
    """x where the condition holds, y elsewhere."""
    if condition.name:
        name = call.cast(condition.name, bool)
    else:
        name = call.constant(condition.array, bool)
    return call.node("Where", name, x, y)


def chosen(call: Call, **_: Any) -> Batch | None:
    """As `broadcast`; a condition must not have been computed from the examples."""
    condition, batch = call.values[0], shared_batch(call.values)
    if batch is None or condition.batch or condition.ndim < -batch.axis:
        return broadcast(call)
    if batch.size == 1 or condition.shape[batch.axis] != 1:
        raise mixed(
            f"its condition of shape {condition.shape} is known for the recorded "
            f"examples only"
        )
    return broadcast(call)


def held(call: Call, x: Value, min: Any, max: Any) -> str:
    """x between two bounds."""
    name: Operand = x
    for op_type, bound in (("Max", min), ("Min", max)):
        if bound is not None:
            name = call.node(op_type, name, bound)
    return call.operand(name)


def held_by_one(call: Call, min: Any, max: Any) -> Batch | None:
    """As `broadcast`; bounds for each example would belong to the recorded ones."""
    [x] = call.values
    if x.batch and any(np.ndim(b) >= x.ndim - x.batch.axis for b in (min, max)):
        raise mixed("its bounds may differ from example to example")
    return broadcast(call)


def cast(call: Call, x: Value, dtype: Any) -> str:
    """The same numbers in another type."""
    return call.cast(x.name or call.constant(x.array), call.dtype)


NAMESAKES: dict[Any, str] = {
    **{activation.relu: "Relu", activation.sigmoid: "Sigmoid"},
    activation.softplus: "Softplus",
    **{arithmetic.add: "Add", arithmetic.subtract: "Sub"},
    **{arithmetic.multiply: "Mul", arithmetic.divide: "Div", arithmetic.power: "Pow"},
    **{arithmetic.negative: "Neg", arithmetic.positive: "Identity"},
    **{arithmetic.abs: "Abs", arithmetic.sign: "Sign", arithmetic.sqrt: "Sqrt"},
    **{arithmetic.exp: "Exp", arithmetic.log: "Log", arithmetic.erf: "Erf"},
    **{arithmetic.sin: "Sin", arithmetic.cos: "Cos", arithmetic.tan: "Tan"},
    **{arithmetic.arcsin: "Asin", arithmetic.arccos: "Acos"},
    **{arithmetic.arctan: "Atan", arithmetic.tanh: "Tanh"},
    **{arithmetic.sinh: "Sinh", arithmetic.cosh: "Cosh"},
    **{elementary.arcsinh: "Asinh", elementary.arccosh: "Acosh"},
    elementary.arctanh: "Atanh",
    **{choices.maximum: "Max", choices.minimum: "Min"},
    **{steps.floor: "Floor", steps.ceil: "Ceil", steps.rint: "Round"},
}
COMPOSED: dict[Any, Any] = {
    activation.leaky_relu: leaky_relu,
    activation.elu: elu,
    activation.silu: silu,
    activation.exact_gelu: gelu,
    activation.gelu_tanh: gelu_tanh,
    arithmetic.square: lambda call, x: call.node("Mul", x, x),
    arithmetic.expm1: expm1,
    arithmetic.log1p: log1p,
    elementary.exp2: exp2,
    elementary.cbrt: cbrt,
    elementary.arctan2: arctan2,
    elementary.hypot: hypot,
    elementary.logaddexp: logaddexp,
    elementary.logaddexp2: logaddexp2,
    steps.trunc: trunc,
    steps.round: rounded,
    steps.floor_divide: floor_divide,
    steps.remainder: remainder,
    steps.fmod: lambda call, x, y: call.node("Mod", x, y, fmod=1),
    steps.copysign: copysign,
    steps.heaviside: heaviside,
    astype: cast,
}
ELEMENTWISE: dict[Any, Translation] = {
    **{operation: each(op_type) for operation, op_type in NAMESAKES.items()},
    **{operation: composed(write) for operation, write in COMPOSED.items()},
    elementary.log2: logarithm(2),
    elementary.log10: logarithm(10),
    choices.where: Translation(where, chosen),
    choices.held: Translation(held, held_by_one),
}
