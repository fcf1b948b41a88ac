"""Repairs: one small edit of a student's code that makes the result right.

An edit is mentioned only if the edited function is right in all cases, of other seeds
as well. So what is said of it is true, whatever the student had in mind.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from ..exercise import CASES
from ..language import translated
from ..running.outcome import NOT_RUN, call_variant, source_of
from .claims import FEWEST
from .conditions import argument_names
from .edit_kinds import edits_of
from .edit_names import NUMBER
from .edit_texts import Texts
from .edits import Edit, Function, applied, functions_of, in_words
from .evidence import Evidence
from .trial import Trial, consult_accept, fit_results, run_trial

MOST_EDITS = 3000  # that are tried
SEARCH_SEED = 7  # of the cases in which they are tried
# A list in itself, of which NumPy would never make an array.
IN_ITSELF = re.compile(r"\b(\w+)\.(append|insert)\((.*, )?\1\)")
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
    search = Search(evidence, functions)
    return search.said_of(next(islice(search.edits(), place, None)))


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


@dataclass(eq=False)
class Search:
    """Functions that are wrong, and edits of them that are tried."""

    evidence: Evidence
    functions: Sequence[Function]

    def __post_init__(self) -> None:
        self.texts, self.kinds = Texts(self.functions), kinds_of(self.evidence)
        self.before = self.texts.code()
        self.tried = {self.before}
        self.over = False  # whether the functions can no longer be run
        wrong = self.evidence.wrong
        drawn = [trial for trial in wrong if self.is_drawn(trial)]
        self.may_be_half = len(drawn) >= FEWEST
        self.first = min(drawn if self.may_be_half else wrong, key=size_of)

    def edits(self) -> Iterator[Edit]:
        """All edits, the likely ones first."""
        return edits_of(self.functions, self.kinds)

    def place_of_edit(self) -> int | None:
        """The place of the first edit that helps; None if none does.

        If none helps in all cases, it is the first that helps in all random ones.
        """
        half = None
        for place, edit in enumerate(islice(self.edits(), MOST_EDITS)):
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
                code = self.texts.code(edit)
        except (SyntaxError, ValueError, AttributeError):
            return ""
        if code in self.tried or self.over or IN_ITSELF.search(code):
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
        """Whether edited functions are right in more cases, if not in all of them.

        What divides once more may only undo another factor, which may be 0 elsewhere.
        """
        passed = [trial for trial in self.evidence.trials if trial.passed]
        divides = code.count(" / ") > self.before.count(" / ")
        return (
            self.may_be_half
            and not divides
            and all(self.is_right(code, t) for t in passed)
        )

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
            "{edit} in {count} of {all} cases; in the others, something else is wrong "
            "as well",
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


def kinds_of(evidence: Evidence) -> dict[str, str]:
    """Of which kind the arguments of a function are, by name."""
    exercise, trial = evidence.exercise, evidence.first
    arguments = copy.deepcopy(trial.inputs)
    if exercise.given is not None:
        try:
            arguments = exercise.given(*arguments)
        except Exception:  # of a file of somebody else
            return {}
    names = argument_names(exercise, trial.function)
    return dict(zip(names, map(kind_of, arguments), strict=False))


def kind_of(value: object) -> str:
    """What a value is, as far as one name may stand for another."""
    if isinstance(value, int | float | np.number):
        return NUMBER
    return "function" if callable(value) else type(value).__name__


def size_of(trial: Trial) -> int:
    """How many numbers the inputs of a case have."""
    return sum(np.size(value) for value in trial.inputs)
