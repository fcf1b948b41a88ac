"""The command `tinygraph pack`: what students get of a course."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from ...command_line import Commands
from ...errors import ArgumentError
from ...files import expanded, write_atomically
from ..course.course import Course, course_at
from ..exercise import Exercise
from ..language import marked, number_of_exercises, translated
from ..packed import SEEDS
from ..terminal import look_of, say
from ..translated_parser import add_language
from .packing import left_out
from .student_zip import student_zip

MISSING = {
    "accept": marked("checks take only what the reference returns"),
    "explain": marked("checks do not say what it explains"),
}


def add_pack(subparsers: Commands[Any]) -> None:
    """pack: give exercises to students without their solutions."""
    text = translated("pack exercises for students, without the right answers as code")
    command = subparsers.add_parser(
        "pack", help=text, description=f"{text.capitalize()}."
    )
    command.set_defaults(command=pack_command)
    add_language(command)
    add = command.add_argument
    text = translated("a course file, or a folder of exercises")
    add("course", type=expanded, metavar="COURSE", help=text)
    text = translated("the zip file to write, such as students.zip")
    add("--out", type=expanded, required=True, metavar="FILE", help=text)
    text = translated(
        "pack the solutions as well, if the course allows to see them now"
    )
    add("--with-solutions", action="store_true", help=text)


def pack_command(arguments: argparse.Namespace) -> int:
    """Write the zip file, and say what is in it."""
    course = course_at(arguments.course)
    if arguments.with_solutions:
        require_open(course)
    exercises = course.load_exercises()
    content = student_zip(course, exercises, arguments.with_solutions)
    write_atomically(arguments.out, content)
    said = (
        marked("{path} has {count} with solutions, {size:.0f} kB")
        if arguments.with_solutions
        else marked("{path} has {count} without solutions, {size:.0f} kB")
    )
    count, size = number_of_exercises(len(exercises)), len(content) / 1000
    say(translated(said, path=arguments.out, count=count, size=size))
    text = translated(
        "students can check with the seeds {first} to {last}; grading uses others, and "
        "needs your own files",
        first=SEEDS[0],
        last=SEEDS[-1],
    )
    say(*look_of().wrap(text, 0))
    say(*warnings_about(exercises))
    return 0


def require_open(course: Course) -> None:
    """Raise ArgumentError if students may not see solutions now."""
    if not course.solutions_are_open():
        opens = course.solutions
        said = marked(
            "the solutions of {course} open on {opens}: leave out --with-solutions, "
            "or change `solutions` in {path}"
        )
        if isinstance(opens, bool):
            said = marked(
                "the solutions of {course} are off: leave out --with-solutions, or "
                "change `solutions` in {path}"
            )
        day = "" if isinstance(opens, bool) else f"{opens:%Y-%m-%d}"
        raise ArgumentError(
            translated(said, course=course.name, opens=day, path=course.path)
        )


def warnings_about(exercises: Sequence[Exercise]) -> list[str]:
    """Lines about exercises that students cannot check fully."""
    return [
        line
        for exercise in exercises
        for name in left_out(exercise)
        for line in look_of().wrap(
            translated(
                "{exercise} was packed without `{name}`, which needs a function "
                "that the reference needs, too: {loss}",
                exercise=exercise.id,
                name=name,
                loss=translated(MISSING[name]),
            ),
            2,
        )
    ]
