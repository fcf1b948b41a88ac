"""The command of teachers: tinygraph grade FOLDER."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...command_line import Commands, tell
from ...errors import ArgumentError, FileError
from ..catalogue import CATALOGUE, find_exercises, shipped_exercises
from ..course.course import Course, read_course
from ..course.names import Person
from ..course.overrides import OVERRIDES_FILE
from ..course.roster import attendance_of, read_roster
from ..exercise import Exercise
from ..language import (
    language_of_environment,
    translated,
    translated_plural,
    use_language,
)
from ..running.job import Limits
from ..running.process import GraderError
from ..selection import select_ids
from ..submissions.folders import find_submissions, read_submission
from ..submissions.submission import Submission
from .class_page import write_html
from .csv_report import write_csv
from .feedback_pages import write_feedback
from .grade import describe_fault, grade_all
from .gradescope_report import write_gradescope, write_gradescope_failure
from .journal import JOURNAL_FILE, count_kept, count_unsigned
from .json_report import write_json
from .junit_report import write_junit
from .options import add_options
from .platform_files import who_is_not_found, write_canvas, write_moodle
from .row import GRADER_FAULT, Row, is_full
from .rules import rules_for, rules_in_words, too_many_points
from .secret import read_secret
from .summary import digests_of, mistakes_table, points_table
from .task import Task, plan_tasks
from .unknown_answers import write_unknown
from .walls import require_walls, walls_in_words

ALL_PASSED, SOME_FAILED, GRADER_FAILED = 0, 1, 3  # exit codes; 2 is wrong usage


def add_grade(subparsers: Commands[Any]) -> None:
    """grade: grade what a class has handed in."""
    command = subparsers.add_parser(
        "grade",
        help=translated("grade what a class has handed in"),
        description=translated(
            "Grade what is in a folder with an entry for each student, such as "
            "STUDENT/09_softmax_vjp.py, STUDENT.zip or STUDENT.ipynb, or in the"
            " archive that Moodle, Canvas, Blackboard or Gradescope gave. Each "
            "file runs in a separate process, behind the walls that the system "
            "allows. The end of the output names them."
        ),
    )
    command.set_defaults(command=grade_command)
    add_options(command)


@dataclass(frozen=True)
class Grades:
    """The rows of a class, and what the reports need to know besides."""

    rows: list[Row]
    people: dict[str, Person]  # by the name in the rows
    wrong: list[str]  # in what the teacher wrote
    title: str = ""  # of the course
    gradebook: tuple[str, ...] = ()  # the columns of the roster


def grade_command(arguments: argparse.Namespace) -> int:
    """Grade what was handed in, write the reports, and print a summary."""
    try:
        grades = make_grades(arguments)
    except Exception as error:
        tell_gradescope(arguments, error)
        if not isinstance(error, GraderError):
            raise
        tell(
            translated(
                "{program}: the grader failed: {error}",
                program="tinygraph",
                error=error,
            ),
            file=sys.stderr,
        )
        return GRADER_FAILED
    # Reports come first: a reader of what is printed, such as `head`, may leave.
    written, rows = write_reports(arguments, grades), grades.rows
    unknown = write_unknown(output_folder(arguments), rows)
    lines = [*points_table(rows), *rules_in_words(rows), *mistakes_table(rows)]
    lines += [*unknown, "", walls_in_words(rows)]
    if written:
        lines += [translated("SHA-256 of what was written:"), *digests_of(written)]
    for platform in ("Moodle", "Canvas"):
        if getattr(arguments, platform.lower()) is not None:
            grades.wrong.append(who_is_not_found(platform, grades.people))
    said = (f"tinygraph: {wrong}." for wrong in grades.wrong if wrong)
    tell(*said, file=sys.stderr)
    print("\n".join(lines))
    if any(row.status == GRADER_FAULT for row in rows):
        return GRADER_FAILED
    return ALL_PASSED if all(map(is_full, rows)) else SOME_FAILED


def tell_gradescope(arguments: argparse.Namespace, error: Exception) -> None:
    """Write for Gradescope why the work of one student could not be graded."""
    if arguments.single and arguments.gradescope is not None:
        with suppress(FileError):  # the first error is the one to report
            path, visibility = arguments.gradescope, arguments.visibility
            write_gradescope_failure(path, describe_fault(error), visibility)


def make_grades(arguments: argparse.Namespace) -> Grades:
    """Grade, and apply the rules of the course."""
    course = None if arguments.course is None else read_course(arguments.course)
    usual = language_of_environment() if course is None else course.language
    use_language(arguments.language or usual)
    exercises = chosen_exercises(arguments.exercise, course)
    roster = None if arguments.roster is None else read_roster(arguments.roster)
    attendance = attendance_of(read_hand_ins(arguments, exercises), roster)
    out = output_folder(arguments)
    overrides = overrides_file(arguments, out)
    ids = [exercise.id for exercise in exercises]
    rules, wrong = rules_for(attendance, course, overrides, ids)
    secret = read_secret(arguments.secret, out)
    limits = Limits(arguments.time, arguments.memory)
    hidden = hidden_folders(arguments, out, exercises)
    wanted = plan_tasks(rules.accepted(), exercises, secret, limits, hidden)
    tell_what_is_unsigned(out, secret)
    if not arguments.unsafe:
        require_walls(hidden)
    with tell_what_is_kept(wanted, out, secret), progress_bar(len(wanted)) as progress:
        rows = grade_all(wanted, arguments.jobs, out, progress, secret)
    rows = [rules.apply(task, row) for task, row in zip(wanted, rows, strict=True)]
    return Grades(
        rows,
        attendance.people,
        [*wrong, *too_many_points(rows)],
        "" if course is None else course.name,
        () if roster is None else tuple(roster.table.head),
    )


def tell_what_is_unsigned(out: Path | None, secret: bytes) -> None:
    """Say if a journal holds rows that are not taken."""
    count = 0 if out is None else count_unsigned(out, secret)
    if out is not None and count:
        text = translated_plural(
            "{count} line is not signed with the secret of this class in {journal}, "
            "which was written by an earlier version, with another secret, or not by "
            "the grader: what is in it is graded again",
            "{count} lines are not signed with the secret of this class in {journal}, "
            "which was written by an earlier version, with another secret, or not by "
            "the grader: what is in them is graded again",
            count,
            journal=out / JOURNAL_FILE,
        )
        tell(text, file=sys.stderr)


def read_hand_ins(
    arguments: argparse.Namespace, exercises: Sequence[Exercise]
) -> list[Submission]:
    """What the class has handed in, or one student."""
    if not arguments.single:
        return find_submissions(arguments.folder, exercises, arguments.names)
    if arguments.roster is not None:
        raise ArgumentError(
            translated("--roster names a class, and --single grades one student")
        )
    return [read_submission(arguments.folder, exercises)]


def hidden_folders(
    arguments: argparse.Namespace, out: Path | None, exercises: Sequence[Exercise]
) -> list[Path]:
    """What no student's file may see: the class, and the teacher's files.

    Their folders are hidden as well, unless Python needs them, or they contain the
    folder of temporary files, which is hidden in another way.
    """
    named = (arguments.course, arguments.roster, arguments.overrides, arguments.secret)
    files = [p for p in (*named, arguments.folder) if p is not None and p.is_file()]
    files += [e.path for e in exercises if e.path.parent != CATALOGUE]
    temporary = Path(tempfile.gettempdir()).resolve()
    folders = dict.fromkeys(file.resolve().parent for file in files)
    around = [folder for folder in folders if not temporary.is_relative_to(folder)]
    return [*([] if out is None else [out]), arguments.folder, *around, *files]


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
            said = translated(
                "{kept} of {all} rows are kept in {out}; the same command continues "
                "there",
                kept=kept,
                all=len(wanted),
                out=out,
            )
            tell(f"\n{said}", file=sys.stderr)
        raise


def chosen_exercises(
    names: Sequence[str] | None, course: Course | None
) -> list[Exercise]:
    """The exercises with these names; without names, those of the course, or all."""
    if course is None:
        return shipped_exercises() if names is None else find_exercises(names)
    exercises = {exercise.id: exercise for exercise in course.load_exercises()}
    ids = list(exercises)
    return [exercises[id] for id in (ids if names is None else select_ids(names, ids))]


def overrides_file(arguments: argparse.Namespace, out: Path | None) -> Path | None:
    """The file with overrides: the one that is named, or one in the output folder."""
    if arguments.overrides is not None:
        return Path(arguments.overrides)
    usual = None if out is None else out / OVERRIDES_FILE
    return usual if usual is not None and usual.exists() else None


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


def write_reports(arguments: argparse.Namespace, grades: Grades) -> list[Path]:
    """Write the reports that were asked for; returns their paths."""
    title, gradebook, people = grades.title, grades.gradebook, grades.people
    writers: dict[str, Callable[[Path, Sequence[Row]], None]] = {
        "csv": write_csv,
        "json": write_json,
        "junit": write_junit,
        "gradescope": lambda p, r: write_gradescope(p, r, arguments.visibility),
        "html": lambda p, r: write_html(p, r, title),
        "moodle": lambda p, r: write_moodle(p, r, people),
        "canvas": lambda p, r: write_canvas(p, r, people, title, gradebook),
        "feedback": lambda p, r: write_feedback(p, r, title),
    }
    written = []
    for name, writer in writers.items():
        path = getattr(arguments, name)
        if path is not None:
            writer(path, grades.rows)
            written.append(path)
    return written
