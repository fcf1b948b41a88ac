"""Mistakes: which there are in some rows, and who made each.

Every student has other inputs. So messages about the same mistake may differ in the
numbers of a case, and those do not tell mistakes apart: `shapes (3,4) (5,)` and
`shapes (2,4) (7,)` are one, `2 times what it should be` and `0.5 times` are two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .row import GRADER_FAULT, Row

WITHOUT_MISTAKE = ("passed", "missing", GRADER_FAULT)  # statuses
NAMED = "wrong_"  # how the name of a mistake begins that an exercise lists
BRACKETS = r"[(\[][-\d., ]*[)\]]"  # a shape or an index
NUMBER = r"[-+]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|\b(?:inf|nan)\b)"
EVERY_NUMBER = re.compile(f"{BRACKETS}|{NUMBER}")
OF_ONE_CASE = re.compile(  # in English, or in German
    rf"{BRACKETS}|(?<=yours |deins ){NUMBER}|(?<=right ){NUMBER}|(?<=richtig ){NUMBER}"
    rf"|(?<== ){NUMBER}|(?<=line )\d+(?=:)|(?<=Zeile )\d+(?=:)"
    r"|(?<=lines )\d[\d, ]*(?=:)|(?<=Zeilen )\d[\d, ]*(?=:)"
    r"|\d+ (?:of|von) \d+|\d+(?= elements| Element)"
    r"|(?<=wrong at )\d[\d,. ]*(?= along)|[-+]?\d*\.\d\d+(?:e[-+]?\d+)?"
    r"|\d(?:\.\d)?e[-+]?\d+"
)


@dataclass(frozen=True)
class Mistake:
    """A mistake, and who made it."""

    exercise: str
    name: str  # that of a known mistake, of a probe, or of a failure; may be empty
    message: str  # without the numbers in which the students' messages differ
    students: list[str]

    @property
    def is_known(self) -> bool:
        """Whether the exercise lists it."""
        return self.name.startswith(NAMED)


def mistakes_in(rows: Iterable[Row]) -> list[Mistake]:
    """Who made which mistake: by exercise, the most frequent first.

    A known mistake is recognised by its name; others by their name and their message.
    """
    found: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        if row.status not in WITHOUT_MISTAKE and (row.mistake or row.message):
            found.setdefault(kind_of(row), []).append(row)
    mistakes = [
        Mistake(own[0].exercise, own[0].mistake, common_message(own), names_of(own))
        for own in found.values()
    ]
    return sorted(
        mistakes, key=lambda m: (m.exercise, -len(m.students), m.name, m.message)
    )


def names_of(rows: Sequence[Row]) -> list[str]:
    """The students of some rows."""
    return [row.student for row in rows]


def kind_of(row: Row) -> tuple[str, ...]:
    """What is equal in all rows with the same mistake."""
    if row.mistake.startswith(NAMED):
        return row.exercise, row.mistake
    return row.exercise, row.mistake, numbers_of_case(row).sub("…", row.message)


def numbers_of_case(row: Row) -> re.Pattern[str]:
    """The numbers in a row's message that another case would change."""
    every = row.status == "error" or row.mistake.startswith(NAMED)
    return EVERY_NUMBER if every else OF_ONE_CASE


def common_message(rows: Sequence[Row]) -> str:
    """The message of rows with the same mistake, with … for numbers that differ.

    >>> rows = [Row("a", "01", 0, 1, "error", "raised", "shapes (3,) (4,)")]
    >>> rows += [Row("b", "01", 0, 1, "error", "raised", "shapes (3,) (5,)")]
    >>> common_message(rows)
    'shapes (3,) …'
    """
    pattern, first = numbers_of_case(rows[0]), rows[0].message
    found = [pattern.findall(row.message) for row in rows]
    if len(set(map(len, found))) > 1:  # the wordings of a known mistake may differ
        return first
    columns = iter(zip(*found, strict=True))
    return pattern.sub(lambda m: m[0] if len(set(next(columns))) == 1 else "…", first)
