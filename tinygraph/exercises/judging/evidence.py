"""Evidence: all trials of a wrong function, and those in which one result is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ..exercise import Exercise
from ..running.outcome import Runner
from .comparison import Array
from .conditions import find_condition
from .trial import Trial

Pair = tuple[Array, Array]


@dataclass(frozen=True, eq=False)
class Evidence:
    """All trials of a function that is wrong, and how to run it again."""

    exercise: Exercise
    run: Runner
    trials: list[Trial]

    @cached_property
    def wrong(self) -> list[Trial]:
        """The trials that are wrong."""
        return [trial for trial in self.trials if not trial.passed]

    @property
    def first(self) -> Trial:
        """The first of them."""
        return self.wrong[0]

    @cached_property
    def place(self) -> int:
        """The first result that is wrong anywhere."""
        places = range(len(self.first.right.results))
        return next(
            p for p in places if any(not t.result_passed(p) for t in self.wrong)
        )

    @cached_property
    def bad(self) -> list[Trial]:
        """The trials in which that result is wrong."""
        return [t for t in self.wrong if not t.result_passed(self.place)]

    @cached_property
    def pairs(self) -> list[Pair]:
        """That result and the right one, wherever it is wrong."""
        return [
            (t.yours.results[self.place], t.right.results[self.place]) for t in self.bad
        ]

    def labelled(self, message: str) -> str:
        """A message that says which result it is about, and where that is wrong."""
        count = len(self.first.right.results)
        if message and count > 1:
            message = f"result {self.place + 1} of {count}: {message}"
        good = [t for t in self.trials if t.result_passed(self.place)]
        where = find_condition(self.exercise, self.bad, good) if message else ""
        return f"{message} (wrong only where {where})" if where else message
