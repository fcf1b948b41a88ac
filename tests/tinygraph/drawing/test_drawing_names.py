"""Whatever values and scopes are called, pictures and pages come out whole."""

import re
import shutil
from xml.etree import ElementTree

import pytest
from random_graphs import random_graph

import tinygraph as tg

SVG = "{http://www.w3.org/2000/svg}"
needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="no dot here")


def ids_of(svg):
    root = ElementTree.fromstring(svg.encode())
    ids = [group.get("id") or "" for group in root.iter(f"{SVG}g")]
    texts = {"".join(text.itertext()) for text in root.iter(f"{SVG}text")}
    return ids, texts


HOSTILE = {
    **{
        "]": "]",
        "]]": "]]",
        "]]]": "]]]",
        "&;": "&;",
        "&nbsp;": "&nbsp;",
        "&#0;": "&#0;",
        "&amp;": "&amp;",
    },
    **{"<B>": "<B>", "]]>": "]]>", "\\N": "∖N", '"': '"', "{a|b}": "{a|b}"},
    **{"-->": "-->", "</script>": "</script>", "graph": "graph", "%s": "%s"},
    **{"a\ud800b": "a b", "\x00\ud800": "constant", " ": "constant", "é": "é"},
}


@needs_dot
@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_name_is_shown(name):
    x = tg.Tensor([2.0, 1.0], requires_grad=True, name=name)
    with tg.scope(name), tg.scope("inner"), tg.scope(name):
        y = (x * x).sum()
    shown = HOSTILE[name].replace("constant", "parameter")
    for picture in (tg.draw(y), tg.draw(y, depth=2), tg.draw(y, depth=0)):
        ids, texts = ids_of(picture.svg())
        assert sum(bool(re.fullmatch(r"n\d+", id)) for id in ids) == picture.boxes
    ids, texts = ids_of(tg.draw(y).svg())
    assert shown in texts
    trace = tg.trace(y)
    for text in (str(trace), trace.to_json(), trace._repr_html_(), y.graph.summary()):
        assert text.encode()
    assert tg.profile(y)._repr_html_().encode()


@needs_dot
@pytest.mark.parametrize("seed", range(8))
def test_random_graphs_have_every_box_and_arrow(seed):
    graph = random_graph(seed)
    ids, _ = ids_of(tg.draw(graph).svg())
    assert sum(bool(re.fullmatch(r"n\d+", id)) for id in ids) == len(graph)
    arrows = sum(bool(re.fullmatch(r"e\d+_\d+", id)) for id in ids)
    assert arrows == graph.number_of_edges()


def test_names_that_look_alike_stay_apart():
    x = tg.Tensor(2.0, requires_grad=True)
    values = []
    for name in ("a\x00", "a\x01", "a ", "a", "&lt;", "<", "&amp;lt;"):
        values.append(x * 1.0)
        values[-1].name = name
    for name in ("b\\", "b∖"):
        with tg.scope(name):
            values.append(x * 1.0)
    source = tg.draw(sum(values)).source
    boxes = re.findall(r'^"((?:[^"\\]|\\.)*)" \[id="n', source, re.MULTILINE)
    assert len(boxes) == len(set(boxes)) == source.count('" [id="n')
    assert {"&amp;lt;", "<", "&amp;amp;lt;"} <= set(boxes)


def test_what_is_longer_than_the_limit_is_told(monkeypatch):
    monkeypatch.setattr("tinygraph.drawing.render.LIMIT", 0)
    x = tg.Tensor(3.0, requires_grad=True)
    picture = tg.draw(x * x)
    with pytest.raises(tg.DrawingError, match=r"stopped after 0 seconds.*depth=0"):
        picture.svg()
    bundle = picture._repr_mimebundle_()
    assert bundle.keys() == {"text/plain", "text/html"}
    assert "stopped" in bundle["text/plain"] and "stopped" in bundle["text/html"]
    assert "stopped" in tg.trace(x * x)._repr_html_()
    assert tg.profile(x * x)._repr_html_().startswith("<pre>")


@needs_dot
def test_a_notebook_gets_the_drawing():
    x = tg.Tensor(3.0, requires_grad=True)
    picture = tg.draw(x * x)
    bundle = picture._repr_mimebundle_(include=None, exclude=None)
    assert bundle["image/svg+xml"] == picture.svg() == picture._repr_svg_()
    assert bundle["text/plain"] == repr(picture)


def test_a_picture_that_is_too_large_is_a_sentence_in_a_notebook(monkeypatch):
    y = x = tg.Tensor(1.0, requires_grad=True)
    for _ in range(400):
        y = y * x
    picture = tg.draw(y)
    words = picture._repr_mimebundle_()["text/html"]
    assert words.startswith("<p>a picture of 401 boxes")
    assert picture._repr_svg_() is None
    assert y._repr_html_() is None
    monkeypatch.setattr("tinygraph.tracing.layout.MOST_BOXES", 3)
    y = tg.tanh(tg.exp(tg.sin(x)))  # nothing is repeated
    assert tg.trace(y)._repr_html_().startswith("<p>a graph of 4 boxes")
