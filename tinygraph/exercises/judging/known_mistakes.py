"""Known mistakes: the wrong answers of an exercise, recognised by what they return."""

from __future__ import annotations

from ..exercise import Exercise, WrongAnswer
from ..running.outcome import Outcome
from .comparison import agree, equal
from .messages import first_difference
from .trial import Trial, call_trusted, first_wrong, fit_results


def find_known_mistake(exercise: Exercise, own: list[Trial]) -> WrongAnswer | None:
    """The wrong answer that returns what the student's function returns, in all trials.

    If there is none, a wrong answer that explains one of several results, while its
    other results are right.
    """
    every = [w for w in exercise.wrong if w.replaces == own[0].function]
    for wrong in every:
        if all(agree(t.yours, outcome_of_wrong(exercise, wrong, t)) for t in own):
            return wrong
    place = first_difference(first_wrong(own))["result"]
    if any(len(t.yours.results) != len(t.right.results) for t in own):
        return None
    several = len(own[0].right.results) > 1
    for wrong in every if several else ():
        found = ((t, outcome_of_wrong(exercise, wrong, t)) for t in own)
        if all(explains_result(trial, outcome, place) for trial, outcome in found):
            return wrong
    return None


def outcome_of_wrong(exercise: Exercise, wrong: WrongAnswer, trial: Trial) -> Outcome:
    """What a wrong answer returns in a case."""
    outcome = call_trusted(exercise, wrong.function, trial.inputs)
    return fit_results(outcome, trial.right)


def explains_result(trial: Trial, other: Outcome, place: int) -> bool:
    """Whether a wrong answer gives one of the results, and is right in all others."""
    expected = list(trial.right.results)
    expected[place] = trial.yours.results[place]
    return len(other.results) == len(expected) and all(
        map(equal, other.results, expected)
    )
