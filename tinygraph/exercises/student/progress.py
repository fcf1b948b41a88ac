"""A student's progress in each exercise, as the state file of a folder records it."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ...errors import FileError
from ...files import require_regular
from ..language import translated

STATE_FILE = Path(".tinygraph", "progress.json")
STATE_FORMAT = 1
DEFAULT_SEED = 7  # of checks; grading uses other seeds


@dataclass(frozen=True)
class Progress:
    """What is recorded of one exercise."""

    points: float = 0.0  # in the last check
    status: str = ""  # of the last check; empty without one
    passed: bool = False  # in any check
    hints: int = 0  # that were shown
    solution: str = ""  # when it was seen: "before passing" or "after passing"


def progress_from(row: dict[str, Any]) -> Progress:
    """A record from the state file, without fields that this version does not know."""
    known = {f.name: row[f.name] for f in fields(Progress) if f.name in row}
    for name, value in known.items():
        expected = type(getattr(Progress, name))
        if not isinstance(value, expected):
            raise TypeError(name)
    return Progress(**known)


def read_progress(path: Path) -> dict[str, Progress]:
    """The records in a state file, by exercise. Raises FileError if it is damaged."""
    require_regular(path)
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        return {id: progress_from(row) for id, row in state["exercises"].items()}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise FileError(
            translated("cannot read {path}: {error}", path=path, error=error.strerror)
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise FileError(
            translated(
                "{path} is damaged: remove it and run `tinygraph start` again; your"
                " answers are not in it",
                path=path,
            )
        ) from None


def read_settings(state: Path) -> dict[str, Any]:
    """The settings in a state file; none if it is damaged."""
    try:
        said = json.loads(state.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
