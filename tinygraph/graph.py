"""Graph: a networkx graph that operations are recorded in as they run.

One node stands for one value: a leaf (a parameter, an input, a constant) or the
result of an operation.  One edge stands for one *use* of a value, with the argument
position as its key, so `x * x` has two edges.  Edges point the way values flow,
towards the loss.

    x ──0──▶ multiply ──0──▶ sum
    x ──1──▶

A tensor that an operation made carries the graph; the graph never points back at
such a tensor.  Leaves carry no graph, the graph holds them.  So there is no reference
cycle, and the last tensor that carries a graph takes it along when it dies.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from os import PathLike
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
from networkx.classes import reportviews
from networkx.classes.coreviews import MultiAdjacencyView

from . import export
from .errors import GraphError
from .tape import NO_PARAMETERS, Tape
from .value import SCALAR_DTYPES, Array, Value

Adjacency = dict[int, dict[int, dict[int, dict[str, Any]]]]


class Mode(NamedTuple):
    """How operations are recorded here and now: whether at all, and in which scope."""

    recording: bool = True
    scope: str = ""


RECORDING = Mode()
current_mode: ContextVar[Mode] = ContextVar("tinygraph_mode", default=RECORDING)


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording, in this thread or task only.

    >>> import tinygraph as tg
    >>> x = tg.Tensor(3.0, requires_grad=True)
    >>> with tg.no_grad():
    ...     (x * x).requires_grad
    False
    """
    token = current_mode.set(current_mode.get()._replace(recording=False))
    try:
        yield
    finally:
        current_mode.reset(token)


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Put the operations recorded inside under `name`; pictures draw it as a box.

    Scopes nest: `scope("block")` around `scope("conv1")` records "block/conv1".

    >>> import tinygraph as tg
    >>> x = tg.Tensor(3.0, requires_grad=True)
    >>> with tg.scope("block"), tg.scope("square"):
    ...     y = x * x
    >>> y.graph.nodes[y.node]["scope"]
    'block/square'
    """
    mode = current_mode.get()
    path = f"{mode.scope}/{name}" if mode.scope else name
    token = current_mode.set(mode._replace(scope=path))
    try:
        yield
    finally:
        current_mode.reset(token)


class Graph(nx.MultiDiGraph):  # type: ignore[misc]
    """The record of a computation, on which every networkx algorithm runs.

    The order of the nodes is the order in which they were recorded, and leaves enter
    before the operation that uses them: recording order is a topological order.

    Node attributes: `op` (for a leaf "parameter", "input" or "constant"), `name`,
    `scope`, `shape`, `dtype`, `value`, `params`, `requires_grad`, `inputs` (the nodes
    that the edges come from, in argument order), `primitive` (None for a leaf) and,
    after a backward pass, `grad`.

    >>> import tinygraph as tg
    >>> x = tg.Tensor(3.0, requires_grad=True, name="x")
    >>> y = x * x
    >>> [(op, len(y.graph.pred[node])) for node, op in y.graph.nodes(data="op")]
    [('parameter', 0), ('multiply', 1)]
    >>> y.graph.number_of_edges()
    2
    """

    merged_into: Graph | None = None
    node_dict_factory = Tape

    def __new__(cls, *arguments: Any, **keywords: Any) -> Graph:
        """Make a graph of this class, without looking for networkx's other backends."""
        return object.__new__(cls)

    # networkx 3.6 caches these views on the graph, and some point back at it: a cycle
    # that would keep every array alive until the cyclic collector runs.
    nodes = property(reportviews.NodeView)
    adj = succ = property(lambda self: MultiAdjacencyView(self._succ))
    pred = property(lambda self: MultiAdjacencyView(self._pred))
    edges = out_edges = property(reportviews.OutMultiEdgeView)
    in_edges = property(reportviews.InMultiEdgeView)
    degree = property(reportviews.DiMultiDegreeView)
    in_degree = property(reportviews.InMultiDegreeView)
    out_degree = property(reportviews.OutMultiDegreeView)

    # What networkx keeps nodes and edges in.  Backward needs only the tape, so the
    # dictionaries of edges are brought up to date when somebody looks.
    @property
    def _node(self) -> Tape:
        return self.current().tape

    @_node.setter
    def _node(self, tape: Tape) -> None:
        self.tape = tape

    @property
    def _succ(self) -> Adjacency:
        return self.current()._linked()._successors

    @_succ.setter
    def _succ(self, adjacency: Adjacency) -> None:
        self._successors = adjacency

    @property
    def _pred(self) -> Adjacency:
        return self.current()._linked()._predecessors

    @_pred.setter
    def _pred(self, adjacency: Adjacency) -> None:
        self._predecessors = adjacency

    _adj = _succ

    def _linked(self) -> Graph:
        """The graph, with the edges of what was recorded since somebody looked last."""
        successors, predecessors = self._successors, self._predecessors
        missing = len(self.tape) - len(successors)
        if missing > 0:
            latest = list(itertools.islice(reversed(self.tape), missing))
            for node in reversed(latest):
                successors[node], predecessors[node] = {}, {}
                for position, source in enumerate(self.tape.inputs.get(node, ())):
                    uses = predecessors[node].setdefault(source, {})
                    uses[position] = {}
                    successors[source][node] = uses
        return self

    def current(self) -> Graph:
        """This graph, or the one that it has become a part of."""
        graph = self
        while graph.merged_into is not None:
            graph = graph.merged_into
        return graph

    def merge(self, other: Graph) -> Graph:
        """Make one graph of two that meet in an operation, and return it.

        The smaller moves into the larger, so n merges move O(n log n) nodes, and reads
        as that from then on.  The two share leaves at most, which nothing precedes:
        appending keeps the order topological.
        """
        small, large = sorted((self, other), key=len)
        large.tape.append(small.tape)
        small.merged_into = large
        return large

    def tensor_at(self, tensor_type: type[Value]) -> Callable[[int], Any]:
        """A function from a node to its value, as a tensor that carries this graph.

        Python numbers stay what they are.
        """
        tape = self._node

        def read(node: int) -> Any:
            value = tape.value[node]
            if type(value) in SCALAR_DTYPES:
                return value
            needed = tape.requires_grad(node)
            return tensor_type.recorded(value, self, node, needed)

        return read

    def requiring_gradient(self) -> set[int]:
        """The nodes that a gradient flows to."""
        tape = self._node
        leaves = {node for node, needed in tape.leaf_requires_grad.items() if needed}
        return leaves | tape.primitive.keys()

    def ancestors_of(self, node: int) -> list[int]:
        """A node and everything that it was made of, in recording order."""
        reached, inputs = {node}, self._node.inputs
        for current in reversed(self.topological_order()):
            if current in reached:
                reached.update(inputs.get(current, ()))
        return [current for current in self._node if current in reached]

    def operations(self) -> list[int]:
        """What operations made, so that each comes after everything it was made of."""
        return list(self._node.primitive)

    def topological_order(self) -> list[int]:
        """The nodes so that each comes after everything that it was made of."""
        return list(self._node)

    def node_of(self, key: Any) -> int:
        """The node that a tensor, a name or a node stands for; the last of that name.

        Raises GraphError where the graph holds no such thing.
        """
        if isinstance(key, str):
            named = [n for n, node in self._node.items() if node.name == key]
            if named:
                return named[-1]
        elif isinstance(key, Value):
            versions = self.versions_of(key)
            if versions:
                return versions[-1]
        elif key in self._node:
            return int(key)
        names = sorted({node.name for node in self._node.values() if node.name})
        raise GraphError(
            f"the graph has no value {key!r}; its named values are "
            f"{', '.join(names) or 'none: give a tensor a name=...'}"
        )

    def versions_of(self, value: Value) -> list[int]:
        """The nodes that a value is here: a leaf has one for each data it had."""
        if value.graph is not None:
            return [value.node] if value.node in self._node else []
        leaves = self._node.tensor
        return [node for node, tensor in leaves.items() if tensor is value]

    def name_of(self, node: int) -> str | None:
        """The name that the user gave to a value, at any time; None where none was."""
        name: str | None = self._node[node].name
        return name

    def run(self, values: Mapping[Any, Any], output: Any = None) -> Array:
        """Execute the graph again with other values, and return the last result.

        `values` maps tensors, names or nodes to what they shall be: leaves usually, but
        any value may be overridden.  Only what depends on them is computed again, and
        the graph itself stays as it is.  `output` chooses another result than the one
        that was recorded last.

        >>> import tinygraph as tg
        >>> x = tg.Tensor([1.0, 2.0], requires_grad=True, name="x")
        >>> y = (x * x).sum()
        >>> y.graph.run({"x": [3.0, 4.0]})
        array(25.)
        """
        results: dict[int, Any] = {}
        for key, value in values.items():
            node = self.node_of(key)
            results[node] = self._fitting(node, value)
        tape = self._node
        last = next(reversed(tape)) if output is None else self.node_of(output)
        for key, inputs in tape.inputs.items():
            if key not in results and not results.keys().isdisjoint(inputs):
                used = [results.get(n, tape.value[n]) for n in inputs]
                params = tape.params.get(key, NO_PARAMETERS)
                results[key] = np.asarray(tape.primitive[key].compute(used, params))
            if key == last:
                break
        return np.array(results.get(last, tape.value[last]))

    def _fitting(self, node: int, value: Any) -> Array:
        recorded = self._node[node]
        array = np.asarray(value, recorded.dtype)
        if array.shape != recorded.shape:
            raise GraphError(
                f"run: the value for {recorded.name or node} has shape "
                f"{array.shape}, but {recorded.shape} was recorded: "
                f"build the graph again for another shape"
            )
        return array

    def summary(self) -> str:
        """A table of the values: operation, name, scope, shape, inputs, gradient."""
        return export.table(self)

    def to_json(self) -> str:
        """The graph as node-link JSON, which `networkx.node_link_graph` reads back.

        Nodes are numbered from 0 in recording order; values and gradients of up to
        `export.SHORT` elements are written out, of larger ones the range and norm.
        """
        return export.to_json(self)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the graph to a `.graphml` or `.json` file, all of it or nothing."""
        export.save(self, path)
