"""What a worker is told: the file to run, its limits, and what it may not see."""

from __future__ import annotations

import functools
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from site import getsitepackages
from typing import Any, Protocol

import numpy as np

PACKAGE = Path(__file__).parents[2]
EXERCISES = Path(__file__).parents[1].relative_to(PACKAGE)


@dataclass(frozen=True)
class Limits:
    """What a student's file may use."""

    seconds: float = 10.0
    megabytes: int = 1024


class Setup(Protocol):
    """What running a file needs to know of its exercise, which has both."""

    @property
    def given_source(self) -> str:
        """The code of `given`, which makes arguments of inputs; empty without it."""
        ...

    @property
    def allows_tinygraph(self) -> bool:
        """Whether the file may import tinygraph."""
        ...

    @property
    def imports(self) -> Sequence[str] | None:
        """What the file may import besides the standard library; None for all."""
        ...


def job_of(
    source: bytes,
    name: str,
    setup: Setup,
    limits: Limits,
    hidden: Sequence[Path],
) -> dict[str, Any]:
    """What a worker is told."""
    own = own_folders(setup)
    return {
        "source": np.frombuffer(source, np.uint8),
        "file": name,
        "given": setup.given_source,
        "path": [str(PACKAGE.parent)] if setup.allows_tinygraph else [],
        "imports": None if setup.imports is None else list(setup.imports),
        "hidden": [str(path) for path in [*own, *not_needed(hidden)]],
        "private": [str(path) for path in not_needed(private_folders())],
        "seconds": limits.seconds,
        "megabytes": limits.megabytes,
    }


def modules_to_load(setups: Iterable[Setup]) -> list[str]:
    """What many workers will import besides NumPy; tinygraph itself needs networkx."""
    needed = any(s.allows_tinygraph or "networkx" in (s.imports or ()) for s in setups)
    return ["networkx"] if needed else []


def hidden_from_all(hidden: Sequence[Path]) -> list[str]:
    """The folders and files that no worker may see, whatever its exercise."""
    exercises = [copy / EXERCISES for copy in package_copies()]
    found = [*exercises, *not_needed([*hidden, *private_folders()])]
    return [str(path) for path in found if path.exists()]


def folders_to_cover(hidden: Sequence[Path]) -> list[Path]:
    """The folders that can be covered before a process has loaded this package."""
    found = not_needed([*hidden, *private_folders()])
    return [path for path in found if path.is_dir()]


def not_needed(paths: Sequence[Path]) -> list[Path]:
    """The folders and files, without those with which Python runs.

    Of a folder in which Python is, all that is beside it: a home may contain both
    Python and keys.
    """
    found = dict.fromkeys(path.resolve() for path in paths if path.exists())
    parts = (part for path in found for part in parts_not_needed(path))
    return list(dict.fromkeys(parts))


def parts_not_needed(path: Path) -> Iterator[Path]:
    """A folder, or its parts beside those with which Python runs.

    What a link leads to is not beside it, and may be anywhere. What is beside Python in
    a folder for temporary files changes all the time, and is not hidden.
    """
    places = places_of_python()
    whole = [*places, *temporary_folders(), Path(path.anchor)]
    if not any(place.is_relative_to(path) for place in places):
        yield path
    elif path not in whole:
        with suppress(OSError):
            for child in sorted(path.iterdir()):
                if not child.is_symlink():
                    yield from parts_not_needed(child)


@functools.cache
def places_of_python() -> list[Path]:
    """The folders with which Python runs."""
    numpy = Path(np.__file__).parents[1]
    return [Path(p).resolve() for p in (sys.prefix, sys.base_prefix, PACKAGE, numpy)]


def private_folders() -> list[Path]:
    """Folders that hold others' files and sockets: temporary ones, and the home."""
    with suppress(RuntimeError):
        return [*temporary_folders(), Path.home()]
    return temporary_folders()


def temporary_folders() -> list[Path]:
    """Folders for temporary files, whatever links lead to them."""
    names = tempfile.gettempdir(), "/tmp", "/var/tmp", "/run"
    return list(dict.fromkeys(Path(name).resolve() for name in names))


def own_folders(setup: Setup) -> list[Path]:
    """The folders of this package that a student's file may not see."""
    inner = EXERCISES if setup.allows_tinygraph else Path()
    return [copy / inner for copy in package_copies() if (copy / inner).is_dir()]


def package_copies() -> list[Path]:
    """Every copy of this package that Python could find: none may be read.

    There may be one that is installed and one that is being worked on.
    """
    return list(copies_in((*sys.path, *getsitepackages())))


@functools.cache
def copies_in(places: tuple[str, ...]) -> tuple[Path, ...]:
    """This package, and its copies in these folders."""
    found = {Path(place).resolve() / PACKAGE.name for place in places} - {PACKAGE}
    return (PACKAGE, *sorted(path for path in found if path.is_dir()))
