"""The commands of teachers who write exercises: new, selftest, learn and pack."""

from __future__ import annotations

import argparse
import keyword
import re
from typing import Any

from ...command_line import Commands
from ...errors import ArgumentError, FileError
from ...files import expanded, write_new
from ...legible import quantity
from ..catalogue import shipped_exercises
from ..exercise import RESERVED, Exercise, load, plain_name
from ..terminal import DIM, GREEN, RED, look_of, program_name, say
from .learn_command import add_learn
from .pack_command import add_pack
from .selftest import find_faults
from .template import TEMPLATE


def add_authoring_commands(subparsers: Commands[Any]) -> None:
    """Add new, selftest, learn and pack."""
    add_new(subparsers)
    add_selftest(subparsers)
    add_learn(subparsers)
    add_pack(subparsers)


def add_new(subparsers: Commands[Any]) -> None:
    """new: write a file to begin an exercise with."""
    command = subparsers.add_parser("new", help="begin an exercise of your own")
    command.set_defaults(command=new_command)
    command.add_argument("name", metavar="NAME", help="such as 16_relu_vjp")


def add_selftest(subparsers: Commands[Any]) -> None:
    """selftest: find the faults of exercises."""
    command = subparsers.add_parser("selftest", help="find the faults of exercises")
    command.set_defaults(command=selftest_command)
    text = "exercise files (default: the exercises of tinygraph)"
    command.add_argument("files", nargs="*", type=expanded, metavar="FILE", help=text)
    command.add_argument(
        "--seeds", type=int, default=50, metavar="N", help="default 50"
    )


def new_command(arguments: argparse.Namespace) -> int:
    """Write a file that is already an exercise, to be changed."""
    path = expanded(arguments.name).with_suffix(".py")
    name = plain_name(path.stem)
    usable = re.fullmatch(r"[a-z]\w*", name) and not keyword.iskeyword(name)
    if not usable or name in RESERVED or name.startswith("wrong_"):
        raise ArgumentError(
            f"{arguments.name!r} cannot name an exercise: take a number and the name "
            "of the function to write, such as 16_relu_vjp"
        )
    try:
        fresh = write_new(path, TEMPLATE.replace("NAME", name))
    except OSError as error:
        raise FileError(f"cannot write {path}: {error.strerror}") from None
    if not fresh:
        raise FileError(f"{path} already exists, and was left unchanged")
    say(f"{path} has a reference, cases, hints and wrong answers")
    say(f"change them, then run: {program_name()} selftest {path}")
    return 0


def selftest_command(arguments: argparse.Namespace) -> int:
    """Print the faults of exercises; the exit code is 1 if there are any."""
    if arguments.seeds < 1:
        raise ArgumentError("--seeds must be 1 or more")
    exercises = [load(path) for path in arguments.files] or shipped_exercises()
    faulty = [e for e in exercises if not report_faults(e, arguments.seeds)]
    good, seeds = len(exercises) - len(faulty), quantity(arguments.seeds, "seed")
    say(f"{good} of {quantity(len(exercises), 'exercise')} passed, with {seeds}")
    return 1 if faulty else 0


def report_faults(exercise: Exercise, seeds: int) -> bool:
    """Print the faults of an exercise; returns whether it has none."""
    faults, style = find_faults(exercise, seeds), look_of()
    sign = style.paint(*(style.wrong, RED) if faults else (style.right, GREEN))
    wrong = quantity(len(exercise.wrong), "wrong answer")
    hints = quantity(len(exercise.hints), "hint")
    say(f"{sign} {exercise.id}   {wrong}, {hints}")
    if exercise.forward is None or exercise.given is not None:
        why = "no `forward`" if exercise.forward is None else "with `given`"
        said = f"{why}: the reference was not compared with numerical derivatives"
        say(style.paint(f"  {said}", DIM))
    for fault in faults:
        say(*style.wrap(fault))
    return not faults
