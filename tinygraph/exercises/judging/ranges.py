"""Ranges: between which numbers an input is wherever an answer is wrong.

They are looked for in inputs that have the shape of the result, element by element.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..language import marked, translated
from .comparison import Array, near
from .trial import Trial

FEWEST_ELEMENTS = 6  # that must be wrong, and as many that must be right
FEWEST_BEYOND = 4  # that must be right beyond an end of a range
SURE = 8  # elements that hardly have the same sign by chance


def find_range(
    names: Sequence[str], bad: Sequence[Trial], good: Sequence[Trial], place: int
) -> str:
    """What holds of an input at all wrong elements, and at no right one; or "".

    If nothing does, something that holds at all wrong elements, but not only there.
    """
    for position, name in enumerate(names):
        if name and all(fits(trial, position, place) for trial in bad):
            at_wrong, at_right = split_input(bad, good, position, place)
            if min(map(len, map(np.unique, (at_wrong, at_right)))) >= FEWEST_ELEMENTS:
                said = range_in_words(name, at_wrong, at_right)
                if said:
                    return said
    return ""


def fits(trial: Trial, position: int, place: int) -> bool:
    """Whether an input is an array of the result's shape."""
    value = trial.inputs[position] if position < len(trial.inputs) else None
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f" or not value.ndim:
        return False
    yours, right = (o.results[place].shape for o in (trial.yours, trial.right))
    return value.shape == yours == right


def split_input(
    bad: Sequence[Trial], good: Sequence[Trial], position: int, place: int
) -> tuple[Array, Array]:
    """The elements of an input where the result is wrong, and those where it is not."""
    at_wrong: list[Any] = []
    at_right: list[Any] = []
    for trial in (*bad, *(t for t in good if fits(t, position, place))):
        value = trial.inputs[position]
        same = near(trial.yours.results[place], trial.right.results[place])
        at_wrong += value[~same].tolist()
        at_right += value[same].tolist()
    return np.array(at_wrong), np.array(at_right)


def range_in_words(name: str, at_wrong: Array, at_right: Array) -> str:
    """In which range an input, or its size, is at all wrong elements."""
    found = interval(at_wrong, at_right)
    if found:
        return translated(SIDES[" ".join(found)], name=name, **found)
    found = interval(np.abs(at_wrong), np.abs(at_right))
    if found:
        return translated(SIZES[" ".join(found)], name=name, **found)
    positive = at_right > 0.0
    if min(positive.sum(), (~positive).sum(), len(at_wrong)) < SURE:
        return ""
    if at_wrong.max() <= 0.0:
        return translated("{name} is 0 or less", name=name)
    if at_wrong.min() > 0.0 and len(at_wrong) >= positive.sum():
        return translated("{name} is positive", name=name)
    return ""


SIDES = {
    "low": marked("{name} is above {low}"),
    "high": marked("{name} is below {high}"),
    "low high": marked("{name} is between {low} and {high}"),
}
SIZES = {
    "low": marked("{name} is above {low} in absolute value"),
    "high": marked("{name} is below {high} in absolute value"),
    "low high": marked("{name} is between {low} and {high} in absolute value"),
}


def interval(inside: Array, outside: Array) -> dict[str, str]:
    """The ends between which numbers are and others are not, as far as they are known.

    An end with few others beyond it may be there by chance.
    """
    low, high = inside.min(), inside.max()
    below, above = outside[outside < low], outside[outside > high]
    ends = {}
    if len(below) + len(above) == len(outside):
        if len(np.unique(below)) >= FEWEST_BEYOND:
            ends["low"] = f"{simple_between(below.max(), low):.4g}"
        if len(np.unique(above)) >= FEWEST_BEYOND:
            ends["high"] = f"{simple_between(high, above.min()):.4g}"
    return ends


def simple_between(low: float, high: float) -> float:
    """The number with the fewest digits from one number to another.

    >>> simple_between(-0.3, 0.2), simple_between(0.93, 1.02), simple_between(0.4, 0.9)
    (0.0, 1.0, 0.7)
    """
    if low <= 0.0 <= high:
        return 0.0
    for digits in range(15):
        unit = 10.0**-digits
        found = math.ceil(low / unit) if low > 0.0 else math.floor(high / unit)
        if low <= found * unit <= high:
            middle = round((low + high) / 2.0, digits)
            inside = digits and low <= middle <= high
            return middle if inside else round(found * unit, digits)
    return low
