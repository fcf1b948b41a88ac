"""Wrong VJPs, planted into every operation: the comparison with differences finds each.

This tests the tests.  A mutation that cannot change the result of a case is listed,
with the reason; an unlisted one that goes unnoticed is a failure.
"""

from operator import attrgetter

import numpy as np
import pytest
from cases import CASES, named
from derivatives import analytic, close, leaves, numeric_gradient, seed_of

import tinygraph as tg
from tinygraph.backward import backward


def scaled(rule):
    return lambda *arguments, **more: rule(*arguments, **more) * 1.001


def negated(rule):
    return lambda *arguments, **more: -rule(*arguments, **more)


def zeroed(rule):
    return lambda *arguments, **more: rule(*arguments, **more) * 0.0


def deaf(rule):
    """Takes the upstream gradient for ones."""
    return lambda g, *arguments, **more: rule(np.ones_like(g), *arguments, **more)


MUTATIONS = [scaled, negated, zeroed, deaf]

# What has a gradient of nothing but zeros, which no factor changes.
FLAT = {
    "sign-matrix": "steps are flat",
    "sign-scalar": "steps are flat",
    "power-number-2": "x to the power of 0 is 1 for every x",
    "prod-two_zeros-all": "a product with two zeros stays 0",
    "prod-two_zeros-both": "a product with two zeros stays 0",
    "add-empty": "no element is in the result",
    "subtract-empty": "no element is in the result",
    "multiply-empty": "no element is in the result",
    "divide-empty": "no element is in the result",
    "power-empty": "no element is in the result",
    "maximum-empty": "no element is in the result",
    "minimum-empty": "no element is in the result",
    "broadcast_to-empty": "no element is in the result",
    "repeat-never": "no element is in the result",
    "tile-never": "no element is in the result",
    "getitem-empty": "no element is in the result",
    "getitem-no-places": "no element is in the result",
    "matmul-no-rows": "no element is in the result",
    "linear-no-rows": "no element is in the result",
    "linear-no-outputs": "no element is in the result",
    "conv2d-no-images": "no element is in the result",
    "conv2d-no-images-bias": "no element is in the result",
    **dict.fromkeys(
        ("floor", "ceil", "trunc", "rint", "round", "round-decimals"),
        "steps are flat",
    ),
    **dict.fromkeys(
        ("floor_divide", "floor_divide-scalar", "heaviside", "heaviside-scalar"),
        "steps are flat",
    ),
    "trace-beyond": "no element stands on that diagonal",
}


def is_composition(case):
    """Whether a case belongs to a function without a rule of its own.

    Its operations may undo one another's faults there: two signs cancel.
    """
    function = attrgetter(case.name)(tg)
    return function.__module__.startswith("tinygraph.compositions")


PLANTABLE = [
    case
    for case in CASES
    if str(case) not in FLAT
    and not is_composition(case)
    and sum(map(np.size, case.arrays()))
]

# (case, operation, argument, mutation), any of them None for "every".
UNCHANGED = {
    ("maximum-both-scalars", "maximum", None, None): "one of the two gets nothing",
    ("minimum-both-scalars", "minimum", None, None): "one of the two gets nothing",
    ("tile-number", "reshape", 0, "negated"): "there and back: two signs cancel",
    ("tile-pair", "reshape", 0, "negated"): "there and back: two signs cancel",
    ("tile-longer", "reshape", 0, "negated"): "there and back: two signs cancel",
    ("tile-shorter", "reshape", 0, "negated"): "there and back: two signs cancel",
    ("tile-scalar", "reshape", 0, "negated"): "there and back: two signs cancel",
    ("einsum-thrice", "getitem", 0, "negated"): "two diagonals: two signs cancel",
    ("einsum-two-diagonals", "getitem", 0, "negated"): "two signs cancel",
    ("einsum-two-diagonals", "transpose", 0, "negated"): "two signs cancel",
    ("einsum-thrice", "transpose", 0, "negated"): "two diagonals: two signs cancel",
    ("clip-tensors-crossed", "where", 2, None): "the upper bound holds everywhere",
    ("copysign", "copysign", 1, None): "a sign changes in steps",
    ("copysign-scalar", "copysign", 1, None): "a sign changes in steps",
    ("linear-no-inputs", "linear", 0, None): "neither x nor w has an element",
    ("linear-no-inputs", "linear", 1, None): "neither x nor w has an element",
}
# Operations that treat two arguments alike, so that their rules may change places.
SYMMETRIC = {"add": "∂(x + y) is 1 in both"}


def listed(case, name, position, mutation):
    """Whether this planting is known to change nothing."""
    planted = (str(case), name, position, mutation.__name__)
    return any(
        all(part in (None, own) for part, own in zip(entry, planted, strict=True))
        for entry in UNCHANGED
    )


def caught(case):
    """Whether the comparison says no, or the backward pass breaks down."""
    try:
        return not close(analytic(case), numeric_gradient(case), 1e-8)
    except (tg.TinygraphError, ValueError, TypeError, IndexError, AttributeError):
        return True


def rules_used(case):
    """The (primitive, argument) whose VJPs run in the backward pass of a case.

    The argument is None where one VJP serves them all.
    """
    output = case.call(*leaves(case.arrays()))
    graph, seen = output.graph, {}
    for step in backward(output, seed_of(case), graph._requiring_gradient()):
        if step.node is not None:
            primitive = graph.nodes[step.node]["primitive"]
            together = primitive.rule_for_each is not None
            seen[primitive, None if together else step.position] = None
    return list(seen)


def plant(patch, primitive, position, mutation):
    """Put the mutation of a rule in the place of the rule."""
    if position is None:
        patch.setattr(primitive, "rule_for_each", mutation(primitive.rule_for_each))
    else:
        rules = list(primitive.rules)
        rules[position] = mutation(rules[position])
        patch.setattr(primitive, "rules", rules)


@pytest.mark.parametrize("case", **named(PLANTABLE))
def test_every_planted_rule_is_caught(case):
    assert not caught(case)
    for primitive, position in rules_used(case):
        for mutation in MUTATIONS:
            with pytest.MonkeyPatch.context() as patch:
                plant(patch, primitive, position, mutation)
                unnoticed = not caught(case)
            known = listed(case, primitive.name, position, mutation)
            assert known or not unnoticed, (primitive.name, position, mutation.__name__)


TWO_RULES = [
    (case, primitive)
    for case in PLANTABLE
    for primitive, position in rules_used(case)
    if position == 1 and primitive.rules[0] is not None
]


@pytest.mark.parametrize(
    ("case", "primitive"),
    TWO_RULES,
    ids=[f"{case}-{primitive.name}" for case, primitive in TWO_RULES],
)
def test_swapped_rules_are_caught(case, primitive, monkeypatch):
    if str(case) == "logaddexp-equal":
        return  # which has one argument twice
    first, second, *others = primitive.rules
    monkeypatch.setattr(primitive, "rules", [second, first, *others])
    assert caught(case) != (primitive.name in SYMMETRIC)


def test_every_flat_case_is_flat():
    flat = [case for case in CASES if str(case) in FLAT]
    assert len(flat) == len(FLAT)
    for case in flat:
        for gradient in numeric_gradient(case):
            np.testing.assert_allclose(gradient, 0.0, atol=1e-9)
