"""The cost of values in time and memory, and the boxes that show it.

    ┌──────────────────────────────┐
    │ conv2d           kernel 5×5  │   the user's name, and the operation
    │ 8×6×28×28               33%  │   the shape, and the share of the total time
    │ forward   0.412 ms  150.5 kB │   to compute the value, and to store it
    │ backward  1.204 ms  150.5 kB │   to propagate its gradient, and to store it
    └──────────────────────────────┘

The more time, the darker the fill. It is violet, since vermillion always means
gradient.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass

from ..graph import Graph
from ..legible import shape_text
from ..value import PYTHON_NUMBERS
from .box import (
    INK,
    ROLES,
    Colours,
    Content,
    amount,
    cell,
    framed,
    note,
    strong,
    title_row,
    value_box,
)

# The fill from each percentage of the time on; black text is legible on all of them.
TINTS = (
    (30, "#a98ae6"),
    (10, "#c2acef"),
    (3, "#d9cbf6"),
    (1, "#ebe4fb"),
    (0, "#f8f6fe"),
)
UNITS = {"s": 1.0, "ms": 1e-3, "µs": 1e-6}
COLUMNS = 3


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Seconds and bytes, for one value or for several together."""

    forward: float  # seconds to compute the value
    backward: float  # seconds to propagate its gradient to its inputs
    value_bytes: int
    gradient_bytes: int

    @property
    def time(self) -> float:
        """The seconds of both passes."""
        return self.forward + self.backward

    @property
    def bytes(self) -> int:
        """The memory of the value and its gradient."""
        return self.value_bytes + self.gradient_bytes


def total_cost(costs: Iterable[Cost]) -> Cost:
    """The total cost of several values."""
    costs = list(costs)
    return Cost(
        forward=sum(cost.forward for cost in costs),
        backward=sum(cost.backward for cost in costs),
        value_bytes=sum(cost.value_bytes for cost in costs),
        gradient_bytes=sum(cost.gradient_bytes for cost in costs),
    )


def value_cost_box(graph: Graph, node: int, role: str, cost: Cost, total: float) -> str:
    """The label of a value, where all values take `total` seconds.

    Leaves take no time, and keep the colours of their role.
    """
    at = graph.at(node)
    if type(at.value) in PYTHON_NUMBERS:
        return value_box(graph, node, role, None)
    shape = shape_text(at.shape, "×")
    if at.primitive is not None:
        colours = tinted(role, cost.time, total)
        top = title_row(graph, node, COLUMNS, colours)
        return framed([top, *cost_rows(shape, cost, total)], colours)
    colours = ROLES[role]
    rows = [
        title_row(graph, node, COLUMNS, colours),
        cell(note(shape, INK), COLUMNS),
        ends("value", memory(cost.value_bytes)),
    ]
    if at.requires_grad:
        rows.append(ends("gradient", memory(cost.gradient_bytes)))
    return framed(rows, colours)


def layer_cost_box(
    title: str, content: Content, role: str, cost: Cost, total: float
) -> str:
    """The label of a layer drawn as one box, with the sum of its costs."""
    colours = tinted(role, cost.time, total)
    rows = cost_rows(amount(content), cost, total)
    return framed([cell(strong(title), COLUMNS), *rows], colours)


def cost_rows(first: str, cost: Cost, total: float) -> list[str]:
    """A text and the share of the time; then the cost of each pass."""
    times = (duration(seconds, total) for seconds in (cost.forward, cost.backward))
    forward, backward = (cell(note(time, INK), 1, "RIGHT") for time in times)
    return [
        ends(first, html.escape(share_text(cost.time, total))),
        ends("forward", memory(cost.value_bytes), forward),
        ends("backward", memory(cost.gradient_bytes), backward),
    ]


def ends(left: str, right: str, middle: str = "") -> str:
    """A row with a text at each end, and perhaps a cell between them."""
    width = COLUMNS - 2 if middle else COLUMNS - 1
    return cell(note(left, INK), width) + middle + cell(note(right, INK), 1, "RIGHT")


def tinted(role: str, time: float, total: float) -> Colours:
    """The colours of a role, filled according to the share of the time."""
    part = percentage(time, total)
    fill = next(fill for least, fill in TINTS if part >= least)
    return Colours(ROLES[role].line, fill, INK)


def percentage(time: float, total: float) -> int:
    """A part of the time in percent; 0 for anything below 1."""
    part = 100 * time / total if total else 0.0
    return round(part) if part >= 1 else 0


def share_text(time: float, total: float) -> str:
    """A part of the time as a text.

    >>> share_text(0.5, 2.0), share_text(0.01, 2.0), share_text(0.0, 2.0)
    ('25%', '<1%', '0%')
    """
    part = percentage(time, total)
    return "<1%" if time and not part else f"{part}%"


def duration(seconds: float, total: float) -> str:
    """A time with three decimals, in the largest unit that is below the total.

    So all times that add up to the total have the same unit.

    >>> duration(0.00041, 0.002), duration(0.000002, 0.002), duration(3e-6, 4e-6)
    ('0.410 ms', '0.002 ms', '3.000 µs')
    """
    unit = next((unit for unit, size in UNITS.items() if total >= size), "µs")
    return f"{seconds / UNITS[unit]:.3f} {unit}"


def memory(count: int) -> str:
    """A number of bytes, in a suitable unit.

    >>> [memory(count) for count in (0, 999, 150528, 12_000_000)]
    ['0 B', '999 B', '150.5 kB', '12.0 MB']
    """
    if count < 1000:
        return f"{count} B"
    scaled, units = count / 1000, iter(("kB", "MB", "GB", "TB"))
    unit = next(units)
    while scaled >= 1000 and unit != "TB":
        scaled, unit = scaled / 1000, next(units)
    return f"{scaled:.1f} {unit}"
