"""Where an answer is wrong: what all wrong cases have and no right case has."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...value import REAL_KINDS
from ..exercise import Exercise
from .trial import Trial

FEWEST_RIGHT = 3


def input_names(exercise: Exercise) -> list[str]:
    """What the inputs of a case are called."""
    if exercise.given is not None:
        return list(inspect.signature(exercise.given).parameters)
    return exercise.names


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
        found.append(f"{one} and {two} " + ("are equal" if a == b else "differ"))
        found.append(
            f"{one} is " + ("smaller than" if a < b else "at least") + f" {two}"
        )
    for name, value in named:
        found += array_features(name, value) if isinstance(value, np.ndarray) else ()
        found += shape_features(name, value) if isinstance(value, tuple) else ()
    return found


def number_features(name: str, value: Any) -> Iterator[str]:
    """Whether a number is 0, 1, or larger."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return
    yield f"{name} is " + ("above 0" if value > 0 else "0 or less")
    if isinstance(value, int | np.integer):
        yield f"{name} is " + ("above 1" if value > 1 else "1 or less")
        yield f"{name} is {value}"


def array_features(name: str, value: np.ndarray[Any, Any]) -> Iterator[str]:
    """What an array holds, and how long its axes are."""
    if value.dtype.kind not in REAL_KINDS:
        return
    if value.ndim >= 2:
        high, wide = value.shape[-2:]
        same = "equally long" if high == wide else "of different lengths"
        yield f"the last two axes of {name} are {same}"
    if value.ndim:
        several = "more than one" if len(value) > 1 else "at most one"
        yield f"{name} has {several} element along axis 0"
    if value.size and not value.any():
        yield f"{name} is 0"
    yield f"{name} holds {'no' if value.all() else 'an'} exact 0"
    equals = "equal" if len(np.unique(value)) < value.size else "only distinct"
    yield f"{name} holds {equals} elements"
    largest = float(np.abs(value).max(initial=0.0))
    yield f"{name} holds {'' if largest > 100 else 'no '}elements above 100 in size"
    yield f"{name} holds {'' if (value < 0).any() else 'no '}negative elements"
    yield f"{name} has {value.ndim} axes"


def shape_features(name: str, value: tuple[Any, ...]) -> Iterator[str]:
    """What a tuple of lengths looks like."""
    yield f"{name} is {'()' if not value else 'not ()'}"
    yield f"{name} {'contains' if 1 in value else 'does not contain'} 1"
    yield f"{name} has {len(value)} elements"
