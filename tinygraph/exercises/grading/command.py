"""The command of teachers: tinygraph grade FOLDER."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ...command_line import Commands, tell
from ...errors import FileError
from ...files import expanded
from ...legible import quantity
from ..catalogue import find_exercise, shipped_exercises
from ..exercise import Exercise
from ..running.job import Limits
from ..running.process import GraderError
from ..submissions.folders import find_submissions, read_submission
from .class_page import write_html
from .csv_report import write_csv
from .grade import describe_fault, grade_all
from .gradescope_report import write_gradescope, write_gradescope_failure
from .journal import JOURNAL_FILE, count_kept, count_unsigned
from .json_report import write_json
from .junit_report import write_junit
from .row import GRADER_FAULT, Row
from .secret import read_secret
from .summary import digests_of, mistakes_table, points_table, walls_in_words
from .task import Task, plan_tasks
from .unknown_answers import write_unknown

ALL_PASSED, SOME_FAILED, GRADER_FAILED = 0, 1, 3  # exit codes; 2 is wrong usage
VISIBILITY = ("visible", "hidden", "after_due_date", "after_published")
FORMATS = {
    "csv": "a line for each exercise, and for each student in summary.csv beside it",
    "json": "everything that is known about each exercise of each student",
    "junit": "JUnit XML: a suite for each student",
    "gradescope": "results.json of one student, or a folder of them",
    "html": "a page about the class: points, and who made which mistake",
}


def add_grade(subparsers: Commands[Any]) -> None:
    """grade: grade what a class has handed in."""
    command = subparsers.add_parser(
        "grade",
        help="grade what a class has handed in",
        description="Grade what is in a folder with an entry for each student, such "
        "as STUDENT/09_softmax_vjp.py, STUDENT.zip or STUDENT.ipynb, or in the archive "
        "that Moodle, Canvas, Blackboard or Gradescope gave. Each file runs in a "
        "separate process, which protects from accidents and faked passes, but not "
        "from malice: run strangers' code in a container.",
    )
    command.set_defaults(command=grade_command)
    add = command.add_argument
    text = "a folder or an archive with what each student handed in"
    add("folder", type=expanded, metavar="FOLDER", help=text)
    add("--single", action="store_true", help="FOLDER is the work of one student")
    text = "whose a file is: a pattern for its path in FOLDER, with (?P<student>...)"
    add("--names", type=pattern_of_names, metavar="REGEX", help=text)
    add("--exercise", nargs="+", metavar="09", help="grade only these (default: all)")
    add_grading_options(command)
    add_report_options(command)


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
    text = "folder of the journal (default FOLDER.grades)"
    add("--out", type=expanded, metavar="DIR", help=text)


def add_report_options(command: argparse.ArgumentParser) -> None:
    """Add the options that say which reports to write."""
    for name, text in FORMATS.items():
        command.add_argument(f"--{name}", type=expanded, metavar="FILE", help=text)
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


def grade_command(arguments: argparse.Namespace) -> int:
    """Grade what was handed in, write the reports, and print a summary."""
    try:
        rows = grade_rows(arguments)
    except Exception as error:
        tell_gradescope(arguments, error)
        if not isinstance(error, GraderError):
            raise
        tell(f"tinygraph: the grader failed: {error}", file=sys.stderr)
        return GRADER_FAILED
    # Reports come first: a reader of what is printed, such as `head`, may leave.
    written = write_reports(arguments, rows)
    unknown = write_unknown(output_folder(arguments), rows)
    lines = [*points_table(rows), *mistakes_table(rows), *unknown, walls_in_words(rows)]
    if written:
        lines += ["SHA-256 of what was written:", *digests_of(written)]
    print("\n".join(lines))
    if any(row.status == GRADER_FAULT for row in rows):
        return GRADER_FAILED
    return ALL_PASSED if all(row.status == "passed" for row in rows) else SOME_FAILED


def tell_gradescope(arguments: argparse.Namespace, error: Exception) -> None:
    """Write for Gradescope why the work of one student could not be graded."""
    if arguments.single and arguments.gradescope is not None:
        with suppress(FileError):  # the first error is the one to report
            path, visibility = arguments.gradescope, arguments.visibility
            write_gradescope_failure(path, describe_fault(error), visibility)


def grade_rows(arguments: argparse.Namespace) -> list[Row]:
    """Grade, with a progress bar."""
    folder: Path = arguments.folder
    exercises = chosen_exercises(arguments.exercise)
    if arguments.single:
        handed_in = [read_submission(folder, exercises)]
    else:
        handed_in = find_submissions(folder, exercises, arguments.names)
    out = output_folder(arguments)
    # The folder of an archive may contain `out`, which could not be hidden after it.
    hidden = [*([] if out is None else [out]), folder_of_class(folder)]
    limits = Limits(arguments.time, arguments.memory)
    secret = read_secret(arguments.secret, out)
    wanted = plan_tasks(handed_in, exercises, secret, limits, hidden)
    tell_what_is_unsigned(out, secret)
    with tell_what_is_kept(wanted, out, secret), progress_bar(len(wanted)) as progress:
        return grade_all(wanted, arguments.jobs, out, progress, secret)


def tell_what_is_unsigned(out: Path | None, secret: bytes) -> None:
    """Say if a journal holds rows that are not taken."""
    count = 0 if out is None else count_unsigned(out, secret)
    if out is not None and count:
        said = quantity(count, "line is", "lines are")
        text = (
            f"{said} not signed with the secret of this class in {out / JOURNAL_FILE}, "
            "which was written by an earlier version, with another secret, or not by "
            "the grader: what is in them is graded again"
        )
        tell(text, file=sys.stderr)


def folder_of_class(path: Path) -> Path:
    """The folder that no student's file may see: of an archive, the one around it."""
    return path.resolve().parent if path.is_file() else path


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


@contextmanager
def tell_what_is_kept(
    wanted: Sequence[Task], out: Path | None, secret: bytes
) -> Iterator[None]:
    """If the grader is stopped, say what is kept."""
    try:
        yield
    except KeyboardInterrupt:
        if out is not None:
            kept = count_kept(wanted, out, secret)
            said = f"{kept} of {len(wanted)} rows are kept in {out}"
            tell(f"\n{said}; the same command continues there", file=sys.stderr)
        raise


def chosen_exercises(names: Sequence[str] | None) -> list[Exercise]:
    """The exercises with these names, each once; all without names."""
    exercises = shipped_exercises() if names is None else map(find_exercise, names)
    return list({exercise.id: exercise for exercise in exercises}.values())


def output_folder(arguments: argparse.Namespace) -> Path | None:
    """The folder of the journal; None for the work of one student."""
    if arguments.out is not None:
        return Path(arguments.out)
    if arguments.single:
        return None
    folder = arguments.folder.resolve()
    return Path(folder.with_name(f"{folder.name}.grades"))


@contextmanager
def progress_bar(count: int) -> Iterator[Callable[[], object]]:
    """A function to call after each row; it shows progress if tqdm is installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        yield lambda: None
        return
    with tqdm(total=count, unit="file", disable=None, leave=False) as bar:
        yield bar.update


def write_reports(arguments: argparse.Namespace, rows: Sequence[Row]) -> list[Path]:
    """Write the reports that were asked for; returns their paths."""
    writers: dict[str, Callable[[Path, Sequence[Row]], None]] = {
        "csv": write_csv,
        "json": write_json,
        "junit": write_junit,
        "gradescope": lambda p, r: write_gradescope(p, r, arguments.visibility),
        "html": write_html,
    }
    written = []
    for name, writer in writers.items():
        path = getattr(arguments, name)
        if path is not None:
            writer(path, rows)
            written.append(path)
    return written
