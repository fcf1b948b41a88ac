"""A recording keeps no large arrays: its graph has their shapes."""

import json

import numpy as np
import pytest
from peaks import peak

import tinygraph as tg
from tinygraph.replaying.nodes import LARGE

SIZE = LARGE // 8 + 1  # elements of float64
ROWS = 12 * SIZE  # of a batch


def deep(w, x):
    """Many large values, of which few are alive at a time."""
    h = x * w
    for _ in range(10):
        h = np.tanh(h) + 0.5
    return (h * h).mean()


def training():
    """A step, and the leaf and optimizer that it changes."""
    w = tg.Tensor(np.ones(ROWS), requires_grad=True, name="w")
    optimizer = tg.optimize.SGD([w], lr=0.1, momentum=0.9)

    def step(x):
        optimizer.zero_grad()
        loss = deep(w, x)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step, w


@pytest.fixture
def x():
    return tg.Tensor(np.linspace(-1, 1, ROWS), name="x")


def test_the_graph_has_shapes_instead_of_large_arrays(x):
    step = tg.replay(training()[0])
    step(x)
    tanh = [n for n, op in step.graph.nodes(data="op") if op == "tanh"]
    assert len(tanh) == 10
    for node in tanh:
        at = step.graph.nodes[node]
        assert at["value"] is None
        assert at["shape"] == (ROWS,)
        assert at["dtype"] == np.dtype(float)
    arrays = [value for _, value in step.graph.nodes(data="value")]
    assert sum(np.asarray(a).nbytes for a in arrays if a is not None) < LARGE


def test_the_graph_is_drawn_saved_and_listed(x):
    step = tg.replay(training()[0])
    step(x)
    assert tg.draw(step.graph).source.count(f">{ROWS}<") > 20
    assert str(ROWS) in step.graph.summary()
    nodes = json.loads(step.graph.to_json())["nodes"]
    assert [ROWS] in [node["shape"] for node in nodes]
    assert len(step.graph.copy()) == len(step.graph)


def test_the_graph_is_run_with_values_that_it_does_not_have(x):
    w = tg.Tensor(np.ones(ROWS), requires_grad=True, name="w")
    step = tg.replay(lambda x: np.tanh(w * x).sum())
    step(x)
    result = step.graph.run({"w": w.data, "x": x.data})
    assert result == np.tanh(x.data).sum()
    with pytest.raises(tg.GraphError, match="has no value: give it one in `values`"):
        step.graph.run({"w": w.data})


def test_memory(x):
    """A recording needs what a step needs; a replay less, and neither keeps arrays."""
    plain, (step, _) = training()[0], training()
    step = tg.replay(step)
    of_step, of_recording = peak(lambda: plain(x)), peak(lambda: step(x))
    assert of_recording < 1.4 * of_step
    assert peak(lambda: step(x)) < 0.8 * of_step


def test_a_gradient_that_is_read_is_replayed(x):
    w = tg.Tensor(np.ones(ROWS), requires_grad=True)

    def read(x):
        w.zero_grad()
        h = np.tanh(w * x)
        (h * h).sum().backward()
        return h.grad * 1.0

    step = tg.replay(read)
    expected = read(x)
    assert [np.array_equal(step(x), expected) for _ in range(2)] == [True, True]
    assert step.plans
