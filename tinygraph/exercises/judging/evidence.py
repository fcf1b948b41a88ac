"""Evidence: all trials of a wrong function, and those in which one result is wrong."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..exercise import CASES, Exercise
from ..language import translated
from ..running.outcome import NOT_RUN, Runner
from .claims import Pair, Probe, first_true
from .conditions import find_condition, visible_names
from .ranges import find_range
from .result_names import result_names
from .trial import Trial, run_trial

MORE_CASES = 24  # random cases of other seeds that are tried, at most
MORE_CORNERS = 8  # corner cases of other seeds, at most


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
        """The result that is wrong in the first of them; of several, the first."""
        places = range(len(self.first.right.results))
        return next(p for p in places if not self.first.result_passed(p))

    @cached_property
    def bad(self) -> list[Trial]:
        """The trials in which that result is wrong."""
        return [t for t in self.wrong if not t.result_passed(self.place)]

    @cached_property
    def pairs(self) -> list[Pair]:
        """That result and the right one, wherever it is wrong."""
        return self.pairs_of(self.bad)

    def pairs_of(self, trials: Sequence[Trial]) -> list[Pair]:
        """The result that is wrong and the right one, in each of these trials."""
        return [
            (t.yours.results[self.place], t.right.results[self.place]) for t in trials
        ]

    @cached_property
    def more(self) -> list[Trial]:
        """Trials of other seeds, as long as the function answers."""
        found, name = [], self.trials[0].function
        for seed, number in self.other_cases():
            trial = run_trial(self.exercise, self.run, seed, name, number)
            if trial.yours.failure in NOT_RUN:
                break
            found.append(trial)
        return [trial for trial in found if not trial.complaint]

    def other_cases(self) -> Iterator[tuple[int, int]]:
        """Cases of other seeds: random ones, and corner cases that are wrong."""
        corners, seeds = self.exercise.corners, self.exercise.other_seeds(self.seed)
        wrong = [t.number for t in self.wrong if t.number < corners]
        drawn = itertools.product(seeds, range(corners, CASES))
        yield from itertools.islice(drawn, MORE_CASES)
        yield from itertools.islice(itertools.product(seeds, wrong), MORE_CORNERS)

    @cached_property
    def more_bad(self) -> list[Trial]:
        """Those of them in which the result is wrong."""
        return [
            t
            for t in self.more
            if not t.result_passed(self.place) and len(t.yours.results) > self.place
        ]

    @cached_property
    def good(self) -> list[Trial]:
        """The trials in which the result is right, of other seeds as well."""
        return [t for t in (*self.trials, *self.more) if t.result_passed(self.place)]

    def claim(self, probe: Probe) -> str:
        """What a probe claims, if that holds in all wrong cases, and these suffice."""
        return first_true(probe, self.pairs, self.more_pairs)

    def more_pairs(self) -> list[Pair]:
        """The result and the right one, wherever it is wrong for other seeds."""
        return self.pairs_of(self.more_bad)

    def labelled(self, message: str) -> str:
        """A message that says which result it is about, and where that is wrong."""
        if not message:
            return ""
        if self.where:
            message = translated(
                "{message} (wrong only where {condition})",
                message=message,
                condition=self.where,
            )
        return self.about_result(message)

    @cached_property
    def range(self) -> str:
        """Between which numbers inputs are where the result is wrong; "" if unknown."""
        bad = [*self.bad, *self.more_bad]
        return find_range(visible_names(self.exercise), bad, self.good, self.place)

    @cached_property
    def where(self) -> str:
        """What holds where the result is wrong, and nowhere else; "" if unknown."""
        bad = [*self.bad, *self.more_bad]
        return self.range or find_condition(self.exercise, bad, self.good)

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
