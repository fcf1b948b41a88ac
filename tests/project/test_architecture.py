"""The page on architecture and its picture know every room; imports have no circle."""

import importlib.util
import re

import networkx as nx
import pytest
from rooms import ROOT


@pytest.fixture(scope="module")
def picture():
    """The script that draws the rooms."""
    pytest.importorskip("grimp", reason="no grimp")
    path = ROOT / "docs" / "pictures" / "rooms.py"
    found = importlib.util.spec_from_file_location("rooms_picture", path)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def present():
    """The files and folders of tinygraph, as the page names them."""
    return {
        path.name + "/" * path.is_dir()
        for path in (ROOT / "tinygraph").iterdir()
        if path.suffix == ".py" or (path.is_dir() and (path / "__init__.py").exists())
    } - {"__init__.py", "__main__.py"}


def test_the_page_lists_every_room():
    text = (ROOT / "docs" / "architecture.md").read_text()
    table = [line for line in text.splitlines() if line.startswith("| `")]
    listed = {name for line in table[:40] for name in re.findall(r"`([\w.]+/?)`", line)}
    assert present() - listed == set()


def test_the_picture_has_every_room_once(picture):
    drawn = [name for names in picture.BOXES.values() for name in names.split()]
    assert len(drawn) == len(set(drawn))
    assert set(drawn) == {name.removesuffix(".py").strip("/") for name in present()}


def test_boxes_import_one_another_in_one_direction(picture):
    graph = picture.imports()
    assert nx.is_directed_acyclic_graph(graph)
    assert nx.has_path(graph, "the tensor", "the chain rule")
    assert not nx.has_path(graph, "the chain rule", "the tensor")


def test_the_picture_shows_the_imports_of_today(picture):
    shown = (ROOT / "docs" / "pictures" / "rooms.svg").read_text()
    titles = re.findall(r"<title>([^<]*)</title>", shown)
    arrows = {tuple(title.split("&#45;&gt;")) for title in titles if "&gt;" in title}
    asked = set(nx.transitive_reduction(picture.imports()).edges)
    assert {arrow for arrow in arrows if arrow[1] != "nets"} == asked
