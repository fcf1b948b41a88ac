"""The grades of one student, or of several, in the format of Gradescope."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...files import make_folder, write_atomically
from ...legible import for_xml
from .json_report import json_bytes
from .row import GRADER_FAULT, Row, by_student, feedback


def write_gradescope(path: Path, rows: Sequence[Row], visibility: str) -> None:
    """Write results.json of one student, or a folder with a file for each student."""
    students = by_student(rows)
    if len(students) == 1:
        write_atomically(path, json_bytes(gradescope_results(rows, visibility)))
        return
    make_folder(path)
    for number, (student, own) in enumerate(students.items(), 1):
        safe = "".join(c if c.isalnum() or c in "-_" else "_" for c in student)
        name = f"{number:03}_{safe[:60]}.json"
        write_atomically(path / name, json_bytes(gradescope_results(own, visibility)))


def gradescope_results(rows: Sequence[Row], visibility: str) -> dict[str, Any]:
    """One student's grades in the format of Gradescope's autograder."""
    faults = [row.message for row in rows if row.status == GRADER_FAULT]
    return {
        "output": for_xml("\n".join(faults)),
        "output_format": "text",
        "execution_time": round(sum(row.seconds for row in rows)),
        "visibility": visibility,
        "extra_data": {"numpy": np.__version__},
        "tests": [gradescope_test(row, visibility) for row in rows],
    }


def gradescope_test(row: Row, visibility: str) -> dict[str, Any]:
    """An exercise as a test in that format."""
    return {
        "number": for_xml(row.exercise.partition("_")[0]),
        "name": for_xml(row.exercise),
        "score": row.points,
        "max_score": row.maximum,
        "status": "passed" if row.status == "passed" else "failed",
        "output": for_xml(feedback(row)),
        "output_format": "text",
        "visibility": visibility,
        "extra_data": {"seed": row.seed, "file_sha256": row.file_sha256},
    }


def write_gradescope_failure(path: Path, message: str, visibility: str) -> None:
    """Write a results.json that says why nothing could be graded."""
    results = {
        "score": 0.0,
        "output": for_xml(message),
        "output_format": "text",
        "visibility": visibility,
    }
    write_atomically(path, json_bytes(results))
