"""The page of a network: small, alone, and for every window, theme and reader."""

import os
import re
from pathlib import Path

import pytest
from explored import run_of
from explored_page import WINDOW, step_to

from nets import data
from nets.explore import page


def test_the_page_is_small_and_the_same_each_time(run, pictures):
    texts = [page(run, pictures) for _ in range(2)]
    assert texts[0] == texts[1]
    assert len(page(run_of(pictures), data.pictures(40)).encode()) < 1_500_000


def test_it_asks_nothing_of_the_network(run, pictures):
    text = page(run, pictures)
    addresses = set(re.findall(r"https?://[^\"'\s<)]+", text))
    assert all(address.startswith("http://www.w3.org/") for address in addresses)
    assert not re.search(r"<(link|img|script)[^>]+(src|href)=(?!\"data:)", text)
    assert "default-src 'none'" in text


def test_layers_are_closed_and_opened(tab):
    name = tab.locator(".panel .name").first
    views = tab.locator(".panel:has(.name) .view:visible")
    before = views.count()
    name.click()
    assert name.get_attribute("aria-expanded") == "false"
    assert views.count() == before - 4
    name.click()
    assert views.count() == before


def test_playing_goes_on_and_pauses(tab):
    tab.locator("#speed").select_option("4")
    tab.locator("#play").click()
    tab.locator("html[data-chapter=backward]").wait_for(state="attached")
    tab.locator("#play").click()
    assert tab.locator("#play").inner_text() == "Play"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 2560])
def test_nothing_sticks_out(chromium, run, pictures, tmp_path, scheme, width):
    path = tmp_path / "page.html"
    path.write_text(page(run, pictures), encoding="utf-8")
    window = {"width": width, "height": 844}
    tab = chromium.new_context(viewport=window, color_scheme=scheme).new_page()
    tab.goto(path.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    tab.context.close()


def test_paper_is_white(chromium, run, pictures, tmp_path):
    """A dark page prints with the colours of the light one, and stays dark."""
    path = tmp_path / "page.html"
    path.write_text(page(run, pictures), encoding="utf-8")
    tab = chromium.new_context(**WINDOW, color_scheme="dark").new_page()
    tab.goto(path.as_uri())
    step_to(tab, int(tab.locator("#scrubber").get_attribute("max")) - 2)
    canvas = tab.locator("[data-part=w] canvas").first
    seen = []
    for event in ("none", "beforeprint", "afterprint"):
        tab.evaluate("(name) => dispatchEvent(new Event(name))", event)
        seen.append(canvas.evaluate("(canvas) => canvas.toDataURL()"))
    tab.context.close()
    assert seen[0] == seen[2] != seen[1]


def test_without_javascript_it_says_so(chromium, run, pictures, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(page(run, pictures), encoding="utf-8")
    tab = chromium.new_context(java_script_enabled=False).new_page()
    tab.goto(path.as_uri())
    assert "it needs JavaScript" in tab.locator("noscript").inner_text()
    assert tab.locator("main").is_hidden()
    tab.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(chromium, run, pictures, tmp_path, scheme):
    """In both themes, with a number explained and gradients everywhere."""
    folder = Path(os.environ.get("NODE_MODULES", ""))
    axe = folder / "axe-core/axe.min.js"
    if not axe.exists():
        pytest.skip("npm install axe-core, and name its folder by NODE_MODULES")
    path = tmp_path / "page.html"
    path.write_text(page(run, pictures), encoding="utf-8")
    options = {"color_scheme": scheme, "bypass_csp": True}
    tab = chromium.new_context(**WINDOW, **options).new_page()
    tab.goto(path.as_uri())
    step_to(tab, int(tab.locator("#scrubber").get_attribute("max")) - 2)
    tab.locator("[data-part=w] canvas").first.focus()
    tab.keyboard.press("ArrowRight")
    tab.add_script_tag(path=axe)
    found = tab.evaluate("() => axe.run().then(({ violations }) => violations)")
    tab.context.close()
    assert [one["id"] for one in found] == []
