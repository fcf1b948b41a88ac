"""Fingerprints: which wrong answers, whatever their code, return the same numbers.

Every student has other inputs, but a fingerprint is taken on the same cases for all.
"""

from __future__ import annotations

import hashlib

import numpy as np

from ..exercise import CASES, Exercise
from ..running.outcome import NOT_RUN, Outcome, Runner
from .comparison import Array, agree
from .trial import call_student, inputs_of_case, outcome_in_case
from .verdict import Finding

FIXED_SEED = 0
DIGITS = 12  # of a fingerprint
DECIMALS = 4  # to which numbers are rounded, behind their first digit
UNSTEADY = ("state", "chance", "unrepeatable")  # mistakes of changing answers
SMALL = 1e-7  # relative to the largest element: what counts as 0


def is_unknown(finding: Finding) -> bool:
    """Whether an answer returned something wrong that its exercise does not list."""
    listed = finding.mistake.startswith("wrong_")
    return not listed and finding.mistake not in (*NOT_RUN, *UNSTEADY)


def fingerprint_of(exercise: Exercise, run: Runner, function: str) -> str:
    """A digest of what a function returns on the fixed cases.

    It is equal for answers that are equal up to rounding. It is empty for a function
    that is right in all of these cases, fails in all of them, or does not run to its
    end in one.
    """
    parts, wrong = [], False
    for number in range(CASES):
        case = FIXED_SEED, number
        inputs = inputs_of_case(exercise, *case)
        right = outcome_in_case(exercise, exercise.references[function], *case)
        yours = call_student(run, function, inputs, right)
        if yours.failure in NOT_RUN:
            return ""
        wrong = wrong or (not yours.failure and not agree(yours, right))
        parts.append(text_of(yours))
    text = "\n".join([exercise.id, function, *parts])
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS] if wrong else ""


def text_of(outcome: Outcome) -> str:
    """The shapes and rounded numbers of the results of a call, or how it failed."""
    return outcome.failure or ";".join(map(rounded_text, outcome.results))


def rounded_text(array: Array) -> str:
    """An array's shape and rounded numbers.

    >>> import numpy as np
    >>> rounded_text(np.array([1 / 3, -0.0, 1e-17, np.nan]))
    '(4,) 3.3333e-01 0.0000e+00 0.0000e+00 nan'
    """
    with np.errstate(all="ignore"):
        size = np.abs(array)
        small = size <= SMALL * size[np.isfinite(size)].max(initial=0.0)
    numbers = np.where(small, 0.0, array).ravel()
    return " ".join([str(array.shape), *(f"{x:.{DECIMALS}e}" for x in numbers)])
