"""What a trace says, step by step, against the gradients that nobody traced."""

from collections import Counter

import networkx as nx
import numpy as np
import pytest
from cases import CASES, for_each
from hypothesis import given
from leaves import parameter
from losses import quartic
from recipes import performed, recipes

import tinygraph as tg
from tinygraph.tracing.layout import sheet_of
from tinygraph.tracing.page.mathml import mathml


@given(recipes())
def test_steps_of_a_random_graph(recipe):
    *_, output = performed(recipe, [0.5, -1.5, 0.75])
    graph = output.graph
    trace = tg.trace(output)
    sums, arrived = {}, Counter()
    for step in trace:
        before = sums.get(step.source)
        assert (step.before is None) == (before is None)
        sums[step.source] = step.contribution + (0 if before is None else before)
        arrived[step.source] += 1
        assert step.total == sums[step.source]
        assert step.arrived == arrived[step.source] <= step.expected
        assert not step.early
    assert all(step.expected == arrived[step.source] for step in trace)
    reached = nx.ancestors(graph, output.node) | {output.node}
    uses = [use for use in graph.edges(keys=True) if use[1] in reached]
    assert len(trace) == 1 + len(uses)
    assert {(s.source, s.node, s.position) for s in trace[1:]} == set(uses)
    processed = list(dict.fromkeys(step.node for step in trace[1:]))
    sub = nx.MultiDiGraph(graph.edges(keys=True)).reverse().subgraph(processed)
    order = {node: place for place, node in enumerate(processed)}
    assert all(order[user] < order[made] for user, made in sub.edges())
    output.backward()
    for node, gradient in trace.gradients.items():
        assert gradient == graph.nodes[node]["grad"]


@for_each(CASES)
def test_every_operation_can_be_traced(case):
    inputs = [parameter(array) for array in case.arrays()]
    output = case.call(*inputs)
    seed = case.rng().normal(size=output.shape)
    trace = tg.trace(output, seed=seed)
    assert all(x.grad is None for x in inputs)
    output.backward(seed)
    for x in inputs:
        if x.grad is not None:
            found = [trace.gradients[node] for node in output.graph._versions_of(x)]
            assert np.array_equal(sum(found), x.grad, equal_nan=True)
    for step in trace.steps[1:]:
        assert mathml(step.formula).startswith("<math")
        if step.plugged is not None:
            assert mathml(step.plugged).startswith("<math")
        if step.local is not None:
            assert np.allclose(step.local * step.gradient, step.contribution)
    assert trace.to_json() and str(trace)


def test_a_trace_is_a_sequence_of_steps():
    _, _, loss = quartic()
    trace = tg.trace(loss)
    assert list(trace) == trace.steps
    assert trace[0].operation == "seed"
    assert trace[0].total == 1.0
    assert trace[-1] is trace.steps[-1]
    assert trace[1:3] == trace.steps[1:3]
    assert [step.number for step in trace] == list(range(len(trace)))


def test_tracing_changes_nothing():
    x, h, loss = quartic()
    loss.backward()
    before = x.grad.copy(), h.grad.copy()
    optimizer = tg.optimize.SGD([x], lr=0.1, momentum=0.9)
    trace = tg.trace(loss, seed=3.0, optimizer=optimizer)
    tg.trace(loss, order="depth_first")
    assert np.array_equal(x.grad, before[0])
    assert np.array_equal(h.grad, before[1])
    assert x.data.tolist() == [3.0, -1.0]
    assert optimizer.steps == 0
    assert optimizer.memory == {"velocity": [None]}
    with pytest.raises(ValueError, match="read-only"):
        trace[0].total[...] = 7.0


def test_the_forward_pass_is_a_chapter():
    *_, loss = quartic()
    trace = tg.trace(loss)
    assert [step.node for step in trace.forward] == list(loss.graph.nodes)
    values = dict(loss.graph.nodes(data="value"))
    assert all(step.value is values[step.node] for step in trace.forward)
    assert trace.timeline == [*trace.forward, *trace.steps]


def test_a_leaf_alone():
    x = parameter(2.0, "x")
    trace = tg.trace(x)
    assert len(trace) == 1
    assert trace.gradients == {x.node: 1.0}


def test_layers_are_closed_one_depth_at_a_time(monkeypatch):
    x = parameter(0.5, "x")
    with tg.scope("a"), tg.scope("b"):
        y = x * x
        with tg.scope("c"):
            z = y * y * y
    record = tg.trace(z + z)
    boxes = [len(sheet_of(record, depth).boxes) for depth in (0, 1, 2, 9)]
    assert boxes == sorted(boxes) and len(set(boxes)) > 2
    for most in boxes[1:]:
        monkeypatch.setattr("tinygraph.tracing.layout.MOST_BOXES", most)
        assert len(sheet_of(record, None).boxes) == most
