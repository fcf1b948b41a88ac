"""The first difference between an answer and the right one, and messages about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..language import translated
from .comparison import Array, equal, near
from .trial import Trial


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
        return message.format(**message_fields(trial))
    except (LookupError, ValueError, TypeError, AttributeError):
        return message
