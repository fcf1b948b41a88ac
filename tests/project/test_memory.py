"""Nothing outlives its use, with the cyclic garbage collector switched off."""

import gc
import tracemalloc
import weakref

import networkx as nx
import numpy as np
import pytest

import tinygraph as tg


@pytest.fixture(autouse=True)
def without_collector():
    """What dies in these tests dies because nothing refers to it.

    What was there before stays, so that nobody looks through it for each test.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    yield
    gc.enable()


def watch(output):
    """Weak references to every array that a graph holds, and to the graph itself."""
    graph = output.graph
    values = [value for _, value in graph.nodes(data="value")]
    grads = [grad for _, grad in graph.nodes(data="grad")]
    arrays = [array for array in values + grads if isinstance(array, np.ndarray)]
    return [weakref.ref(array) for array in arrays] + [weakref.ref(graph)]


def parameters():
    rng = np.random.default_rng(0)
    shapes = ((3, 2, 3, 3), (3,), (4, 12))
    return [tg.Tensor(rng.normal(size=s), requires_grad=True) for s in shapes]


def loss_of(w, b, v):
    x = np.random.default_rng(1).normal(size=(2, 2, 6, 6))
    h = tg.max_pool2d(tg.relu(tg.conv2d(x, w, b)), 2)
    return tg.mse(tg.softmax(tg.linear(h.reshape(2, -1), v)), np.eye(4)[:2])


def alive(references, *kept):
    """How many of these still live, but for the data and gradients of `kept`."""
    ours = {id(array) for w in kept for array in (w._data, w.grad)}
    return sum(r() is not None and id(r()) not in ours for r in references)


def test_after_a_backward_pass():
    weights = parameters()
    loss = loss_of(*weights)
    loss.backward()
    references = watch(loss)
    assert alive(references, *weights) > 10
    del loss
    assert alive(references, *weights) == 0


def test_after_training_steps():
    weights = parameters()
    optimizer = tg.optimize.SGD(weights, 0.1, momentum=0.9)
    references = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = loss_of(*weights)
        loss.backward()
        optimizer.step()
        references += watch(loss)
    optimizer.zero_grad()
    del loss
    held = {id(v) for v in optimizer.memory["velocity"]}
    left = [r for r in references if id(r()) not in held]
    assert alive(left, *weights) == 0


def test_an_intermediate_result_keeps_the_graph_and_no_longer():
    weights = parameters()
    h = weights[0] * 2.0
    loss = (h * h).sum()
    references = watch(loss)
    del loss
    assert alive(references, *weights) > 0
    del h
    assert alive(references, *weights) == 0


def test_after_an_exception_in_an_operation():
    w = parameters()[0]
    y = w * 2.0
    references = watch(y)
    with pytest.raises(tg.ShapeError):
        (y + 1.0) @ np.ones((7, 7))
    del y
    assert alive(references, w) == 0


def test_after_an_exception_in_a_backward_pass():
    @tg.primitive
    def broken(x):
        return x * 1.0

    def fail(g, y, x):
        raise KeyError("planted")

    broken.vjp(fail)
    w = parameters()[0]
    loss = broken(w * 2.0).sum()
    references = watch(loss)
    with pytest.raises(KeyError):
        loss.backward()
    del loss
    assert alive(references, w) == 0


READINGS = {
    "edges": lambda graph: list(graph.edges(keys=True)),
    "in_edges": lambda graph: list(graph.in_edges),
    "out_edges": lambda graph: list(graph.out_edges),
    "degree": lambda graph: dict(graph.degree),
    "in_degree": lambda graph: dict(graph.in_degree),
    "out_degree": lambda graph: dict(graph.out_degree),
    "nodes": lambda graph: dict(graph.nodes(data=True)),
    "adjacency": lambda graph: list(graph.adj.items()),
    "predecessors": lambda graph: [list(graph.pred[node]) for node in graph],
    "successors": lambda graph: [list(graph.succ[node]) for node in graph],
    "topological_sort": lambda graph: list(nx.topological_sort(graph)),
    "longest_path": nx.dag_longest_path_length,
    "ancestors": lambda graph: [nx.ancestors(graph, node) for node in graph],
    "to_json": lambda graph: graph.to_json(),
    "summary": lambda graph: graph.summary(),
    "run": lambda graph: graph.run({}),
    "copy": lambda graph: nx.MultiDiGraph(graph.edges),
}


@pytest.mark.parametrize("read", READINGS.values(), ids=READINGS.keys())
def test_after_reading_the_graph(read):
    w = parameters()[0]
    loss = (w * w + w).sum()
    loss.backward()
    read(loss.graph)
    references = watch(loss)
    del loss
    assert alive(references, w) == 0


@pytest.mark.parametrize("order", ["topological", "depth_first"])
def test_after_a_trace(order):
    w = parameters()[0]
    loss = (w * w + w).sum()
    trace = tg.trace(loss, order=order, lr=0.1)
    assert str(trace) and trace.wrong is not None and trace.to_json()
    references = watch(loss)
    del loss
    assert alive(references, w) > 0
    del trace
    assert alive(references, w) == 0


def test_after_second_derivatives():
    w = parameters()[0]
    loss = (w * w * w).sum()
    [slope] = tg.gradients(loss, [w], record=True)
    tg.gradients(slope.sum(), [w])
    references = watch(slope)
    del loss, slope
    assert alive(references, w) == 0


def test_after_graphs_have_met():
    first, second = parameters()[:2]
    a, b = first * 2.0, second * 3.0
    references = watch(a) + watch(b)
    c = a.sum() + b.sum()
    references += watch(c)
    del a, b, c
    assert alive(references, first, second) == 0


def bytes_in_arrays():
    """What NumPy holds for the elements of arrays, without the interpreter's own."""
    arrays = tracemalloc.DomainFilter(True, np.lib.tracemalloc_domain)
    snapshot = tracemalloc.take_snapshot().filter_traces([arrays])
    return sum(trace.size for trace in snapshot.traces)


def test_memory_stays_flat():
    weights = parameters()
    optimizer = tg.optimize.SGD(weights, 0.01, momentum=0.9)

    def steps(count):
        for _ in range(count):
            optimizer.zero_grad()
            loss_of(*weights).backward()
            optimizer.step()

    tracemalloc.start()
    try:
        steps(5)
        before = bytes_in_arrays()
        steps(200)
        assert bytes_in_arrays() == before > 0
    finally:
        tracemalloc.stop()


def test_a_cycle_would_be_seen():
    w = parameters()[0]
    loss = (w * w).sum()
    loss.graph.graph["myself"] = loss
    references = watch(loss)
    del loss
    assert alive(references, w) > 0
    gc.collect()
    assert alive(references, w) == 0
