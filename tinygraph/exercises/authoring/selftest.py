"""The selftest of an exercise: finding its faults before students see it.

A reference may be wrong, a wrong answer may be right in some cases, a hint may give
everything away. Each seed makes other cases, and everything must hold for all seeds.
"""

from __future__ import annotations

import ast
import inspect
import math
import re
import string
import time
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from ...legible import quantity
from ..catalogue import CATALOGUE
from ..exercise import CASES, CONSTANTS, Exercise, Function, defined_names
from ..judging.comparison import agree
from ..judging.judge import judge
from ..judging.messages import message_fields
from ..judging.trial import (
    Trial,
    call_trusted,
    consult_accept,
    fit_results,
    trusted_runner,
)
from ..running.frames import encode
from ..running.outcome import Outcome
from ..similar_names import most_similar
from .differences import forward_faults

HINTS_NEEDED = 3
SLOW = 1.0  # seconds that a case may take
JUDGED = 3  # seeds for which wrong answers go through the whole judge
BROKEN = ("the cases cannot", "the reference fails")  # nothing else can be tested
NEEDS_ELEMENT = ("index", "yours", "right", "error", "row_yours", "row_right")
ENOUGH = 3  # faults after which further seeds would only repeat them


def find_faults(exercise: Exercise, seeds: int = 50) -> list[str]:
    """The faults of an exercise, one sentence each."""
    problems = [
        *text_faults(exercise),
        *constant_faults(exercise),
        *hint_faults(exercise),
        *import_faults(exercise),
        *message_faults(exercise),
    ]
    for name in exercise.references:
        problems += case_faults(exercise, name, seeds)
    if any(text.startswith(BROKEN) for text in problems):
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
    for text in problems:
        found.setdefault(re.split(r" in case \d| \(seed \d", text)[0], text)
    return list(found.values())


def text_faults(exercise: Exercise) -> Iterator[str]:
    """Missing statements, docstrings, points and hints."""
    if not exercise.statement:
        yield "there is no statement: write it below the title, in the file's docstring"
    if not title_is_alone(exercise):
        yield "the title is not alone: leave the line below it empty"
    yield from point_faults(exercise)
    if not 0 <= exercise.corners < CASES:
        yield f"CORNERS must be from 0 to {CASES - 1}"
    if len(exercise.hints) < HINTS_NEEDED:
        yield f"there are {len(exercise.hints)} hints: write {HINTS_NEEDED}"
    for number, hint in enumerate(exercise.hints, 1):
        if not hint.strip():
            yield f"hint {number} is empty"
    for other in set(exercise.after) - other_exercises(exercise):
        yield f"AFTER names {other!r}, which is not another exercise"
    for name, function in exercise.references.items():
        if not function.__doc__:
            remedy = f"or call it _{name}, if students do not write it"
            yield (
                f"{name} has no docstring: describe its arguments and its result, "
                f"{remedy}"
            )
    for wrong in exercise.wrong:
        if not wrong.function.__doc__:
            yield f"{wrong.name} has no docstring, which is the message to the student"


def point_faults(exercise: Exercise) -> Iterator[str]:
    """Points that no answer can get."""
    if not exercise.points > 0:
        yield "POINTS must be above 0"
    elif (2 * exercise.points) % 1:
        below = math.floor(2 * exercise.points) / 2
        said = f"points are given in halves: write {below:g} or {below + 0.5:g}"
        yield f"POINTS is {exercise.points:g}, but {said}"


def title_is_alone(exercise: Exercise) -> bool:
    """Whether the line below the title is empty."""
    said = ast.get_docstring(ast.parse(exercise.source)) or ""
    return not "".join(said.splitlines()[1:2]).strip()


def constant_faults(exercise: Exercise) -> Iterator[str]:
    """Constants that are nearly called like one with a meaning."""
    for node in exercise.nodes:
        for name in defined_names(node) if isinstance(node, ast.Assign) else ():
            near = most_similar(name, CONSTANTS, 0.8)
            if near and name not in CONSTANTS:
                yield f"{name} has no meaning: did you mean {near}?"


def other_exercises(exercise: Exercise) -> set[str]:
    """The exercises that AFTER may name: shipped ones, and those in the same folder."""
    folders = (CATALOGUE, exercise.path.parent)
    files = {path.stem for folder in folders for path in folder.glob("*.py")}
    return files - {exercise.id, "__init__"}


def hint_faults(exercise: Exercise) -> Iterator[str]:
    """Hints that contain a line of a reference."""
    lines = set(reference_steps(exercise))
    for number, hint in enumerate(exercise.hints, 1):
        for line in lines:
            if line in without_blanks(hint):
                yield f"hint {number} contains a line of the reference"


def import_faults(exercise: Exercise) -> Iterator[str]:
    """Modules that a reference needs, and answers may not import."""
    every = ast.walk(ast.parse(exercise.solution()))
    imports = [n for n in every if isinstance(n, ast.Import | ast.ImportFrom)]
    for refused in filter(None, map(exercise.refusal_of, imports)):
        yield f"the reference needs what IMPORTS does not allow: {refused}"


def reference_steps(exercise: Exercise) -> Iterator[str]:
    """The expressions that the references return or assign, without blanks."""
    for node in exercise.nodes:
        if isinstance(node, ast.FunctionDef) and node.name in exercise.references:
            for part in ast.walk(node):
                value = getattr(part, "value", None)
                is_step = isinstance(part, ast.Assign | ast.AugAssign | ast.Return)
                if is_step and not isinstance(value, ast.Name | ast.Constant | None):
                    yield from texts_of(value)


def texts_of(value: ast.expr) -> Iterator[str]:
    """An expression without blanks; a tuple also without its parentheses."""
    text = without_blanks(ast.unparse(value))
    yield text
    names = isinstance(value, ast.Tuple) and {*map(type, value.elts)} == {ast.Name}
    if isinstance(value, ast.Tuple) and not names:
        yield text[1:-1]


def without_blanks(text: str) -> str:
    """A text without blanks."""
    return "".join(text.split())


def message_faults(exercise: Exercise) -> Iterator[str]:
    """Messages with unknown fields, or that cannot be formatted."""
    right = Outcome((np.arange(4.0).reshape(2, 2),))
    wrong = Outcome((np.ones((2, 2)),))
    known = message_fields(Trial("", 0, (), right, wrong))
    for answer in exercise.wrong:
        if answer.message.startswith("TODO"):
            yield f"the docstring of {answer.name} is still to be written"
        try:
            names = [name for _, name, _, _ in string.Formatter().parse(answer.message)]
            unknown = {name for name in names if name is not None} - set(known)
            if unknown:
                said = f"has unknown fields {sorted(unknown)}"
                yield f"the message of {answer.name} {said}"
            else:
                answer.message.format(**known)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            yield f"the message of {answer.name} cannot be formatted: {error}"


def stub_faults(exercise: Exercise) -> Iterator[str]:
    """A stub that cannot be run, passes, or is worth points."""
    names: dict[str, Any] = {"__name__": "stub"}
    try:
        exec(compile(exercise.stub(), "stub", "exec"), names)
    except Exception as error:
        yield f"the stub cannot be run: {type(error).__name__}: {error}"
        return
    verdict = judge(exercise, trusted_runner(exercise, names), 0)
    if verdict.passed or verdict.points:
        yield f"the stub is worth {verdict.points:g} points"


class CaseTable:
    """What a reference and its wrong answers return in the cases of a seed."""

    def __init__(self, exercise: Exercise, name: str, seed: int) -> None:
        self.exercise, self.name = exercise, name
        self.inputs = [exercise.case(seed, number) for number in range(CASES)]
        function = exercise.references[name]
        self.right, self.seconds = [], []
        for inputs in self.inputs:
            start = time.perf_counter()
            self.right.append(call_trusted(exercise, function, inputs))
            self.seconds.append(time.perf_counter() - start)
        self.wrong = {
            wrong: self.row(wrong.function)
            for wrong in exercise.wrong
            if wrong.replaces == name
        }

    def row(self, function: Function) -> list[Outcome]:
        """What a function returns in all cases."""
        return [
            fit_results(call_trusted(self.exercise, function, inputs), right)
            for inputs, right in zip(self.inputs, self.right, strict=True)
        ]

    def accepted(self, row: list[Outcome]) -> bool:
        """Whether a row passes: it is right, or accepted, in all cases."""
        return all(
            agree(yours, right)
            or consult_accept(self.exercise, self.name, inputs, yours, right)[0]
            is not None
            for inputs, yours, right in zip(self.inputs, row, self.right, strict=True)
        )


def case_faults(exercise: Exercise, name: str, seeds: int) -> list[str]:
    """The faults of a reference and its wrong answers, for any seed."""
    problems: list[str] = []
    for seed in range(seeds):
        try:
            table = CaseTable(exercise, name, seed)
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            return [*problems, f"{BROKEN[0]} be made: {said} (seed {seed})"]
        found = [*input_faults(table), *reference_faults(table)]
        if not any(text.startswith(BROKEN) for text in found):
            found += [*rejection_faults(table), *naming_faults(table)]
        problems += [f"{text} (seed {seed})" for text in found]
        if len(problems) >= ENOUGH:
            break
    return problems


def input_faults(table: CaseTable) -> Iterator[str]:
    """Inputs that are not data, or not those that the function takes."""
    exercise, reference = table.exercise, table.exercise.references[table.name]
    taken = list(inspect.signature(exercise.given or reference).parameters.values())
    for number, inputs in enumerate(table.inputs):
        where = f"in case {number}"
        try:
            encode(inputs)
        except TypeError as error:
            remedy = "return data, from which `given` can make it"
            yield f"cases returns an input {where} that is not data: {error}: {remedy}"
        if any(p.kind == p.VAR_POSITIONAL for p in taken):
            continue
        if len(inputs) != len(taken):
            name = "given" if exercise.given else table.name
            said = f"{name} takes {', '.join(p.name for p in taken)}: return a tuple"
            count = quantity(len(inputs), "input")
            more = f", or call it _{name} if students do not write it"
            more = more if len(exercise.references) > 1 else ""
            yield f"cases returns {count} {where}, but {said} of these{more}"


def reference_faults(table: CaseTable) -> Iterator[str]:
    """A reference that fails, is not repeatable, changes its inputs, or is slow."""
    again = table.row(table.exercise.references[table.name])
    for number, right in enumerate(table.right):
        where = f"{table.name} in case {number}"
        if right.failure:
            yield f"{BROKEN[1]}: {where}: {right.message}"
        elif right.changed:
            yield f"the reference changes its inputs: {where}"
        elif not agree(again[number], right):
            yield f"the reference returns something else the second time: {where}"
        elif not all(np.isfinite(answer).all() for answer in right.results):
            yield f"the reference returns NaN or infinity: {where}"
        if table.seconds[number] > SLOW:
            took = f"it takes {table.seconds[number]:.1f} s"
            yield f"the reference is slow: {where}: {took}"


def rejection_faults(table: CaseTable) -> Iterator[str]:
    """Wrong answers that pass, and those that fail in every case."""
    for wrong, row in table.wrong.items():
        if all(outcome.failure for outcome in row):
            yield f"{wrong.name} fails in every case: {row[0].message}"
        elif table.accepted(row):
            yield f"{wrong.name} is not rejected"


def naming_faults(table: CaseTable) -> Iterator[str]:
    """Wrong answers that return the same, so that one would get the other's name."""
    for (one, first), (two, second) in combinations(table.wrong.items(), 2):
        if all(map(agree, second, first)) or all(map(agree, first, second)):
            yield f"{one.name} and {two.name} cannot be told apart"


def draw_faults(exercise: Exercise) -> Iterator[str]:
    """Cases that differ the second time, or that are the same for every seed."""
    cases = [[exercise.case(s, k) for k in range(CASES)] for s in range(JUDGED)]
    for seed, made in enumerate(cases):
        for number, inputs in enumerate(made):
            if not same_data(inputs, exercise.case(seed, number)):
                where = f"in case {number} (seed {seed})"
                yield f"cases returns other inputs the second time {where}"
    drawn = [made[exercise.corners :] for made in cases]
    if drawn[0] and all(same_data(drawn[0], other) for other in drawn[1:]):
        yield "the cases after the first CORNERS are the same for every seed: use rng"


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
        found = verdict.finding.message if verdict.finding else "no full points"
        yield f"the reference does not pass (seed {seed}): {found}"
    for wrong in exercise.wrong:
        functions = {**exercise.references, wrong.replaces: wrong.function}
        finding = judge(exercise, trusted_runner(exercise, functions), seed).finding
        if finding is None:
            yield f"{wrong.name} is not rejected (seed {seed})"
        elif finding.mistake != wrong.name:
            called = finding.mistake or "nothing"
            yield f"{wrong.name} is called {called} (seed {seed}): {finding.message}"
        elif finding.index is None and (unknown := unknown_there(wrong.message)):
            said = f"the message of {wrong.name} mentions {' and '.join(unknown)}"
            where = f"in case {finding.case} (seed {seed})"
            yield f"{said}, NaN {where}, where the result has a wrong shape"


def unknown_there(message: str) -> list[str]:
    """The fields of a message that are not known if the shape of a result is wrong."""
    used = {name for _, name, _, _ in string.Formatter().parse(message)}
    return [f"{{{name}}}" for name in NEEDS_ELEMENT if name in used]
