"""The selftest of an exercise: whether its own parts hold up, before students see it.

A reference may be wrong, a wrong answer may be right in some cases, a hint may tell
all.  Every seed gives other cases, and what is promised must hold for all of them.
"""

from __future__ import annotations

import ast
import inspect
import re
import string
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from .exercise import CASES, CATALOGUE, Exercise, Function
from .judge import judge
from .outcome import Outcome, Runner
from .trial import Trial, agree, examined, fields, fitted, on_copy

HINTS = 3
SLOW = 1.0  # seconds that a case may take
STEP, TOLERANCE = 1e-5, 1e-6  # of the numerical derivative
KINK = 0.01  # by which the slopes on both sides of a kink differ at least
DIFFERENCED = 4  # cases of each seed, of the first seeds, that are differenced
JUDGED = 3  # seeds for which wrong answers go through the whole judge
BROKEN = ("the cases cannot", "the reference fails")  # nothing else can be tried
ENOUGH = 3  # problems of one kind: the next seeds would only repeat them


def selftest(exercise: Exercise, seeds: int = 50) -> list[str]:
    """What is wrong with an exercise, one sentence each; nothing if it holds up."""
    problems = [*of_texts(exercise), *of_hints(exercise), *of_messages(exercise)]
    for name in exercise.references:
        problems += of_cases(exercise, name, seeds)
    if any(text.startswith(BROKEN) for text in problems):
        return once(problems)
    problems += of_draws(exercise)
    problems += of_stub(exercise)
    problems += of_forward(exercise, min(seeds, 10))
    for seed in range(min(seeds, JUDGED)):
        problems += of_judge(exercise, seed)
    return once(problems)


def once(problems: Sequence[str]) -> list[str]:
    """Each problem as it was first found, whatever the cases and seeds after that."""
    found: dict[str, str] = {}
    for text in problems:
        found.setdefault(re.split(r" in case \d| \(seed \d", text)[0], text)
    return list(found.values())


def of_texts(exercise: Exercise) -> Iterator[str]:
    """Statement, docstrings, points and hints that are missing."""
    if not exercise.statement:
        yield "there is no statement: write it below the title, in the file's docstring"
    if not exercise.points > 0:
        yield "POINTS is not above 0"
    if not 0 <= exercise.corners < CASES:
        yield f"CORNERS is not from 0 to {CASES - 1}"
    if len(exercise.hints) < HINTS:
        yield f"there are {len(exercise.hints)} hints: write {HINTS}"
    for number, hint in enumerate(exercise.hints, 1):
        if not hint.strip():
            yield f"hint {number} is empty"
    for other in set(exercise.after) - others(exercise):
        yield f"AFTER names {other!r}, and there is no such other exercise"
    for name, function in exercise.references.items():
        if not function.__doc__:
            yield f"{name} has no docstring: it says what comes in and what goes out"
    for wrong in exercise.wrong:
        if not wrong.function.__doc__:
            yield f"{wrong.name} has no docstring: it is the message for the student"


def others(exercise: Exercise) -> set[str]:
    """The exercises that may come before: the shipped ones, and those beside it."""
    folders = (CATALOGUE, exercise.path.parent)
    files = {path.stem for folder in folders for path in folder.glob("*.py")}
    return files - {exercise.id, "__init__"}


def of_hints(exercise: Exercise) -> Iterator[str]:
    """Hints that contain a line of a reference."""
    lines = set(lines_of_references(exercise))
    for number, hint in enumerate(exercise.hints, 1):
        for line in lines:
            if line in squeezed(hint):
                yield f"hint {number} contains a line of the reference"


def lines_of_references(exercise: Exercise) -> Iterator[str]:
    """The statements of all references, without blanks, and what they return or set."""
    for node in ast.parse(exercise.source).body:
        if isinstance(node, ast.FunctionDef) and node.name in exercise.references:
            for part in ast.walk(node):
                value = getattr(part, "value", None)
                is_step = isinstance(part, ast.Assign | ast.AugAssign | ast.Return)
                if is_step and not isinstance(value, ast.Name | ast.Constant | None):
                    yield squeezed(ast.unparse(value))


def squeezed(text: str) -> str:
    """A text without blanks."""
    return "".join(text.split())


def of_messages(exercise: Exercise) -> Iterator[str]:
    """Messages that mention what there is not, or that cannot be formatted."""
    right = Outcome((np.arange(4.0).reshape(2, 2),))
    wrong = Outcome((np.ones((2, 2)),))
    known = fields(Trial("", 0, (), right, wrong))
    for answer in exercise.wrong:
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


def of_stub(exercise: Exercise) -> Iterator[str]:
    """A stub that cannot be run, passes, or is worth points."""
    names: dict[str, Any] = {"__name__": "stub"}
    try:
        exec(compile(exercise.stub(), "stub", "exec"), names)
    except Exception as error:
        yield f"the stub cannot be run: {type(error).__name__}: {error}"
        return
    verdict = judge(exercise, runner(exercise, names), 0)
    if verdict.passed or verdict.points:
        yield f"the stub is worth {verdict.points:g} points"


def runner(exercise: Exercise, functions: dict[str, Any]) -> Runner:
    """Runs functions in this process."""

    def run(name: str, inputs: Sequence[Any]) -> Outcome:
        return on_copy(exercise, functions[name], inputs)

    return run


class Table:
    """What a reference and its wrong answers give in the cases of a seed."""

    def __init__(self, exercise: Exercise, name: str, seed: int) -> None:
        self.exercise, self.name = exercise, name
        self.inputs = [exercise.case(seed, number) for number in range(CASES)]
        function = exercise.references[name]
        self.right, self.seconds = [], []
        for inputs in self.inputs:
            start = time.perf_counter()
            self.right.append(on_copy(exercise, function, inputs))
            self.seconds.append(time.perf_counter() - start)
        self.wrong = {
            wrong: self.row(wrong.function)
            for wrong in exercise.wrong
            if wrong.replaces == name
        }

    def row(self, function: Function) -> list[Outcome]:
        """What a function gives in all cases."""
        return [
            fitted(on_copy(self.exercise, function, inputs), right)
            for inputs, right in zip(self.inputs, self.right, strict=True)
        ]

    def accepted(self, row: list[Outcome]) -> bool:
        """Whether a row passes: it is right in all cases, or accepted."""
        return all(
            agree(yours, right)
            or examined(self.exercise, self.name, inputs, yours, right)[0] is not None
            for inputs, yours, right in zip(self.inputs, row, self.right, strict=True)
        )


def of_cases(exercise: Exercise, name: str, seeds: int) -> list[str]:
    """What does not hold for a reference and its wrong answers, for some seed."""
    problems: list[str] = []
    for seed in range(seeds):
        try:
            table = Table(exercise, name, seed)
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            return [*problems, f"{BROKEN[0]} be made: {said} (seed {seed})"]
        for look in (of_reference, of_rejection, of_names):
            problems += [f"{text} (seed {seed})" for text in look(table)]
        if len(problems) >= ENOUGH:
            break
    return problems


def of_reference(table: Table) -> Iterator[str]:
    """A reference that fails, is not repeatable, changes its inputs, or is slow."""
    again = table.row(table.exercise.references[table.name])
    for number, right in enumerate(table.right):
        where = f"{table.name} in case {number}"
        if right.failure:
            yield f"{BROKEN[1]}: {where}: {right.message}"
        elif right.changed:
            yield f"the reference changes its inputs: {where}"
        elif not agree(again[number], right):
            yield f"the reference gives another answer the second time: {where}"
        elif not all(np.isfinite(answer).all() for answer in right.answers):
            yield f"the reference gives NaN or infinity: {where}"
        if table.seconds[number] > SLOW:
            took = f"it takes {table.seconds[number]:.1f} s"
            yield f"the reference is slow: {where}: {took}"


def of_rejection(table: Table) -> Iterator[str]:
    """Wrong answers that pass, and those that give no answer at all."""
    for wrong, row in table.wrong.items():
        if all(outcome.failure for outcome in row):
            yield f"{wrong.name} fails in every case"
        elif table.accepted(row):
            yield f"{wrong.name} is not rejected"


def of_names(table: Table) -> Iterator[str]:
    """Wrong answers that are one: each would be called by the other's name."""
    for (one, first), (two, second) in combinations(table.wrong.items(), 2):
        if all(map(agree, second, first)) or all(map(agree, first, second)):
            yield f"{one.name} and {two.name} cannot be told apart"


def of_draws(exercise: Exercise) -> Iterator[str]:
    """Cases that are not the same again, or that no seed changes."""
    cases = [[exercise.case(s, k) for k in range(CASES)] for s in range(JUDGED)]
    for seed, made in enumerate(cases):
        for number, inputs in enumerate(made):
            if not same(inputs, exercise.case(seed, number)):
                where = f"in case {number} (seed {seed})"
                yield f"cases gives other inputs the second time {where}"
    drawn = [made[exercise.corners :] for made in cases]
    if drawn[0] and all(same(drawn[0], other) for other in drawn[1:]):
        yield "the cases after the first CORNERS are the same for every seed: use rng"


def same(one: Any, other: Any) -> bool:
    """Whether plain data is equal; of other objects nothing is known."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return same(list(one.items()), list(other.items()))
    if isinstance(one, np.ndarray | np.generic):
        alike = one.shape == other.shape and one.dtype == other.dtype
        return alike and one.tobytes() == other.tobytes()
    plain = isinstance(one, int | float | complex | str | bytes)
    return not plain or repr(one) == repr(other)


def of_judge(exercise: Exercise, seed: int) -> Iterator[str]:
    """What the judge says of the reference, and of all wrong answers."""
    verdict = judge(exercise, runner(exercise, exercise.references), seed)
    if not verdict.passed or verdict.points != exercise.points:
        found = verdict.finding.message if verdict.finding else "no full points"
        yield f"the reference does not pass (seed {seed}): {found}"
    for wrong in exercise.wrong:
        functions = {**exercise.references, wrong.replaces: wrong.function}
        finding = judge(exercise, runner(exercise, functions), seed).finding
        if finding is None:
            yield f"{wrong.name} is not rejected (seed {seed})"
        elif finding.mistake != wrong.name:
            called = finding.mistake or "nothing"
            yield f"{wrong.name} is called {called} (seed {seed}): {finding.message}"


def of_forward(exercise: Exercise, seeds: int) -> list[str]:
    """A reference that is not the derivative of `forward`."""
    if exercise.forward is None or exercise.given is not None:
        return []
    for seed in range(seeds):
        for number in range(DIFFERENCED):
            try:
                problem = differenced(exercise, exercise.forward, seed, number)
            except Exception as error:
                problem = f"forward fails: {type(error).__name__}: {error}"
            if problem:
                return [f"{problem} (case {number}, seed {seed})"]
    return []


def differenced(exercise: Exercise, forward: Function, seed: int, number: int) -> str:
    """What is wrong with the reference, beside numerical derivatives of `forward`.

    The first arguments of `forward` are what the results are the derivatives for.  An
    argument that the reference does not have is drawn, of the shape of the result; the
    reference's y is then what `forward` gives.  Where there is no g, it is 1.
    """
    name, reference = next(iter(exercise.references.items()))
    inputs = dict(zip(exercise.names, exercise.case(seed, number), strict=True))
    answers = on_copy(exercise, reference, tuple(inputs.values())).answers
    rng = np.random.default_rng([seed, number, 1])
    arguments: dict[str, Any] = {}
    for place, key in enumerate(inspect.signature(forward).parameters):
        drawn = rng.normal(size=answers[place].shape) if place < len(answers) else None
        arguments[key] = inputs.get(key, drawn)
    y = np.asarray(forward(**arguments))
    if "y" in inputs and "y" not in arguments and inputs["y"].shape == y.shape:
        inputs["y"] = y
    g = inputs.get("g", np.ones(y.shape))
    if np.shape(g) != y.shape:
        return f"forward gives the shape {y.shape}, and g has {np.shape(g)}"
    answers = on_copy(exercise, reference, tuple(inputs.values())).answers
    for place, key in enumerate(list(arguments)[: len(answers)]):
        numbers = derivative(partial(total, forward, arguments, key, g), arguments[key])
        known = ~np.isnan(numbers)
        error = np.abs(numbers - answers[place])[known].max(initial=0.0)
        if not error <= TOLERANCE * (1.0 + np.abs(numbers[known]).max(initial=0.0)):
            return f"{name} is no derivative of forward for {key}: off by {error:.2g}"
    return ""


def total(
    forward: Function, arguments: dict[str, Any], key: str, g: Any, value: Any
) -> float:
    """The sum of g y, with one argument of `forward` replaced."""
    return float((g * forward(**{**arguments, key: value})).sum())


def derivative(function: Callable[[Any], float], at: Any) -> np.ndarray[Any, Any]:
    """Central differences of a function of an array; NaN where it has a kink."""
    result, here = np.zeros(np.shape(at)), function(at)
    for index in np.ndindex(result.shape):
        step = np.zeros(result.shape)
        step[index] = STEP
        right, left = function(at + step) - here, here - function(at - step)
        kink = abs(right - left) > KINK * (STEP + abs(right) + abs(left))
        result[index] = np.nan if kink else (right + left) / (2.0 * STEP)
    return result
