"""The page of a trace in a real browser: what it shows, and what keys and clicks do."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygraph as tg
from nets.slide import slide_cnn
from tinygraph.draw.box import number
from tinygraph.tracing.page import gradient_texts, page
from tinygraph.tracing.steps import BackwardStep, ForwardStep
from tinygraph.tracing.tensors import SHORT

Show = Callable[..., Any]

# What the page shows, read as a reader would: numbers of cards, texts of boxes.
READ = """() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const texts = (some) => some.map((text) => text.textContent.trim());
  return {
    cards: Object.fromEntries(all("[data-card]").map((card) => [
      card.dataset.card,
      all("[data-value]", card).map((cell) => cell.dataset.value),
    ])),
    rows: Object.fromEntries(all(".node").map((box) => [
      box.id, texts(all('[fill="#b84a00"]', box)),
    ])),
    counters: Object.fromEntries(all(".counter").map((badge) => [
      badge.parentNode.id, badge.textContent,
    ])),
    step: Number(document.documentElement.dataset.step),
  };
}"""


def softmax() -> tg.Tensor:
    z = tg.Tensor([1.0, 2.0, 0.5], requires_grad=True, name="z")
    e = np.exp(z)
    p = e / e.sum()
    difference = p - tg.Tensor([0.0, 1.0, 0.0], name="t")
    return 0.5 * (difference**2).sum()


def residual() -> tg.Tensor:
    x = tg.Tensor([3.0, -1.0], requires_grad=True, name="x")
    h = x * x
    h.name = "h"
    y = tg.relu(h + x) + h
    return y.sum()


def lenet(batch: int = 1) -> tg.Tensor:
    rng = np.random.default_rng(0)
    images = tg.Tensor(rng.random((batch, 3, 32, 32), np.float32), name="images")
    targets = tg.Tensor(np.eye(4, dtype=np.float32)[np.arange(batch) % 4])
    return tg.mse(slide_cnn(rng)(images), targets)


def blocks(count: int = 42) -> tg.Tensor:
    x = tg.Tensor(np.ones(8), requires_grad=True, name="x")
    for block in range(count):
        with tg.scope(f"block{block}"):
            w = tg.Tensor(np.full(8, 0.5), requires_grad=True, name=f"w{block}")
            x = x + tg.tanh(x * w)
    return x.sum()


ODD = "<b>&\"'</script> größe 日本" + "x" * 300


@np.errstate(all="ignore")
def odd() -> tg.Tensor:
    a = tg.Tensor([np.nan, 1.0, -np.inf], requires_grad=True, name=ODD)
    whole = tg.Tensor([1, 2, 3], name="integers")
    empty = tg.Tensor(np.zeros((0, 3)), requires_grad=True, name="empty")
    zero = tg.Tensor(0.0, requires_grad=True, name="zero")
    return (a * whole).sum() + empty.sum() + tg.log(zero)


def traced(loss: tg.Tensor, **options: Any) -> tg.Trace:
    with np.errstate(all="ignore"):
        return tg.trace(loss, **options)


def shown(loss: tg.Tensor, **options: Any) -> str:
    return page(traced(loss, **options), "title")


def figures(array: Any) -> Any:
    """What a card shows of an array: all its numbers, or its statistics."""
    values = np.asarray(array, float).ravel()
    if values.size > SHORT:
        values = [np.linalg.norm(values), values.min(), values.max(), values.mean()]
    return pytest.approx(list(values), rel=1e-12, abs=1e-300, nan_ok=True)


def step_of(tab: Any) -> int:
    return int(tab.locator("html").get_attribute("data-step"))


def text_of(tab: Any, selector: str) -> str:
    text: str = tab.locator(selector).text_content()
    return text


def until(tab: Any, condition: str) -> bool:
    """Wait for a condition, frame by frame; the page forbids Playwright's own way."""
    result: bool = tab.evaluate(f"""async () => {{
      for (let frame = 0; frame < 600 && !({condition}); frame += 1)
        await new Promise(requestAnimationFrame);
      return {condition};
    }}""")
    return result


def first_backward(trace: tg.Trace) -> int:
    return len(trace.forward)


@pytest.mark.parametrize("make", [softmax, residual, lenet])
def test_every_step_reads_as_in_the_trace(
    show: Show, make: Callable[[], tg.Tensor]
) -> None:
    trace = traced(make(), lr=0.1)
    place_of = {node: place for place, node in enumerate(trace.names)}
    tab = show(page(trace, "title"), 0)
    rows: dict[str, list[str]] = {}
    counts: dict[str, str] = {}
    for place, step in enumerate(trace.timeline):
        seen = tab.evaluate(READ)
        cards = {kind: list(map(float, texts)) for kind, texts in seen["cards"].items()}
        assert seen["step"] == place
        if isinstance(step, ForwardStep):
            assert cards == {"value": figures(step.value)}
        elif isinstance(step, BackwardStep):
            box = f"n{place_of[step.source]}"
            rows[box] = gradient_texts(step.total)
            assert cards["contribution"] == figures(step.contribution)
            if step.node is not None:
                assert cards["gradient"] == figures(step.gradient)
            if step.local is not None:
                assert cards["local"] == figures(step.local)
            if step.expected > 1:
                counts[box] = f"{step.arrived}/{step.expected}"
                before = [] if step.before is None else step.before
                sizes = 3 if np.size(step.total) > SHORT else np.size(step.total)
                assert cards["before"] == list(figures(before).expected)[:sizes]
                assert cards["sum"] == list(figures(step.total).expected)[:sizes]
        else:
            assert cards["before"] == figures(step.before)
            assert cards["gradient"] == figures(step.gradient)
            assert cards["after"] == figures(step.after)
        arrived = {box: row for box, row in seen["rows"].items() if any(row)}
        assert arrived == rows  # and no other box shows any gradient
        if isinstance(step, BackwardStep):
            assert {b: t for b, t in seen["counters"].items() if t[0] != "0"} == counts
        tab.keyboard.press("ArrowRight")


@pytest.mark.parametrize("make", [softmax, residual, lenet])
def test_in_the_end_it_is_grad(show: Show, make: Callable[[], tg.Tensor]) -> None:
    loss = make()
    trace = traced(loss)
    tab = show(page(trace, "title"))
    loss.backward()
    graph = loss.graph
    assert graph is not None
    for node, leaf in graph.tape.tensor.items():
        if node not in trace.gradients or not leaf.requires_grad:
            continue
        name = trace.names[node]
        last = max(step.number for step in trace if step.source == node)
        tab.locator(f"#n{list(trace.names).index(node)}").press("Enter")
        assert step_of(tab) == first_backward(trace) + last
        cards = tab.evaluate(READ)["cards"]
        found = cards["sum"] if trace.expected[node] > 1 else cards["contribution"]
        assert list(map(float, found)) == figures(leaf.grad), name


def test_partial_sums(show: Show) -> None:
    trace = traced(residual())
    tab = show(page(trace, "title"), first_backward(trace))
    seen = []
    for _ in trace:
        rows = tab.evaluate(READ)["rows"]["n0"]
        seen.append((" ".join(rows), text_of(tab, "#n0 .counter")))
        tab.keyboard.press("ArrowRight")
    steps = [(entry, count) for entry, count in seen if entry.strip()]
    assert steps == [
        ("+1.000 0", "1/3"),
        ("+7.000 -1.000", "2/3"),
        ("+13.000 -2.000", "3/3"),
    ]
    card = text_of(tab, ".card:has([data-card=before])")
    assert "3 of 3 arrived" in card and "●●●" in card
    assert not tab.locator(".edge[data-state~=whole] text").first.is_hidden()
    tab.keyboard.press("Home")
    assert tab.locator(".edge text:visible, .badge:visible").count() == 0


def test_keys(show: Show) -> None:
    trace = traced(blocks(3), lr=0.1)
    tab = show(page(trace, "title"))
    start = first_backward(trace)
    assert step_of(tab) == start
    operations = [step.node for step in trace]
    for keys, expected in [
        ("ArrowRight", start + 1),
        ("ArrowLeft", start),
        ("Shift+ArrowRight", start + operations.index(operations[1])),
        ("Home", 0),
        ("ArrowLeft", 0),
        ("End", len(trace.timeline) - 1),
        ("ArrowRight", len(trace.timeline) - 1),
    ]:
        tab.keyboard.press(keys)
        assert step_of(tab) == expected, keys
    tab.locator(".chapters button").nth(1).click()
    tab.keyboard.press("Control+ArrowRight")  # the last step inside sum
    tab.keyboard.press("Control+ArrowRight")
    scopes = ["" if s.node is None else trace.graph._node[s.node].scope for s in trace]
    last = max(place for place, scope in enumerate(scopes) if scope == "block2")
    assert step_of(tab) == start + last
    tab.keyboard.press("?")
    assert tab.locator("#help").is_visible()
    tab.keyboard.press("Home")  # stays with the dialog
    assert step_of(tab) == start + last
    tab.keyboard.press("Escape")
    assert not tab.locator("#help").is_visible()


def test_clicks(show: Show) -> None:
    trace = traced(softmax(), lr=0.1)
    tab = show(page(trace, "title"))
    start = first_backward(trace)
    chapters = tab.locator(".chapters button")
    for place, step in enumerate([0, start, start + len(trace)]):
        chapters.nth(place).click()
        assert step_of(tab) == step
        assert chapters.nth(place).get_attribute("aria-current") == "step"
    tab.locator("#n1").click()  # e, in which two gradients meet
    last = max(s.number for s in trace if s.source_name == "exp")
    assert step_of(tab) == start + last
    tab.locator("#n1").click()
    assert step_of(tab) == 1
    tab.locator("#on").click()
    assert step_of(tab) == 2
    tab.locator("#all summary").click()
    tab.locator("#all button").nth(4).click()
    assert step_of(tab) == 4
    strip = tab.locator("#strip").bounding_box()
    across = (start + 2.5) / len(trace.timeline) * strip["width"]
    tab.mouse.click(strip["x"] + across, strip["y"] + 30)
    assert step_of(tab) == start + 2


def test_scrub_and_play(show: Show) -> None:
    trace = traced(softmax())
    tab = show(page(trace, "title"))
    tab.locator("#scrubber").fill("3")
    assert step_of(tab) == 3
    text = tab.locator("#scrubber").get_attribute("aria-valuetext")
    assert text.startswith("Step 4 of 20, forward: ")
    strip = tab.locator("#strip").bounding_box()
    thumb = tab.locator("#scrubber").bounding_box()
    column = strip["width"] / len(trace.timeline)
    assert thumb["x"] + 8 == pytest.approx(strip["x"] + column / 2, abs=0.5)
    tab.locator("#speed").select_option("5")
    tab.locator("#play").click()
    assert text_of(tab, "#play") == "Pause"
    assert until(tab, "Number(document.documentElement.dataset.step) > 4")
    tab.locator("#play").click()
    assert text_of(tab, "#play") == "Play"
    tab.keyboard.press("End")
    assert tab.locator("#play").is_enabled()


def test_address(show: Show) -> None:
    tab = show(shown(softmax()), 18)
    assert step_of(tab) == 18
    tab.evaluate("location.hash = '#5'")
    assert until(tab, "document.documentElement.dataset.step === '4'")
    tab.keyboard.press("ArrowRight")
    assert until(tab, "location.hash === '#6'")
    tab.evaluate("location.hash = '#elsewhere'")
    tab.keyboard.press("ArrowRight")
    assert until(tab, "location.hash === '#7'")
    assert step_of(show(shown(softmax()), 1000)) == 19


def test_a_step_looks_the_same_from_wherever_one_comes(show: Show) -> None:
    tab = show(shown(residual(), lr=0.1), 0)
    look = """document.querySelector("main").outerHTML
      + document.getElementById("scrubber").getAttribute("aria-valuetext")"""
    forwards = []
    for _ in range(16):
        forwards.append(tab.evaluate(look))
        tab.keyboard.press("ArrowRight")
    for expected in reversed(forwards):
        assert tab.evaluate(look) == expected
        tab.keyboard.press("ArrowLeft")
    tab.locator("#scrubber").fill("9")
    assert tab.evaluate(look) == forwards[9]
    assert len(set(forwards)) == 16


def test_a_step_touches_little(show: Show) -> None:
    trace = traced(blocks())
    assert len(trace.names) > 150
    tab = show(page(trace, "title"), first_backward(trace))
    tab.evaluate("""() => {
      window.changes = 0;
      const all = { childList: true, attributes: true, characterData: true };
      new MutationObserver((records) => { changes += records.length; })
        .observe(document.documentElement, { subtree: true, ...all });
    }""")
    for closed in (True, False):
        assert tab.locator(".cover:visible").count() == (42 if closed else 0)
        for _ in range(25):
            tab.evaluate("window.changes = 0")
            tab.keyboard.press("ArrowRight")
            assert 0 < tab.evaluate("changes") < 60
        tab.keyboard.press("c")
        tab.keyboard.press("Home")


def test_layers_close_and_open(show: Show) -> None:
    tab = show(shown(lenet(), lr=0.1))
    tab.keyboard.press("End")
    inside = "#graph .node:visible"
    boxes = tab.locator(inside).count()
    height = tab.locator("#graph svg").bounding_box()["height"]
    sizes = tab.evaluate(
        "['n0', 'n3'].map((id) => document.getElementById(id).getBBox().height)"
    )
    tab.locator(".cluster text", has_text="conv1").press("Enter")
    cover = tab.locator(".cover:visible")
    assert cover.count() == 1
    assert re.fullmatch(r"▸ conv15 valuesnorm \d\.\de[+-]\d\d", cover.text_content())
    assert tab.locator(inside).count() == boxes - 5
    assert tab.locator("#graph svg").bounding_box()["height"] < height - 200
    kept = "document.getElementById('n0').getBBox().height"
    assert tab.evaluate(kept) == sizes[0]
    covers = cover.bounding_box()
    below = tab.locator("#layer1 path").bounding_box()
    above = tab.locator("#n0").bounding_box()
    assert above["y"] + above["height"] < covers["y"]
    assert covers["y"] + covers["height"] < below["y"]
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
    gaps = tab.evaluate("""() => [...document.querySelectorAll(".edge")]
      .filter((edge) => edge.getAttribute("display") !== "none")
      .map((edge) => {
        const path = edge.querySelector("path").getBoundingClientRect();
        return [path.top, path.bottom, path.height];
      })""")
    assert len(gaps) == 7
    assert all(height < 40 for _, _, height in gaps)
    covers = [box.bounding_box() for box in tab.locator(".cover:visible").all()]
    edges = sorted(
        y for top, bottom, height in gaps if height > 2 for y in (top, bottom)
    )
    for cover in covers:
        for y in (cover["y"], cover["y"] + cover["height"]):
            assert min(abs(edge - y) for edge in edges) < 4


def test_nested_layers(show: Show) -> None:
    x = tg.Tensor([1.0, 2.0], requires_grad=True, name="x")
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


def test_search(show: Show) -> None:
    tab = show(shown(residual()))
    tab.keyboard.press("/")
    tab.keyboard.type("add")
    found = tab.locator("[data-state~=found]")
    seen = []
    for _ in range(3):
        seen.append((found.get_attribute("id"), text_of(tab, "#found")))
        tab.keyboard.press("Enter")
    assert seen == [("n2", "1 of 2"), ("n4", "2 of 2"), ("n2", "1 of 2")]
    step = step_of(tab)
    tab.keyboard.type(" no such ")
    assert found.count() == 0 and text_of(tab, "#found") == "none"
    assert step_of(tab) == step
    tab.keyboard.press("Escape")
    assert text_of(tab, "#found") == ""
    tab.keyboard.press("ArrowRight")
    assert step_of(tab) == step + 1


def test_zoom_and_following(show: Show) -> None:
    trace = traced(lenet())
    tab = show(page(trace, "title"), reduced_motion="reduce")
    in_view = """(id) => {
      const box = document.getElementById(id).getBoundingClientRect();
      const view = graph.getBoundingClientRect();
      return box.top >= view.top && box.bottom <= view.bottom;
    }"""
    for _ in range(len(trace)):
        step = trace[step_of(tab) - first_backward(trace)]
        assert tab.evaluate(in_view, f"n{list(trace.names).index(step.source)}")
        tab.keyboard.press("ArrowRight")
    tab.keyboard.press("f")
    assert all(tab.evaluate(in_view, f"n{place}") for place in range(len(trace.names)))
    tab.keyboard.press("0")
    assert text_of(tab, "#zoom") == "100 %"
    tab.keyboard.press("+")
    tab.keyboard.press("+")
    tab.keyboard.press("-")
    assert text_of(tab, "#zoom") == "125 %"


def test_two_pages_in_one_document(show: Show) -> None:
    first, second = shown(softmax()), shown(residual())
    tab = show("<!DOCTYPE html><title>notebook</title><body></body>")
    tab.evaluate(
        """(texts) => texts.forEach((text) => {
          const frame = document.createElement("iframe");
          frame.sandbox = "allow-scripts";
          frame.style = "width: 100%; height: 380px";
          frame.srcdoc = text;
          document.body.append(frame);
        })""",
        [first, second],
    )
    frames = [frame.content_frame for frame in tab.locator("iframe").all()]
    frames[0].locator("html[data-step='11']").wait_for()
    frames[1].locator("html[data-step='6']").wait_for()
    frames[0].locator("#n3").click()
    tab.keyboard.press("ArrowRight")
    frames[0].locator("html:not([data-step='11'])").wait_for()
    assert frames[1].locator("html").get_attribute("data-step") == "6"
    tab.evaluate("document.activeElement.blur()")
    tab.keyboard.press("End")  # belongs to the notebook
    assert frames[1].locator("html").get_attribute("data-step") == "6"
    frames[1].locator("#on").click()
    assert frames[1].locator("html").get_attribute("data-step") == "7"
    assert tab.evaluate("scrollY") == 0 or tab.evaluate("innerHeight") < 780


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


PIXELS = """(canvas) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const places = [...Array(width * height).keys()];
  return places.map((at) => [...data.slice(4 * at, 4 * at + 4)]);
}"""


def pixels(tab: Any) -> list[list[int]]:
    tab.locator("canvas:not([aria-busy])").first.wait_for()
    found: list[list[int]] = tab.locator("canvas").first.evaluate(PIXELS)
    return found


def test_heat_maps(show: Show) -> None:
    values = np.zeros((2, 4, 4))
    values[0, 0, :3] = [1.0, -1.0, np.nan]
    with np.errstate(all="ignore"):
        text = shown((tg.Tensor(values, requires_grad=True, name="x") * 2.0).sum())
    for scheme, zero, ink in [("light", 255, 31), ("dark", 32, 232)]:
        found = pixels(show(text, 0, color_scheme=scheme))
        plus, minus, none, nothing, gap = found[:5]
        assert plus[0] > plus[2] + 90 and minus[2] > minus[0] + 90
        assert none[0] == ink and nothing[0] == zero
        assert gap[3] == 72
        assert len(found) == 4 * 9
    tab = show(text, 0)
    assert text_of(tab, "[data-card=value] dl") == (
        "norm1.4e+00range-1.000 … +1.000mean0zeros91 %NaN1"
    )


def test_an_image_is_shown_as_one(show: Show) -> None:
    image = np.zeros((1, 3, 4, 4))
    image[0, 0, 0, 0] = 1.0  # red
    image[0, 2, 0, 1] = 1.0  # blue
    weights = tg.Tensor(np.ones((1, 3, 1, 1)), requires_grad=True)
    text = shown(tg.conv2d(tg.Tensor(image, name="image"), weights).sum())
    found = pixels(show(text, 0))
    assert found[:3] == [[255, 0, 0, 255], [0, 0, 255, 255], [0, 0, 0, 255]]


def test_numbers_are_written_as_in_python(show: Show) -> None:
    values = [0.0625, 0.1875, 0.3125, -0.0625, 1250.0, 1350.0, 999.9996]
    values += [0.01, 0.00999, 1e-12, 6.02e23, -0.0, 2.0005, -1e-300, 1e300]
    for some in (values[:8], values[8:]):
        x = tg.Tensor(some, requires_grad=True, name="x")
        tab = show(shown((x * 0.0).sum()), 0)
        cells = tab.locator("[data-card=value] .cells span").all_text_contents()
        assert cells == [number(value) for value in some]
    table = tg.Tensor([[1, 2, 3], [4, 5, 6]], name="table")
    tab = show(shown((tg.Tensor(2.0, requires_grad=True) * table).sum()), 1)
    cells = tab.locator("[data-card=value] .cells span")
    assert cells.all_text_contents() == list("123456")
    tops = [cell.bounding_box()["y"] for cell in cells.all()]
    assert len(set(tops)) == 2 and tops[0] == tops[2] < tops[3] == tops[5]


def test_odd_names(show: Show) -> None:
    trace = traced(odd(), lr=0.1)
    tab = show(page(trace, ODD), 0)
    assert tab.title() == ODD
    assert tab.locator("header b, .panel b, #graph b").count() == 0
    assert text_of(tab, "h1") == ODD
    name = trace.names[next(iter(trace.names))]
    assert name.startswith("<b>&\"'</script> größe 日本xxx")
    assert text_of(tab, "#heading") == name
    assert tab.locator("#n0").get_attribute("aria-label").startswith(name)
    tab.keyboard.press("/")
    tab.keyboard.type("</script> GRÖSSE".replace("SS", "ß"))
    assert text_of(tab, "#found") == "1 of 1"
    for _ in trace.timeline:
        tab.keyboard.press("Escape")
        tab.keyboard.press("ArrowRight")
    assert step_of(tab) == len(trace.timeline) - 1
    tab.locator("#n3").click()
    assert "no elements" in text_of(tab, "#cards") or step_of(tab)


def test_what_is_no_number_is_pointed_out(show: Show) -> None:
    trace = traced(odd())
    tab = show(page(trace, "title"), 0)
    assert tab.locator("#remarks p").count() == 1
    assert text_of(tab, "#remarks").endswith("holds NaN.")
    cells = tab.locator("[data-card=value] .cells span")
    assert cells.all_text_contents() == ["nan", "+1.000", "-inf"]
    assert cells.first.get_attribute("class") == "none"
    marks = tab.locator(".mark")
    assert marks.count() == tab.locator("#noted button").count() == 3
    marks.last.click()
    assert "Here the first gradient" in text_of(tab, "#remarks")
    assert text_of(tab, "#remarks") in text_of(tab, "#live")
    tab.locator("#noted summary").click()
    tab.locator("#noted button").first.click()
    assert step_of(tab) == 0


def test_vanishing_and_dead(show: Show) -> None:
    x = tg.Tensor(np.linspace(-1.0, -0.1, 20), requires_grad=True, name="x")
    tab = show(shown((tg.relu(x) + 1e-9 * x).sum()))
    texts = tab.locator("#noted button").all_text_contents()
    assert any("Dead ReLU" in text for text in texts)
    assert any("Vanishing" in text for text in texts)


def test_a_naive_order_is_marked(show: Show) -> None:
    trace = traced(residual(), order="breadth_first")
    tab = show(page(trace, "title"))
    assert "breadth-first order" in text_of(tab, "#result")
    start = first_backward(trace)
    for step in trace:
        remarks = text_of(tab, "#remarks")
        assert ("Too early" in remarks) == step.early
        tab.keyboard.press("ArrowRight")
    assert step_of(tab) == start + len(trace) - 1
    correct = tab.evaluate(READ)["cards"]["correct"]
    assert list(map(float, correct)) == [13.0, -2.0]
    assert "wrong: the gradient of x should be" in text_of(tab, "#cards")
    assert tab.locator(".wrong:visible").text_content() == "wrong"
    assert tab.locator("#n0").get_attribute("aria-label").endswith("wrong")
    tab.keyboard.press("ArrowLeft")
    assert tab.locator(".wrong:visible").count() == 0


def test_without_javascript(show: Show) -> None:
    trace = traced(residual())
    tab = show(page(trace, "title"), java_script_enabled=False)
    assert text_of(tab, "noscript pre") == str(trace)
    assert tab.locator("#n0 text", has_text="+13.000").is_visible()
    assert tab.locator(".scripted:visible").count() == 0


def test_spoken(show: Show) -> None:
    tab = show(shown(residual()), 9)
    live = tab.locator("#live")
    assert live.get_attribute("aria-live") == "polite"
    text = "Step 10 of 15: add 2 sends +1.000 +1.000 to h, 1 of 2 to arrive there."
    assert live.text_content() == text
    label = tab.locator("#n1").get_attribute("aria-label")
    assert label == (
        "h, multiply, +9.000 +1.000, gradient +1.000 +1.000, 1 of 2 arrived"
    )
    assert "not computed yet" not in label
    tab.keyboard.press("Home")
    label = tab.locator("#n1").get_attribute("aria-label")
    assert label == "h, multiply, not computed yet"
    assert tab.locator("#all li").count() == 15
    tab.keyboard.press("/")
    tab.keyboard.press("Tab")
    order = [tab.evaluate("document.activeElement.id")]
    for _ in range(40):
        tab.keyboard.press("Tab")
        order.append(tab.evaluate("document.activeElement.id"))
    boxes = [id for id in order if re.fullmatch(r"n\d", id)]
    assert boxes[:6] == [f"n{place}" for place in range(6)]
    moves = """getComputedStyle(
      document.querySelector(".edge[data-state~=now] path")).animationName"""
    tab.keyboard.press("End")
    assert tab.evaluate(moves) == "march"
    still = show(shown(residual()), 9, reduced_motion="reduce")
    assert still.evaluate(moves) == "none"


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
    for element in tab.locator("button:visible, select:visible, input:visible").all():
        box = element.bounding_box()
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
    assert tab.locator("button:visible, select:visible, input:visible").count() == 0
    svg = tab.locator("#graph svg").bounding_box()
    panel = tab.locator(".panel").bounding_box()
    assert svg["height"] > 500 and panel["height"] > 100
    assert svg["y"] + svg["height"] < panel["y"]


def test_pages_are_small() -> None:
    for batch in (1, 16):
        assert len(shown(lenet(batch), lr=0.1).encode()) < 300_000
