"""Folders, zip files and notebooks as a class hands them in."""

import json
import zipfile
from pathlib import Path

from tinygraph.exercises.catalogue import find_exercise
from tinygraph.exercises.grading.grade import grade_all
from tinygraph.exercises.grading.row import Row
from tinygraph.exercises.grading.task import Task, plan_tasks
from tinygraph.exercises.running.job import Limits
from tinygraph.exercises.submissions.folders import find_submissions

EXERCISE = find_exercise("09")
NAME = "09_softmax_vjp.py"
RIGHT = b"""
def softmax_vjp(g, y):
    return y * (g - (g * y).sum(axis=-1, keepdims=True))
"""
WRONG = b"def softmax_vjp(g, y):\n    return y * (1 - y) * g"


def put(path: Path, text: bytes = RIGHT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)
    return path


def zipped(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
    return path


def notebook(*cells: str, kind: str = "code") -> bytes:
    entries = [{"cell_type": kind, "source": cell.splitlines(True)} for cell in cells]
    return json.dumps({"cells": entries, "metadata": None}).encode()


def rows_of(path: Path, **options) -> dict[str, Row]:
    wanted = plan_tasks(
        find_submissions(path, [EXERCISE]), [EXERCISE], b"secret", Limits()
    )
    return {row.student: row for row in grade_all(wanted, 2, **options)}


def class_of(tmp_path: Path, count: int = 3) -> list[Task]:
    for number in range(count):
        put(tmp_path / "class" / f"s{number}" / NAME, RIGHT if number else WRONG)
    handed_in = find_submissions(tmp_path / "class", [EXERCISE])
    return plan_tasks(handed_in, [EXERCISE], b"secret", Limits())
