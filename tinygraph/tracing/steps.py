"""The steps of a trace: values computed, gradients delivered, parameters moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..drawing.box import brief


@dataclass(frozen=True, eq=False)
class ForwardStep:
    """A value is computed, or a leaf is given."""

    node: int
    operation: str  # or "parameter", "input", "constant"
    name: str  # of the value
    value: Any


@dataclass(frozen=True, eq=False, repr=False)
class BackwardStep:
    """One vector-Jacobian product, delivered to one input of one operation.

    Step 0 is the seed: it has no operation, and delivers the output's own gradient.
    """

    number: int  # its place in `trace.steps`
    operation: str
    node: int | None  # the operation's result, whose gradient is handed on
    position: int  # which argument of the operation
    source: int  # the node that this argument is
    name: str  # of the operation's result
    source_name: str
    gradient: Any  # ȳ, what arrives at the operation
    contribution: Any  # what the VJP makes of it for this argument
    before: Any  # what had arrived at the source; None if this is the first
    total: Any  # the sum of the two
    arrived: int  # so many contributions have arrived at the source now
    expected: int  # of so many
    local: Any  # ∂y/∂x element by element, where the VJP is a product with it; or None
    early: bool  # the operation's own gradient is not complete yet: a wrong order
    formula: str  # the VJP in LaTeX, with real names
    plugged: str | None  # the same with numbers, where they are few

    @property
    def where(self) -> str:
        """Between which values the gradient flows."""
        return f"{self.name} to {self.source_name}" if self.name else self.source_name

    @property
    def sentence(self) -> str:
        """The step in words."""
        gradient = brief(self.contribution)
        if self.node is None:
            return f"The gradient of {self.source_name} itself is {gradient}."
        text = f"{self.name} sends {gradient} to {self.source_name}"
        if self.expected > 1:
            text += f", {self.arrived} of {self.expected} to arrive there"
        return text + "."

    def __repr__(self) -> str:
        return f"<step {self.number}: {self.sentence}>"

    def _repr_latex_(self) -> str:
        return f"${self.formula}$"


@dataclass(frozen=True, eq=False)
class UpdateStep:
    """A parameter takes a step of gradient descent."""

    node: int
    name: str
    rule: str  # "gradient descent", or the name of the optimiser
    before: Any
    gradient: Any
    after: Any
    formula: str

    def _repr_latex_(self) -> str:
        return f"${self.formula}$"


AnyStep = ForwardStep | BackwardStep | UpdateStep
