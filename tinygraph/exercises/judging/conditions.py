"""Where an answer is wrong: what all wrong cases have and no right case has."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...value import REAL_KINDS
from ..exercise import Exercise
from ..language import marked, translated
from .trial import Trial

FEWEST_RIGHT = 3


def input_names(exercise: Exercise) -> list[str]:
    """What the inputs of a case are called."""
    if exercise.given is not None:
        return list(inspect.signature(exercise.given).parameters)
    return exercise.names


def argument_names(exercise: Exercise, function: str) -> list[str]:
    """What the arguments of a function are called."""
    return list(inspect.signature(exercise.references[function]).parameters)


def visible_names(exercise: Exercise) -> list[str]:
    """What the inputs are called; "" for those that students do not see as they are."""
    return [n if n in exercise.names else "" for n in input_names(exercise)]


def find_condition(exercise: Exercise, bad: list[Trial], good: list[Trial]) -> str:
    """What holds in all bad trials and in no good one, in words; empty if nothing does.

    One or two good trials mean little: if everything is 0, most answers are right.
    """
    if not bad or len(good) < FEWEST_RIGHT:
        return ""
    names = input_names(exercise)
    there = [features_of(names, trial.inputs) for trial in bad]
    common = set.intersection(*map(set, there))
    for trial in good:
        common -= set(features_of(names, trial.inputs))
    return next((text for text in there[0] if text in common), "")


def features_of(names: list[str], inputs: tuple[Any, ...]) -> list[str]:
    """What can be said of the inputs of a case, the most telling first."""
    named = list(zip(names, inputs, strict=False))
    found = [text for name, value in named for text in number_features(name, value)]
    whole = [(n, v) for n, v in named if isinstance(v, int | np.integer)]
    for (one, a), (two, b) in itertools.combinations(whole, 2):
        for said in (EQUAL[bool(a == b)], SMALLER[bool(a < b)]):
            found.append(translated(said, one=one, two=two))
    for name, value in named:
        found += array_features(name, value) if isinstance(value, np.ndarray) else ()
        found += shape_features(name, value) if isinstance(value, tuple) else ()
    return found


# What is said if something does not hold, and if it does.
EQUAL = marked("{one} and {two} differ"), marked("{one} and {two} are equal")
SMALLER = marked("{one} is at least {two}"), marked("{one} is smaller than {two}")
ABOVE_0 = marked("{name} is 0 or less"), marked("{name} is above 0")
ABOVE_1 = marked("{name} is 1 or less"), marked("{name} is above 1")
SQUARE = (
    marked("the last two axes of {name} have different lengths"),
    marked("the last two axes of {name} have the same length"),
)
SEVERAL = (
    marked("axis 0 of {name} is not longer than 1"),
    marked("axis 0 of {name} is longer than 1"),
)
NONZERO = marked("{name} contains an exact 0"), marked("{name} contains no exact 0")
TIES = (
    marked("{name} contains only distinct elements"),
    marked("{name} contains equal elements"),
)
LARGE = (
    marked("{name} contains no elements above 100 in absolute value"),
    marked("{name} contains elements above 100 in absolute value"),
)
NEGATIVE = (
    marked("{name} contains no negative elements"),
    marked("{name} contains negative elements"),
)
EMPTY = marked("{name} is not ()"), marked("{name} is ()")
WITH_1 = marked("{name} does not contain 1"), marked("{name} contains 1")


def number_features(name: str, value: Any) -> Iterator[str]:
    """Whether a number is 0, 1, or larger."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return
    yield translated(ABOVE_0[bool(value > 0)], name=name)
    if isinstance(value, int | np.integer):
        yield translated(ABOVE_1[bool(value > 1)], name=name)
        yield translated("{name} is {value}", name=name, value=value)


def array_features(name: str, value: np.ndarray[Any, Any]) -> Iterator[str]:
    """What an array holds, and how long its axes are."""
    if value.dtype.kind not in REAL_KINDS:
        return
    if value.ndim >= 2:
        high, wide = value.shape[-2:]
        yield translated(SQUARE[high == wide], name=name)
    if value.ndim:
        yield translated(SEVERAL[len(value) > 1], name=name)
    if value.size and not value.any():
        yield translated("{name} is 0", name=name)
    yield translated(NONZERO[bool(value.all())], name=name)
    yield translated(TIES[bool(len(np.unique(value)) < value.size)], name=name)
    largest = float(np.abs(value).max(initial=0.0))
    yield translated(LARGE[largest > 100], name=name)
    yield translated(NEGATIVE[bool((value < 0).any())], name=name)
    yield translated("{name} has {count} axes", name=name, count=value.ndim)


def shape_features(name: str, value: tuple[Any, ...]) -> Iterator[str]:
    """What a tuple of lengths looks like."""
    yield translated(EMPTY[not value], name=name)
    yield translated(WITH_1[1 in value], name=name)
    yield translated("{name} has {count} elements", name=name, count=len(value))
