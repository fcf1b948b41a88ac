"""A submission: what one student has handed in for each exercise, or why nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ...legible import escaped
from ..exercise import Exercise

MOST_NAMED = 3  # files with almost the right name that a reason mentions


class Unusable(Exception):
    """Why a file is not graded, as the end of a sentence about it."""


@dataclass(frozen=True)
class Source:
    """The text for one exercise, or why there is none."""

    name: str
    text: bytes = b""
    reason: str = ""


@dataclass
class Submission:
    """What one student has handed in."""

    student: str
    sources: dict[str, Source] = field(default_factory=dict)  # by exercise
    reason: str = ""  # why none of it can be read
    notebooks: list[str] = field(default_factory=list)  # that could be read
    others: list[str] = field(default_factory=list)  # files that belong to no exercise

    def source(self, exercise: Exercise) -> Source:
        """The text for an exercise, or why there is none."""
        name = f"{exercise.id}.py"
        reason = self.reason or self.why_nothing(exercise)
        nearly = [other for other in self.others if resembles(other, exercise.id)]
        if nearly and not self.reason:
            reason += f", but {', '.join(nearly[:MOST_NAMED])}"
        return self.sources.get(exercise.id, Source(name, reason=reason))

    def why_nothing(self, exercise: Exercise) -> str:
        """The reason if there is no answer to an exercise."""
        if not self.notebooks:
            return nothing_handed_in(exercise.id)
        names = " or ".join(exercise.references)
        return f"{', '.join(self.notebooks)}: there is no function {names}"

    def add(self, exercise: str, source: Source) -> None:
        """Keep a text, unless there is already one that can be used."""
        if exercise not in self.sources or self.sources[exercise].reason:
            self.sources[exercise] = source


def nothing_handed_in(exercise: str) -> str:
    """The reason if there is no file for an exercise."""
    return f"no {exercise}.py was handed in"


def resembles(name: str, exercise: str) -> bool:
    """Whether a file's name begins with the exercise's number, or with its id."""
    numbers = [re.match(r"\d*", text) for text in (exercise, name)]
    ours, theirs = (found.group() if found else "" for found in numbers)
    return name.startswith(exercise) or ours == theirs != ""


def shown_name(name: str) -> str:
    """A name in printable characters; different names stay different."""
    return escaped(name.replace("\\", "\\\\"))


def source_of_text(name: str, text: bytes) -> Source:
    """A text for an exercise, unless it is empty."""
    if not text.strip():
        return Source(name, reason=f"{name} is empty")
    return Source(name, text)
