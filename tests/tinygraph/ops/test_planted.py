"""Wrong VJPs, planted into every operation: the comparison with differences finds each.

This tests the tests. A mutation that cannot change the result of a case is listed,
with the reason; an unlisted one that goes unnoticed is a failure.
"""

import math
from operator import attrgetter

import numpy as np
import pytest
from cases import CASES, for_each
from derivatives import analytic, close, leaves, numeric_gradient, seed_of

import tinygraph as tg
from tinygraph.backward import backward


def scaled(vjp):
    return lambda *arguments, **more: vjp(*arguments, **more) * 1.001


def negated(vjp):
    return lambda *arguments, **more: -vjp(*arguments, **more)


def zeroed(vjp):
    return lambda *arguments, **more: vjp(*arguments, **more) * 0.0


def deaf(vjp):
    """Takes the upstream gradient for ones."""
    return lambda g, *arguments, **more: vjp(np.ones_like(g), *arguments, **more)


MUTATIONS = [scaled, negated, zeroed, deaf]


def is_composition(case):
    """Whether a case belongs to a function without a VJP of its own.

    Its operations may undo one another's faults there: two signs cancel.
    """
    function = attrgetter(case.name)(tg)
    return function.__module__.startswith("tinygraph.compositions")


PLANTABLE = [
    case
    for case in CASES
    if not is_composition(case) and any(math.prod(shape) for shape, _ in case.inputs)
]


class Planted:
    """A changed VJP in the place of a VJP, which looks whether the change matters."""

    def __init__(self, vjp, change):
        self.vjp, self.changed, self.change = vjp, change(vjp), change
        self.calls, self.differs = 0, False

    def __call__(self, *arguments, **more):
        right, wrong = (f(*arguments, **more) for f in (self.vjp, self.changed))
        self.calls += 1
        self.differs |= not np.array_equal(right, wrong)
        return wrong

    @property
    def may_hide(self):
        """Whether a gradient can be right all the same.

        A change may not change anything where a VJP gives zeros: at a step, or to the
        smaller of two numbers. Two changed signs may cancel.
        """
        return not self.differs or (self.change is negated and self.calls > 1)


def caught(case):
    """Whether the comparison says no, or the backward pass breaks down."""
    try:
        return not close(analytic(case), numeric_gradient(case), 1e-8)
    except (tg.TinygraphError, ValueError, TypeError, IndexError, AttributeError):
        return True


def vjps_used(case):
    """The (primitive, argument) whose VJPs run in the backward pass of a case.

    The argument is None where one VJP serves them all.
    """
    output = case.call(*leaves(case.arrays()))
    graph, seen = output.graph, {}
    for step in backward(output, seed_of(case), graph._requiring_gradient()):
        if step.node is not None:
            primitive = graph.nodes[step.node]["primitive"]
            together = primitive.shared_vjp is not None
            seen[primitive, None if together else step.position] = None
    return list(seen)


def plant(patch, primitive, position, change):
    """Put a change of a VJP in the place of the VJP."""
    if position is None:
        planted = Planted(primitive.shared_vjp, change)
        patch.setattr(primitive, "shared_vjp", planted)
    else:
        vjps = list(primitive.vjps)
        planted = vjps[position] = Planted(vjps[position], change)
        patch.setattr(primitive, "vjps", vjps)
    return planted


@for_each(PLANTABLE)
def test_every_planted_vjp_is_caught(case):
    assert not caught(case)
    for primitive, position in vjps_used(case):
        for change in MUTATIONS:
            with pytest.MonkeyPatch.context() as patch:
                planted = plant(patch, primitive, position, change)
                found = caught(case)
            assert found or planted.may_hide, (primitive.name, position, change)


@for_each(PLANTABLE)
def test_swapped_vjps_are_caught(case):
    for primitive, position in vjps_used(case):
        if position == 1 and primitive.vjps[0] is not None:
            first, second, *others = primitive.vjps
            swapped = [Planted(first, lambda _, other=second: other)]
            swapped += [Planted(second, lambda _, other=first: other)]
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(primitive, "vjps", [*swapped, *others])
                found = caught(case)
            assert found or not any(vjp.differs for vjp in swapped), primitive.name


def test_changes_hide_in_every_case_only_of_vjps_that_give_zero():
    shown, hidden = set(), set()
    for case in PLANTABLE:
        for primitive, position in vjps_used(case):
            with pytest.MonkeyPatch.context() as patch:
                planted = plant(patch, primitive, position, scaled)
                caught(case)
            (shown if planted.differs else hidden).add((primitive, position))
    assert len(shown) > 100
    for primitive, position in hidden - shown:
        # No case of heaviside is at its jump, where alone the second argument counts.
        at_the_jump = (primitive.name, position) == ("heaviside", 1)
        assert at_the_jump or primitive.formulas[position] == "0", primitive.name
