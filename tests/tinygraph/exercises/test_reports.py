"""Grades as files, read back by what reads such files."""

import csv
import json

import pytest

from tinygraph.errors import ArgumentError, FileError
from tinygraph.exercises.class_page import write_html
from tinygraph.exercises.grade import Row
from tinygraph.exercises.reports import (
    CELL,
    digest,
    harmless,
    write_csv,
    write_json,
    write_junit,
)

CHECKS = [("shape", True), ("values", False), ("corner cases", False)]
ROWS = [
    Row("anna", "09_a", 4.0, 4.0, "passed", seed=1, checks=[("shape", True)]),
    Row(
        "anna",
        "10_b",
        0.5,
        6.0,
        "failed",
        "wrong_x",
        "=cmd|'/c calc'!A1, \"quoted\"",
        case=3,
        index=[0, 1],
        yours=float("nan"),
        right=-1.0,
        line=7,
        seconds=0.25,
        checks=CHECKS,
        notes=["a note"],
    ),
    Row("=1+1", "09_a", 0.0, 4.0, "missing", message="nothing <b>here</b>\0"),
    Row("=1+1", "10_b", 0.0, 6.0, "grader", message="not the student's fault"),
    Row("<script>alert(1)</script>", "09_a", 3.0, 4.0, "failed", "in_place", "copy",
        checks=[("shape", True)]),
    Row("\ud800", "09_a", 0.0, 4.0, "crashed", "crashed", "\ud800"),
]  # fmt: skip


# What no format must stumble over, as a student's name and in a message.
LETTERS = {
    "a newline": "a\nb",
    "a tab": "a\tb",
    "quotes": '"a\'b"',
    "control characters": "\0\x07\x1b[31m\x7f",
    "an emoji": "🎓👩‍🎓",
    "no Unicode": "\udcff\ufffe",
    "a tag": "<b>&amp;]]>",
    "other scripts": "山田 مريم Ünal",
    "dots": "a.b.c",
    "a long name": "x" * 255,
    "a long message": "word " * 30_000,
}
STATUSES = ["passed", "failed", "error", "stub", "timeout", "memory", "crashed"]
STATUSES += ["missing", "grader"]
STRANGE = [
    Row(letters, f"{number:02}_{status}", 0.0, 2.0, status, "", letters, seconds=1.5,
        checks=[("shape", True), ("values", status == "passed")])
    for letters in LETTERS.values() for number, status in enumerate(STATUSES)
]  # fmt: skip


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
    assert [line["student"] for line in lines] == [harmless(r.student) for r in STRANGE]
    assert [line["message"] for line in lines] == [harmless(r.message) for r in STRANGE]
    assert len(read_csv(tmp_path / "summary.csv")) == len(LETTERS)


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "  =", "＝"])
def test_no_cell_is_a_formula(sign):
    assert harmless(f"{sign}1+1").startswith("'")
    assert harmless("a=1") == "a=1"
    assert harmless(-1.5) == -1.5
    assert harmless("\0=1+1") == "?=1+1"


def test_no_cell_is_longer_than_a_spreadsheet_takes():
    assert len(harmless("=" + 40_000 * "a")) == len(harmless(40_000 * "a")) == CELL


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
    assert digest([tmp_path / "a", tmp_path / "b"]).startswith("e3b0c44298fc1c14")
