"""What the grader says of the walls around students' files, and when it runs none."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from cheats import walls as around_an_answer
from graded_rows import ROWS
from handed_in import class_of
from test_grade_command import run

from tinygraph.__main__ import main
from tinygraph.exercises.grading import walls
from tinygraph.exercises.grading.class_page import write_html
from tinygraph.exercises.grading.csv_report import write_csv
from tinygraph.exercises.running import nursery, process

ALL = [*walls.NAMES, "CPU", "AS"]
RAN = [replace(ROWS[0], walls=ALL), replace(ROWS[1], walls=["network", "disk", "CPU"])]


@pytest.fixture
def no_walls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walls, "walls_of_this_system", lambda hidden: ["CPU", "AS"])


@pytest.mark.usefixtures("no_walls")
def test_without_a_wall_nothing_is_run(tmp_path, monkeypatch, capsys):
    class_of(tmp_path, 2)
    monkeypatch.setattr(process, "start_process", lambda *a: 1 / 0)
    assert main(["grade", str(tmp_path / "class"), "--exercise", "09"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "nothing was run" in said and "--unsafe" in said
    assert not (tmp_path / "class.grades" / "journal.jsonl").exists()


@pytest.mark.usefixtures("no_walls")
def test_unsafe_goes_on(tmp_path, capsys):
    class_of(tmp_path, 2)
    assert run(tmp_path / "class", "--exercise", "09", "--unsafe") == 1
    assert "0 of" in capsys.readouterr().out


def test_a_wall_is_enough_to_go_on(monkeypatch):
    monkeypatch.setattr(walls, "walls_of_this_system", lambda hidden: ["disk", "AS"])
    walls.require_walls([])


def test_the_walls_of_this_system_are_those_around_an_answer(tmp_path):
    assert nursery.walls_of_this_system([tmp_path]) == around_an_answer()


def test_the_end_of_the_output_says_around_how_many_a_wall_was_down():
    assert walls.walls_in_words([RAN[0], *ROWS[2:]]) == (
        "network: blocked; this package's and the class's files: blocked; "
        "writing outside its own folder: blocked; other processes: blocked; "
        "memory limit: set."
    )
    said = walls.walls_in_words(RAN)
    assert "network: blocked" in said and "memory limit: not set" in said
    assert "other processes: not blocked in 1 of 2 rows" in said
    assert "network: not blocked" in walls.walls_in_words(ROWS)


def test_of_walls_around_nothing_nothing_is_said():
    absent = [replace(row, status="missing", walls=[]) for row in ROWS]
    assert walls.walls_in_words(absent) == "no file was run."


def test_reports_tell_of_each_row_which_walls_were_down(tmp_path: Path):
    rows = [*RAN, *ROWS[2:]]
    write_csv(tmp_path / "points.csv", rows)
    text = (tmp_path / "points.csv").read_text()
    told = [line["not_blocked"] for line in csv.DictReader(io.StringIO(text))]
    down = "this package's and the class's files; other processes"
    assert told == ["", down, *[""] * (len(rows) - 2)]
    write_html(tmp_path / "class.html", rows)
    page = (tmp_path / "class.html").read_text()
    assert page.count("While this file ran, not blocked:") == 1
    assert "<li>Walls: network: blocked" in page
