"""A card shows an array as numbers, as a heat map or as an image."""

import json
from typing import Any

import numpy as np
from leaves import parameter
from losses import odd
from seen import Show, shown, step_of, text_of, traced

import tinygraph as tg
from tinygraph.drawing.box import number
from tinygraph.tracing.page import page
from tinygraph.tracing.page.arrays import array_summary
from tinygraph.tracing.page.filling import SCRIPTS, file_text

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
        text = shown((parameter(values, "x") * 2.0).sum())
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
    weights = parameter(np.ones((1, 3, 1, 1)))
    text = shown(tg.conv2d(tg.Tensor(image, name="image"), weights).sum())
    found = pixels(show(text, 0))
    assert found[:3] == [[255, 0, 0, 255], [0, 0, 255, 255], [0, 0, 0, 255]]


def test_numbers_are_written_as_in_python(show: Show) -> None:
    values = [0.0625, 0.1875, 0.3125, -0.0625, 1250.0, 1350.0, 999.9996]
    values += [0.01, 0.00999, 1e-12, 6.02e23, -0.0, 2.0005, -1e-300, 1e300]
    for some in (values[:8], values[8:]):
        tab = show(shown((parameter(some, "x") * 0.0).sum()), 0)
        cells = tab.locator("[data-card=value] .cells span").all_text_contents()
        assert cells == [number(value) for value in some]


def test_a_table_keeps_its_rows_and_integers_have_no_point(show: Show) -> None:
    table = tg.Tensor([[1, 2, 3], [4, 5, 6]], name="table")
    tab = show(shown((parameter(2.0) * table).sum()), 1)
    cells = tab.locator("[data-card=value] .cells span")
    assert cells.all_text_contents() == list("123456")
    tops = [cell.bounding_box()["y"] for cell in cells.all()]
    assert len(set(tops)) == 2 and tops[0] == tops[2] < tops[3] == tops[5]


def test_odd_values_have_a_card_at_every_step(show: Show) -> None:
    trace = traced(odd(), lr=0.1)
    tab = show(page(trace, "title"), 0)
    for place in range(len(trace.timeline)):
        assert step_of(tab) == place
        assert tab.locator("#cards .card").count() > 0
        tab.keyboard.press("ArrowRight")
    empty = list(trace.names.values()).index("empty")
    tab.locator(f"#n{empty}").click()
    assert "contribution to empty0×3 float64no elements" in text_of(tab, "#cards")


def test_scripts_for_elements_and_arrays_serve_any_page(show: Show) -> None:
    entries = [array_summary(np.array([[0.5, -2.0]])), array_summary(np.ones((3, 9)))]
    scripts = "\n".join(file_text(f"scripts/{name}.js") for name in SCRIPTS[:2])
    tab = show(
        f"<!DOCTYPE html><title>arrays</title><style>{file_text('style.css')}</style>"
        f"<body></body><script type='module'>{scripts}\n"
        f"document.body.append(...{json.dumps(entries)}.map((entry) => view(entry)));"
        f"</script>"
    )
    assert tab.locator(".cells span").all_text_contents() == ["+0.500", "-2.000"]
    assert set(map(tuple, pixels(tab))) == {(213, 94, 0, 255)}
    assert SCRIPTS[:2] == ("elements", "arrays")
