"""Packed exercises: what students get, with arrays instead of the right answers.

`tinygraph pack` writes them. A packed exercise is one frame, which holds no reference
and no wrong answer as code, but what these returned in the cases of a few seeds:

    format     1
    source     the exercise's file: statement, hints, functions without their bodies,
               and `given` and `accept` if there are any
    seeds      the seeds of the cases
    cases      the inputs of each case of each seed
    answers    by the name of each function: its parameters and its outcomes
    wrong      for each known mistake: its name, message and outcomes
    solution   the text of a solution, or empty
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ..errors import ArgumentError, FileError
from ..files import require_regular
from .exercise import CASES, Exercise, Function, WrongAnswer, exercise_from, load
from .language import translated
from .recorded import NotRecorded, Recorded, key_of_inputs
from .running.frames import decode
from .running.outcome import Outcome

FORMAT = 1
SUFFIX = ".packed"
PACKED_FOLDER = ".tinygraph/course"  # in the folder of a student
SEEDS = tuple(range(7, 12))  # of the cases that are packed; `check` starts with 7


@dataclass(frozen=True, eq=False, kw_only=True)
class PackedExercise(Exercise):
    """An exercise whose answers are known for a few seeds, and its code is not."""

    recorded: dict[tuple[int, int], tuple[Any, ...]]  # inputs, by seed and case
    solution_text: str  # empty if the solution was not packed

    def case(self, seed: int, number: int) -> tuple[Any, ...]:
        """The inputs of a case. Raises ArgumentError for a seed that is not packed."""
        if (seed, number) not in self.recorded:
            known = ", ".join(map(str, self.seeds))
            raise ArgumentError(
                translated(
                    "{exercise} has no answers for the seed {seed}: choose from "
                    "{known}",
                    exercise=self.id,
                    seed=seed,
                    known=known,
                )
            )
        return copy.deepcopy(self.recorded[seed, number])

    def other_seeds(self, seed: int) -> list[int]:
        """The other seeds whose cases are known."""
        return [other for other in self.seeds if other != seed]

    @property
    def seeds(self) -> list[int]:
        """The seeds whose cases are known."""
        return sorted({seed for seed, _ in self.recorded})

    def solution(self) -> str:
        """The solution; empty if it was not packed."""
        return self.solution_text


def read_exercise(path: Path) -> Exercise:
    """The exercise in a file, which may be packed. The file must be trusted.

    Raises FileError if it cannot be read, and ArgumentError if it is not an exercise.
    """
    return read_packed(path) if path.suffix == SUFFIX else load(path)


def read_packed(path: Path) -> PackedExercise:
    """The packed exercise in a file. Raises FileError if it cannot be read."""
    try:
        require_regular(path)
        tree = decode(path.read_bytes())
        if tree["format"] != FORMAT:
            raise FileError(
                translated(
                    "{path} was packed by another version of tinygraph", path=path
                )
            )
        return unpack(tree, path)
    except (ArgumentError, FileError):
        raise
    except OSError as error:
        raise FileError(
            translated(
                "{path} cannot be read: {error}", path=path, error=error.strerror
            )
        ) from None
    except (ValueError, LookupError, TypeError, AttributeError):
        remedy = translated("unpack the file that your teacher gave you again")
        raise FileError(
            translated("{path} is damaged: {remedy}", path=path, remedy=remedy)
        ) from None


def unpack(tree: dict[str, Any], path: Path) -> PackedExercise:
    """The exercise that a frame holds."""
    bare = exercise_from(tree["source"], path)
    places = [(seed, number) for seed in tree["seeds"] for number in range(CASES)]
    recorded = dict(zip(places, tree["cases"], strict=True))
    keys = list(map(key_of_inputs, recorded.values()))

    def restore(name: str, parameters: list[str], outcomes: list[Any]) -> Recorded:
        known = map(outcome_from, outcomes)
        return Recorded(name, parameters, dict(zip(keys, known, strict=True)))

    references: dict[str, Function] = {
        name: restore(name, *tree["answers"][name]) for name in bare.references
    }
    wrong = tuple(
        WrongAnswer(name, restore(name, [], outcomes), message, replaces)
        for name, message, replaces, outcomes in tree["wrong"]
    )
    for name, function in references.items():
        function.__doc__ = bare.references[name].__doc__
    values: dict[str, Any] = {f.name: getattr(bare, f.name) for f in fields(bare)}
    values |= {"references": references, "wrong": wrong, "recorded": recorded}
    if bare.accept is not None:
        values["accept"] = with_recorded(bare.accept, references, None)
    if bare.explain is not None:
        values["explain"] = with_recorded(bare.explain, references, "")
    return PackedExercise(**values, solution_text=tree["solution"])


def outcome_from(said: list[Any]) -> Outcome:
    """An outcome, from what `packed_outcome` made of it."""
    results, several, failure, *keys = said
    found = tuple(keys[0]) if keys else None  # which only dictionaries have
    return Outcome(tuple(results), several, failure, keys=found)


def packed_outcome(outcome: Outcome) -> list[Any]:
    """An outcome as data, without the message of a failure, which may show code."""
    said = [list(outcome.results), outcome.several, outcome.failure]
    return said if outcome.keys is None else [*said, list(outcome.keys)]


def with_recorded(
    function: Function, references: dict[str, Function], otherwise: Any
) -> Function:
    """A function of a packed exercise that calls recorded references.

    Where they have no answer, it returns `otherwise`.
    """
    names: dict[str, Any] = function.__globals__
    names.update(references)

    def call(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except NotRecorded:
            return otherwise

    return call
