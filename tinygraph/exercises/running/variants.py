"""Variants of a student's functions: defined beside the others, run within limits."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType, ModuleType
from typing import Any

from .outcome import Outcome, call

FILE = "<variant>"
MOST_LINES = 40_000  # that a call may run


class TooLong(BaseException):
    """A call runs more lines than it may: perhaps it never ends."""


def call_variant(
    functions: str, names: Mapping[str, Any], name: str, arguments: Sequence[Any]
) -> Outcome:
    """What a function returns if some functions of its file were written like this.

    The other names of the file are as they are. Nothing is said about a failure.
    """
    own = dict(names)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(functions, FILE, "exec"), own)
            with at_most(MOST_LINES), restored_modules(names):
                outcome = call(own[name], arguments)
    except KeyboardInterrupt:  # in a notebook
        raise
    except BaseException:
        return Outcome(failure="raised")
    return Outcome(failure="raised") if outcome.failure else outcome


@contextmanager
def restored_modules(names: Mapping[str, Any]) -> Iterator[None]:
    """Undo what is assigned to modules among these names: others use them, too."""
    modules = [value for value in names.values() if isinstance(value, ModuleType)]
    before = [dict(vars(module)) for module in modules]
    try:
        yield
    finally:
        for module, attributes in zip(modules, before, strict=True):
            if not is_same(vars(module), attributes):
                restore(module, attributes)


def is_same(now: dict[str, Any], before: dict[str, Any]) -> bool:
    """Whether two dictionaries are equal: fast if they have the same objects."""
    try:
        return now == before
    except Exception:  # of objects that cannot be compared, such as arrays
        return False


def restore(module: ModuleType, attributes: Mapping[str, Any]) -> None:
    """Give a module these attributes, and no others."""
    for name in vars(module).keys() - attributes.keys():
        delattr(module, name)
    for name, value in attributes.items():
        if vars(module).get(name) is not value:
            setattr(module, name, value)


@contextmanager
def at_most(lines: int) -> Iterator[None]:
    """Raise TooLong in variants after this many lines: a number, not a time."""
    left = lines

    def count(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal left
        if frame.f_code.co_filename != FILE:
            return None
        left -= event == "line"
        if left < 0:
            raise TooLong
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        yield
    finally:
        sys.settrace(before)
