"""What networkx makes of a graph keeps everything, and its edges are the truth."""

import json
import re

import networkx as nx
import numpy as np
import pytest
from leaves import parameter
from together import together

import tinygraph as tg
from tinygraph.tape import Node


def convolved():
    """All roles, a scope, parameters of operations, gradients, a value used twice."""
    x = tg.Tensor(np.arange(36.0).reshape(1, 1, 6, 6), name="x")
    w = parameter(np.linspace(-1.0, 1.0, 18).reshape(2, 1, 3, 3), "w")
    with tg.scope("layer"):
        h = tg.relu(tg.conv2d(x, w, stride=2))
    y = (h * h * 0.5).sum()
    y.name = "y"
    y.backward()
    y.graph.nodes[w.node]["colour"] = "red"
    [convolution] = y.graph.succ[w.node]
    y.graph.edges[w.node, convolution, 1]["ink"] = 3
    y.graph.graph["title"] = "a net"
    return y


COPIES = {
    "copy": lambda graph: graph.copy(),
    "its class": lambda graph: tg.Graph(graph),
    "through networkx": lambda graph: tg.Graph(nx.MultiDiGraph(graph)),
    "a view": lambda graph: graph.copy(as_view=True),
    "all nodes, viewed": lambda graph: graph.subgraph(graph),
    "all nodes": lambda graph: graph.subgraph(graph).copy(),
    "all edges": lambda graph: graph.edge_subgraph(graph.edges).copy(),
    "a filter": lambda graph: nx.subgraph_view(graph),
    "nothing hidden": lambda graph: nx.restricted_view(graph, [], []),
    "names": lambda graph: nx.relabel_nodes(
        graph, {node: f"n{node}" for node in graph}
    ),
    "integers": nx.convert_node_labels_to_integers,
    "reversed twice": lambda graph: graph.reverse().reverse(),
    "views reversed": lambda graph: nx.reverse_view(graph.reverse(copy=False)),
    "composed": lambda graph: nx.compose(graph, tg.Graph()),
    "composed with itself": lambda graph: nx.compose(graph, graph),
    "composed of several": lambda graph: nx.compose_all([tg.Graph(), graph]),
    "united": lambda graph: nx.union(graph, tg.Graph()),
    "united apart": lambda graph: nx.disjoint_union(graph, tg.Graph()),
}


def added(graph):
    copy = tg.Graph(**graph.graph)
    for node, attributes in graph.nodes(data=True):
        copy.add_node(node, **attributes)
    copy.add_edges_from(graph.edges(keys=True, data=True))
    return copy


COPIES["node by node"] = added


@together("copied", COPIES.values(), ids=COPIES.keys())
def test_every_attribute_is_kept(copied):
    graph = convolved().graph
    copy = copied(graph)
    assert type(copy) is tg.Graph
    assert copy.number_of_edges() == graph.number_of_edges() == 8
    for (_, kept), (_, own) in zip(
        copy.nodes(data=True), graph.nodes(data=True), strict=True
    ):
        assert list(kept) == list(own)
        for key in own:
            assert kept[key] is own[key] or np.array_equal(kept[key], own[key]), key
    roles = [op for _, op in copy.nodes(data="op")]
    assert roles == [op for _, op in graph.nodes(data="op")]
    assert {"input", "parameter", "constant", "conv2d"} <= set(roles)
    assert tg.draw(copy).source == tg.draw(graph).source
    assert copy.summary() == graph.summary()
    assert copy.to_json() == graph.to_json()
    assert len(copy._result_nodes()) == len(graph._result_nodes()) == 5
    assert len(copy._requiring_gradient()) == len(graph._requiring_gradient()) == 6
    own_node = dict(zip(copy, graph, strict=True))
    for node in copy:
        ancestors = [own_node[n] for n in copy.ancestors_of(node)]
        assert ancestors == graph.ancestors_of(own_node[node])
    other = np.random.default_rng(0).normal(size=(1, 1, 6, 6))
    assert copy.run({"x": other}) == graph.run({"x": other}) != graph.run({})


def test_a_recorded_value_is_found_in_a_copy_whatever_its_nodes_are_called():
    y = convolved()
    copy = nx.disjoint_union(tg.Graph([(0, 1)]), y.graph)
    assert copy.node_of(y) == copy.node_of("y") == len(copy) - 1
    [x] = (
        t for _, t in y.graph.nodes(data="tensor") if t is not None and t.name == "x"
    )
    assert copy.nodes[copy.node_of(x)]["op"] == "input"
    with pytest.raises(tg.GraphError, match="no value"):
        copy.node_of(y * 1.0)


CHANGES = {
    "add_node": lambda graph, a, b: graph.add_node("new"),
    "add_nodes_from": lambda graph, a, b: graph.add_nodes_from("ab"),
    "add_edge": lambda graph, a, b: graph.add_edge(a, b),
    "add_edges_from": lambda graph, a, b: graph.add_edges_from([(a, b)]),
    "add_weighted_edges_from": lambda graph, a, b: graph.add_weighted_edges_from(
        [(a, b, 1.0)]
    ),
    "update": lambda graph, a, b: graph.update(edges=[(a, b)]),
    "add_path": lambda graph, a, b: nx.add_path(graph, [a, b]),
    "remove_node": lambda graph, a, b: graph.remove_node(a),
    "remove_nodes_from": lambda graph, a, b: graph.remove_nodes_from([a]),
    "remove_edge": lambda graph, a, b: graph.remove_edge(*next(iter(graph.edges))),
    "remove_edges_from": lambda graph, a, b: graph.remove_edges_from([*graph.edges]),
    "clear": lambda graph, a, b: graph.clear(),
    "clear_edges": lambda graph, a, b: graph.clear_edges(),
    "relabel in place": lambda graph, a, b: nx.relabel_nodes(
        graph, {a: -1}, copy=False
    ),
    "contract in place": lambda graph, a, b: nx.contracted_nodes(
        graph, a, b, copy=False
    ),
    "create using": lambda graph, a, b: nx.path_graph(3, create_using=graph),
    "another value": lambda graph, a, b: graph.nodes[a].update(value=np.ones((2, 2))),
    "another operation": lambda graph, a, b: nx.set_node_attributes(graph, "no", "op"),
    "no operation": lambda graph, a, b: graph.nodes[b].pop("primitive"),
    "another type": lambda graph, a, b: graph.nodes[a].update(dtype="int"),
}


@together("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_recorded_graph_refuses_changes_and_a_copy_takes_them(change):
    y = convolved()
    before, first = y.graph.to_json(), y.graph.topological_order()[0]
    with pytest.raises(tg.GraphError, match=r"a copy, graph\.copy\(\)"):
        change(y.graph, first, y.node)
    assert y.graph.to_json() == before
    copy = y.graph.copy()
    change(copy, first, y.node)
    assert_readable(copy)
    assert y.graph.to_json() == before
    y.backward()


def assert_readable(graph):
    """Whatever a graph holds, it is drawn, listed and saved as its edges say."""
    document = graph.to_json()
    edges = graph.number_of_edges()
    assert document.count('"source"') == edges
    assert tg.draw(graph).source.count(" -> ") == edges
    assert tg.draw(graph, depth=0).source
    assert len(graph.summary().splitlines()) == 1 + len(graph)
    plain = graph.plain()
    assert (len(plain), plain.number_of_edges()) == (len(graph), edges)


def test_attributes_may_be_added_in_place():
    graph = convolved().graph
    nx.set_node_attributes(graph, nx.get_node_attributes(graph, "op"), "op")  # as it is
    nx.set_node_attributes(graph, {n: dict(graph.nodes[n]) for n in graph})
    for layer, nodes in enumerate(nx.topological_generations(graph)):
        for node in nodes:
            graph.nodes[node]["subset"] = layer
    nx.set_node_attributes(graph, nx.multipartite_layout(graph), "pos")
    nx.set_edge_attributes(graph, 2.0, "weight")
    assert nx.dag_longest_path_length(graph) == 2.0 * 5
    del graph.nodes[graph.topological_order()[0]]["subset"]
    assert [n for n in graph if "subset" not in graph.nodes[n]] == [next(iter(graph))]
    graph.nodes[next(iter(graph))]["name"] = "first"
    assert graph.node_of("first") == next(iter(graph))


def test_what_was_added_comes_along_when_graphs_meet():
    shared = parameter(2.0, "shared")
    a, b = shared * 3.0, shared * parameter(5.0) * 1.0
    a.graph.nodes[shared.node]["mark"] = "a"
    b.graph.nodes[shared.node]["sign"] = "b"
    a.graph.edges[shared.node, a.node, 0]["ink"] = "blue"
    a.graph.graph["title"] = "two"
    c = a + b
    at = c.graph.nodes[shared.node]
    assert (at["mark"], at["sign"]) == ("a", "b")
    assert c.graph.edges[shared.node, a.node, 0]["ink"] == "blue"
    assert c.graph.graph == a.graph.graph == {"title": "two"}


def chain():
    x, w = tg.Tensor([1.0, 2.0], name="x"), parameter([3.0, 4.0], "w")
    product = x * w
    product.name = "product"
    return x, w, product, product.sum()


def test_a_part_is_what_its_edges_say():
    _, w, product, total = chain()
    part = total.graph.subgraph([product.node, total.node])
    for graph in (part, part.copy()):
        assert_readable(graph)
        assert graph.at(product.node).inputs == ()
        assert graph.run({}) == total.item()  # of the product that was recorded
        assert graph.run({"product": [1.0, 1.0]}) == 2.0
        with pytest.raises(tg.GraphError, match="no value"):
            graph.run({w: [1.0, 1.0]})
    lone = total.graph.subgraph([w.node, product.node])
    assert_readable(lone)
    with pytest.raises(tg.GraphError, match=r"multiply\(x, y\).*arguments \[1\]"):
        lone.run({})


def test_a_view_sees_what_is_recorded_later():
    _, _, product, total = chain()
    graph = total.graph
    backwards, alike = graph.reverse(copy=False), graph.copy(as_view=True)
    after = total * 2.0
    assert alike.pred[after.node] == graph.pred[after.node]
    assert list(backwards.succ[after.node]) == list(graph.pred[after.node])
    assert list(graph.pred[total.node]) == [product.node]
    assert_readable(backwards)
    other = parameter(1.0) * 1.0
    (other + after).backward()
    assert_readable(alike)
    assert_readable(graph.subgraph([after.node, total.node]))


def test_a_view_of_a_graph_that_became_part_of_another():
    small, large = parameter(1.0) * 1.0, parameter(2.0) * 1.0 * 1.0
    graph = small.graph
    early = graph.copy(as_view=True)
    assert_readable(early)
    total = small + large
    late = graph.copy(as_view=True)
    after = total * 3.0
    assert late.pred[after.node] == total.graph.pred[after.node]
    assert len(late) == len(total.graph) > len(early) == 3
    for view in (early, late, late.subgraph([total.node, after.node])):
        assert_readable(view)


def test_arguments_keep_their_order():
    a, b = parameter([1.0]), parameter([2.0])
    y = tg.concatenate([a, b, a, b])
    for graph in (y.graph, y.graph.copy(), y.graph.copy(as_view=True)):
        assert graph.at(y.node).inputs == (a.node, b.node, a.node, b.node)
        assert graph.run({a: [3.0]}).tolist() == [3.0, 2.0, 3.0, 2.0]


def test_rewired_edges_are_run():
    x, w, product, total = chain()
    graph = total.graph.copy()
    graph.remove_edge(w.node, product.node)
    graph.add_edge(x.node, product.node, key=1)
    assert graph.run({}) == 1.0 + 4.0
    assert graph.run({x: [3.0, 1.0]}) == 9.0 + 1.0
    assert total.graph.run({}) == total.item() == 11.0
    astray = graph.copy()
    astray.remove_edge(x.node, product.node, 0)
    astray.add_edge(x.node, product.node, 2)
    with pytest.raises(tg.GraphError, match=r"the arguments \[1, 2\]"):
        astray.run({})
    graph.add_edge(total.node, x.node)
    assert_readable(graph)
    for read in (graph.topological_order, lambda: graph.run({})):
        with pytest.raises(tg.GraphError, match="cycle"):
            read()


def test_a_graph_from_json_is_drawn_and_listed():
    graph = convolved().graph
    there = tg.Graph(nx.node_link_graph(json.loads(graph.to_json()), edges="edges"))
    assert there.to_json() == graph.to_json()
    assert_readable(there)
    assert ">conv2d<" in tg.draw(there).source
    roles = re.compile(r'class="(\w+)"').findall
    assert roles(tg.draw(there).source) == roles(tg.draw(graph).source)
    with pytest.raises(tg.GraphError, match="no operation to compute"):
        there.run({})


ODD = [None, 3, 1.5, "text", "\ud800\x00", b"x", [1, "a"], [[1], [2, 3]], {}, {1: 2}]
ODD += [np.ones(3), np.array("text"), np.array([object()]), object, 1j, float("nan")]


@together("key", [*Node.KEYS, "inputs", "id", "größe", "1", ""])
def test_whatever_a_user_writes_can_be_read(key):
    graph = tg.Graph(convolved().graph)
    for odd in ODD:
        for node in list(graph)[:4]:
            graph.nodes[node][key] = odd
        graph.add_node("new", **{key: odd})
        graph.add_edge("new", "newer", **{"weight": odd})
        assert_readable(graph)
    for node in graph:
        graph.nodes[node].pop(key, None)
    assert_readable(graph)


def test_the_shape_and_type_are_those_of_the_value_or_as_given():
    """JSON keeps them where it leaves values out; by hand, the value says both."""
    graph = tg.Graph()
    graph.add_node("value", value=np.ones((2, 3), np.float32), shape=(9,), dtype="no")
    graph.add_node("bare", value=np.ones((2, 3), np.float32))
    graph.add_node("read", shape=[4, 5], dtype="float64")
    graph.add_node("unknown")
    shapes = {node: graph.at(node).shape for node in graph}
    types = {node: str(graph.at(node).dtype) for node in graph}
    known = {"value": (2, 3), "bare": (2, 3), "read": (4, 5), "unknown": ()}
    assert shapes == known
    assert [*types.values()] == ["float32", "float32", "float64", ""]
    roles = [graph.at(node).op for node in graph]
    assert roles == ["constant", "constant", "unknown", "unknown"]


def test_an_empty_graph_is_run_with_words():
    with pytest.raises(tg.GraphError, match="empty"):
        tg.Graph().run({})


def test_a_single_new_value_has_its_edges_at_once():
    _, _, _, total = chain()
    graph = total.graph
    assert_readable(graph)
    after = np.exp(total)
    assert list(graph.pred[after.node]) == [total.node]
    assert after.node in graph.succ[total.node]


def test_a_copied_leaf_knows_its_tensor_and_a_result_has_none():
    x = parameter(2.0, "x")
    y = x * x
    copied = nx.MultiDiGraph(y.graph)
    plain = tg.Graph(copied)
    assert plain.at(x.node).tensor is x
    assert plain.at(y.node).tensor is None
