"""The command `tinygraph pack`: what students get of a course."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from ...command_line import Commands
from ...errors import ArgumentError
from ...files import expanded, write_atomically
from ...legible import quantity
from ..course.course import Course, course_at
from ..exercise import Exercise
from ..packed import SEEDS
from ..terminal import look_of, say
from .packing import left_out
from .student_zip import student_zip

MISSING = {
    "accept": "checks take only what the reference returns",
    "explain": "checks do not say what it explains",
}


def add_pack(subparsers: Commands[Any]) -> None:
    """pack: give exercises to students without their solutions."""
    text = "pack exercises for students, without the right answers as code"
    command = subparsers.add_parser(
        "pack", help=text, description=f"{text.capitalize()}."
    )
    command.set_defaults(command=pack_command)
    add = command.add_argument
    text = "a course file, or a folder of exercises"
    add("course", type=expanded, metavar="COURSE", help=text)
    text = "the zip file to write, such as students.zip"
    add("--out", type=expanded, required=True, metavar="FILE", help=text)
    text = "pack the solutions as well, if the course allows to see them now"
    add("--with-solutions", action="store_true", help=text)


def pack_command(arguments: argparse.Namespace) -> int:
    """Write the zip file, and say what is in it."""
    course = course_at(arguments.course)
    if arguments.with_solutions:
        require_open(course)
    exercises = course.load_exercises()
    content = student_zip(course, exercises, arguments.with_solutions)
    write_atomically(arguments.out, content)
    solutions = "with" if arguments.with_solutions else "without"
    count, size = quantity(len(exercises), "exercise"), len(content) / 1000
    say(f"{arguments.out} has {count} {solutions} solutions, {size:,.0f} kB")
    text = f"students can check with the seeds {SEEDS[0]} to {SEEDS[-1]}; grading uses "
    say(*look_of().wrap(f"{text}others, and needs your own files", 0))
    say(*warnings_about(exercises))
    return 0


def require_open(course: Course) -> None:
    """Raise ArgumentError if students may not see solutions now."""
    if not course.solutions_are_open():
        opens = course.solutions
        when = "are off" if isinstance(opens, bool) else f"open on {opens:%Y-%m-%d}"
        raise ArgumentError(
            f"the solutions of {course.name} {when}: leave out --with-solutions, or "
            f"change `solutions` in {course.path}"
        )


def warnings_about(exercises: Sequence[Exercise]) -> list[str]:
    """Lines about exercises that students cannot check fully."""
    return [
        line
        for exercise in exercises
        for name in left_out(exercise)
        for line in look_of().wrap(
            f"{exercise.id} was packed without `{name}`, which needs a function that "
            f"the reference needs, too: {MISSING[name]}",
            2,
        )
    ]
