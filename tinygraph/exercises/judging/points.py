"""What the trials of an answer are worth."""

from __future__ import annotations

from typing import NamedTuple

from ..exercise import Exercise
from .result_names import result_names
from .trial import Trial
from .verdict import Check, Finding

SHAPE, VALUES, CORNERS = 0.1, 0.5, 0.4  # shares of the points of a result


class ResultChecks(NamedTuple):
    """The checks of one result of a function."""

    shape: Check
    values: Check
    corners: Check

    @property
    def share(self) -> float:
        """The share of the points of this result that its checks earn."""
        shape, values, corners = (check.passed for check in self)
        return SHAPE * shape + VALUES * values + CORNERS * corners


def check_results(exercise: Exercise, trials: list[Trial]) -> list[ResultChecks]:
    """The checks of each result of each function."""
    results = [
        (name, place)
        for name in exercise.references
        for place in results_of(trials, name)
    ]
    alone = len(results) == len(exercise.references)
    checks = []
    for name, place in results:
        own = [trial for trial in trials if trial.function == name]
        names = result_names(exercise.references[name], len(own[0].right.results))
        label = name if alone or len(names) == 1 else names[place]
        if len(exercise.references) > 1 and label != name:
            label = f"{name} {label}"
        checks.append(check_result(label, own, place, exercise.corners))
    return checks


def check_result(
    label: str, own: list[Trial], place: int, corners: int
) -> ResultChecks:
    """The checks of one result; the first `corners` cases are the corner cases.

    Right numbers in a wrong shape pass the check of the values, and no other. A case in
    which the function raised an error has wrong values, but says nothing of the shape.
    As long as no random case is right, neither right shapes nor corner cases count.
    """
    random = [t.numbers_passed(place) for t in own if t.number >= corners]
    corner = [t.result_passed(place) for t in own if t.number < corners]
    some = any(random)

    def shaped(trial: Trial) -> bool:
        return trial.yours.failure == "raised" or has_right_shape(trial, place)

    return ResultChecks(
        Check(f"{label}: shape", some and all(map(shaped, own))),
        Check(f"{label}: values", some and all(random)),
        Check(f"{label}: corner cases", some and all(corner)),
    )


def results_of(trials: list[Trial], name: str) -> range:
    """The places of the results of a function, which may have several."""
    right = next(trial.right for trial in trials if trial.function == name)
    return range(len(right.results))


def has_right_shape(trial: Trial, place: int) -> bool:
    """Whether one of the results has the right shape."""
    yours, right = trial.yours.results, trial.right.results
    return len(yours) == len(right) and yours[place].shape == right[place].shape


def points_for(
    exercise: Exercise,
    trials: list[Trial],
    checks: list[ResultChecks],
    finding: Finding | None,
) -> float:
    """The points of an answer, in halves."""
    points = exercise.points * sum(result.share for result in checks) / len(checks)
    if finding is None:
        points = exercise.points
    elif finding.mistake in ("in_place", "unrepeatable"):
        points *= 0.75
    elif finding.status != "failed" and not any(trial.passed for trial in trials):
        points = 0.0
    return round(2 * points) / 2
