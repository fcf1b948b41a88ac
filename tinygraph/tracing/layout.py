"""The drawing of a trace: its boxes, its arrows, and the notes beside them."""

from __future__ import annotations

from ..drawing.box import gradient_texts
from ..drawing.picture import MOST_BOXES
from ..drawing.repeats import folded
from ..drawing.sheet import Sheet, closed, sheet
from ..errors import DrawingError
from .record import Record
from .steps import BackwardStep


def sheet_of(record: Record, depth: int | None) -> Sheet:
    """The boxes of a record, with layers at that depth closed.

    Without a depth, layers are closed from the inside until the boxes are few enough,
    and then repeated blocks. Raises DrawingError if there are still too many.
    """
    whole = sheet(
        record.graph,
        record.output,
        record.gradients,
        variables=record.variables,
    )
    if depth is not None:
        whole = closed(whole, depth)
    deepest = max((layer.count("/") for layer in whole.layers), default=-1)
    tried = whole
    while len(tried.boxes) > MOST_BOXES and depth is None and deepest >= 0:
        tried = closed(whole, deepest)
        deepest -= 1
    if depth is None and len(tried.boxes) > MOST_BOXES:
        tried = folded(tried, record.graph, MOST_BOXES)
    if len(tried.boxes) > MOST_BOXES:
        raise DrawingError(
            f"a graph of {len(tried.boxes)} boxes cannot be laid out, the limit is "
            f"{MOST_BOXES}: record layers inside `with tinygraph.scope(...)` and close "
            f"them with depth=0, or trace a tensor with a smaller graph"
        )
    return tried


def beside_arrows(record: Record, drawn: Sheet) -> dict[str, str]:
    """The contribution of each use, beside the arrows of values used several times."""
    return {
        arrow: " ".join(gradient_texts(step.contribution))
        for step in record.steps
        if step.expected > 1 and (arrow := arrow_of(step, record, drawn))
    }


def arrow_of(step: BackwardStep, record: Record, drawn: Sheet) -> str:
    """The id of the arrow that a gradient flows along; "" inside a closed layer."""
    if step.node is None:
        return ""
    own = f"e{record.places[step.node]}_{step.position}"
    return drawn.arrow_of.get(own, own)
