"""The outcome of one call of a student's function: arrays, or how it failed."""

from __future__ import annotations

import copy
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .sentences import (
    NOT_WRITTEN,
    RETURNS_DICTIONARY,
    RETURNS_FUNCTION,
    RETURNS_GENERATOR,
    RETURNS_NOTHING,
    RETURNS_OTHER,
)

# How a function fails that has not run to its end.
NOT_RUN = ("stub", "missing", "syntax", "timeout", "memory", "crashed")
# Calls a function by its name with the inputs of a case.
Runner = Callable[[str, Sequence[Any]], "Outcome"]
MOST_KEYS = 10_000  # of a dictionary that a function returns


@dataclass(frozen=True, eq=False)
class Outcome:
    """One call: its results as arrays, or how it failed."""

    results: tuple[np.ndarray[Any, Any], ...] = ()
    several: bool = False  # whether the function returned several results
    failure: str = ""  # one of NOT_RUN, "raised", "type", or "" for an answer
    message: str = ""  # of the failure
    line: int | None = None  # in the student's file
    changed: tuple[int, ...] = field(default=())  # inputs that were changed in place
    keys: tuple[int, ...] | None = None  # of a dictionary that was returned
    printed: str = ""  # by a worker process during the call; not to be trusted


def call_alone(run: Runner, name: str, inputs: Sequence[Any]) -> Outcome | None:
    """What a function returns in a new process, before any other call.

    None if the runner cannot start one.
    """
    alone = getattr(run, "call_alone", None)
    return None if alone is None else alone(name, copy.deepcopy(tuple(inputs)))


def call_variant(
    run: Runner, functions: str, name: str, inputs: Sequence[Any]
) -> Outcome | None:
    """What a function returns if some functions of its file were written like this.

    None if the runner cannot try that.
    """
    variant = getattr(run, "call_variant", None)
    arguments = copy.deepcopy(tuple(inputs))
    return None if variant is None else variant(functions, name, arguments)


def source_of(run: Runner) -> str:
    """The text of the file whose functions a runner calls; "" if it does not know."""
    return str(getattr(run, "source", ""))


def call(
    function: Callable[..., Any], arguments: Sequence[Any], file: str = ""
) -> Outcome:
    """Call a function in this process: its results, or how it failed."""
    before = copy.deepcopy(
        [a if isinstance(a, np.ndarray) else None for a in arguments]
    )
    try:
        with np.errstate(all="ignore"):
            answer = function(*arguments)
    except NotImplementedError:
        return Outcome(failure="stub", message=NOT_WRITTEN)
    except Exception as error:
        return outcome_of_error(error, file)
    changed = tuple(
        place
        for place, (was, now) in enumerate(zip(before, arguments, strict=True))
        if was is not None and not is_unchanged(was, now)
    )
    return outcome_of(answer, changed)


def is_unchanged(was: np.ndarray[Any, Any], now: np.ndarray[Any, Any]) -> bool:
    """Whether an array is as it was; moving an element and back may round it."""
    if was.shape != now.shape or was.tobytes() == now.tobytes():
        return was.shape == now.shape
    return np.allclose(was, now, rtol=1e-9, atol=1e-12, equal_nan=True)


def outcome_of(answer: Any, changed: tuple[int, ...] = ()) -> Outcome:
    """What a function returned, as plain arrays of numbers.

    A list is one array if it can be, and otherwise several results, like a tuple.
    """
    several = isinstance(answer, tuple)
    if isinstance(answer, list):
        try:
            as_numbers(answer)
        except (TypeError, ValueError):
            several = True
    arrays = []
    for part in answer if several else (answer,):
        try:
            arrays.append(as_numbers(part))
        except (TypeError, ValueError):
            return Outcome(failure="type", message=why_not_numbers(part))
    keys = tuple(sorted(map(int, answer))) if isinstance(answer, dict) else None
    return Outcome(tuple(arrays), several, changed=changed, keys=keys)


def why_not_numbers(part: Any) -> str:
    """Why what a function returned is not an array of numbers."""
    if part is None:
        return RETURNS_NOTHING
    if isinstance(part, dict):
        return RETURNS_DICTIONARY
    if isinstance(part, Iterator):
        return RETURNS_GENERATOR
    if callable(part):
        return RETURNS_FUNCTION
    return RETURNS_OTHER.format(kind=type(part).__name__)


def as_numbers(part: Any) -> np.ndarray[Any, Any]:
    """One result as a new array of float64; raises TypeError if it is not numbers."""
    found: Any = np.array(
        values_by_number(part) if isinstance(part, dict) else part, subok=False
    )
    if found.dtype.kind == "c" and not found.imag.any():
        found = found.real
    if part is None or found.dtype.kind not in "biufO":
        raise TypeError
    return found.astype(float)


def values_by_number(answer: dict[Any, Any]) -> list[Any]:
    """The values of a dictionary whose keys are the numbers 0, 1, 2, ...

    What is missing, or None, is 0. Raises TypeError if there are other keys.

    >>> values_by_number({2: 5.0, 0: 3.0})
    [3.0, 0.0, 5.0]
    """
    keys = [key for key in answer if isinstance(key, int | np.integer)]
    if len(keys) < len(answer) or not all(0 <= key < MOST_KEYS for key in keys):
        raise TypeError
    found = map(answer.get, range(int(max(keys, default=-1)) + 1))
    return [0.0 if value is None else value for value in found]


def outcome_of_error(error: Exception, file: str = "") -> Outcome:
    """An exception, with the last line of the student's file that it passed through."""
    line = last_line(error, file)
    if isinstance(error, NotImplementedError):
        return Outcome(failure="stub", message=NOT_WRITTEN, line=line)
    said = f"{type(error).__name__}: {error}"
    return Outcome(failure="raised", message=said, line=line)


def last_line(error: BaseException, file: str) -> int | None:
    """The last line of a file that an exception passed through."""
    steps = traceback.walk_tb(error.__traceback__)
    lines = [line for frame, line in steps if frame.f_code.co_filename == file]
    return lines[-1] if lines else None
