"""Other tools read what a graph is saved as: networkx, graphology, igraph and more.

graphology and cytoscape.js are looked for in the folder that NODE_MODULES names, or
where Node finds them by itself.
"""

import io
import json
import os
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import numpy as np
import pytest
from leaves import parameter
from random_graphs import random_graph
from rooms import ROOT

import tinygraph as tg

COUNT = 200


@pytest.fixture(scope="module")
def graphs():
    return [random_graph(seed) for seed in range(COUNT)]


@pytest.fixture(scope="module")
def plains(graphs):
    """No warning comes from infinite numbers, or from anything else."""
    return [graph.plain() for graph in graphs]


def edges_of(plain):
    """Source, target and all attributes of each edge, sorted by its position."""
    edges = [(int(u), int(v), data) for u, v, data in plain.edges(data=True)]
    return sorted(
        edges, key=lambda edge: (*edge[:2], edge[2]["position"], str(edge[2]))
    )


def test_plain_graphs_say_what_the_graphs_are(graphs, plains):
    for graph, plain in zip(graphs, plains, strict=True):
        assert type(plain) is nx.MultiDiGraph
        assert list(plain) == list(range(len(graph)))
        known = json.loads(graph.to_json())
        for (_, attributes), node in zip(
            plain.nodes(data=True), known["nodes"], strict=True
        ):
            assert {type(entry) for entry in attributes.values()} <= {
                *(str, int, float, bool)
            }
            assert json.loads(attributes["data"]) == node["value"]
            assert attributes["requires_grad"] == node["requires_grad"]
        sources = dict(enumerate(graph))
        edges = [(sources[u], sources[v]) for u, v in plain.edges()]
        assert sorted(map(str, edges)) == sorted(map(str, graph.edges()))
        keys = [key for _, _, key in plain.edges(keys=True)]
        assert len(set(keys)) == len(keys)


def through(write, read):
    """Write a graph as bytes, and read it."""

    def there_and_back(plain):
        buffer = io.BytesIO()
        write(plain, buffer)
        return read(io.BytesIO(buffer.getvalue()))

    return there_and_back


def read_graphml(file):
    return nx.read_graphml(file, node_type=int, force_multigraph=True)


FORMATS = {
    "GraphML": through(nx.write_graphml, read_graphml),
    "GraphML by xml": through(nx.write_graphml_xml, read_graphml),
    "GEXF": through(nx.write_gexf, lambda f: nx.read_gexf(f, node_type=int)),
    "GML": through(nx.write_gml, lambda f: nx.read_gml(f, label="id")),
    "Cytoscape": lambda plain: nx.cytoscape_graph(
        json.loads(json.dumps(nx.cytoscape_data(plain), allow_nan=False))
    ),
    "JSON": lambda plain: nx.node_link_graph(
        json.loads(json.dumps(nx.node_link_data(plain, edges="edges"))), edges="edges"
    ),
}
# GML takes the node for its label, and writes whole numbers of more bits as text;
# Cytoscape makes up a name where there is none.
UNSAID = {"GML": {"label"}, "Cytoscape": {"name"}}


@pytest.mark.parametrize("name", FORMATS)
def test_networkx_reads_back_what_its_writers_made_of_plain_graphs(plains, name):
    for plain in plains:
        there = FORMATS[name](plain)
        for read, edge in zip(edges_of(there), edges_of(plain), strict=True):
            assert read[:2] == edge[:2]
            for key, entry in edge[2].items():
                assert read[2][key] == entry or str(read[2][key]) == str(entry)
        for node, attributes in plain.nodes(data=True):
            read = there.nodes[int(node)]
            for key in attributes.keys() - UNSAID.get(name, set()):
                entry = attributes[key]
                assert read[key] == entry or (name == "GML" and read[key] == str(entry))


def test_saved_graphml_is_xml_with_an_id_for_each_edge(graphs, tmp_path):
    path = tmp_path / "graph.graphml"
    for graph in graphs:
        graph.save(path)
        root = ElementTree.fromstring(path.read_bytes())
        ids = [edge.get("id") for edge in root.iter(f"{NAMESPACE}edge")]
        assert len(ids) == len(set(ids)) == graph.number_of_edges()
        names = [
            (k.get("for"), k.get("attr.name")) for k in root.iter(f"{NAMESPACE}key")
        ]
        assert len(names) == len(set(names))  # of one type each
        assert ("node", "label") in names


NAMESPACE = "{http://graphml.graphdrawing.org/xmlns}"


def test_labels_positions_and_what_a_user_added(tmp_path):
    x = tg.Tensor([1.0, 2.0], name="my\x00 x")
    w = parameter([3.0, 4.0])
    y = x * w
    y.backward(np.array([0.5, -1.0]))
    y.graph.nodes[w.node].update({"größe": 2, "id": "first", "mixed": 1, "empty": None})
    y.graph.nodes[x.node].update({"mixed": "text", "weight": 0.5, "big": 2**70})
    y.graph.edges[w.node, y.node, 1].update({"weight": 2, "position": "left"})
    y.graph.graph.update(name="a \ud800 product", mode="slow")
    y.graph.save(tmp_path / "y.graphml")
    there = nx.read_graphml(
        tmp_path / "y.graphml", node_type=int, force_multigraph=True
    )
    assert there.graph["name"] == "a � product"
    assert there.graph["user_mode"] == "slow"
    assert [at["label"] for _, at in there.nodes(data=True)] == [
        *("my� x", "parameter", "multiply")
    ]
    assert there.edges[0, 2, "e2_0"] == {"position": 0}
    assert there.edges[1, 2, "e2_1"] == {
        **{"position": 1, "weight": 2, "user_position": "left"}
    }
    first, second = there.nodes[0], there.nodes[1]
    assert (first["mixed"], first["weight"], first["big"]) == ("text", 0.5, str(2**70))
    assert (second["mixed"], second["gr__e"], second["user_id"]) == ("1", 2, "first")
    assert "empty" not in second
    assert json.loads(second["data"]) == [3.0, 4.0]
    assert json.loads(second["grad"]) == [0.5, -2.0]
    document = json.loads(y.graph.to_json())
    assert document["graph"] == {"name": "a \ud800 product", "mode": "slow"}
    assert document["nodes"][1]["größe"] == 2
    assert document["nodes"][1]["user_id"] == "first"
    assert document["nodes"][1]["id"] == 1
    assert document["edges"][1] == {
        **{"weight": 2, "position": "left", "source": 1, "target": 2, "key": 1}
    }


def test_igraph_reads_graphml(graphs, plains, tmp_path):
    igraph = pytest.importorskip("igraph")
    path = tmp_path / "graph.graphml"
    for graph, plain in zip(graphs, plains, strict=True):
        graph.save(path)
        there = igraph.Graph.Read_GraphML(str(path))
        assert there.is_directed()
        edges = [(e.source, e.target, e["position"]) for e in there.es]
        assert sorted(edges) == [
            (u, v, data["position"]) for u, v, data in edges_of(plain)
        ]
        for vertex, attributes in zip(there.vs, plain.nodes.values(), strict=True):
            for key, entry in attributes.items():
                assert vertex[key] == entry


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of pydot's own
def test_pydot_reads_pictures(graphs):
    pydot = pytest.importorskip("pydot")

    keywords = ("graph", "node", "edge")

    def counted(graph):
        named = [n for n in graph.get_nodes() if n.get_name() not in keywords]
        counts = [counted(inner) for inner in graph.get_subgraphs()]
        counts.append((len(named), len(graph.get_edges())))
        return tuple(map(sum, zip(*counts, strict=True)))

    short = sorted(graphs[:60], key=len)[:8]  # pydot takes seconds for 50 nodes
    for graph in short:
        [there] = pydot.graph_from_dot_data(tg.draw(graph).source)
        assert counted(there) == (len(graph), graph.number_of_edges())


@pytest.fixture(scope="module")
def modules():
    """The folder in which Node finds the packages; empty where it does by itself."""
    if shutil.which("node") is None:
        pytest.skip("Node is not there")
    folder = os.environ.get("NODE_MODULES", "")
    packages = ("graphology", "graphology-graphml", "cytoscape")
    found = all(
        (Path(folder) / name).is_dir()
        if folder
        else subprocess.run(
            ["node", "-e", f"require.resolve({name!r})"], capture_output=True
        ).returncode
        == 0
        for name in packages
    )
    if not found:
        pytest.skip(f"npm install {' '.join(packages)}, and name it by NODE_MODULES")
    return folder


def test_graphology_and_cytoscape_read_the_same(graphs, plains, modules, tmp_path):
    for place, (graph, plain) in enumerate(zip(graphs, plains, strict=True)):
        graph.save(tmp_path / f"{place}.graphml")
        text = json.dumps(nx.cytoscape_data(plain), allow_nan=False)
        (tmp_path / f"{place}.json").write_text(text)
    script = ROOT / "tests/support/read_graphs.mjs"
    done = subprocess.run(
        ["node", script, modules, tmp_path, str(COUNT)], capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    for plain, read in zip(plains, json.loads(done.stdout), strict=True):
        assert read["type"] == "directed"
        edges = plain.edges(keys=True, data="position")
        expected = sorted(map(list, edges))
        assert sorted(read["edges"]) == sorted(read["arrows"]) == expected
        own = [attributes for _, attributes in plain.nodes(data=True)]
        for attributes, node, shown in zip(
            own, read["nodes"], read["shown"], strict=True
        ):
            assert {key: node.get(key) for key in attributes} == attributes
            for key in attributes.keys() - {"name"}:
                assert shown[key] == attributes[key]
