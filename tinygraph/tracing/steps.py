"""The steps of a trace: values computed, gradients delivered, parameters updated."""

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

    Step 0 is the seed: it has no operation, and delivers the gradient of the output.
    """

    number: int  # its place in `trace.steps`
    operation: str
    node: int | None  # the operation's result, whose gradient is propagated
    position: int  # which argument of the operation
    source: int  # the node that this argument is
    name: str  # of the operation's result
    source_name: str
    gradient: Any  # ȳ, which has arrived at the operation
    contribution: Any  # the VJP of ȳ for this argument
    before: Any  # the sum so far at the source; None if this is the first
    total: Any  # the sum with the contribution
    arrived: int  # the number of contributions that the source has received
    expected: int  # and will have received in the end
    local: Any  # ∂y/∂x by element, if the VJP is a product with it; otherwise None
    early: bool  # whether ȳ is still incomplete, as happens in a wrong order
    formula: str  # the VJP in LaTeX, with the names of the values
    plugged: str | None  # the same with numbers, if they are few

    @property
    def where(self) -> str:
        """The values that the gradient flows between."""
        return f"{self.name} to {self.source_name}" if self.name else self.source_name

    @property
    def sentence(self) -> str:
        """The step in words."""
        gradient = brief(self.contribution)
        if self.node is None:
            name = self.source_name
            return f"The gradient of {name} with respect to itself is {gradient}."
        text = f"{self.name} sends {gradient} to {self.source_name}"
        if self.expected > 1:
            text += f": contribution {self.arrived} of {self.expected}"
        return text + "."

    def __repr__(self) -> str:
        return f"<step {self.number}: {self.sentence}>"

    def _repr_latex_(self) -> str:
        return f"${self.formula}$"


@dataclass(frozen=True, eq=False)
class UpdateStep:
    """A parameter is updated by gradient descent or another optimizer."""

    node: int
    name: str
    rule: str  # "gradient descent", or the name of the optimizer
    before: Any
    gradient: Any
    after: Any
    formula: str

    def _repr_latex_(self) -> str:
        return f"${self.formula}$"


AnyStep = ForwardStep | BackwardStep | UpdateStep
