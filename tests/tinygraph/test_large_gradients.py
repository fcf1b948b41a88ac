"""Gradients that a backward pass does not keep are there when somebody asks."""

import copy
import pickle

import numpy as np
import pytest

import tinygraph as tg
from tinygraph.keeping import LARGE

SIZE = LARGE // 8 + 1  # elements of float64


def graph_of(w, seed=1.0):
    """The graph of a pass through large values, to whose tensors nothing refers."""
    loss = ((w * 2.0).tanh() * w).sum() * seed
    loss.backward()
    return loss.graph


def node_of(graph, op):
    return next(node for node, found in graph.nodes(data="op") if found == op)


@pytest.fixture
def w():
    return tg.Tensor(np.linspace(-1, 1, SIZE), requires_grad=True, name="w")


def expected(w):
    """The gradient of tanh: w itself; and that of 2 w."""
    return w.data, w.data * (1 - np.tanh(2 * w.data) ** 2)


def test_nothing_keeps_them(w):
    graph = graph_of(w)
    assert {node_of(graph, "tanh"), node_of(graph, "multiply")} <= {*graph._tape.later}
    assert "grad" in [*graph.nodes[node_of(graph, "tanh")]]
    assert graph._tape.later  # to list the keys computes nothing


def test_they_are_computed_when_read(w):
    graph = graph_of(w)
    of_tanh, of_product = expected(w)
    np.testing.assert_array_equal(graph.nodes[node_of(graph, "tanh")]["grad"], of_tanh)
    assert not graph._tape.later  # one pass computes all of them
    product = graph.nodes[node_of(graph, "multiply")]["grad"]
    np.testing.assert_allclose(product, of_product, rtol=1e-12)


def test_that_of_a_tensor_is_kept(w):
    h = w * 2.0
    h.tanh().sum().backward()
    assert h.node not in h.graph._tape.later
    np.testing.assert_allclose(h.grad, 1 - np.tanh(2 * w.data) ** 2, rtol=1e-12)


def test_reading_one_leaves_those_of_leaves(w):
    graph = graph_of(w)
    before = w.grad.copy()
    assert graph.nodes[node_of(graph, "tanh")]["grad"] is not None
    np.testing.assert_array_equal(w.grad, before)


def test_the_last_pass_counts(w):
    shared = (w * 2.0).tanh()
    one, other = shared.sum(), (shared * 3.0).sum()
    graph, node = other.graph, shared.node
    del shared
    one.backward()
    other.backward()
    np.testing.assert_array_equal(graph.nodes[node]["grad"], np.full(SIZE, 3.0))
    one.backward()
    np.testing.assert_array_equal(graph.nodes[node]["grad"], np.ones(SIZE))


def test_new_data_does_not_change_them(w):
    graph, (of_tanh, _) = graph_of(w), expected(w)
    of_tanh = of_tanh.copy()
    w.data = np.zeros(SIZE)
    np.testing.assert_array_equal(graph.nodes[node_of(graph, "tanh")]["grad"], of_tanh)


def test_a_seed_is_remembered(w):
    y = (w * 2.0).tanh() * w
    seed = np.arange(SIZE, dtype=float)
    y.backward(seed)
    node = node_of(y.graph, "tanh")
    np.testing.assert_array_equal(y.graph.nodes[node]["grad"], w.data * seed)


def test_after_graphs_have_met(w):
    one = (w * 2.0).tanh().sum()
    one.backward()
    node = node_of(one.graph, "tanh")
    longer = tg.Tensor(2.0, requires_grad=True)
    for _ in range(5):
        longer = longer.tanh()  # the smaller graph moves
    other = one * longer
    np.testing.assert_array_equal(other.graph.nodes[node]["grad"], np.ones(SIZE))


@pytest.mark.parametrize(
    "again", [copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g))]
)
def test_copies_and_pickles_have_them(w, again):
    graph = again(graph_of(w))
    of_tanh, _ = expected(w)
    np.testing.assert_array_equal(graph.nodes[node_of(graph, "tanh")]["grad"], of_tanh)


def test_a_gradient_that_is_given_replaces_one(w):
    graph = graph_of(w)
    node = node_of(graph, "tanh")
    h = tg.Tensor._result(graph.nodes[node]["value"], graph, node)
    h.grad = np.zeros(SIZE)
    assert not h.grad.any()
    h.grad = None
    assert "grad" not in graph.nodes[node]


def test_a_picture_shows_them(w):
    pictures = [tg.draw(graph).source for graph in (graph_of(w), graph_of_held(w))]
    counts = [picture.count(">norm ") for picture in pictures]
    assert counts[0] == counts[1] == 4  # of w and of three values


def graph_of_held(w):
    """The same graph while all its tensors are alive."""
    double = w * 2.0
    h = double.tanh()
    product = h * w
    loss = product.sum() * 1.0
    loss.backward()
    assert not loss.graph._tape.later
    return loss.graph
