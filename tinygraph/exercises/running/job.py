"""What a worker is told: the file to run, its limits, and what it may not see."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from site import getsitepackages
from typing import Any, Protocol

import numpy as np

PACKAGE = Path(__file__).parents[2]


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


def job_of(
    source: bytes,
    name: str,
    setup: Setup,
    limits: Limits,
    hidden: Sequence[Path],
    folder: str,
) -> dict[str, Any]:
    """What a worker that runs in `folder` is told."""
    needed = [Path(p).resolve() for p in (sys.prefix, sys.base_prefix, folder, PACKAGE)]
    others = [
        path
        for path in (p.resolve() for p in hidden)
        if path.is_dir() and not any(n.is_relative_to(path) for n in needed)
    ]
    return {
        "source": np.frombuffer(source, np.uint8),
        "file": name,
        "given": setup.given_source,
        "path": [str(PACKAGE.parent)] if setup.allows_tinygraph else [],
        "hidden": [str(path) for path in [*own_folders(setup), *others]],
        "seconds": limits.seconds,
        "megabytes": limits.megabytes,
    }


def own_folders(setup: Setup) -> list[Path]:
    """The folders of this package that a student's file may not see."""
    exercises = Path(__file__).parents[1].relative_to(PACKAGE)
    inner = exercises if setup.allows_tinygraph else Path()
    return [copy / inner for copy in package_copies() if (copy / inner).is_dir()]


def package_copies() -> list[Path]:
    """Every copy of this package that Python could find: none may be read.

    There may be one that is installed and one that is being worked on.
    """
    places = {Path(place).resolve() for place in [*sys.path, *getsitepackages()]}
    found = {place / PACKAGE.name for place in places}
    return [PACKAGE, *sorted(path for path in found - {PACKAGE} if path.is_dir())]
