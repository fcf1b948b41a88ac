"""The command line for exercises: what a student types, and what is printed then."""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..command_line import Commands
from ..errors import ArgumentError
from ..files import expanded
from . import teacher
from .cells import NOTEBOOK
from .checking import HERE, check, started
from .exercise import CATALOGUE, Exercise
from .hints import next_hint, opened, opens
from .printout import BOLD, DIM, look, program, say, table, typed
from .workspace import (
    README_FILE,
    SEED,
    Notebook,
    Record,
    Workspace,
    label,
    workspace,
)

RELOAD = (
    "where the notebook is open, reload it before you go on: saving it as it stands "
    "there would undo this"
)
STATES = {
    "stub": "not written yet",
    "missing": "function missing",
    "timeout": "took too long",
    "memory": "too much memory",
}


def add_exercises(subparsers: Commands[Any]) -> None:
    """All commands of students, and those for a teacher's own exercises."""
    for add in (add_start, add_check, add_hint, add_solution, add_progress, add_reset):
        add(subparsers)
    add_new(subparsers)
    add_selftest(subparsers)


def add_start(subparsers: Commands[Any]) -> None:
    """start: the folder."""
    command = subparsers.add_parser("start", help="put the exercises into a folder")
    command.set_defaults(command=start)
    add = command.add_argument
    add("folder", nargs="?", type=expanded, default=HERE, metavar="DIR")
    text = "one notebook in place of the files, so that each answer stands in one place"
    add("--notebook", action="store_true", help=text)
    text = "a teacher's own exercises"
    add("--exercises", type=expanded, metavar="FOLDER", help=text)


def add_check(subparsers: Commands[Any]) -> None:
    """check: is it right?"""
    command = subparsers.add_parser("check", help="check an answer to an exercise")
    command.set_defaults(command=check)
    add = command.add_argument
    text = "by default the next that has not passed"
    add("exercise", nargs="?", metavar="NUMBER|FILE", help=text)
    add("--watch", action="store_true", help="check again whenever the file changes")
    add("--seed", type=seed, default=SEED, metavar="N", help="of the cases, or: random")
    add("--picture", action="store_true", help="draw the graph, for exercise 10")
    add("--json", action="store_true", help="print one line of JSON")
    add("--verbose", action="store_true", help="print the case that goes wrong")


def add_hint(subparsers: Commands[Any]) -> None:
    """hint: a step further."""
    add_named(subparsers, "hint", hint, "show the next hint")


def add_solution(subparsers: Commands[Any]) -> None:
    """solution: after passing, or after all hints."""
    add_named(subparsers, "solution", show_solution, "show how it can be done")


def add_progress(subparsers: Commands[Any]) -> None:
    """progress: the overview."""
    command = subparsers.add_parser("progress", help="show how far you are")
    command.set_defaults(command=progress)


def add_reset(subparsers: Commands[Any]) -> None:
    """reset: from the beginning."""
    command = add_named(subparsers, "reset", reset, "begin an exercise again")
    command.add_argument("--yes", action="store_true", help="do not ask")


def add_new(subparsers: Commands[Any]) -> None:
    """new: an exercise of a teacher's own."""
    command = subparsers.add_parser("new", help="write an exercise of your own")
    command.set_defaults(command=teacher.new)
    command.add_argument("name", metavar="NAME", help="such as 16_relu_vjp")


def add_selftest(subparsers: Commands[Any]) -> None:
    """selftest: do exercises hold up?"""
    command = subparsers.add_parser("selftest", help="test exercises themselves")
    command.set_defaults(command=teacher.selftest)
    text = "exercises, by default those that come with tinygraph"
    command.add_argument("files", nargs="*", type=expanded, metavar="FILE", help=text)
    command.add_argument("--seeds", type=int, default=50, metavar="N")


def add_named(
    subparsers: Commands[Any],
    name: str,
    action: Callable[[argparse.Namespace], int],
    text: str,
) -> Any:
    """A command that is about one exercise."""
    command = subparsers.add_parser(name, help=text)
    command.set_defaults(command=action)
    command.add_argument("exercise", metavar="NUMBER", help="such as 09")
    return command


def seed(text: str) -> int:
    """A seed as it is typed."""
    if text == "random":
        return secrets.randbelow(10**6)
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text} is neither a number nor random")
    return int(text)


def start(arguments: argparse.Namespace) -> int:
    """Put the exercises into a folder; what is there stays as it is."""
    work = to_start(arguments)
    written, left = work.start()
    files = [path for path in written if path.name != README_FILE]
    count = len(work.sources() if work.in_notebook else files)
    exercises = f"{count} exercise{'' if count == 1 else 's'}"
    say(f"{exercises} put into {work.folder}" if files else "no new exercises")
    if left:
        text = "left alone, as they were there already: "
        say(*look().wrapped(text + ", ".join(path.name for path in left), 2))
    if work.in_notebook:
        notebook = arguments.folder / NOTEBOOK
        say(f"open {notebook} in Jupyter, or in an editor for notebooks")
        return 0
    where = "" if work.folder == Path.cwd() else f"cd {arguments.folder} && "
    say(f"write into a file what it asks for, and then: {where}{program()} check")
    return 0


def to_start(arguments: argparse.Namespace) -> Workspace:
    """The folder that is meant, with files or a notebook as it has them already."""
    folder = arguments.folder.resolve()
    work = workspace(folder)
    if work.folder != folder:
        raise ArgumentError(
            f"there are exercises in {work.folder} already: start elsewhere"
        )
    if not work.started:
        work = Workspace(folder, (arguments.exercises or CATALOGUE).resolve())
    some = any((folder / source.name).exists() for source in work.sources())
    lone = (folder / NOTEBOOK).exists() and not some
    if not work.started and (arguments.notebook or lone):
        work = Notebook(folder, work.catalogue)
    if arguments.notebook and (some or not work.in_notebook):
        raise ArgumentError(
            f"the exercises in {folder} are files: start a notebook elsewhere"
        )
    return work


def hint(arguments: argparse.Namespace) -> int:
    """Show one hint more than before."""
    work = started()
    exercise = work.exercise(arguments.exercise)
    say(*next_hint(work, exercise, typed(exercise), look()))
    return 0


def show_solution(arguments: argparse.Namespace) -> int:
    """Show the reference to those who have passed, or have read all hints."""
    work = started()
    exercise = work.exercise(arguments.exercise)
    say(*opened(work, exercise, typed(exercise), look()))
    return 0 if opens(work, exercise) else 1


def progress(arguments: argparse.Namespace) -> int:
    """Print one line for each exercise, and the total."""
    work = started()
    records, exercises = work.records(), work.exercises()
    rows = [("exercise", "points", "state", "hints", "solution seen")]
    for exercise in exercises:
        record = records.get(exercise.id, Record())
        points = f"{record.points:g} of {exercise.points:g}"
        hints = f"{record.hints} of {len(exercise.hints)}"
        state = state_of(work, exercise, record)
        rows.append((label(exercise.id), points, state, hints, record.solution))
    own = [records.get(exercise.id, Record()) for exercise in exercises]
    total = f"{sum(r.points for r in own):g} of {sum(e.points for e in exercises):g}"
    passed = sum(record.status == "passed" for record in own)
    used = str(sum(record.hints for record in own))
    rows.append(("total", total, f"{passed} of {len(own)} passed", used, ""))
    head, *lines, last = table(rows)
    style = look()
    say(style.paint(head, DIM), *lines, style.paint(last, BOLD))
    return 0


def state_of(work: Workspace, exercise: Exercise, record: Record) -> str:
    """How far an exercise is, in a few words."""
    if work.written(exercise) is None:
        return "no cell" if work.in_notebook else "no file"
    if work.untouched(exercise):
        return "not started"
    return STATES.get(record.status, record.status) or "not checked"


def reset(arguments: argparse.Namespace) -> int:
    """Put the empty exercise in place, and keep what was there."""
    work = started()
    exercise = work.exercise(arguments.exercise)
    place, there = work.place(exercise), work.written(exercise) is not None
    if work.untouched(exercise):
        say(f"{place} is the empty exercise already")
        return 0
    if there and not arguments.yes and not agreed(place):
        say("nothing was changed")
        return 1
    kept = work.reset(exercise)
    say(f"{place} is the empty exercise again")
    if kept:
        say(f"  yours is kept as {kept.relative_to(work.folder)}")
    if work.in_notebook:
        say(*look().wrapped(RELOAD, 2))
    return 0


def agreed(name: str) -> bool:
    """Whether the student agrees; nobody at the keyboard is no."""
    question = f"Put the empty exercise in place of {name}? A copy is kept. [y/N] "
    try:
        return input(question).strip().lower() in ("y", "yes")
    except EOFError:
        print()
        return False
