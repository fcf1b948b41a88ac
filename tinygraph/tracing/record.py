"""Record: what happened in a backward pass, before anyone looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..graph import Graph
from .steps import AnyStep, BackwardStep, ForwardStep, UpdateStep


@dataclass(frozen=True, eq=False, repr=False)
class Record:
    """The steps of a backward pass, of the forward pass before and the updates after.

    Everything that shows a trace reads this.
    """

    graph: Graph
    output: int  # the node that the gradient flows back from
    order: str
    forward: list[ForwardStep]
    steps: list[BackwardStep]
    updates: list[UpdateStep]
    names: dict[int, str]  # a unique name for each node, in recording order
    correct: dict[int, Any]  # the gradients in topological order
    variables: dict[int, str]  # the names of variables, for values without a name

    @property
    def timeline(self) -> list[AnyStep]:
        """The forward pass, then the backward pass, then the updates."""
        return [*self.forward, *self.steps, *self.updates]

    @cached_property
    def gradients(self) -> dict[int, Any]:
        """The final gradient of each node."""
        return {step.source: step.total for step in self.steps}

    @cached_property
    def places(self) -> dict[int, int]:
        """The number of each node on pages and in JSON: from 0, in recording order."""
        return {node: place for place, node in enumerate(self.names)}

    @cached_property
    def expected(self) -> dict[int, int]:
        """How many contributions reach each node in the whole pass."""
        return {step.source: step.expected for step in self.steps}

    @cached_property
    def wrong(self) -> dict[int, Any]:
        """The nodes whose final gradient is wrong, as happens in a naive order."""
        return {
            node: gradient
            for node, gradient in self.gradients.items()
            if not np.array_equal(gradient, self.correct[node], equal_nan=True)
            and not np.allclose(gradient, self.correct[node], equal_nan=True)
        }
