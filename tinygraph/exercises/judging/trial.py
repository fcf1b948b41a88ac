"""Trials: one function on one case each, with what it returned and what is right."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..exercise import CASES, Exercise
from ..language import marked, translated
from ..recorded import Recorded
from ..running.outcome import NOT_RUN, Outcome, Runner, call, outcome_of_error
from .comparison import Array, agree, equal, equal_in_float32

FLOAT32_NOTE = marked(
    "right to the precision of float32; exercises are computed in float64"
)


@dataclass(frozen=True, eq=False)
class Trial:
    """One function on one case: what it returned, and what is right."""

    function: str
    number: int  # of the case
    inputs: tuple[Any, ...]
    right: Outcome
    yours: Outcome
    note: str | None = None  # why an answer that differs from the reference is right
    complaint: str = ""  # why it is wrong, in the words of the exercise's `accept`
    seed: int = 0  # of the case

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
        if self.yours.failure or len(self.yours.results) != len(self.right.results):
            return False
        return equal(self.yours.results[place], self.right.results[place])

    def numbers_passed(self, place: int) -> bool:
        """Whether one of several results has the right numbers, in whatever shape."""
        if self.result_passed(place):
            return True
        if self.complaint or len(self.yours.results) != len(self.right.results):
            return False
        yours, right = self.yours.results[place], self.right.results[place]
        return equal(yours.ravel(), right.ravel())


def run_trials(exercise: Exercise, run: Runner, seed: int) -> Iterator[Trial]:
    """Run every function on every case; one that cannot be run is tried only once."""
    for name in exercise.references:
        for number in range(CASES):
            trial = run_trial(exercise, run, seed, name, number)
            yield trial
            if trial.yours.failure in NOT_RUN:
                break


def run_trial(
    exercise: Exercise, run: Runner, seed: int, name: str, number: int
) -> Trial:
    """Run one function on one case; there are more cases than those that count.

    What the exercise's own functions may change is a copy of what is known.
    """
    inputs = copy.deepcopy(inputs_of_case(exercise, seed, number))
    known = outcome_in_case(exercise, exercise.references[name], seed, number)
    right = copy.deepcopy(known)
    yours = call_student(run, name, inputs, right)
    said = consult_accept(exercise, name, inputs, yours, right)
    return Trial(name, number, inputs, right, yours, *said, seed)


@functools.lru_cache(maxsize=512)
def inputs_of_case(exercise: Exercise, seed: int, number: int) -> tuple[Any, ...]:
    """The inputs of a case, which many answers get."""
    return exercise.case(seed, number)


@functools.lru_cache(maxsize=2048)
def outcome_in_case(
    exercise: Exercise, function: Callable[..., Any], seed: int, number: int
) -> Outcome:
    """What a function of the exercise's own file returns in a case.

    It is the reference or a known mistake, with which many answers are compared.
    """
    return call_trusted(exercise, function, inputs_of_case(exercise, seed, number))


def call_student(
    run: Runner, name: str, inputs: Sequence[Any], right: Outcome
) -> Outcome:
    """What a student's function returns for a copy of these inputs."""
    return fit_results(run(name, copy.deepcopy(tuple(inputs))), right)


def call_trusted(
    exercise: Exercise, function: Callable[..., Any], inputs: Sequence[Any]
) -> Outcome:
    """What a function of the exercise's own file returns for the inputs of a case."""
    if isinstance(function, Recorded):
        return function.outcome(inputs)
    arguments = copy.deepcopy(tuple(inputs))
    if exercise.given is not None:
        try:
            arguments = exercise.given(*arguments)
        except Exception as error:  # inputs of an experiment, not of a case
            return outcome_of_error(error)
    return call(function, arguments)


def trusted_runner(exercise: Exercise, functions: dict[str, Any]) -> Runner:
    """A runner that calls trusted functions in this process."""

    def run(name: str, inputs: Sequence[Any]) -> Outcome:
        return call_trusted(exercise, functions[name], inputs)

    return run


def one_or_tuple(results: Sequence[Any]) -> Any:
    """A single result as it is, several as a tuple."""
    return results[0] if len(results) == 1 else tuple(results)


def fit_results(yours: Outcome, right: Outcome) -> Outcome:
    """An answer with the number of results that it should have, if it only packs them.

    A tuple of rows becomes one array, and an array of several results is split. What a
    dictionary leaves out at its end is 0, as it is elsewhere.
    """
    own, count = yours.results, len(right.results)
    if not own or yours.failure or right.failure:
        return yours
    if yours.keys is not None and count == 1:
        return replace(yours, results=(filled_up(own[0], right.results[0]),))
    first: Any = own[0]  # pyright: ignore  # which takes `own` for empty here
    if not right.several and yours.several:
        same = all(part.shape == first.shape for part in own)
        if same and (len(own) > 1 or first.shape != right.results[0].shape):
            return replace(yours, results=(np.stack(own),))
    stacked = (first.shape == (count, *part.shape) for part in right.results)
    if right.several and not yours.several and all(stacked):
        return replace(yours, results=tuple(first))
    return yours


def filled_up(values: Array, right: Array) -> Array:
    """The values of a dictionary, with zeros for the last keys if they are missing."""
    if values.ndim != 1 or right.ndim != 1 or len(values) >= len(right):
        return values
    return np.pad(values, (0, len(right) - len(values)))


def consult_accept(
    exercise: Exercise, name: str, inputs: Sequence[Any], yours: Outcome, right: Outcome
) -> tuple[str | None, str]:
    """Why an answer that differs from the reference is right, and why it is wrong.

    The exercise's `accept` returns the first, or raises AssertionError with the second.
    """
    if yours.failure or right.failure or agree(yours, right):
        return None, ""
    if agree(yours, right, lambda a, b: equal(a, b) or equal_in_float32(a, b)):
        return translated(FLOAT32_NOTE), ""
    if exercise.accept is None:
        return None, ""
    try:
        with np.errstate(all="ignore"):
            return exercise.accept(name, one_or_tuple(yours.results), *inputs), ""
    except AssertionError as error:
        return None, str(error)
    except Exception:  # it need not expect arrays of other shapes
        if shapes_of(yours) == shapes_of(right):
            raise
        return None, ""


def shapes_of(outcome: Outcome) -> list[tuple[int, ...]]:
    """The shape of each result."""
    return [result.shape for result in outcome.results]


def first_wrong(own: list[Trial]) -> Trial:
    """The first trial that is wrong, if possible one that has an answer."""
    wrong = [trial for trial in own if not trial.passed]
    return next((trial for trial in wrong if not trial.yours.failure), wrong[0])
