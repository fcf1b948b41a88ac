"""Cases of the operations that work on one element at a time, and of activations."""

import math

import numpy as np
import scipy.special
from case import Case, same_name, shaped

import tinygraph as tg

FUNCTIONS = {
    "negative": "real",
    "positive": "real",
    "square": "real",
    "exp": "real",
    "expm1": "real",
    "sin": "real",
    "cos": "real",
    "tan": "inner",
    "sinh": "real",
    "cosh": "real",
    "tanh": "real",
    "arcsin": "inner",
    "arccos": "inner",
    "arctan": "real",
    "sqrt": "positive",
    "log": "positive",
    "log1p": "positive",
    "abs": "nonzero",
    "sign": "nonzero",
}
SHAPES = {"matrix": (3, 4), "scalar": (), "empty": (2, 0)}
PAIRS = {
    "same": ((3, 4), (3, 4)),
    "row": ((3, 4), (4,)),
    "outer": ((3, 1), (1, 4)),
    "scalar": ((), (2, 3)),
    "both-scalars": ((), ()),
    "longer": ((4,), (2, 3, 4)),
    "empty": ((0, 3), (1, 3)),
}
BINARY = {
    "add": ("real", "real"),
    "subtract": ("real", "real"),
    "multiply": ("real", "real"),
    "divide": ("real", "nonzero"),
    "power": ("positive", "real"),
    "maximum": ("spaced", "between"),
    "minimum": ("spaced", "between"),
}


def elementwise():
    for name, domain in FUNCTIONS.items():
        for label, shape in SHAPES.items():
            yield same_name(name, shaped(shape, domain=domain), label)
    for name, domains in BINARY.items():
        for label, shapes in PAIRS.items():
            inputs = tuple(zip(shapes, domains, strict=True))
            torch_name = {"power": "pow"}.get(name, name)
            yield Case(
                name,
                lambda x, y, name=name: getattr(tg, name)(x, y),
                inputs,
                lambda x, y, name=name: getattr(np, name)(x, y),
                lambda torch, x, y, name=torch_name: getattr(torch, name)(x, y),
                label,
            )


def with_numbers():
    """Python numbers among the arguments, which must stay what they are."""
    x = shaped((2, 3), domain="nonzero")
    operators = {
        "add": [lambda x: x + 2.5, lambda x: 2 + x],
        "subtract": [lambda x: x - 2.5, lambda x: 2 - x],
        "multiply": [lambda x: x * 2.5, lambda x: 2 * x],
        "divide": [lambda x: x / 2.5, lambda x: 2 / x],
        "power": [lambda x: x**3, lambda x: x**-2, lambda x: x**0, lambda x: x**1],
    }
    for name, calls in operators.items():
        for number, call in enumerate(calls):
            yield Case(
                name, call, x, call, lambda t, x, f=call: f(x), f"number-{number}"
            )
    x = shaped((2, 3), domain="positive")
    for label, call in {"root": lambda x: x**0.5, "base": lambda x: 2.0**x}.items():
        yield Case("power", call, x, call, lambda t, x, f=call: f(x), label)
    for name in ("maximum", "minimum"):
        yield Case(
            name,
            lambda x, name=name: getattr(tg, name)(x, 0.0),
            shaped((2, 3), domain="nonzero"),
            lambda x, name=name: getattr(np, name)(x, 0.0),
            label="number",
        )


def power_at_zero():
    """A base of 0 and an exponent of 0, where a careless formula gives NaN."""
    exponent = np.array([2.0, 3.0, 5.0])
    yield Case(
        "power",
        lambda x: tg.power(x, exponent.astype(x.dtype)),
        (((3,), "one_zero"),),
        lambda x: x**exponent,
        lambda torch, x: x ** torch.tensor(exponent).to(x.dtype),
        "base-with-zero",
    )
    yield Case(
        "power",
        lambda x, y: tg.power(x, y),
        (((3,), "positive"), ((3,), "two_zeros")),
        lambda x, y: x**y,
        None,  # torch's mixed second derivative is 0 at an exponent of 0, not 1/x
        "exponent-with-zeros",
    )


def choices():
    for label, low, high in (
        ("both", -0.5, 0.7),
        ("low", -0.5, None),
        ("high", None, 0.7),
    ):
        yield Case(
            "clip",
            lambda x, low=low, high=high: tg.clip(x, low, high),
            shaped((3, 4), domain="spaced"),
            lambda x, low=low, high=high: np.clip(x, low, high),
            lambda torch, x, low=low, high=high: torch.clamp(x, low, high),
            label,
            exact=True,
        )
    condition = np.array([[True, False, True], [False, False, True]])
    for label, shapes in (
        ("same", ((2, 3), (2, 3))),
        ("broadcast", ((3,), (2, 1))),
        ("scalar", ((), (2, 3))),
    ):
        yield Case(
            "where",
            lambda x, y: tg.where(condition, x, y),
            shaped(*shapes),
            lambda x, y: np.where(condition, x, y),
            lambda torch, x, y: torch.where(torch.tensor(condition), x, y),
            label,
            exact=True,
        )
    yield Case(
        "where",
        lambda x: tg.where(condition, x, 0.0),
        shaped((2, 3)),
        lambda x: np.where(condition, x, 0.0),
        label="number",
        exact=True,
    )
    for label, shape in SHAPES.items():
        yield Case(
            "erf",
            lambda x: tg.erf(x),
            shaped(shape),
            scipy.special.erf,
            lambda torch, x: torch.erf(x),
            label,
        )


def gelu_reference(x):
    return 0.5 * x * (1 + scipy.special.erf(x / math.sqrt(2)))


def gelu_tanh_reference(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


ACTIVATIONS = {
    "relu": (lambda x: np.where(x > 0, x, 0.0), "nonzero"),
    "leaky_relu": (lambda x: np.where(x > 0, x, 0.01 * x), "nonzero"),
    "elu": (lambda x: np.where(x > 0, x, np.exp(x) - 1), "nonzero"),
    "sigmoid": (lambda x: 1 / (1 + np.exp(-x)), "real"),
    "softplus": (lambda x: np.log(1 + np.exp(x)), "real"),
    "silu": (lambda x: x / (1 + np.exp(-x)), "real"),
    "gelu": (gelu_reference, "real"),
}


def activations():
    for name, (reference, domain) in ACTIVATIONS.items():
        for label, shape in SHAPES.items():
            yield Case(
                name,
                lambda x, name=name: getattr(tg, name)(x),
                shaped(shape, domain=domain),
                reference,
                lambda t, x, name=name: getattr(t.nn.functional, name)(x),
                label,
            )
    yield Case(
        "leaky_relu",
        lambda x: tg.leaky_relu(x, negative_slope=0.3),
        shaped((3, 4), domain="nonzero"),
        lambda x: np.where(x > 0, x, 0.3 * x),
        lambda torch, x: torch.nn.functional.leaky_relu(x, 0.3),
        "slope",
    )
    yield Case(
        "elu",
        lambda x: tg.elu(x, alpha=0.7),
        shaped((3, 4), domain="nonzero"),
        lambda x: np.where(x > 0, x, 0.7 * np.expm1(x)),
        lambda torch, x: torch.nn.functional.elu(x, 0.7),
        "alpha",
    )
    yield Case(
        "gelu",
        lambda x: tg.gelu(x, "tanh"),
        shaped((3, 4)),
        gelu_tanh_reference,
        lambda torch, x: torch.nn.functional.gelu(x, approximate="tanh"),
        "tanh",
    )


def softmaxes():
    for label, shape, axis in (
        ("last", (3, 4), -1),
        ("first", (3, 4), 0),
        ("middle", (2, 3, 2), 1),
        ("vector", (5,), 0),
        ("empty", (0, 3), -1),
    ):
        for name in ("softmax", "log_softmax"):
            yield Case(
                name,
                lambda x, name=name, axis=axis: getattr(tg, name)(x, axis=axis),
                shaped(shape),
                lambda x, name=name, axis=axis: getattr(scipy.special, name)(x, axis),
                lambda t, x, name=name, axis=axis: getattr(t, name)(x, axis),
                label,
            )


def dropouts():
    def masked(x):
        kept = np.random.default_rng(5).random(x.shape) >= 0.4
        return x * kept / 0.6

    yield Case(
        "dropout",
        lambda x: tg.dropout(x, 0.4, rng=np.random.default_rng(5)),
        shaped((4, 5)),
        masked,
        label="training",
    )
    yield Case(
        "dropout",
        lambda x: tg.dropout(x * 2, 0.4, rng=np.random.default_rng(5), training=False),
        shaped((4, 5)),
        lambda x: x * 2,
        label="evaluation",
    )


def table():
    parts = (elementwise, with_numbers, power_at_zero, choices, activations)
    for part in (*parts, softmaxes, dropouts):
        yield from part()
