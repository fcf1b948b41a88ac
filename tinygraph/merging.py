"""Merging: two graphs that meet in an operation become one."""

from __future__ import annotations

from .graph import Graph


def meet(graph: Graph | None, other: Graph) -> Graph:
    """The one graph that holds the arguments so far, and this one's."""
    other = other._current()
    if graph is None or graph._current() is other:
        return other
    return merged(graph._current(), other)


def merged(one: Graph, other: Graph) -> Graph:
    """Move the smaller graph into the larger, and return that.

    n merges move O(n log n) nodes, and a graph that was moved reads as the larger one.
    The two share leaves at most, which nothing precedes: appending keeps the order
    topological. What a user added comes along.
    """
    small, large = sorted((one, other), key=len)
    large._own_tape.append(small._own_tape)
    if small.graph:
        large.graph = {**small.graph, **large.graph}
    if small._successors:  # somebody looked at the edges, and may have added to them
        for source, target, position, added in small.edges(keys=True, data=True):
            large._succ[source][target][position].update(added)
    small._merged_into, small.graph = large, large.graph
    return large
