"""Evidence: all trials of a wrong function, and those in which one result is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ..exercise import Exercise
from ..language import translated
from ..running.outcome import Runner
from .comparison import Array
from .conditions import find_condition
from .result_names import result_names
from .trial import Trial

Pair = tuple[Array, Array]


@dataclass(frozen=True, eq=False)
class Evidence:
    """All trials of a function that is wrong, and how to run it again."""

    exercise: Exercise
    run: Runner
    trials: list[Trial]
    seed: int  # of their cases

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
        if not message:
            return ""
        good = [t for t in self.trials if t.result_passed(self.place)]
        where = find_condition(self.exercise, self.bad, good)
        if where:
            message = translated(
                "{message} (wrong only where {condition})",
                message=message,
                condition=where,
            )
        return self.about_result(message)

    @cached_property
    def names(self) -> list[str]:
        """What the results are called."""
        function = self.exercise.references[self.first.function]
        return result_names(function, len(self.first.right.results))

    def about_result(self, message: str) -> str:
        """A message that begins with the result that it is about, if there are more."""
        if len(self.names) == 1:
            return message
        return translated(
            "{result}: {message}", result=self.names[self.place], message=message
        )
