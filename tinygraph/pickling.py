"""Graphs and their tensors in pickles and deep copies: all of them, or a sentence.

A value keeps its number, its node, for the life of the process. What is read back gets
new ones, so that it can meet the original in an operation and stays another value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .modes import note_reading
from .queries import Queries
from .tape import Tape, TensorLike
from .value import frozen, new_node


def reduced(graph: Queries) -> tuple[Any, ...]:
    """How to make a graph again, for pickle and deepcopy."""
    note_reading("pickles or copies a graph")
    graph = graph._current()
    if not graph._is_recorded:
        nodes = [
            (node, dict(attributes)) for node, attributes in graph.nodes(data=True)
        ]
        edges = list(graph.edges(keys=True, data=True))
        return rebuilt, (type(graph),), (nodes, edges, graph.graph)
    places = {node: place for place, node in enumerate(graph._tape)}
    columns = {
        name: {places[node]: entry for node, entry in column.items()}
        for name, column in vars(graph._tape.with_gradients()).items()
    }
    sources = columns["inputs"].items()
    columns["inputs"] = {to: tuple(places[n] for n in made) for to, made in sources}
    present = [place for node, place in places.items() if is_present(graph._tape, node)]
    columns["value"] |= dict.fromkeys(present)  # which the leaves themselves bring
    added = columns.pop("more")
    edges = [
        (places[source], places[target], key, data)
        for source, target, key, data in graph.edges(keys=True, data=True)
        if data
    ]
    return recorded_again, (type(graph), columns, present), (added, edges, graph.graph)


def is_present(tape: Tape, node: int) -> bool:
    """Whether a leaf still has the data that it had when it was recorded."""
    leaf = tape.tensor.get(node)
    return leaf is not None and leaf.node == node


def rebuilt(graph_type: type[Queries]) -> Queries:
    """A graph without nodes, which `add` fills."""
    return graph_type()


def recorded_again(
    graph_type: type[Queries], columns: Mapping[str, Any], present: list[int]
) -> Queries:
    """A graph of the same values, under numbers that this process has not seen."""
    leaves = columns["tensor"]
    nodes = {place: new_node() for place in columns["value"]}
    nodes |= {place: leaves[place].node for place in present}
    graph = graph_type()
    for name, column in columns.items():
        entries = {nodes[place]: entry for place, entry in column.items()}
        setattr(graph._tape, name, entries)
    tape = graph._tape
    tape.value |= {nodes[place]: leaves[place]._data for place in present}
    tape.inputs = {n: tuple(map(nodes.__getitem__, i)) for n, i in tape.inputs.items()}
    for value in tape.value.values():
        if not isinstance(value, bool | int | float):
            frozen(value)
    return graph


def add(graph: Queries, added: tuple[Any, Any, dict[Any, Any]]) -> None:
    """Give a graph that was made again what a user had added to the original."""
    nodes, edges, graph.graph = added
    if not graph._is_recorded:
        graph.add_nodes_from(nodes)
        graph.add_edges_from(edges)
        return
    order = list(graph._tape)
    graph._tape.more = {order[place]: entry for place, entry in nodes.items()}
    for source, target, key, data in edges:
        graph._succ[order[source]][order[target]][key].update(data)


def reduced_result(tensor: TensorLike, graph: Queries) -> tuple[Any, ...]:
    """How to make a tensor again that an operation made."""
    place = list(graph._tape).index(tensor.node)
    return result_again, (type(tensor), graph, place)


def result_again(tensor_type: type[Any], graph: Queries, place: int) -> Any:
    """The tensor at a place of a graph."""
    node = list(graph._tape)[place]
    return tensor_type._result(graph._tape.value[node], graph, node)
