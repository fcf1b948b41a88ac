"""A moment of a trace: everything that has happened up to one place in its timeline.

Film and terminal show the same moments in their own ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .record import Record
from .steps import AnyStep, BackwardStep, ForwardStep, UpdateStep

CHAPTERS = {ForwardStep: "forward", BackwardStep: "backward", UpdateStep: "update"}


@dataclass(frozen=True, eq=False)
class Moment:
    """What has been computed, delivered and updated so far."""

    place: int  # in the timeline, from 0
    step: AnyStep  # the latest one
    number: int  # of this step in its chapter: from 1, with 0 for the seed
    last: int  # the number of the chapter's last step
    computed: set[int] = field(default_factory=set)
    delivered: list[BackwardStep] = field(default_factory=list)
    updated: dict[int, Any] = field(default_factory=dict)  # new values

    @property
    def chapter(self) -> str:
        """The name of the chapter."""
        return CHAPTERS[type(self.step)]

    @property
    def gradients(self) -> dict[int, Any]:
        """The gradient that each node has so far."""
        return {step.source: step.total for step in self.delivered}

    @property
    def arrived(self) -> dict[int, int]:
        """The number of contributions that each node has received."""
        return {step.source: step.arrived for step in self.delivered}


def moment(record: Record, place: int) -> Moment:
    """The moment after the step at that place.

    >>> from tinygraph import Tensor, trace
    >>> x = Tensor(3.0, requires_grad=True)
    >>> now = moment(trace(x * x), 3)
    >>> now.chapter, now.number, now.last, now.gradients[now.step.source].item()
    ('backward', 1, 2, 3.0)
    """
    number = place
    for chapter in (record.forward, record.steps, record.updates):
        if number < len(chapter):
            break
        number -= len(chapter)
    passed = record.timeline[: place + 1]
    first = 0 if chapter is record.steps else 1
    return Moment(
        place,
        passed[-1],
        number + first,
        len(chapter) - 1 + first,
        {step.node for step in passed if isinstance(step, ForwardStep)},
        [step for step in passed if isinstance(step, BackwardStep)],
        {step.node: step.after for step in passed if isinstance(step, UpdateStep)},
    )


def sentence(record: Record, step: AnyStep) -> str:
    """A step of any chapter in words."""
    if isinstance(step, BackwardStep):
        return step.sentence
    if isinstance(step, UpdateStep):
        if step.rule == "gradient descent":
            return f"{step.name} takes a step against its gradient."
        return f"{step.rule} subtracts its step Δ from {step.name}."
    inputs = record.graph.at(step.node).inputs
    if not inputs:
        return f"{step.name} is {article(step.operation)}."
    *others, last = dict.fromkeys(record.names[node] for node in inputs)
    used = f"{', '.join(others)} and {last}" if others else last
    by = "" if step.operation in step.name else f" by {step.operation}"
    return f"{step.name} is computed from {used}{by}."


def article(role: str) -> str:
    """A role with its article: a constant, an input."""
    return f"an {role}" if role[0] in "aeiou" else f"a {role}"


def ends_of_operations(record: Record) -> list[int]:
    """The places where an operation ends: its value computed, its gradients delivered.

    Leaves belong to the operation that follows; each update is one of its own.
    """
    groups = list(operations(record))
    after = [*groups[1:], None]
    return [
        place
        for place, (group, following) in enumerate(zip(groups, after, strict=True))
        if group != following
    ]


def operations(record: Record) -> Iterator[tuple[str, Any]]:
    """The operation that each step of the timeline belongs to."""
    computed = 0
    for step in record.timeline:
        if isinstance(step, ForwardStep):
            yield "forward", computed
            computed += bool(record.graph.at(step.node).inputs)
        else:
            kind = "backward" if isinstance(step, BackwardStep) else "update"
            yield kind, step.node
