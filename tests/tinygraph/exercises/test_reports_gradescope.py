"""results.json keeps to the specification of Gradescope's autograder.

https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from test_reports import ROWS, STRANGE

from tinygraph.exercises.grading_command import VISIBILITY
from tinygraph.exercises.reports import write_gradescope, write_gradescope_failure

Rules = dict[str, Callable[[Any], bool]]


def is_number(value: object) -> bool:
    """A finite number; True and False are none."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value)


def is_text(value: object) -> bool:
    """A text that a database takes: no NUL, and no half of a surrogate pair."""
    if not isinstance(value, str) or "\0" in value:
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in value)


def is_visibility(value: object) -> bool:
    """Shown never, after the due date, once grades are published, or always."""
    return value in ("hidden", "after_due_date", "after_published", "visible")


def is_format(value: object) -> bool:
    """How a text is shown."""
    return value in ("text", "html", "simple_format", "md", "ansi")


def is_object(value: object) -> bool:
    """Extra data, which is kept as it is."""
    return isinstance(value, dict)


# The keys that the specification knows, all of them optional by themselves.
RESULTS: Rules = {
    "score": is_number,  # overrides the sum of the tests
    "execution_time": lambda value: isinstance(value, int) and value >= 0,  # seconds
    "output": is_text,  # about the whole submission
    "output_format": is_format,
    "test_output_format": is_format,
    "test_name_format": is_format,
    "visibility": is_visibility,
    "stdout_visibility": is_visibility,
    "extra_data": is_object,
    "tests": lambda value: isinstance(value, list),
    "leaderboard": lambda value: isinstance(value, list),
}
TEST: Rules = {
    "score": is_number,
    "max_score": is_number,
    "status": lambda value: value in ("passed", "failed"),
    "name": is_text,
    "name_format": is_format,
    "number": is_text,
    "output": is_text,
    "output_format": is_format,
    "tags": lambda value: isinstance(value, list) and all(map(is_text, value)),
    "visibility": is_visibility,
    "extra_data": is_object,
}


def broken_rules(results: dict[str, Any]) -> list[str]:
    """What the specification does not allow."""
    found = list(broken(results, RESULTS))
    tests = results.get("tests", [])
    for test in tests:
        found += broken(test, TEST)
    if "score" not in results and not (tests and all("score" in t for t in tests)):
        found.append("neither the whole nor each test has a score")
    return found


def broken(entry: dict[str, Any], rules: Rules) -> Iterator[str]:
    """The keys that are unknown, or have a value that they cannot have."""
    for key, value in entry.items():
        if key not in rules:
            yield f"{key} is unknown"
        elif not rules[key](value):
            yield f"{key} cannot be {value!r}"


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


def test_points_alone_are_no_pass(tmp_path):
    row = replace(ROWS[0], points=4.0, status="failed", message="changes its argument")
    write_gradescope(tmp_path / "results.json", [row], "visible")
    assert read(tmp_path / "results.json")["tests"][0]["status"] == "failed"


def test_the_graders_fault_stands_above_all_tests(tmp_path):
    rows = [replace(row, student="anna") for row in ROWS]
    write_gradescope(tmp_path / "results.json", rows, "visible")
    assert read(tmp_path / "results.json")["output"] == "not the student's fault"


def test_results_without_any_exercise(tmp_path):
    write_gradescope_failure(tmp_path / "results.json", "no such folder\0", "visible")
    results = read(tmp_path / "results.json")
    assert broken_rules(results) == []
    assert (results["score"], results["output"]) == (0.0, "no such folder?")


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
