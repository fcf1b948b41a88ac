"""Effects: what a recorded step leaves behind in leaves and optimizers.

They are found by comparing the state after the recording with that before it. A change
that nothing recorded explains makes the recorder refuse.
"""

from __future__ import annotations

from typing import NamedTuple

from ..tensor import Tensor
from .notes import Clock, LeafBefore
from .recorder import Recorder


class Change(NamedTuple):
    """The new value of an attribute of a leaf; without a node, it is None."""

    leaf: Tensor
    attribute: str  # "_data" or "_grad"
    node: int | None


class Steps(NamedTuple):
    """The steps of an optimizer: how many were taken and missed, what it remembers."""

    clock: Clock
    taken: int
    missed: tuple[int, ...]  # for each parameter
    memory: tuple[tuple[str, int, int], ...]  # slot, place, node


def changes_of(recorder: Recorder) -> list[Change]:
    """What has changed in leaves."""
    found: list[Change] = []
    for before in recorder.before.values():
        leaf = before.leaf
        if leaf._requires_grad != before.requires_grad:
            recorder.refuse("changes `requires_grad` of a tensor")
        if leaf.node != before.node and leaf._requires_grad == before.requires_grad:
            found.append(Change(leaf, "_data", data_after(recorder, before)))
        if leaf._grad is not before.grad or id(leaf) in recorder.replaced:
            found.append(Change(leaf, "_grad", gradient_after(recorder, before)))
    return found


def data_after(recorder: Recorder, before: LeafBefore) -> int | None:
    """The node of the data that a leaf was given."""
    node = recorder.kept_node_of(before.leaf._data)
    if node is None:
        recorder.refuse("gives a tensor data that NumPy alone has computed")
    return node


def gradient_after(recorder: Recorder, before: LeafBefore) -> int | None:
    """The node of the gradient that a leaf was given; None if it has none."""
    grad = before.leaf._grad
    if grad is None:
        return None
    node = recorder.kept_node_of(grad)
    if node is None:
        recorder.refuse("gives a tensor a gradient that NumPy alone has computed")
    return node


def steps_of(recorder: Recorder) -> list[Steps]:
    """What has changed in optimizers."""
    found: list[Steps] = []
    for clock in recorder.clocks.values():
        optimizer = clock.optimizer
        if optimizer.steps != clock.steps_before + clock.steps:
            recorder.refuse("changes the state of an optimizer")
        missed = (
            now - before
            for now, before in zip(optimizer.missed, clock.missed_before, strict=True)
        )
        memory = tuple(
            (slot, place, node)
            for slot, arrays in optimizer.memory.items()
            for place, array in enumerate(arrays)
            if array is not clock.memory_before[slot][place]
            and (node := memory_after(recorder, array)) is not None
        )
        if clock.steps:
            found.append(Steps(clock, clock.steps, tuple(missed), memory))
        elif memory:
            recorder.refuse("changes the state of an optimizer")
    return found


def memory_after(recorder: Recorder, array: object) -> int | None:
    """The node of an array that an optimizer has come to keep."""
    node = recorder.kept_node_of(array)
    if node is None:
        recorder.refuse("changes the state of an optimizer")
    return node
