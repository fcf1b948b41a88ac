"""The judge: from the functions of a student to a verdict.

How the functions are run is decided elsewhere: in a process of their own when a class
is graded, in this process in a notebook.
"""

from __future__ import annotations

from ..exercise import Exercise
from ..running.outcome import Runner
from .diagnosis import diagnose
from .points import check_results, points_for
from .trial import run_trials
from .verdict import Verdict


def judge(exercise: Exercise, run: Runner, seed: int) -> Verdict:
    """Run an answer on all cases: what it is worth, and what is wrong with it."""
    trials = list(run_trials(exercise, run, seed))
    results = check_results(exercise, trials)
    finding = diagnose(exercise, run, trials, seed)
    points = points_for(exercise, trials, results, finding)
    checks = [check for result in results for check in result]
    notes = list(dict.fromkeys(trial.note for trial in trials if trial.note))
    notes = notes if finding is None else []  # of what is right, if all is right
    return Verdict(exercise.id, points, exercise.points, seed, finding, checks, notes)
