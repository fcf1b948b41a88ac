"""The orders in which a backward pass may go through the operations.

The chain rule needs a reverse topological order: every use of a value before the value
itself.  Going through the graph as one would through a tree, level by level or branch
by branch, meets a value on its first way and hands on what has arrived there by then.
Whatever arrives later never goes any further.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from ..errors import ArgumentError
from ..graph import Graph

Order = Callable[[Graph, int], Iterator[int]]


def breadth_first(graph: Graph, output: int) -> Iterator[int]:
    """Level by level: the output, then all that it was made of, then their inputs."""
    waiting, seen = deque([output]), {output}
    while waiting:
        node = waiting.popleft()
        yield node
        for source in graph.at(node).inputs:
            if source not in seen:
                seen.add(source)
                waiting.append(source)


def depth_first(graph: Graph, output: int) -> Iterator[int]:
    """Branch by branch: from the output to the leaves of one, then the next branch."""
    waiting, seen = [output], set[int]()
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            yield node
            waiting.extend(reversed(graph.at(node).inputs))


# None is the reverse topological order, the engine's own.
ORDERS: dict[str, Order | None] = {
    "topological": None,
    "breadth_first": breadth_first,
    "depth_first": depth_first,
}


def order_named(name: str) -> Order | None:
    """The order of that name; ArgumentError for another."""
    if not isinstance(name, str) or name not in ORDERS:
        raise ArgumentError(
            f"trace: `order` is {name!r}: use one of {', '.join(ORDERS)}"
        )
    return ORDERS[name]
