"""A folder in which a student has started."""

import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from student import running_here

from tinygraph.exercises.grading import grade
from tinygraph.exercises.running import process
from tinygraph.exercises.running.nursery import Nursery
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


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """One process that has loaded NumPy, for all files that a module of tests runs."""
    with Nursery() as starter:
        yield starter


@pytest.fixture
def forked_workers(nursery: Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files run in processes that are forked: a new Python takes 0.1 seconds."""
    monkeypatch.setattr(process, "start_process", nursery)
    monkeypatch.setattr(grade, "Nursery", lambda hidden, modules: nullcontext(nursery))
