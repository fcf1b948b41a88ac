"""Graph: a networkx graph that operations are recorded in as they run.

A node is a value: a leaf (a parameter, an input, a constant) or the result of an
operation. An edge is one *use* of a value, with the argument position as its key, so
`x * x` has two edges. Edges point the way that values flow, towards the loss.

    x ──0──▶ multiply ──0──▶ sum
    x ──1─────▲

A tensor that an operation computed points to the graph, which never points back.
Leaves do not point to the graph; the graph points to them. So there is no reference
cycle, and the graph is freed with the last tensor that points to it.

A recorded graph cannot be changed, because tensors rely on it. What networkx makes of
one, a copy or a part, is a graph of dictionaries that may be changed: only its edges
say what a value was computed from.
"""

# networkx's cached views are plain properties here.
# pyright: reportAssignmentType=false

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping
from os import PathLike
from typing import Any

import networkx as nx
from networkx.classes import reportviews
from networkx.classes.coreviews import MultiAdjacencyView

from .queries import Queries
from .tape import Tape, unchangeable_error
from .value import Array

Adjacency = dict[Any, dict[Any, dict[Any, dict[str, Any]]]]


def unless_recorded(name: str) -> Any:
    """A networkx method that changes a graph, refused where tensors rely on it."""
    change = getattr(nx.MultiDiGraph, name)

    @functools.wraps(change)
    def changed(self: Graph, *arguments: Any, **keywords: Any) -> Any:
        if self._is_recorded:
            raise unchangeable_error(f"{name}: a recorded graph")
        return change(self, *arguments, **keywords)

    changed.__doc__ = (
        f"`{name}` of networkx; GraphError where tensors rely on the graph."
    )
    return changed


class Graph(Queries):
    """The record of a computation, and a networkx graph for every algorithm.

    Nodes are in the order in which they were recorded, and a leaf comes before the
    first operation that uses it: recording order is a topological order.

    Node attributes: `op` (for a leaf "parameter", "input" or "constant"), `name`,
    `scope`, `shape`, `dtype`, `value`, `params`, `requires_grad`, `primitive` (None for
    a leaf), `tensor` (the leaf itself) and, after a backward pass, `grad`; inside
    `source_lines`, `source_line`. You may add others, to nodes, edges and the graph;
    they are saved with it.

    Changing a graph that tensors rely on raises GraphError. `copy()`, and every other
    networkx function that makes a graph of this class, gives one that may be changed:
    it is drawn, saved and run according to its edges.

    >>> import tinygraph as tg
    >>> x = tg.Tensor(3.0, requires_grad=True, name="x")
    >>> y = x * x
    >>> [(op, y.graph.in_degree[node]) for node, op in y.graph.nodes(data="op")]
    [('parameter', 0), ('multiply', 2)]
    """

    _graph: Any = None  # networkx sets this on a view: the graph that it shows

    def __new__(cls, *arguments: Any, **keywords: Any) -> Graph:
        """Make a graph of this class, without looking for networkx's other backends."""
        graph: Graph = object.__new__(cls)
        graph._own_tape = Tape()
        return graph

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

    add_node = unless_recorded("add_node")
    add_nodes_from = unless_recorded("add_nodes_from")
    add_edge = unless_recorded("add_edge")
    add_edges_from = unless_recorded("add_edges_from")
    remove_node = unless_recorded("remove_node")
    remove_nodes_from = unless_recorded("remove_nodes_from")
    remove_edge = unless_recorded("remove_edge")
    remove_edges_from = unless_recorded("remove_edges_from")
    clear = unless_recorded("clear")
    clear_edges = unless_recorded("clear_edges")

    # What networkx keeps nodes and edges in. Backward needs only the tape, so the
    # dictionaries of edges are brought up to date when somebody looks.
    @property
    def _node(self) -> Any:
        graph = self._current()
        return graph._own_tape if graph._own_tape.value else graph._rows

    @_node.setter
    def _node(self, rows: Mapping[Any, Any]) -> None:
        self._rows = rows

    @property
    def _succ(self) -> Adjacency:
        return self._current()._with_new_edges()._successors

    @_succ.setter
    def _succ(self, adjacency: Adjacency) -> None:
        self._successors = adjacency

    @property
    def _pred(self) -> Adjacency:
        return self._current()._with_new_edges()._predecessors

    @_pred.setter
    def _pred(self, adjacency: Adjacency) -> None:
        self._predecessors = adjacency

    _adj = _succ

    def _with_new_edges(self) -> Graph:
        """Write the edges recorded since the last call, and return the graph."""
        if isinstance(self._graph, Graph):  # a view
            self._graph._current()._with_new_edges()
            return self
        successors, predecessors = self._successors, self._predecessors
        missing = len(self._own_tape) - len(successors)
        if missing > 0:
            latest = list(itertools.islice(reversed(self._own_tape), missing))
            for node in reversed(latest):
                successors[node], predecessors[node] = {}, {}
                for position, source in enumerate(self._own_tape.inputs.get(node, ())):
                    uses = predecessors[node].setdefault(source, {})
                    uses[position] = {}
                    successors[source][node] = uses
        return self

    def run(self, values: Mapping[Any, Any], output: Any = None) -> Array:
        """Execute the graph again with other values, and return the last result.

        `values` maps tensors, names or nodes to new values: usually leaves, but any
        value may be overridden. Only what depends on them is computed again, and the
        graph itself does not change. `output` chooses a result other than the one
        recorded last.

        A changed copy is computed according to its edges. Raises GraphError for a
        value that the graph does not have or that does not fit, and where edges are
        missing.

        >>> import tinygraph as tg
        >>> x = tg.Tensor([1.0, 2.0], requires_grad=True, name="x")
        >>> y = (x * x).sum()
        >>> y.graph.run({"x": [3.0, 4.0]})
        array(25.)
        """
        from . import running

        return running.run(self, values, output)

    def summary(self) -> str:
        """A table of the values: operation, name, scope, shape, inputs, gradient."""
        from . import export

        return export.table(self)

    def to_json(self) -> str:
        """The graph as node-link JSON, which `networkx.node_link_graph` reads back.

        Nodes are numbered from 0 in recording order; values and gradients of up to
        `export.SHORT` elements are written out, of larger ones the range and norm.
        What you added to nodes, edges and the graph is included.
        """
        from . import export

        return export.to_json(self)

    def plain(self) -> nx.MultiDiGraph[Any]:
        """The graph as a plain networkx graph, which each of its writers accepts.

        Nodes are numbered from 0 in recording order. All attributes are strings,
        numbers and booleans: those of `to_json`, but `value` as `data`, because
        `networkx.cytoscape_data` puts the node's number under `value`. Lists become
        JSON. Each node has a `label` for viewers, and each edge its argument
        `position`, and a key that no other edge of the graph has.

        >>> import tinygraph as tg, networkx as nx
        >>> x = tg.Tensor(3.0, requires_grad=True, name="x")
        >>> list((x * x).graph.plain().edges(keys=True, data="position"))
        [(0, 1, 'e1_0', 0), (0, 1, 'e1_1', 1)]
        """
        from . import export

        return export.plain(self)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the graph to a `.graphml` or `.json` file, atomically.

        Raises GraphError for another ending, and FileError where it cannot be written.
        """
        from . import export

        export.save(self, path)

    def __reduce__(self) -> Any:
        from . import pickling

        return pickling.reduced(self)

    def __setstate__(self, added: Any) -> None:
        from . import pickling

        pickling.add(self, added)

    def __copy__(self) -> Any:
        return self.copy()
