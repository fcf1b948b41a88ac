"""Checking a function where it was written: in a notebook, or at a prompt."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import ArgumentError
from .calls import Calls, case_of
from .exercise import Exercise, Function
from .hints import next_hint, opened
from .judge import Verdict, judge
from .outcome import Outcome, Runner, called
from .picture import Painted, graph_picture
from .printout import Typed, footer, judged, look, say
from .process import allows_tinygraph
from .standins import REASON
from .trial import single
from .workspace import SEED, Record, Workspace, plain, workspace

KEPT: dict[str, Record] = {}  # where nobody has started, as long as this process lasts


class Session(Workspace):
    """No folder: what is remembered lasts as long as this process does."""

    started = True

    def records(self) -> dict[str, Record]:
        """All that is remembered."""
        return dict(KEPT)

    def write_records(self, records: dict[str, Record]) -> None:
        """Replace what is remembered."""
        KEPT.update(records)


def here() -> Workspace:
    """The student's folder in which this process runs, or else none."""
    work = workspace(Path())
    return work if work.started else Session(work.folder)


def check(*functions: Function, seed: int = SEED) -> Painted | None:
    """Check a function and print what is wrong with it, or that it is right.

    The exercise is found by the function's name.  Where it has several functions,
    those that are not handed over are looked up where the first one was defined.  The
    functions run in this process: nothing stops an endless loop but an interrupt.

    Returns a picture of the graph where a wrong gradient came of exercise 10.
    Raises ArgumentError where no exercise has a function of that name.
    """
    names = [name_of(function) for function in functions]
    if not names:
        raise ArgumentError("check needs a function, such as check(softmax_vjp)")
    work = here()
    exercise = exercise_with(names[0], work)
    beside = getattr(functions[0], "__globals__", {})
    found = {name: beside[name] for name in exercise.references if name in beside}
    found |= dict(zip(names, functions, strict=True))
    calls = Calls(in_this_process(exercise, found))
    verdict = judge(exercise, calls, seed)
    record = remembered(work, verdict)
    file = filename(found.get(verdict.finding.function)) if verdict.finding else ""
    style = look()
    say(*judged(exercise, verdict, file, style))
    text = f"seed {seed}; run in this process, without limits of time and memory"
    say(*style.wrapped(text, 2))
    say(footer(exercise, verdict, record, typed(names[0], beside), style))
    return painted(exercise, verdict, calls)


def hint(function: Function | str) -> None:
    """Print the next hint for the exercise of a function, or of a number like "09"."""
    work = here()
    exercise, name = meant(function, work)
    say(*next_hint(work, exercise, typed(name), look()))


def solution(function: Function | str) -> None:
    """Print a solution to those who have passed, or have read all hints."""
    work = here()
    exercise, name = meant(function, work)
    say(*opened(work, exercise, typed(name), look()))


def meant(function: Function | str, work: Workspace) -> tuple[Exercise, str]:
    """The exercise of a function, a number or a name, and what it was called by."""
    if isinstance(function, str):
        return work.exercise(function), f'"{function}"'
    name = name_of(function)
    return exercise_with(name, work), name


def typed(name: str, beside: Mapping[str, Any] | None = None) -> Typed:
    """What is typed in a cell, with an import where the names are not there."""
    words = {}
    for function in (hint, solution):
        called = function.__name__
        there = beside is None or beside.get(called) is function
        before = "" if there else f"from {__package__} import {called}; "
        words[called] = f"{before}{called}({name})"
    return Typed(**words)


def remembered(work: Workspace, verdict: Verdict) -> Record:
    """Note how a check went; of an answer in a file, only that it was right once."""
    if work.in_notebook or isinstance(work, Session):
        return work.remember_verdict(verdict)
    record = work.record(verdict.exercise)
    if not verdict.passed:
        return record
    return work.remember(verdict.exercise, passed=True)


def painted(exercise: Exercise, verdict: Verdict, calls: Calls) -> Painted | None:
    """Where exercise 10 goes wrong, if it does and there is something to be drawn."""
    finding = verdict.finding
    if finding is None or plain(exercise.id) != "backward":
        return None
    case = case_of(exercise, verdict, calls)
    if case.yours.failure or finding.mistake in ("in_place", "unrepeatable"):
        return None
    yours, right = single(case.yours.answers), single(case.right.answers)
    return Painted(graph_picture(case.inputs, yours, right), case.number)


def name_of(function: Function) -> str:
    """The name that a function was defined with."""
    name = getattr(function, "__name__", None)
    if not callable(function) or name is None:
        kind = type(function).__name__
        raise ArgumentError(f"check needs a function, not an object of type {kind}")
    return str(name)


def exercise_with(name: str, work: Workspace) -> Exercise:
    """The exercise that asks for a function of that name."""
    known: dict[str, Exercise] = {}
    for exercise in work.exercises():
        known |= dict.fromkeys(exercise.references, exercise)
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, 1)
    there = ", ".join(near or known)
    raise ArgumentError(f"no exercise has a function {name!r}, but there is {there}")


def in_this_process(exercise: Exercise, functions: Mapping[str, Function]) -> Runner:
    """Runs the functions here, without any limit."""
    allowed = allows_tinygraph(exercise)

    def run(name: str, inputs: Sequence[Any]) -> Outcome:
        if name not in functions:
            return Outcome(failure="missing", message="there is no such function yet")
        if not allowed and uses_tinygraph(functions[name]):
            return Outcome(failure="raised", message=REASON)
        arguments = tuple(inputs)
        if exercise.given is not None:
            arguments = exercise.given(*arguments)
        return called(functions[name], arguments, filename(functions[name]))

    return run


def uses_tinygraph(function: Function) -> bool:
    """Whether a function, or one of the notebook's that it calls, names tinygraph."""
    waiting, seen = [function], set()
    while waiting:
        code = getattr(waiting.pop(), "__code__", None)
        if code is None or code in seen:
            continue
        seen.add(code)
        if "tinygraph" in code.co_names:  # such as an import inside
            return True
        beside = getattr(function, "__globals__", {})
        for value in (beside[name] for name in code.co_names if name in beside):
            owner = getattr(value, "__module__", None) or getattr(value, "__name__", "")
            if str(owner).partition(".")[0] == "tinygraph":
                return True
            waiting.append(value)
    return False


def filename(function: Function | None) -> str:
    """The file or the cell that a function was defined in."""
    code = getattr(function, "__code__", None)
    return "" if code is None else str(code.co_filename)
