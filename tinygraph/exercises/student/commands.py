"""The commands of students, and what they print."""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...command_line import Commands
from ...errors import ArgumentError
from ...files import expanded
from ...legible import aligned
from ..catalogue import CATALOGUE
from ..exercise import Exercise, label_of
from ..language import (
    marked,
    translated,
    translated_plural,
    use_language,
)
from ..terminal import BOLD, DIM, look_of, program_name, say
from ..translated_parser import add_language
from .check import HERE, AnySeed, check_command, require_workspace
from .hints import reveal_hint, reveal_solution, solution_is_open
from .notebook_file import NOTEBOOK_FILE
from .progress import DEFAULT_SEED, Progress
from .report import typed_in_shell
from .workspace import README_FILE, NotebookWorkspace, Workspace, open_workspace

RELOAD = marked(
    "if the notebook is open, reload it before you go on: saving the open copy would "
    "undo this"
)
STATE_WORDS = {
    "stub": marked("not written yet"),
    "missing": marked("function missing"),
    "timeout": marked("took too long"),
    "memory": marked("too much memory"),
    "passed": marked("passed"),
    "failed": marked("failed"),
    "error": marked("error"),
    "crashed": marked("the process ended"),
}

SOLUTION_WORDS = {
    "after passing": marked("after passing"),
    "before passing": marked("before passing"),
}


def add_student_commands(subparsers: Commands[Any]) -> None:
    """Add start, check, hint, solution, progress and reset."""
    for add in (add_start, add_check, add_hint, add_solution, add_progress, add_reset):
        add(subparsers)


def add_start(subparsers: Commands[Any]) -> None:
    """start: put the exercises into a folder."""
    command = subparsers.add_parser(
        "start", help=translated("put the exercises into a folder")
    )
    command.set_defaults(command=start_command)
    add_language(command)
    add = command.add_argument
    text = translated("the folder for the exercises (default: this one)")
    add("folder", nargs="?", type=expanded, default=HERE, metavar="DIR", help=text)
    text = translated("write one notebook instead of a file for each exercise")
    add("--notebook", action="store_true", help=text)
    text = translated("start only these, such as 08 or 01-05 (default: all)")
    add("--only", nargs="+", metavar="01-05", help=text)
    text = translated("a folder with your teacher's exercises, or a course file")
    add("--exercises", type=expanded, metavar="FOLDER", help=text)


def add_check(subparsers: Commands[Any]) -> None:
    """check: is the answer right?"""
    command = subparsers.add_parser(
        "check", help=translated("check an answer to an exercise")
    )
    command.set_defaults(command=check_command)
    add_language(command)
    add = command.add_argument
    text = translated(
        "such as 09 or 01-05 (default: the next exercise that has not passed)"
    )
    add("exercise", nargs="*", metavar="NUMBER|FILE", help=text)
    add(
        "--watch",
        action="store_true",
        help=translated("check again whenever the file changes"),
    )
    text = translated(
        "seed of the cases, or random (default {seed})", seed=DEFAULT_SEED
    )
    add("--seed", type=seed_from, default=DEFAULT_SEED, metavar="N", help=text)
    add(
        "--picture",
        action="store_true",
        help=translated("draw the graph (exercise 10 only)"),
    )
    add("--json", action="store_true", help=translated("print one line of JSON"))
    text = translated("let your earlier answers train the network of exercise 15")
    add("--own", action="store_true", help=text)
    add(
        "--verbose",
        action="store_true",
        help=translated("print the inputs and results of the wrong case"),
    )


def add_hint(subparsers: Commands[Any]) -> None:
    """hint: show the next hint."""
    add_named(subparsers, "hint", hint_command, translated("show the next hint"))


def add_solution(subparsers: Commands[Any]) -> None:
    """solution: show one, after passing or after all hints."""
    add_named(subparsers, "solution", solution_command, translated("show a solution"))


def add_progress(subparsers: Commands[Any]) -> None:
    """progress: show how far the student is."""
    command = subparsers.add_parser("progress", help=translated("show your progress"))
    command.set_defaults(command=progress_command)
    add_language(command)
    text = translated("such as 09 or 01-05 (default: all)")
    command.add_argument("exercise", nargs="*", metavar="NUMBER", help=text)


def add_reset(subparsers: Commands[Any]) -> None:
    """reset: put an empty exercise back."""
    command = add_named(
        subparsers,
        "reset",
        reset_command,
        translated("start an exercise again, keeping a copy of your answer"),
    )
    command.add_argument(
        "--yes", action="store_true", help=translated("do not ask for confirmation")
    )


def add_named(
    subparsers: Commands[Any],
    name: str,
    action: Callable[[argparse.Namespace], int],
    text: str,
) -> Any:
    """Add a command about one exercise."""
    command = subparsers.add_parser(name, help=text)
    command.set_defaults(command=action)
    add_language(command)
    command.add_argument("exercise", metavar="NUMBER", help=translated("such as 09"))
    return command


def seed_from(text: str) -> int:
    """A seed from the command line."""
    if text == "random":
        return AnySeed(secrets.randbelow(10**6))
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(
            translated("{text} is neither a number nor random", text=text)
        )
    return int(text)


def start_command(arguments: argparse.Namespace) -> int:
    """Put the exercises into a folder; files that exist are left unchanged."""
    work = workspace_to_start(arguments)
    use_language(arguments.language or work.language)
    written, left = work.start()
    files = [path for path in written if path.name != README_FILE]
    count = len(work.sources() if work.in_notebook else files)
    say(
        translated_plural(
            "{count} exercise put into {folder}",
            "{count} exercises put into {folder}",
            count=count,
            folder=work.folder,
        )
        if files
        else translated("no new exercises")
    )
    if left:
        text = translated(
            "left unchanged, because they already existed: {files}",
            files=", ".join(path.name for path in left),
        )
        say(*look_of().wrap(text, 2))
    if work.in_notebook:
        notebook = arguments.folder / NOTEBOOK_FILE
        say(
            translated(
                "open {notebook} in Jupyter or another notebook editor",
                notebook=notebook,
            )
        )
        return 0
    where = "" if work.folder == Path.cwd() else f"cd {arguments.folder} && "
    command = f"{where}{program_name()} check"
    say(
        translated(
            "write the functions in a file, then run: {command}", command=command
        )
    )
    return 0


def workspace_to_start(arguments: argparse.Namespace) -> Workspace:
    """The folder to start in, with files or a notebook if it already has them."""
    folder = arguments.folder.resolve()
    work = open_workspace(folder)
    if work.folder != folder:
        raise ArgumentError(
            translated(
                "there are already exercises in {folder}: start somewhere else",
                folder=work.folder,
            )
        )
    if not (work.started or work.packed):
        work = Workspace(folder, (arguments.exercises or CATALOGUE).resolve())
    some = any((folder / f"{path.stem}.py").exists() for path in work.sources())
    lone = (folder / NOTEBOOK_FILE).exists() and not some
    if not work.started and (arguments.notebook or lone):
        work = NotebookWorkspace(folder, work.catalogue)
    if arguments.notebook and (some or not work.in_notebook):
        raise ArgumentError(
            translated(
                "the exercises in {folder} are files: start a notebook somewhere else",
                folder=folder,
            )
        )
    return work.with_only(arguments.only) if arguments.only else work


def hint_command(arguments: argparse.Namespace) -> int:
    """Show the next hint."""
    work = require_workspace(arguments.language)
    exercise = work.exercise(arguments.exercise)
    say(*reveal_hint(work, exercise, typed_in_shell(exercise), look_of()))
    return 0


def solution_command(arguments: argparse.Namespace) -> int:
    """Show the reference to those who have passed, or have read all hints."""
    work = require_workspace(arguments.language)
    exercise = work.exercise(arguments.exercise)
    say(*reveal_solution(work, exercise, typed_in_shell(exercise), look_of()))
    return 0 if solution_is_open(work, exercise) else 1


def progress_command(arguments: argparse.Namespace) -> int:
    """Print one line for each exercise, and the total."""
    work = require_workspace(arguments.language)
    records, exercises = work.records(), work.exercises(arguments.exercise)
    rows = [
        (
            translated("exercise"),
            translated("points"),
            translated("state"),
            translated("hints"),
            translated("solution seen"),
        )
    ]
    for exercise in exercises:
        record = records.get(exercise.id, Progress())
        points = share(record.points, exercise.points)
        hints = share(record.hints, len(exercise.hints))
        state, seen = state_of(work, exercise, record), ""
        if record.solution:
            seen = translated(SOLUTION_WORDS.get(record.solution, record.solution))
        rows.append((label_of(exercise.id), points, state, hints, seen))
    own = [records.get(exercise.id, Progress()) for exercise in exercises]
    total = share(sum(r.points for r in own), sum(e.points for e in exercises))
    passed = sum(record.status == "passed" for record in own)
    used = str(sum(record.hints for record in own))
    state = translated("{count} of {all} passed", count=passed, all=len(own))
    rows.append((translated("total"), total, state, used, ""))
    head, *lines, last = aligned(rows, "<<<<<")
    style = look_of()
    say(style.paint(head, DIM), *lines, style.paint(last, BOLD))
    return 0


def state_of(work: Workspace, exercise: Exercise, record: Progress) -> str:
    """The state of an exercise, in a few words."""
    if work.written(exercise) is None:
        return translated("no cell") if work.in_notebook else translated("no file")
    if work.untouched(exercise):
        return translated("not started")
    if not record.status:
        return translated("not checked")
    return translated(STATE_WORDS.get(record.status, record.status))


def share(count: float, all: float) -> str:
    """A number and the largest that it could be."""
    return translated("{count:g} of {all:g}", count=count, all=all)


def reset_command(arguments: argparse.Namespace) -> int:
    """Put the empty exercise back, and keep a copy of the answer."""
    work = require_workspace(arguments.language)
    exercise = work.exercise(arguments.exercise)
    place, there = work.place(exercise), work.written(exercise) is not None
    if work.untouched(exercise):
        say(translated("{place} is already the empty exercise", place=place))
        return 0
    if there and not arguments.yes and not ask_to_reset(place):
        say(translated("nothing was changed"))
        return 1
    kept = work.reset(exercise)
    say(translated("{place} is the empty exercise again", place=place))
    if kept:
        file = kept.relative_to(work.folder)
        say("  " + translated("your answer is kept as {file}", file=file))
    if work.in_notebook:
        say(*look_of().wrap(translated(RELOAD), 2))
    return 0


def ask_to_reset(name: str) -> bool:
    """Whether the student agrees; if nobody is at the keyboard, no."""
    question = translated(
        "Replace {name} with the empty exercise? A copy is kept. [y/N]", name=name
    )
    try:
        return input(f"{question} ").strip().lower() in ("y", "yes", "j", "ja")
    except EOFError:
        print()
        return False
