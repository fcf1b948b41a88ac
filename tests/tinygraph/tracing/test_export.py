"""A trace as a table, as JSON, as a networkx graph, and as one line."""

import json

import networkx as nx
import numpy as np
from leaves import parameter
from losses import quartic

import tinygraph as tg


def test_printed():
    x = parameter(3.0, "x")
    assert str(tg.trace(x * x)).splitlines() == [
        "backward from multiply, topological order: 3 steps",
        "step  from      to        contribution     sum  arrived",
        "   0  seed      multiply        +1.000  +1.000   1 of 1",
        "   1  multiply  x               +3.000  +3.000   1 of 2",
        "   2  multiply  x               +3.000  +6.000   2 of 2",
    ]


def test_json_is_the_same_for_the_same_computation():
    texts = [tg.trace(quartic()[2], lr=0.1).to_json() for _ in range(2)]
    assert texts[0] == texts[1]
    document = json.loads(texts[0])
    assert document["nodes"][0]["label"] == "x"
    assert document["steps"][0]["total"] == 1.0
    assert len(document["updates"]) == 1


def test_json_of_what_is_no_number():
    x = parameter([np.nan, np.inf])
    document = json.loads(tg.trace((x * x).sum()).to_json())
    assert document["steps"][-1]["total"] == ["nan", "inf"]


def test_networkx_has_each_gradient_on_its_edge():
    *_, loss = quartic()
    trace = tg.trace(loss)
    graph = trace.to_networkx()
    assert isinstance(graph, nx.MultiDiGraph)
    assert graph.number_of_edges() == len(trace) - 1
    for _, _, data in graph.edges(data=True):
        assert np.array_equal(data["gradient"], trace[data["step"]].contribution)
    incoming = [d["gradient"] for _, _, d in graph.out_edges("x", data=True)]
    assert np.array_equal(sum(incoming), graph.nodes["x"]["grad"])


def test_representations_are_one_line():
    _, _, loss = quartic()
    trace = tg.trace(loss)
    assert repr(trace) == "<trace of loss, topological order, 8 steps>"
    assert "\n" not in repr(trace[1])
    assert len(repr(trace[1])) < 120
