"""The grades of a class as files for other programs: CSV, JSON, JUnit XML, Gradescope.

Texts that come of students' files are data everywhere: no spreadsheet takes one for a
formula, and no reader stumbles over a character that its format does not have.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ArgumentError
from ..files import write_atomically
from .grade import FAULT, Row, mistakes

COLUMNS = ["student", "exercise", "points", "max", "status", "mistake", "case"]
COLUMNS += ["seed", "seconds", "file_sha256", "message"]
STRANGE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
CELL = 32_767  # letters that a spreadsheet takes in a cell
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def by_student(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each student, in their order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.student, []).append(row)
    return found


def total(rows: Sequence[Row]) -> float:
    """The points of some rows together."""
    return sum(row.points for row in rows)


def maximum(rows: Sequence[Row]) -> float:
    """The points that some rows could have."""
    return sum(row.maximum for row in rows)


# CSV


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """One line for each row; beside it, summary.csv has one line for each student."""
    summary = path.with_name("summary.csv")
    if path.name == summary.name:
        raise ArgumentError(
            f"{path} is what the summary is called: choose another name"
        )
    lines = [[row_cell(row, column) for column in COLUMNS] for row in rows]
    write_atomically(path, csv_of([COLUMNS, *lines]))
    write_atomically(summary, csv_of(summary_lines(rows)))


def row_cell(row: Row, column: str) -> Any:
    """What stands in a column."""
    return getattr(row, "maximum" if column == "max" else column)


def summary_lines(rows: Sequence[Row]) -> list[list[Any]]:
    """A table with a student in each line and an exercise in each column."""
    names = list(dict.fromkeys(row.exercise for row in rows))
    lines: list[list[Any]] = [["student", "points", "max", *names]]
    for student, own in by_student(rows).items():
        points = {row.exercise: row.points for row in own}
        line = [student, total(own), maximum(own), *(points.get(n) for n in names)]
        lines.append(line)
    return lines


def csv_of(lines: Sequence[Sequence[Any]]) -> bytes:
    """Lines as CSV."""
    text = io.StringIO()
    csv.writer(text).writerows([map(harmless, line) for line in lines])
    return encoded(text.getvalue())


def harmless(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    if not isinstance(cell, str):
        return cell
    text = clean(cell)
    sign = "'" if text.lstrip(" ").startswith(FORMULA) else ""
    return f"{sign}{text}"[:CELL]


def clean(text: str) -> str:
    """A text without the characters that XML, and hence some readers, cannot hold."""
    return STRANGE.sub("?", text)


def encoded(text: str) -> bytes:
    """A text as UTF-8; letters that do not exist become question marks."""
    return text.encode(errors="replace")


# JSON


def write_json(path: Path, rows: Sequence[Row]) -> None:
    """Everything that is known."""
    students = [
        {
            "student": student,
            "points": total(own),
            "max": maximum(own),
            "exercises": [json_row(row) for row in own],
        }
        for student, own in by_student(rows).items()
    ]
    document = {
        "format": 1,
        "tinygraph": version(),
        "numpy": np.__version__,
        "students": students,
        "mistakes": [asdict(mistake) for mistake in mistakes(rows)],
    }
    write_atomically(path, json_of(document))


def version() -> str:
    """The version of tinygraph that is installed."""
    try:
        return metadata.version("tinygraph")
    except metadata.PackageNotFoundError:
        return "not installed"


def json_row(row: Row) -> dict[str, Any]:
    """A row of the JSON file."""
    values = asdict(row)
    del values["student"]
    checks = [{"name": name, "passed": passed} for name, passed in row.checks]
    names = {"id": values.pop("exercise"), "max": values.pop("maximum")}
    return {**names, **values, "checks": checks}


def json_of(document: Any) -> bytes:
    """A document as JSON, in which numbers that JSON lacks are null."""
    return encoded(json.dumps(finite(document), indent=1, allow_nan=False) + "\n")


def finite(value: Any) -> Any:
    """A tree in which NaN and infinity are None."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


# JUnit


def write_junit(path: Path, rows: Sequence[Row]) -> None:
    """A suite for each student, and a case for each check of an exercise.

    The file keeps to the schema of Jenkins' xUnit plugin, and each suite to Surefire's.
    """
    root = ET.Element("testsuites", name="tinygraph", time=seconds_of(rows))
    for student, own in by_student(rows).items():
        suite = ET.SubElement(root, "testsuite", name=clean(student))
        for row in own:
            add_cases(suite, row)
        suite.set("time", seconds_of(own))
        suite.set("skipped", "0")
        count_cases(suite)
    count_cases(root)
    write_atomically(path, ET.tostring(root, "utf-8", xml_declaration=True))


def seconds_of(rows: Sequence[Row]) -> str:
    """How long some rows took together."""
    return f"{sum(row.seconds for row in rows):.3f}"


def count_cases(element: ET.Element) -> None:
    """Say how many cases there are below an element, and how they went."""
    for name, kind in (
        ("tests", "testcase"),
        ("failures", "failure"),
        ("errors", "error"),
    ):
        element.set(name, str(sum(1 for _ in element.iter(kind))))


def add_cases(suite: ET.Element, row: Row) -> None:
    """The checks of one exercise, as cases.

    Readers of JUnit XML tell cases apart by class and name, and many forget the suite,
    so the student is the package of the class: Jenkins makes folders of packages.
    """
    for number, (name, passed) in enumerate(checks_of(row)):
        seconds = row.seconds if number == 0 else 0.0
        case = ET.SubElement(
            suite,
            "testcase",
            classname=clean(f"{row.student}.{row.exercise}"),
            name=clean(name),
            time=f"{seconds:.3f}",
        )
        if not passed:
            kind = "error" if row.status == FAULT else "failure"
            said = {"message": clean(row.message), "type": clean(row.status)}
            ET.SubElement(case, kind, said).text = clean(told(row))


def checks_of(row: Row) -> list[tuple[str, bool]]:
    """What was checked; where a row did not pass, one of its checks did not either."""
    if row.status == "missing":
        return [("handed in", False)]
    if row.status == FAULT:
        return [("graded", False)]
    if row.status != "passed" and all(passed for _, passed in row.checks):
        return [*row.checks, (row.mistake or row.status, False)]
    return row.checks or [("passed", True)]


def told(row: Row) -> str:
    """What a student is told about a row."""
    if row.status == "passed":
        text = "right in all cases"
    else:
        text = row.message
        if row.line:
            text += f" (line {row.line})"
        if row.case is not None:
            text += f"\ncase {row.case}, seed {row.seed}"
    return "\n".join([text, *row.notes])


# Gradescope


def write_gradescope(path: Path, rows: Sequence[Row], visibility: str) -> None:
    """results.json of one student; of several, a folder with a file for each."""
    students = by_student(rows)
    if len(students) == 1:
        write_atomically(path, json_of(gradescope(rows, visibility)))
        return
    path.mkdir(parents=True, exist_ok=True)
    for number, (student, own) in enumerate(students.items(), 1):
        letters = "".join(c if c.isalnum() or c in "-_" else "_" for c in student)
        name = f"{number:03}_{letters[:60]}.json"
        write_atomically(path / name, json_of(gradescope(own, visibility)))


def gradescope(rows: Sequence[Row], visibility: str) -> dict[str, Any]:
    """One student's grades in the format of Gradescope's autograder."""
    faults = [row.message for row in rows if row.status == FAULT]
    return {
        "output": clean("\n".join(faults)),
        "output_format": "text",
        "execution_time": round(sum(row.seconds for row in rows)),
        "visibility": visibility,
        "extra_data": {"numpy": np.__version__},
        "tests": [gradescope_test(row, visibility) for row in rows],
    }


def gradescope_test(row: Row, visibility: str) -> dict[str, Any]:
    """An exercise in that format."""
    return {
        "number": clean(row.exercise.partition("_")[0]),
        "name": clean(row.exercise),
        "score": row.points,
        "max_score": row.maximum,
        "status": "passed" if row.status == "passed" else "failed",
        "output": clean(told(row)),
        "output_format": "text",
        "visibility": visibility,
        "extra_data": {"seed": row.seed, "file_sha256": row.file_sha256},
    }


def write_gradescope_failure(path: Path, message: str, visibility: str) -> None:
    """results.json where nothing could be graded, so that somebody learns why."""
    results = {
        "score": 0.0,
        "output": clean(message),
        "output_format": "text",
        "visibility": visibility,
    }
    write_atomically(path, json_of(results))


# What was written


def digest(paths: Sequence[Path]) -> str:
    """The SHA-256 of the files that were written, to be noted elsewhere."""
    return "\n".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {os.fspath(path)}"
        for path in paths
        if path.is_file()
    )
