"""The first difference between an answer and the right one, and messages about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..language import translated
from .comparison import Array, equal, near
from .result_names import listed
from .trial import Trial

MOST_ELEMENTS = 4  # of an array that is written out
MOST_ABOUT_INPUTS = 100  # characters that are said about the inputs of a case


def first_difference(trial: Trial) -> dict[str, Any]:
    """Where an answer first goes wrong, as the fields that messages may mention."""
    found: dict[str, Any] = {"result": 0, "shape": None, "expected": None}
    found |= {"index": None, "yours": None, "right": None}
    if len(trial.yours.results) != len(trial.right.results):
        return found
    for place, right in enumerate(trial.right.results):
        yours = trial.yours.results[place]
        if equal(yours, right):
            continue
        found |= {"result": place, "expected": right.shape}
        found |= {"shape": yours.shape, **sums_of(yours, right)}
        if yours.shape == right.shape:
            index = tuple(int(i) for i in np.argwhere(~near(yours, right))[0])
            found |= {"index": index, **difference_at(yours, right, index)}
        return found
    return found


def sums_of(yours: Array, right: Array) -> dict[str, float]:
    """The sums of all elements of a result."""
    with np.errstate(all="ignore"):
        return {"sum_yours": float(yours.sum()), "sum_right": float(right.sum())}


def difference_at(
    yours: Array, right: Array, index: tuple[int, ...]
) -> dict[str, float]:
    """The first wrong element, how much it is off, and the sum of its row."""
    here, there = float(yours[index]), float(right[index])
    row = index[:-1]
    with np.errstate(all="ignore"):
        sums_of_row = float(yours[row].sum()), float(right[row].sum())
    return {
        "yours": here,
        "right": there,
        "error": abs(here - there),
        "row_yours": sums_of_row[0],
        "row_right": sums_of_row[1],
    }


def first_wrong_element(found: Mapping[str, Any]) -> str:
    """The first wrong element, and the right one."""
    numbers = {"yours": found["yours"], "right": found["right"]}
    if not found["index"]:
        return translated("yours {yours:.6g}, right {right:.6g}", **numbers)
    return translated(
        "first wrong element {place}: yours {yours:.6g}, right {right:.6g}",
        place=list(found["index"]),
        **numbers,
    )


def first_wrong_with_inputs(trial: Trial, names: Sequence[str]) -> str:
    """The first wrong element, the right one, and the inputs that it is made of."""
    found = message_fields(trial)
    said, where = first_wrong_element(found), inputs_in_words(trial, names, found)
    if not where:
        return said
    return translated("{element}, where {inputs}", element=said, inputs=where)


def inputs_in_words(
    trial: Trial, names: Sequence[str], found: Mapping[str, Any] | None = None
) -> str:
    """The inputs of a case that students see, in one line; "" if they are too long.

    If a wrong element is given, arrays of the same shape are their elements there.
    """
    found = found or {}
    named = [(n, v) for n, v in zip(names, trial.inputs, strict=False) if n]
    if len(named) == 1 < len(trial.inputs):  # the others are hidden
        return ""
    arrays = [value for _, value in named if isinstance(value, np.ndarray)]
    alike = {array.shape for array in arrays} == {found.get("expected")}
    said = []
    for name, value in named:
        if alike and isinstance(value, np.ndarray) and found.get("index"):
            name, value = f"{name}{list(found['index'])}", value[found["index"]]
        text = value_in_words(value)
        shape = {"name": name, "shape": np.shape(value)}
        said.append(
            f"{name} = {text}"
            if text
            else translated("{name} has the shape {shape}", **shape)
        )
    text = listed(said)
    return text if len(text) <= MOST_ABOUT_INPUTS else ""


def value_in_words(value: object) -> str:
    """A value in one line; "" for an array with many elements."""
    if isinstance(value, np.ndarray) and value.ndim:
        if value.size > MOST_ELEMENTS or value.dtype.kind != "f":
            return ""
        return str([float(f"{x:.4g}") for x in value]) if value.ndim == 1 else ""
    return f"{value:.4g}" if isinstance(value, float | np.floating) else repr(value)


# What a message may mention, besides result, index, shape and expected.
NUMERIC_FIELDS = [
    "yours",
    "right",
    "error",
    "sum_yours",
    "sum_right",
    "row_yours",
    "row_right",
]


def message_fields(trial: Trial) -> dict[str, Any]:
    """What a message may mention; a number that does not exist is NaN."""
    found = first_difference(trial)
    for name in NUMERIC_FIELDS:
        if found.get(name) is None:
            found[name] = float("nan")
    return found


def fill_in(message: str, trial: Trial) -> str:
    """A message with its fields filled in, or unchanged if that fails."""
    try:
        fields = message_fields(trial)
        if fields["index"] is not None:
            fields["index"] = list(fields["index"])
        return message.format(**fields)
    except (LookupError, ValueError, TypeError, AttributeError):
        return message
