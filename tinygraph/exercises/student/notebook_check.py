"""Checking a function where it is written: in a notebook, or at the prompt."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import ArgumentError
from ..exercise import Exercise, Function, plain_name
from ..judging.judge import judge
from ..judging.trial import one_or_tuple
from ..judging.verdict import Verdict
from ..language import translated, use_language
from ..similar_names import nearest_of
from ..terminal import look_of, say
from .calls import Calls, case_to_show
from .hints import reveal_hint, reveal_solution, without_closed
from .picture import CasePicture, graph_picture
from .progress import DEFAULT_SEED, Progress
from .report import NextCommands, footer_line, verdict_lines
from .this_process import ThisProcess, file_of_function
from .workspace import Workspace, open_workspace

# The records if no folder was started; they last as long as this process.
SESSION_RECORDS: dict[str, Progress] = {}


class Session(Workspace):
    """No folder: records last as long as this process."""

    started = True  # pyright: ignore  # once and for all

    def records(self) -> dict[str, Progress]:
        """All records."""
        return dict(SESSION_RECORDS)

    def write_records(self, records: dict[str, Progress]) -> None:
        """Replace all records."""
        SESSION_RECORDS.update(records)


def current_workspace() -> Workspace:
    """The student's folder in which this process runs, or a session without one."""
    work = open_workspace(Path())
    use_language(work.language)
    return work if work.started else Session(work.folder, work.catalogue)


def check(*functions: Function, seed: int = DEFAULT_SEED) -> CasePicture | None:
    """Check a function and print the verdict.

    The function's name tells which exercise it answers. If the exercise has several
    functions, the others are looked up where the first one was defined. Functions run
    in this process: only an interrupt stops an endless loop.

    Returns a picture of the graph if a gradient in exercise 10 is wrong.
    Raises ArgumentError if no exercise has a function of that name.
    """
    names = [require_name(function) for function in functions]
    if not names:
        raise ArgumentError(
            translated("check needs a function, such as check(softmax_vjp)")
        )
    work = current_workspace()
    exercise = exercise_asking_for(names[0], work)
    beside = getattr(functions[0], "__globals__", {})
    found = {name: beside[name] for name in exercise.references if name in beside}
    found |= dict(zip(names, functions, strict=True))
    calls = Calls(ThisProcess(exercise, found))
    verdict = judge(exercise, calls, seed)
    record = remember_check(work, verdict)
    wrong = found.get(verdict.finding.function) if verdict.finding else None
    file = file_of_function(wrong)
    style = look_of()
    say(*verdict_lines(exercise, verdict, file, style))
    text = translated(
        "seed {seed}; run in this process, without time or memory limits", seed=seed
    )
    say(*style.wrap(text, 2))
    typed = without_closed(work, exercise, typed_in_cell(names[0], beside))
    say(footer_line(exercise, verdict, record, typed, style))
    return picture_of_mistake(exercise, verdict, calls)


def hint(function: Function | str) -> None:
    """Print the next hint for the exercise of a function, or of a number like "09"."""
    work = current_workspace()
    exercise, name = exercise_meant(function, work)
    say(*reveal_hint(work, exercise, typed_in_cell(name), look_of()))


def solution(function: Function | str) -> None:
    """Print a solution, after the exercise has passed or after all hints."""
    work = current_workspace()
    exercise, name = exercise_meant(function, work)
    say(*reveal_solution(work, exercise, typed_in_cell(name), look_of()))


def exercise_meant(function: Function | str, work: Workspace) -> tuple[Exercise, str]:
    """The exercise of a function, a number or a name, and what was typed for it."""
    if isinstance(function, str):
        return work.exercise(function), f'"{function}"'
    name = require_name(function)
    return exercise_asking_for(name, work), name


def typed_in_cell(name: str, beside: Mapping[str, Any] | None = None) -> NextCommands:
    """What a student can type next in a cell, with an import if it is needed."""
    words = {}
    for function in (hint, solution):
        called = function.__name__
        there = beside is None or beside.get(called) is function
        before = "" if there else f"from tinygraph.exercises import {called}; "
        words[called] = f"{before}{called}({name})"
    return NextCommands(**words)


def remember_check(work: Workspace, verdict: Verdict) -> Progress:
    """Record how a check went; for answers in files, only that one was right."""
    if work.in_notebook or isinstance(work, Session):
        return work.remember_verdict(verdict)
    record = work.record(verdict.exercise)
    if not verdict.passed:
        return record
    return work.remember(verdict.exercise, passed=True)


def picture_of_mistake(
    exercise: Exercise, verdict: Verdict, calls: Calls
) -> CasePicture | None:
    """Where an answer to exercise 10 goes wrong, if there is something to draw."""
    finding = verdict.finding
    if finding is None or plain_name(exercise.id) != "backward":
        return None
    case = case_to_show(exercise, verdict, calls)
    if case.yours.failure or finding.mistake in ("in_place", "unrepeatable"):
        return None
    yours, right = one_or_tuple(case.yours.results), one_or_tuple(case.right.results)
    return CasePicture(graph_picture(case.inputs, yours, right), case.number)


def require_name(function: Function) -> str:
    """The name of a function. Raises ArgumentError for anything else."""
    name = getattr(function, "__name__", None)
    if not callable(function) or name is None:
        kind = type(function).__name__
        raise ArgumentError(
            translated(
                "check needs a function, not an object of type {kind}", kind=kind
            )
        )
    return str(name)


def exercise_asking_for(name: str, work: Workspace) -> Exercise:
    """The exercise that asks for a function of that name."""
    known: dict[str, Exercise] = {}
    for exercise in work.exercises():
        known |= dict.fromkeys(exercise.references, exercise)
    if name in known:
        return known[name]
    raise ArgumentError(
        translated(
            "no exercise has a function {name!r}{near}",
            name=name,
            near=nearest_of(name, known),
        )
    )
