"""What one may ask a graph, and what becomes of two that meet."""

import networkx as nx
import pytest
from hypothesis import given
from leaves import parameter
from recipes import performed, recipes

import tinygraph as tg
from tinygraph.backward import tensor_reader
from tinygraph.merging import merged


def small():
    x, w = parameter(2.0, "x"), parameter(3.0, "w")
    h = x * w
    h.name = "h"
    y = h + x
    return x, w, h, y


def test_nodes_by_tensor_name_and_number():
    x, _, h, y = small()
    graph = y.graph
    assert isinstance(graph, tg.Graph)
    assert graph.node_of("x") == graph.node_of(x) == graph.node_of(x.node) == x.node
    assert graph.node_of("h") == h.node and graph.name_of(h.node) == "h"
    assert graph.name_of(y.node) is None
    for missing in ("nobody", -1, parameter(1.0), 2.5):
        with pytest.raises(tg.GraphError):
            graph.node_of(missing)


def test_of_two_with_one_name_the_last_is_meant():
    x = parameter(2.0, "x")
    y = x * x
    y.name = "x"
    assert y.graph.node_of("x") == y.node


def test_a_moved_parameter_is_found_where_it_was():
    w = parameter(2.0, "w")
    y = w * w
    before = w.node
    w.data = 5.0
    assert w.node != before
    assert y.graph.node_of(w) == before
    later = y * w
    assert later.graph.node_of(w) == w.node
    assert later.graph._versions_of(w) == [before, w.node]


@given(recipes())
def test_ancestors_are_those_of_networkx(recipe):
    graph = performed(recipe, [0.5, -1.5, 0.75])[-1].graph
    order = list(graph.nodes)
    for node in order:
        found = graph.ancestors_of(node)
        assert set(found) == nx.ancestors(graph, node) | {node}
        assert found == sorted(found, key=order.index)


@given(recipes())
def test_operations_are_what_has_inputs(recipe):
    graph = performed(recipe, [0.5, -1.5, 0.75])[-1].graph
    made = [node for node in graph.nodes if graph.in_degree(node)]
    assert graph._result_nodes() == made


def test_a_node_as_a_tensor_goes_on_in_the_same_graph():
    x, _, h, y = small()
    read = tensor_reader(y, y.graph)
    again = read(h.node)
    assert float(again) == 6.0 and again.graph is y.graph and again.node == h.node
    (again * again).backward()
    assert float(x.grad) == 2 * 6.0 * 3.0
    assert read(x.node).requires_grad
    number = parameter(1.0) + 2.0
    edges = number.graph.in_edges(number.node, keys=True)
    [constant] = (source for source, _, position in edges if position == 1)
    assert tensor_reader(number, number.graph)(constant) == 2.0


@pytest.mark.parametrize("longer", ["first", "second"])
def test_the_smaller_of_two_graphs_moves_into_the_larger(longer):
    a, b = parameter(2.0, "a"), parameter(5.0, "b")
    one, other = 3.0 * a, b * b
    if longer == "first":
        one = one + 1.0 + 2.0
    else:
        other = other * 1.0 * 1.0
    large = (one if longer == "first" else other).graph
    sizes = len(one.graph), len(other.graph)
    y = one * other
    assert y.graph is one.graph is other.graph is large
    assert len(y.graph) == sum(sizes) + 1
    y.backward()
    assert (float(a.grad), float(b.grad)) == (75.0, float(one) * 10.0)
    again = tg.Graph()
    assert merged(again, tg.Graph())._merged_into is None
