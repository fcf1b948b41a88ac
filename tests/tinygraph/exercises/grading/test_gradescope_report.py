"""results.json keeps to the specification of Gradescope's autograder.

https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from graded_rows import ROWS, STRANGE
from gradescope_rules import broken_rules

from tinygraph.exercises.grading.gradescope_report import (
    write_gradescope,
    write_gradescope_failure,
)
from tinygraph.exercises.grading.options import VISIBILITY


def read(path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)


@pytest.mark.parametrize("visibility", VISIBILITY)
def test_every_students_results_keep_to_the_specification(tmp_path, visibility):
    write_gradescope(tmp_path / "all", [*ROWS, *STRANGE], visibility)
    paths = sorted((tmp_path / "all").iterdir())
    assert len(paths) == len({row.student for row in [*ROWS, *STRANGE]})
    for path in paths:
        results = read(path)
        assert broken_rules(results) == []
        assert results["visibility"] == visibility
        assert {test["visibility"] for test in results["tests"]} == {visibility}


def test_one_student_is_one_file(tmp_path):
    write_gradescope(tmp_path / "results.json", ROWS[:2], "hidden")
    first, second = read(tmp_path / "results.json")["tests"]
    assert (first["number"], first["score"], first["max_score"]) == ("09", 4.0, 4.0)
    assert (first["status"], second["status"]) == ("passed", "failed")
    assert "(line 7)" in second["output"] and "a note" in second["output"]


def test_full_points_alone_are_not_a_pass(tmp_path):
    row = replace(ROWS[0], points=4.0, status="failed", message="changes its argument")
    write_gradescope(tmp_path / "results.json", [row], "visible")
    assert read(tmp_path / "results.json")["tests"][0]["status"] == "failed"


def test_the_graders_fault_is_shown_above_all_tests(tmp_path):
    rows = [replace(row, student="anna") for row in ROWS]
    write_gradescope(tmp_path / "results.json", rows, "visible")
    assert read(tmp_path / "results.json")["output"] == "not the student's fault"


def test_results_without_any_exercise(tmp_path):
    write_gradescope_failure(tmp_path / "results.json", "no such folder\0", "visible")
    results = read(tmp_path / "results.json")
    assert broken_rules(results) == []
    assert (results["score"], results["output"]) == (0.0, "no such folder�")


# The check itself finds what it is for.

GOOD = {"tests": [{"score": 1.0}]}


@pytest.mark.parametrize(
    "results",
    [
        {},
        {"tests": []},
        {"tests": [{"score": 1.0}, {"max_score": 1.0}]},
        {**GOOD, "grade": 1},
        {"tests": [{"score": 1.0, "points": 1.0}]},
        {"score": math.nan},
        {"score": None},
        {"score": True},
        {"tests": [{"score": math.inf}]},
        {"tests": [{"score": 1.0, "status": "error"}]},
        {**GOOD, "visibility": "never"},
        {**GOOD, "output_format": "markdown"},
        {**GOOD, "output": "a\0b"},
        {**GOOD, "output": "\ud800"},
        {**GOOD, "execution_time": 1.5},
        {**GOOD, "extra_data": []},
        {"tests": [{"score": 1.0, "tags": "one"}]},
    ],
)
def test_the_check_refuses(results):
    assert broken_rules(GOOD) == []
    assert broken_rules(results)
