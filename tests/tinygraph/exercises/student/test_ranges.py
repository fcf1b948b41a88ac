"""Ranges and subsets of exercises in the commands of students."""

import json
import os
from pathlib import Path

import pytest
from student import RIGHT, Capture, answer, refused, typed


@pytest.fixture
def some(folder: Path, tmp_path_factory: pytest.TempPathFactory, capsys) -> Path:
    """A folder in which exercises 01, 02 and 09 were started."""
    os.chdir(tmp_path_factory.mktemp("some"))
    typed(capsys, "start", "--only", "1-2", "softmax_vjp")
    return Path.cwd()


def test_start_writes_only_these_and_then_more(some: Path, capsys: Capture) -> None:
    numbers = [path.name[:2] for path in sorted(some.glob("*.py"))]
    assert numbers == ["01", "02", "09"]
    assert "| 03_softmax" not in (some / "README.md").read_text()
    code, out = typed(capsys, "start", "--only", "08")
    assert code == 0 and "1 exercise put into" in out
    assert (some / "08_matmul_vjp.py").exists()
    _, out = typed(capsys, "progress")
    assert "01 mse" in out and "08 matmul_vjp" in out and "03 softmax" not in out


def test_a_range_is_checked_one_after_the_other(some: Path, capsys: Capture) -> None:
    answer(RIGHT)
    code, out = typed(capsys, "check", "01-02", "09")
    heads = [line for line in out.splitlines() if line.endswith("points")]
    assert [line[:2] for line in heads] == ["01", "02", "09"]
    assert heads[-1].endswith("4 of 4 points") and code == 1
    code, _ = typed(capsys, "check", "9,softmax_vjp")
    assert code == 0
    _, out = typed(capsys, "progress", "02-9")
    assert "01 mse" not in out and "1 of 2 passed" in out


def test_what_was_not_started_is_not_there(some: Path, capsys: Capture) -> None:
    refused(
        capsys, "there is no exercise '03': choose from 01, 02 and 09", "check", "03"
    )
    refused(capsys, "'1-2' may name several exercises: name one", "hint", "1-2")
    refused(capsys, "--watch goes with one exercise", "check", "1-2", "--watch")
    refused(capsys, "there is no exercise '16'", "start", "--only", "16")


def test_a_notebook_with_some_exercises(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, capsys: Capture
) -> None:
    os.chdir(tmp_path_factory.mktemp("book"))
    typed(capsys, "start", "--notebook", "--only", "01")
    cells = json.loads(Path("exercises.ipynb").read_text())["cells"]
    text = "".join("".join(cell["source"]) for cell in cells)
    assert "def mse" in text and "softmax" not in text
