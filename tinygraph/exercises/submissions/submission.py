"""A submission: what one student has handed in for each exercise, or why nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ...legible import escaped
from ..exercise import Exercise
from ..language import marked, translated
from ..similar_names import nearest_of
from .hand_in import UNKNOWN, HandIn

STUB = b"raise NotImplementedError"  # in a file that was not changed
LARGEST_FILE = 2**20  # bytes of a Python file
MOST_NAMED = 3  # files with almost the right name that a reason mentions
NEWEST = marked(
    "of {count} files for this exercise, the newest is graded: {chosen}, not {unused}"
)
ANSWER = marked(
    "of {count} files for this exercise, the answer is graded: {chosen}, not {unused}"
)


class Unusable(Exception):
    """Why a file is not graded, as the end of a sentence about it."""


def why_unread(error: Unusable | OSError) -> str:
    """Why something cannot be read, as the end of a sentence about it."""
    if isinstance(error, OSError):
        said = error.strerror or str(error)
        return translated("cannot be read: {error}", error=said)
    return str(error)


@dataclass(frozen=True)
class Source:
    """The text for one exercise, or why there is none."""

    name: str
    text: bytes = b""
    reason: str = ""
    notes: tuple[str, ...] = ()  # what a reader of the grade should know about it
    age: tuple[object, ...] = ()  # greater for what was handed in later
    hand_in: HandIn = UNKNOWN
    path: str = ""  # in what was handed in, if that is known

    @property
    def rank(self) -> tuple[object, ...]:
        """Greater for what is graded first: answers, then stubs, each by their age."""
        return (not self.reason, STUB not in self.text, *self.age)


@dataclass
class Submission:
    """What one student has handed in."""

    student: str
    identifier: str = ""  # what the platform calls the student
    found: dict[str, list[Source]] = field(default_factory=dict)  # by exercise
    reason: str = ""  # why some of it cannot be read
    notebooks: list[str] = field(default_factory=list)  # that could be read
    names: list[str] = field(default_factory=list)  # in them that no exercise asks for
    others: list[str] = field(default_factory=list)  # files that belong to no exercise

    def source(self, exercise: Exercise) -> Source:
        """The text for an exercise, or why there is none."""
        found = self.found.get(exercise.id, [])
        if not found:
            return Source(f"{exercise.id}.py", reason=self.why_nothing(exercise))
        best = max(reversed(found), key=lambda source: source.rank)
        others = [s for s in found if s is not best and s.text != best.text]
        if not others:
            return best
        chosen, *unused = distinct_names([best, *others])
        is_newest = best.age == max(source.age for source in found)
        note = translated(
            NEWEST if is_newest else ANSWER,
            count=len(unused) + 1,
            chosen=chosen,
            unused=", ".join(unused[:MOST_NAMED]),
        )
        return replace(best, notes=(*best.notes, note))

    def why_nothing(self, exercise: Exercise) -> str:
        """The reason if there is no answer to an exercise."""
        if self.reason:
            nothing = f"{nothing_handed_in(exercise.id)}; " if self.found else ""
            return f"{nothing}{self.reason}"
        nearly = [other for other in self.others if resembles(other, exercise.id)]
        if self.notebooks:
            reason = translated(
                "{notebook}: there is no function {name}",
                notebook=", ".join(self.notebooks),
                name=" / ".join(exercise.references),
            )
            near = (nearest_of(n, self.names, "") for n in exercise.references)
            reason += next(filter(None, near), "")
        else:
            reason = nothing_handed_in(exercise.id)
        if nearly:
            names = shortened(nearly)
            return translated("{reason}, but {names}", reason=reason, names=names)
        if self.others and not self.found and not self.notebooks:
            names = shortened(self.others)
            return translated("{reason}, only {names}", reason=reason, names=names)
        return reason

    def add(self, exercise: str, source: Source) -> None:
        """Keep a text for an exercise."""
        self.found.setdefault(exercise, []).append(source)

    def join(self, other: Submission) -> None:
        """Add what the same student has handed in under another name."""
        for exercise, sources in other.found.items():
            self.found.setdefault(exercise, []).extend(sources)
        self.identifier = self.identifier or other.identifier
        self.reason = shortened(filter(None, [self.reason, other.reason]))
        self.notebooks += other.notebooks
        self.names += other.names
        self.others += other.others


def distinct_names(sources: Sequence[Source]) -> list[str]:
    """The names of some files, with their folders if several have the same name.

    If that does not tell them apart, they have the time at which they were handed in.
    """
    names = [source.name for source in sources]
    if len(set(names)) < len(names):
        names = [source.path or source.name for source in sources]
    if len(set(names)) == len(names):
        return names
    times = [source.hand_in.time for source in sources]
    return [
        f"{name} ({time:%Y-%m-%d %H:%M:%S})" if time else name
        for name, time in zip(names, times, strict=True)
    ]


def shortened(names: Iterable[str]) -> str:
    """Some of the names, in a list."""
    first = list(dict.fromkeys(names))
    names, more = ", ".join(first[:MOST_NAMED]), len(first) - MOST_NAMED
    if more <= 0:
        return names
    return translated("{names} and {count} more", names=names, count=more)


def nothing_handed_in(exercise: str) -> str:
    """The reason if there is no file for an exercise."""
    return translated("no {file} was handed in", file=f"{exercise}.py")


def resembles(name: str, exercise: str) -> bool:
    """Whether a file's name begins with the exercise's number, or with its id."""
    numbers = [re.match(r"\d*", text) for text in (exercise, name)]
    ours, theirs = (found.group() if found else "" for found in numbers)
    return name.startswith(exercise) or ours == theirs != ""


def shown_name(name: str) -> str:
    """A name in printable characters; different names stay different."""
    return escaped(name.replace("\\", "\\\\"))


def source_of_text(source: Source) -> Source:
    """A text for an exercise, unless it is empty."""
    if source.text.strip():
        return source
    reason = translated("{name} is empty", name=source.name)
    return replace(source, text=b"", reason=reason, notes=())
