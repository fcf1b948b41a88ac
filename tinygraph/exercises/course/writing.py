"""Writing a course file for others: for students, or for a grader elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from .course import Course


def course_text(course: Course, paths: Mapping[str, str], for_grading: bool) -> str:
    """A course file with other paths of exercises, by their ids.

    Exercises without a path are those of tinygraph. Grading needs weights and allowed
    imports; students need to know when solutions open. Nothing else is written.
    """
    entries = []
    for exercise in course.exercises:
        entry = as_text(paths.get(exercise.id, exercise.id))
        weighted = f"{{id = {entry}, weight = {exercise.weight!r}}}"
        entries.append(weighted if for_grading and exercise.weight != 1 else entry)
    lines = {
        "name": as_text(course.name),
        "exercises": as_list(entries),
        "language": as_text(course.language),
    }
    if not for_grading:
        lines["solutions"] = str(course.solutions).lower()
        if isinstance(course.solutions, datetime):
            lines["solutions"] = course.solutions.isoformat()
    elif course.imports is not None:
        lines["imports"] = as_list(map(as_text, course.imports))
    return "".join(f"{key} = {value}\n" for key, value in lines.items())


def as_text(text: str) -> str:
    """A text as a TOML file has it.

    >>> as_text('Ü "a"')
    '"Ü \\\\"a\\\\""'
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def as_list(values: Iterable[str]) -> str:
    """A list as a TOML file has it."""
    return f"[{', '.join(values)}]"
