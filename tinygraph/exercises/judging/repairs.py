"""Repairs: one small edit of a student's code that makes the result right.

An edit is mentioned only if the edited function is right in all cases, of other seeds
as well. So what is said of it is true, whatever the student had in mind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from ..language import translated
from ..running.outcome import NOT_RUN, call_variant, source_of
from .claims import FEWEST
from .edit_groups import (
    grouped_edits,
    left_out_edits,
    order_edits,
    sign_edits,
    statement_edits,
    swapped_names,
)
from .edit_names import Names
from .edit_rules import LATE_RULES, RULES, Rule, left_out
from .edits import (
    Change,
    Edit,
    Function,
    Slot,
    applied,
    code_of,
    functions_of,
    in_words,
    slots_in,
)
from .evidence import Evidence
from .trial import Trial, consult_accept, fit_results

MOST_EDITS = 2000  # that are tried


def find_repair(evidence: Evidence) -> str:
    """What is said of the first edit that makes a result right; "" if none does."""
    functions = functions_of(source_of(evidence.run), evidence.first.function)
    repair = Repair(evidence, functions)
    if any(trial.yours.failure in NOT_RUN for trial in evidence.trials):
        return ""
    for edit in islice(edits_of(functions), MOST_EDITS):
        if repair.helps(edit):
            return said_of(edit)
    return repair.half or ""


def said_of(edit: Edit) -> str:
    """What is said of an edit that helps."""
    return translated(edit.said, **in_words(edit))


def edits_of(functions: Sequence[Function]) -> Iterator[Edit]:
    """All edits of some functions, the likely ones first."""
    found = [(list(slots_in(function)), Names(function)) for function in functions]
    for kind in KINDS:
        for slots, names in found:
            yield from kind(slots, names)


Kind = Callable[[Sequence[Slot], Names], Iterator[Edit]]


def by(rule: Rule) -> Kind:
    """What a rule makes of one place at a time."""

    def edits(slots: Sequence[Slot], names: Names) -> Iterator[Edit]:
        for slot in slots:
            yield from (Edit((Change(slot, text),)) for text in rule(slot, names))

    return edits


KINDS: Sequence[Kind] = [
    statement_edits,
    swapped_names,
    by(left_out),
    left_out_edits,
    *map(by, RULES),
    sign_edits,
    grouped_edits,
    order_edits,
    *map(by, LATE_RULES),
]


@dataclass(eq=False)
class Repair:
    """Functions that are wrong, and edits of them that are tried."""

    evidence: Evidence
    functions: Sequence[Function]

    def __post_init__(self) -> None:
        self.tried = {code_of(self.functions)}
        wrong = self.evidence.wrong
        drawn = [trial for trial in wrong if self.is_drawn(trial)]
        enough = len(drawn) >= FEWEST
        self.first = min(drawn if enough else wrong, key=size_of)
        self.half = "" if enough else None  # said of the first that helps in part
        self.over = False  # whether the functions can no longer be run

    def helps(self, edit: Edit) -> bool:
        """Whether an edit makes the result right in all cases."""
        try:
            with applied(edit):
                code = code_of(self.functions)
        except (SyntaxError, ValueError, AttributeError):
            return False
        if code in self.tried or self.over:
            return False
        self.tried.add(code)
        if not self.is_right(code, self.first):
            return False
        wrong, own = self.evidence.wrong, self.evidence.trials
        cases = [*wrong, *own, *self.evidence.more]
        drawn = [trial for trial in cases if self.is_drawn(trial)]
        corners = [trial for trial in cases if not self.is_drawn(trial)]
        if not all(self.is_right(code, trial) for trial in drawn):
            return False
        if all(self.is_right(code, trial) for trial in corners):
            return True
        if self.half == "":
            self.half = self.said_of_half(edit, code)
        return False

    def is_drawn(self, trial: Trial) -> bool:
        """Whether a case is a random one, and no corner case."""
        return trial.number >= self.evidence.exercise.corners

    def said_of_half(self, edit: Edit, code: str) -> str:
        """What is said of an edit that helps in all random cases, but not in corners.

        "" if some of the corner cases are wrong only because of it.
        """
        right = [trial for trial in self.evidence.trials if self.is_right(code, trial)]
        if any(trial.passed and trial not in right for trial in self.evidence.trials):
            return ""
        return translated(
            "{edit} in {count} of {all} cases",
            edit=said_of(edit),
            count=len(right),
            all=len(self.evidence.trials),
        )

    def is_right(self, code: str, trial: Trial) -> bool:
        """Whether an edited function is right in a case."""
        outcome = call_variant(self.evidence.run, code, trial.function, trial.inputs)
        if outcome is None or outcome.failure:
            self.over = outcome is None
            return False
        yours = fit_results(outcome, trial.right)
        about = self.evidence.exercise, trial.function, trial.inputs
        note, complaint = consult_accept(*about, yours, trial.right)
        edited = replace(trial, yours=yours, note=note, complaint=complaint)
        if any(t.yours.failure for t in self.evidence.wrong):
            return edited.passed
        return edited.result_passed(self.evidence.place)


def size_of(trial: Trial) -> int:
    """How many numbers the inputs of a case have."""
    return sum(np.size(value) for value in trial.inputs)
