"""Wrong answers that several students gave, and that no exercise lists."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import FileError
from ...files import write_atomically
from ..language import translated, translated_plural
from .row import Row

FOLDER = "unknown"  # in the folder of the journal
FEWEST = 2  # students who gave the same answer


@dataclass(frozen=True)
class UnknownAnswer:
    """A wrong answer, and who gave it."""

    exercise: str
    fingerprint: str
    message: str  # what one of the students was told
    students: list[str]
    file: str  # what that student handed in
    text: str

    def path(self, folder: Path) -> Path:
        """The file of this answer in the folder of the journal."""
        return folder / FOLDER / self.fingerprint / f"{self.exercise}.py"


def unknown_answers(rows: Iterable[Row]) -> list[UnknownAnswer]:
    """The wrong answers that several students gave: by exercise, the commonest first.

    Answers are the same if they return the same. The shortest text is shown.
    """
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.fingerprint:
            found.setdefault((row.exercise, row.fingerprint), []).append(row)
    same = [unknown_answer(own) for own in found.values() if len(own) >= FEWEST]
    return sorted(same, key=lambda a: (a.exercise, -len(a.students), a.fingerprint))


def unknown_answer(rows: Sequence[Row]) -> UnknownAnswer:
    """What rows with the same fingerprint have in common."""
    first = min(rows, key=lambda row: (len(row.answer), row.student))
    return UnknownAnswer(
        first.exercise,
        first.fingerprint,
        first.message,
        [row.student for row in rows],
        first.file,
        first.answer,
    )


def write_answer(answer: UnknownAnswer, folder: Path) -> Path:
    """Write the text of an answer where `tinygraph learn` finds its exercise."""
    path = answer.path(folder)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            translated(
                "cannot write in {folder}: {error}", folder=folder, error=error.strerror
            )
        ) from None
    write_atomically(path, answer.text.encode())
    return path


def write_unknown(folder: Path | None, rows: Sequence[Row]) -> list[str]:
    """Write a file for each unknown answer, to be learned, and say which.

    Raises FileError if one cannot be written.
    """
    answers = unknown_answers(rows) if folder is not None else []
    lines = []
    if answers:
        lines += ["", translated("The same wrong answer, which has no name yet:")]
    for answer in answers:
        path = write_answer(answer, Path(folder or ""))
        who = ", ".join(answer.students)
        many = translated_plural(
            "{count} student", "{count} students", len(answer.students)
        )
        lines.append(f"  {answer.exercise}  {many}: {who}")
        command = f"tinygraph learn {shlex.quote(str(path))}"
        said = translated("name it with: {command}", command=command)
        lines.append(f"    {said}")
    return lines
