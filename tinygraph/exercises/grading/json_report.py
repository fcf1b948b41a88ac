"""The grades of a class as JSON, with everything that is known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ...files import write_atomically
from ..terminal import installed_version
from .equal_answers import equal_answers
from .mistakes import mistakes_in
from .row import Row, by_student, total_maximum, total_points


def write_json(path: Path, rows: Sequence[Row]) -> None:
    """Write everything that is known about the rows."""
    students = [
        {
            "student": student,
            "id": own[0].student_id,
            "email": own[0].email,
            "points": total_points(own),
            "max": total_maximum(own),
            "exercises": [json_of_row(row) for row in own],
        }
        for student, own in by_student(rows).items()
    ]
    document = {
        "format": 1,
        "tinygraph": installed_version(),
        "numpy": np.__version__,
        "students": students,
        "mistakes": [asdict(mistake) for mistake in mistakes_in(rows)],
        "equal_answers": [asdict(equal) for equal in equal_answers(rows)],
    }
    write_atomically(path, json_bytes(document))


def json_of_row(row: Row) -> dict[str, Any]:
    """A row as an object of the JSON file."""
    values = asdict(row)
    for key in ("student", "student_id", "email"):  # which are beside the exercises
        del values[key]
    checks = [{"name": name, "passed": passed} for name, passed in row.checks]
    names = {"id": values.pop("exercise"), "max": values.pop("maximum")}
    return {**names, **values, "checks": checks}


def json_bytes(document: Any) -> bytes:
    """A document as JSON, with null for NaN and infinity."""
    text = json.dumps(without_nan(document), indent=1, allow_nan=False) + "\n"
    return text.encode()


def without_nan(value: Any) -> Any:
    """A tree in which NaN and infinity are None."""
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(item) for item in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
