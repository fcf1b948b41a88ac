"""What a worker sends back, which may be anything, read as an outcome."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...legible import legible
from .frames import MOST_CHARACTERS
from .outcome import MOST_KEYS, Outcome

MOST_RESULTS = 100
FAILURES = ("stub", "missing", "syntax", "raised", "type", "memory", "crashed")


def parse_outcome(said: Any, inputs: int) -> Outcome:
    """The outcome that a worker sends. Raises ValueError for anything else."""
    if not isinstance(said, dict):
        raise ValueError("not an outcome")
    failure = said.get("failure")
    if failure:
        if failure not in FAILURES:
            raise ValueError("unknown failure")
        line = said.get("line")
        return Outcome(
            failure=failure,
            message=short_message(str(said.get("message", ""))),
            line=line if type(line) is int else None,
        )
    results, changed = said.get("results"), said.get("changed")
    if not isinstance(results, list) or not isinstance(changed, list | tuple):
        raise ValueError("no results")
    if len(results) > MOST_RESULTS or not all(map(is_result, results)):
        raise ValueError("no arrays")
    places = tuple(n for n in range(inputs) if n in changed)
    several, keys = said.get("several") is True, keys_in(said.get("keys"))
    return Outcome(tuple(results), several, changed=places, keys=keys)


def keys_in(said: Any) -> tuple[int, ...] | None:
    """The keys of a dictionary, if these are numbers."""
    if not isinstance(said, list | tuple) or len(said) > MOST_KEYS:
        return None
    return tuple(key for key in said if type(key) is int)


def is_result(value: Any) -> bool:
    """Whether something is a plain array of float64."""
    return type(value) is np.ndarray and value.dtype == np.float64


def short_message(text: str) -> str:
    """A message of limited length on one line, in characters that can be shown."""
    return legible(text[:MOST_CHARACTERS], " ").strip()
