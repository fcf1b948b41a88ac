"""Layers of a page's graph close and open, and the rest stays whole."""

import re

import pytest
from leaves import parameter
from losses import lenet
from seen import Show, shown, text_of

import tinygraph as tg


def test_layers_close_and_open(show: Show) -> None:
    tab = show(shown(lenet(), lr=0.1))
    tab.keyboard.press("End")
    inside = "#graph .node:visible"
    boxes = tab.locator(inside).count()
    height = tab.locator("#graph svg").bounding_box()["height"]
    size = tab.locator("#n0").bounding_box()["height"]
    tab.locator(".cluster text", has_text="conv1").press("Enter")
    cover = tab.locator(".cover:visible")
    assert cover.count() == 1
    assert re.fullmatch(r"▸ conv15 valuesnorm \d\.\de[+-]\d\d", cover.text_content())
    assert tab.locator(inside).count() == boxes - 5
    assert tab.locator("#graph svg").bounding_box()["height"] < height - 200
    above = tab.locator("#n0").bounding_box()
    between = cover.bounding_box()
    below = tab.locator("#layer1 path").bounding_box()
    assert above["height"] == pytest.approx(size, abs=0.01)
    assert above["y"] + above["height"] < between["y"]
    assert between["y"] + between["height"] < below["y"]
    assert tab.evaluate("document.activeElement.matches('.cover')")
    tab.keyboard.press("Enter")
    assert tab.locator(inside).count() == boxes
    assert tab.locator("#graph svg").bounding_box()["height"] == height
    tab.keyboard.press("c")
    assert tab.locator(".cover:visible").count() == 5
    assert tab.locator(inside).count() == 3
    tab.keyboard.press("Home")
    assert tab.locator(".cover[data-state~=faint]:visible").count() == 5
    tab.keyboard.press("c")
    assert tab.locator(".cover:visible").count() == 0


def test_arrows_end_at_closed_layers(show: Show) -> None:
    tab = show(shown(lenet()))
    tab.keyboard.press("c")
    arrows = tab.evaluate("""() => [...document.querySelectorAll(".edge")]
      .filter((edge) => edge.getAttribute("display") !== "none")
      .map((edge) => {
        const path = edge.querySelector("path").getBoundingClientRect();
        return [path.top, path.bottom, path.height];
      })""")
    assert len(arrows) == 7
    assert all(height < 40 for _, _, height in arrows)
    ends = [y for *both, height in arrows if height > 2 for y in both]
    covers = [cover.bounding_box() for cover in tab.locator(".cover:visible").all()]
    assert len(covers) == 5
    for cover in covers:
        for y in (cover["y"], cover["y"] + cover["height"]):
            assert min(abs(end - y) for end in ends) < 4


# How deep arrows run under closed layers, in pixels.
DEPTHS = """() => {
  const covers = [...document.querySelectorAll(".cover:not([display=none]) rect")];
  const paths = document.querySelectorAll(".edge:not([display=none]) path");
  return [...paths].map((path) => {
    const places = [...Array(101).keys()].map((n) => (n / 100) * path.getTotalLength());
    const points = places.map((at) =>
      path.getPointAtLength(at).matrixTransform(path.getScreenCTM()));
    return Math.max(...covers.flatMap((cover) => {
      const { left, right, top, bottom } = cover.getBoundingClientRect();
      return points.map(({ x, y }) =>
        Math.min(x - left, right - x, y - top, bottom - y));
    }));
  });
}"""


def test_arrows_from_amid_a_closed_layer_begin_at_its_edge(show: Show) -> None:
    x = parameter([1.0, 2.0], "x")
    with tg.scope("layer"):
        amid = tg.tanh(x)
        last = tg.exp(tg.sin(amid))
    tab = show(shown((amid + last).sum()))
    tab.keyboard.press("c")
    assert tab.locator(".cover:visible").count() == 1
    depths = tab.evaluate(DEPTHS)
    assert len(depths) == 3 and max(depths) < 2  # and four more inside


def test_nested_layers(show: Show) -> None:
    x = parameter([1.0, 2.0], "x")
    with tg.scope("net"), tg.scope("inner"):
        h = tg.tanh(x * x)
    with tg.scope("net"):
        y = h + x
    tab = show(shown(y.sum()))
    tab.locator(".cluster text", has_text="inner").click()
    assert tab.locator(".cover:visible").text_content().startswith("▸ inner2 values")
    tab.locator(".cluster text", has_text="net").click()
    assert tab.locator(".cover:visible").text_content().startswith("▸ net4 values")
    tab.keyboard.press("/")
    tab.keyboard.type("TANH")
    assert tab.locator(".cover:visible").count() == 0  # the search opens what hides it
    assert "found" in tab.locator("#n2").get_attribute("data-state")
    assert text_of(tab, "#found") == "1 of 1"
