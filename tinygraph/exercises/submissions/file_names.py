"""Which exercise a file belongs to by its name, as browsers and Windows change it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..exercise import Exercise

# What is put behind the name of a file that is saved twice: " (1)", "-1", " - Copy".
COUNTER = (
    r"(?:\s?\((?P<count>\d+)\)|-(?P<version>\d+)|\s-\s(?:Copy|Kopie)(?:\s\(\d+\))?)"
)


def exercise_named(name: str, exercises: Sequence[Exercise]) -> str:
    """The exercise that a file answers, by its name; empty if there is none."""
    ids = [exercise.id for exercise in exercises]
    for own in ids:
        if name == f"{own}.py":
            return own
    return next((own for own in ids if is_variant(name, own)), "")


def is_variant(name: str, exercise: str) -> bool:
    """Whether a name is an exercise's, but for its case and a counter.

    >>> [is_variant(f"01_mse{end}", "01_mse") for end in (" (1).py", "-2.PY", "2.py")]
    [True, True, False]
    """
    pattern = rf"{re.escape(exercise)}{COUNTER}?\.py"
    return re.fullmatch(pattern, name, re.IGNORECASE) is not None


def counter_of(name: str) -> int:
    """The number that a browser or a platform put behind a name; 0 without one.

    >>> counter_of("01_mse (2).py"), counter_of("01_mse-1.py"), counter_of("01_mse.py")
    (2, 1, 0)
    """
    found = re.search(rf"{COUNTER}\.py$", name, re.IGNORECASE)
    return int((found["count"] or found["version"] or 0) if found else 0)
