"""What a recorder writes down beside the graph: where values come from, and why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from ..optimize import Optimizer
from ..tensor import Tensor
from ..value import Array


class Argument(NamedTuple):
    """The value is an array or tensor among the arguments."""

    place: int


class Variable(NamedTuple):
    """The value is an array in a variable that the function sees."""

    place: int


class Data(NamedTuple):
    """The value is the data of a leaf."""

    leaf: Tensor


class Gradient(NamedTuple):
    """The value is the gradient that a leaf has before the call."""

    leaf: Tensor


class Memory(NamedTuple):
    """The value is what an optimizer remembers of a parameter: None at first."""

    optimizer: Optimizer
    slot: str
    place: int


Origin: TypeAlias = Argument | Variable | Data | Gradient | Memory


class LeafBefore(NamedTuple):
    """A leaf as it was before the recording."""

    leaf: Tensor
    origin: Origin
    node: int
    grad: Array | None
    requires_grad: bool


class Update(NamedTuple):
    """What an optimizer's step makes of one parameter."""

    clock: Clock
    place: int
    ordinal: int  # which of its steps in this recording, from 1
    nodes: tuple[int, ...]  # of the data, then of each slot


class Refusal(NamedTuple):
    """Why a call cannot be replayed, and the line of the user's."""

    reason: str
    file: str
    line: int


class OtherwiseError(Exception):
    """A replay comes to a point where an operation decides otherwise than before."""


@dataclass
class Clock:
    """An optimizer, its state before the recording, and the steps that it takes."""

    optimizer: Optimizer
    steps: int = 0
    behind: dict[int, int] = field(default_factory=dict)  # while a plan is tried out

    def __post_init__(self) -> None:
        self.steps_before = self.optimizer.steps
        self.missed_before = list(self.optimizer.missed)
        self.memory_before = {
            slot: list(arrays) for slot, arrays in self.optimizer.memory.items()
        }

    def count(self, place: int) -> int:
        """The steps that a parameter has taken."""
        taken = self.optimizer.steps - self.optimizer.missed[place]
        return taken - self.behind.get(place, 0)

    def taken(self) -> dict[int, int]:
        """The steps that each parameter has taken since the recording began."""
        now = self.optimizer
        return {
            place: (now.steps - now.missed[place]) - (self.steps_before - missed)
            for place, missed in enumerate(self.missed_before)
        }
