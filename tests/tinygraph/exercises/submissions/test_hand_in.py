"""When a file was handed in, by what platforms, archives and the disk tell."""

import io
import os
import struct
import tarfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hand_ins import EXERCISES, MSE
from handed_in import put

from tinygraph.exercises.submissions.folders import find_submissions
from tinygraph.exercises.submissions.hand_in import HandIn, file_time, zip_time
from tinygraph.exercises.submissions.submission import Submission

CLOCK = (2026, 12, 1, 10, 30, 0)
SECONDS = int(datetime(*CLOCK, tzinfo=UTC).timestamp())
AWARE, NAIVE = datetime(*CLOCK, tzinfo=UTC), datetime(*CLOCK)
LIST = """---
submission_1:
  :submitters:
  - :name: Ann
    :sid: '4711'
  :created_at: 2026-12-01 10:30:00.000000000 Z
  :history:
  - :created_at: 2026-11-01 10:30:00.000000000 Z
submission_2:
  :submitters:
  - :name: Ben
  created_at: "2026-12-01T11:30:00+01:00"
"""


def zip_of(files: dict[str, bytes], extra: bytes = b"") -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name, text in files.items():
            info = zipfile.ZipInfo(name, CLOCK)
            info.extra = extra
            archive.writestr(info, text)
    return memory.getvalue()


def class_in(path: Path) -> dict[str, Submission]:
    return {own.student: own for own in find_submissions(path, EXERCISES)}


def hand_in_of(own: Submission) -> HandIn:
    return own.source(EXERCISES[0]).hand_in


@pytest.mark.parametrize(
    ("name", "student", "expected", "identifier"),
    [
        ("ann/01_mse.py", "ann", HandIn(NAIVE), ""),
        (
            "Ann_7_assignsubmission_file_/01_mse.py",
            "Ann",
            HandIn(NAIVE),
            "Participant 7",
        ),
        ("ann_LATE_7_1_01_mse.py", "ann", HandIn(NAIVE, is_late=True), "7"),
        ("ann_late_7_1_01_mse.py", "ann", HandIn(NAIVE, is_late=True), "7"),
        ("ann_7_1_01_mse-2.py", "ann", HandIn(NAIVE, is_late=False), "7"),
        (
            "Week_ann_attempt_2026-12-01-10-30-00_01_mse.py",
            "ann",
            HandIn(NAIVE, "Blackboard"),
            "",
        ),
        ("W_ann_attempt_2026-99-01-10-30-00_01_mse.py", "ann", HandIn(NAIVE), ""),
    ],
)
def test_what_a_name_in_an_archive_tells(tmp_path, name, student, expected, identifier):
    path = tmp_path / "class.zip"
    put(path, zip_of({name: MSE, "zoe/01_mse.py": MSE}))
    own = class_in(path)[student]
    assert hand_in_of(own) == expected and own.identifier == identifier


def test_gradescope_tells_the_time_of_each_submission(tmp_path):
    put(tmp_path / "class" / "submission_metadata.yml", LIST.encode())
    for number in (1, 2):
        put(tmp_path / "class" / f"submission_{number}" / "01_mse.py", MSE)
    found = class_in(tmp_path / "class")
    assert {name: hand_in_of(own) for name, own in found.items()} == {
        "Ann": HandIn(AWARE, "Gradescope"),
        "Ben": HandIn(AWARE, "Gradescope"),
    }


def test_files_on_the_disk_and_in_a_tar_file_have_exact_times(tmp_path):
    path = put(tmp_path / "class" / "ann" / "01_mse.py", MSE)
    os.utime(path, (SECONDS, SECONDS))
    with tarfile.open(tmp_path / "class" / "ben.tar.gz", "w:gz") as archive:
        archive.add(path, "01_mse.py")
    found = class_in(tmp_path / "class")
    assert [hand_in_of(found[name]).time for name in ("ann", "ben")] == [AWARE, AWARE]


def test_an_exact_time_in_a_zip_is_preferred():
    extra = struct.pack("<HHI", 1, 4, 0) + struct.pack("<HHBi", 0x5455, 5, 1, SECONDS)
    with zipfile.ZipFile(io.BytesIO(zip_of({"a": b""}, extra))) as archive:
        assert zip_time(archive.infolist()[0]) == HandIn(AWARE)
    for broken in (struct.pack("<HHB", 0x5455, 5, 1), b"UT\x05"):
        info = zipfile.ZipInfo("a", CLOCK)
        info.extra = broken
        assert zip_time(info) == HandIn(NAIVE)


@pytest.mark.parametrize("clock", [(1980, 1, 1, 0, 0, 0), (2026, 13, 1, 0, 0, 0)])
def test_a_time_that_means_nothing_is_unknown(clock):
    assert zip_time(zipfile.ZipInfo("a", clock)) == HandIn()
    assert file_time(0) == file_time(1e30) == file_time(float("nan")) == HandIn()


def test_in_an_archive_of_a_student_the_platform_counts_more_than_its_files(tmp_path):
    inner = zip_of({"01_mse.py": MSE})
    names = {
        "W_ann_attempt_2026-12-24-00-00-00_a.zip": inner,
        "W_ben_attempt_2026-12-24-00-00-00_01_mse.py": MSE,
    }
    put(tmp_path / "class.zip", zip_of(names))
    time = datetime(2026, 12, 24)
    found = class_in(tmp_path / "class.zip")
    assert hand_in_of(found["ann"]) == HandIn(time, "Blackboard")
    put(tmp_path / "canvas.zip", zip_of({"ann_LATE_7_1_a.zip": inner, "b_1_2_a": b""}))
    own = class_in(tmp_path / "canvas.zip")["ann"]
    assert hand_in_of(own) == HandIn(NAIVE, is_late=True)


def test_a_notebook_has_a_time_as_well(tmp_path):
    text = b'{"cells": [{"cell_type": "code", "source": ["mse = abs"]}]}'
    path = put(tmp_path / "class" / "ann.ipynb", text)
    os.utime(path, (SECONDS, SECONDS))
    assert hand_in_of(class_in(tmp_path / "class")["ann"]) == HandIn(AWARE)
