"""What came of one call of a student's function: arrays, or how it failed."""

from __future__ import annotations

import copy
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

# Runs the function of that name on the inputs of a case.
Runner = Callable[[str, Sequence[Any]], "Outcome"]
MOST_KEYS = 10_000  # of a dictionary that comes back


@dataclass(frozen=True, eq=False)
class Outcome:
    """One call: its answers as arrays, or an error; a worker may send it as data."""

    answers: tuple[np.ndarray[Any, Any], ...] = ()
    several: bool = False  # whether a tuple or a list of results came back
    failure: str = (
        ""  # "", stub, missing, syntax, raised, type, timeout, memory, crashed
    )
    message: str = ""  # of the failure
    line: int | None = None  # in the student's file
    changed: tuple[int, ...] = field(default=())  # inputs that were changed in place
    printed: str = ""  # meanwhile, by code in a process of its own; not to be trusted


def called(
    function: Callable[..., Any], arguments: Sequence[Any], file: str = ""
) -> Outcome:
    """Call a function in this process and keep what comes of it."""
    before = copy.deepcopy(
        [a if isinstance(a, np.ndarray) else None for a in arguments]
    )
    try:
        with np.errstate(all="ignore"):
            answer = function(*arguments)
    except NotImplementedError:
        return Outcome(failure="stub", message="not written yet")
    except Exception as error:
        return raised(error, file)
    changed = tuple(
        place
        for place, (was, now) in enumerate(zip(before, arguments, strict=True))
        if was is not None and not unchanged(was, now)
    )
    return answered(answer, changed)


def unchanged(was: np.ndarray[Any, Any], now: np.ndarray[Any, Any]) -> bool:
    """Whether an array is as it was; moving an element and back may round it."""
    if was.shape != now.shape or was.tobytes() == now.tobytes():
        return was.shape == now.shape
    return np.allclose(was, now, rtol=1e-9, atol=1e-12, equal_nan=True)


def answered(answer: Any, changed: tuple[int, ...] = ()) -> Outcome:
    """What a function returned, as plain arrays of numbers.

    A list is one array if it can be, and else several results like a tuple.
    """
    several = isinstance(answer, tuple)
    if isinstance(answer, list):
        try:
            numbers(answer)
        except (TypeError, ValueError):
            several = True
    arrays = []
    for part in answer if several else (answer,):
        try:
            arrays.append(numbers(part))
        except (TypeError, ValueError):
            return Outcome(failure="type", message=refusal(part))
    return Outcome(tuple(arrays), several, changed=changed)


def refusal(part: Any) -> str:
    """Why what a function returned is no result."""
    if part is None:
        return "returns nothing: is there a return with the result at its end?"
    if isinstance(part, dict):
        return "returns a dictionary whose keys are not the numbers 0, 1, 2, ..."
    return f"returns {type(part).__name__}, which is no array of numbers"


def numbers(part: Any) -> np.ndarray[Any, Any]:
    """One result as a new array of float64; raises TypeError where it is none."""
    found = np.array(by_number(part) if isinstance(part, dict) else part, subok=False)
    if found.dtype.kind == "c" and not found.imag.any():
        found = found.real
    if part is None or found.dtype.kind not in "biufO":
        raise TypeError
    return found.astype(float)


def by_number(answer: dict[Any, Any]) -> list[Any]:
    """The values of a dictionary whose keys are the numbers 0, 1, 2, ...

    What is left out, or None, is 0.  Raises TypeError where there are other keys.

    >>> by_number({2: 5.0, 0: 3.0})
    [3.0, 0.0, 5.0]
    """
    keys = [key for key in answer if isinstance(key, int | np.integer)]
    if len(keys) < len(answer) or not all(0 <= key < MOST_KEYS for key in keys):
        raise TypeError
    found = map(answer.get, range(int(max(keys, default=-1)) + 1))
    return [0.0 if value is None else value for value in found]


def raised(error: Exception, file: str = "") -> Outcome:
    """An exception, with the last line of the student's file that it went through."""
    steps = traceback.extract_tb(error.__traceback__)
    lines = [step.lineno for step in steps if step.filename == file]
    said = f"{type(error).__name__}: {error}"
    return Outcome(failure="raised", message=said, line=lines[-1] if lines else None)
