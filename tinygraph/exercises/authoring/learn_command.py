"""tinygraph learn: from a student's wrong answer to one that its exercise lists."""

from __future__ import annotations

import argparse
from typing import Any

from ...command_line import Commands
from ...files import expanded, write_atomically
from ..catalogue import find_exercise
from ..exercise import load
from ..language import translated
from ..terminal import program_name, say
from ..translated_parser import add_language
from .learn import exercise_of, learned_function, read_unknown


def add_learn(subparsers: Commands[Any]) -> None:
    """learn: turn a student's wrong answer into one that the exercise lists."""
    command = subparsers.add_parser(
        "learn",
        help=translated(
            "turn a student's wrong answer into one that the exercise lists"
        ),
        description=translated(
            "Write a student's wrong answer, which the exercise does not list, "
            "as a function wrong_..., with a docstring to fill in. The "
            "student's file runs in a separate process, but an exercise does "
            "not: read the function before you use it."
        ),
    )
    command.set_defaults(command=learn_command)
    add_language(command)
    add = command.add_argument
    add(
        "file",
        type=expanded,
        metavar="FILE",
        help=translated("the answer of a student"),
    )
    text = translated("its number, its name or its file (default: by the name of FILE)")
    add("--exercise", metavar="09", help=text)
    text = translated("what to call the mistake, such as no_half")
    add("--name", metavar="NAME", help=text)
    text = translated(
        "an exercise to add the function to; if it does not exist, a copy is made"
    )
    add("--into", type=expanded, metavar="EXERCISE.py", help=text)


def learn_command(arguments: argparse.Namespace) -> int:
    """Print the function, or add it to an exercise."""
    file, into = arguments.file, arguments.into
    if into is not None and into.exists():
        exercise = load(into)
    elif arguments.exercise is not None:
        exercise = find_exercise(arguments.exercise)
    else:
        exercise = exercise_of(file)
    unknown = read_unknown(file, exercise)
    name = unknown.full_name(arguments.name or unknown.default_name)
    text = learned_function(unknown, name)
    if into is None:
        say(text.rstrip())
        return 0
    write_atomically(into, f"{exercise.source.rstrip()}\n\n\n{text}".encode())
    say(translated("{name} was added to {into}", name=name, into=into))
    say(
        translated(
            "read it, write its docstring, then run: {program} selftest {into}",
            program=program_name(),
            into=into,
        )
    )
    return 0
