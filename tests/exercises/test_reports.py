"""Grades as files, read back by what reads such files."""

import csv
import json
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest

from tinygraph.errors import ArgumentError, FileError
from tinygraph.exercises.grade import Row
from tinygraph.exercises.reports import (
    digest,
    harmless,
    write_csv,
    write_gradescope,
    write_html,
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


def test_csv(tmp_path):
    write_csv(tmp_path / "grades.csv", ROWS)
    with (tmp_path / "grades.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == len(ROWS)
    assert lines[1]["student"] == "anna" and float(lines[1]["points"]) == 0.5
    assert lines[1]["message"].startswith("'=cmd")
    with (tmp_path / "summary.csv").open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert [line["student"] for line in table][:2] == ["anna", "'=1+1"]
    assert (table[0]["points"], table[0]["max"], table[0]["10_b"]) == (
        "4.5",
        "10.0",
        "0.5",
    )
    with pytest.raises(ArgumentError):
        write_csv(tmp_path / "summary.csv", ROWS)


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "  =", "＝"])
def test_no_cell_is_a_formula(sign):
    assert harmless(f"{sign}1+1").startswith("'")
    assert harmless("a=1") == "a=1"
    assert harmless(-1.5) == -1.5


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


def test_junit(tmp_path):
    write_junit(tmp_path / "a.xml", ROWS)
    root = ET.parse(tmp_path / "a.xml").getroot()
    assert root.tag == "testsuites"
    assert len(root) == 4
    for suite in root:
        cases = suite.findall("testcase")
        assert int(suite.get("tests")) == len(cases) > 0
        assert int(suite.get("failures")) == len(suite.findall("*/failure"))
        assert int(suite.get("errors")) == len(suite.findall("*/error"))
        for case in cases:
            assert case.get("classname") and case.get("name")
            assert float(case.get("time")) >= 0
    assert int(root.get("tests")) == len(root.findall("*/testcase"))
    anna, other, third, _ = root
    assert (anna.get("failures"), anna.get("errors")) == ("2", "0")
    assert (other.get("failures"), other.get("errors")) == ("1", "1")
    assert third.get("failures") == "1", "all checks passed, and yet it failed"


def test_gradescope(tmp_path):
    write_gradescope(tmp_path / "results.json", ROWS[:2], "hidden")
    results = json.loads((tmp_path / "results.json").read_text())
    allowed = {"output", "output_format", "execution_time", "visibility"}
    assert set(results) <= allowed | {"extra_data", "tests"}
    first, second = results["tests"]
    assert (first["number"], first["score"], first["max_score"]) == ("09", 4.0, 4.0)
    assert (first["status"], second["status"]) == ("passed", "failed")
    assert second["visibility"] == "hidden" and "(line 7)" in second["output"]
    write_gradescope(tmp_path / "all", ROWS, "visible")
    assert len(list((tmp_path / "all").glob("*.json"))) == 4


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text = [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text.append(data)


def test_html(tmp_path):
    write_html(tmp_path / "a.html", ROWS)
    page = Tags()
    page.feed((tmp_path / "a.html").read_text(encoding="utf-8"))
    assert not {"script", "b", "link", "img"} & {tag for tag, _ in page.tags}
    assert "<script>alert(1)</script>" in page.text
    assert "wrong_x" in page.text
    assert not any("src" in a or "href" in a for _, a in page.tags)


def test_files_that_cannot_be_written(tmp_path):
    for writer in (write_csv, write_json, write_junit, write_html):
        with pytest.raises(FileError):
            writer(tmp_path / "no" / "file", ROWS)


def test_digest(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    assert digest([tmp_path / "a", tmp_path / "b"]).startswith("e3b0c44298fc1c14")
