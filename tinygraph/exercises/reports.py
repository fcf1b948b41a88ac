"""The grades of a class as files: CSV, JSON, JUnit XML, Gradescope, and a page.

Texts that come of students' files are data everywhere: no spreadsheet takes one for a
formula, and no browser for a tag.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ArgumentError
from ..files import write_atomically
from .grade import FAULT, Row, mistakes

COLUMNS = ["student", "exercise", "points", "max", "status", "mistake", "case"]
COLUMNS += ["seed", "seconds", "file_sha256", "message"]
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
    if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA):
        return f"'{cell}"
    return cell


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
    """A suite for each student, and a case for each check of an exercise."""
    root = ET.Element("testsuites", name="tinygraph")
    for student, own in by_student(rows).items():
        suite = ET.SubElement(root, "testsuite", name=xml_text(student))
        for row in own:
            add_cases(suite, row)
        cases = list(suite)
        suite.set("tests", str(len(cases)))
        suite.set("time", f"{sum(row.seconds for row in own):.3f}")
        for kind, name in (
            ("failure", "failures"),
            ("error", "errors"),
            ("skipped", "skipped"),
        ):
            count = sum(case.find(kind) is not None for case in cases)
            suite.set(name, str(count))
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, 0)) for suite in root)))
    write_atomically(path, ET.tostring(root, "utf-8", xml_declaration=True))


def add_cases(suite: ET.Element, row: Row) -> None:
    """The checks of one exercise; where none has run, one case that says why."""
    checks = row.checks if row.status not in (FAULT, "missing") else []
    checks = checks or [("handed in", False)]
    if row.status != "passed" and all(passed for _, passed in checks):
        checks = [*checks, (row.mistake or row.status, False)]
    for number, (name, passed) in enumerate(checks):
        seconds = row.seconds if number == 0 else 0.0
        case = ET.SubElement(
            suite,
            "testcase",
            classname=xml_text(row.exercise),
            name=xml_text(name),
            time=f"{seconds:.3f}",
        )
        if not passed:
            kind = "error" if row.status == FAULT else "failure"
            said = {"message": xml_text(row.message), "type": xml_text(row.status)}
            ET.SubElement(case, kind, said).text = xml_text(told(row))


def xml_text(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


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
        "output": "\n".join(faults),
        "output_format": "text",
        "execution_time": round(sum(row.seconds for row in rows), 3),
        "visibility": visibility,
        "extra_data": {"numpy": np.__version__},
        "tests": [
            {
                "number": row.exercise.partition("_")[0],
                "name": row.exercise,
                "score": row.points,
                "max_score": row.maximum,
                "status": "passed" if row.status == "passed" else "failed",
                "output": told(row),
                "output_format": "text",
                "visibility": visibility,
                "extra_data": {"seed": row.seed, "file_sha256": row.file_sha256},
            }
            for row in rows
        ],
    }


# A page

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 75em;
  padding: 0 1em; color: #222; background: #fff; }
table { border-collapse: collapse; margin: 1em 0; display: block; overflow-x: auto; }
th, td { border: 1px solid #ccc; padding: .25em .6em; text-align: left;
  overflow-wrap: break-word; }
td.points { text-align: right; font-variant-numeric: tabular-nums; }
.full { background: #d8f0dc; } .part { background: #fdf0c8; }
.none { background: #fadcd8; } .fault { background: #ddd; }
"""


def write_html(path: Path, rows: Sequence[Row]) -> None:
    """A page with the class: points, and who made which mistake."""
    lines = summary_lines(rows)
    head = "".join(f"<th scope=col>{escape(str(cell))}</th>" for cell in lines[0])
    students = "".join(map(html_student, by_student(rows).items()))
    body = (
        f"<h2>Points</h2><table><tr>{head}</tr>{students}</table>{html_mistakes(rows)}"
    )
    page = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Grades</title><style>{STYLE}</style></head>"
        f"<body><h1>Grades</h1>{body}</body></html>\n"
    )
    write_atomically(path, encoded(page))


def html_student(entry: tuple[str, list[Row]]) -> str:
    """A student's line; what was wrong shows when the pointer rests on it."""
    student, rows = entry
    cells = f"<th scope=row>{escape(student)}</th>"
    cells += f"<td class=points>{total(rows):g}</td>"
    cells += f"<td class=points>{maximum(rows):g}</td>"
    for row in rows:
        name = "full" if row.points == row.maximum else "part" if row.points else "none"
        name = "fault" if row.status == FAULT else name
        why = escape(f"{row.status}: {told(row)}", quote=True)
        cells += f'<td class="points {name}" title="{why}">{row.points:g}</td>'
    return f"<tr>{cells}</tr>"


def html_mistakes(rows: Sequence[Row]) -> str:
    """Who made which mistake."""
    lines = "".join(
        f"<tr><td>{escape(m.exercise)}</td><td>{escape(m.name)}</td>"
        f"<td>{escape(m.message)}</td><td class=points>{len(m.students)}</td>"
        f"<td>{escape(', '.join(m.students))}</td></tr>"
        for m in mistakes(rows)
    )
    head = "<tr><th>exercise<th>mistake<th>what was said<th>how many<th>who</tr>"
    return f"<h2>Who made which mistake</h2><table>{head}{lines}</table>"


def digest(paths: Sequence[Path]) -> str:
    """The SHA-256 of the files that were written, to be noted elsewhere."""
    return "\n".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {os.fspath(path)}"
        for path in paths
        if path.is_file()
    )
