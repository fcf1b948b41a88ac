"""Trial: a plan is run on what was recorded before it is used, and changes nothing.

A plan that does not give the same bits is not used. From the arrays of the trial it is
found which of them share memory, so that nobody writes into what others read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from .notes import Data, Memory
from .plan import Plan
from .program import Slots
from .recorder import Recorder
from .templates import same_bits
from .watched import Dice


def tried_out(plan: Plan, recorder: Recorder) -> str | None:
    """Why a plan may not be used; None if it may."""
    recorded = recorder.graph._own_tape.value
    slots = plan.constants.copy()
    for node, slot in plan.slot.items():
        if slot in plan.origins:
            slots[slot] = recorded[node]
    for slot, origin in plan.origins.items():
        if isinstance(origin, Memory):
            clock = recorder.clocks[id(origin.optimizer)]
            slots[slot] = clock.memory_before[origin.slot][origin.place]
    given = slots.copy()
    with as_before(recorder) as generators:
        plan.compute(slots)
        if any(state(dice.generator) != state(own) for dice, own in generators):
            return "draws random numbers that a replay would not draw"
    for node in plan.escaping.nodes():
        same = close if plan.fused else same_bits
        if not same(slots[plan.slot[node]], recorded[node]):
            return "computes something that a replay rounds otherwise"
    plan.share(shared(plan, slots, given))
    return None


def shared(plan: Plan, slots: Slots, given: Slots) -> set[int]:
    """The nodes whose arrays share memory that a user may write into.

    What a kernel does with memory follows from shapes, and is the same in every call.
    """
    nodes = [*plan.escaping.nodes()]
    arrays = {node: np.asarray(slots[plan.slot[node]]) for node in nodes}
    written = written_nodes(plan)
    inputs = [array for array in given if isinstance(array, np.ndarray)]
    theirs = [
        given[slot]
        for slot, origin in plan.origins.items()
        if not isinstance(origin, Data | Memory)
    ]
    found = {n for n in written if nodes.count(n) > 1 or not whole(slots[plan.slot[n]])}
    for node, array in arrays.items():
        others = [other for n, other in arrays.items() if n != node]
        near = others + inputs if node in written else theirs
        if any(np.may_share_memory(array, other) for other in near):
            found.add(node)
    return found


def close(one: Any, other: Any) -> bool:
    """Whether two arrays are the same but for rounding.

    >>> close(np.array([1.0, 1e-30]), np.array([1.0 + 1e-15, 0.0]))
    True
    """
    one, other = np.asarray(one), np.asarray(other)
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if one.dtype.kind != "f" or not one.size:
        return same_bits(one, other)
    error = float(np.finfo(one.dtype).eps) ** 0.5
    finite = np.abs(other[np.isfinite(other)])
    size = float(finite.max(initial=0.0))
    return np.allclose(one, other, rtol=error, atol=error * size, equal_nan=True)


def whole(array: Any) -> bool:
    """Whether an array owns its memory, and may be written into."""
    return type(array) is np.ndarray and array.base is None and array.flags.writeable


def written_nodes(plan: Plan) -> set[int]:
    """The nodes whose arrays a user may write into: gradients, and plain arrays."""
    grads = [c.node for c in plan.escaping.changes if c.attribute == "_grad"]
    for output in plan.escaping.returned():
        grads.append(output.node if output.kind == "array" else output.grad)
    return {node for node in grads if node is not None}


@contextmanager
def as_before(recorder: Recorder) -> Iterator[list[tuple[Dice, Any]]]:
    """Optimizers count and generators draw as before the recording.

    Yields each generator's dice with the generator as it is now.
    """
    pairs = [(dice, dice.generator) for dice in recorder.dice.values()]
    try:
        for clock in recorder.clocks.values():
            clock.behind = clock.taken()
        for dice, _ in pairs:
            dice.generator = dice.at_first()
        yield pairs
    finally:
        for dice, generator in pairs:
            dice.generator = generator
        for clock in recorder.clocks.values():
            clock.behind = {}


def state(generator: np.random.Generator) -> str:
    """The state of a generator, to be compared."""
    return repr(generator.bit_generator.state)
