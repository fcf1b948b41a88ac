"""The orders in which a backward pass may visit the operations.

The chain rule needs a reverse topological order: every use of a value comes before the
value itself. If the graph is walked as if it were a tree, level by level or branch by
branch, a value is visited when it is first reached, and propagates the gradient that
has arrived by then. What arrives later goes no further.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from ..errors import ArgumentError
from ..graph import Graph

Order = Callable[[Graph, int], Iterator[int]]


def breadth_first(graph: Graph, output: int) -> Iterator[int]:
    """Level by level: the output, then its inputs, then theirs."""
    waiting, seen = deque([output]), {output}
    while waiting:
        node = waiting.popleft()
        yield node
        for source in graph.at(node).inputs:
            if source not in seen:
                seen.add(source)
                waiting.append(source)


def depth_first(graph: Graph, output: int) -> Iterator[int]:
    """Branch by branch: from the output down to the leaves, then the next branch."""
    waiting, seen = [output], set[int]()
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            yield node
            waiting.extend(reversed(graph.at(node).inputs))


# None stands for the reverse topological order of the engine itself.
ORDERS: dict[str, Order | None] = {
    "topological": None,
    "breadth_first": breadth_first,
    "depth_first": depth_first,
}


def order_named(name: str) -> Order | None:
    """The order of that name; ArgumentError if there is none."""
    if not isinstance(name, str) or name not in ORDERS:
        raise ArgumentError(
            f"trace: `order` is {name!r}: use one of {', '.join(ORDERS)}"
        )
    return ORDERS[name]
