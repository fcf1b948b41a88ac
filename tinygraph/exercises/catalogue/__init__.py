"""The exercises that come with tinygraph."""

from __future__ import annotations

from pathlib import Path

from ...errors import ArgumentError
from ..exercise import Exercise, is_called, load

CATALOGUE = Path(__file__).parent


def shipped_paths() -> list[Path]:
    """The files of the exercises, in order."""
    return sorted(CATALOGUE.glob("[0-9]*.py"))


def shipped_exercises() -> list[Exercise]:
    """The exercises of this package, in order."""
    return [load(path) for path in shipped_paths()]


def find_exercise(name: str) -> Exercise:
    """An exercise by its number, its name, or the path of its file.

    Raises ArgumentError if there is none.
    """
    if name.endswith(".py"):
        return load(name)
    for path in shipped_paths():
        if is_called(path.stem, name):
            return load(path)
    known = ", ".join(path.stem for path in shipped_paths())
    raise ArgumentError(f"there is no exercise {name!r}: choose one of {known}")
