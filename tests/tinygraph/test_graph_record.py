"""The recorded graph: what networkx sees, what the backward pass makes of it."""

import networkx as nx
import pytest
from hypothesis import given
from leaves import parameter
from recipes import OPERATIONS, performed, recipes

import tinygraph as tg


def over_paths(recipe, values, source, place):
    """∂(value at place)/∂(value at source), as the sum over all paths between them."""
    if place == source:
        return 1.0
    leaves, operations = recipe
    if place < leaves:
        return 0.0
    name, first, second = operations[place - leaves]
    slopes = OPERATIONS[name][1](float(values[first]), float(values[second]))
    return sum(
        slope * over_paths(recipe, values, source, argument)
        for slope, argument in zip(slopes, (first, second), strict=True)
    )


@given(recipes())
def test_random_graph(recipe):
    values = performed(recipe, [0.5, -1.5, 0.75])
    output = values[-1]
    graph = output.graph
    assert isinstance(graph, nx.MultiDiGraph)
    assert nx.is_directed_acyclic_graph(graph)
    order = {node: place for place, node in enumerate(graph.topological_order())}
    assert list(order) == list(graph.nodes)
    for source, target, _ in graph.edges(keys=True):
        assert order[source] < order[target]
    for node in graph:
        entering = sorted((key, s) for s, _, key in graph.in_edges(node, keys=True))
        assert entering == list(enumerate(graph.at(node).inputs))
    output.backward()
    for place, value in enumerate(values):
        if value.node in nx.ancestors(graph, output.node):
            slope = over_paths(recipe, values, place, len(values) - 1)
            assert float(value.grad) == pytest.approx(slope, rel=1e-12, abs=1e-12)


@given(recipes())
def test_any_topological_order_computes_the_same(recipe):
    graph = performed(recipe, [0.5, -1.5, 0.75])[-1].graph
    results = {}
    for node in nx.lexicographical_topological_sort(graph, key=lambda node: -node):
        primitive = graph.nodes[node]["primitive"]
        arguments = [results[source] for source, _ in graph.edges_into(node)]
        own = graph.nodes[node]["value"]
        results[node] = primitive(*arguments) if primitive else own
        assert results[node] == own


def test_two_uses_are_two_edges():
    x = parameter(3.0)
    y = x * x
    assert y.graph.number_of_edges() == 2
    assert sorted(y.graph[x.node][y.node]) == [0, 1]
    y.backward()
    assert x.grad == 6.0


def test_a_value_is_propagated_once_and_complete():
    x = parameter(1.0)
    y = 3 * x
    (2 * y + 5 * y).backward()
    assert y.grad == 7.0
    assert x.grad == 21.0


def test_diamond():
    x = parameter(2.0)
    left, right = x * 3.0, x * x
    ((left * right) + left).backward()
    assert x.grad == 3 * 3 * 2.0**2 + 3.0


def test_equal_constants_stay_two_nodes():
    x = parameter(1.0)
    y = x * 2.0 + x * 2.0
    roles = [op for _, op in y.graph.nodes(data="op")]
    assert roles.count("constant") == 2
    y.backward()
    for _, attributes in y.graph.nodes(data=True):
        assert attributes["op"] != "constant" or attributes.get("grad") is None
    assert x.grad == 4.0


def test_graphs_that_meet_become_one():
    x, y = parameter(2.0), parameter(3.0)
    a, b = x * x, y * y * y
    assert a.graph is not b.graph
    c = a * b
    assert a.graph is b.graph is c.graph
    assert nx.is_directed_acyclic_graph(c.graph)
    c.backward()
    assert x.grad == 4.0 * 27.0
    assert y.grad == 4.0 * 27.0
    assert a.grad == 27.0


def test_graphs_that_share_a_leaf_meet():
    x = parameter(2.0)
    branches = [x**n for n in range(1, 6)]
    total = branches[0]
    for branch in branches[1:]:
        total = total + branch
    total.backward()
    assert x.grad == sum(n * 2.0 ** (n - 1) for n in range(1, 6))
    assert sum(node == x.node for node in total.graph.nodes) == 1


def test_new_data_is_a_new_value():
    w = parameter(2.0, "w")
    before = w * w
    w.data = 5.0
    after = before * w
    after.backward()
    assert float(before) == 4.0
    assert float(after) == 20.0
    assert w.grad == 2 * 2.0 * 5.0 + 4.0
    roles = [op for _, op in after.graph.nodes(data="op")]
    assert roles.count("parameter") == 2


def test_old_graph_keeps_the_old_value():
    w = parameter([1.0, 2.0])
    loss = (w * w).sum()
    w.data = [10.0, 20.0]
    loss.backward()
    assert w.grad.tolist() == [2.0, 4.0]
    assert w.tolist() == [10.0, 20.0]


def test_a_node_is_a_mapping():
    x = parameter(3.0)
    y = x * x
    row = y.graph.nodes[x.node]
    before = [*row]
    assert len(row) == len(dict(row)) == len(before) and "grad" not in before
    y.backward()
    row["colour"] = "red"
    assert {*row} - {*before} == {"grad", "colour"}
    assert len(row) == len(before) + 2
    x.name = "weight"
    assert repr(row) == "<parameter weight ()>"
    assert repr(y.graph.nodes[y.node]) == "<multiply  ()>"


def test_leaves_add_up_and_results_do_not():
    x = parameter(3.0)
    y = x * x
    z = y * 2.0
    z.backward()
    z.backward()
    assert x.grad == 24.0
    assert y.grad == 2.0
    x.zero_grad()
    assert x.grad is None
    z.backward()
    assert x.grad == 12.0


def test_gradients_leave_grad_alone():
    x = parameter(3.0)
    y = x * x
    assert tg.gradients(y, [x, y]) == [6.0, 1.0]
    assert x.grad is None
    assert y.grad is None


def test_deep_chain_does_not_recurse():
    x = parameter(1.0)
    y = x
    for _ in range(100_000):
        y = y + 0.5
    y.backward()
    assert x.grad == 1.0
    assert float(y) == 50_001.0


def test_sixty_doublings():
    x = parameter(1.0)
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad == 2.0**60
