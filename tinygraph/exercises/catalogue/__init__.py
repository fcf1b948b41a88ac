"""The exercises that come with tinygraph."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..exercise import Exercise, load
from ..selection import select_ids

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
    return load(name) if name.endswith(".py") else find_exercises([name])[0]


def find_exercises(names: Iterable[str]) -> list[Exercise]:
    """Exercises by numbers, names, ranges or paths of files, each once.

    Raises ArgumentError if there is none.
    """
    paths = {path.stem: path for path in shipped_paths()}
    found: dict[str, Path] = {}
    for name in names:
        if name.endswith(".py"):
            found.setdefault(Path(name).stem, Path(name))
        else:
            found.update({id: paths[id] for id in select_ids([name], list(paths))})
    return [load(path) for path in found.values()]
