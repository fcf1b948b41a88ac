"""tinygraph grade: what it says, what it writes, and how it ends."""

import argparse
import builtins
import csv
import io
import json
import re
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from cheats import walls
from gradescope_rules import broken_rules
from handed_in import EXERCISE, NAME, RIGHT, WRONG, class_of, put, zipped

from tinygraph.errors import ArgumentError, FileError
from tinygraph.exercises.catalogue import shipped_exercises
from tinygraph.exercises.grading import command
from tinygraph.exercises.grading import grade as grading
from tinygraph.exercises.grading.command import add_grade
from tinygraph.exercises.running.process import GraderError


def run(*words: object) -> int:
    parser = argparse.ArgumentParser()
    add_grade(parser.add_subparsers())
    arguments = parser.parse_args(["grade", *map(str, words)])
    return arguments.command(arguments)


def test_the_command_says_all_of_it(tmp_path, capsys):
    class_of(tmp_path)
    secret = put(tmp_path / "secret", b"4711")
    words = [tmp_path / "class", "--exercise", "09", "--secret", secret, "--jobs", 2]
    assert run(*words, "--csv", tmp_path / "grades.csv") == 1
    said = capsys.readouterr().out
    assert "wrong_diagonal  1 of 3: s0" in said and "network" in said
    assert (tmp_path / "grades.csv").exists() and (tmp_path / "summary.csv").exists()
    assert (tmp_path / "class.grades" / "journal.jsonl").exists()
    put(tmp_path / "class" / "s0" / NAME)
    assert run(*words) == 0


def test_the_secret_of_a_folder_stays(tmp_path, capsys):
    class_of(tmp_path, 2)
    run(tmp_path / "class", "--exercise", "09")
    first = (tmp_path / "class.grades" / "secret").read_bytes()
    run(tmp_path / "class", "--exercise", "09")
    assert first == (tmp_path / "class.grades" / "secret").read_bytes()
    assert len((tmp_path / "class.grades" / "journal.jsonl").read_bytes().split()) > 2


def test_rows_that_are_not_signed_are_graded_again_and_it_is_said(tmp_path, capsys):
    class_of(tmp_path, 2)
    words = [tmp_path / "class", "--exercise", "09"]
    run(*words)
    assert "signed" not in capsys.readouterr().err
    journal = tmp_path / "class.grades" / "journal.jsonl"
    unsigned = re.sub(rb', "signature": "\w+"', b"", journal.read_bytes())
    journal.write_bytes(unsigned.replace(b'"failed"', b'"passed"'))
    assert run(*words) == 1
    said = capsys.readouterr().err
    assert f"2 lines are not signed with the secret of this class in {journal}" in said
    assert "is graded again" in said


def test_one_student_for_gradescope(tmp_path, capsys):
    put(tmp_path / "submission" / NAME)
    out = tmp_path / "results.json"
    words = ["--single", "--exercise", "09", "--gradescope", out]
    assert run(tmp_path / "submission", *words) == 0
    assert json.loads(out.read_text())["tests"][0]["score"] == EXERCISE.points
    assert not (tmp_path / "submission.grades").exists()


UNUSABLE = {
    "an empty folder": lambda path: path.mkdir(),
    "an essay": lambda path: put(path / "essay.txt", b"I did it on paper."),
    "a folder as the file": lambda path: (path / NAME).mkdir(parents=True),
    "a file as the folder": lambda path: put(path, b"PK"),
    "a broken zip": lambda path: put(path / "work.zip", b"PK"),
}


@pytest.mark.parametrize("what", UNUSABLE)
def test_gradescope_learns_why_nothing_could_be_used(what, tmp_path, capsys):
    UNUSABLE[what](tmp_path / "submission")
    out = tmp_path / "results.json"
    assert run(tmp_path / "submission", "--single", "--gradescope", out) == 1
    results = json.loads(out.read_text())
    assert broken_rules(results) == [] and len(results["tests"]) == len(
        shipped_exercises()
    )
    assert all(test["status"] == "failed" for test in results["tests"])
    assert all(test["output"] for test in results["tests"])


def failing(error: Exception):
    def grade(*arguments, **options):
        raise error

    return grade


def test_gradescope_learns_that_there_is_no_folder(tmp_path):
    out = tmp_path / "results.json"
    with pytest.raises(FileError):
        run(tmp_path / "no", "--single", "--gradescope", out)
    results = json.loads(out.read_text())
    assert broken_rules(results) == [] and "does not exist" in results["output"]


def test_gradescope_learns_that_the_grader_failed(tmp_path, monkeypatch, capsys):
    put(tmp_path / "submission" / NAME)
    words = [tmp_path / "submission", "--single", "--gradescope", tmp_path / "out.json"]
    monkeypatch.setattr(command, "grade_all", failing(GraderError("no processes")))
    assert run(*words) == 3
    results = json.loads((tmp_path / "out.json").read_text())
    assert broken_rules(results) == [] and "no processes" in results["output"]
    monkeypatch.setattr(command, "grade_all", failing(ZeroDivisionError("a bug")))
    with pytest.raises(ZeroDivisionError):
        run(*words)
    results = json.loads((tmp_path / "out.json").read_text())
    assert broken_rules(results) == [] and "a bug" in results["output"]
    assert "not the student's fault" in results["output"]


def test_a_class_that_cannot_be_graded_leaves_no_results(tmp_path):
    with pytest.raises(FileError):
        run(tmp_path / "no", "--gradescope", tmp_path / "out.json")
    assert not (tmp_path / "out.json").exists()


def test_the_work_of_one_student_for_gradescope(tmp_path, capsys):
    put(tmp_path / "submission" / NAME, WRONG)
    out = tmp_path / "results.json"
    words = ("--single", "--jobs", "1", "--gradescope", out)
    assert run(tmp_path / "submission", *words) == 1
    results = json.loads(out.read_text())
    found = {test["number"]: test for test in results["tests"]}
    assert broken_rules(results) == [] and len(found) == len(shipped_exercises())
    assert found["09"]["status"] == "failed" and "diagonal" in found["09"]["output"]


def test_the_graders_fault_is_exit_code_3(tmp_path, monkeypatch, capsys):
    class_of(tmp_path, 1)
    monkeypatch.setattr(grading, "judge", lambda *a: 1 / 0)
    out = tmp_path / "results.json"
    assert run(tmp_path / "class", "--exercise", "09", "--gradescope", out) == 3
    assert "not the student's fault" in out.read_text()


def test_an_empty_folder_and_an_empty_secret(tmp_path):
    (tmp_path / "class").mkdir()
    with pytest.raises(ArgumentError, match="--single"):
        run(tmp_path / "class")
    put(tmp_path / "class" / "a" / NAME)
    with pytest.raises(ArgumentError, match="empty"):
        run(tmp_path / "class", "--secret", put(tmp_path / "secret", b"\n"))
    with pytest.raises(FileError):
        run(tmp_path / "class", "--secret", tmp_path / "no")


def test_what_cannot_be_read_is_a_row_everywhere_and_costs_points(tmp_path, capsys):
    for name in ("anna", "carl"):
        put(tmp_path / "class" / name / NAME)
    put(tmp_path / "class" / "nina.tar.gz")
    (tmp_path / "class" / "otto").mkdir()
    reports = ["--csv", tmp_path / "points.csv", "--html", tmp_path / "class.html"]
    assert run(tmp_path / "class", "--exercise", "09", *reports) == 1
    said = capsys.readouterr()
    assert "nina" in said.out and "nina" not in said.err
    with (tmp_path / "points.csv").open(newline="") as file:
        messages = {line["student"]: line["message"] for line in csv.DictReader(file)}
    assert list(messages) == ["anna", "carl", "nina", "otto"]
    assert messages["nina"].startswith("nina.tar.gz cannot be read as a tar file")
    assert messages["otto"] == f"no {NAME} was handed in"
    page = (tmp_path / "class.html").read_text()
    assert "<li>Handed in nothing (1): <bdi>otto</bdi></li>" in page
    assert f"<bdi>nina</bdi> ({messages['nina']})" in page


def test_a_students_file_cannot_see_the_archive_of_the_class(tmp_path, capsys):
    if "files" not in walls():
        pytest.skip("this system cannot hide files")
    path = tmp_path / "class" / "moodle.zip"
    path.parent.mkdir()
    spy = f"import os\nif os.path.exists({str(path)!r}):\n    raise ValueError\n"
    zipped(path, {f"anna/{NAME}": spy.encode() + RIGHT, f"ben/{NAME}": RIGHT})
    assert run(path, "--exercise", "09") == 0
    assert "the class's files: blocked" in capsys.readouterr().out


def test_a_class_in_a_layout_of_its_own(tmp_path, capsys):
    put(tmp_path / "class" / "week 1" / "k123 anna" / NAME)
    put(tmp_path / "class" / "week 1" / "k124 ben" / NAME, WRONG)
    put(tmp_path / "class" / "week 1" / "carl" / NAME)
    names = r"week \d+/k\d+ (?P<student>\w+)/.*"
    words = [tmp_path / "class", "--exercise", "09", "--json", tmp_path / "out.json"]
    assert run(*words, "--names", names) == 1
    students = json.loads((tmp_path / "out.json").read_text())["students"]
    assert [(own["student"], own["points"]) for own in students] == [
        ("anna", EXERCISE.points),
        ("ben", students[1]["points"]),
        (f"week 1/carl/{NAME}", 0),
    ]
    assert "--names" in students[2]["exercises"][0]["message"]


@pytest.mark.parametrize("names", ["(", "(.*)/.*"])
def test_a_pattern_that_finds_no_student_is_refused(names, tmp_path, capsys):
    with pytest.raises(SystemExit):
        run(tmp_path, "--names", names)
    assert "argument --names" in capsys.readouterr().err


@pytest.mark.parametrize("text", [b"", b" \n"])
def test_an_empty_secret_of_a_folder_is_refused(text, tmp_path):
    class_of(tmp_path, 1)
    put(tmp_path / "class.grades" / "secret", text)
    with pytest.raises(ArgumentError, match="is empty: delete that file"):
        run(tmp_path / "class", "--exercise", "09")


def test_who_stops_it_learns_what_is_kept(tmp_path, monkeypatch, capsys):
    class_of(tmp_path, 3)
    told = []

    def progress():
        told.append(1)
        if len(told) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(command, "progress_bar", lambda count: nullcontext(progress))
    words = [tmp_path / "class", "--exercise", "09", "--jobs", 1]
    with pytest.raises(KeyboardInterrupt):
        run(*words)
    said = f"2 of 3 rows are kept in {tmp_path / 'class.grades'}"
    assert f"{said}; the same command continues there" in capsys.readouterr().err


def test_reports_are_written_though_nobody_reads_on(tmp_path, monkeypatch):
    class_of(tmp_path)

    def gone(*texts, **more):
        raise BrokenPipeError

    monkeypatch.setattr(builtins, "print", gone)
    with pytest.raises(BrokenPipeError):
        run(tmp_path / "class", "--exercise", "09", "--csv", tmp_path / "points.csv")
    assert "s0,09_softmax_vjp" in (tmp_path / "points.csv").read_text()


# A grader that the system ends as soon as it has told of two rows.
KILLED_AFTER_TWO = """
import contextlib, os, signal, sys
sys.path[:0] = {!r}
from test_grade_command import run
from tinygraph.exercises.grading import command

told = []

def progress():
    told.append(1)
    if len(told) == 2:
        os.kill(os.getpid(), signal.SIGKILL)

command.progress_bar = lambda count: contextlib.nullcontext(progress)
run(*{!r})
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no signals")
def test_a_killed_run_resumes_without_grading_twice(tmp_path):
    class_of(tmp_path, 8)
    words = (str(tmp_path / "class"), "--exercise", "09", "--jobs", "1")
    journal = tmp_path / "class.grades" / "journal.jsonl"
    program = KILLED_AFTER_TWO.format([str(Path(__file__).parent), *sys.path], words)
    killed = subprocess.run([sys.executable, "-c", program], stdout=subprocess.DEVNULL)
    assert killed.returncode == -signal.SIGKILL
    kept = journal.read_bytes().count(b'"key"')
    assert 2 <= kept < 8
    run(*words)
    lines = [json.loads(x) for x in io.BytesIO(journal.read_bytes()) if x.strip()]
    assert sorted(line["row"]["student"] for line in lines) == [
        f"s{number}" for number in range(8)
    ]
