"""Repeated blocks, drawn as one box each: iterations of a loop, equal layers.

A block is found by what it consists of: the operations, the shapes of their results
and, where it was recorded, the line of the user's code.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..graph import Graph
from .sheet import Sheet, with_layers_closed

MOST_BOXES_OF_LOOP = 100  # if there are more iterations, several share a box
MOST_WITH_SHARED_LEAVES = 24  # each of them would have an arrow to every box
LONGEST = 2000  # operations in a block
MOST_LOOPS = 20  # that are folded


class Repeat(NamedTuple):
    """A part of a sequence in which the same block follows itself."""

    start: int
    length: int  # of the block
    times: int

    @property
    def end(self) -> int:
        """The place after the last block."""
        return self.start + self.length * self.times

    def blocks(self, most: int) -> Iterator[tuple[str, range]]:
        """The name and the places of each box: of one iteration, or of several."""
        together = math.ceil(self.times / most)
        for first in range(0, self.times, together):
            last = min(first + together, self.times)
            places = range(
                self.start + first * self.length, self.start + last * self.length
            )
            name = f"iteration {last}"
            if last > first + 1:
                name = f"iterations {first + 1} to {last}"
            yield name, places


def folded(whole: Sheet, graph: Graph, most: int) -> Sheet:
    """The sheet with repeated blocks closed, the longest first, until few are left.

    At most `most` boxes are few; there may be more if nothing else is repeated.
    """
    operations = [node for node, box in whole.boxes.items() if not box.leaf]
    signs = [signature(graph, node) for node in operations]
    layers: dict[str, list[int]] = {}
    waiting = [(0, len(operations))]
    drawn = whole
    loops = 0
    while waiting and len(drawn.boxes) > most and loops < MOST_LOOPS:
        low, high = waiting.pop(0)
        found = longest_repeat(signs[low:high])
        if found is None:
            continue
        loops += 1
        found = found._replace(start=low + found.start)
        inside = operations[found.start : found.end]
        shared = most_uses(whole, inside) > found.times / 2
        limit = MOST_WITH_SHARED_LEAVES if shared else MOST_BOXES_OF_LOOP
        for name, places in found.blocks(limit):
            path = unused(name, layers)
            layers[path] = [operations[place] for place in places]
        waiting += [(low, found.start), (found.end, high)]
        drawn = with_layers_closed(whole, with_own_leaves(whole, layers))
    return drawn


def most_uses(whole: Sheet, operations: Sequence[int]) -> int:
    """How often some operations use the leaf that they use most often."""
    uses = Counter(use.source for node in operations for use in whole.boxes[node].uses)
    return max((n for node, n in uses.items() if whole.boxes[node].leaf), default=0)


def signature(graph: Graph, node: int) -> Hashable:
    """What a repeated operation has in common with the one that it repeats."""
    at = graph.at(node)
    return at.op, at.shape, at.source_line


def longest_repeat(signs: Sequence[Hashable]) -> Repeat | None:
    """The repeated block that covers most of a sequence, the shortest of such.

    >>> longest_repeat("xabcabcabcy")
    Repeat(start=1, length=3, times=3)
    """
    numbers: dict[Hashable, int] = {}
    codes = np.array([numbers.setdefault(sign, len(numbers)) for sign in signs], int)
    best: Repeat | None = None
    for length in range(1, min(len(signs) // 2, LONGEST) + 1):
        ends = np.flatnonzero(codes[length:] != codes[:-length])
        edges = np.concatenate([[-1], ends, [len(codes) - length]])
        runs = np.diff(edges) - 1  # how far each stretch equals what follows it
        longest = int(runs.argmax())
        count = int(runs[longest]) // length + 1
        covered = 0 if best is None else best.length * best.times
        if count > 1 and count * length > covered:
            best = Repeat(int(edges[longest]) + 1, length, count)
    return best


def with_own_leaves(
    whole: Sheet, layers: Mapping[str, list[int]]
) -> dict[str, list[int]]:
    """The layers with the leaves that nothing else uses, in recording order.

    An input stays outside, unless there are others: each iteration may have its own.
    """
    layer_of: dict[int, str | None]
    layer_of = {node: path for path, nodes in layers.items() for node in nodes}
    users: dict[int, set[str | None]] = {}
    for node, box in whole.boxes.items():
        for use in box.uses:
            users.setdefault(use.source, set()).add(layer_of.get(node))
    for leaf, paths in users.items():
        if whole.boxes[leaf].leaf and len(paths) == 1:
            layer_of[leaf] = next(iter(paths))
    inputs = [n for n in layer_of if whole.boxes[n].role == "input" and layer_of[n]]
    if len({layer_of[node] for node in inputs}) == 1:
        layer_of |= dict.fromkeys(inputs)
    inside: dict[str, list[int]] = {path: [] for path in layers}
    for node in whole.boxes:
        if (path := layer_of.get(node)) is not None:
            inside[path].append(node)
    return inside


def unused(name: str, layers: dict[str, list[int]]) -> str:
    """A name that no layer has yet: of a second loop, iteration 1 of loop 2."""
    loop, tried = 1, name
    while tried in layers:
        loop += 1
        tried = f"{name} of loop {loop}"
    return tried
