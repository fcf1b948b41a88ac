"""A graph executed again, with other values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import GraphError
from .queries import Queries
from .value import Array, arrayed, brought, copied


def run(graph: Queries, values: Mapping[Any, Any], output: Any = None) -> Array:
    """What a graph gives for other values; see `Graph.run`."""
    results: dict[Any, Any] = {}
    for key, value in values.items():
        node = graph.node_of(key)
        results[node] = fitting(graph, node, value)
    order = graph.topological_order()
    if not order:
        raise GraphError("run: the graph is empty: record an operation first")
    last = order[-1] if output is None else graph.node_of(output)
    for node in order:
        inputs = graph.at(node).inputs
        changed = not graph._is_recorded or not results.keys().isdisjoint(inputs)
        changed = changed or graph.at(node).value is None  # it was not kept
        if inputs and changed and node not in results:
            results[node] = computed(graph, node, results)
        if node == last:
            break
    return copied(known(graph, last, results))


def fitting(graph: Queries, node: Any, value: Any) -> Array:
    """A value from the user as an array that fits a node."""
    at = graph.at(node)
    if at.value is None:
        return arrayed(value)
    array = brought(arrayed(value, at.dtype), at.value)
    if array.shape != at.shape:
        raise GraphError(
            f"run: the value for {at.name or node} has shape "
            f"{array.shape}, but {at.shape} was recorded: "
            f"build the graph again for another shape"
        )
    return array


def known(graph: Queries, node: Any, results: Mapping[Any, Any]) -> Any:
    """The new value of a node, or the recorded one."""
    if node in results:
        return results[node]
    at = graph.at(node)
    if at.value is None:
        raise GraphError(
            f"run: node {node!r} ({at.op}) has no value: give it one in `values`"
        )
    return at.value


def computed(graph: Queries, node: Any, results: Mapping[Any, Any]) -> Array:
    """The result of the operation at a node for the values that its edges bring."""
    at, uses = graph.at(node), graph.edges_into(node)
    if at.primitive is None:
        raise GraphError(
            f"run: node {node!r} ({at.op}) has edges but no operation to compute: "
            f"give it a value in `values`"
        )
    positions = [key for _, key in uses]
    if positions != list(range(len(uses))) or len(uses) < at.primitive.required:
        raise GraphError(
            f"run: node {node!r} ({at.op}) is called as "
            f"{at.op}{at.primitive.signature}, but its edges bring the arguments "
            f"{positions}: give it one edge for each, with its position as key"
        )
    used = [known(graph, source, results) for source, _ in uses]
    return arrayed(at.primitive.compute(used, at.params))
