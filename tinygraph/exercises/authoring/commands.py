"""The commands of teachers who write exercises: new, selftest, learn and pack."""

from __future__ import annotations

import argparse
import keyword
import re
from typing import Any

from ...command_line import Commands
from ...errors import ArgumentError, FileError
from ...files import expanded, write_new
from ..catalogue import shipped_exercises
from ..exercise import RESERVED, Exercise, load, plain_name
from ..language import marked, number_of_exercises, translated, translated_plural
from ..terminal import DIM, GREEN, RED, look_of, program_name, say
from ..translated_parser import add_language
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
    command = subparsers.add_parser(
        "new", help=translated("begin an exercise of your own")
    )
    command.set_defaults(command=new_command)
    add_language(command)
    command.add_argument("name", metavar="NAME", help=translated("such as 16_relu_vjp"))


def add_selftest(subparsers: Commands[Any]) -> None:
    """selftest: find the faults of exercises."""
    command = subparsers.add_parser(
        "selftest", help=translated("find the faults of exercises")
    )
    command.set_defaults(command=selftest_command)
    add_language(command)
    text = translated("exercise files (default: the exercises of tinygraph)")
    command.add_argument("files", nargs="*", type=expanded, metavar="FILE", help=text)
    command.add_argument(
        "--seeds", type=int, default=50, metavar="N", help=translated("default 50")
    )


def new_command(arguments: argparse.Namespace) -> int:
    """Write a file that is already an exercise, to be changed."""
    path = expanded(arguments.name).with_suffix(".py")
    name = plain_name(path.stem)
    usable = re.fullmatch(r"[a-z]\w*", name) and not keyword.iskeyword(name)
    if not usable or name in RESERVED or name.startswith("wrong_"):
        raise ArgumentError(
            translated(
                "{name!r} cannot name an exercise: take a number and the name of "
                "the function to write, such as 16_relu_vjp",
                name=arguments.name,
            )
        )
    try:
        fresh = write_new(path, TEMPLATE.replace("NAME", name))
    except OSError as error:
        raise FileError(
            translated("cannot write {path}: {error}", path=path, error=error.strerror)
        ) from None
    if not fresh:
        raise FileError(
            translated("{path} already exists, and was left unchanged", path=path)
        )
    say(translated("{path} has a reference, cases, hints and wrong answers", path=path))
    say(
        translated(
            "change them, then run: {program} selftest {path}",
            program=program_name(),
            path=path,
        )
    )
    return 0


def selftest_command(arguments: argparse.Namespace) -> int:
    """Print the faults of exercises; the exit code is 1 if there are any."""
    if arguments.seeds < 1:
        raise ArgumentError(translated("--seeds must be 1 or more"))
    exercises = [load(path) for path in arguments.files] or shipped_exercises()
    faulty = [e for e in exercises if not report_faults(e, arguments.seeds)]
    good = len(exercises) - len(faulty)
    every = number_of_exercises(len(exercises))
    seeds = translated_plural("{count} seed", "{count} seeds", arguments.seeds)
    say(
        translated(
            "{good} of {every} passed, with {seeds}",
            good=good,
            every=every,
            seeds=seeds,
        )
    )
    return 1 if faulty else 0


def report_faults(exercise: Exercise, seeds: int) -> bool:
    """Print the faults of an exercise; returns whether it has none."""
    faults, style = find_faults(exercise, seeds), look_of()
    sign = style.paint(*(style.wrong, RED) if faults else (style.right, GREEN))
    wrong = translated_plural(
        "{count} wrong answer", "{count} wrong answers", len(exercise.wrong)
    )
    hints = translated_plural("{count} hint", "{count} hints", len(exercise.hints))
    say(f"{sign} {exercise.id}   {wrong}, {hints}")
    if exercise.forward is None or exercise.given is not None:
        said = (
            marked(
                "no `forward`: the reference was not compared with numerical "
                "derivatives"
            )
            if exercise.forward is None
            else marked(
                "with `given`: the reference was not compared with numerical "
                "derivatives"
            )
        )
        say(style.paint(f"  {translated(said)}", DIM))
    for fault in faults:
        say(*style.wrap(fault))
    return not faults
