"""tinygraph check: run and judge a student's file, and print the verdict."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ...errors import ArgumentError, FileError
from ...files import expanded
from ..catalogue import find_exercise
from ..exercise import Exercise, plain_name
from ..judging.judge import judge
from ..judging.trial import one_or_tuple
from ..judging.verdict import Verdict
from ..language import translated, use_language
from ..packed import PackedExercise
from ..running.job import Limits
from ..running.outcome import Runner
from ..running.process import GraderError, run_file, run_source
from ..submissions.folders import read_submission
from ..terminal import DIM, Look, look_of, program_name, say
from .calls import Calls, Case, case_to_show, named_values
from .capstone import PARTS, TRAIN, judge_own_network
from .hints import without_closed
from .notebook_file import find_line
from .picture import graph_picture
from .prints import Prints, find_prints, print_lines
from .report import (
    case_lines,
    footer_line,
    own_network_lines,
    typed_in_shell,
    verdict_json,
    verdict_lines,
)
from .workspace import Workspace, open_workspace

PASSED, FAILED, OWN_FAULT = 0, 1, 3
Target = tuple[Workspace, Exercise, Path]  # what to check, and the student's file
INTERVAL = 0.5  # seconds between looks at a watched file
HERE = Path()


def require_workspace(language: str | None = None) -> Workspace:
    """The student's folder, whose language is spoken from now on if there is no other.

    Raises FileError outside of one.
    """
    work = open_workspace(HERE)
    use_language(language or work.language)
    if not work.started:
        raise FileError(
            translated(
                "there are no exercises in {folder}: run `{program} start`",
                folder=work.folder,
                program=program_name(),
            )
        )
    return work


def find_targets(names: Sequence[str], language: str | None) -> list[Target]:
    """The exercises to check: those that are named, or the next that has not passed."""
    if not names:
        work = require_workspace(language)
        following = work.next_exercise()
        return [] if following is None else [(work, following, work.file(following))]
    found = []
    for name in names:
        if name.endswith(".py") or os.sep in name:
            file = expanded(name).resolve()
            work = open_workspace(file.parent)
            use_language(language or work.language)
            found.append((work, work.exercise(file.stem), file))
        else:
            work = require_workspace(language)
            found += [(work, e, work.file(e)) for e in work.exercises([name])]
    return found


def check_command(arguments: argparse.Namespace) -> int:
    """Check answers, once, or one of them whenever it changes."""
    targets = find_targets(arguments.exercise, arguments.language)
    if not targets:
        command = f"{program_name()} check NUMBER"
        say(
            translated(
                "all exercises have passed; check one with: {command}", command=command
            )
        )
        return PASSED
    if arguments.picture and any(plain_name(e.id) != "backward" for _, e, _ in targets):
        raise ArgumentError(
            translated("--picture draws graphs, which only exercise 10 has")
        )
    if len(targets) > 1 and (arguments.watch or arguments.own):
        option = "--watch" if arguments.watch else "--own"
        raise ArgumentError(
            translated("{option} goes with one exercise: name one", option=option)
        )
    work, exercise, file = targets[0]
    if arguments.own:
        return check_own(work, exercise, arguments)
    if arguments.watch:
        return watch(work, exercise, file, arguments)
    return max(check_once(*target, arguments) for target in targets)


def watch(
    work: Workspace, exercise: Exercise, file: Path, arguments: argparse.Namespace
) -> int:
    """Check whenever the file is saved, until Ctrl-C; returns the last exit code."""
    code = 1
    try:
        for _ in changes_of(file):
            code = check_once(work, exercise, file, arguments)
            if not arguments.json:
                said = translated(
                    "watching {file}; press Ctrl-C to stop", file=file.name
                )
                say(look_of().paint(f"  {said}", DIM), "")
    except KeyboardInterrupt:
        say("")
    return code


def changes_of(file: Path) -> Iterator[tuple[int, int]]:
    """Yield at first, and whenever a file has changed."""
    before: tuple[int, int] | None = None
    while True:
        now = stamp_of(file)
        if now is not None and now != before:
            before = now
            yield now
        time.sleep(INTERVAL)


def stamp_of(file: Path) -> tuple[int, int] | None:
    """When a file was changed, and its size; None while an editor replaces it."""
    try:
        state = file.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size


def check_once(
    work: Workspace, exercise: Exercise, file: Path, arguments: argparse.Namespace
) -> int:
    """Run an answer, print the verdict, and remember it."""
    if not file.is_file():
        raise FileError(
            translated(
                "{file} does not exist: `{program} start` writes it",
                file=file,
                program=program_name(),
            )
        )
    try:
        with run_answer(file, exercise) as (run, taken):
            calls = Calls(run)
            verdict = judge(exercise, calls, seed_for(exercise, arguments.seed))
            wanted = arguments.verbose or arguments.picture
            case = case_to_show(exercise, verdict, calls) if wanted else None
    except GraderError as error:
        print(
            translated("tinygraph: error, not in your file: {error}", error=error),
            file=sys.stderr,
        )
        return OWN_FAULT
    record = work.remember_verdict(verdict)
    verdict, name = place_in_notebook(verdict, file, taken)
    said = find_prints(exercise, verdict, calls)
    if arguments.json:
        say(verdict_json(verdict, str(file), said))
    else:
        style, details_of = look_of(), case if arguments.verbose else None
        say(*verdict_lines(exercise, verdict, name, style))
        say(*lines_below(said, details_of, style))
        typed = without_closed(work, exercise, typed_in_shell(exercise))
        if work.next_exercise() is None:
            typed = replace(typed, following="")
        say(footer_line(exercise, verdict, record, typed, style))
    if arguments.picture and case is not None:
        draw_case(case, file.with_name(f"{exercise.id}.svg"), arguments.json)
    return PASSED if verdict.passed else FAILED


def check_own(
    work: Workspace, exercise: Exercise, arguments: argparse.Namespace
) -> int:
    """Train the network of exercise 15 with earlier answers; nothing is remembered."""
    if plain_name(exercise.id) != TRAIN:
        raise ArgumentError(
            translated("--own trains the network of exercise 15: check 15 --own")
        )
    if arguments.watch or arguments.picture or arguments.verbose:
        raise ArgumentError(translated("--own goes only with --seed and --json"))
    answers = {id: text_of_answer(work, find_exercise(id)) for id in PARTS.values()}
    texts = {name: answers[id] for name, id in PARTS.items()}
    verdict = judge_own_network(texts, arguments.seed)
    if arguments.json:
        say(verdict_json(verdict, str(work.folder), None))
    else:
        say(*own_network_lines(verdict, look_of()))
    return PASSED if verdict.passed else FAILED


def text_of_answer(work: Workspace, exercise: Exercise) -> bytes | None:
    """The code of an answer, from its file or its notebook; None if there is none."""
    if not work.in_notebook:
        return work.written(exercise)
    found = read_submission(work.file(exercise), [exercise])
    return found.source(exercise).text or None


class AnySeed(int):
    """A seed that was drawn: any other would do as well."""


def seed_for(exercise: Exercise, wanted: int) -> int:
    """The seed that was asked for; of a packed exercise, only a few are known."""
    if isinstance(wanted, AnySeed) and isinstance(exercise, PackedExercise):
        return exercise.seeds[wanted % len(exercise.seeds)]
    return wanted


@contextmanager
def run_answer(file: Path, exercise: Exercise) -> Iterator[tuple[Runner, str]]:
    """Run the functions of a file, or those in a notebook for an exercise.

    Yields the runner, and the text that was taken from the notebook.
    """
    if file.suffix != ".ipynb":
        with run_file(file, exercise) as run:
            yield run, ""
        return
    found = read_submission(file.resolve(), [exercise])
    if found.reason:
        raise FileError(found.reason)
    taken = found.source(exercise).text or b"pass\n"  # a text without functions
    with run_source(taken, file.name, exercise, Limits()) as run:
        yield run, taken.decode()


def place_in_notebook(verdict: Verdict, file: Path, taken: str) -> tuple[Verdict, str]:
    """A verdict with the line of a notebook's cell, and the name of the cell.

    For a file, the verdict is unchanged.
    """
    finding = verdict.finding
    if not taken or finding is None or finding.line is None:
        return verdict, str(file)
    name, line = find_line(file, taken, finding.line) or (str(file), None)
    return replace(verdict, finding=replace(finding, line=line)), name


def lines_below(said: Prints | None, case: Case | None, look: Look) -> list[str]:
    """What the function printed, and the case, if there is something to show."""
    lines = [] if said is None else print_lines(said, look.width)
    return lines + ([] if case is None else case_lines(named_values(case), look))


def draw_case(case: Case, path: Path, quiet: bool) -> None:
    """Draw the graph of a case beside the student's file."""
    if case.yours.failure:
        said = translated("no picture: there is no answer to draw")
        print(said, file=sys.stderr)
        return
    yours, right = one_or_tuple(case.yours.results), one_or_tuple(case.right.results)
    graph_picture(case.inputs, yours, right).save(path)
    if not quiet:
        say("  " + translated("picture: {path}", path=path))
