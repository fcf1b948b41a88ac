"""The student's folder: nothing is lost, and what is remembered is read back."""

import json
from pathlib import Path

import pytest

from tinygraph import FileError
from tinygraph.errors import ArgumentError
from tinygraph.exercises.catalogue import CATALOGUE, shipped_exercises
from tinygraph.exercises.exercise import (
    label_of,
    load,
    plain_name,
    short_id,
)
from tinygraph.exercises.student.progress import STATE_FILE, Progress
from tinygraph.exercises.student.workspace import Workspace, open_workspace

DOUBLE = '''"""Twice

Return 2 x.
"""

import math

import numpy as np

HINTS = ["Add.", "x + x"]
FACTOR = math.sqrt(4.0)
UNUSED = 1.0


def _times(x, factor):
    return x * factor  # by NumPy


def double(x):
    """x: array. Return 2 x."""
    return _times(x, FACTOR)


def cases(rng, k):
    return rng.normal(size=(2, 3))
'''


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    folder = tmp_path / "catalogue"
    folder.mkdir()
    (folder / "01_double.py").write_text(DOUBLE)
    (folder / "02_twice.py").write_text(DOUBLE.replace("double", "twice"))
    (folder / "_private.py").write_text("no exercise")
    return folder


@pytest.fixture
def work(tmp_path: Path, catalogue: Path) -> Workspace:
    own = Workspace(tmp_path / "student" / "lab", catalogue)
    own.start()
    return own


def test_start_writes_stubs_a_readme_and_the_state(work: Workspace) -> None:
    names = sorted(path.name for path in work.folder.iterdir())
    assert names == [".tinygraph", "01_double.py", "02_twice.py", "README.md"]
    stub = (work.folder / "01_double.py").read_text()
    assert "raise NotImplementedError" in stub
    assert "FACTOR" not in stub
    readme = (work.folder / "README.md").read_text()
    assert "| 01_double | Twice | 1 |" in readme
    assert work.started


def test_start_leaves_alone_what_is_there(work: Workspace) -> None:
    answer = work.folder / "01_double.py"
    answer.write_text("mine")
    (work.folder / "02_twice.py").unlink()
    work.remember("01_double", points=1.0)
    written, left = work.start()
    assert [path.name for path in written] == ["02_twice.py"]
    assert {path.name for path in left} == {"01_double.py", "README.md"}
    assert answer.read_text() == "mine"
    assert work.record("01_double").points == 1.0


def test_start_does_not_write_through_a_dangling_link(work: Workspace) -> None:
    answer, elsewhere = work.folder / "01_double.py", work.folder / "elsewhere"
    answer.unlink()
    answer.symlink_to(elsewhere)
    work.start()
    assert not elsewhere.exists()


def test_start_where_there_is_a_file_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot start in"):
        Workspace(tmp_path / "file").start()


def test_the_folder_is_found_from_below(work: Workspace, catalogue: Path) -> None:
    below = work.folder / "a" / "b"
    below.mkdir(parents=True)
    assert open_workspace(below) == Workspace(
        work.folder.resolve(), catalogue.resolve()
    )


def test_a_folder_that_was_never_started_remembers_nothing(tmp_path: Path) -> None:
    own = open_workspace(tmp_path)
    assert own == Workspace(tmp_path.resolve())
    assert own.remember("01_double", hints=1).hints == 1
    assert list(tmp_path.iterdir()) == []


def test_records_are_read_back(work: Workspace) -> None:
    work.remember("01_double", points=0.5, status="failed")
    work.remember("01_double", hints=2)
    assert work.record("01_double") == Progress(0.5, "failed", hints=2)
    assert work.record("02_twice") == Progress()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"exercises": []}',
        '{"exercises": {"a": 1}}',
        '{"exercises": {"a": {"hints": "two"}}}',
        "\x00",
    ],
)
def test_a_damaged_state_is_one_error_and_kept(work: Workspace, text: str) -> None:
    (work.folder / STATE_FILE).write_text(text)
    with pytest.raises(FileError, match="is damaged"):
        open_workspace(work.folder).remember("01_double", hints=1)
    assert (work.folder / STATE_FILE).read_text() == text


def test_what_a_later_version_remembers_does_no_harm(work: Workspace) -> None:
    row = {"01_double": {"hints": 1, "stars": 5}}
    (work.folder / STATE_FILE).write_text(json.dumps({"format": 2, "exercises": row}))
    assert work.record("01_double") == Progress(hints=1)


def test_the_next_exercise_is_the_first_that_has_not_passed(work: Workspace) -> None:
    for expected in ("01_double", "02_twice"):
        following = work.next_exercise()
        assert following is not None
        assert following.id == expected
        work.remember(expected, status="passed")
    assert work.next_exercise() is None


def test_reset_keeps_every_copy(work: Workspace) -> None:
    exercise = work.exercise("1")
    for number in (1, 2):
        work.file(exercise).write_text(f"mine {number}")
        copy = work.reset(exercise)
        assert copy is not None
        assert copy.name == f"01_double.{number}.py"
        assert copy.read_text() == f"mine {number}"
        assert work.untouched(exercise)
    work.file(exercise).unlink()
    assert not work.untouched(exercise)
    assert work.reset(exercise) is None


@pytest.mark.parametrize("name", ["1", "01", "double", "01_double"])
def test_an_exercise_has_several_names(work: Workspace, name: str) -> None:
    assert work.exercise(name).id == "01_double"


def test_a_wrong_name_is_met_with_one_that_is_near(work: Workspace) -> None:
    with pytest.raises(ArgumentError, match="'dobule'; the nearest is double"):
        work.exercise("dobule")
    with pytest.raises(ArgumentError, match="'7': choose from 01 and 02"):
        work.exercise("7")


def test_an_empty_catalogue_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no exercises in"):
        Workspace(tmp_path, tmp_path).sources()


def test_the_solution_has_all_that_it_needs_unchanged(catalogue: Path) -> None:
    text = load(catalogue / "01_double.py").solution()
    assert "# by NumPy" in text
    assert "import math" in text
    assert "FACTOR = math.sqrt(4.0)" in text
    assert "UNUSED" not in text
    assert "def cases" not in text


def test_shipped_stubs_and_solutions_are_python() -> None:
    for exercise in shipped_exercises():
        compile(exercise.stub(), exercise.id, "exec")
        names: dict[str, object] = {}
        exec(compile(exercise.solution(), exercise.id, "exec"), names)
        assert set(exercise.references) <= set(names)
        assert (
            label_of(exercise.id)
            == f"{short_id(exercise.id)} {plain_name(exercise.id)}"
        )


def test_shipped_exercises_are_found_by_number() -> None:
    work = Workspace(CATALOGUE)
    for path in work.sources():
        assert work.exercise(path.stem.partition("_")[0]).id == path.stem
