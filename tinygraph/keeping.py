"""Keeping gradients: what a graph keeps of a backward pass, and what it computes again.

All gradients of a network take as much memory as its values, and most of them are never
read. A graph keeps those of leaves, those that are small, and those of results that the
user has; the others are computed again when somebody asks for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from sys import getrefcount
from typing import Any

import numpy as np

from .backward import Step, backward
from .graph import Graph
from .tape import Tape
from .tensor import Tensor

Totals = tuple[dict[int, tuple[Any, bool]], dict[int, Any], set[int]]
LARGE = 2**15  # bytes of a gradient that is computed again rather than kept


def give_gradients(output: Tensor, seed: Any, graph: Graph) -> None:
    """Give every leaf its gradient, and those of results to the tape."""
    tape = graph._tape
    steps = backward(output, seed, graph._requiring_gradient())
    received, kept, missing = sorted_out(steps, tape, UNSHARED)
    for node, given in received.items():
        own = given[1] or getrefcount(given[0]) <= ALONE  # a copy of 1 MB takes 25 µs
        kept[node] = tape.tensor[node]._receive(given[0], own)
    tape.grad.update(kept)
    if missing or tape.later:
        tape.postpone(kept, missing, Pass(output.node, seed))


def sorted_out(steps: Iterable[Step], tape: Tape, unshared: int) -> Totals:
    """The gradients of leaves, those of results that are kept, and nodes of the others.

    A tape keeps what is small, and what a user may well read, because a tensor has the
    array of the value as well: there are more references to it than `unshared`. A leaf
    may keep an array that was computed for it alone.
    """
    values, leaves = tape.value, tape.tensor
    received: dict[int, tuple[Any, bool]] = {}
    kept: dict[int, Any] = {}
    missing: set[int] = set()
    for step in steps:
        node, total = step.source, step.total
        if node in leaves:
            received[node] = total, total is not step.gradient
        elif values[node].nbytes < LARGE or uses(values, node) > unshared:
            kept[node] = total
        else:
            missing.add(node)
    return received, kept, missing


class Pass:
    """A backward pass that computes large gradients again when somebody reads them.

    They would take as much memory as the values. What a graph has recorded cannot
    change, so they are the same again.
    """

    def __init__(self, output: int, seed: Any) -> None:
        self.output, self.seed = output, seed

    def again(self, tape: Tape) -> None:
        """Give the tape all gradients that it did not keep."""
        graph, missing = Graph(), {n for n, p in tape.later.items() if p is self}
        graph._own_tape = tape
        output = Tensor._result(tape.value[self.output], graph, self.output)
        steps = backward(output, self.seed, graph._requiring_gradient())
        found = {s.source: s.total for s in steps if s.source in missing}
        tape.grad.update(found)
        tape.postpone(found)


def uses(values: Mapping[int, Any], node: int) -> int:
    """How many references there are to the array of a node."""
    return getrefcount(values[node])


def references(given: tuple[Any, bool]) -> int:
    """How many references there are to an array that only such a pair has."""
    return getrefcount(given[0])


ALONE = references((np.zeros(1), False))
# One of an array that nobody else has, while `backward` has it among the arguments.
UNSHARED = uses({0: np.zeros(1)}, 0) + 1
