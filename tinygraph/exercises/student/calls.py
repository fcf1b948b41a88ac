"""The calls that a check made, so that a case can be shown afterwards."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..exercise import Exercise
from ..judging.trial import call_trusted, one_or_tuple
from ..judging.verdict import Verdict
from ..language import translated
from ..recorded import key_of_inputs
from ..running.outcome import Outcome, Runner, call_alone, call_variant, source_of


class Calls:
    """A runner that also remembers the outcomes of another runner's first calls."""

    def __init__(self, run: Runner) -> None:
        self.run = run
        self.outcomes: dict[tuple[str, bytes], Outcome] = {}

    def __call__(self, name: str, inputs: Sequence[Any]) -> Outcome:
        """What a function returns for these inputs."""
        key = key_of(name, inputs)
        outcome = self.run(name, inputs)
        self.outcomes.setdefault(key, outcome)
        return outcome

    def call_alone(self, name: str, inputs: Sequence[Any]) -> Outcome | None:
        """What a function returns in a new process."""
        return call_alone(self.run, name, inputs)

    def call_variant(
        self, functions: str, name: str, inputs: Sequence[Any]
    ) -> Outcome | None:
        """What a function returns if some functions were written like this."""
        return call_variant(self.run, functions, name, inputs)

    @property
    def source(self) -> str:
        """The text of the file whose functions are called."""
        return source_of(self.run)

    def first(self, name: str, inputs: Sequence[Any]) -> Outcome | None:
        """What a function returned for these inputs the first time; None if never."""
        return self.outcomes.get(key_of(name, inputs))


def key_of(name: str, inputs: Sequence[Any]) -> tuple[str, bytes]:
    """A key that is equal for calls of the same function with the same inputs."""
    return name, key_of_inputs(inputs)


@dataclass(frozen=True, eq=False)
class Case:
    """The inputs of a case, what the function returned, and what is right."""

    number: int
    names: list[str]
    inputs: tuple[Any, ...]
    yours: Outcome
    right: Outcome


def case_to_show(exercise: Exercise, verdict: Verdict, calls: Calls) -> Case:
    """The first wrong case, or else the first case."""
    finding = verdict.finding
    number = (finding.case if finding else 0) or 0
    name = (finding.function if finding else "") or next(iter(exercise.references))
    reference = exercise.references[name]
    names = list(inspect.signature(reference).parameters)
    inputs = exercise.case(verdict.seed, number)
    if exercise.given is not None or len(names) != len(inputs):
        names = [
            translated("input {number}", number=place + 1)
            for place in range(len(inputs))
        ]
    yours = calls.first(name, inputs) or calls(name, copy.deepcopy(inputs))
    return Case(number, names, inputs, yours, call_trusted(exercise, reference, inputs))


def named_values(case: Case) -> dict[str, Any]:
    """The inputs and results of a case by name."""
    rows = dict(zip(case.names, case.inputs, strict=True))
    if not case.yours.failure:
        rows[translated("yours")] = one_or_tuple(case.yours.results)
    return {**rows, translated("right"): one_or_tuple(case.right.results)}
