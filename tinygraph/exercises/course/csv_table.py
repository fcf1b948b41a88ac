"""CSV files as spreadsheets and learning platforms write them, in English or German."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import ArgumentError, FileError
from ...files import require_regular
from ..language import translated
from .names import letters_of

DELIMITERS = ";\t,"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
Spellings = Mapping[str, Sequence[str]]  # of the columns: the first one is the best


@dataclass(frozen=True)
class CsvTable:
    """A table with a head; its columns are found by what they may be called."""

    path: Path
    head: list[str]
    lines: list[tuple[int, list[str]]]  # with the number of each in the file
    places: dict[str, int]  # of the columns that have a meaning

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """The lines that have cells: their number, and the cells with a meaning."""
        for number, cells in self.lines:
            padded = cells + [""] * len(self.head)
            values = {field: padded[at].strip() for field, at in self.places.items()}
            if any(values.values()):
                yield number, values


def read_csv(path: Path, spellings: Spellings) -> CsvTable:
    """A CSV file. Raises FileError if it cannot be read, and ArgumentError.

    The separator is a comma, a semicolon or a tab, whichever the first line has most.
    """
    text = read_text(path).removeprefix("\ufeff")
    if text.startswith("sep="):  # a line for Excel
        text = text.partition("\n")[2]
    first = next(filter(str.strip, text.splitlines()), "")
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cells)]
    except csv.Error as error:
        raise ArgumentError(
            translated("{path} cannot be read as CSV: {error}", path=path, error=error)
        ) from None
    if not lines:
        raise ArgumentError(
            translated(
                "{path} is empty: its first line must name the columns", path=path
            )
        )
    _, head = lines[0]
    return CsvTable(path, head, lines[1:], places_in(head, spellings))


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, in UTF-16, or in what Windows uses in Europe."""
    try:
        require_regular(path)
        data = path.read_bytes()
    except FileError:
        raise
    except OSError as error:
        raise FileError(
            translated(
                "{path} cannot be read: {error}", path=path, error=error.strerror
            )
        ) from None
    if data.startswith(UTF_16):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def places_in(head: Sequence[str], spellings: Spellings) -> dict[str, int]:
    """Where the columns are that have a meaning."""
    said = [letters_of(name) for name in head]
    found = {}
    for field, names in spellings.items():
        best = next((name for name in map(letters_of, names) if name in said), None)
        if best is not None:
            found[field] = said.index(best)
    return found
