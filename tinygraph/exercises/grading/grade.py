"""Grading tasks: each becomes a row, whatever happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from ..judging.fingerprint import fingerprint_of, is_unknown
from ..judging.judge import judge
from ..judging.verdict import Finding, Verdict
from ..language import marked, translated, translated_plural
from ..running.job import modules_to_load
from ..running.nursery import Nursery
from ..running.outcome import Runner
from ..running.process import GraderError, Starter, run_source
from ..running.reading import short_message
from .journal import open_journal
from .row import GRADER_FAULT, Row
from .task import Task

LONGEST_ANSWER = 20_000  # characters that a row keeps of an unknown answer


def grade_task(task: Task, starter: Starter | None = None) -> Row:
    """The row of a task. It never raises: an error of the grader is a row, too."""
    if task.source.reason:
        return task.row(points=0.0, status="missing", message=task.source.reason)
    begin = time.monotonic()
    try:
        source, exercise = task.source, task.exercise
        with run_source(
            source.text, source.name, exercise, task.limits, task.hidden, starter
        ) as run:
            verdict = judge(exercise, run, task.seed)
            unknown = unknown_answer(task, run, verdict)
    except Exception as error:
        return task.row(points=0.0, status=GRADER_FAULT, message=describe_fault(error))
    values = values_of_verdict(verdict)
    values["notes"] += notes_of_left(run.left_over)
    seconds = round(time.monotonic() - begin, 3)
    return task.row(seconds=seconds, walls=run.walls, **values, **unknown)


def grade_alone(task: Task, nursery: Nursery) -> Row:
    """The row of a task while no other file runs, which could be to blame."""
    before = nursery.left_over
    row = grade_task(task, nursery)
    if row.status != GRADER_FAULT or nursery.is_running():
        return row
    said = translated("the file ended the process of the grader that runs the files")
    notes = notes_of_left(nursery.left_over - before)
    return task.row(points=0.0, status="crashed", message=said, notes=notes)


def notes_of_left(count: int) -> list[str]:
    """A note if a file left processes running."""
    if not count:
        return []
    said = translated_plural(
        "left {count} process running, which the grader ended",
        "left {count} processes running, which the grader ended",
        count,
    )
    return [said]


def unknown_answer(task: Task, run: Runner, verdict: Verdict) -> dict[str, str]:
    """The values of a row that say how a wrong answer that is not listed is wrong."""
    finding = verdict.finding
    if finding is None or not is_unknown(finding):
        return {}
    found = fingerprint_of(task.exercise, run, finding.function)
    text = task.source.text.decode(errors="replace")[:LONGEST_ANSWER]
    return {"fingerprint": found, "answer": text} if found else {}


def describe_fault(error: Exception) -> str:
    """What went wrong in the grader, in one line."""
    name = "" if isinstance(error, GraderError) else f"{type(error).__name__}: "
    said = marked("not graded, which is not the student's fault: {error}")
    return short_message(translated(said, error=f"{name}{error}"))


def values_of_verdict(verdict: Verdict) -> dict[str, Any]:
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


def grade_all(
    wanted: Sequence[Task],
    jobs: int = 1,
    folder: Path | None = None,
    progress: Callable[[], object] = lambda: None,
    secret: bytes = b"",
) -> list[Row]:
    """The rows of all tasks, in order; `jobs` of them are graded at a time.

    Rows in the journal of `folder` that are signed with the secret are taken from it,
    and new ones are added. Raises FileError if it cannot be written, ArgumentError if
    it is in use.
    """
    with open_journal(folder, secret) as (known, keep):
        rows = {task.key: known[task.key] for task in wanted if task.key in known}
        left = {task.key: task for task in wanted if task.key not in rows}
        for _ in rows:
            progress()
        for key, row in grade_in_parallel(left, jobs):
            rows[key] = row
            if row.status != GRADER_FAULT:
                keep(key, row)
            progress()
    return [rows[task.key] for task in wanted]


def grade_in_parallel(left: dict[str, Task], jobs: int) -> Iterator[tuple[str, Row]]:
    """The rows of tasks, as they are finished.

    Where no wall keeps a student's file from ending others' processes, it may have done
    so. What was not graded is graded again at the end, one by one.
    """
    again = []
    hidden = {path: None for task in left.values() for path in task.hidden}
    modules = modules_to_load(task.exercise for task in left.values())
    with Nursery(list(hidden), modules) as nursery, ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(grade_task, t, nursery): k for k, t in left.items()}
        try:
            for future in as_completed(futures):
                key, row = futures[future], future.result()
                if row.status == GRADER_FAULT:
                    again.append(key)
                else:
                    yield key, row
            for key in again:
                yield key, grade_alone(left[key], nursery)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
