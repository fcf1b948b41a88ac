"""Known mistakes: the wrong answers of an exercise, recognised by what they return.

A student's answer need not equal a known mistake in every case. Where it is wrong, the
mistake must explain it: at least three times, and nowhere otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..exercise import Exercise, WrongAnswer
from ..running.outcome import Outcome
from .comparison import Array, agree, equal, near
from .evidence import Evidence
from .messages import first_difference
from .trial import Trial, fit_results, outcome_in_case

FEWEST_WRONG = 3  # cases that a mistake must explain


@dataclass
class Match:
    """How well a known mistake explains an answer, or one of its results."""

    wrong: WrongAnswer
    place: int | None  # of the result; None for all of them
    explained: int = 0  # wrong cases in which the mistake gives the same
    different: int = 0  # cases in which it gives something else, which may be
    contradicted: bool = False

    @property
    def is_possible(self) -> bool:
        """Whether it explains something, and nothing speaks against it."""
        return not self.contradicted and self.explained > 0

    @property
    def holds(self) -> bool:
        """Whether it explains enough: all cases alike, or several wrong ones."""
        enough = not self.different or self.explained >= FEWEST_WRONG
        return self.is_possible and enough

    def compare(self, exercise: Exercise, trial: Trial) -> None:
        """Take a trial into account.

        A corner case in which the student is right, or has no answer, does not speak
        against a mistake, and neither do NaN and infinity.
        """
        if self.contradicted:
            return
        mistaken = outcome_in_case(
            exercise, self.wrong.function, trial.seed, trial.number
        )
        outcome = fit_results(mistaken, trial.right)
        right = self.is_right(trial)
        corner = trial.number < exercise.corners
        forgiven = corner and bool(right or trial.yours.failure)
        if self.gives_same(trial, outcome):
            self.explained += not right
        elif forgiven or (not right and self.gives_same_numbers(trial, outcome)):
            self.different += 1
        else:
            self.contradicted = True

    def is_right(self, trial: Trial) -> bool:
        """Whether what is explained is right in a trial."""
        return trial.passed if self.place is None else trial.result_passed(self.place)

    def gives_same(self, trial: Trial, outcome: Outcome) -> bool:
        """Whether the mistake returns what the student's function returns.

        If it is about one result, its other results must be right.
        """
        if self.place is None:
            return agree(trial.yours, outcome, is_same)
        if len(outcome.results) != len(trial.yours.results):
            return False
        expected = list(trial.right.results)
        expected[self.place] = trial.yours.results[self.place]
        return all(map(is_same, outcome.results, expected))

    def gives_same_numbers(self, trial: Trial, outcome: Outcome) -> bool:
        """The same where the student's function does not return NaN or infinity."""
        own, other = trial.yours.results, outcome.results
        if self.place is not None:
            own, other = own[self.place :][:1], other[self.place :][:1]
        if not own or [x.shape for x in own] != [x.shape for x in other]:
            return False
        finite = [np.isfinite(array) for array in own]
        return not all(map(np.all, finite)) and all(
            near(yours, theirs)[numbers].all()
            for yours, theirs, numbers in zip(own, other, finite, strict=True)
        )


def is_same(yours: Array, other: Array) -> bool:
    """Whether two arrays are equal, or both are empty, in whatever shape."""
    return yours.size == other.size == 0 or equal(yours, other)


class Known(NamedTuple):
    """A known mistake that explains an answer, or one of its results."""

    wrong: WrongAnswer
    place: int | None  # of that result; None if it explains all


def find_known_mistake(evidence: Evidence) -> Known | None:
    """The wrong answer that explains what a student's function returns.

    If there is none, a wrong answer that explains the first wrong one of several
    results. Of several, it is the one that differs in the fewest cases, and then the
    first in the file.
    """
    own = evidence.trials
    every = [w for w in evidence.exercise.wrong if w.replaces == own[0].function]
    places: list[int | None] = [None]
    if all(len(t.yours.results) == len(t.right.results) > 1 for t in own):
        places.append(first_difference(evidence.first)["result"])
    for place in places:
        found = matches_of(evidence, [Match(wrong, place) for wrong in every])
        if found:
            wrong = min(found, key=lambda m: (m.different, -m.explained)).wrong
            return Known(wrong, place)
    return None


def matches_of(evidence: Evidence, matches: list[Match]) -> list[Match]:
    """Those of the known mistakes that explain an answer.

    More cases are tried if these are too few, or if several mistakes explain them.
    Corner cases come last: most mistakes are contradicted before, and are not called.
    """
    corners = evidence.exercise.corners
    for trial in sorted(evidence.trials, key=lambda trial: trial.number < corners):
        for match in matches:
            match.compare(evidence.exercise, trial)
    left = [match for match in matches if match.is_possible]
    if len(left) > 1 or any(match.explained < FEWEST_WRONG for match in left):
        for trial in evidence.more:
            if trial.number >= corners:
                for match in left:
                    match.compare(evidence.exercise, trial)
    return [match for match in left if match.holds]
