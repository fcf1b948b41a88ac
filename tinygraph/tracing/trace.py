"""Trace: a backward pass that was recorded step by step, and the ways to look at it."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any, overload

import networkx as nx

from ..backward import Step, backward
from ..drawing import graph_of_leaf
from ..drawing.picture import MOST_BOXES, as_paragraph
from ..drawing.sheet import names_of
from ..drawing.variables import Variables, variable_names, variables_of_notebook
from ..errors import (
    ArgumentError,
    DrawingError,
    DTypeError,
    GraphError,
    TinygraphError,
)
from ..files import escaped, expanded, write_atomically
from ..graph import Graph
from ..legible import quantity
from ..optimize import Optimizer
from ..tensor import Tensor
from ..value import frozen
from .difference import Difference, Tolerance, difference
from .explain import backward_steps, read_only
from .export import as_json, as_networkx, as_table
from .order import order_named
from .page import in_frame, page
from .record import Record
from .steps import BackwardStep, ForwardStep
from .updates import updates_after


class Trace(Record):
    """A recorded backward pass: a list of its steps, and ways to look at them.

    Iteration, `len` and indexing go over the steps of the backward pass; `timeline`
    also has the forward pass before it and the updates after it.
    """

    def __str__(self) -> str:
        return as_table(self)

    def __repr__(self) -> str:
        name, steps = self.names[self.output], quantity(len(self), "step")
        return f"<trace of {name}, {self.order} order, {steps}>"

    def to_json(self) -> str:
        """All steps as JSON: short arrays in full, longer ones as range and norm.

        >>> import json
        >>> x = Tensor(3.0, requires_grad=True, name="x")
        >>> json.loads(trace(x * x).to_json())["steps"][2]["contribution"]
        3.0
        """
        return as_json(self)

    def to_networkx(self) -> nx.MultiDiGraph[Any]:
        """A graph whose nodes are names, with each step's gradient on its edge.

        Nodes have `op`, `value` and `grad`; edges have the argument position as their
        key, and `step` and `gradient`. An edge that no gradient flows along has
        neither.

        >>> x = Tensor(3.0, requires_grad=True, name="x")
        >>> graph = trace(x * x).to_networkx()
        >>> [edge["gradient"].item() for *_, edge in graph.edges(data=True)]
        [3.0, 3.0]
        """
        return as_networkx(self)

    def save(
        self,
        path: str | PathLike[str],
        *,
        depth: int | None = None,
        beside: Trace | None = None,
    ) -> Path:
        """Write a page (.html), an animation (.gif), .json, or a folder of frames.

        The page is one file that works offline. With `depth`, each scope at that
        level of nesting is drawn as one box, 0 being the outermost. A path without an
        extension, such as "frames/", is a folder that gets one SVG for each step. A
        page may have another trace `beside` this one; it opens where they differ.

        Raises DrawingError for any other extension, for more boxes than can be laid
        out, and if Graphviz is not found.
        """
        # Imported here, since few traces are saved as pictures.
        from .film.folder import save_frames
        from .film.gif import save_gif

        path = expanded(path)
        ending = path.suffix.lower()
        if beside is not None:
            write_atomically(path, self._page_beside(beside, path, depth).encode())
        elif ending == ".html":
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
                f"folder to get one picture per step"
            )
        return path

    def diff(
        self, other: Trace, *, rtol: float = 1e-5, atol: float = 1e-8
    ) -> Difference | None:
        """The first step at which this trace and another differ; None if none does.

        Steps are compared in the order of the timeline: operations and what they are
        applied to, values, contributions to gradients and the order in which they
        flow, updates. Names, scopes and dtypes are not compared. Two numbers a and b
        are the same if `|a − b| ≤ atol + rtol · |b|`, as in `numpy.allclose`.

        Raises DTypeError if `other` is not a trace.

        >>> x = Tensor(3.0, requires_grad=True, name="x")
        >>> h = x * x
        >>> h.name = "h"
        >>> y = h + h * h
        >>> found = trace(y).diff(trace(y, order="breadth_first"))
        >>> found.kind, found.chapter, found.number
        ('order', 'backward', 3)
        >>> found.how
        'here multiply sends +9.000 to h, and there h sends +3.000 to x, too early'
        """
        if not isinstance(other, Trace):
            raise DTypeError(
                f"diff: got {type(other).__name__}: give another trace, tg.trace(y)"
            )
        return difference(self, other, Tolerance(rtol, atol))

    def _page_beside(self, other: Trace, path: Path, depth: int | None) -> str:
        from .page.beside import beside  # imported here, since few traces are compared

        found = self.diff(other)
        if path.suffix.lower() != ".html":
            raise DrawingError(
                f"cannot save two traces as {path.name!r}: side by side, they are a "
                f"page, .html"
            )
        return beside(self, other, found, escaped(path.stem), depth)

    def play(self) -> None:
        """Step through the trace in a terminal with the arrow keys; q quits."""
        from .terminal.play import play  # imported here, since few traces are played

        play(self)

    def framed(self) -> str:
        """The page in an HTML frame, to be put into another page.

        Raises DrawingError if it cannot be drawn.
        """
        return in_frame(page(self, f"backward from {self.names[self.output]}"))

    def _repr_html_(self) -> str:
        """The page in a frame for a notebook, or the reason why there is none."""
        try:
            return self.framed()
        except DrawingError as error:
            return as_paragraph(error)

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
    variables: Variables = True,
) -> Trace:
    """Run the backward pass from `output` and record every step of it.

    No `.grad` is changed. With an optimizer, or with a learning rate `lr` for plain
    gradient descent, the updates that would follow are traced too, but not made.
    `order` "breadth_first" or "depth_first" walks the graph as if it were a tree, to
    show which gradients come out wrong, and why.

    A value without a name has that of the variable that holds it where `trace` is
    called; `variables=False` shows its operation instead, and a dictionary such as
    `locals()` has the variables to look at.

    Raises GraphError if nothing was recorded, ShapeError if a seed is missing or has
    the wrong shape, and ArgumentError for an unknown order.

    >>> x = Tensor(3.0, requires_grad=True, name="x")
    >>> print(trace(x * x))
    backward from multiply, topological order: 3 steps
    step  from      to        contribution     sum  arrived
       0  seed      multiply        +1.000  +1.000   1 of 1
       1  multiply  x               +3.000  +3.000   1 of 2
       2  multiply  x               +3.000  +6.000   2 of 2
    """
    check_arguments(output, optimizer, lr)
    graph = output.graph or graph_of_leaf(output)
    nodes = graph.ancestors_of(output.node)
    called = variable_names(graph, variables)
    names = names_of(graph, nodes, called)
    passed, correct = passes(output, graph, output._seed(seed), order)
    forward = [forward_step(graph, names, node) for node in nodes]
    steps = list(backward_steps(graph, names, passed))
    updates = updates_after(graph, names, steps, optimizer, lr)
    return Trace(
        graph, output.node, order, forward, steps, updates, names, correct, called
    )


def passes(
    output: Tensor, graph: Graph, seed: Any, order: str
) -> tuple[list[Step], dict[int, Any]]:
    """The steps in an order, and the gradients in topological order."""
    naive, seed, needed = order_named(order), frozen(seed), graph._requiring_gradient()
    steps = list(backward(output, seed, needed))
    correct = {step.source: read_only(step.total) for step in steps}
    if naive is not None:
        walk = naive(graph, output.node)
        steps = list(backward(output, seed, needed, order=walk))
    return steps, correct


def check_arguments(output: Any, optimizer: Any, lr: Any) -> None:
    """Refuse arguments that cannot be traced."""
    if not isinstance(output, Tensor):
        raise GraphError(
            f"trace: got {type(output).__name__}, which has no recorded graph: "
            f"pass a computed tensor, such as a loss"
        )
    if optimizer is not None and lr is not None:
        raise ArgumentError("trace: pass either `optimizer` or `lr`, not both")
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        raise DTypeError(
            f"trace: `optimizer` is {optimizer!r}: pass one of tinygraph.optimize"
        )
    if lr is not None and not isinstance(lr, int | float):
        raise DTypeError(f"trace: `lr` is {lr!r}: pass a number")


def in_notebook(tensor: Tensor) -> str | None:
    """The page of a computed single number; None for other tensors, shown as text."""
    graph = tensor.graph
    if graph is None or tensor.size != 1 or len(graph) > MOST_BOXES:
        return None
    try:
        return trace(tensor, variables=variables_of_notebook()).framed()
    except TinygraphError:
        return None


def forward_step(graph: Graph, names: dict[int, str], node: int) -> ForwardStep:
    """How a value was computed or given."""
    at = graph.at(node)
    return ForwardStep(node, at.op, names[node], at.value)
