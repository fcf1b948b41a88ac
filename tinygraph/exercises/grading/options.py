"""The options of tinygraph grade."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable

from ...files import expanded
from ..language import languages, marked, translated

VISIBILITY = ("visible", "hidden", "after_due_date", "after_published")
FORMATS = {
    "csv": marked(
        "a line for each exercise, and for each student in summary.csv beside it"
    ),
    "json": marked("everything that is known about each exercise of each student"),
    "junit": marked("JUnit XML: a suite for each student"),
    "gradescope": marked("results.json of one student, or a folder of them"),
    "html": marked("a page about the class: points, and who made which mistake"),
    "feedback": marked(
        "a folder with a page for each student, and index.csv of all pages"
    ),
    "moodle": marked("grades and feedback as a file that Moodle imports"),
    "canvas": marked("grades as a file that Canvas imports"),
}
NOT_POSITIVE = marked("{text!r} is not a number above 0")
NOT_WHOLE = marked("{text!r} is not a whole number above 0")


def add_options(command: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    text = translated("a folder or an archive with what each student handed in")
    add = command.add_argument
    add("folder", type=expanded, metavar="FOLDER", help=text)
    add(
        "--single",
        action="store_true",
        help=translated("FOLDER is the work of one student"),
    )
    text = translated(
        "whose a file is: a pattern for its path in FOLDER, with (?P<student>...)"
    )
    add("--names", type=pattern_of_names, metavar="REGEX", help=text)
    text = translated("grade only these, such as 09 or 01-05 (default: all)")
    add("--exercise", nargs="+", metavar="09", help=text)
    add_course_options(command)
    add_grading_options(command)
    add_report_options(command)


def add_course_options(command: argparse.ArgumentParser) -> None:
    """Add the options that name what a teacher decides."""
    add = command.add_argument
    text = translated("course file: exercises, weights, due date, allowed imports")
    add("--course", type=expanded, metavar="FILE", help=text)
    text = translated("CSV file that names all students of the class")
    add("--roster", type=expanded, metavar="FILE", help=text)
    text = translated(
        "CSV file with points and comments that replace the grader's (default: "
        "overrides.csv in the folder of the journal)"
    )
    add("--overrides", type=expanded, metavar="FILE", help=text)


def add_grading_options(command: argparse.ArgumentParser) -> None:
    """Add the options that say how to grade."""
    add, jobs = command.add_argument, os.cpu_count() or 1
    text = translated("the secret from which the seeds are made")
    add("--secret", type=expanded, metavar="FILE", help=text)
    text = translated("exercises graded at a time (default: one for each processor)")
    add(
        "--jobs",
        type=positive_number(int, NOT_WHOLE),
        default=jobs,
        metavar="N",
        help=text,
    )
    text = translated("time limit of a file (default 10)")
    number = positive_number(float, NOT_POSITIVE)
    add("--time", type=number, default=10.0, metavar="SECONDS", help=text)
    text = translated("memory limit of a file (default 1024)")
    number = positive_number(int, NOT_WHOLE)
    add("--memory", type=number, default=1024, metavar="MEGABYTES", help=text)
    text = translated(
        "language of the feedback (default: the course's, or your computer's)"
    )
    add("--language", choices=languages(), help=text)
    text = translated("run files even where the system puts no wall around them")
    add("--unsafe", action="store_true", help=text)
    text = translated("folder of the journal (default FOLDER.grades)")
    add("--out", type=expanded, metavar="DIR", help=text)


def add_report_options(command: argparse.ArgumentParser) -> None:
    """Add the options that say which reports to write."""
    for name, sentence in FORMATS.items():
        text = translated(sentence)
        kind = "DIR" if name == "feedback" else "FILE"
        command.add_argument(f"--{name}", type=expanded, metavar=kind, help=text)
    text = translated("when students see results on Gradescope (default visible)")
    add = command.add_argument
    add("--visibility", choices=VISIBILITY, default="visible", help=text)


def positive_number(kind: Callable[[str], float], said: str) -> Callable[[str], float]:
    """A type for argparse: a number above 0. If it is not, `said` tells what it is."""

    def number(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = 0.0
        if not 0 < value < float("inf"):
            raise argparse.ArgumentTypeError(translated(said, text=text))
        return value

    return number


def pattern_of_names(text: str) -> str:
    """A type for argparse: a regular expression with the group `student`."""
    try:
        groups = re.compile(text).groupindex
    except re.error as error:
        raise argparse.ArgumentTypeError(
            translated(
                "{text} is not a regular expression: {error}", text=text, error=error
            )
        ) from None
    if "student" not in groups:
        raise argparse.ArgumentTypeError(
            translated(
                "{text} has no group (?P<student>...) that says whose a file is",
                text=text,
            )
        )
    return text
