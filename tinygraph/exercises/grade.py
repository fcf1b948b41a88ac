"""Grading a class: every student's every exercise is a row, whatever happens.

Each row has its own seed, made of a secret, the student and the exercise: the checks
are those that students can run themselves, with numbers that nobody has seen.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..errors import ArgumentError, FileError
from ..files import require_regular
from .exercise import Exercise
from .judge import Finding, Verdict, judge
from .nursery import Nursery
from .process import GraderError, Limits, Starter, printable, running_source
from .submissions import Source, Submission

JOURNAL = "journal.jsonl"
FAULT = "grader"  # the status of a row that the grader owes


@dataclass(frozen=True)
class Row:
    """What one student gets for one exercise, and why."""

    student: str
    exercise: str
    points: float
    maximum: float
    status: (
        str  # passed, failed, error, stub, missing, timeout, memory, crashed, grader
    )
    mistake: str = ""
    message: str = ""
    function: str = ""
    case: int | None = None
    index: list[int] | None = None
    yours: float | None = None
    right: float | None = None
    line: int | None = None
    seed: int = 0
    seconds: float = 0.0
    file: str = ""
    file_sha256: str = ""
    checks: list[tuple[str, bool]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    walls: list[str] = field(
        default_factory=list
    )  # that stood around the student's code


@dataclass(frozen=True, eq=False)
class Task:
    """One row that is to be filled."""

    student: str
    exercise: Exercise
    source: Source
    seed: int
    limits: Limits
    hidden: tuple[Path, ...] = ()

    @property
    def key(self) -> str:
        """The same for tasks that must give the same row."""
        parts: list[Any] = [self.student, self.exercise.id, self.exercise.source]
        parts += [self.source.text.hex(), self.source.reason, self.seed]
        parts += [self.limits.seconds, self.limits.megabytes, np.__version__]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def row(self, **values: Any) -> Row:
        """A row of this task."""
        text = self.source.text
        return Row(
            student=self.student,
            exercise=self.exercise.id,
            maximum=self.exercise.points,
            seed=self.seed,
            file=self.source.name,
            file_sha256=hashlib.sha256(text).hexdigest() if text else "",
            **values,
        )


def seed_for(secret: bytes, student: str, exercise: str) -> int:
    """The seed of a student's exercise, which tells nothing about any other's."""
    parts = [secret, os.fsencode(student), exercise.encode()]
    lengths = b"".join(len(part).to_bytes(8, "little") for part in parts)
    digest = hashlib.sha256(lengths + b"".join(parts)).digest()
    return int.from_bytes(digest[:6], "little")


def tasks(
    handed_in: Iterable[Submission],
    exercises: Sequence[Exercise],
    secret: bytes,
    limits: Limits,
    hidden: Sequence[Path] = (),
) -> list[Task]:
    """Every exercise of every student."""
    return [
        Task(
            own.student,
            exercise,
            own.source(exercise),
            seed_for(secret, own.student, exercise.id),
            limits,
            tuple(hidden),
        )
        for own in handed_in
        for exercise in exercises
    ]


def graded(task: Task, starter: Starter | None = None) -> Row:
    """The row of a task.  It never raises: what goes wrong here is a row as well."""
    if task.source.reason:
        return task.row(points=0.0, status="missing", message=task.source.reason)
    begin = time.monotonic()
    try:
        with running_source(
            task.source.text,
            task.source.name,
            task.exercise,
            task.limits,
            task.hidden,
            starter,
        ) as run:
            verdict = judge(task.exercise, run, task.seed)
            walls = run.walls
    except Exception as error:
        return task.row(points=0.0, status=FAULT, message=fault(error))
    seconds = round(time.monotonic() - begin, 3)
    return task.row(seconds=seconds, walls=walls, **judged(verdict))


def fault(error: Exception) -> str:
    """What went wrong in the grader, in one line."""
    name = "" if isinstance(error, GraderError) else f"{type(error).__name__}: "
    return printable(f"not graded, and not the student's fault: {name}{error}")


def judged(verdict: Verdict) -> dict[str, Any]:
    """A verdict as the values of a row."""
    finding = verdict.finding or Finding("")
    return {
        "points": verdict.points,
        "status": verdict.status,
        "mistake": finding.mistake,
        "message": finding.message,
        "function": finding.function,
        "case": finding.case,
        "index": None if finding.index is None else list(finding.index),
        "yours": finding.yours,
        "right": finding.right,
        "line": finding.line,
        "checks": [(check.name, check.passed) for check in verdict.checks],
        "notes": list(verdict.notes),
    }


def grade(
    wanted: Sequence[Task],
    jobs: int = 1,
    folder: Path | None = None,
    progress: Callable[[], object] = lambda: None,
) -> list[Row]:
    """The rows of all tasks, in their order; several are worked on at a time.

    Rows in the journal of `folder` are taken from there, and new ones are added to it.
    Raises FileError where it cannot be written, ArgumentError where it is in use.
    """
    with journal(folder) as (known, keep):
        rows = {task.key: known[task.key] for task in wanted if task.key in known}
        left = {task.key: task for task in wanted if task.key not in rows}
        for _ in rows:
            progress()
        for key, row in worked_on(left, jobs):
            rows[key] = row
            if row.status != FAULT:
                keep(key, row)
            progress()
    return [rows[task.key] for task in wanted]


def worked_on(left: dict[str, Task], jobs: int) -> Iterator[tuple[str, Row]]:
    """The rows of tasks, as they come."""
    with Nursery() as nursery, ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(graded, task, nursery): k for k, task in left.items()}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


Journal = tuple[dict[str, Row], Callable[[str, Row], None]]


@contextmanager
def journal(folder: Path | None) -> Iterator[Journal]:
    """The rows that were graded before, and how to add one."""
    if folder is None:
        yield {}, lambda key, row: None
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        require_regular(folder / JOURNAL)
        file = (folder / JOURNAL).open("a+b")
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"cannot write in {folder}: {error.strerror}") from None
    with file:
        lock(file, folder)
        file.seek(0)
        known = dict(filter(None, map(read_line, file.read().split(b"\n"))))
        file.write(b"\n")  # the last line may be broken off

        def keep(key: str, row: Row) -> None:
            line = json.dumps({"key": key, "row": asdict(row)})
            file.write(line.encode() + b"\n")
            file.flush()

        yield known, keep


def kept(wanted: Iterable[Task], folder: Path) -> int:
    """How many of the tasks have their rows in the journal of a folder."""
    try:
        lines = (folder / JOURNAL).read_bytes().split(b"\n")
    except OSError:
        return 0
    known = dict(filter(None, map(read_line, lines)))
    return sum(task.key in known for task in wanted)


def lock(file: IO[bytes], folder: Path) -> None:
    """Keep other graders away from a journal until it is closed."""
    with suppress(ImportError):
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ArgumentError(f"another grader is at work in {folder}") from None


def read_line(line: bytes) -> tuple[str, Row] | None:
    """A row of a journal; None for a line that is broken."""
    try:
        entry = json.loads(line)
        row = Row(**entry["row"])
        return str(entry["key"]), row
    except (ValueError, LookupError, TypeError):
        return None


@dataclass(frozen=True)
class Mistake:
    """A mistake with a name, and who made it."""

    exercise: str
    name: str
    message: str  # as it was told to the first
    students: list[str]


def mistakes(rows: Iterable[Row]) -> list[Mistake]:
    """Who made which mistake: by exercise, the most frequent first."""
    found: dict[tuple[str, str], Mistake] = {}
    for row in rows:
        if row.mistake:
            new = Mistake(row.exercise, row.mistake, row.message, [])
            found.setdefault((row.exercise, row.mistake), new).students.append(
                row.student
            )
    return sorted(found.values(), key=lambda m: (m.exercise, -len(m.students), m.name))
