"""Boxes that say what a value costs, and the tints of their fills."""

import re
from itertools import pairwise

import pytest
from colours import contrast, luminance

import tinygraph as tg
from tinygraph.drawing import picture_of
from tinygraph.drawing.box import GRADIENT, INK, ROLES
from tinygraph.drawing.cost import (
    TINTS,
    Cost,
    duration,
    memory,
    share_text,
    tinted,
    total_cost,
)
from tinygraph.drawing.picture import DARK, Picture
from tinygraph.drawing.sheet import closed, sheet

FILLS = [fill for _, fill in TINTS]


def cost(forward=0.0, backward=0.0, value_bytes=0, gradient_bytes=0):
    return Cost(
        forward=forward,
        backward=backward,
        value_bytes=value_bytes,
        gradient_bytes=gradient_bytes,
    )


def texts(picture: Picture) -> dict[str, list[str]]:
    """The texts in each box, by the box's name."""
    boxes = re.findall(r'^"([^"]*)" \[id="n\d+".*label=<(.*)>\]$', picture.source, re.M)
    cells = {name: re.findall(r"<TD[^>]*>(.*?)</TD>", table) for name, table in boxes}
    return {
        name: [re.sub("<[^>]*>", "", cell) for cell in row]
        for name, row in cells.items()
    }


@pytest.fixture
def layered():
    """x, a layer of two operations with a parameter, and a sum; and their costs."""
    x = tg.Tensor([1.0, 2.0], name="x")
    with tg.scope("layer"):
        y = tg.tanh(x * tg.Tensor([3.0, 4.0], requires_grad=True, name="w"))
    loss = (y + 2.0).sum()
    operations = {
        "multiply": cost(0.25, 0.5, 16, 16),
        "tanh": cost(0.125, 0.0, 16, 0),
        "sum": cost(0.0, 0.125, 8, 8),
        "add": cost(0.0, 0.001, 0, 0),
    }
    costs = {
        node: operations.get(op, cost(value_bytes=8, gradient_bytes=4))
        for node, op in loss.graph.nodes(data="op")
    }
    return loss, costs


def drawn(layered, depth=None):
    loss, costs = layered
    return picture_of(sheet(loss.graph, loss.node, costs=costs), depth)


def test_a_box_says_what_its_value_costs(layered):
    shown = texts(drawn(layered))
    assert ", ".join(shown["layer/tanh"]) == (
        "tanh, 2, 12%, forward, 0.125 s, 16 B, backward, 0.000 s, 0 B"
    )
    assert ", ".join(shown["layer/w"]) == "w, parameter, 2, value, 8 B, gradient, 4 B"
    assert shown["x"] == ["x", "input", "2", "value", "8 B"]
    assert shown["constant"] == ["2"]


@pytest.mark.parametrize("depth", [None, 0])
def test_the_rows_of_a_box_are_equally_wide(layered, depth):
    for table in re.findall("<TABLE.*?</TABLE>", drawn(layered, depth).source):
        rows = re.findall("<TR>(.*?)</TR>", table)
        widths = {sum(map(int, re.findall(r'COLSPAN="(\d+)"', row))) for row in rows}
        assert len(widths) == 1


def test_a_closed_layer_says_the_sum(layered):
    shown = texts(drawn(layered, depth=0))
    assert "; ".join(shown["layer"]) == (
        "layer; 2 operations, 1 parameter; 87%; "
        "forward; 0.375 s; 40 B; backward; 0.500 s; 20 B"
    )


def test_a_closed_layer_costs_what_is_inside(layered):
    loss, costs = layered
    boxes = closed(sheet(loss.graph, costs=costs), 0).boxes.values()
    assert total_cost(box.cost for box in boxes) == total_cost(costs.values())


def test_fills_follow_the_time_and_leaves_keep_their_role(layered):
    source = drawn(layered).source
    fills = dict(re.findall(r'^"([^"]*)" .*?BGCOLOR="(#\w+)"', source, re.M))
    assert fills["add"] == FILLS[-1]
    assert fills["layer/tanh"] == fills["sum"] == FILLS[1]
    assert fills["layer/multiply"] == FILLS[0]
    assert fills["layer/w"] == ROLES["parameter"].fill
    assert fills["x"] == ROLES["input"].fill


def test_costs_take_the_place_of_numbers_and_gradients(layered):
    loss, _ = layered
    loss.backward()
    plain = picture_of(sheet(loss.graph, loss.node), None).source
    assert GRADIENT in plain and "+3.000" in plain
    source = drawn(layered).source
    assert GRADIENT not in source and "+3.000" not in source


def test_values_without_a_cost_are_drawn_as_ever(layered):
    loss, costs = layered
    plain = texts(picture_of(sheet(loss.graph, loss.node), None))
    costs.pop(loss.node)
    assert texts(drawn(layered))["sum"] == plain["sum"]
    assert texts(drawn((loss, {}))) == plain
    assert texts(drawn((loss, {}), depth=0))["layer"][1] == "2 operations, 1 parameter"


def test_every_picture_of_costs_can_be_laid_out(layered):
    for depth in (None, 0):
        assert "forward" in drawn(layered, depth).svg()


@pytest.mark.parametrize(
    ("time", "fill"),
    [
        (0.0, 4),
        (0.9, 4),
        (1.0, 3),
        (2.4, 3),
        (2.6, 2),
        (10.0, 1),
        (30.0, 0),
        (100.0, 0),
    ],
)
def test_tints_by_share(time, fill):
    assert tinted("value", time, 100.0) == (ROLES["value"].line, FILLS[fill], INK)


def test_the_same_share_has_the_same_tint():
    seen = {}
    for time in range(1001):
        text = share_text(time / 10, 100.0)
        fill = tinted("value", time / 10, 100.0).fill
        assert seen.setdefault(text, fill) == fill


def test_where_nothing_takes_time_nothing_is_dark():
    assert tinted("value", 0.0, 0.0).fill == FILLS[-1]
    assert share_text(0.0, 0.0) == "0%"


def test_text_is_legible_on_every_tint():
    for fill in FILLS:
        assert contrast(INK, fill) >= 4.5, fill
        assert contrast(DARK[INK], DARK[fill]) >= 4.5, DARK[fill]


def hue(colour: str) -> str:
    """The order of the three parts of a colour, the strongest first."""
    parts = {name: colour[1 + 2 * place :][:2] for place, name in enumerate("rgb")}
    return "".join(sorted(parts, key=parts.__getitem__, reverse=True))


def test_tints_differ_in_brightness_for_who_sees_no_colour():
    bright = [luminance(fill) for fill in FILLS]
    dark = [luminance(DARK[fill]) for fill in FILLS]
    assert bright == sorted(bright) and dark == sorted(dark, reverse=True)
    steps = [contrast(one, other) for one, other in pairwise(FILLS)]
    assert min(steps) > 1.12
    assert {hue(fill) for fill in FILLS} == {"brg"}
    assert not set(FILLS) & {colours.fill for colours in ROLES.values()}


def test_units_follow_the_total():
    assert duration(0.5, 2.0) == "0.500 s"
    assert duration(0.5, 0.9) == "500.000 ms"
    assert duration(2e-7, 9e-7) == "0.200 µs"
    assert duration(0.0, 0.0) == "0.000 µs"
    for total, text in ((1.0, "1.000 s"), (1e-3, "1.000 ms"), (1e-6, "1.000 µs")):
        assert duration(total, total) == text


def test_bytes_in_words():
    shown = [memory(n) for n in (1000, 999_999, 10**9, 5 * 10**15)]
    assert shown == ["1.0 kB", "1000.0 kB", "1.0 GB", "5000.0 TB"]


def test_costs_add_up():
    both = total_cost([cost(1.0, 2.0, 3, 4), cost(0.5, 0.25, 10, 20)])
    assert both == cost(1.5, 2.25, 13, 24)
    assert both.time == 3.75
    assert both.bytes == 37
