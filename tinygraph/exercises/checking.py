"""tinygraph check: a student's file is run, judged, and what comes of it is printed."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ..errors import ArgumentError, FileError
from ..files import expanded
from .calls import Calls, Case, case_of, rows_of
from .cells import place
from .exercise import Exercise
from .judge import Verdict, judge
from .outcome import Runner
from .picture import graph_picture
from .printed import Printed, printed, rows
from .printout import (
    DIM,
    Look,
    as_json,
    details,
    footer,
    judged,
    look,
    program,
    say,
    typed,
)
from .process import GraderError, Limits, running, running_source
from .submissions import submission
from .trial import single
from .workspace import Workspace, plain, workspace

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
        file = expanded(name).resolve()
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
        with answering(file, exercise) as (run, taken):
            calls = Calls(run)
            verdict = judge(exercise, calls, arguments.seed)
            wanted = arguments.verbose or arguments.picture
            case = case_of(exercise, verdict, calls) if wanted else None
    except GraderError as error:
        print(f"tinygraph: error, not of your file: {error}", file=sys.stderr)
        return OWN_FAULT
    record = work.remember_verdict(verdict)
    verdict, name = placed(verdict, file, taken)
    said = printed(exercise, verdict, calls)
    if arguments.json:
        say(as_json(verdict, str(file), said))
    else:
        style, details_of = look(), case if arguments.verbose else None
        say(*judged(exercise, verdict, name, style))
        say(*below(said, details_of, style))
        say(footer(exercise, verdict, record, typed(exercise), style))
    if arguments.picture and case is not None:
        draw(case, file.with_name(f"{exercise.id}.svg"), arguments.json)
    return PASSED if verdict.passed else FAILED


@contextmanager
def answering(file: Path, exercise: Exercise) -> Iterator[tuple[Runner, str]]:
    """Run the functions of a file, or those that a notebook has for an exercise.

    With it comes the text that was taken from the notebook.
    """
    if file.suffix != ".ipynb":
        with running(file, exercise) as run:
            yield run, ""
        return
    found = submission(file.resolve(), [exercise])
    if found.reason:
        raise FileError(found.reason)
    taken = found.source(exercise).text or b"\n"  # no function is in it then
    with running_source(taken, file.name, exercise, Limits()) as child:
        yield child, taken.decode()


def placed(verdict: Verdict, file: Path, taken: str) -> tuple[Verdict, str]:
    """A verdict with the line where it stands in a notebook, and the name of its cell.

    Of a file, everything is as it should be.
    """
    finding = verdict.finding
    if not taken or finding is None or finding.line is None:
        return verdict, str(file)
    name, line = place(file, taken, finding.line) or (str(file), None)
    return replace(verdict, finding=replace(finding, line=line)), name


def below(said: Printed | None, case: Case | None, look: Look) -> list[str]:
    """What was printed, and the case, where there is something to be shown."""
    lines = [] if said is None else rows(said, look.width)
    return lines + ([] if case is None else details(rows_of(case), look))


def draw(case: Case, path: Path, quiet: bool) -> None:
    """Draw the graph of a case beside the student's file."""
    if case.yours.failure:
        print("no picture: there is no answer to draw", file=sys.stderr)
        return
    yours, right = single(case.yours.answers), single(case.right.answers)
    graph_picture(case.inputs, yours, right).save(path)
    if not quiet:
        say(f"  picture: {path}")
