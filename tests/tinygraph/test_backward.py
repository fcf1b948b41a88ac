"""The backward pass as a generator of steps: what each one says, by hand."""

import numpy as np
import pytest
from leaves import parameter

import tinygraph as tg
from tinygraph.backward import backward


def steps_of(output, seed=1.0, needed=None, **more):
    seed = np.full(output.shape, seed) if np.ndim(seed) == 0 else np.asarray(seed)
    needed = output.graph._requiring_gradient() if needed is None else needed
    return list(backward(output, seed, needed, **more))


def test_each_step_of_a_small_graph():
    """y = x x + 3 x at 5, where the gradient of y is 2."""
    x = +parameter(5.0)
    square = x * x
    triple = 3.0 * x
    y = square + triple
    seed, to_square, to_triple, *others, _ = steps_of(y, 2.0)
    assert isinstance(seed, tg.Step)
    assert (seed.node, seed.position, seed.source) == (None, 0, y.node)
    assert (seed.gradient, seed.before) == (None, None)
    assert seed.contribution == seed.total == 2.0
    for step, source, position in ((to_square, square, 0), (to_triple, triple, 1)):
        assert (step.node, step.position) == (y.node, position)
        assert step.source == source.node
        assert step.gradient == step.contribution == step.total == 2.0
        assert step.before is None
    found = [
        (step.node, step.position, step.contribution, step.before, step.total)
        for step in others
    ]
    assert found == [
        (triple.node, 1, 6.0, None, 6.0),
        (square.node, 0, 10.0, 6.0, 16.0),
        (square.node, 1, 10.0, 16.0, 26.0),
    ]
    assert {step.source for step in others} == {x.node}


def test_a_gradient_is_handed_on_when_it_is_complete():
    """Every step of an operation comes with the sum of all steps to its result."""
    x = parameter([1.0, 2.0])
    h = x * x
    y = (h * h + np.exp(h) * x).sum()
    totals = {}
    for step in steps_of(y):
        if step.node is not None:
            np.testing.assert_array_equal(step.gradient, totals[step.node])
        before = totals.get(step.source)
        assert (before is None) == (step.before is None)
        if before is not None:
            np.testing.assert_array_equal(step.before, before)
            np.testing.assert_array_equal(step.total, before + step.contribution)
        totals[step.source] = step.total
    y.backward()
    np.testing.assert_array_equal(totals[x.node], x.grad)


def test_only_what_is_needed_gets_a_gradient():
    x, w = parameter([1.0, 2.0]), parameter([3.0, 4.0])
    h = x * w
    y = h.sum()
    sources = [step.source for step in steps_of(y, needed={h.node, w.node})]
    assert sources == [y.node, h.node, w.node]
    assert [step.source for step in steps_of(y, needed=set())] == [y.node]


def test_contributions_have_the_shape_and_type_of_their_values():
    x, b = parameter(np.ones((2, 3))), tg.Tensor(2.0, True, dtype=np.float32)
    y = x * b
    seed = np.arange(6.0).reshape(2, 3)
    by_source = {step.source: step for step in steps_of(y, seed)}
    np.testing.assert_array_equal(by_source[x.node].contribution, 2.0 * seed)
    assert by_source[b.node].contribution.shape == ()
    assert by_source[b.node].contribution.dtype == np.float32
    assert by_source[b.node].contribution == 15.0


def test_a_recorded_pass_gives_tensors_of_the_same_graph():
    x = parameter(3.0)
    y = x**3
    graph = y.graph
    *_, last = backward(y, tg.Tensor(1.0), graph._requiring_gradient(), record=True)
    assert isinstance(last.total, tg.Tensor) and last.total.graph is y.graph
    last.total.backward()
    assert (float(last.total), float(x.grad)) == (27.0, 18.0)


def test_a_leaf_has_one_step():
    [seed] = backward(parameter(3.0), np.array(2.0), set())
    assert (seed.node, seed.total) == (None, 2.0)


def test_in_another_order_a_gradient_is_handed_on_too_early():
    """x → h → k → y and h → y: from h first, the way over k comes too late."""
    x = parameter(2.0)
    h = 3.0 * x
    k = 5.0 * h
    y = h + k
    right = [step.total for step in steps_of(y) if step.source == x.node]
    assert right == [18.0]
    order = [y.node, h.node, k.node]
    early = [step.total for step in steps_of(y, order=order) if step.source == x.node]
    assert early == [3.0]
    same = [y.node, k.node, h.node]
    assert [s.total for s in steps_of(y, order=same)] == [s.total for s in steps_of(y)]


def test_what_has_no_rule_gets_no_step():
    x = parameter([1.0, 2.0])
    chosen = tg.where(x > 1.5, x, 0.0)
    positions = [step.position for step in steps_of(chosen, [1.0, 1.0])[1:]]
    assert positions == [1]
    np.testing.assert_array_equal(tg.gradients(chosen.sum(), [x])[0], [0.0, 1.0])


@pytest.mark.parametrize("shape", [(), (3,), (2, 0)])
def test_a_seed_goes_through_unchanged(shape):
    x = parameter(np.ones(shape))
    seed = np.random.default_rng(0).normal(size=shape)
    *_, last = steps_of(x + 0.0, seed)
    np.testing.assert_array_equal(last.total, seed)
