"""One case for one function: what should come of it, what came, and whether they agree.

Every comparison of arrays is made here: first the shapes, then each element.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .exercise import Exercise
from .outcome import Outcome, called, raised

Array = np.ndarray[Any, Any]
RELATIVE = 1e-6  # tolerance, of the element
ABSOLUTE = 1e-9  # of the largest element
SINGLE = 1e-5  # both, where an answer was computed in float32
ROUNDING = 1e-13  # what a 0 may come out as
SINGLE_NOTE = "right, as far as float32 goes: exercises are calculated in float64"


@dataclass(frozen=True, eq=False)
class Trial:
    """One case for one function: what should come of it, and what came."""

    function: str
    number: int  # of the case
    inputs: tuple[Any, ...]
    right: Outcome
    yours: Outcome
    note: str | None = None  # why another answer than the reference's is right
    complaint: str = ""  # why it is wrong, in the words of the exercise's `accept`

    @property
    def passed(self) -> bool:
        """Whether everything about it is right."""
        return self.note is not None or agree(self.yours, self.right)

    def result_passed(self, place: int) -> bool:
        """Whether one of several results is right."""
        if self.note is not None:
            return True
        if self.complaint:
            return False
        if self.yours.failure or len(self.yours.answers) != len(self.right.answers):
            return False
        return equal(self.yours.answers[place], self.right.answers[place])


def fitted(yours: Outcome, right: Outcome) -> Outcome:
    """An answer with as many results as it should have, where that is mere packing.

    Rows in a tuple are one array, and an array of several results is cut into these.
    """
    own, count = yours.answers, len(right.answers)
    if not own or yours.failure or right.failure:
        return yours
    if not right.several and yours.several:
        same = all(part.shape == own[0].shape for part in own)
        if same and (len(own) > 1 or own[0].shape != right.answers[0].shape):
            return replace(yours, answers=(np.stack(own),))
    stacked = (own[0].shape == (count, *part.shape) for part in right.answers)
    if right.several and not yours.several and all(stacked):
        return replace(yours, answers=tuple(own[0]))
    return yours


def near(
    yours: Array, right: Array, relative: float = RELATIVE, absolute: float = ABSOLUTE
) -> Array:
    """Which elements of two arrays of the same shape are equal up to rounding."""
    with np.errstate(all="ignore"):
        size = np.abs(right)
        scale = float(size[np.isfinite(size)].max(initial=0.0))
        bound = relative * size + absolute * scale + ROUNDING
        same = (np.abs(yours - right) <= bound) & np.isfinite(right)
    return same | (yours == right) | (np.isnan(yours) & np.isnan(right))


def equal(yours: Array, right: Array) -> bool:
    """Whether two arrays have the same shape, and the same numbers up to rounding."""
    return yours.shape == right.shape and bool(near(yours, right).all())


def equal_in_single(yours: Array, right: Array) -> bool:
    """Whether an array that holds nothing but float32 is equal up to its rounding."""
    if yours.shape != right.shape:
        return False
    with np.errstate(all="ignore"):
        single = np.array_equal(yours.astype(np.float32), yours, equal_nan=True)
    return single and bool(near(yours, right, SINGLE, SINGLE).all())


def agree(
    yours: Outcome,
    right: Outcome,
    same: Callable[[Array, Array], bool] = equal,
) -> bool:
    """Whether two outcomes have the same arrays, or both fail in the same way."""
    if yours.failure or right.failure:
        return yours.failure == right.failure
    return len(yours.answers) == len(right.answers) and all(
        map(same, yours.answers, right.answers)
    )


def examined(
    exercise: Exercise, name: str, inputs: Sequence[Any], yours: Outcome, right: Outcome
) -> tuple[str | None, str]:
    """Why an answer that is not the reference's is right, and why it is wrong.

    An exercise's `accept` gives the first, or raises AssertionError with the second.
    """
    if yours.failure or right.failure or agree(yours, right):
        return None, ""
    if agree(yours, right, lambda a, b: equal(a, b) or equal_in_single(a, b)):
        return SINGLE_NOTE, ""
    if exercise.accept is None:
        return None, ""
    try:
        with np.errstate(all="ignore"):
            return exercise.accept(name, single(yours.answers), *inputs), ""
    except AssertionError as error:
        return None, str(error)


def on_copy(
    exercise: Exercise, function: Callable[..., Any], inputs: Sequence[Any]
) -> Outcome:
    """What a trusted function makes of the inputs of a case."""
    arguments = copy.deepcopy(tuple(inputs))
    if exercise.given is not None:
        try:
            arguments = exercise.given(*arguments)
        except Exception as error:  # inputs of an experiment, and not of a case
            return raised(error)
    return called(function, arguments)


def single(answers: Sequence[Any]) -> Any:
    """One answer alone, several as a tuple."""
    return answers[0] if len(answers) == 1 else tuple(answers)


def facts(trial: Trial) -> dict[str, Any]:
    """Where an answer goes wrong first, and what messages may mention."""
    found: dict[str, Any] = {"result": 0, "shape": None, "expected": None}
    found |= {"index": None, "yours": None, "right": None}
    if len(trial.yours.answers) != len(trial.right.answers):
        return found
    for place, right in enumerate(trial.right.answers):
        yours = trial.yours.answers[place]
        if equal(yours, right):
            continue
        found |= {"result": place, "expected": right.shape}
        found |= {"shape": yours.shape, **sums(yours, right)}
        if yours.shape == right.shape:
            index = tuple(int(i) for i in np.argwhere(~near(yours, right))[0])
            found |= {"index": index, **at(yours, right, index)}
        return found
    return found


def sums(yours: Array, right: Array) -> dict[str, float]:
    """The sums of all elements of a result."""
    with np.errstate(all="ignore"):
        return {"sum_yours": float(yours.sum()), "sum_right": float(right.sum())}


def at(yours: Array, right: Array, index: tuple[int, ...]) -> dict[str, float]:
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


# What a message may mention, besides result, index, shape and expected.
NUMBERS = [
    "yours",
    "right",
    "error",
    "sum_yours",
    "sum_right",
    "row_yours",
    "row_right",
]


def fields(trial: Trial) -> dict[str, Any]:
    """What a message may mention; a number that there is none of is NaN."""
    found = facts(trial)
    for name in NUMBERS:
        if found.get(name) is None:
            found[name] = float("nan")
    return found


def told(message: str, trial: Trial) -> str:
    """A message with its fields filled in; as it stands, where that fails."""
    try:
        return message.format(**fields(trial))
    except (LookupError, ValueError, TypeError, AttributeError):
        return message
