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
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from os import PathLike
from typing import TYPE_CHECKING, Any, NamedTuple

import networkx as nx
import numpy as np
from networkx.classes import reportviews
from numpy.typing import NDArray

from . import export
from .errors import GraphError

if TYPE_CHECKING:
    from .primitive import Primitive

Array = NDArray[Any]
new_node = itertools.count().__next__
SCALAR_DTYPES = {kind: np.dtype(kind) for kind in (bool, int, float)}


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


class Value:
    """An array with a place in a graph; `Tensor` adds the operators.

    `node` names the value in every graph that holds it.  A result carries its graph;
    a leaf has none, and keeps its own name and gradient.
    """

    __slots__ = (
        "__weakref__",
        "_data",
        "_grad",
        "_graph",
        "_name",
        "node",
        "requires_grad",
    )
    _data: Array
    _graph: Graph | None
    _grad: Array | None
    _name: str | None
    node: int
    requires_grad: bool

    @classmethod
    def leaf(
        cls, data: Array, requires_grad: bool = False, name: str | None = None
    ) -> Any:
        """A value that no operation made, around `data` itself: no copy is taken."""
        self = object.__new__(cls)
        data.setflags(write=False)
        self._data, self.requires_grad, self._name = data, requires_grad, name
        self._graph = self._grad = None
        self.node = new_node()
        return self

    @classmethod
    def recorded(
        cls, data: Array, graph: Graph, node: int, requires_grad: bool = True
    ) -> Any:
        """The value that stands at `node` of `graph`."""
        self = object.__new__(cls)
        self._data, self._graph, self.node = data, graph, node
        self.requires_grad = requires_grad
        return self

    @property
    def graph(self) -> Graph | None:
        """The graph that recorded this value; None for a leaf."""
        if self._graph is not None and self._graph.merged_into is not None:
            self._graph = self._graph.current()
        return self._graph


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

    # networkx 3.6 caches these views on the graph, and each view points back at it: a
    # cycle that would keep every array alive until the cyclic collector runs.
    edges = out_edges = property(reportviews.OutMultiEdgeView)
    in_edges = property(reportviews.InMultiEdgeView)
    degree = property(reportviews.DiMultiDegreeView)
    in_degree = property(reportviews.InMultiDegreeView)
    out_degree = property(reportviews.OutMultiDegreeView)

    def current(self) -> Graph:
        """This graph, or the one that it has become a part of."""
        graph = self
        while graph.merged_into is not None:
            graph = graph.merged_into
        return graph

    def record(
        self,
        primitive: Primitive,
        arguments: Iterable[Any],
        values: list[Any],
        value: Array,
        parameters: Mapping[str, Any],
        scope: str,
    ) -> int:
        """Add a node for `value`, and an edge for each argument that it was made of.

        The edges are written into the dictionaries that a MultiDiGraph consists of:
        `add_node` and `add_edge` do the same in three times the time.
        """
        nodes, successors = self._node, self._succ
        inputs = []
        for argument, used in zip(arguments, values, strict=True):
            if isinstance(argument, Value):
                source = argument.node
                if source not in nodes:
                    role = "parameter" if argument.requires_grad else "input"
                    self._add_leaf(source, used, role, scope, argument)
            else:
                self._add_leaf(source := new_node(), used, "constant", scope, None)
            inputs.append(source)
        node = new_node()
        nodes[node] = {
            "op": primitive.name,
            "name": None,
            "scope": scope,
            "shape": value.shape,
            "dtype": value.dtype,
            "value": value,
            "params": parameters,
            "requires_grad": True,
            "inputs": inputs,
            "primitive": primitive,
        }
        successors[node] = {}
        predecessors: dict[int, dict[int, dict[str, Any]]] = {}
        self._pred[node] = predecessors
        for position, source in enumerate(inputs):
            if source not in predecessors:
                predecessors[source] = successors[source][node] = {}
            predecessors[source][position] = {}
        return node

    def _add_leaf(
        self, node: int, value: Any, role: str, scope: str, tensor: Value | None
    ) -> None:
        scalar = type(value) in SCALAR_DTYPES
        self._node[node] = {
            "op": role,
            "name": tensor._name if tensor is not None else None,
            "scope": scope,
            "shape": () if scalar else value.shape,
            "dtype": SCALAR_DTYPES[type(value)] if scalar else value.dtype,
            "value": value,
            "params": {},
            "requires_grad": role == "parameter",
            "inputs": [],
            "primitive": None,
            "tensor": tensor,
        }
        self._succ[node] = {}
        self._pred[node] = {}

    def merge(self, other: Graph) -> Graph:
        """Make one graph of two that meet in an operation, and return it.

        The smaller moves into the larger, so n merges move O(n log n) nodes.  The two
        share leaves at most, which nothing precedes: appending keeps the order
        topological.
        """
        small, large = sorted((self, other), key=len)
        for node, attributes in small._node.items():
            large._node.setdefault(node, attributes)
            large._pred.setdefault(node, small._pred[node])
            large._succ.setdefault(node, {}).update(small._succ[node])
        small.merged_into = large
        return large

    def value_at(self, node: int) -> Any:
        """The array (or Python number) that was recorded at a node."""
        return self._node[node]["value"]

    def tensor_at(self, tensor_type: type[Value]) -> Callable[[int], Any]:
        """A function from a node to its value, as a tensor that carries this graph.

        Python numbers stay what they are.
        """

        def read(node: int) -> Any:
            value, needed = self.value_at(node), self._node[node]["requires_grad"]
            if type(value) in SCALAR_DTYPES:
                return value
            return tensor_type.recorded(value, self, node, needed)

        return read

    def requiring_gradient(self) -> set[int]:
        """The nodes that a gradient flows to."""
        return {node for node, at in self._node.items() if at["requires_grad"]}

    def ancestors_of(self, node: int) -> list[int]:
        """A node and everything that it was made of, in recording order."""
        reached = {node}
        for current in reversed(self.topological_order()):
            if current in reached:
                reached.update(self._node[current]["inputs"])
        return [current for current in self._node if current in reached]

    def topological_order(self) -> list[int]:
        """The nodes so that each comes after everything that it was made of."""
        return list(self._node)

    def node_of(self, key: Any) -> int:
        """The node that a tensor, a name or a node stands for; the last of that name.

        Raises GraphError where the graph holds no such thing.
        """
        if isinstance(key, str):
            named = [n for n in self._node if self.name_of(n) == key]
            if named:
                return named[-1]
        else:
            node = key.node if isinstance(key, Value) else key
            if node in self._node:
                return int(node)
        names = sorted({name for n in self._node if (name := self.name_of(n))})
        raise GraphError(
            f"the graph has no value {key!r}; its named values are "
            f"{', '.join(names) or 'none: give a tensor a name=...'}"
        )

    def name_of(self, node: int) -> str | None:
        """The name that the user gave to a value, at any time; None where none was."""
        attributes = self._node[node]
        tensor = attributes.get("tensor")
        name: str | None = attributes["name"] if tensor is None else tensor._name
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
        last = next(reversed(self._node)) if output is None else self.node_of(output)
        for node, attributes in self._node.items():
            inputs = attributes["inputs"]
            if node not in results and not results.keys().isdisjoint(inputs):
                used = [results.get(n, self._node[n]["value"]) for n in inputs]
                primitive, params = attributes["primitive"], attributes["params"]
                results[node] = np.asarray(primitive.compute(used, params))
            if node == last:
                break
        return np.array(results.get(last, self._node[last]["value"]))

    def _fitting(self, node: int, value: Any) -> Array:
        attributes = self._node[node]
        array = np.asarray(value, attributes["dtype"])
        if array.shape != attributes["shape"]:
            raise GraphError(
                f"run: the value for {self.name_of(node) or node} has shape "
                f"{array.shape}, but {attributes['shape']} was recorded: "
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
