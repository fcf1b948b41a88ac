"""The options of tinygraph grade."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable

from ...files import expanded
from ..language import languages

VISIBILITY = ("visible", "hidden", "after_due_date", "after_published")
FORMATS = {
    "csv": "a line for each exercise, and for each student in summary.csv beside it",
    "json": "everything that is known about each exercise of each student",
    "junit": "JUnit XML: a suite for each student",
    "gradescope": "results.json of one student, or a folder of them",
    "html": "a page about the class: points, and who made which mistake",
    "feedback": "a folder with a page for each student, and index.csv of all pages",
    "moodle": "grades and feedback as a file that Moodle imports",
    "canvas": "grades as a file that Canvas imports",
}


def add_options(command: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    text = "a folder or an archive with what each student handed in"
    add = command.add_argument
    add("folder", type=expanded, metavar="FOLDER", help=text)
    add("--single", action="store_true", help="FOLDER is the work of one student")
    text = "whose a file is: a pattern for its path in FOLDER, with (?P<student>...)"
    add("--names", type=pattern_of_names, metavar="REGEX", help=text)
    text = "grade only these, such as 09 or 01-05 (default: all)"
    add("--exercise", nargs="+", metavar="09", help=text)
    add_course_options(command)
    add_grading_options(command)
    add_report_options(command)


def add_course_options(command: argparse.ArgumentParser) -> None:
    """Add the options that name what a teacher decides."""
    add = command.add_argument
    text = "course file: exercises, weights, due date, allowed imports"
    add("--course", type=expanded, metavar="FILE", help=text)
    text = "CSV file that names all students of the class"
    add("--roster", type=expanded, metavar="FILE", help=text)
    text = "CSV file with points and comments that replace the grader's (default: "
    text += "overrides.csv in the folder of the journal)"
    add("--overrides", type=expanded, metavar="FILE", help=text)


def add_grading_options(command: argparse.ArgumentParser) -> None:
    """Add the options that say how to grade."""
    add, jobs = command.add_argument, os.cpu_count() or 1
    text = "the secret from which the seeds are made"
    add("--secret", type=expanded, metavar="FILE", help=text)
    text = "exercises graded at a time (default: one for each processor)"
    add("--jobs", type=positive_number(int), default=jobs, metavar="N", help=text)
    text = "time limit of a file (default 10)"
    number = positive_number(float)
    add("--time", type=number, default=10.0, metavar="SECONDS", help=text)
    text = "memory limit of a file (default 1024)"
    number = positive_number(int)
    add("--memory", type=number, default=1024, metavar="MEGABYTES", help=text)
    text = "language of the feedback (default: the course's, or your computer's)"
    add("--language", choices=languages(), help=text)
    text = "run files even where the system puts no wall around them"
    add("--unsafe", action="store_true", help=text)
    text = "folder of the journal (default FOLDER.grades)"
    add("--out", type=expanded, metavar="DIR", help=text)


def add_report_options(command: argparse.ArgumentParser) -> None:
    """Add the options that say which reports to write."""
    for name, text in FORMATS.items():
        kind = "DIR" if name == "feedback" else "FILE"
        command.add_argument(f"--{name}", type=expanded, metavar=kind, help=text)
    text = "when students see results on Gradescope (default visible)"
    add = command.add_argument
    add("--visibility", choices=VISIBILITY, default="visible", help=text)


def positive_number(kind: Callable[[str], float]) -> Callable[[str], float]:
    """A type for argparse: a number above 0."""

    def number(text: str) -> float:
        value = kind(text)
        if not 0 < value < float("inf"):
            raise ValueError
        return value

    number.__name__ = "positive number"  # argparse says "invalid positive number value"
    return number


def pattern_of_names(text: str) -> str:
    """A type for argparse: a regular expression with the group `student`."""
    try:
        groups = re.compile(text).groupindex
    except re.error as error:
        raise argparse.ArgumentTypeError(
            f"{text} is not a regular expression: {error}"
        ) from None
    if "student" not in groups:
        raise argparse.ArgumentTypeError(
            f"{text} has no group (?P<student>...) that says whose a file is"
        )
    return text
