"""Trace: a backward pass that was kept, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, overload

import networkx as nx
import numpy as np

from ..backward import backward
from ..drawing import only
from ..drawing.picture import MOST_BOXES, in_words
from ..drawing.sheet import names_of
from ..errors import (
    ArgumentError,
    DrawingError,
    DTypeError,
    GraphError,
    TinygraphError,
)
from ..files import escaped, expanded, write_atomically
from ..graph import Graph
from ..optimize import SGD, Optimizer
from ..tensor import Tensor
from ..value import frozen
from .explain import described, kept
from .export import as_json, as_networkx, steps_in_words, table
from .formula import upright
from .order import order_named
from .page import framed, page
from .steps import AnyStep, BackwardStep, ForwardStep, UpdateStep


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """What happened when a gradient flowed back: a list of steps, and ways to see it.

    Iteration, `len` and indexing go over the steps of the backward pass; `timeline` has
    the forward pass before and the updates after it as well.
    """

    graph: Graph
    output: int
    order: str
    forward: list[ForwardStep]
    steps: list[BackwardStep]
    updates: list[UpdateStep]
    names: dict[int, str]  # of the nodes, each its own
    correct: dict[int, Any]  # the gradients in topological order

    @property
    def timeline(self) -> list[AnyStep]:
        """The forward pass, the backward pass and the updates, one after another."""
        return [*self.forward, *self.steps, *self.updates]

    @cached_property
    def gradients(self) -> dict[int, Any]:
        """The gradient that each node has in the end."""
        return {step.source: step.total for step in self.steps}

    @cached_property
    def places(self) -> dict[int, int]:
        """The number of each node on pages and in JSON: from 0, in recording order."""
        return {node: place for place, node in enumerate(self.names)}

    @cached_property
    def expected(self) -> dict[int, int]:
        """How many contributions arrive at each node, over the whole pass."""
        return {step.source: step.expected for step in self.steps}

    @cached_property
    def wrong(self) -> dict[int, Any]:
        """The nodes whose gradient came out wrong, as it does in another order."""
        return {
            node: gradient
            for node, gradient in self.gradients.items()
            if not np.array_equal(gradient, self.correct[node], equal_nan=True)
            and not np.allclose(gradient, self.correct[node], equal_nan=True)
        }

    def __str__(self) -> str:
        return table(self)

    def __repr__(self) -> str:
        name = self.names[self.output]
        return f"<trace of {name}, {self.order} order, {steps_in_words(len(self))}>"

    def to_json(self) -> str:
        """All steps as JSON: short arrays in full, of longer ones range and norm."""
        return as_json(self)

    def to_networkx(self) -> nx.MultiDiGraph:
        """A graph of names, with the gradient that each step delivered on its edge.

        Nodes have `op`, `value` and `grad`; edges, by argument position, `step` and
        `gradient`.  An edge that no gradient flows along has neither.
        """
        return as_networkx(self)

    def save(self, path: str | PathLike[str], *, depth: int | None = None) -> Path:
        """Write a page (.html), an animation (.gif), .json, or a folder of frames.

        The page needs nothing else, neither a network nor a server.  With `depth`,
        scopes inside so many others are drawn as one box.  A path without an ending,
        "frames/" for instance, is a folder that gets one SVG for each step.

        Raises DrawingError for another ending, for more boxes than can be laid out, and
        where no Graphviz is found.
        """
        from .frames import (  # rarely needed, and not loaded before
            save_frames,
            save_gif,
        )

        path = expanded(path)
        ending = path.suffix.lower()
        if ending == ".html":
            write_atomically(path, page(self, escaped(path.stem), depth).encode())
        elif ending == ".json":
            write_atomically(path, self.to_json().encode())
        elif ending == ".gif":
            save_gif(self, path, depth)
        elif not ending and not path.name.startswith("."):
            save_frames(self, path, depth)
        else:
            raise DrawingError(
                f"cannot save a trace as {path.name!r}: use .html, .gif or .json, or a "
                f"folder for one picture a step"
            )
        return path

    def play(self) -> None:
        """Step through the trace in a terminal, with the arrow keys; q ends it."""
        from .terminal import play  # as above

        play(self)

    def framed(self) -> str:
        """The page in a frame of its own.

        Raises DrawingError where it cannot be drawn.
        """
        return framed(page(self, f"backward from {self.names[self.output]}"))

    def _repr_html_(self) -> str:
        """The page in a frame, for a notebook; a sentence where it cannot be drawn."""
        try:
            return self.framed()
        except DrawingError as error:
            return in_words(error)

    def __copy__(self) -> Trace:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Trace:
        return self

    def __reduce__(self) -> Any:
        raise GraphError(
            "a trace cannot be pickled: pickle the tensor, which keeps its graph, and "
            "trace it again, or save the trace as .json"
        )

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[BackwardStep]:
        return iter(self.steps)

    @overload
    def __getitem__(self, place: int) -> BackwardStep: ...
    @overload
    def __getitem__(self, place: slice) -> list[BackwardStep]: ...
    def __getitem__(self, place: int | slice) -> Any:
        return self.steps[place]


def trace(
    output: Tensor,
    *,
    seed: Any = None,
    order: str = "topological",
    optimizer: Optimizer | None = None,
    lr: float | None = None,
) -> Trace:
    """Run the backward pass from `output` and keep every step of it.

    No `.grad` is touched.  With an optimiser, or with a learning rate `lr` for plain
    gradient descent, the updates that would follow are traced too, and none is made.
    `order` "breadth_first" or "depth_first" goes through the same graph as one would
    through a tree, to show which gradients come out wrong, and why.

    Raises GraphError where nothing was recorded, ShapeError where a seed is missing or
    does not fit, and ArgumentError for another order.

    >>> x = Tensor(3.0, requires_grad=True, name="x")
    >>> print(trace(x * x))
    backward from multiply, topological order: 3 steps
    step  from      to        contribution     sum  arrived
       0  seed      multiply        +1.000  +1.000   1 of 1
       1  multiply  x               +3.000  +3.000   1 of 2
       2  multiply  x               +3.000  +6.000   2 of 2
    """
    check_arguments(output, optimizer, lr)
    way, start = order_named(order), frozen(output.seed(seed))
    graph = output.graph or only(output)
    needed = graph.requiring_gradient()
    nodes = graph.ancestors_of(output.node)
    names = names_of(graph, nodes)
    naive = None if way is None else way(graph, output.node)
    steps = list(described(graph, names, backward(output, start, needed, order=naive)))
    right = steps if naive is None else backward(output, start, needed)
    if lr is not None:
        optimizer = SGD(parameters_of(graph, nodes), lr)
    return Trace(
        graph=graph,
        output=output.node,
        order=order,
        forward=[forward_step(graph, names, node) for node in nodes],
        steps=steps,
        updates=list(updates(graph, names, steps, optimizer)) if optimizer else [],
        names=names,
        correct={step.source: step.total for step in right},
    )


def check_arguments(output: Any, optimizer: Any, lr: Any) -> None:
    """Refuse what cannot be traced."""
    if not isinstance(output, Tensor):
        raise GraphError(
            f"trace: got {type(output).__name__}, which nothing was recorded for: "
            f"pass a tensor that was computed, a loss for instance"
        )
    if optimizer is not None and lr is not None:
        raise ArgumentError("trace: give either an `optimizer` or `lr`, not both")
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        raise DTypeError(
            f"trace: `optimizer` is {optimizer!r}: give one of tinygraph.optimize"
        )
    if lr is not None and not isinstance(lr, int | float):
        raise DTypeError(f"trace: `lr` is {lr!r}: give a number")


def in_notebook(tensor: Tensor) -> str | None:
    """The page of a single number that was computed; other tensors show as text."""
    graph = tensor.graph
    if graph is None or tensor.size != 1 or len(graph) > MOST_BOXES:
        return None
    try:
        return trace(tensor).framed()
    except TinygraphError:
        return None


def forward_step(graph: Graph, names: dict[int, str], node: int) -> ForwardStep:
    """How a value came to be."""
    at = graph._node[node]
    return ForwardStep(node, at.op, names[node], at.value)


def parameters_of(graph: Graph, nodes: list[int]) -> list[Tensor]:
    """The leaves that a gradient flows to, each once."""
    leaves = graph.tape.tensor
    needed = (leaves[n] for n in nodes if n in leaves and graph.tape.requires_grad(n))
    return list(dict.fromkeys(needed))


def updates(
    graph: Graph,
    names: dict[int, str],
    steps: list[BackwardStep],
    optimizer: Optimizer,
) -> Iterator[UpdateStep]:
    """The step that an optimiser would take with the gradients of a trace."""
    found = {step.source: step.total for step in steps}
    sums: dict[Tensor, Any] = {}
    places: dict[Tensor, int] = {}
    for node, total in found.items():
        leaf = graph.tape.tensor.get(node)
        if leaf is not None:
            sums[leaf] = total if leaf not in sums else sums[leaf] + total
            places[leaf] = node
    plain = type(optimizer) is SGD and not (
        optimizer.momentum or optimizer.weight_decay
    )
    rule = "gradient descent" if plain else type(optimizer).__name__
    gradients = [sums.get(parameter) for parameter in optimizer.parameters]
    moved = optimizer.preview(gradients)
    for parameter, gradient, after in zip(
        optimizer.parameters, gradients, moved, strict=True
    ):
        if gradient is not None:
            node = places[parameter]
            name = upright(names[node])
            change = rf"{optimizer.lr:g}\, \overline{{{name}}}" if plain else r"\Delta"
            yield UpdateStep(
                node=node,
                name=names[node],
                rule=rule,
                before=kept(parameter._data),
                gradient=kept(gradient),
                after=kept(after),
                formula=rf"{name} \leftarrow {name} - {change}",
            )
