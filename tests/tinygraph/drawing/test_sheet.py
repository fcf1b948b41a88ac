"""Layers that are drawn as one box."""

import numpy as np
import pytest

import tinygraph as tg
from tinygraph.drawing.sheet import closed, sheet


def parameter(value, name=None):
    return tg.Tensor(value, requires_grad=True, name=name)


def two_layers():
    """x, then layers "a" and "b/inner", then a sum; x skips to the second as well."""
    x = parameter([1.0, 2.0], "x")
    with tg.scope("a"):
        h = tg.tanh(x * parameter([3.0, 4.0], "w"))
    with tg.scope("b"), tg.scope("inner"):
        y = h * h + x
    return (y * 1.0).sum()


def test_depth_closes_scopes_at_that_level():
    loss = two_layers()
    whole = sheet(loss.graph)
    assert list(whole.layers) == ["a", "b", "b/inner"]
    outer = closed(whole, 0)
    titles = [box.title for box in outer.boxes.values()]
    assert titles == ["x", "a", "b", "constant", "multiply", "sum"]
    assert list(outer.layers) == []
    inner = closed(whole, 1)
    titles = [box.title for box in inner.boxes.values()]
    assert "b/inner" in titles
    assert "a/tanh" in titles
    assert list(inner.layers) == ["a", "b"]
    assert closed(whole, 2).boxes.keys() == whole.boxes.keys()


def test_every_value_and_use_is_found_on_a_closed_sheet():
    loss = two_layers()
    whole = sheet(loss.graph)
    for depth in range(3):
        drawn = closed(whole, depth)
        ids = {box.id for box in drawn.boxes.values()}
        arrows = {use.id for box in drawn.boxes.values() for use in box.uses}
        assert set(drawn.box_of) == set(loss.graph.nodes)
        assert set(drawn.box_of.values()) == ids
        for box in whole.boxes.values():
            for use in box.uses:
                place = drawn.arrow_of.get(use.id, use.id)
                assert place in arrows or place == ""
        assert len(drawn.names) == len(loss.graph)


def test_closing_layers_leaves_the_sheet_as_it_was():
    loss = two_layers()
    whole, untouched = sheet(loss.graph), sheet(loss.graph)
    closed(whole, 1)
    assert whole == untouched
    assert closed(whole, 0) == closed(untouched, 0)


def test_a_layer_says_how_much_it_holds():
    dot = tg.draw(two_layers(), depth=0).source
    assert "2 operations, 1 parameter" in dot
    assert dot.count(" -> ") == 6
    assert tg.draw(two_layers(), depth=0).boxes == 6


def test_the_layer_of_the_output_is_the_output():
    x = parameter([1.0, 2.0], "x")
    with tg.scope("loss"):
        loss = (x * x).sum()
    boxes = closed(sheet(loss.graph), 0).boxes
    assert [box.role for box in boxes.values()] == ["output"]


def test_layers_that_are_used_in_turn_can_be_closed():
    x = parameter(1.0, "x")
    for name in "abab":
        with tg.scope(name):
            x = tg.sin(x)
    picture = tg.draw(x, depth=0)
    assert "a" in picture.source
    assert picture.svg().count('class="node') == 2


@pytest.mark.parametrize("blocks", [3, 100])
def test_large_graphs_with_scopes_can_be_drawn(blocks):
    x = parameter(np.ones(3), "x")
    for block in range(blocks):
        with tg.scope(f"block{block}"):
            for _ in range(30):
                x = tg.tanh(x)
    assert tg.draw(x, depth=0).boxes == blocks


def test_uses_of_a_closed_layer_are_one_arrow_and_others_stay_apart():
    x = parameter([1.0, 2.0], "x")
    with tg.scope("layer"):
        h = tg.tanh(x * 1.0)
    y = h * h + x * x
    drawn = closed(sheet(y.graph), 0)
    uses = {box.title: len(box.uses) for box in drawn.boxes.values()}
    assert uses == {"x": 0, "layer": 1, "multiply": 1, "multiply 2": 2, "add": 2}


def test_a_closed_layer_has_the_id_of_its_first_box():
    x = parameter([1.0, 2.0], "x")
    with tg.scope("several"):
        h = tg.exp(tg.tanh(x * 1.0))
    with tg.scope("one"):
        y = tg.sin(h)
    whole = sheet(y.graph)
    first = {box.scope: box.id for box in reversed(whole.boxes.values())}
    found = {box.title: box.id for box in closed(whole, 0).boxes.values()}
    assert found == first and {*found} == {"several", "one"}


def test_a_closed_layer_is_an_output_if_it_holds_one():
    x = parameter([1.0, 2.0], "x")
    with tg.scope("first"):
        h = tg.tanh(x)
    with tg.scope("last"):
        y = tg.exp(h).sum()
    boxes = closed(sheet(y.graph), 0).boxes.values()
    assert [box.role for box in boxes] == ["layer", "output"]
