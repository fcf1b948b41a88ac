"""A folder in which a student has started."""

import shutil
from pathlib import Path

import pytest
from student import running_here

from tinygraph.exercises.student import check as check_module
from tinygraph.exercises.student.workspace import Workspace


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `start` makes it."""
    own = tmp_path_factory.mktemp("started")
    Workspace(own).start()
    return own


@pytest.fixture
def folder(tmp_path: Path, started: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which a student has started; files run in this process."""
    shutil.copytree(started, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(check_module, "run_file", running_here)
    monkeypatch.setattr("sys.argv", ["tinygraph"])
    return tmp_path
