"""Grading runs here, whatever walls this system has."""

import pytest

from tinygraph.exercises.grading import walls


@pytest.fixture(autouse=True)
def a_system_with_walls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walls, "walls_of_this_system", lambda hidden: [*walls.NAMES])
