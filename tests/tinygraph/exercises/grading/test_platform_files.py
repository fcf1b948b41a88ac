"""The files that Moodle and Canvas import."""

import csv
import re

import pytest
from graded_rows import ROWS, STRANGE

from tinygraph.exercises.course.names import Person
from tinygraph.exercises.grading.platform_files import (
    who_is_not_found,
    write_canvas,
    write_moodle,
)
from tinygraph.exercises.grading.row import Row

TWO = [
    Row("ann", "01_mse", 1.23456, 2, "passed"),
    Row("ann", "02_b", 1, 3, "failed", message="if x < 0:\n  1"),
]


def lines_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("write", [write_moodle, write_canvas])
def test_no_cell_is_a_formula(tmp_path, write):
    people = {"anna": Person("+anna", "=1", "@a", "-b", "\t=c")}
    write(tmp_path / "file.csv", [*ROWS, *STRANGE], people)
    cells = [cell for line in lines_of(tmp_path / "file.csv") for cell in line]
    assert not [c for c in cells if re.match(r"\s*[=+@\t-]", c)]
    assert any("+anna" in cell for cell in cells)


def test_comments_are_html(tmp_path):
    write_moodle(
        tmp_path / "file.csv", TWO, {"ann": Person("Ann", identifier="Participant 7")}
    )
    (head, line) = lines_of(tmp_path / "file.csv")
    values = dict(zip(head, line, strict=True))
    assert values["Feedback comments"] == (
        "01_mse: 1.23456 of 2, right in all cases<br>02_b: 1 of 3, if x &lt; 0:<br>  1"
    )
    assert (values["Identifier"], values["Grade"]) == ("Participant 7", "2.2346")


@pytest.mark.parametrize(
    ("gradebook", "title", "heads", "points"),
    [
        ((), "", ["01_mse", "02_b"], ["1.2346", "1"]),
        (["MSE (4711)", "02 b (9)"], "x", ["MSE (4711)", "02 b (9)"], ["1.2346", "1"]),
        (["Networks (5)", "MSE (4711)"], "networks", ["Networks (5)"], ["2.2346"]),
        (
            ["Networks", "mse total (5)"],
            "Networks",
            ["01_mse", "02_b"],
            ["1.2346", "1"],
        ),
    ],
)
def test_columns_are_those_of_the_gradebook(tmp_path, gradebook, title, heads, points):
    person = Person("Lee, Ann", "11", "", "al", "Section 1", "u5")
    write_canvas(tmp_path / "c.csv", TWO, {"ann": person}, title, gradebook)
    head, possible, line = lines_of(tmp_path / "c.csv")
    assert head[5:] == heads and len(possible) == len(head)
    assert line == ["Lee, Ann", "11", "u5", "al", "Section 1", *points]
    assert sum(map(float, possible[5:])) == 5


def test_students_whom_a_platform_cannot_find_are_said():
    people = {
        "Ann": Person("Ann", "1"),
        "Ben": Person("Ben", email="b@x"),
        "Cara": Person("Cara", login="cara"),
        "Dora": Person("Dora", identifier="Participant 4"),
    }
    said = who_is_not_found("Moodle", people)
    assert said == (
        "Moodle cannot find Cara by number or address: give --roster the grading "
        "worksheet that Moodle exports"
    )
    assert "cannot find Ben by" in who_is_not_found("Canvas", people)
    assert who_is_not_found("Canvas", {"Ann": people["Ann"]}) == ""
