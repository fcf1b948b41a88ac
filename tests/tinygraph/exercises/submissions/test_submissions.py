"""What students hand in: whatever it is, it is a row, and nobody else's matter."""

import os
import stat
import sys
import zipfile
from pathlib import Path

import pytest
from cheats import CHEATS, source_of_cheat, walls
from handed_in import EXERCISE, NAME, RIGHT, WRONG, notebook, put, rows_of, zipped

from tinygraph.errors import FileError
from tinygraph.exercises.grading import grade
from tinygraph.exercises.grading.grade import grade_all
from tinygraph.exercises.grading.task import plan_tasks
from tinygraph.exercises.running.job import Limits
from tinygraph.exercises.running.nursery import Nursery
from tinygraph.exercises.submissions.folders import (
    find_submissions,
    read_submission,
)
from tinygraph.exercises.submissions.submission import Submission

pytestmark = pytest.mark.usefixtures("forked_workers")


def all_in(path: Path) -> list[Submission]:
    return find_submissions(path, [EXERCISE])


def found(path: Path) -> dict[str, Submission]:
    return {own.student: own for own in all_in(path)}


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
def test_whatever_is_handed_in_is_a_row_and_changes_no_other(what, tmp_path):
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


def test_a_file_that_nobody_can_use_is_a_row_with_its_reason(tmp_path):
    for name in ("nina.tar.gz", "mia_09.py", "leo.7z", NAME, "grades.csv", "a.html"):
        put(tmp_path / name)
    put(tmp_path / ".DS_Store")
    put(tmp_path / "anna" / NAME)
    zipped(tmp_path / "ben.zip", {NAME: RIGHT})
    reasons = {own.student: own.source(EXERCISE).reason for own in all_in(tmp_path)}
    assert reasons.pop("nina").startswith("nina.tar.gz cannot be read as a tar file")
    assert reasons == {
        NAME: f"{NAME} does not say whose it is",
        "anna": "",
        "ben": "",
        "leo": "leo.7z is an archive of a kind that is not read; .zip and .tar.gz are",
        "mia_09": f"no {NAME} was handed in, only mia_09.py",
    }


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("09.py", ", but 09.py"),
        ("09_softmax_vjp.pyc", ", but 09_softmax_vjp.pyc"),
        ("091.py", ", only 091.py"),
        ("essay.py", ", only essay.py"),
    ],
)
def test_a_reason_tells_what_was_handed_in_instead(name, said, tmp_path):
    put(tmp_path / "anna" / "deep" / name)
    zipped(tmp_path / "ben.zip", {f"09/{name}": RIGHT})
    reasons = [own.source(EXERCISE).reason for own in all_in(tmp_path)]
    assert reasons == [f"no {NAME} was handed in{said}"] * 2


def test_the_work_of_one_student(tmp_path):
    put(tmp_path / "submission" / NAME)
    own = read_submission(tmp_path / "submission", [EXERCISE])
    assert own.student == "submission" and own.source(EXERCISE).text == RIGHT
    with pytest.raises(FileError):
        read_submission(tmp_path / "no", [EXERCISE])
    with pytest.raises(FileError):
        find_submissions(tmp_path / "no", [EXERCISE])


def test_a_class_of_cheats(tmp_path, monkeypatch):
    if "files" not in walls() or "processes" not in walls():
        pytest.skip("not all walls stand here")
    for number, name in enumerate(CHEATS):
        put(tmp_path / f"{number:02} {name}" / NAME, source_of_cheat(name).encode())
    for number in range(0, len(CHEATS), 3):
        put(tmp_path / f"{number:02} right" / NAME)
    handed_in = find_submissions(tmp_path, [EXERCISE])
    monkeypatch.setattr(grade, "Nursery", Nursery)  # which they may end
    rows = grade_all(plan_tasks(handed_in, [EXERCISE], b"secret", Limits(1.0)), 2)
    assert len(rows) == len(list(tmp_path.iterdir()))
    for row in rows:
        right = row.student.endswith("right")
        assert row.points == (EXERCISE.points if right else 0), row
        assert row.status != "grader" and (right or row.message), row
