"""Changed inputs of a case: what an answer may have been computed from instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..exercise import Exercise
from ..language import marked, translated
from .comparison import Array
from .trial import Trial

Inputs = list[Any]
Undo = Callable[[Array], Array]


def variants_of(
    exercise: Exercise, names: list[str], trial: Trial
) -> Iterator[tuple[str, Inputs, Undo]]:
    """Other inputs, with a description, and how to undo the change in the answer."""
    inputs = list(trial.inputs)
    for place, (name, value) in enumerate(zip(names, inputs, strict=False)):
        if name in exercise.names:
            for text, other in variants_of_value(value):
                said = translated(
                    "the result is as if {name} were {change}",
                    name=name,
                    change=text,
                )
                yield said, [*inputs[:place], other, *inputs[place + 1 :]], unchanged
    for one, two in [(a, b) for b in range(len(inputs)) for a in range(b)]:
        if type(inputs[one]) is type(inputs[two]):
            exchanged = list(inputs)
            exchanged[one], exchanged[two] = inputs[two], inputs[one]
            said = translated(
                "the result is as if {name} and {other} were swapped",
                name=names[one],
                other=names[two],
            )
            yield said, exchanged, unchanged
    for text, kept in PARTS.items():
        cut = [v[kept] if np.ndim(v) else v for v in inputs]
        yield translated(text), cut, unchanged
    if any(np.ndim(value) > 1 for value in inputs):
        swapped = [v.swapaxes(-1, -2) if np.ndim(v) > 1 else v for v in inputs]
        said = translated(
            "the result is as if the last two axes were swapped: is something done "
            "along the wrong axis?"
        )
        yield said, swapped, swap_back


PARTS = {
    marked("the first elements of the inputs are left out"): slice(1, None),
    marked("the last elements of the inputs are left out"): slice(None, -1),
    marked(
        "only the first elements of the inputs are used: does a loop return too early?"
    ): slice(0, 1),
    marked(
        "only the last elements of the inputs are used: is something overwritten in a "
        "loop?"
    ): slice(-1, None),
}


def variants_of_value(value: Any) -> Iterator[tuple[str, Any]]:
    """Other values of an input, with a description."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.ndim:
        yield from variants_of_array(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from [("1", type(value)(1)), ("0", type(value)(0))]
        yield translated("larger by 1"), value + 1
        yield translated("smaller by 1"), value - 1
        yield translated("twice as large"), value * 2
        yield translated("squared"), value * value
        if isinstance(value, float):
            yield translated("half as large"), value / 2.0


CHANGES: dict[str, Callable[[Array], Array]] = {
    "0": np.zeros_like,
    marked("1 everywhere"): np.ones_like,
    marked("negated"): np.negative,
    marked("replaced by its absolute value"): np.abs,
    marked("squared"): np.square,
    marked("replaced by its square root"): np.sqrt,
    marked("replaced by its exponential"): np.exp,
    marked("replaced by its sigmoid"): lambda x: 1.0 / (1.0 + np.exp(-x)),
    marked("replaced by its softmax"): lambda x: softmax(x),
    marked("half as large"): lambda x: x / 2.0,
    marked("twice as large"): lambda x: x * 2.0,
    marked("multiplied by log(2), as in 2 ** x instead of exp(x)"): (
        lambda x: x * np.log(2.0)
    ),
    marked("multiplied by log(10), as in 10 ** x instead of exp(x)"): (
        lambda x: x * np.log(10.0)
    ),
    marked("truncated to whole numbers"): np.trunc,
    marked("reduced by its mean"): lambda x: x - x.mean(),
    marked("replaced by its mean"): lambda x: np.full(x.shape, x.mean()),
    marked("sorted"): lambda x: np.sort(x, axis=-1),
}
MATRIX_CHANGES: dict[str, Callable[[Array], Array]] = {
    marked("transposed"): lambda x: x.swapaxes(-1, -2),
    marked("flipped along the last two axes"): lambda x: np.flip(x, (-1, -2)),
    marked("mixed up: reshaping does not transpose, .T does"): lambda x: x.reshape(
        *x.shape[:-2], x.shape[-1], x.shape[-2]
    ).swapaxes(-1, -2),
    marked("reshaped after swapping its last two axes"): (
        lambda x: x.swapaxes(-1, -2).reshape(x.shape)
    ),
}


def variants_of_array(value: Array) -> Iterator[tuple[str, Array]]:
    """Other arrays of the same kind, with a description."""
    changes = CHANGES | (MATRIX_CHANGES if value.ndim > 1 else {})
    for text, change in changes.items():
        with np.errstate(all="ignore"):
            yield (translated(text) if text != "0" else text), change(value)
    for axis in range(value.ndim):
        mean = value.mean(axis=axis, keepdims=True)
        spread = np.broadcast_to(mean, value.shape).copy()
        yield translated("flipped along axis {axis}", axis=axis), np.flip(value, axis)
        yield translated("replaced by its mean along axis {axis}", axis=axis), spread
        yield (
            translated("divided by the length of axis {axis}", axis=axis),
            value / value.shape[axis],
        )


def softmax(x: Array) -> Array:
    """Softmax along the last axis."""
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def unchanged(array: Array) -> Array:
    """An array as it is."""
    return array


def swap_back(array: Array) -> Array:
    """An array with its last two axes swapped."""
    return array.swapaxes(-1, -2) if array.ndim > 1 else array
