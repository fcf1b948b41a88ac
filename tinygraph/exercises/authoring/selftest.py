"""The selftest of an exercise: finding its faults before students see it.

A reference may be wrong, a wrong answer may be right in some cases, a hint may give
everything away. Each seed makes other cases, and everything must hold for all seeds.
"""

from __future__ import annotations

import inspect
import re
import string
import time
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from ..exercise import CASES, Exercise, Function
from ..judging.comparison import agree
from ..judging.failures import translated_failure
from ..judging.judge import judge
from ..judging.points import check_result
from ..judging.trial import (
    Trial,
    call_trusted,
    consult_accept,
    fit_results,
    inputs_of_case,
    outcome_in_case,
    trusted_runner,
)
from ..language import marked, number_of_points, translated, translated_plural
from ..running.frames import encode
from ..running.outcome import Outcome
from .differences import forward_faults
from .said_faults import said_faults

SLOW = 1.0  # seconds that a case may take
JUDGED = 3  # seeds for which wrong answers go through the whole judge
NO_CASES = marked("the cases cannot be made: {error}")
NO_ANSWER = marked("the reference fails: {error}")
IN_CASE, OF_SEED = marked("in case {number}"), marked("(seed {seed})")
NEEDS_ELEMENT = ("index", "yours", "right", "error", "row_yours", "row_right")
ENOUGH = 3  # faults after which further seeds would only repeat them


def find_faults(exercise: Exercise, seeds: int = 50) -> list[str]:
    """The faults of an exercise, one sentence each."""
    problems = said_faults(exercise)
    for name in exercise.references:
        problems += case_faults(exercise, name, seeds)
    if any(map(is_broken, problems)):
        return each_kind_once(problems)
    problems += draw_faults(exercise)
    problems += stub_faults(exercise)
    problems += forward_faults(exercise, min(seeds, 10))
    for seed in range(min(seeds, JUDGED)):
        problems += judge_faults(exercise, seed)
    return each_kind_once(problems)


def each_kind_once(problems: Sequence[str]) -> list[str]:
    """Each problem as it was first found, without repeats for other cases and seeds."""
    found: dict[str, str] = {}
    places = (translated(IN_CASE, number="@"), translated(OF_SEED, seed="@"))
    pattern = "|".join(re.escape(f" {place}").replace("@", r"\d+") for place in places)
    for text in problems:
        found.setdefault(re.split(pattern, text)[0], text)
    return list(found.values())


def is_broken(text: str) -> bool:
    """Whether a fault is one with which nothing else can be tested."""
    broken = (translated(NO_CASES, error=""), translated(NO_ANSWER, error=""))
    return text.startswith(broken)


def in_case(number: int) -> str:
    """The case that a fault is in."""
    return translated(IN_CASE, number=number)


def of_seed(text: str, seed: int) -> str:
    """A fault with the seed that shows it."""
    return f"{text} {translated(OF_SEED, seed=seed)}"


def stub_faults(exercise: Exercise) -> Iterator[str]:
    """A stub that cannot be run, passes, or is worth points."""
    names: dict[str, Any] = {"__name__": "stub"}
    try:
        exec(compile(exercise.stub(), "stub", "exec"), names)
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        yield translated("the stub cannot be run: {error}", error=said)
        return
    verdict = judge(exercise, trusted_runner(exercise, names), 0)
    if verdict.passed or verdict.points:
        points = number_of_points(verdict.points)
        yield translated("the stub is worth {points}", points=points)


class CaseTable:
    """What a reference and its wrong answers return in the cases of a seed."""

    def __init__(self, exercise: Exercise, name: str, seed: int) -> None:
        self.exercise, self.name = exercise, name
        self.inputs = [inputs_of_case(exercise, seed, k) for k in range(CASES)]
        function = exercise.references[name]
        self.right, self.seconds = [], []
        for inputs in self.inputs:
            start = time.perf_counter()
            self.right.append(call_trusted(exercise, function, inputs))
            self.seconds.append(time.perf_counter() - start)
        self.wrong = {
            wrong: self.known_row(wrong.function, seed)
            for wrong in exercise.wrong
            if wrong.replaces == name
        }

    def row(self, function: Function) -> list[Outcome]:
        """What a function returns in all cases."""
        return [
            fit_results(call_trusted(self.exercise, function, inputs), right)
            for inputs, right in zip(self.inputs, self.right, strict=True)
        ]

    def known_row(self, function: Function, seed: int) -> list[Outcome]:
        """The same of a wrong answer, which the judge will compare with others."""
        return [
            fit_results(outcome_in_case(self.exercise, function, seed, number), right)
            for number, right in enumerate(self.right)
        ]

    def trials(self, row: list[Outcome]) -> list[Trial]:
        """A row beside what is right, and what the exercise's `accept` says of it."""
        return [
            Trial(
                *(self.name, number, inputs, right, yours),
                *consult_accept(self.exercise, self.name, inputs, yours, right),
            )
            for number, (inputs, yours, right) in enumerate(
                zip(self.inputs, row, self.right, strict=True)
            )
        ]

    def accepted(self, row: list[Outcome]) -> bool:
        """Whether a row passes: it is right, or accepted, in all cases."""
        return all(trial.passed for trial in self.trials(row))

    def points(self, row: list[Outcome]) -> float:
        """What a row is worth, if this is the only function of the exercise."""
        trials, places = self.trials(row), range(len(self.right[0].results))
        corners = self.exercise.corners
        shares = [check_result("", trials, p, corners).share for p in places]
        return round(2 * self.exercise.points * sum(shares) / len(shares)) / 2


def case_faults(exercise: Exercise, name: str, seeds: int) -> list[str]:
    """The faults of a reference and its wrong answers, for any seed."""
    problems: list[str] = []
    known: dict[str, float] = {}
    for seed in range(seeds):
        try:
            table = CaseTable(exercise, name, seed)
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            return [*problems, of_seed(translated(NO_CASES, error=said), seed)]
        found = [*input_faults(table), *reference_faults(table)]
        if not any(map(is_broken, found)):
            found += [*rejection_faults(table), *naming_faults(table)]
            found += luck_faults(table, known)
        problems += [of_seed(text, seed) for text in found]
        if len(problems) >= ENOUGH:
            break
    return problems


def input_faults(table: CaseTable) -> Iterator[str]:
    """Inputs that are not data, or not those that the function takes."""
    exercise, reference = table.exercise, table.exercise.references[table.name]
    taken = list(inspect.signature(exercise.given or reference).parameters.values())
    for number, inputs in enumerate(table.inputs):
        where = in_case(number)
        try:
            encode(inputs)
        except TypeError as error:
            yield translated(
                "cases returns an input {where} that is not data: {error}: return "
                "data, from which `given` can make it",
                where=where,
                error=translated_failure(str(error)),
            )
        if any(p.kind == p.VAR_POSITIONAL for p in taken):
            continue
        if len(inputs) != len(taken):
            yield inputs_fault(table, len(inputs), where, [p.name for p in taken])


def inputs_fault(table: CaseTable, count: int, where: str, taken: list[str]) -> str:
    """What to do if the number of inputs is wrong."""
    exercise = table.exercise
    name = "given" if exercise.given else table.name
    said = translated_plural(
        "cases returns {count} input {where}, but {name} takes {taken}: return a "
        "tuple of these",
        "cases returns {count} inputs {where}, but {name} takes {taken}: return a "
        "tuple of these",
        count,
        where=where,
        name=name,
        taken=", ".join(taken),
    )
    if len(exercise.references) == 1:
        return said
    more = translated(", or call it _{name} if students do not write it", name=name)
    return f"{said}{more}"


def reference_faults(table: CaseTable) -> Iterator[str]:
    """A reference that fails, is not repeatable, changes its inputs, or is slow."""
    again = table.row(table.exercise.references[table.name])
    for number, right in enumerate(table.right):
        where = f"{table.name} {in_case(number)}"
        if right.failure:
            said = f"{where}: {translated_failure(right.message)}"
            yield translated(NO_ANSWER, error=said)
        elif right.changed:
            yield translated("the reference changes its inputs: {where}", where=where)
        elif not agree(again[number], right):
            yield translated(
                "the reference returns something else the second time: {where}",
                where=where,
            )
        elif not all(np.isfinite(answer).all() for answer in right.results):
            yield translated(
                "the reference returns NaN or infinity: {where}", where=where
            )
        if table.seconds[number] > SLOW:
            yield translated(
                "the reference is slow: {where}: it takes {seconds:.1f} s",
                where=where,
                seconds=table.seconds[number],
            )


def rejection_faults(table: CaseTable) -> Iterator[str]:
    """Wrong answers that pass, and those that fail in every case."""
    for wrong, row in table.wrong.items():
        if all(outcome.failure for outcome in row):
            yield translated(
                "{name} fails in every case: {error}",
                name=wrong.name,
                error=translated_failure(row[0].message),
            )
        elif table.accepted(row):
            yield translated("{name} is not rejected", name=wrong.name)


def naming_faults(table: CaseTable) -> Iterator[str]:
    """Wrong answers that return the same, so that one would get the other's name."""
    for (one, first), (two, second) in combinations(table.wrong.items(), 2):
        if all(map(agree, second, first)) or all(map(agree, first, second)):
            yield translated(
                "{one} and {two} cannot be told apart", one=one.name, two=two.name
            )


def luck_faults(table: CaseTable, known: dict[str, float]) -> Iterator[str]:
    """Wrong answers whose points differ from those that are known of other seeds."""
    for wrong, row in table.wrong.items():
        points = table.points(row)
        other = known.setdefault(wrong.name, points)
        if points != other:
            yield translated(
                "the points of {name} depend on the seed, {points:g} or {other:g}: let "
                "the kinds of cases follow from k, and draw only numbers",
                name=wrong.name,
                points=other,
                other=points,
            )


def draw_faults(exercise: Exercise) -> Iterator[str]:
    """Cases that differ the second time, or that are the same for every seed."""
    cases = [[exercise.case(s, k) for k in range(CASES)] for s in range(JUDGED)]
    for seed, made in enumerate(cases):
        for number, inputs in enumerate(made):
            if not same_data(inputs, exercise.case(seed, number)):
                yield translated(
                    "cases returns other inputs the second time {where}",
                    where=of_seed(in_case(number), seed),
                )
    drawn = [made[exercise.corners :] for made in cases]
    if drawn[0] and all(same_data(drawn[0], other) for other in drawn[1:]):
        yield translated(
            "the cases after the first CORNERS are the same for every seed: use rng"
        )


def same_data(one: Any, other: Any) -> bool:
    """Whether plain data is equal; other objects always count as equal."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same_data, one, other))
    if isinstance(one, dict):
        return same_data(list(one.items()), list(other.items()))
    if isinstance(one, np.ndarray | np.generic):
        alike = one.shape == other.shape and one.dtype == other.dtype
        return alike and one.tobytes() == other.tobytes()
    plain = isinstance(one, int | float | complex | str | bytes)
    return not plain or repr(one) == repr(other)


def judge_faults(exercise: Exercise, seed: int) -> Iterator[str]:
    """A reference that the judge rejects, and wrong answers that it does not name."""
    verdict = judge(exercise, trusted_runner(exercise, exercise.references), seed)
    if not verdict.passed or verdict.points != exercise.points:
        found = verdict.finding
        yield translated(
            "the reference does not pass {seed}: {why}",
            seed=translated(OF_SEED, seed=seed),
            why=found.message if found else translated("no full points"),
        )
    for wrong in exercise.wrong:
        functions = {**exercise.references, wrong.replaces: wrong.function}
        finding = judge(exercise, trusted_runner(exercise, functions), seed).finding
        if finding is None:
            said = translated("{name} is not rejected", name=wrong.name)
            yield of_seed(said, seed)
        elif finding.mistake != wrong.name:
            yield translated(
                "{name} is called {mistake} {seed}: {message}",
                name=wrong.name,
                mistake=finding.mistake or translated("nothing"),
                seed=translated(OF_SEED, seed=seed),
                message=finding.message,
            )
        elif finding.index is None and (unknown := unknown_there(wrong.message)):
            yield translated(
                "the message of {name} mentions {fields}, NaN {where}, where the "
                "result has a wrong shape",
                name=wrong.name,
                fields=translated(" and ").join(unknown),
                where=of_seed(in_case(finding.case or 0), seed),
            )


def unknown_there(message: str) -> list[str]:
    """The fields of a message that are not known if the shape of a result is wrong."""
    used = {name for _, name, _, _ in string.Formatter().parse(message)}
    return [f"{{{name}}}" for name in NEEDS_ELEMENT if name in used]
