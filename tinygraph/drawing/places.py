"""Where the arguments of an operation are placed: above it, or beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .sheet import Box

Boxes = Mapping[int, Box]


class Place(NamedTuple):
    """The arguments around an operation: one above it, leaves at its sides."""

    above: int
    left: int | None
    right: int | None


def place_of(
    box: Box, boxes: Boxes, users: Mapping[int, int], depth: Mapping[int, int]
) -> Place:
    """Where the arguments of an operation are placed.

    Only leaves that nothing else uses are placed at its sides. A single one is on the
    right, unless it is a parameter or precedes the argument above, as in `2 * x`.
    Further leaves are above, too.
    """
    arguments = [use.source for use in box.uses]
    above = trunk(arguments, boxes, depth)
    leaves = [
        used
        for used in arguments
        if used != above and boxes[used].leaf and users[used] == 1
    ]
    if len(leaves) > 1:
        return Place(above, leaves[0], leaves[1])
    if not leaves:
        return Place(above, None, None)
    leaf = leaves[0]
    early = arguments.index(leaf) < arguments.index(above)
    if early or boxes[leaf].role == "parameter":
        return Place(above, leaf, None)
    return Place(above, None, leaf)


def trunk(arguments: list[int], boxes: Boxes, depth: Mapping[int, int]) -> int:
    """The main argument of an operation: the result with the longest history.

    If all are leaves, it is the first input, or else the first argument.
    """
    results = [used for used in arguments if not boxes[used].leaf]
    if results:
        return max(results, key=depth.__getitem__)
    given = [used for used in arguments if boxes[used].role == "input"]
    return (given or arguments)[0]


def depths(boxes: Boxes) -> dict[int, int]:
    """The number of operations on the longest path to each value."""
    depth: dict[int, int] = dict.fromkeys(boxes, 0)
    for node, box in boxes.items():
        depth[node] = max((depth[use.source] + 1 for use in box.uses), default=0)
    return depth


def starts(boxes: Boxes, depth: Mapping[int, int]) -> dict[int, int]:
    """The depth at which each value stands: a leaf is just above its first use."""
    first: dict[int, int] = {}
    for node, box in boxes.items():
        for use in box.uses:
            first[use.source] = min(depth[node], first.get(use.source, depth[node]))
    return {
        node: first.get(node, 1) - 1 if box.leaf else depth[node]
        for node, box in boxes.items()
    }


def unaccompanied(boxes: Boxes) -> set[int]:
    """The operations that nothing else can stand beside.

    All others are computed before them or after: everything so far flows into such an
    operation, and everything later comes from it.
    """
    operations = [node for node, box in boxes.items() if not box.leaf]
    sources = {
        node: {use.source for use in boxes[node].uses if not boxes[use.source].leaf}
        for node in operations
    }
    users: dict[int, set[int]] = {node: set() for node in operations}
    for node in operations:
        for source in sources[node]:
            users[source].add(node)
    return only_ends(operations, sources) & only_ends(operations[::-1], users)


def only_ends(order: list[int], before: Mapping[int, set[int]]) -> set[int]:
    """The nodes that everything earlier in an order leads to."""
    ends: set[int] = set()
    found = set()
    for node in order:
        ends -= before[node]
        ends.add(node)
        if len(ends) == 1:
            found.add(node)
    return found
