"""A recorded graph as JSON, as GraphML and as a table says what was recorded."""

import json
import math

import networkx as nx
import numpy as np
import pytest
from leaves import parameter

import tinygraph as tg


def small_net():
    x = tg.Tensor([[1.0, -2.0]], name="x")
    w = parameter([[0.5, 1.0], [2.0, -1.0]], "w")
    with tg.scope("layer"):
        h = tg.relu(x @ w)
    y = (h * h).sum()
    y.name = "y"
    return y


def test_json_reads_back():
    y = small_net()
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
    y = small_net()
    y.backward()
    y.graph.save(tmp_path / "net.graphml")
    there = nx.read_graphml(tmp_path / "net.graphml", node_type=int)
    assert len(there) == len(y.graph)
    assert there.number_of_edges() == y.graph.number_of_edges()
    operations = [at["op"] for _, at in there.nodes(data=True)]
    assert operations == [op for _, op in y.graph.nodes(data="op")]


def test_saving_leaves_one_file_each(tmp_path):
    y = small_net()
    for name in ("net.json", "net.graphml"):
        y.graph.save(tmp_path / name)
    assert (tmp_path / "net.json").read_text() == y.graph.to_json()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net.graphml", "net.json"]


def test_saving_elsewhere_fails_with_words(tmp_path):
    y = small_net()
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
    y = small_net()
    y.backward()
    lines = y.graph.summary().splitlines()
    assert len(lines) == 1 + len(y.graph)
    assert lines[0].split()[:4] == ["node", "op", "name", "scope"]
    relu = next(line for line in lines if "relu" in line)
    assert "layer" in relu
    assert "1x2" in relu
    assert "float64" in relu
