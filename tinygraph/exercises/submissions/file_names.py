"""Which exercise a file belongs to by its name, as browsers and systems change it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

from ..exercise import Exercise

# What is put behind the name of a file that is saved twice, and before that of a copy.
COPY = r"(?:\w+ )?(?:copy|Kopie|copie|copia)"
COUNTER = (
    r"(?:\s?\((\d{1,9})\)|\[(\d{1,9})\]|[-_\s](\d{1,9})"
    rf"|\s(?:[-–]\s)?{COPY}(?:\s\d+|\s\(\d+\))?|\s\({COPY}(?:\s\d+)?\))"
)
COPY_OF = r"(?:(?:copy of|Kopie von|copie de|copia de)\s)?"
ENDING = r"\s?\.py(?:\.py|\.txt)?\s*"  # Windows hides the last one


def exercise_named(name: str, exercises: Sequence[Exercise]) -> str:
    """The exercise that a file answers, by its name; empty if there is none."""
    ids = [exercise.id for exercise in exercises]
    if name.removesuffix(".py") in ids and name.endswith(".py"):
        return name.removesuffix(".py")
    return max((own for own in ids if is_variant(name, own)), key=len, default="")


def is_variant(name: str, exercise: str) -> bool:
    """Whether a name is an exercise's, but for its case and marks of a copy.

    >>> [is_variant(f"01_mse{end}", "01_mse") for end in (" (1).py", "-2.PY", "2.py")]
    [True, True, False]
    """
    pattern = rf"\s*{COPY_OF}{re.escape(exercise)}{COUNTER}*{ENDING}"
    return re.fullmatch(pattern, unquote(name), re.IGNORECASE) is not None


def counter_of(name: str) -> int:
    """The number that a browser or a platform put behind a name; 0 without one.

    >>> counter_of("01_mse (2).py"), counter_of("01_mse-1.py"), counter_of("01_mse.py")
    (2, 1, 0)
    """
    found = re.search(rf"{COUNTER}{ENDING}$", unquote(name), re.IGNORECASE)
    numbers = found.groups(default="") if found else ()
    return int(next(filter(None, numbers), 0))
