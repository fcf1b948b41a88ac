"""Formulas are true: each one, calculated, is what its VJP computes.

The cases of all operations are run forwards and backwards, and every operation that
was recorded on the way has its formulas calculated by the reader in `latex.py`, with
the meanings that `meanings.py` gives its words.
"""

import functools
import math
import re

import loops
import numpy as np
import pytest
from cases import CASES
from derivatives import leaves, seed_of
from latex import Meaning, calculated
from meanings import (
    INDEXED,
    POOLED,
    STANDARDIZED,
    TRANSFORMED,
    NotCalculatedError,
    indexed,
    meaning,
    numbers,
    places,
    pooled,
)
from primitives import primitives
from together import together

import tinygraph as tg
from tinygraph.tracing.formula import BARRED, LETTER, constants, letters, of_argument

MOST = 10  # of the calls of one operation with other shapes or parameters
ELEMENTS = 400  # of an argument

# Whose VJP has a VJP of its own, which is an operation that no other case needs.
TWICE = {"max_pool2d", "avg_pool2d"}
# What cannot be calculated from a formula, and why.
NOT_CALCULATED = {
    ("concatenate", "each"): "the dots stand for where the array went",
    ("einsum", "each"): "the dots stand for the other operands",
}


# Calls --------------------------------------------------------------------------------


class Call:
    """One operation of a recorded graph, with a random gradient that arrives."""

    def __init__(self, graph, node, primitive, position, inputs):
        self.primitive, self.name, self.position = primitive, primitive.name, position
        tape = graph._tape
        self.result = np.array(tape.value[node])
        self.arguments = [np.array(tape.value[source]) for source in inputs]
        self.parameters = dict(tape.params.get(node, {}))
        rng = np.random.default_rng(position)
        self.gradient = rng.normal(size=np.shape(self.result))
        self.letters = letters(primitive, position)
        self.formula = of_argument(primitive, position)
        self.values = dict(
            zip(self.letters, [self.result, *self.arguments], strict=False)
        )
        if "condition" in self.letters:
            holds = self.values["condition"].astype(bool)
            self.values |= {"condition": holds, "not condition": ~holds}
        if "gate" in self.parameters:
            self.values["gate"] = self.parameters["gate"]
        self.numbers = numbers(self.parameters, self.result, self.arguments)

    @property
    def key(self):
        each = self.primitive.shared_vjp is not None
        return self.name, "each" if each else self.position

    def found(self):
        """What the formula says, of the shape of the argument."""
        if self.name in POOLED:
            return pooled(self)
        if self.name in INDEXED:
            at, back = indexed(self)
            return back(calculated(self.formula, at))
        found = calculated(self.formula, meaning(self))
        if self.letters[self.position + 1] == "w" and np.ndim(found) == 3:
            found = found.sum(axis=0)  # over the images
        found, shape = np.asarray(found, float), np.shape(self.arguments[self.position])
        if self.name in STANDARDIZED:  # the scale of channels is in a row
            found = like(found, places(self, shape))
        return like(found, shape)

    def expected(self):
        """What the VJP gives."""
        its_vjp = self.primitive.vjp_at(self.position)
        vjp = its_vjp(self.gradient, self.result, *self.arguments, **self.parameters)
        return like(np.asarray(vjp), np.shape(self.arguments[self.position]))


def like(found, shape):
    """Summed over broadcast axes, and repeated where one number stands for all."""
    if (
        np.prod(found.shape) == np.prod(shape)
        and found.ndim >= 1
        and found.shape != shape
    ):
        return np.reshape(found, shape)
    while found.ndim > len(shape):
        found = found.sum(axis=0)
    for axis, size in enumerate(shape[len(shape) - found.ndim :]):
        if size == 1 < found.shape[axis]:
            found = found.sum(axis=axis, keepdims=True)
    return np.broadcast_to(found, shape)


def calls_of(graph):
    """Every VJP of every operation that is recorded in a graph."""
    for node, primitive in graph.nodes(data="primitive"):
        entering = graph.in_edges(node, keys=True)
        inputs = [s for _, s in sorted((key, s) for s, _, key in entering)]
        for position in range(len(inputs)) if primitive else ():
            small = all(0 < np.size(graph._tape.value[s]) <= ELEMENTS for s in inputs)
            if small and primitive.vjp_at(position) is not None:
                yield Call(graph, node, primitive, position, inputs)


@functools.cache
def calls():
    """A few calls of every VJP that any case needs, forwards or backwards."""
    found = {}
    for case in CASES:
        inputs = leaves(case.arrays())
        output = case.call(*inputs)
        if output.graph is None or output.size == 0:
            continue
        seed = tg.Tensor(seed_of(case), requires_grad=True)  # so that VJPs are recorded
        total = (output * seed).sum()
        gradients = tg.gradients(total, inputs, record=True)
        if case.name in TWICE:
            [other] = gradients
            total = (other * tg.Tensor(other.data, requires_grad=True)).sum()
            tg.gradients(total, [seed], record=True)
        for call in calls_of(total.graph):
            kinds = found.setdefault(call.key, {})
            shapes = tuple(map(np.shape, call.arguments))
            kind = (shapes, repr(call.parameters))
            if call.result.size and len(kinds) < MOST:
                kinds.setdefault(kind, call)
    return {key: list(kinds.values()) for key, kinds in found.items()}


def comparisons(key, change=lambda formula: formula):
    """For each call of a VJP what its formula says, and what the VJP gives."""
    for call in calls()[key]:
        call.formula = change(of_argument(call.primitive, call.position))
        try:
            with np.errstate(all="ignore"):
                found, expected = call.found(), call.expected()
        except NotCalculatedError:
            continue
        assert found.shape == expected.shape, call.formula
        there = np.isfinite(found)
        yield call.formula, found[there], expected[there]


# Named without a call of any, which takes too long while tests are collected.
VJPS = {
    (primitive.name, "each" if primitive.shared_vjp else position)
    for primitive in primitives()
    for position in range(primitive.arity + (primitive.shared_vjp is not None))
    if primitive.vjp_at(position) is not None
}
KEYS = sorted(VJPS - set(NOT_CALCULATED), key=str)
every_key = together("key", KEYS, ids=lambda key: "-".join(map(str, key)))


@every_key
def test_what_a_formula_says_is_what_the_vjp_does(key):
    compared = 0
    for formula, found, expected in comparisons(key):
        np.testing.assert_allclose(
            found, expected, rtol=1e-9, atol=1e-9, err_msg=formula
        )
        compared += found.size
    assert compared, "no call of this VJP could be calculated"


@every_key
def test_a_false_formula_is_told(key):
    if key == ("heaviside", 1):  # 0 in every case: none is at the jump itself
        return
    flat = of_argument(calls()[key][0].primitive, calls()[key][0].position) == "0"
    for change in (
        lambda formula: "2" if flat else f"1.5 ({formula})",
        lambda formula: "1" if flat else f"-({formula})",
    ):
        assert any(
            not np.allclose(found, expected, rtol=1e-9, atol=1e-9)
            for _, found, expected in comparisons(key, change)
        )


def test_the_formulas_of_every_primitive_are_calculated():
    assert len(VJPS) > 100
    assert VJPS - set(calls()) == set(), "no case runs these VJPs"
    assert set(calls()) - VJPS == set(), "nothing calculates their formulas"


def test_what_is_not_calculated_is_still_there():
    assert NOT_CALCULATED.keys() <= calls().keys()
    for key in NOT_CALCULATED:
        assert r"\ldots" in of_argument(calls()[key][0].primitive, 0)


def test_the_formula_of_heaviside_at_its_jump():
    x, y = tg.Tensor([0.0, 1.0]), tg.Tensor([0.5, 0.5], requires_grad=True)
    [found] = tg.gradients(np.heaviside(x, y), [y], [3.0, 5.0])
    at = Meaning({"x": x.data}, {"z": np.array([3.0, 5.0])})
    [call, *_] = calls()["heaviside", 1]
    np.testing.assert_array_equal(calculated(call.formula, at), found)
    np.testing.assert_array_equal(found, [3.0, 0.0])


def used(call):
    """The letters of a formula, other than those of gradients and in words."""
    text = re.sub(r"\\(?:text|mathrm)\{[^}]*\}", "", BARRED.sub("", call.formula))
    return {match[1] for match in LETTER.finditer(text)} - set(call.letters)


@every_key
def test_numbers_that_a_trace_puts_for_letters_are_those(key):
    """Counts and parameters, which the formula is true with."""
    for call in calls()[key]:
        shown = constants(call.parameters, [call.result, *call.arguments])
        meant = dict(call.numbers)
        if "kernel" in call.parameters:
            meant["k"] = math.prod(loops.pair(call.parameters["kernel"]))
            if call.parameters.get("divisor_override") is not None:
                meant["k"] = call.parameters["divisor_override"]
        if call.name in TRANSFORMED:
            meant = {}
        for letter in used(call) & shown.keys():
            assert float(shown[letter]) == pytest.approx(meant[letter], abs=5e-4)


READ = {
    r"1 + 2 \cdot 3^2 / 6": 4.0,
    r"-x^2": -9.0,
    r"\frac{x}{2}\, (1 - x)": -3.0,
    r"2 \sqrt{x + 6} - |{-1}|": 5.0,
    r"[x > 2] + [x = 2] + [x \leq 3] + [x \neq 3]": 2.0,
    r"\lfloor x / 2 \rfloor": 1.0,
    r"e^{-x} e^x": 1.0,
    r"\bar{y}\, x - \bar{y}": 10.0,
    r"\sum_{i \geq j} v_i": [6.0, 5.0, 3.0],
    r"\prod_{j \neq i} v_j": [6.0, 3.0, 2.0],
}


@pytest.mark.parametrize("formula", READ)
def test_the_reader_of_formulas(formula):
    v = np.array([1.0, 2.0, 3.0])
    at = Meaning({"x": 3.0, "v": v, "size": 3}, {"y": 5.0})
    np.testing.assert_allclose(calculated(formula, at), READ[formula])


@pytest.mark.parametrize("formula", [r"1 / x y", r"x +", r"(x", r"x ) y", r"\what x"])
def test_what_may_be_misread_is_not_read(formula):
    with pytest.raises(AssertionError):
        calculated(formula, Meaning({"x": 3.0, "y": 2.0}, {}))


def test_matrices_of_a_formula():
    x, y = np.random.default_rng(0).normal(size=(2, 3, 3))
    at = Meaning({"x": x, "y": y}, {"z": y}, matrices=True)
    np.testing.assert_allclose(
        calculated(r"(1 - x y)\, \bar{z}^\top + x^{-\top} - x^{-1}", at),
        (np.eye(3) - x @ y) @ y.T + np.linalg.inv(x).T - np.linalg.inv(x),
    )
    assert np.allclose(calculated(r"x \circ y", at), x * y)
