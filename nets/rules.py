"""Rules for the numbers and strings of a run, wherever they come from.

The same rules check values from the command line, from Python and from a checkpoint, so
a checkpoint cannot introduce a value that the others may not.
"""

from __future__ import annotations

import reprlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import tinygraph as tg


class SettingsError(tg.TinygraphError, ValueError):
    """A setting that is not possible, and what to choose instead."""


@dataclass(frozen=True)
class Rule:
    """A condition on a value, and the same condition in words."""

    holds: Callable[[Any], bool]
    words: str


def check(record: Any, rules: Mapping[str, Rule]) -> None:
    """Raise `SettingsError` if a field of a record breaks its rule."""
    for name, rule in rules.items():
        value = getattr(record, name)
        if not rule.holds(value):
            raise SettingsError(
                f"{name.replace('_', '-')} is {reprlib.repr(value)}: give {rule.words}."
            )


def whole(least: int, most: int | None = None) -> Rule:
    """A whole number in a range; True and False do not count.

    >>> whole(1).holds(3), whole(1).holds(True), whole(1).words
    (True, False, 'a whole number above 0')
    """
    if most is not None:
        words = f"a whole number from {least} to {most}"
    else:
        words = f"a whole number {'from 0 upwards' if least == 0 else 'above 0'}"
    return Rule(
        lambda value: (
            type(value) is int and least <= value and (most is None or value <= most)
        ),
        words,
    )


def number(holds: Callable[[float], bool], words: str) -> Rule:
    """A finite number for which `holds` is true."""
    return Rule(
        lambda value: (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and abs(value) <= sys.float_info.max
            and holds(value)
        ),
        words,
    )


def choice(*values: str) -> Rule:
    """One of a few words."""
    return Rule(lambda value: value in values, " or ".join(values))


def optional(rule: Rule) -> Rule:
    """What the rule says, or None."""
    return Rule(lambda value: value is None or rule.holds(value), rule.words)


def several(rule: Rule, most: int) -> Rule:
    """A list of values that keep a rule, none to `most` of them.

    >>> several(whole(1), 2).holds([3, 4]), several(whole(1), 2).holds([3, 4, 5])
    (True, False)
    """
    return Rule(
        lambda values: (
            isinstance(values, list | tuple)
            and len(values) <= most
            and all(map(rule.holds, values))
        ),
        f"at most {most}, each {rule.words}",
    )


AMOUNT = number(lambda value: value >= 0, "a finite number, at least 0")
SHARE = number(lambda value: 0 <= value <= 1, "a number from 0 to 1")
FLAG = Rule(lambda value: isinstance(value, bool), "True or False")
TEXT = Rule(lambda value: isinstance(value, str), "a string")
