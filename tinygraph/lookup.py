"""Lookup: the questions that a graph answers, recorded or not.

A recorded graph has a tape.  A graph that networkx copied or a user changed has a
dictionary for each node, and only its edges say what a value was made of.
"""

from __future__ import annotations

from typing import Any, Self

import networkx as nx

from .errors import GraphError
from .tape import Node, PlainNode, Recorded, Tape


class Lookup(nx.MultiDiGraph):  # type: ignore[misc]
    """The questions that a graph answers; `Graph` adds how it is recorded."""

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
    def _recorded(self) -> bool:
        """Whether tensors carry the graph, so that it stays as it is."""
        return bool(self._tape.value)

    def at(self, node: Any) -> Node | PlainNode:
        """One value as attributes; `inputs` are the nodes that it was made of."""
        tape = self._tape
        if tape.value:
            return tape[node]
        sources = [source for source, _ in self.uses_of(node)]
        return PlainNode(self._node[node], sources)

    def uses_of(self, node: Any) -> list[tuple[Any, Any]]:
        """The sources and keys of the edges into a node, in argument order."""
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
        """A node and everything that it was made of, in recording order."""
        tape = self._tape
        if not tape.value:
            made_of = nx.ancestors(self, node) | {node}
            return [current for current in self._drawing_order() if current in made_of]
        reached, inputs = {node}, tape.inputs
        for current in reversed(tape):
            if current in reached:
                reached.update(inputs.get(current, ()))
        return [current for current in tape if current in reached]

    def _operations(self) -> list[Any]:
        """The results of operations, each after everything that it was made of."""
        tape = self._tape
        if not tape.value:
            order = self.topological_order()
            return [node for node in order if self.at(node).primitive is not None]
        return list(tape.primitive)

    def topological_order(self) -> list[Any]:
        """The nodes, each after everything that it was made of.

        Raises GraphError for a changed graph with a cycle, which has no such order.
        """
        if self._recorded:
            return list(self._node)
        places = {node: place for place, node in enumerate(self)}
        try:
            return [*nx.lexicographical_topological_sort(self, key=places.__getitem__)]
        except nx.NetworkXUnfeasible:
            raise GraphError(
                "the graph has a cycle, so it has no topological order: "
                "networkx.find_cycle(graph) names the edges to remove"
            ) from None

    def _drawing_order(self) -> list[Any]:
        """The topological order, or the order of the nodes where there is a cycle."""
        try:
            return self.topological_order()
        except GraphError:
            return list(self)

    def node_of(self, key: Any) -> Any:
        """The node of a tensor, or the last node with a name; a node is itself.

        Raises GraphError where the graph has no such node.
        """
        found: list[Any] = []
        if isinstance(key, str):
            found = [node for node in self if self.at(node).name == key]
        elif isinstance(key, Recorded):
            found = self._versions_of(key)
        if not found and not isinstance(key, Recorded) and key in self:
            found = [key]
        if found:
            return found[-1]
        names = sorted({name for node in self if (name := self.at(node).name)})
        raise GraphError(
            f"the graph has no value {key!r}; its named values are "
            f"{', '.join(names) or 'none: give a tensor a name=...'}"
        )

    def _versions_of(self, value: Recorded) -> list[Any]:
        """The nodes of a tensor: a leaf has one for each data that it had."""
        if not self._recorded:  # a node may have got any name, but the array is shared
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


def position_of(use: tuple[Any, Any]) -> float:
    """The argument position of an edge; edges without one come last."""
    key = use[1]
    return key if isinstance(key, int) else float("inf")
