"""Calls of a student's functions, kept: what came of a case can be looked up later."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .exercise import Exercise
from .judge import Verdict
from .outcome import Outcome, Runner
from .trial import on_copy, single
from .worker import packed


class Calls:
    """Runs functions as another runner does, and keeps what came of the first calls."""

    def __init__(self, run: Runner) -> None:
        self.run = run
        self.kept: dict[tuple[str, bytes], Outcome] = {}

    def __call__(self, name: str, inputs: Sequence[Any]) -> Outcome:
        """What a function makes of these inputs, now."""
        key = key_of(name, inputs)
        outcome = self.run(name, inputs)
        self.kept.setdefault(key, outcome)
        return outcome

    def first(self, name: str, inputs: Sequence[Any]) -> Outcome | None:
        """What a function made of these inputs when it got them first, if it did."""
        return self.kept.get(key_of(name, inputs))


def key_of(name: str, inputs: Sequence[Any]) -> tuple[str, bytes]:
    """The same for calls of the same function with the same inputs."""
    return name, packed(tuple(inputs))


@dataclass(frozen=True, eq=False)
class Case:
    """The inputs of a case, and what comes and should come of it."""

    number: int
    names: list[str]
    inputs: tuple[Any, ...]
    yours: Outcome
    right: Outcome


def case_of(exercise: Exercise, verdict: Verdict, calls: Calls) -> Case:
    """The case that goes wrong, or else the first."""
    finding = verdict.finding
    number = (finding.case if finding else 0) or 0
    name = (finding.function if finding else "") or next(iter(exercise.references))
    reference = exercise.references[name]
    names = list(inspect.signature(reference).parameters)
    inputs = exercise.case(verdict.seed, number)
    if exercise.given is not None or len(names) != len(inputs):
        names = [f"input {place + 1}" for place in range(len(inputs))]
    yours = calls.first(name, inputs) or calls(name, copy.deepcopy(inputs))
    return Case(number, names, inputs, yours, on_copy(exercise, reference, inputs))


def rows_of(case: Case) -> dict[str, Any]:
    """A case by the names that are printed."""
    rows = dict(zip(case.names, case.inputs, strict=True))
    if not case.yours.failure:
        rows["yours"] = single(case.yours.answers)
    return {**rows, "right": single(case.right.answers)}
