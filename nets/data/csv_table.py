"""Reading a table from a CSV file: values separated by commas, semicolons or tabs."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .dataset import DataError, split
from .table import Table
from .text import read_text

DELIMITERS = (",", ";", "\t", "|")
MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "-", "."}
MOST_CLASSES = 100  # of whole numbers; more are numbers to predict
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")
TASKS = ("classes", "numbers")


@dataclass(frozen=True)
class Line:
    """The cells of a line of a file, and its number."""

    cells: list[str]
    number: int


@dataclass(frozen=True)
class Cells:
    """The lines of a table below its header, and the names of its columns."""

    path: Path
    columns: tuple[str, ...]
    lines: list[Line]
    comma: bool = False  # whether decimals may have a comma

    def numbers(self, place: int) -> NDArray[np.float64]:
        """The numbers of a column; `DataError` names the line of any other cell."""
        return np.array([self._number(line, place) for line in self.lines])

    def _number(self, line: Line, place: int) -> float:
        cell = self.value(line, place)
        if self.comma and DECIMAL_COMMA.fullmatch(cell):
            cell = cell.replace(",", ".")
        number = as_number(cell)
        if number is None or not np.isfinite(number):
            raise DataError(
                f"{self.where(line, place)} is {cell!r}, not a number: change it, or "
                f"remove the line or the column."
            )
        return number

    def value(self, line: Line, place: int) -> str:
        """What a cell has; `DataError` if it is missing."""
        cell = line.cells[place].strip()
        if cell.lower() in MISSING:
            raise DataError(
                f"{self.where(line, place)} is missing ({cell!r}): fill it in, or "
                f"remove the line or the column."
            )
        return cell

    def where(self, line: Line, place: int) -> str:
        """The place of a cell, for a sentence."""
        return f"line {line.number} of {self.path}, column {self.columns[place]!r},"


def csv_table(
    path: Path,
    target: str | None = None,
    *,
    delimiter: str | None = None,
    task: str | None = None,
    test_fraction: float = 0.2,
    seed: int = 0,
) -> tuple[Table, Table]:
    """The (train, test) rows of a CSV file, split as `split` does it.

    The first line has names if none of its cells is a number, or if `target` is among
    them. `target` names the column to predict, by default the last. It has "classes" if
    its values are texts, or at most 100 different whole numbers, and else "numbers";
    `task` says otherwise. The `delimiter` is by default that of , ; tab and | which the
    first line has most often. Where it is no comma, decimals may have one.

    Raises `DataError`, with line and column, for a missing value and for a text in a
    column of numbers, and for a file that is not a table.
    """
    cells = read_cells(path, target, delimiter)
    names = cells.columns
    place = len(names) - 1 if target is None else index_of(target, names, path)
    others = [number for number in range(len(names)) if number != place]
    if not others:
        raise DataError(f"{path} has only one column: a table needs two.")
    rows = np.stack([cells.numbers(number) for number in others], axis=1)
    labels, classes = targets_of(cells, place, task)
    columns = tuple(names[number] for number in others)
    table = Table(rows, labels, classes, columns, names[place])
    return split(table, test_fraction, seed)


def read_cells(path: Path, target: str | None, delimiter: str | None) -> Cells:
    """The cells of a file, all lines of one length."""
    text = read_text(path)
    if delimiter is not None and len(delimiter) != 1:
        raise DataError(f"the delimiter is {delimiter!r}: give one character.")
    mark = delimiter or usual_delimiter(text)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=mark, strict=True)
    try:
        lines = [Line(cells, reader.line_num) for cells in reader if any(cells)]
    except csv.Error as error:
        raise DataError(f"line {reader.line_num} of {path}: {error}.") from None
    if len(lines) < 2:
        raise DataError(f"{path} has {len(lines)} lines: a table needs more.")
    first = [cell.strip() for cell in lines[0].cells]
    for line in lines:
        if len(line.cells) != len(first):
            raise DataError(
                f"line {line.number} of {path} has {len(line.cells)} cells, but line "
                f"{lines[0].number} has {len(first)}: complete it, or give --delimiter."
            )
    named = target in first or not any(map(is_number, first))
    names = first if named else [f"column {n}" for n in range(1, len(first) + 1)]
    check_names(names, path)
    return Cells(path, tuple(names), lines[named:], comma=mark != ",")


def check_names(names: Sequence[str], path: Path) -> None:
    """Raise `DataError` for two columns of one name."""
    for name, count in Counter(names).items():
        if count > 1:
            raise DataError(f"{path} has {count} columns {name!r}: rename them.")


def usual_delimiter(text: str) -> str:
    """The character that separates the cells of the first line.

    >>> usual_delimiter("1,5;2,5;3\\n"), usual_delimiter("height,weight\\n")
    (';', ',')
    """
    first = next(iter(text.splitlines()), "")
    if ";" in first:  # then commas may be those of decimals
        return ";"
    return max(DELIMITERS, key=first.count)


def index_of(target: str, names: Sequence[str], path: Path) -> int:
    """The place of the column `target`."""
    if target not in names:
        raise DataError(
            f"{path} has no column {target!r}: its columns are {listed(names)}."
        )
    return names.index(target)


def listed(names: Sequence[str], most: int = 10) -> str:
    """Names with commas between them, at most ten.

    >>> listed(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(repr, names[:most])) + more


def targets_of(
    cells: Cells, place: int, task: str | None
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """The labels of the rows and the classes, or the numbers to predict and none."""
    values = [cells.value(line, place) for line in cells.lines]
    different = sorted(set(values))
    whole = all(re.fullmatch(r"[+-]?\d+", value) for value in different)
    if task is None:
        numeric = all(map(is_number, different)) or (
            cells.comma and all(map(DECIMAL_COMMA.fullmatch, different))
        )
        few = whole and len(different) <= MOST_CLASSES
        task = "numbers" if numeric and not few else "classes"
    if task == "numbers":
        return cells.numbers(place), ()
    if len(different) < 2:
        raise DataError(
            f"column {cells.columns[place]!r} of {cells.path} has only the class "
            f"{different[0]!r}: give a column with at least two with --target."
        )
    classes = sorted(different, key=int) if whole else different
    number = {name: label for label, name in enumerate(classes)}
    return np.array([number[value] for value in values], np.int64), tuple(classes)


def is_number(cell: str) -> bool:
    """Whether a cell has a number.

    >>> is_number("-1e3"), is_number("3 cm")
    (True, False)
    """
    return as_number(cell) is not None


def as_number(cell: str) -> float | None:
    """The number in a cell, or None."""
    try:
        return float(cell)
    except ValueError:
        return None
