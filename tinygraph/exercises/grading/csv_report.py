"""The grades of a class as CSV: a line for each row, and a summary of the students."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import ArgumentError
from ...files import write_atomically
from ...legible import for_xml
from ..language import translated
from .row import Row, by_student, total_maximum, total_points
from .walls import walls_down

COLUMNS = ["student", "exercise", "points", "max", "status", "mistake", "case"]
COLUMNS += ["seed", "seconds", "file_sha256", "message", "notes", "id", "email"]
COLUMNS += ["checked_points", "weight", "late_percent", "handed_in", "comment"]
COLUMNS += ["not_blocked"]
MOST_IN_CELL = 32_767  # characters that spreadsheets accept in a cell
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """Write a line for each row, and one for each student to summary.csv beside it."""
    summary = path.with_name("summary.csv")
    if path.name == summary.name:
        raise ArgumentError(
            translated(
                "{path} is the name of the summary: choose another name", path=path
            )
        )
    lines = [[cell_of(row, column) for column in COLUMNS] for row in rows]
    write_atomically(path, csv_bytes([COLUMNS, *lines]))
    write_atomically(summary, csv_bytes(summary_lines(rows)))


def cell_of(row: Row, column: str) -> Any:
    """The value of a row in a column."""
    if column == "notes":
        return "; ".join(row.notes)
    if column == "not_blocked":
        return "; ".join(walls_down(row))
    fields = {"max": "maximum", "id": "student_id"}
    return getattr(row, fields.get(column, column))


def summary_lines(rows: Sequence[Row]) -> list[list[Any]]:
    """A table with a line for each student and a column for each exercise."""
    names = list(dict.fromkeys(row.exercise for row in rows))
    who = ["id", "email"] if any(row.student_id or row.email for row in rows) else []
    lines: list[list[Any]] = [["student", *who, "points", "max", *names]]
    for student, own in by_student(rows).items():
        points = {row.exercise: row.points for row in own}
        totals = [total_points(own), total_maximum(own)]
        known = [cell_of(own[0], column) for column in who]
        lines.append([student, *known, *totals, *map(points.get, names)])
    return lines


def csv_bytes(lines: Sequence[Sequence[Any]]) -> bytes:
    """Lines as CSV."""
    text = io.StringIO()
    csv.writer(text).writerows([map(without_formula, line) for line in lines])
    return text.getvalue().encode()


def without_formula(cell: Any) -> Any:
    """A cell that no spreadsheet reads as a formula."""
    if not isinstance(cell, str):
        return cell
    text = for_xml(cell)
    sign = "'" if text.lstrip(" ").startswith(FORMULA_SIGNS) else ""
    return f"{sign}{text}"[:MOST_IN_CELL]
