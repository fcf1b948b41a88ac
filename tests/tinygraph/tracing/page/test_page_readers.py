"""The page serves every reader: by ear, in the dark, on a phone, on paper."""

import re
from typing import Any

import numpy as np
import pytest
from losses import lenet, residual
from seen import Show, shown, step_of, text_of, traced

import tinygraph as tg
from tinygraph.tracing.page import page

CONTROLS = "button:visible, select:visible, input:visible"


def test_without_javascript(show: Show) -> None:
    trace = traced(residual())
    tab = show(page(trace, "title"), java_script_enabled=False)
    assert text_of(tab, "noscript pre") == str(trace)
    assert tab.locator("#n0 text", has_text="+13.000").is_visible()
    assert tab.locator(CONTROLS).count() == 0


def test_spoken(show: Show) -> None:
    tab = show(shown(residual()), 9)
    live = tab.locator("#live")
    assert live.get_attribute("aria-live") == "polite"
    text = "Step 10 of 15: add 2 sends +1.000 +1.000 to h: contribution 1 of 2."
    assert live.text_content() == text
    label = tab.locator("#n1").get_attribute("aria-label")
    assert label == (
        "h, multiply, +9.000 +1.000, gradient +1.000 +1.000, 1 of 2 arrived"
    )
    tab.keyboard.press("Home")
    label = tab.locator("#n1").get_attribute("aria-label")
    assert label == "h, multiply, not computed yet"
    tab.locator("#all summary").click()
    assert tab.locator("#all li").count() == 15
    now = tab.locator("#all [aria-current]")
    assert now.all_text_contents() == ["x is a parameter."]
    tab.locator("#all summary").click()
    tab.keyboard.press("ArrowRight")
    assert now.all_text_contents() == ["h is computed from x by multiply."]


def test_the_tab_key_visits_the_boxes_in_recording_order(show: Show) -> None:
    tab = show(shown(residual()))
    order = []
    for _ in range(40):
        tab.keyboard.press("Tab")
        order.append(tab.evaluate("document.activeElement.id"))
    boxes = [id for id in order if re.fullmatch(r"n\d", id)]
    assert boxes[:6] == [f"n{place}" for place in range(6)]


def test_arrows_march_unless_the_reader_wants_them_still(show: Show) -> None:
    text = shown(residual())
    moves = """getComputedStyle(
      document.querySelector(".edge[data-state~=now] path")).animationName"""
    for motion, animation in [("no-preference", "march"), ("reduce", "none")]:
        assert show(text, 9, reduced_motion=motion).evaluate(moves) == animation


def brightness(tab: Any, selector: str, name: str = "backgroundColor") -> float:
    colour = tab.evaluate(
        f"getComputedStyle(document.querySelector({selector!r})).{name}"
    )
    return float(np.mean([float(x) for x in re.findall(r"[\d.]+", colour)[:3]]))


def test_themes(show: Show) -> None:
    text = shown(lenet())
    light, dark = (show(text, color_scheme=scheme) for scheme in ("light", "dark"))
    assert brightness(light, "body") > 200 > 60 > brightness(dark, "body")
    fill = ".node.value path"
    assert brightness(light, fill, "fill") > 200 > 60 > brightness(dark, fill, "fill")
    assert brightness(dark, ".node text", "fill") > 180
    for theme, is_light in [("light", True), ("dark", False), ("auto", False)]:
        dark.keyboard.press("t")
        assert text_of(dark, "#theme") == f"Theme: {theme}"
        assert (brightness(dark, "body") > 128) == is_light


@pytest.mark.parametrize("size", [(1280, 800), (1366, 768), (390, 844)])
def test_sizes(show: Show, size: tuple[int, int]) -> None:
    width, height = size
    tab = show(shown(lenet(), lr=0.1), viewport={"width": width, "height": height})
    graph, panel = (tab.locator(x).bounding_box() for x in (".stage", ".panel"))
    player = tab.locator(".player").bounding_box()
    if width < 760:
        assert graph["y"] + graph["height"] <= panel["y"]
    else:
        assert graph["x"] + graph["width"] <= panel["x"]
        assert graph["height"] > 600
    assert graph["height"] > 300 and panel["height"] > 250
    assert player["y"] + player["height"] <= height
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    controls = [control.bounding_box() for control in tab.locator(CONTROLS).all()]
    assert len(controls) > 10
    for box in controls:
        assert box["x"] >= 0 and box["x"] + box["width"] <= width


def test_print(show: Show) -> None:
    trace = traced(residual(), lr=0.1)
    tab = show(page(trace, "title"), 2)
    tab.evaluate("""() => {
      addEventListener("beforeprint", () => {
        window.printed = document.getElementById("n0").textContent;
      });
    }""")
    tab.pdf()
    assert "+13.000" in tab.evaluate("printed")
    assert step_of(tab) == 2
    tab.emulate_media(media="print")
    assert tab.locator(CONTROLS).count() == 0
    svg = tab.locator("#graph svg").bounding_box()
    panel = tab.locator(".panel").bounding_box()
    assert svg["height"] > 500 and panel["height"] > 100
    assert svg["y"] + svg["height"] < panel["y"]


def test_the_panel_shows_the_line_of_the_users_code(show: Show) -> None:
    x = tg.Tensor(2.0, requires_grad=True)
    with tg.source_lines():
        h = x * x  # <here>
    y = tg.exp(h)
    trace = tg.trace(y, lr=0.1)
    tab = show(page(trace, "title"), 0)
    seen = []
    for _ in trace.timeline:
        seen.append(tab.inner_text("#line") if tab.is_visible("#line") else "")
        tab.keyboard.press("ArrowRight")
    assert h.graph is not None
    text, where = "h = x * x  # <here>", h.graph.nodes[h.node]["source_line"].where
    made, used = f"{text}\n{where}", f"{text}\nfirst used in {where}"
    assert seen == [used, made, "", "", "", made, made, used]
