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
from typing import NamedTuple

import numpy as np

from ..exercise import CASES
from ..language import translated
from ..running.outcome import NOT_RUN, Outcome, call_variant, source_of
from .claims import FEWEST
from .conditions import argument_names
from .edit_kinds import edits_of
from .edit_names import NUMBER
from .edit_texts import Texts
from .edits import Edit, Function, applied, functions_of, in_words
from .evidence import Evidence
from .second_mistakes import KnownMistakes, is_sure, keeps_all, without_fields
from .trial import Trial, consult_accept, fit_results, run_trial

MOST_EDITS = 3000  # that are tried
MOST_SECOND_EDITS = 1500  # that are tried after another one
SEARCH_SEED = 7  # of the cases in which they are tried
# A list in itself, of which NumPy would never make an array.
IN_ITSELF = re.compile(r"\b(\w+)\.(append|insert)\((.*, )?\1\)")


class Found(NamedTuple):
    """The place of an edit that helps, and the known mistake that is left, if any."""

    place: int
    left: str = ""


FOUND: dict[str, Found | None] = {}  # what was found for a key


def find_repair(evidence: Evidence) -> str:
    """What is said of the first edit that makes a result right; "" if none does.

    Edits are tried in the cases of one seed, so that they are tried only once for equal
    files. The one that is found must be right in the cases of this seed as well.
    """
    functions = functions_of(source_of(evidence.run), evidence.first.function)
    if not functions or any(t.yours.failure in NOT_RUN for t in evidence.trials):
        return ""
    found = place_of_repair(evidence, functions)
    if found is None:
        return ""
    search = Search(evidence, functions)
    edit = next(islice(search.edits(), found.place, None))
    if found.left:
        return search.said_of_two(edit, found.left)
    return about(evidence, search.said_of(edit))


def about(evidence: Evidence, said: str) -> str:
    """What is said of an edit, with the result that it mends, if an answer has any."""
    failed = any(trial.yours.failure for trial in evidence.wrong)
    return said if failed or not said else evidence.about_result(said)


def place_of_repair(evidence: Evidence, functions: Sequence[Function]) -> Found | None:
    """The first edit that helps; None if none does."""
    key = key_of(evidence)
    if key in FOUND:
        return FOUND[key]
    search = Search(evidence_at(evidence, SEARCH_SEED), functions)
    found = search.first_found()
    if not search.over and search.evidence.seed == SEARCH_SEED:
        FOUND[key] = found
    return found


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
        self.simple = len(list(edits_of(self.functions, self.kinds, simple=True)))
        wrong = self.evidence.wrong
        drawn = [trial for trial in wrong if self.is_drawn(trial)]
        self.may_be_half = len(drawn) >= FEWEST
        self.first = min(drawn if self.may_be_half else wrong, key=size_of)
        self.known = KnownMistakes(self.evidence, self.first)

    def edits(self) -> Iterator[Edit]:
        """All edits, the likely ones first."""
        return edits_of(self.functions, self.kinds)

    def first_found(self) -> Found | None:
        """The first edit that helps; None if none does.

        If none helps in all cases, it is the first that helps in all random ones, or
        after which only a known mistake is left.
        """
        half = second = None
        for place, edit in enumerate(islice(self.edits(), MOST_EDITS)):
            code = self.new_code(edit)
            outcome = self.outcome(code, self.first) if code else None
            if outcome is None:
                continue
            right = self.is_right_with(outcome, self.first)
            if right and self.helps(code, drawn=True):
                if self.helps(code, drawn=False):
                    return Found(place)
                if half is None and self.is_half(code):
                    half = Found(place)
            elif half is second is None and place < self.simple:
                left = self.mistake_left(edit, code, outcome)
                second = Found(place, left) if left else None
        return half or second

    def mistake_left(self, edit: Edit, code: str, outcome: Outcome) -> str:
        """The name of the known mistake that is left after an edit; or ""."""
        if not self.may_be_half or not keeps_all(edit):
            return ""
        left = self.known.left_by(outcome, lambda trial: self.outcome(code, trial))
        if left is None or not without_fields(left.message):
            return ""
        return left.name if is_sure(edit) or self.can_be_mended(code) else ""

    def can_be_mended(self, code: str) -> bool:
        """Whether another edit makes an edited function right in all random cases.

        If none does, the first edit may have made the mistake that is left.
        """
        functions = functions_of(code, self.first.function)
        after = Search(self.evidence, functions)
        for edit in islice(after.edits(), MOST_SECOND_EDITS):
            again = after.new_code(edit)
            if (
                again
                and after.is_right(again, self.first)
                and after.helps(again, drawn=True)
            ):
                return True
        return False

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

    def said_of_two(self, edit: Edit, name: str) -> str:
        """What is said of an edit and of the known mistake that is left after it."""
        code = self.new_code(edit)
        wrong = next(w for w in self.evidence.exercise.wrong if w.name == name)
        if not self.known.is_left(wrong, lambda trial: self.outcome(code, trial)):
            return ""
        return translated(
            "two things are wrong. {mistake}\nOnce that is mended: {edit}",
            mistake=without_fields(wrong.message),
            edit=translated(edit.said, **in_words(edit)),
        )

    def is_right(self, code: str, trial: Trial) -> bool:
        """Whether an edited function is right in a case."""
        outcome = self.outcome(code, trial)
        return outcome is not None and self.is_right_with(outcome, trial)

    def outcome(self, code: str, trial: Trial) -> Outcome | None:
        """What an edited function returns in a case; None if it fails."""
        outcome = call_variant(self.evidence.run, code, trial.function, trial.inputs)
        if outcome is None or outcome.failure:
            self.over = outcome is None
            return None
        return fit_results(outcome, trial.right)

    def is_right_with(self, yours: Outcome, trial: Trial) -> bool:
        """Whether what an edited function returns in a case is right."""
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
