"""Gradients that vanish, explode, die or are no number are remarked on, no others."""

import numpy as np
from leaves import parameter

import tinygraph as tg
from tinygraph.tracing.remarks import remarks


def test_the_first_gradient_that_is_no_number_is_pointed_out():
    x = parameter([0.0, 1.0], "x")
    with np.errstate(all="ignore"):
        trace = tg.trace(tg.log(x).sum())
    third = len(trace.forward) + 2
    [remark] = [text for place, text in remarks(trace) if place == third]
    assert remark == "The first gradient that contains infinity: from log to x."


def test_vanishing_exploding_and_dead_are_pointed_out():
    x = parameter(np.full(40, -1.0), "x")
    small, large = (x * 1e-4) * 1e-4, (x * 1e3) * 1e3
    trace = tg.trace((small + large + tg.relu(x)).sum())
    texts = " ".join(text for _, text in remarks(trace))
    assert "Vanishing gradient" in texts
    assert "Exploding gradient" in texts
    assert "Dead ReLU: relu blocks the gradient at 100% of its units" in texts
    assert list(remarks(tg.trace((x * x).sum()))) == []


def test_sizes_alone_are_neither_vanishing_nor_exploding():
    x = parameter(np.ones(1_200_000))
    assert list(remarks(tg.trace(x.sum()))) == []
    assert list(remarks(tg.trace(x.mean()))) == []
    assert list(remarks(tg.trace(tg.relu(parameter(-1.0))))) == []


def test_a_gradient_explodes_by_its_root_mean_square():
    def texts(slope):
        return [text for _, text in remarks(tg.trace((x * slope).sum()))]

    x = parameter(np.ones(100))
    assert texts(999.0) == []
    assert len(texts(1001.0)) == 1 and "Exploding" in texts(1001.0)[0]


def test_a_relu_is_dead_from_95_percent_of_8_units_on():
    def texts(blocked, units):
        x = parameter([-1.0] * blocked + [1.0] * (units - blocked), "x")
        return [text for _, text in remarks(tg.trace(tg.relu(x).sum()))]

    assert texts(38, 40) == ["Dead ReLU: relu blocks the gradient at 95% of its units."]
    assert len(texts(8, 8)) == 1
    assert texts(37, 40) == texts(7, 7) == []


def test_a_gradient_vanishes_below_a_millionth_of_the_seed():
    def texts(slope, seed):
        trace = tg.trace(parameter(1.0, "x") * slope, seed=seed)
        return [text for _, text in remarks(trace)]

    for seed in (1.0, 1e3):
        assert len(texts(0.99e-6, seed)) == 1
        assert texts(1.01e-6, seed) == texts(0.0, seed) == []
