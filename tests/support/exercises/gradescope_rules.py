"""What the specification of Gradescope's autograder allows in results.json.

https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

Rules = dict[str, Callable[[Any], bool]]


def is_number(value: object) -> bool:
    """A finite number; True and False are none."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value)


def is_text(value: object) -> bool:
    """A text that a database takes: no NUL, and no half of a surrogate pair."""
    if not isinstance(value, str) or "\0" in value:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in value)


def is_visibility(value: object) -> bool:
    """Shown never, after the due date, once grades are published, or always."""
    return value in ("hidden", "after_due_date", "after_published", "visible")


def is_format(value: object) -> bool:
    """How a text is shown."""
    return value in ("text", "html", "simple_format", "md", "ansi")


def is_object(value: object) -> bool:
    """Extra data, which is kept as it is."""
    return isinstance(value, dict)


# The keys that the specification knows, all of them optional by themselves.
RESULTS: Rules = {
    "score": is_number,  # overrides the sum of the tests
    "execution_time": lambda value: isinstance(value, int) and value >= 0,  # seconds
    "output": is_text,  # about the whole submission
    "output_format": is_format,
    "test_output_format": is_format,
    "test_name_format": is_format,
    "visibility": is_visibility,
    "stdout_visibility": is_visibility,
    "extra_data": is_object,
    "tests": lambda value: isinstance(value, list),
    "leaderboard": lambda value: isinstance(value, list),
}
TEST: Rules = {
    "score": is_number,
    "max_score": is_number,
    "status": lambda value: value in ("passed", "failed"),
    "name": is_text,
    "name_format": is_format,
    "number": is_text,
    "output": is_text,
    "output_format": is_format,
    "tags": lambda value: isinstance(value, list) and all(map(is_text, value)),
    "visibility": is_visibility,
    "extra_data": is_object,
}


def broken_rules(results: dict[str, Any]) -> list[str]:
    """What the specification does not allow."""
    found = list(broken(results, RESULTS))
    tests = results.get("tests", [])
    for test in tests:
        found += broken(test, TEST)
    if "score" not in results and not (tests and all("score" in t for t in tests)):
        found.append("neither the whole nor each test has a score")
    return found


def broken(entry: dict[str, Any], rules: Rules) -> Iterator[str]:
    """The keys that are unknown, or have a value that they cannot have."""
    for key, value in entry.items():
        if key not in rules:
            yield f"{key} is unknown"
        elif not rules[key](value):
            yield f"{key} cannot be {value!r}"
