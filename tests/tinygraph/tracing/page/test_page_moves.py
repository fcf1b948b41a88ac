"""Keys, clicks, the scrubber, play and the address lead to the step they name."""

import pytest
from losses import blocks, softmax
from seen import Show, first_backward, shown, step_of, traced, until

from tinygraph.tracing.page import page


def test_keys(show: Show) -> None:
    trace = traced(blocks(3), lr=0.1)
    tab = show(page(trace, "title"))
    start = first_backward(trace)
    assert step_of(tab) == start
    operations = [step.operation for step in trace]
    assert operations[:4] == ["seed", "sum", "add", "add"]
    for keys, expected in [
        ("ArrowRight", start + 1),
        ("ArrowLeft", start),
        ("Shift+ArrowRight", start + 1),
        ("Shift+ArrowRight", start + 3),  # both steps of one operation
        ("Shift+ArrowLeft", start + 1),
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
    scopes = ["" if s.node is None else trace.graph.at(s.node).scope for s in trace]
    last = max(place for place, scope in enumerate(scopes) if scope == "block2")
    assert step_of(tab) == start + last


def test_keys_stay_with_the_help_while_it_is_open(show: Show) -> None:
    tab = show(shown(softmax()), 5)
    tab.keyboard.press("?")
    assert tab.locator("#help").is_visible()
    tab.keyboard.press("Home")
    assert step_of(tab) == 5
    tab.keyboard.press("Escape")
    assert not tab.locator("#help").is_visible()
    tab.keyboard.press("Home")
    assert step_of(tab) == 0


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
    tab.locator("#back").click()
    assert step_of(tab) == 1
    tab.locator("#all summary").click()
    tab.locator("#all button").nth(4).click()
    assert step_of(tab) == 4
    strip = tab.locator("#strip").bounding_box()
    across = (start + 2.5) / len(trace.timeline) * strip["width"]
    tab.mouse.click(strip["x"] + across, strip["y"] + 30)
    assert step_of(tab) == start + 2


def test_the_scrubber(show: Show) -> None:
    trace = traced(softmax())
    tab = show(page(trace, "title"))
    tab.locator("#scrubber").fill("3")
    assert step_of(tab) == 3
    text = tab.locator("#scrubber").get_attribute("aria-valuetext")
    assert text.startswith("Step 4 of 20, forward: ")
    strip = tab.locator("#strip").bounding_box()
    scrubber = tab.locator("#scrubber").bounding_box()
    column = strip["width"] / len(trace.timeline)
    thumb = scrubber["x"] + 8  # its middle, at the first step
    assert thumb == pytest.approx(strip["x"] + column / 2, abs=0.5)


def test_play(show: Show) -> None:
    tab = show(shown(softmax()), 3)
    play = tab.locator("#play")
    tab.locator("#speed").select_option("5")
    play.click()
    assert play.text_content() == "Pause"
    assert until(tab, "Number(document.documentElement.dataset.step) > 4")
    play.click()
    assert play.text_content() == "Play"
    tab.locator("#scrubber").fill("18")
    play.click()
    assert until(tab, "document.getElementById('play').textContent === 'Play'")
    assert step_of(tab) == 19  # there it stops by itself, and the next time
    play.click()
    assert step_of(tab) < 5  # it starts again
    assert play.text_content() == "Pause"


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
