"""tinygraph grade with a course, a roster and overrides: what reaches the reports."""

import argparse
import csv
import json
import os
import re
import tempfile
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from handed_in import put
from test_grade_command import run

from tinygraph.errors import ArgumentError
from tinygraph.exercises.catalogue import find_exercise
from tinygraph.exercises.grading.command import hidden_folders

MSE = b"""
import numpy as np

def mse(target, output):
    return np.sum((target - output) ** 2) / 2
"""
SCIPY = b"import scipy\n" + MSE
COURSE = """
exercises = ["01", {id = "03", weight = 2}]
due = 2026-11-30
timezone = "Europe/Berlin"
late = {percent_per_day = 10}
imports = ["numpy"]
"""
ROSTER = """\
First name,Last name,ID number,Email address
Ann,Müller,1,am@uni.de
Ben,Koch,2,bk@uni.de
Cara,Lee,3,cl@uni.de
Dora,Abt,4,da@uni.de
"""


def put_at(path: Path, text: bytes, *moment: int) -> None:
    seconds = datetime(*moment, tzinfo=UTC).timestamp()
    os.utime(put(path, text), (seconds, seconds))


@pytest.fixture
def words(tmp_path) -> list[object]:
    """A class of four with a late answer, and the words of the command."""
    folder = tmp_path / "class"
    put_at(folder / "mullerann" / "01_mse.py", MSE, 2026, 11, 20)
    put_at(folder / "Koch, Ben" / "01_mse.py", MSE, 2026, 12, 2)
    put_at(folder / "3" / "01_mse.py", SCIPY, 2026, 11, 25)
    put_at(folder / "Xaver" / "01_mse.py", MSE, 2026, 11, 28)
    course = put(tmp_path / "course.toml", COURSE.encode())
    roster = put(tmp_path / "roster.csv", ROSTER.encode())
    return [folder, "--jobs", 2, "--course", course, "--roster", roster]


def lines_of(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text(encoding="utf-8").splitlines()))


def test_a_course_reaches_every_report(words, tmp_path, capsys):
    files = {name: tmp_path / name for name in ("csv", "json", "junit", "html")}
    files |= {name: tmp_path / name for name in ("moodle", "canvas", "gradescope")}
    put(
        tmp_path / "class.grades" / "overrides.csv",
        b"student;exercise;points;comment\n3;1;1,5;oral exam\nAbt Dora;3;7;\nEve;1;1;",
    )
    assert run(*words, *(w for n, p in files.items() for w in (f"--{n}", p))) == 1
    captured = capsys.readouterr()
    assert "1 late answer with a deduction" in captured.out
    assert "2 overrides of the teacher" in captured.out
    for said in (
        "tinygraph: Xaver is not in the roster.",
        "line 4, is not applied: there is no student 'Eve'",
        "the override of 03_softmax for Dora Abt gives 7 points, more than 6.",
    ):
        assert said in captured.err

    summary = lines_of(tmp_path / "summary.csv")
    assert summary[0] == [
        "student",
        "id",
        "email",
        "points",
        "max",
        "01_mse",
        "03_softmax",
    ]
    assert [
        (line[0], line[1], float(line[3]), float(line[4])) for line in summary[1:]
    ] == [
        ("Ann Müller", "1", 2, 8),
        ("Ben Koch", "2", 1.6, 8),
        ("Cara Lee", "3", 1.5, 8),
        ("Dora Abt", "4", 7, 8),
        ("Xaver", "", 2, 8),
    ]
    students = json.loads(files["json"].read_text())["students"]
    ben = next(own for own in students if own["student"] == "Ben Koch")
    assert (ben["id"], ben["email"]) == ("2", "bk@uni.de")
    late = ben["exercises"][0]
    assert (late["points"], late["checked_points"], late["late_percent"]) == (
        1.6,
        2,
        20,
    )
    assert late["handed_in"] == "2026-12-02T00:00:00+00:00"
    assert late["notes"] == [
        "late by 1 day and 1 hour (the file was written 2026-12-02 01:00): "
        "20% of the points are deducted, 2 become 1.6"
    ]
    cara = next(own for own in students if own["student"] == "Cara Lee")
    changed = cara["exercises"][0]
    assert (changed["points"], changed["points_before_override"]) == (1.5, 0)
    assert "scipy may not be imported here" in changed["message"]
    assert changed["comment"] == "oral exam"
    assert changed["notes"] == ["the teacher gave 1.5 points instead of 0: oral exam"]
    assert cara["exercises"][1]["max"] == 6

    page = files["html"].read_text()
    for said in (
        "(3): ",
        "Dora Abt",
        "20% of the points",
        "oral exam",
        "not in the roster",
    ):
        assert said in page
    suites = ET.parse(files["junit"]).getroot()
    failed = {
        c.get("classname"): c.get("name") for c in suites.iter("testcase") if len(c)
    }
    assert failed["Ben Koch.01_mse"] == "handed in on time"
    scores = {
        path.name[4:-5]: [
            test["score"] for test in json.loads(path.read_text())["tests"]
        ]
        for path in files["gradescope"].iterdir()
    }
    assert scores["Ben_Koch"] == [1.6, 0] and scores["Dora_Abt"] == [0, 7]


def test_what_the_platforms_import(words, tmp_path):
    put(tmp_path / "class" / "Abt, Dora_77_assignsubmission_file_" / "01_mse.py", MSE)
    files = [tmp_path / "moodle.csv", tmp_path / "canvas.csv"]
    run(*words, "--moodle", files[0], "--canvas", files[1])
    head, *lines = lines_of(files[0])
    ann, _, _, dora, _ = (dict(zip(head, line, strict=True)) for line in lines)
    assert (ann["Email address"], ann["ID number"]) == ("am@uni.de", "1")
    assert (ann["Grade"], ann["Maximum Grade"], ann["01_mse"]) == ("2", "8", "2")
    assert dora["Identifier"] == "Participant 77" and "Last modified (grade)" in head
    assert ann["Feedback comments"].startswith("01_mse: 2 of 2, right in all cases<br>")
    head, possible, *lines = lines_of(files[1])
    assert head[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert possible == ["    Points Possible", "", "", "", "", "2", "6"]
    assert lines[1] == ["Ben Koch", "2", "", "", "", "1.6", "0"]


def test_rules_are_changed_without_grading_again(words, tmp_path, capsys):
    run(*words)
    journal = tmp_path / "class.grades" / "journal.jsonl"
    rows = [line for line in journal.read_bytes().split(b"\n") if line]
    text = COURSE.replace("weight = 2", "weight = 3").replace("10}", "50}")
    put(tmp_path / "course.toml", text.encode())
    run(*words)
    assert [line for line in journal.read_bytes().split(b"\n") if line] == rows
    assert re.search("Ben Koch +0 of 11", capsys.readouterr().out)
    put(tmp_path / "course.toml", text.replace('["numpy"]', '["scipy"]').encode())
    run(*words)
    assert [line for line in journal.read_bytes().split(b"\n") if line] != rows


def test_a_late_answer_is_not_full_although_it_passed(words, tmp_path, capsys):
    folder = tmp_path / "late"
    put_at(folder / "ann" / "01_mse.py", MSE, 2026, 12, 2)
    put_at(folder / "ben" / "01_mse.py", MSE, 2026, 11, 2)
    assert run(folder, "--course", tmp_path / "course.toml", "--exercise", "01") == 1
    put(tmp_path / "all.csv", b"student,exercise,points\nann,01,2")
    more = ["--exercise", "01", "--overrides", tmp_path / "all.csv"]
    assert run(folder, "--course", tmp_path / "course.toml", *more) == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--exercise", "02"], "there is no exercise '02'"),
        (["--single"], "--roster names a class, and --single grades one student"),
    ],
)
def test_what_does_not_fit_together_is_said(words, more, said):
    with pytest.raises(ArgumentError, match=said):
        run(*words, *more)


def test_a_range_of_exercises(tmp_path, capsys):
    put(tmp_path / "class" / "ann" / "01_mse.py", MSE)
    run(tmp_path / "class", "--exercise", "1-2", "08", "--csv", tmp_path / "o.csv")
    head = lines_of(tmp_path / "summary.csv")[0]
    assert head[3:] == ["01_mse", "02_activation_grads", "08_matmul_vjp"]


def test_the_teachers_files_are_hidden_from_students(tmp_path):
    names = ("course", "roster", "overrides", "secret")
    given = {name: put(tmp_path / name / "file") for name in names}
    arguments = argparse.Namespace(**given, folder=tmp_path / "class")
    own = replace(find_exercise("01"), path=tmp_path / "own" / "16_square.py")
    hidden = hidden_folders(arguments, tmp_path / "out", [find_exercise("02"), own])
    folders = {tmp_path / name for name in ("out", "class", *names, "own")}
    assert set(hidden) == {*folders, *given.values(), own.path}
    with tempfile.TemporaryDirectory() as folder:
        arguments.course = put(Path(folder).parent / f"{tmp_path.name}.toml")
        found = hidden_folders(arguments, None, [])
        arguments.course.unlink()
    assert arguments.course in found
    assert Path(tempfile.gettempdir()) not in found
