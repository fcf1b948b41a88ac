"""Grading a class: a row for everyone, whatever has been handed in."""

import argparse
import builtins
import io
import json
import os
import signal
import stat
import subprocess
import sys
import zipfile
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from test_process import CHEATS, source_of, walls

from tinygraph.errors import ArgumentError, FileError
from tinygraph.exercises import grade as grading
from tinygraph.exercises.exercise import named
from tinygraph.exercises.grade import grade, graded, mistakes, seed_for, tasks
from tinygraph.exercises.grading_command import add_grade
from tinygraph.exercises.process import Limits
from tinygraph.exercises.submissions import Submission, submission, submissions

EXERCISE = named("09")
NAME = "09_softmax_vjp.py"
RIGHT = b"""
def softmax_vjp(g, y):
    return y * (g - (g * y).sum(axis=-1, keepdims=True))
"""
WRONG = b"def softmax_vjp(g, y):\n    return y * (1 - y) * g"


def put(path: Path, text: bytes = RIGHT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)
    return path


def zipped(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
    return path


def notebook(*cells: str, kind: str = "code") -> bytes:
    entries = [{"cell_type": kind, "source": cell.splitlines(True)} for cell in cells]
    return json.dumps({"cells": entries, "metadata": None}).encode()


def found(path: Path) -> dict[str, Submission]:
    return {own.student: own for own in submissions(path, [EXERCISE])}


def rows_of(path: Path, **options):
    wanted = tasks(submissions(path, [EXERCISE]), [EXERCISE], b"secret", Limits())
    return {row.student: row for row in grade(wanted, 2, **options)}


# What is handed in


def test_folders_zips_and_notebooks(tmp_path):
    put(tmp_path / "anna" / NAME)
    zipped(tmp_path / "ben.zip", {f"work/{NAME}": RIGHT, "__MACOSX/._x": b"x"})
    text = notebook("import numpy as np\n%matplotlib inline", RIGHT.decode(), "1 / 0")
    put(tmp_path / "carl.ipynb", text)
    zipped(tmp_path / "dora.zip", {"all.ipynb": text})
    put(tmp_path / "emil" / "deep" / "er" / NAME)
    put(tmp_path / "grades.csv", b"nobody's")
    rows = rows_of(tmp_path)
    assert list(rows) == ["anna", "ben", "carl", "dora", "emil"]
    assert all(row.points == EXERCISE.points for row in rows.values())


def test_a_broken_cell_of_a_notebook_is_the_students_own(tmp_path):
    put(tmp_path / "a.ipynb", notebook("def f(:", RIGHT.decode()))
    put(tmp_path / "b.ipynb", notebook("x = 1", "def softmax_vjp(g, y:\n    return g"))
    put(tmp_path / "c.ipynb", notebook(RIGHT.decode(), kind="markdown"))
    rows = rows_of(tmp_path)
    assert [row.status for row in rows.values()] == ["passed", "error", "missing"]


def link(path: Path) -> None:
    put(path.parents[1] / "secret.txt", b"4711")
    path.mkdir()
    (path / NAME).symlink_to(path.parents[1] / "secret.txt")


def zip_with_link(path: Path) -> None:
    entry = zipfile.ZipInfo(NAME)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        archive.writestr(entry, "/etc/passwd")


def encrypted_zip(path: Path) -> None:
    data = bytearray(zipped(path.with_suffix(".zip"), {NAME: RIGHT}).read_bytes())
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    path.with_suffix(".zip").write_bytes(data)


def cut_zip(path: Path) -> None:
    data = zipped(path.with_suffix(".zip"), {NAME: RIGHT}).read_bytes()
    path.with_suffix(".zip").write_bytes(data[: len(data) // 2])


def rotten_zip(path: Path) -> None:
    data = bytearray(zipped(path.with_suffix(".zip"), {NAME: RIGHT}).read_bytes())
    data[len(NAME) + 35] ^= 0xFF
    path.with_suffix(".zip").write_bytes(data)


def nested_bomb(path: Path) -> None:
    zipped(path.with_suffix(".zip"), {NAME: bytes(200 * 2**20)})


def many_files(path: Path) -> None:
    zipped(path.with_suffix(".zip"), {f"{n}.txt": b"" for n in range(10_001)})


def pipe(path: Path) -> None:
    path.mkdir()
    os.mkfifo(path / NAME)


HANDED_IN = {
    "nothing": lambda path: path.mkdir(),
    "an empty file": lambda path: put(path / NAME, b""),
    "a huge file": lambda path: put(path / NAME, b"#" * (2**20 + 1)),
    "another file": lambda path: put(path / "essay.py"),
    "a folder as the file": lambda path: (path / NAME).mkdir(parents=True),
    "a link": link,
    "a link as the folder": lambda path: path.symlink_to("/etc"),
    "a broken link": lambda path: path.symlink_to("/no/such/folder"),
    "a pipe": pipe,
    "no zip": lambda path: put(path.with_suffix(".zip"), b"PK no zip"),
    "an empty zip": lambda path: put(path.with_suffix(".zip"), b""),
    "half a zip": cut_zip,
    "a rotten zip": rotten_zip,
    "an encrypted zip": encrypted_zip,
    "a zip that leads out": lambda path: zipped(
        path.with_suffix(".zip"), {f"../../{NAME}": RIGHT}
    ),
    "an absolute zip": lambda path: zipped(
        path.with_suffix(".zip"), {f"/tmp/{NAME}": RIGHT}
    ),
    "a zip of Windows": lambda path: zipped(
        path.with_suffix(".zip"), {f"..\\{NAME}": RIGHT}
    ),
    "a link in a zip": zip_with_link,
    "a bomb": nested_bomb,
    "many files": many_files,
    "broken JSON": lambda path: put(path.with_suffix(".ipynb"), b'{"cells": ['),
    "other JSON": lambda path: put(path.with_suffix(".ipynb"), b"[1, 2]"),
    "cells that are none": lambda path: put(
        path.with_suffix(".ipynb"), b'{"cells": [3, null]}'
    ),
    "deep JSON": lambda path: put(path.with_suffix(".ipynb"), b"[" * 200_000),
    "an empty notebook": lambda path: put(path.with_suffix(".ipynb"), b""),
    "a wrong answer": lambda path: put(path / NAME, WRONG),
    "bytes": lambda path: put(path / NAME, bytes(range(256))),
}


@pytest.mark.parametrize("what", HANDED_IN)
def test_whatever_is_handed_in_is_a_row_and_nobody_elses_matter(what, tmp_path):
    folder = tmp_path / "class"
    put(folder / "anna" / NAME)
    HANDED_IN[what](folder / "ben")
    put(folder / "carl" / NAME)
    before = sorted(tmp_path.rglob("*"))
    rows = rows_of(folder)
    assert list(rows) == ["anna", "ben", "carl"]
    assert rows["anna"].status == rows["carl"].status == "passed"
    assert rows["ben"].status not in ("passed", "grader")
    assert rows["ben"].message
    assert what == "a wrong answer" or rows["ben"].points == 0
    assert sorted(tmp_path.rglob("*")) == before, "something was unpacked"


def test_odd_names_stay_apart_and_on_one_line(tmp_path):
    names = ["a\nb", "a\\nb", "=1+1", "a,b", "ä", "<b>", "a\u202eb", " "]
    if sys.platform == "linux":
        names.append(os.fsdecode(b"\xff\xfe"))
    for name in names:
        put(tmp_path / name / NAME)
    rows = rows_of(tmp_path)
    assert len(rows) == len(names)
    assert all(student.isprintable() for student in rows)
    assert all(row.status == "passed" for row in rows.values())


def test_one_usable_file_is_enough(tmp_path):
    put(tmp_path / "anna" / NAME)
    put(tmp_path / "anna" / "old.zip", b"broken")
    put(tmp_path / "anna" / ".ipynb_checkpoints" / NAME, WRONG)
    assert found(tmp_path)["anna"].source(EXERCISE).text == RIGHT


def test_the_work_of_one_student(tmp_path):
    put(tmp_path / "submission" / NAME)
    own = submission(tmp_path / "submission", [EXERCISE])
    assert own.student == "submission" and own.source(EXERCISE).text == RIGHT
    with pytest.raises(FileError):
        submission(tmp_path / "no", [EXERCISE])
    with pytest.raises(FileError):
        submissions(tmp_path / "no", [EXERCISE])


def test_a_class_of_cheats(tmp_path):
    if "files" not in walls() or "processes" not in walls():
        pytest.skip("not all walls stand here")
    for number, name in enumerate(CHEATS):
        put(tmp_path / f"{number:02} {name}" / NAME, source_of(name).encode())
    for number in range(0, len(CHEATS), 3):
        put(tmp_path / f"{number:02} right" / NAME)
    handed_in = submissions(tmp_path, [EXERCISE])
    rows = grade(tasks(handed_in, [EXERCISE], b"secret", Limits(2.0)), 2)
    assert len(rows) == len(list(tmp_path.iterdir()))
    for row in rows:
        right = row.student.endswith("right")
        assert row.points == (EXERCISE.points if right else 0), row
        assert row.status != "grader" and (right or row.message), row


# Seeds and rows


def test_seeds_differ_and_stay():
    seeds = {
        seed_for(secret, student, exercise)
        for secret in (b"a", b"b")
        for student in ("anna", "ann", "ben")
        for exercise in ("a09", "09")
    }
    assert len(seeds) == 12 and max(seeds) < 2**53
    assert seed_for(b"a", "anna", "09") == seed_for(b"a", "anna", "09")


def class_of(tmp_path: Path, count: int = 3) -> list[grading.Task]:
    for number in range(count):
        put(tmp_path / "class" / f"s{number}" / NAME, RIGHT if number else WRONG)
    handed_in = submissions(tmp_path / "class", [EXERCISE])
    return tasks(handed_in, [EXERCISE], b"secret", Limits())


def test_the_graders_own_fault_is_nobodys_and_is_tried_again(tmp_path, monkeypatch):
    wanted = class_of(tmp_path, 2)
    with monkeypatch.context() as patch:
        patch.setattr(grading, "judge", lambda *a: 1 / 0)
        rows = grade(wanted, folder=tmp_path / "out")
    assert [row.status for row in rows] == ["grader", "grader"]
    assert "not the student's fault" in rows[0].message
    rows = grade(wanted, folder=tmp_path / "out")
    assert [row.status for row in rows] == ["failed", "passed"]


def counting(monkeypatch) -> list[str]:
    done = []

    def counted(task, starter):
        done.append(task.student)
        return graded(task, starter)

    monkeypatch.setattr(grading, "graded", counted)
    return done


def test_a_second_run_takes_the_rows_of_the_first(tmp_path, monkeypatch):
    wanted, out = class_of(tmp_path), tmp_path / "out"
    done = counting(monkeypatch)
    first = grade(wanted, 2, out)
    assert sorted(done) == ["s0", "s1", "s2"]
    again = grade(wanted, 2, out)
    assert len(done) == 3
    strip = [json.loads(json.dumps(asdict(row))) for row in first]
    assert [json.loads(json.dumps(asdict(row))) for row in again] == strip


def test_a_changed_file_or_secret_is_graded_again(tmp_path, monkeypatch):
    wanted, out = class_of(tmp_path), tmp_path / "out"
    done = counting(monkeypatch)
    grade(wanted, 2, out)
    put(tmp_path / "class" / "s0" / NAME, RIGHT)
    changed = class_of(tmp_path)
    put(tmp_path / "class" / "s0" / NAME, RIGHT)
    wanted = tasks(
        submissions(tmp_path / "class", [EXERCISE]), [EXERCISE], b"secret", Limits()
    )
    assert changed[1].key == wanted[1].key
    assert grade(wanted, 2, out)[0].status == "passed" and len(done) == 4
    grade([replace(task, seed=1) for task in wanted], 2, out)
    assert len(done) == 7


def test_a_journal_that_breaks_off_loses_only_its_last_line(tmp_path, monkeypatch):
    wanted, out = class_of(tmp_path), tmp_path / "out"
    grade(wanted, 1, out)
    journal = out / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20] + b"\xff")
    done = counting(monkeypatch)
    grade(wanted, 1, out)
    assert done == ["s2"]
    grade(wanted, 1, out)
    assert done == ["s2"]


def test_two_graders_do_not_share_a_journal(tmp_path):
    with (
        grading.journal(tmp_path),
        pytest.raises(ArgumentError, match="another grader"),
        grading.journal(tmp_path),
    ):
        pass


def test_who_made_which_mistake(tmp_path):
    (mistake,) = mistakes(grade(class_of(tmp_path), 2))
    assert (mistake.name, mistake.students) == ("wrong_diagonal", ["s0"])


# The command


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


def test_a_secret_of_its_own_stays(tmp_path, capsys):
    class_of(tmp_path, 2)
    run(tmp_path / "class", "--exercise", "09")
    first = (tmp_path / "class.grades" / "secret").read_bytes()
    run(tmp_path / "class", "--exercise", "09")
    assert first == (tmp_path / "class.grades" / "secret").read_bytes()
    assert len((tmp_path / "class.grades" / "journal.jsonl").read_bytes().split()) > 2


def test_one_student_for_gradescope(tmp_path, capsys):
    put(tmp_path / "submission" / NAME)
    out = tmp_path / "results.json"
    words = ["--single", "--exercise", "09", "--gradescope", out]
    assert run(tmp_path / "submission", *words) == 0
    assert json.loads(out.read_text())["tests"][0]["score"] == EXERCISE.points
    assert not (tmp_path / "submission.grades").exists()


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
sys.path.insert(0, {!r})
from test_grade import run
from tinygraph.exercises import grading_command

told = []

def progress():
    told.append(1)
    if len(told) == 2:
        os.kill(os.getpid(), signal.SIGKILL)

grading_command.progress_bar = lambda count: contextlib.nullcontext(progress)
run(*{!r})
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no signals")
def test_a_killed_run_resumes_without_grading_twice(tmp_path):
    class_of(tmp_path, 8)
    words = (str(tmp_path / "class"), "--exercise", "09", "--jobs", "1")
    journal = tmp_path / "class.grades" / "journal.jsonl"
    program = KILLED_AFTER_TWO.format(str(Path(__file__).parent), words)
    killed = subprocess.run([sys.executable, "-c", program], stdout=subprocess.DEVNULL)
    assert killed.returncode == -signal.SIGKILL
    kept = journal.read_bytes().count(b'"key"')
    assert 2 <= kept < 8
    run(*words)
    lines = [json.loads(x) for x in io.BytesIO(journal.read_bytes()) if x.strip()]
    assert sorted(line["row"]["student"] for line in lines) == [
        f"s{number}" for number in range(8)
    ]
