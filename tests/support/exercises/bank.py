"""Answers as students would write them, wrong and right, that no exercise lists.

Each file of the folders `bank` and of the other banks belongs to one exercise.
It begins with what all of its answers share. Each answer begins with a line:
`=== right: NAME`, or `=== wrong: NAME | PATTERN`, with a regular expression for what a
message that names the mistake says. The patterns of `bank` were written before the
messages were looked at. In the others, that is true of the answers and their names,
but not of the patterns.
"""

import io
import re
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from shipped import exercise

from tinygraph.errors import TinygraphError
from tinygraph.exercises.judging.judge import judge
from tinygraph.exercises.judging.verdict import Finding, Verdict
from tinygraph.exercises.running.outcome import Outcome
from tinygraph.exercises.running.student_file import StudentFile

NAMES = ("bank", "second_bank", "third_bank", "fourth_bank")
BANKS = [Path(__file__).parent / name for name in NAMES]
UNNAMED = ("", "condition", "raised", "syntax")  # no reason, or only Python's


@dataclass(frozen=True)
class Answer:
    """A student's file, and what should be said of it."""

    exercise: str  # its id
    name: str
    source: str
    expected: str = ""  # a pattern; empty for a right answer

    @property
    def number(self) -> str:
        return self.exercise[:2]

    def verdict(self, seed: int = 0) -> Verdict:
        """What the judge says, with the file loaded in this process."""
        with redirect_stdout(io.StringIO()):
            return judge(exercise(self.number), Loaded(self), seed)

    def said(self, finding: Finding, seed: int = 0) -> str:
        """A message without the words of Python and NumPy, which name nothing."""
        return finding.message.replace(self.error(finding, seed), "")

    def error(self, finding: Finding, seed: int) -> str:
        """The text of the exception that the answer raises.

        One of tinygraph's is left out: it names what was wrong.
        """
        own, names = exercise(self.number), {"__name__": "student"}
        try:
            exec(self.source, names)
            inputs = own.case(seed, finding.case or 0)
            given = own.given or (lambda *inputs: inputs)
            with np.errstate(all="ignore"), redirect_stdout(io.StringIO()):
                names[finding.function](*given(*inputs))
        except Exception as error:
            return "" if isinstance(error, TinygraphError) else str(error)
        return ""


class Loaded:
    """Runs an answer as a worker process does, but in this process."""

    def __init__(self, answer: Answer) -> None:
        self.answer, self.source = answer, answer.source
        self.file = self.load()

    def load(self) -> StudentFile:
        own, names = exercise(self.answer.number), {"__name__": "given"}
        exec(own.given_source, names)
        source = np.frombuffer(self.source.encode(), np.uint8)
        return StudentFile({"file": f"{own.id}.py", "source": source}, names)

    def __call__(self, name: str, inputs: Sequence[Any]) -> Outcome:
        return self.file.call(name, tuple(inputs))

    def call_variant(self, functions: str, name: str, inputs: Sequence[Any]) -> Outcome:
        return self.file.call_variant(functions, name, tuple(inputs))

    def call_alone(self, name: str, inputs: Sequence[Any]) -> Outcome:
        self.file = self.load()
        return self(name, inputs)


def answers(kind: str) -> list[Answer]:
    """All answers of a kind, "right" or "wrong"."""
    found = []
    for path in (path for bank in BANKS for path in sorted(bank.glob("*.txt"))):
        shared, *parts = re.split(r"^=== ", path.read_text(), flags=re.MULTILINE)
        for part in parts:
            head, _, source = part.partition("\n")
            its_kind, _, rest = head.partition(": ")
            name, _, expected = rest.partition(" | ")
            if its_kind == kind:
                found.append(Answer(path.stem, name, shared + source, expected))
    return found
