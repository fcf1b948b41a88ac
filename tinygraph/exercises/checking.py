"""tinygraph check: a student's file is run, judged, and what comes of it is printed."""

from __future__ import annotations

import argparse
import copy
import inspect
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ArgumentError, FileError
from .exercise import Exercise
from .judge import Verdict, judge
from .outcome import Outcome, Runner
from .picture import graph_picture
from .printout import DIM, as_json, details, footer, judged, look, program, say
from .process import GraderError, running
from .trial import on_copy, single
from .workspace import Record, Workspace, plain, workspace

PASSED, FAILED, OWN_FAULT = 0, 1, 3
INTERVAL = 0.5  # seconds between looks at a file that is watched
HERE = Path()


def started() -> Workspace:
    """The student's folder.  Raises FileError outside of one."""
    work = workspace(HERE)
    if not work.started:
        raise FileError(
            f"there are no exercises in {work.folder}: `{program()} start` puts them "
            "there"
        )
    return work


def target(name: str | None) -> tuple[Workspace, Exercise | None, Path]:
    """The exercise that is meant, None if all have passed, and the student's file."""
    if name is not None and (name.endswith(".py") or os.sep in name):
        file = Path(name).resolve()
        work = workspace(file.parent)
        exercise = work.exercise(file.stem)
    else:
        work = started()
        following = work.next_exercise() if name is None else work.exercise(name)
        if following is None:
            return work, None, work.folder
        exercise, file = following, work.file(following)
    return work, exercise, file


def check(arguments: argparse.Namespace) -> int:
    """Check an answer, once or whenever it changes."""
    work, exercise, file = target(arguments.exercise)
    if exercise is None:
        say(f"every exercise has passed; again: {program()} check NUMBER")
        return PASSED
    if arguments.picture and plain(exercise.id) != "backward":
        raise ArgumentError("--picture draws graphs, which only exercise 10 has")
    if not arguments.watch:
        return checked(work, exercise, file, arguments)
    return watched(work, exercise, file, arguments)


def watched(
    work: Workspace, exercise: Exercise, file: Path, arguments: argparse.Namespace
) -> int:
    """Check whenever the file is saved, until Ctrl-C; the code of the last check."""
    code = 1
    try:
        for _ in changes(file):
            code = checked(work, exercise, file, arguments)
            if not arguments.json:
                say(look().paint(f"  watching {file.name}; Ctrl-C ends", DIM), "")
    except KeyboardInterrupt:
        say("")
    return code


def changes(file: Path) -> Iterator[tuple[int, int]]:
    """Yields at first and whenever a file is another one than before."""
    before: tuple[int, int] | None = None
    while True:
        now = stamp(file)
        if now is not None and now != before:
            before = now
            yield now
        time.sleep(INTERVAL)


def stamp(file: Path) -> tuple[int, int] | None:
    """When a file was changed and how long it is; None while an editor replaces it."""
    try:
        state = file.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size


def checked(
    work: Workspace, exercise: Exercise, file: Path, arguments: argparse.Namespace
) -> int:
    """Run an answer, print what is wrong with it, and remember how it went."""
    if not file.is_file():
        raise FileError(f"{file} is not there: `{program()} start` writes it")
    try:
        with running(file, exercise) as run:
            verdict = judge(exercise, run, arguments.seed)
            wanted = arguments.verbose or arguments.picture
            case = case_of(exercise, verdict, run) if wanted else None
    except GraderError as error:
        print(f"tinygraph: error, not of your file: {error}", file=sys.stderr)
        return OWN_FAULT
    record = work.remember_verdict(verdict)
    if arguments.json:
        say(as_json(verdict, str(file)))
    else:
        show(exercise, verdict, file, record, case if arguments.verbose else None)
    if arguments.picture and case is not None:
        draw(case, file, arguments.json)
    return PASSED if verdict.passed else FAILED


def show(
    exercise: Exercise,
    verdict: Verdict,
    file: Path,
    record: Record,
    case: Case | None,
) -> None:
    """Print a verdict for a person."""
    style = look()
    say(*judged(exercise, verdict, str(file), style))
    if case is not None:
        say(*details(rows_of(case), style))
    say(footer(exercise, verdict, record, style))


@dataclass(frozen=True, eq=False)
class Case:
    """The inputs of a case, and what comes and should come of it."""

    names: list[str]
    inputs: tuple[Any, ...]
    yours: Outcome
    right: Outcome


def case_of(exercise: Exercise, verdict: Verdict, run: Runner) -> Case:
    """The case that goes wrong, or else the first."""
    finding = verdict.finding
    number = (finding.case if finding else 0) or 0
    name = (finding.function if finding else "") or next(iter(exercise.references))
    reference = exercise.references[name]
    names = list(inspect.signature(reference).parameters)
    inputs = exercise.case(verdict.seed, number)
    if exercise.given is not None or len(names) != len(inputs):
        names = [f"input {place + 1}" for place in range(len(inputs))]
    yours = run(name, copy.deepcopy(inputs))
    return Case(names, inputs, yours, on_copy(exercise, reference, inputs))


def rows_of(case: Case) -> dict[str, Any]:
    """A case by the names that are printed."""
    rows = dict(zip(case.names, case.inputs, strict=True))
    if not case.yours.failure:
        rows["yours"] = single(case.yours.answers)
    return {**rows, "right": single(case.right.answers)}


def draw(case: Case, file: Path, quiet: bool) -> None:
    """Draw the graph of a case beside the student's file."""
    if case.yours.failure:
        print("no picture: there is no answer to draw", file=sys.stderr)
        return
    yours, right = single(case.yours.answers), single(case.right.answers)
    path = graph_picture(case.inputs, yours, right).save(file.with_suffix(".svg"))
    if not quiet:
        say(f"  picture: {path}")
