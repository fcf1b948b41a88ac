"""The sheet of a trace: which boxes, which arrows, and what stands beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..drawing.box import gradient_texts
from ..drawing.picture import MOST_BOXES
from ..drawing.sheet import Sheet, closed
from ..errors import DrawingError
from .steps import BackwardStep

if TYPE_CHECKING:
    from .trace import Trace


def fitting(whole: Sheet, depth: int | None) -> Sheet:
    """The sheet at that depth, or else with as much open as can be laid out."""
    if depth is not None:
        whole = closed(whole, depth)
    deepest = max((layer.count("/") for layer in whole.layers), default=-1)
    tried = whole
    while len(tried.boxes) > MOST_BOXES and depth is None and deepest >= 0:
        tried = closed(whole, deepest)
        deepest -= 1
    if len(tried.boxes) > MOST_BOXES:
        raise DrawingError(
            f"a page of {len(tried.boxes)} boxes, more than {MOST_BOXES}, cannot be "
            f"laid out: record layers inside `with tinygraph.scope(...)` and close "
            f"them with depth=0, or trace a tensor that fewer were made into"
        )
    return tried


def beside_arrows(trace: Trace, drawn: Sheet) -> dict[str, str]:
    """What each use contributed, beside the arrows of values with several uses."""
    return {
        arrow: " ".join(gradient_texts(step.contribution))
        for step in trace.steps
        if step.expected > 1 and (arrow := arrow_of(step, trace, drawn))
    }


def arrow_of(step: BackwardStep, trace: Trace, drawn: Sheet) -> str:
    """The id of the arrow that a gradient flows along; empty inside a closed layer."""
    if step.node is None:
        return ""
    own = f"e{trace.places[step.node]}_{step.position}"
    return drawn.arrow_of.get(own, own)
