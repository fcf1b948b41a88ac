"""Repairs: one small edit of a student's code that makes the result right.

An edit is mentioned only if the edited function is right in all cases, of other seeds
as well. So what is said of it is true, whatever the student had in mind.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from ..exercise import CASES
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
from .trial import Trial, consult_accept, fit_results, run_trial

MOST_EDITS = 2000  # that are tried
SEARCH_SEED = 7  # of the cases in which they are tried
# The place of the edit that was found for a key, or None.
FOUND: dict[str, int | None] = {}


def find_repair(evidence: Evidence) -> str:
    """What is said of the first edit that makes a result right; "" if none does.

    Edits are tried in the cases of one seed, so that they are tried only once for equal
    files. The one that is found must be right in the cases of this seed as well.
    """
    functions = functions_of(source_of(evidence.run), evidence.first.function)
    if not functions or any(t.yours.failure in NOT_RUN for t in evidence.trials):
        return ""
    place = place_of_repair(evidence, functions)
    if place is None:
        return ""
    edit = next(islice(edits_of(functions), place, None))
    return Search(evidence, functions).said_of(edit)


def place_of_repair(evidence: Evidence, functions: Sequence[Function]) -> int | None:
    """The place of the first edit that helps; None if none does."""
    key = key_of(evidence)
    if key in FOUND:
        return FOUND[key]
    search = Search(evidence_at(evidence, SEARCH_SEED), functions)
    place = search.place_of_edit()
    if not search.over and search.evidence.seed == SEARCH_SEED:
        FOUND[key] = place
    return place


def key_of(evidence: Evidence) -> str:
    """A key that is equal for wrong functions of files that do the same."""
    exercise, source = evidence.exercise, source_of(evidence.run)
    parts = [exercise.source, evidence.first.function, ast.unparse(ast.parse(source))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def evidence_at(evidence: Evidence, seed: int) -> Evidence:
    """The same function in the cases of a seed, if it is wrong there."""
    if seed == evidence.seed:
        return evidence
    exercise, run, name = evidence.exercise, evidence.run, evidence.first.function
    trials = [run_trial(exercise, run, seed, name, k) for k in range(CASES)]
    other = Evidence(exercise, run, [t for t in trials if not t.complaint], seed)
    return other if other.wrong else evidence


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
class Search:
    """Functions that are wrong, and edits of them that are tried."""

    evidence: Evidence
    functions: Sequence[Function]

    def __post_init__(self) -> None:
        self.tried = {code_of(self.functions)}
        self.over = False  # whether the functions can no longer be run
        wrong = self.evidence.wrong
        drawn = [trial for trial in wrong if self.is_drawn(trial)]
        self.may_be_half = len(drawn) >= FEWEST
        self.first = min(drawn if self.may_be_half else wrong, key=size_of)

    def place_of_edit(self) -> int | None:
        """The place of the first edit that helps; None if none does.

        If none helps in all cases, it is the first that helps in all random ones.
        """
        half = None
        for place, edit in enumerate(islice(edits_of(self.functions), MOST_EDITS)):
            code = self.new_code(edit)
            if (
                code
                and self.is_right(code, self.first)
                and self.helps(code, drawn=True)
            ):
                if self.helps(code, drawn=False):
                    return place
                if half is None and self.is_half(code):
                    half = place
        return half

    def new_code(self, edit: Edit) -> str:
        """The code with an edit; "" if it has been tried, or there is no such code."""
        try:
            with applied(edit):
                code = code_of(self.functions)
        except (SyntaxError, ValueError, AttributeError):
            return ""
        if code in self.tried or self.over:
            return ""
        self.tried.add(code)
        return code

    def is_drawn(self, trial: Trial) -> bool:
        """Whether a case is a random one, and no corner case."""
        return trial.number >= self.evidence.exercise.corners

    def helps(self, code: str, *, drawn: bool) -> bool:
        """Whether edited functions are right in all random cases, or in all others."""
        wrong, own = self.evidence.wrong, self.evidence.trials
        cases = (*wrong, *own, *self.evidence.more)
        return all(self.is_right(code, t) for t in cases if self.is_drawn(t) == drawn)

    def is_half(self, code: str) -> bool:
        """Whether edited functions are right in more cases, if not in all of them."""
        passed = [trial for trial in self.evidence.trials if trial.passed]
        return self.may_be_half and all(self.is_right(code, t) for t in passed)

    def said_of(self, edit: Edit) -> str:
        """What is said of an edit that helps; "" if it does not."""
        code, own = self.new_code(edit), self.evidence.trials
        right = [trial for trial in own if self.is_right(code, trial)]
        said = translated(edit.said, **in_words(edit))
        if len(right) == len(own):
            return said
        if not self.is_half(code) or any(
            self.is_drawn(t) for t in own if t not in right
        ):
            return ""
        return translated(
            "{edit} in {count} of {all} cases",
            edit=said,
            count=len(right),
            all=len(own),
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
