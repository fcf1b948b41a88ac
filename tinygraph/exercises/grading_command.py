"""The command for teachers: tinygraph grade FOLDER."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..command_line import Commands, tell
from ..errors import ArgumentError, FileError
from ..files import expanded, require_regular
from .class_page import write_html
from .exercise import Exercise, named, shipped
from .grade import FAULT, Row, Task, fault, grade, kept, mistakes, tasks
from .process import GraderError, Limits
from .reports import (
    by_student,
    digest,
    maximum,
    total,
    write_csv,
    write_gradescope,
    write_gradescope_failure,
    write_json,
    write_junit,
)
from .submissions import strays, submission, submissions

PASSED, FAILED, FAULTY = 0, 1, 3  # exit codes; 2 is wrong usage
VISIBILITY = ("visible", "hidden", "after_due_date", "after_published")
FORMATS = {
    "csv": "a line for each exercise; summary.csv beside it has one for each student",
    "json": "everything that is known",
    "junit": "JUnit XML: a suite for each student",
    "gradescope": "results.json of one student, or a folder of them",
    "html": "a page with the class, and who made which mistake",
}


def add_grade(subparsers: Commands[Any]) -> None:
    """grade: what a class has handed in."""
    command = subparsers.add_parser(
        "grade",
        help="grade what a class has handed in",
        description="Grade FOLDER/STUDENT/09_softmax_vjp.py, FOLDER/STUDENT.zip and "
        "FOLDER/STUDENT.ipynb. Each file runs in a process of its own. That keeps off "
        "accidents and faked passes, not malice: use a container for strangers' code.",
    )
    command.set_defaults(command=grade_folder)
    add = command.add_argument
    add("folder", type=expanded, metavar="FOLDER", help="one entry for each student")
    add("--single", action="store_true", help="FOLDER is the work of one student")
    add("--exercise", nargs="+", metavar="09", help="only these (default all)")
    add("--secret", type=expanded, metavar="FILE", help="what the seeds are made of")
    add("--jobs", type=positive(int), default=os.cpu_count() or 1, metavar="N")
    add("--time", type=positive(float), default=10.0, metavar="SECONDS")
    add("--memory", type=positive(int), default=1024, metavar="MEGABYTES")
    add("--out", type=expanded, metavar="DIR", help="for the journal (FOLDER.grades)")
    for name, text in FORMATS.items():
        add(f"--{name}", type=expanded, metavar="FILE", help=text)
    add("--visibility", choices=VISIBILITY, default="visible", help="for Gradescope")


def positive(kind: Callable[[str], float]) -> Callable[[str], float]:
    """A number above 0."""

    def number(text: str) -> float:
        value = kind(text)
        if not 0 < value < float("inf"):
            raise ValueError
        return value

    number.__name__ = "positive number"  # argparse says "invalid positive number value"
    return number


def grade_folder(arguments: argparse.Namespace) -> int:
    """Grade what was handed in, show the points, and write the files asked for."""
    try:
        rows = rows_of(arguments)
    except Exception as error:
        tell_gradescope(arguments, error)
        if not isinstance(error, GraderError):
            raise
        tell(f"tinygraph: the grader failed: {error}", file=sys.stderr)
        return FAULTY
    written = write(arguments, rows)  # first: whoever reads on, as `| head`, may leave
    print(table(rows))
    for text in class_table(rows):
        print(text)
    print(walls(rows))
    if written:
        print(f"SHA-256 of what was written:\n{digest(written)}")
    if any(row.status == FAULT for row in rows):
        return FAULTY
    return PASSED if all(row.status == "passed" for row in rows) else FAILED


def tell_gradescope(arguments: argparse.Namespace, error: Exception) -> None:
    """Write why the work of one student could not be graded."""
    if arguments.single and arguments.gradescope is not None:
        with suppress(FileError):  # the first error is the one to tell
            path, visibility = arguments.gradescope, arguments.visibility
            write_gradescope_failure(path, fault(error), visibility)


def rows_of(arguments: argparse.Namespace) -> list[Row]:
    """Grade, with a progress bar."""
    folder: Path = arguments.folder
    exercises = chosen(arguments.exercise)
    if arguments.single:
        handed_in = [submission(folder, exercises)]
    else:
        handed_in = submissions(folder, exercises)
        tell_strays(folder)
    if not handed_in:
        raise ArgumentError(
            f"{folder} has no student's folder, zip or notebook in it; "
            "if it is the work of one student, say --single"
        )
    out = out_of(arguments)
    hidden = [path for path in (folder, out) if path is not None]
    limits = Limits(arguments.time, arguments.memory)
    wanted = tasks(handed_in, exercises, secret(arguments, out), limits, hidden)
    with told_when_stopped(wanted, out), progress_bar(len(wanted)) as progress:
        return grade(wanted, arguments.jobs, out, progress)


def tell_strays(folder: Path) -> None:
    """Name the files of a class that are nobody's work."""
    if found := ", ".join(strays(folder)):
        why = "not graded, as they are neither a folder, a .zip nor a .ipynb"
        tell(f"{why}: {found}", file=sys.stderr)


@contextmanager
def told_when_stopped(wanted: Sequence[Task], out: Path | None) -> Iterator[None]:
    """Say what is kept where somebody stops the grader."""
    try:
        yield
    except KeyboardInterrupt:
        if out is not None:
            said = f"{kept(wanted, out)} of {len(wanted)} rows are kept in {out}"
            tell(f"\n{said}; the same command goes on there", file=sys.stderr)
        raise


def chosen(names: Sequence[str] | None) -> list[Exercise]:
    """The exercises with these names, or all; each once."""
    exercises = shipped() if names is None else map(named, names)
    return list({exercise.id: exercise for exercise in exercises}.values())


def out_of(arguments: argparse.Namespace) -> Path | None:
    """Where the journal is kept; one student's work needs none."""
    if arguments.out is not None:
        return Path(arguments.out)
    if arguments.single:
        return None
    folder = arguments.folder.resolve()
    return Path(folder.with_name(f"{folder.name}.grades"))


def secret(arguments: argparse.Namespace, out: Path | None) -> bytes:
    """What the seeds are made of: the file asked for, or one of its own beside."""
    path = arguments.secret
    try:
        if path is not None:
            require_regular(path)
            text: bytes = path.read_bytes().strip()
            if not text:
                raise ArgumentError(f"the secret in {path} is empty")
            return text
        return secrets.token_bytes(32) if out is None else own_secret(out)
    except FileError:
        raise
    except OSError as error:
        file = path or out
        raise FileError(f"{file} cannot be used: {error.strerror}") from None


def own_secret(out: Path) -> bytes:
    """The secret of an output folder, made when it is first needed."""
    path = out / "secret"
    out.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    require_regular(path)
    text = path.read_bytes()
    if not text.strip():
        raise ArgumentError(
            f"the secret in {path} is empty: delete that file for a new one, "
            "with which all are graded again"
        )
    return text


@contextmanager
def progress_bar(count: int) -> Iterator[Callable[[], object]]:
    """What to call after each row; it shows something where tqdm is installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        yield lambda: None
        return
    with tqdm(total=count, unit="file", disable=None, leave=False) as bar:
        yield bar.update


def write(arguments: argparse.Namespace, rows: Sequence[Row]) -> list[Path]:
    """Write the files that are asked for; which they are."""
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


def table(rows: Sequence[Row]) -> str:
    """The points of each student, and how the exercises went."""
    students = by_student(rows)
    width = min(40, max(map(len, students)))
    lines = []
    for student, own in students.items():
        counts = Counter(row.status for row in own)
        said = ", ".join(f"{n} {status}" for status, n in counts.most_common())
        points = f"{total(own):5g} of {maximum(own):g}"
        lines.append(f"{student:{width}} {points}   {said}")
    return "\n".join(lines)


def class_table(rows: Sequence[Row]) -> list[str]:
    """Who made which named mistake."""
    found = mistakes(rows)
    if not found:
        return []
    count = len(by_student(rows))
    lines = ["", "Who made which mistake:"]
    for mistake in found:
        who = ", ".join(mistake.students)
        many = f"{len(mistake.students)} of {count}"
        lines.append(f"  {mistake.exercise}  {mistake.name}  {many}: {who}")
    return lines


def walls(rows: Sequence[Row]) -> str:
    """What stood around the students' code, in a sentence."""
    ran = [row.walls for row in rows if row.walls]
    parts = []
    for name, text in (
        ("network", "network"),
        ("files", "this package's and the class's files"),
        ("processes", "other processes"),
        ("AS", "memory limit"),
    ):
        stood = bool(ran) and all(name in own for own in ran)
        blocked = "set" if name == "AS" else "blocked"
        parts.append(f"{text}: {blocked}" if stood else f"{text}: not {blocked}")
    return "\n" + "; ".join(parts) + "."
