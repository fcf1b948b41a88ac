"""Where time and memory go: the cost of each operation, forward and backward.

For the forward pass, the recorded functions run again on the recorded values. The
backward pass is the usual generator: the time between two steps is that of the VJP
whose contribution the later step delivers.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from .backward import backward
from .drawing import picture_of
from .drawing.box import title_of
from .drawing.cost import Cost, duration, memory, share_text, total_cost
from .drawing.picture import Picture
from .drawing.sheet import scopes_of, sheet
from .errors import ArgumentError, DrawingError, GraphError
from .graph import Graph
from .legible import aligned, quantity, shape_text
from .tape import NO_PARAMETERS
from .tensor import Tensor
from .value import Array

__all__ = ["Profile", "profile"]

MOST_LINES = 40  # operations that a table lists separately
HEADING = ("forward", "backward", "share", "value", "gradient")
Times = dict[int, float]  # seconds for each operation, by the node of its result


@dataclass(frozen=True, kw_only=True)
class ValueCost(Cost):
    """The cost of one value: seconds `forward` and `backward`, and bytes.

    Bytes are memory that is held for this value alone: a view, such as the result of
    reshape, has none if the array that it shows was counted before. Python numbers
    count as 0.
    """

    node: int
    operation: str  # for a leaf "parameter", "input" or "constant"
    name: str  # the user's, or ""
    scope: str  # where pictures draw it
    shape: tuple[int, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Profile:
    """The cost of each value in a graph: printed as a table, drawn as a picture.

    `rows` are in recording order, with leaves before the operation that uses them.
    """

    output: Tensor
    rows: tuple[ValueCost, ...]
    repeat: int

    @property
    def total(self) -> Cost:
        """The cost of everything; its bytes are the memory that the graph holds.

        That is the values, and the gradients after a backward pass.
        """
        return total_cost(self.rows)

    def by_scope(self) -> dict[str, Cost]:
        """The sum for each scope, such as a layer; "" is for values outside all scopes.

        >>> import tinygraph as tg
        >>> x = tg.Tensor(3.0, requires_grad=True)
        >>> with tg.scope("square"):
        ...     y = x * x
        >>> list(tg.profile(y + 1.0).by_scope())
        ['square', '']
        """
        inside: dict[str, list[ValueCost]] = {}
        for row in self.rows:
            inside.setdefault(row.scope, []).append(row)
        return {scope: total_cost(rows) for scope, rows in inside.items()}

    def __copy__(self) -> Profile:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Profile:
        return self

    def __reduce__(self) -> Any:
        raise GraphError(
            "a profile cannot be pickled: pickle its `output`, which keeps its graph, "
            "and profile it again, or save what print(profile) shows"
        )

    def picture(self, *, depth: int | None = None) -> Picture:
        """The graph with its costs, in a darker violet where more of the time goes.

        With `depth`, each scope at that level of nesting is drawn as one box, with the
        sum of its costs: `depth=0` has one for each outermost scope.
        """
        graph = graph_of(self.output)
        costs = {row.node: row for row in self.rows}
        return picture_of(sheet(graph, self.output.node, costs=costs), depth)

    def __str__(self) -> str:
        return "\n".join(cost_table(self))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Table and picture for a notebook; only the table if none can be drawn."""
        text = f"<pre>{html.escape(str(self))}</pre>"
        try:
            svg = self.picture().svg()
        except DrawingError:
            return text
        return text + svg[svg.index("<svg") :]


def profile(output: Tensor, *, seed: Any = None, repeat: int = 5) -> Profile:
    """Measure each operation that `output` was computed by, forward and backward.

    Times are medians of `repeat` passes, in seconds. Forward functions run again on
    the recorded values; no `.grad` is changed and nothing is recorded. A tensor with
    several elements needs a `seed`, as in `backward`.

    Raises GraphError if nothing was recorded, ShapeError if a seed is missing or has
    the wrong shape, and ArgumentError for fewer than one repetition.

    >>> x = Tensor([3.0, 4.0], requires_grad=True, name="x")
    >>> p = profile((x * x).sum())
    >>> [(row.operation, row.value_bytes) for row in p.rows]
    [('parameter', 16), ('multiply', 16), ('sum', 8)]
    >>> p.total.time == p.total.forward + p.total.backward > 0
    True
    """
    graph = graph_of(output)
    start = output._seed(seed)
    if not isinstance(repeat, int) or repeat < 1:
        raise ArgumentError(
            f"profile: `repeat` is {repeat!r}: give a whole number, 1 or more"
        )
    nodes = graph.ancestors_of(output.node)
    operations = [node for node in nodes if node in graph._tape.primitive]
    # NumPy warned when the operations were recorded.
    with np.errstate(all="ignore"):
        forward = [time_forward(graph, operations) for _ in range(repeat)]
        back = [time_backward(output, graph, start, operations) for _ in range(repeat)]
    _, gradients = back[-1]
    times = medians(forward), medians([times for times, _ in back])
    return Profile(output, tuple(value_costs(graph, nodes, *times, gradients)), repeat)


def graph_of(output: Any) -> Graph:
    """The graph of a computed tensor; GraphError for anything else."""
    if not isinstance(output, Tensor):
        raise GraphError(
            f"profile: got {type(output).__name__}, which has no recorded graph: "
            f"pass a computed tensor, such as a loss"
        )
    if output.graph is None:
        raise GraphError(
            f"profile: no operation was recorded for {output._label()}: pass a result "
            f"that depends on a tensor with requires_grad=True and that was computed "
            f"outside no_grad"
        )
    return output.graph


def time_forward(graph: Graph, operations: list[int]) -> Times:
    """Run each operation on its recorded inputs, and return the seconds it takes."""
    tape, times = graph._tape, {}
    for node in operations:
        primitive = tape.primitive[node]
        used = [tape.value[source] for source in tape.inputs[node]]
        parameters = tape.params.get(node, NO_PARAMETERS)
        start = perf_counter()
        result = primitive.compute(used, parameters)
        times[node] = perf_counter() - start
        del result  # here, because a forward pass frees no memory while the clock runs
    return times


def time_backward(
    output: Tensor, graph: Graph, seed: Array, operations: list[int]
) -> tuple[Times, dict[int, Any]]:
    """Run a backward pass; return the seconds of each operation and the gradients."""
    times: Times = dict.fromkeys(operations, 0.0)
    gradients: dict[int, Any] = {}
    # The usual order, without what the output does not depend on: passing over that
    # would be counted for the next operation.
    steps = backward(
        output, seed, graph._requiring_gradient(), order=reversed(operations)
    )
    start = perf_counter()
    for step in steps:
        elapsed = perf_counter() - start
        if step.node is not None:
            times[step.node] += elapsed
        gradients[step.source] = step.total
        start = perf_counter()
    return times, gradients


def medians(passes: list[Times]) -> Times:
    """The median over several passes, for each operation."""
    return {node: median(times[node] for times in passes) for node in passes[0]}


def value_costs(
    graph: Graph,
    nodes: list[int],
    forward: Times,
    backward: Times,
    gradients: Mapping[int, Any],
) -> Iterator[ValueCost]:
    """What was measured, and what is known about the values."""
    tape, scopes, counted = graph._tape, scopes_of(graph, nodes), set[int]()
    held = {node: count_bytes(tape.value[node], counted) for node in nodes}
    # A leaf gets a copy, to which other passes add.
    arrived = {node: gradient.nbytes for node, gradient in gradients.items()}
    for node, gradient in gradients.items():
        if node in tape.primitive:
            arrived[node] = count_bytes(gradient, counted)
    for node in nodes:
        at = tape[node]
        yield ValueCost(
            forward=forward.get(node, 0.0),
            backward=backward.get(node, 0.0),
            value_bytes=held[node],
            gradient_bytes=arrived.get(node, 0),
            node=node,
            operation=at.op,
            name=at.name or "",
            scope=scopes[node],
            shape=at.shape,
        )


def count_bytes(array: Any, counted: set[int]) -> int:
    """The memory that an array keeps alive; 0 if that is among the `counted`.

    A view keeps alive the whole array that it shows.
    """
    if not isinstance(array, np.ndarray):
        return getattr(array, "nbytes", 0)
    while isinstance(array.base, np.ndarray):
        array = array.base
    if id(array) in counted:
        return 0
    counted.add(id(array))
    return array.nbytes


def cost_table(profile: Profile) -> list[str]:
    """The lines of a table: operations from the slowest on, leaves, sums of scopes."""
    graph, total = graph_of(profile.output), profile.total
    operations = [row for row in profile.rows if row.node in graph._tape.primitive]
    leaves = [row for row in profile.rows if row.node not in graph._tape.primitive]
    slowest = sorted(operations, key=lambda row: -row.time)
    lines: list[tuple[str, ...]] = [("operation", "name", "scope", "shape", *HEADING)]
    lines += [(*texts_of(row), *cost_texts(row, total)) for row in slowest[:MOST_LINES]]
    sums = [
        (f"{len(slowest) - MOST_LINES} others", slowest[MOST_LINES:]),
        (quantity(len(leaves), "leaf", "leaves"), leaves),
        ("total", profile.rows),
    ]
    lines += [
        (text, "", "", "", *cost_texts(total_cost(rows), total))
        for text, rows in sums
        if rows
    ]
    first = (
        f"profile of {title_of(graph, profile.output.node)}: "
        f"{quantity(len(operations), 'operation')}, "
        f"{memory(total.bytes)}, "
        f"median of {quantity(profile.repeat, 'pass', 'passes')}"
    )
    return [first, *cost_lines(lines), *scope_table(profile)]


def texts_of(row: ValueCost) -> tuple[str, ...]:
    """What identifies a value in a table."""
    return row.operation, row.name, row.scope, shape_text(row.shape, "×")


def scope_table(profile: Profile) -> list[str]:
    """One line for each scope in recording order; nothing if there are no scopes."""
    scopes = profile.by_scope()
    if scopes.keys() == {""}:
        return []
    total = profile.total
    lines = [
        (scope or "(none)", *cost_texts(cost, total)) for scope, cost in scopes.items()
    ]
    return ["", *cost_lines([("scope", *HEADING), *lines])]


def cost_lines(lines: list[tuple[str, ...]]) -> list[str]:
    """The lines with numbers aligned on the right, without empty columns."""
    used = [column for column in zip(*lines, strict=True) if any(column[1:])]
    texts = len(used) - len(HEADING)
    rows = list(zip(*used, strict=True))
    return aligned(rows, "<" * texts + ">" * len(HEADING))


def cost_texts(cost: Cost, total: Cost) -> tuple[str, ...]:
    """Times, the share of them, and bytes; no times for leaves."""
    times = (
        duration(cost.forward, total.time),
        duration(cost.backward, total.time),
        share_text(cost.time, total.time),
    )
    return (
        *(times if cost.time else ("",) * len(times)),
        memory(cost.value_bytes),
        memory(cost.gradient_bytes),
    )
