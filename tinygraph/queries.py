"""Queries on a graph: ancestors, topological order, the node of a name, and others.

They work for recorded graphs, which have a tape, and for graphs that networkx copied or
a user changed. These have a dictionary for each node, and only their edges say what a
value was computed from.
"""

from __future__ import annotations

from typing import Any, Self

import networkx as nx

from .errors import GraphError
from .plain_node import PlainNode
from .tape import Node, Tape, TensorLike


class Queries(nx.MultiDiGraph):  # type: ignore[misc]
    """Queries on a graph; `Graph` adds networkx's storage, and running and saving."""

    _node: Any  # where networkx keeps nodes, and edges in both directions
    _pred: Any
    _succ: Any
    _own_tape: Tape  # what this graph recorded itself
    _merged_into: Self | None = None  # the graph that it has become a part of

    def _current(self) -> Self:
        """This graph, or the one that it has become a part of."""
        graph = self
        while graph._merged_into is not None:
            graph = graph._merged_into
        return graph

    @property
    def _tape(self) -> Tape:
        """What holds the values; after a merge, that of both graphs."""
        graph = self if self._merged_into is None else self._current()
        return graph._own_tape

    @property
    def _is_recorded(self) -> bool:
        """Whether the graph was recorded: tensors rely on it, so it is read-only."""
        return bool(self._tape.value)

    def at(self, node: Any) -> Node | PlainNode:
        """One value as attributes; `inputs` are the nodes of its arguments."""
        tape = self._tape
        if tape.value:
            return tape[node]
        sources = [source for source, _ in self.edges_into(node)]
        return PlainNode(self._node[node], sources)

    def edges_into(self, node: Any) -> list[tuple[Any, Any]]:
        """(source, key) of each edge into a node, in argument order."""
        entering = [
            (source, key) for source, keys in self._pred[node].items() for key in keys
        ]
        return sorted(entering, key=position_of)

    def _requiring_gradient(self) -> set[int]:
        """The nodes that a gradient flows to."""
        tape = self._tape
        if not tape.value:
            return {node for node in self if self.at(node).requires_grad}
        leaves = tape.leaf_requires_grad
        return {*filter(leaves.get, leaves), *tape.primitive}

    def ancestors_of(self, node: Any) -> list[Any]:
        """A node and everything that it was computed from, in recording order."""
        tape = self._tape
        if not tape.value:
            ancestors = nx.ancestors(self, node) | {node}
            return [n for n in self._order_if_any() if n in ancestors]
        reached, inputs = {node}, tape.inputs
        for current in reversed(tape):
            if current in reached:
                reached.update(inputs.get(current, ()))
        return [current for current in tape if current in reached]

    def _result_nodes(self) -> list[Any]:
        """The nodes of results, each after everything that it was computed from."""
        tape = self._tape
        if not tape.value:
            order = self.topological_order()
            return [node for node in order if self.at(node).primitive is not None]
        return list(tape.primitive)

    def topological_order(self) -> list[Any]:
        """The nodes, each after everything that it was computed from.

        Raises GraphError for a changed graph with a cycle, which has no such order.
        """
        if self._is_recorded:
            return list(self._node)
        places = {node: place for place, node in enumerate(self)}
        try:
            return [*nx.lexicographical_topological_sort(self, key=places.__getitem__)]
        except nx.NetworkXUnfeasible:
            raise GraphError(
                "the graph has a cycle, so it has no topological order: "
                "networkx.find_cycle(graph) names the edges to remove"
            ) from None

    def _order_if_any(self) -> list[Any]:
        """The topological order, or the order of the nodes where there is a cycle."""
        try:
            return self.topological_order()
        except GraphError:
            return list(self)

    def node_of(self, what: Any) -> Any:
        """The node of a tensor, the last node with a name, or the node itself.

        Raises GraphError where the graph has no such node.
        """
        found: list[Any] = []
        if isinstance(what, str):
            found = [node for node in self if self.at(node).name == what]
        elif isinstance(what, TensorLike):
            found = self._versions_of(what)
        if not found and not isinstance(what, TensorLike) and what in self:
            found = [what]
        if found:
            return found[-1]
        names = sorted({name for node in self if (name := self.at(node).name)})
        raise GraphError(
            f"the graph has no value {what!r}; its named values are "
            f"{', '.join(names) or 'none: give a tensor a name=...'}"
        )

    def _versions_of(self, value: TensorLike) -> list[Any]:
        """The nodes of a tensor: a leaf has one for each array that it has held."""
        if not self._is_recorded:  # nodes may have been relabelled; arrays are shared
            data = None if value.graph is None else value._data
            return [
                node
                for node, at in self._node.items()
                if at.get("tensor") is value
                or (data is not None and at.get("value") is data)
            ]
        if value.graph is not None:
            return [value.node] if value.node in self._tape else []
        leaves = self._tape.tensor
        return [node for node, tensor in leaves.items() if tensor is value]

    def name_of(self, node: Any) -> str | None:
        """The name that the user gave to a value; None for a value without one."""
        return self.at(node).name


def position_of(edge: tuple[Any, Any]) -> float:
    """The argument position of an edge; edges without one come last."""
    key = edge[1]
    return key if isinstance(key, int) else float("inf")
