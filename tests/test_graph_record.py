"""The recorded graph: what networkx sees, what the backward pass makes of it."""

import json
import math
import sys
import threading

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from recipes import OPERATIONS, performed, recipes

import tinygraph as tg


def parameter(value, name=None):
    return tg.Tensor(value, requires_grad=True, name=name)


# Random graphs -----------------------------------------------------------------------


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
    for node, inputs in graph.nodes(data="inputs"):
        entering = sorted((key, s) for s, _, key in graph.in_edges(node, keys=True))
        assert entering == list(enumerate(inputs))
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
        arguments = [results[source] for source in graph.nodes[node]["inputs"]]
        own = graph.nodes[node]["value"]
        results[node] = primitive(*arguments) if primitive else own
        assert results[node] == own


# Shapes of graphs --------------------------------------------------------------------


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


# What is computed, and what is not ---------------------------------------------------


def spied_product():
    """A product that notes which of its VJPs ran."""
    ran = []

    @tg.primitive
    def product(x, y):
        return x * y

    product.vjp(
        lambda g, z, x, y: ran.append("x") or g * y,
        lambda g, z, x, y: ran.append("y") or g * x,
    )
    return product, ran


def test_nobody_computes_what_nobody_needs():
    product, ran = spied_product()
    x, w = tg.Tensor(2.0), parameter(3.0)
    product(product(x, 4.0), w).backward()
    assert ran == ["y"]
    ran.clear()
    a, b = parameter(2.0), parameter(3.0)
    inner = product(a, 5.0)
    tg.gradients(product(inner, b), [b])
    assert ran == ["y"]


def test_no_grad_records_nothing():
    x = parameter(2.0)
    with tg.no_grad():
        y = x * x
    assert not y.requires_grad
    assert y.graph is None
    assert (x * y).requires_grad


def test_modes_are_restored():
    x = parameter(2.0)
    with tg.scope("net"):
        with pytest.raises(KeyError), tg.scope("layer"), tg.no_grad():
            raise KeyError
        with tg.scope("conv1"):
            y = x * x
        z = y * 2.0
    last = z + 1.0
    scopes = [last.graph.nodes[value.node]["scope"] for value in (y, z, last)]
    assert scopes == ["net/conv1", "net", ""]
    with tg.no_grad():
        with tg.no_grad():
            pass
        assert not (x * x).requires_grad
    assert (x * x).requires_grad


def test_modes_belong_to_one_thread():
    x, found = parameter(2.0), []
    with tg.no_grad(), tg.scope("here"):
        thread = threading.Thread(target=lambda: found.append(x * x))
        thread.start()
        thread.join()
    assert found[0].requires_grad
    assert found[0].graph.nodes[found[0].node]["scope"] == ""


# Running again, and writing down -----------------------------------------------------


def small_net():
    x = tg.Tensor([[1.0, -2.0]], name="x")
    w = parameter([[0.5, 1.0], [2.0, -1.0]], "w")
    with tg.scope("layer"):
        h = tg.relu(x @ w)
    y = (h * h).sum()
    y.name = "y"
    return x, w, h, y


def test_run_again():
    x, w, h, y = small_net()
    new = np.array([[3.0, 1.0]])
    expected = (np.maximum(new @ w.data, 0) ** 2).sum()
    for key in (x, "x", x.node):
        assert y.graph.run({key: new}) == expected
    assert y.graph.run({}) == float(y)
    assert y.graph.run({h: [[1.0, 2.0]]}) == 5.0
    twice = y.graph.run({"w": 2.0 * w.data}, output=h)
    np.testing.assert_array_equal(twice, 2.0 * h.data)
    assert y.graph.nodes[x.node]["value"].tolist() == [[1.0, -2.0]]


def test_json_reads_back():
    *_, y = small_net()
    y.backward()
    there = nx.node_link_graph(json.loads(y.graph.to_json()), edges="edges")
    assert there.is_multigraph()
    assert there.is_directed()
    assert list(there.nodes) == list(range(len(y.graph)))
    assert nx.is_isomorphic(there, nx.MultiDiGraph(y.graph.edges))
    by_name = {at["name"]: at for _, at in there.nodes(data=True)}
    assert by_name["x"]["value"] == [[1.0, -2.0]]
    assert by_name["y"]["grad"] == 1.0
    assert by_name["w"]["shape"] == [2, 2]


def test_graphml_reads_back(tmp_path):
    *_, y = small_net()
    y.backward()
    path = tmp_path / "net.graphml"
    y.graph.save(path)
    there = nx.read_graphml(path, node_type=int)
    assert len(there) == len(y.graph)
    assert there.number_of_edges() == y.graph.number_of_edges()
    operations = [at["op"] for _, at in there.nodes(data=True)]
    assert operations == [op for _, op in y.graph.nodes(data="op")]
    y.graph.save(tmp_path / "net.json")
    assert (tmp_path / "net.json").read_text() == y.graph.to_json()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net.graphml", "net.json"]


def test_saving_elsewhere_fails_with_words(tmp_path):
    *_, y = small_net()
    with pytest.raises(tg.GraphError, match=r"\.txt"):
        y.graph.save(tmp_path / "net.txt")
    with pytest.raises(tg.FileError, match="nowhere"):
        y.graph.save(tmp_path / "nowhere" / "net.json")


def test_json_of_what_is_no_number():
    x = parameter([1.0, math.nan, math.inf])
    large = parameter(np.full(100, -math.inf))
    y = (x * 2.0).sum() + (large + 0.0).sum()
    text = y.graph.to_json()

    def refuse(word):
        raise AssertionError(word)

    read = json.loads(text, parse_constant=refuse)
    values = [node["value"] for node in read["nodes"]]
    assert [1.0, "nan", "inf"] in values
    assert "nan" in values
    ranges = [value for value in values if isinstance(value, dict)]
    assert ranges[0]["min"] == ranges[0]["max"] == "-inf"


def test_summary():
    *_, y = small_net()
    y.backward()
    lines = y.graph.summary().splitlines()
    assert len(lines) == 1 + len(y.graph)
    assert lines[0].split()[:4] == ["node", "op", "name", "scope"]
    relu = next(line for line in lines if "relu" in line)
    assert "layer" in relu
    assert "1x2" in relu
    assert "float64" in relu


# Threads -----------------------------------------------------------------------------


def in_threads(work, count=8):
    """Run work(0), work(1), ... at once, and hand on what goes wrong."""
    failures = []

    def guarded(number):
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=guarded, args=(n,)) for n in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    if failures:
        raise failures[0]


def test_threads_share_parameters():
    w = parameter([1.0, 2.0, 3.0])

    def work(number):
        for step in range(100):
            factor = float(number * 100 + step)
            loss = (w * w * factor).sum()
            [found] = tg.gradients(loss, [w])
            assert found.tolist() == [2 * factor, 4 * factor, 6 * factor]

    in_threads(work)
    assert w.grad is None


def test_threads_add_to_one_gradient():
    w = parameter([1.0, 2.0])

    def work(number):
        for _ in range(100):
            (w * float(number + 1)).sum().backward()

    in_threads(work)
    assert w.grad.tolist() == [100.0 * 36, 100.0 * 36]


def test_run_finds_a_parameter_that_was_moved_since():
    w = tg.Tensor([1.0, 2.0], requires_grad=True)
    loss = (w * w).sum()
    loss.backward()
    tg.optimize.SGD([w], lr=0.1).step()
    assert loss.graph.run({w: [3.0, 4.0]}) == 25.0
    assert loss.graph.run({w: w.data}) == pytest.approx(0.8**2 + 1.6**2)
