"""Grades as files, read back by what reads such files."""

import csv
import json

import pytest
from graded_rows import CHARACTERS, ROWS, STRANGE

from tinygraph.errors import ArgumentError, FileError
from tinygraph.exercises.grading.class_page import write_html
from tinygraph.exercises.grading.csv_report import (
    MOST_IN_CELL,
    without_formula,
    write_csv,
)
from tinygraph.exercises.grading.json_report import write_json
from tinygraph.exercises.grading.junit_report import write_junit
from tinygraph.exercises.grading.summary import digests_of


def read_csv(path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, strict=True))


def test_csv(tmp_path):
    write_csv(tmp_path / "grades.csv", ROWS)
    lines = read_csv(tmp_path / "grades.csv")
    assert len(lines) == len(ROWS)
    assert lines[1]["student"] == "anna" and float(lines[1]["points"]) == 0.5
    assert lines[1]["message"].startswith("'=cmd")
    table = read_csv(tmp_path / "summary.csv")
    assert [line["student"] for line in table][:2] == ["anna", "'=1+1"]
    assert (table[0]["points"], table[0]["max"], table[0]["10_b"]) == (
        "4.5",
        "10.0",
        "0.5",
    )
    with pytest.raises(ArgumentError):
        write_csv(tmp_path / "summary.csv", ROWS)


def test_what_was_said_comes_back_from_csv(tmp_path):
    write_csv(tmp_path / "grades.csv", STRANGE)
    lines = read_csv(tmp_path / "grades.csv")
    assert [line["status"] for line in lines] == [row.status for row in STRANGE]
    assert [line["student"] for line in lines] == [
        without_formula(r.student) for r in STRANGE
    ]
    assert [line["message"] for line in lines] == [
        without_formula(r.message) for r in STRANGE
    ]
    assert len(read_csv(tmp_path / "summary.csv")) == len(CHARACTERS)


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "  =", "＝"])
def test_no_cell_is_a_formula(sign):
    assert without_formula(f"{sign}1+1").startswith("'")
    assert without_formula("a=1") == "a=1"
    assert without_formula(-1.5) == -1.5
    assert without_formula("\0=1+1") == "�=1+1"


def test_no_cell_is_longer_than_a_spreadsheet_takes():
    assert (
        len(without_formula("=" + 40_000 * "a"))
        == len(without_formula(40_000 * "a"))
        == MOST_IN_CELL
    )


def test_json(tmp_path):
    write_json(tmp_path / "a.json", ROWS)
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    document = json.loads(text, parse_constant=pytest.fail)
    assert document["format"] == 1 and len(document["students"]) == 4
    anna = document["students"][0]
    assert (anna["points"], anna["max"]) == (4.5, 10.0)
    assert anna["exercises"][1]["checks"][1] == {"name": "values", "passed": False}
    assert anna["exercises"][1]["yours"] is None
    assert document["mistakes"][0]["students"] == ["\ud800"]


def test_files_that_cannot_be_written(tmp_path):
    for writer in (write_csv, write_json, write_junit, write_html):
        with pytest.raises(FileError):
            writer(tmp_path / "no" / "file", ROWS)


def test_digest(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    (line,) = digests_of([tmp_path / "a", tmp_path / "b"])
    assert line.startswith("e3b0c44298fc1c14")
