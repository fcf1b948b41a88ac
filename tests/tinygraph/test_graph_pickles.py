"""Pickles and deep copies of results, leaves and graphs lose nothing in silence."""

import copy
import gc
import multiprocessing
import pickle
import weakref

import networkx as nx
import numpy as np
import pytest
from leaves import parameter

import tinygraph as tg

WAYS = {
    "deepcopy": copy.deepcopy,
    **{
        f"pickle {protocol}": lambda thing, protocol=protocol: pickle.loads(
            pickle.dumps(thing, protocol)
        )
        for protocol in (0, 2, pickle.HIGHEST_PROTOCOL)
    },
}
every_way = pytest.mark.parametrize("again", WAYS.values(), ids=WAYS.keys())


@tg.primitive
def doubled(x, *, words=()):
    return x * 2.0


doubled.vjp(lambda g, y, x, words: g * 2.0, r"2 \bar{y}")


def network():
    x = tg.Tensor(np.arange(6.0).reshape(2, 3), name="x")
    w = parameter(np.linspace(-1.0, 1.0, 12).reshape(3, 4), "w")
    with tg.scope("layer"):
        h = tg.relu(x @ w)
    loss = (doubled(h, words=("a", "b"))[:, 1:3] * 0.5).sum()
    loss.name = "loss"
    return w, h, loss


@every_way
def test_a_result_keeps_its_graph(again):
    w, h, loss = network()
    loss.backward()
    loss.graph.nodes[h.node]["mark"] = [1, 2]
    loss.graph.edges[w.node, next(iter(loss.graph.succ[w.node])), 1]["ink"] = "blue"
    loss.graph.graph["title"] = "a net"
    other = again(loss)
    assert (other.name, other.dtype, float(other)) == ("loss", loss.dtype, float(loss))
    assert other.graph.to_json() == loss.graph.to_json()
    pictures = [tg.draw(made, variables=False) for made in (other, loss)]
    assert pictures[0].source == pictures[1].source
    assert other.graph._is_recorded
    assert set(other.graph).isdisjoint(loss.graph)
    before = w.grad.copy()
    other.backward()
    assert w.grad.tolist() == before.tolist()
    for _, value in other.graph.nodes(data="value"):
        if isinstance(value, np.ndarray):
            with pytest.raises(ValueError, match="read-only"):
                value[...] = 0.0


@every_way
def test_leaves_stay_those_of_the_graph(again):
    w, h, loss = network()
    there_loss, there_w, there_h = again((loss, w, h))
    assert there_h.graph is there_loss.graph
    assert there_w.node in there_loss.graph
    there_loss.backward()
    loss.backward()
    assert there_w.grad.tolist() == w.grad.tolist()
    assert there_h.grad.tolist() == h.grad.tolist()
    there_w.data = np.zeros((3, 4))
    assert again((there_loss, there_w))[0].graph.run({}) == float(loss)


@every_way
def test_a_copy_and_the_original_meet(again):
    w, _, loss = network()
    there_w, there = again((w, loss))
    (there * loss).backward()
    assert w.grad.tolist() == there_w.grad.tolist()
    half = w.grad
    w.zero_grad()
    (loss * loss).backward()
    assert w.grad.tolist() == (2.0 * half).tolist()


@every_way
def test_a_leaf_is_carried_without_its_gradient(again):
    w = tg.Tensor([1, 2], name="w", dtype=np.float32, requires_grad=True)
    (w * w).sum().backward()
    other = again([w, w])
    assert other[0] is other[1]
    assert other[0].data.dtype == np.float32
    assert (other[0].name, other[0].requires_grad, other[0].grad) == ("w", True, None)
    result = again(tg.Tensor([3]) * 2)
    assert (result.graph, result.tolist(), result.dtype) == (None, [6], np.dtype(int))


@every_way
def test_versions_of_a_leaf(again):
    w = parameter(2.0, "w")
    before = w * w
    w.data = 5.0
    there, after = again((w, before * w))
    after.backward()
    assert there.grad == 2 * 2.0 * 5.0 + 4.0
    assert float(there) == 5.0


@every_way
def test_graphs_of_every_kind(again):
    _, h, loss = network()
    graph = loss.graph
    changed = graph.copy()
    changed.remove_node(h.node)
    changed.nodes[loss.node]["mark"] = "kept"
    part = graph.subgraph([h.node, loss.node])
    for original in (graph, changed, part, graph.reverse(copy=False), tg.Graph()):
        there = again(original)
        assert type(there) is tg.Graph
        assert there.to_json() == original.to_json()
        assert there._is_recorded == original._is_recorded
    again(part).remove_node(h.node)
    small = parameter(1.0) * 1.0
    merged = small.graph
    (small + loss).sum()
    assert again(merged).to_json() == loss.graph.to_json()


def test_a_long_chain():
    y = x = parameter(1.0)
    for _ in range(20_000):
        y = y + 0.5
    there, other = pickle.loads(pickle.dumps((x, y)))
    other.backward()
    assert (float(other), there.grad) == (10_001.0, 1.0)


def test_a_shallow_copy_is_the_same_value():
    _, h, loss = network()
    other = copy.copy(h)
    assert (other.graph, other.node, other.requires_grad) == (h.graph, h.node, True)
    loss.backward()
    assert other.grad.tolist() == h.grad.tolist()
    changed = copy.copy(loss.graph)
    changed.remove_node(h.node)
    assert h.node in loss.graph


def test_an_operation_that_nobody_finds_again():
    @tg.primitive
    def local(x):
        return x * 1.0

    local.vjp(lambda g, y, x: g, r"\bar{y}")
    w = parameter([1.0, 2.0])
    y = local(w)
    with pytest.raises(tg.GraphError, match=r"local cannot be pickled.*y\.detach\(\)"):
        pickle.dumps(y)
    assert pickle.loads(pickle.dumps(y.detach())).tolist() == [1.0, 2.0]
    there, other = copy.deepcopy((w, y.sum()))
    other.backward()
    assert there.grad.tolist() == [1.0, 1.0]


def test_every_operation_is_found_again():
    for name in dir(tg):
        if isinstance(operation := getattr(tg, name), tg.Primitive):
            assert pickle.loads(pickle.dumps(operation)) is operation
            assert copy.deepcopy(operation) is operation


def test_a_graph_that_holds_its_own_tensor():
    y = parameter(3.0) * 2.0
    y.graph.graph["result"] = y
    there = pickle.loads(pickle.dumps(y))
    assert there.graph.graph["result"].graph is there.graph
    there = copy.deepcopy(y.graph)
    assert there.graph["result"].graph is there
    assert nx.is_directed_acyclic_graph(there)


def squared(x):
    y = x * x
    y.backward(x.data)
    return x, y


def test_tensors_go_to_another_process_and_back():
    x = parameter([1.0, 2.0], "x")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        there, y = pool.apply(squared, (x,))
    assert y.tolist() == [1.0, 4.0]
    assert y.graph.node_of(there) == y.graph.node_of("x")
    (y * 3.0).sum().backward()
    assert there.grad.tolist() == [6.0, 12.0]
    assert x.grad is None


@every_way
def test_nothing_outlives_its_copy(again):
    gc.collect()
    gc.disable()
    try:
        loss = network()[-1]
        other = again(loss)
        watched = [weakref.ref(loss.graph), weakref.ref(other.graph)]
        del loss, other
        assert [reference() for reference in watched] == [None, None]
    finally:
        gc.enable()


@pytest.mark.parametrize("made", [tg.trace, tg.profile], ids=["trace", "profile"])
def test_what_holds_nodes_by_number_is_refused(made):
    _, _, loss = network()
    thing = made(loss)
    assert copy.copy(thing) is copy.deepcopy(thing) is thing
    with pytest.raises(tg.GraphError, match="cannot be pickled"):
        pickle.dumps(thing)
