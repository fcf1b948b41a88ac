"""Second mistakes: a known mistake that is left when an edit has mended another one.

An edit that leaves something out may itself make the known mistake. So only those count
that keep all that is computed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from ..exercise import WrongAnswer
from ..running.outcome import Outcome
from .claims import FEWEST
from .comparison import agree
from .edit_groups import ADDED_UP
from .edits import Change, Edit
from .evidence import Evidence
from .known_mistakes import is_same
from .trial import (
    Trial,
    call_student,
    call_trusted,
    fit_results,
    outcome_in_case,
)

END_OF_SENTENCE = re.compile(r"(?<=[.!?]) ")
Variant = Callable[[Trial], Outcome | None]  # what edited functions return in a case


class KnownMistakes:
    """The known mistakes of a function that may be left, with what they return."""

    def __init__(self, evidence: Evidence, first: Trial) -> None:
        self.evidence, self.first = evidence, first
        own = [w for w in evidence.exercise.wrong if w.replaces == first.function]
        self.every = [(wrong, self.outcome(wrong, first)) for wrong in own]
        self.every = [found for found in self.every if tells_much(found[1])]

    def outcome(self, wrong: WrongAnswer, trial: Trial) -> Outcome:
        """What a known mistake returns in a case."""
        exercise, function = self.evidence.exercise, wrong.function
        found = outcome_in_case(exercise, function, trial.seed, trial.number)
        return fit_results(found, trial.right)

    def left_by(self, outcome: Outcome, variant: Variant) -> WrongAnswer | None:
        """The mistake that edited functions make, if they return this in one case."""
        for wrong, expected in self.every:
            same = agree(outcome, expected, is_same)
            if same and self.is_left(wrong, variant) and self.uses_same(variant):
                return wrong
        return None

    def is_left(self, wrong: WrongAnswer, variant: Variant) -> bool:
        """Whether edited functions make a mistake in all random cases.

        The functions themselves must not make it, and corner cases may be right.
        """
        own, corners = self.evidence, self.evidence.exercise.corners
        explained = 0
        for trial in (*own.trials, *own.more):
            outcome, expected = variant(trial), self.outcome(wrong, trial)
            if outcome is not None and agree(outcome, expected, is_same):
                explained += not agree(trial.yours, expected, is_same)
            elif not is_forgiven(trial, outcome, corners):
                return False
        return explained >= FEWEST

    def uses_same(self, variant: Variant) -> bool:
        """Whether edited functions depend on all inputs on which the others do."""
        trial = self.first
        before = variant(trial)
        for place, value in enumerate(trial.inputs):
            inputs = list(trial.inputs)
            inputs[place] = mixed(value)
            if inputs[place] is not value and self.matters(inputs):
                edited = variant(replace(trial, inputs=tuple(inputs)))
                if edited is None or before is None or agree(edited, before):
                    return False
        return True

    def matters(self, inputs: list[Any]) -> bool:
        """Whether other inputs change what the functions return.

        If these fail, whether they change what is right.
        """
        evidence, trial = self.evidence, self.first
        own = call_student(evidence.run, trial.function, inputs, trial.right)
        if own.failure or trial.yours.failure:
            reference = evidence.exercise.references[trial.function]
            own = call_trusted(evidence.exercise, reference, inputs)
            return not agree(own, trial.right)
        return not agree(own, trial.yours)


def is_forgiven(trial: Trial, outcome: Outcome | None, corners: int) -> bool:
    """Whether a case is a corner case in which an outcome is right, or fails."""
    corner = trial.number < corners
    return corner and (outcome is None or agree(outcome, trial.right))


def mixed(value: Any) -> Any:
    """Other numbers of the same kind; the value itself if it has no fractions."""
    if isinstance(value, float):
        return 1.5 * value
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return value
    order = np.random.default_rng(value.size).permutation(value.size)
    return 1.5 * value.ravel()[order].reshape(value.shape)


def tells_much(outcome: Outcome) -> bool:
    """Whether results are more than the same number everywhere."""
    return not outcome.failure and all(map(is_varied, outcome.results))


def is_varied(array: np.ndarray[Any, Any]) -> bool:
    """Whether an array has several numbers, or one that is neither 0 nor 1."""
    if array.size == 1:
        return float(array.flat[0]) not in (0.0, 1.0)
    return array.size > 0 and bool((array != array.flat[0]).any())


def keeps_all(edit: Edit) -> bool:
    """Whether an edit leaves out nothing but divisors, and turns no quotient over."""
    if any(map(is_turned_over, edit.changes)):
        return False
    return all(map(keeps_names, edit.changes)) or all(map(undivided, edit.changes))


def is_sure(edit: Edit) -> bool:
    """Whether an edit hardly makes a mistake that was not there."""
    return edit.said == ADDED_UP or all(map(is_sure_change, edit.changes))


def is_sure_change(change: Change) -> bool:
    """Whether a change takes a sum, another sign, or a multiple of an index."""
    match change.slot.node, change.nodes:
        case _, ast.Attribute(attr="sum"):
            return True
        case ast.BinOp(op=ast.Add() | ast.Sub()) as old, ast.BinOp() as new:
            signs = isinstance(new.op, ast.Add | ast.Sub)
            return (
                signs and same_code(old, new, "left") and same_code(old, new, "right")
            )
        case ast.Name() as old, ast.BinOp(op=ast.Mult(), left=ast.Name() as new):
            return old.id == new.id
        case _:
            return False


def is_turned_over(change: Change) -> bool:
    """Whether a change divides the other way round, which often gives 0."""
    match change.slot.node, change.nodes:
        case (
            ast.BinOp(op=ast.Div() | ast.FloorDiv(), left=left),
            ast.BinOp(op=ast.Div() | ast.FloorDiv(), right=right),
        ):
            return ast.unparse(left) == ast.unparse(right)
        case _:
            return False


def same_code(old: ast.BinOp, new: ast.BinOp, side: str) -> bool:
    """Whether two operations have the same operand on one side."""
    return ast.unparse(getattr(old, side)) == ast.unparse(getattr(new, side))


def keeps_names(change: Change) -> bool:
    """Whether there are as many names after a change as before."""
    old = change.slot.node if isinstance(change.slot.node, list) else [change.slot.node]
    new = change.nodes if isinstance(change.nodes, list) else [change.nodes]
    return count_names(new) >= count_names(old)


def count_names(nodes: Iterable[Any]) -> int:
    """How many names of values there are in some code."""
    inside = [each for node in nodes for each in ast.walk(node)]
    return sum(isinstance(node, ast.Name) for node in inside)


def undivided(change: Change) -> bool:
    """Whether a change leaves out a length as divisor, or a factor that is twice."""
    match change.slot.node:
        case ast.BinOp(left=kept, op=ast.Div(), right=other):
            return is_length(other) and change.text == ast.unparse(kept)
        case ast.BinOp(left=kept, op=ast.Mult(), right=other):
            same = ast.dump(kept) == ast.dump(other)
            return same and change.text == ast.unparse(kept)
        case _:
            return False


def is_length(node: ast.expr) -> bool:
    """Whether some code is a number, or how long or large an array is."""
    match node:
        case ast.Constant() | ast.Call(func=ast.Name(id="len")):
            return True
        case (
            ast.Attribute(attr="size")
            | ast.Subscript(value=ast.Attribute(attr="shape"))
        ):
            return True
        case _:
            return False


def without_fields(message: str) -> str:
    """The sentences of a message that are true whatever an answer returns.

    >>> without_fields("Points are missing: {shape}. Begin with x0.")
    'Begin with x0.'
    """
    found = END_OF_SENTENCE.split(message)
    return " ".join(sentence for sentence in found if "{" not in sentence)
