"""Remarks on a trace: gradients that vanish, explode or are not finite.

A place is an index into `trace.timeline`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..value import fetched
from .record import Record
from .steps import BackwardStep, ForwardStep

VANISHING = 1e-6  # of the seed's norm
EXPLODING = 1e3
DEAD = 0.95  # the share of units that let no gradient through
UNITS = 8  # a layer with fewer is not called dead


def remarks(record: Record) -> Iterator[tuple[int, str]]:
    """Each remark with the place in the timeline that it is about.

    Every dead ReLU gets one; of every other kind, only the first case does.
    """
    for place, made in enumerate(record.forward):
        if (text := non_finite_text(made.value)) and begins_here(record, made):
            yield place, f"The value of {made.name} {text}."
    seed, seen = finite_norm(record.steps[0].total) or 1.0, set[Remark]()
    for place, step in enumerate(record.steps, len(record.forward)):
        for remark in REMARKS:
            text = "" if remark in seen else remark(step, seed)
            if text:
                yield place, text
                if remark is not dead:
                    seen.add(remark)


def gradient_not_finite(step: BackwardStep, seed: float) -> str:
    """The first NaN or infinity."""
    text = non_finite_text(step.contribution)
    return f"The first gradient that {text}: from {step.where}." if text else ""


def dead(step: BackwardStep, seed: float) -> str:
    """A ReLU that blocks the gradient at nearly all of its units."""
    if step.operation != "relu" or step.local is None or step.local.size < UNITS:
        return ""
    share = float(np.mean(step.local == 0))
    if share < DEAD:
        return ""
    return f"Dead ReLU: {step.name} blocks the gradient at {share:.0%} of its units."


def too_early(step: BackwardStep, seed: float) -> str:
    """An operation that propagated its gradient before it was complete."""
    if not step.early:
        return ""
    return (
        f"Too early: {step.name} passes its gradient on before all contributions have "
        f"arrived, so gradients after it are wrong."
    )


def vanishing(step: BackwardStep, seed: float) -> str:
    """A gradient that is nearly 0, but not 0."""
    if not 0 < finite_norm(step.contribution) < VANISHING * seed:
        return ""
    return f"Vanishing gradient: less than a millionth of the seed, from {step.where}."


def exploding(step: BackwardStep, seed: float) -> str:
    """A gradient that is very large."""
    count = max(1, np.size(step.contribution))
    if not finite_norm(step.contribution) > EXPLODING * seed * count**0.5:
        return ""
    return (
        f"Exploding gradient: over a thousand times the seed per element, from "
        f"{step.where}."
    )


Remark = Callable[[BackwardStep, float], str]
REMARKS: tuple[Remark, ...] = (
    gradient_not_finite,
    dead,
    too_early,
    vanishing,
    exploding,
)


def finite_norm(array: Any) -> float:
    """The Euclidean norm of the finite elements."""
    floats = np.asarray(fetched(array), float)
    return float(np.linalg.norm(floats[np.isfinite(floats)]))


def non_finite_text(value: Any) -> str:
    """That an array contains NaN or infinity, in words; "" if all is finite."""
    floats = np.asarray(fetched(value), float)
    if np.isnan(floats).any():
        return "contains NaN"
    return "contains infinity" if np.isinf(floats).any() else ""


def begins_here(record: Record, made: ForwardStep) -> bool:
    """Whether everything that a value was computed from is finite."""
    inputs = record.graph.at(made.node).inputs
    return not any(non_finite_text(record.graph.at(node).value) for node in inputs)
