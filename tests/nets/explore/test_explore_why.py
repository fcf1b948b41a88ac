"""What the page says of each step and each number adds up, and is tinygraph's."""

import re

import numpy as np
import pytest
from explored import page_module
from explored_page import LR, number, step_to

import tinygraph as tg


def test_gradients_arrive_from_the_end(tab):
    count = int(tab.locator("#scrubber").get_attribute("max"))
    seen = []
    for place in range(count + 1):
        step_to(tab, place)
        seen.append(tab.locator("[data-shows=gradient]").count())
    begin = seen.index(1)
    views = tab.locator(".view").count()
    assert seen[:begin] == [0] * begin
    assert sorted(seen[begin:-2]) == seen[begin:-2]
    assert seen[-3] == views
    assert seen[-2:] == [0, 0]


def test_every_step_of_the_backward_pass_names_its_line(tab):
    count = int(tab.locator("#scrubber").get_attribute("max"))
    found = set()
    for place in range(count - 1):
        step_to(tab, place)
        found |= {
            one.inner_text() for one in tab.locator("#step-formula .source").all()
        }
    root = page_module.HERE.parents[1]
    assert len(found) >= 9
    for line in found:
        file, number_of = re.fullmatch(
            r"(tinygraph/ops/\w+\.py), line (\d+)", line
        ).groups()
        begins = (root / file).read_text().splitlines()[int(number_of) - 1]
        assert re.search(r"vjp|lambda g|def \w+\(g: Any", begins), line
    assert tab.locator("#step-formula math").count() == 2


def test_why_spells_out_sums(tab, same):
    """Under the pointer: the number, and terms that add up to it."""
    same.error()
    for part, place, gradient in (
        ("value", 1, False),
        ("value", 4, False),
        ("w", 0, True),
    ):
        step_to(
            tab,
            int(tab.locator("#scrubber").get_attribute("max")) - 2 if gradient else 9,
        )
        tab.locator("#shows").select_option("gradients" if gradient else "values")
        canvas = tab.locator(f"[data-part={part}][data-place='{place}'] canvas")
        canvas.hover(position={"x": 12, "y": 12})
        shown = tab.locator("#why-terms tr:not(.sum) [data-value]")
        products = [float(one.get_attribute("data-value")) for one in shown.all()]
        total = number(tab, "#why-number")
        scale = max(map(abs, products))
        assert sum(products) == pytest.approx(total, abs=1e-5 * scale)
        assert tab.locator(".marks .focus").count() == 1
        assert tab.locator(".marks .source").count() >= 1


def test_the_update_is_spelled_out(tab, same):
    """The weight of the first layer with the largest gradient, after the step."""
    step_to(tab, int(tab.locator("#scrubber").get_attribute("max")) - 1)
    same.error()
    [w, *_] = same.run.network.parameters().values()
    place = np.abs(w.grad).argmax()
    after = w.data.flat[place] - LR * w.grad.flat[place]
    assert number(tab, "#step-example") == pytest.approx(after, rel=1e-5)
    assert "E falls from" in tab.locator("#step-sentence").inner_text()
    tab.locator("#step-example .look").click()
    assert number(tab, "#why-number") == pytest.approx(w.data.flat[place], rel=1e-5)


def test_a_pooled_pixel_shows_its_window_and_the_winner(tab, same):
    canvas = tab.locator("[data-part=value][data-place='3'] canvas")
    canvas.hover(position={"x": 10, "y": 10})
    same.error()
    terms = tab.locator("#why-terms tr:not(.sum)")
    assert terms.count() == 1 + 4
    assert tab.locator("[data-place='2'] .winner").count() == 1
    values = same.run.standardise(same.image[None])
    for layer in same.layers[:3]:
        values = layer(tg.Tensor(np.asarray(getattr(values, "data", values))))
    assert number(tab, "#why-number") in values.data[0].ravel().tolist()


def test_keys_reach_every_number(tab, same):
    canvas = tab.locator("[data-part=value][data-place='1'] canvas")
    canvas.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        tab.keyboard.press(key)
    assert "map 1, row 2, column 2" in tab.locator("#why-name").inner_text()
    values = same.layers[0](tg.Tensor(same.run.standardise(same.image[None])))
    assert number(tab, "#why-number") == pytest.approx(
        values.data[0, 0, 1, 1], rel=1e-5
    )
    tab.keyboard.press("Escape")
    assert tab.locator("#why-body").is_hidden()


def test_terms_add_up_in_the_wrong_order_too(tab, same):
    """There, gradients have gone through weights that were already new."""
    values = [same.run.standardise(same.image[None])]
    for layer in same.layers:
        values.append(np.asarray(layer(tg.Tensor(values[-1])).data))
    tab.locator("#too-large").click()
    tab.locator("#shows").select_option("gradients")
    step_to(tab, int(tab.locator("#scrubber").get_attribute("max")) - 2)
    for place in (3, 9):  # before a convolution, and before weighted sums
        active = int(values[place].argmax())  # weights of others do not change
        totals = [total_of_terms(tab, place, active, is_wrong) for is_wrong in (0, 1)]
        assert totals[0] != totals[1]


def total_of_terms(tab, place, index, is_wrong):
    """The gradient of an element of a value, which its terms add up to."""
    tab.locator("#wrong-order").set_checked(bool(is_wrong))
    tab.locator(f"[data-part=value][data-place='{place}'] canvas").focus()
    columns = {3: 14, 9: 1}[place]
    for key in "ArrowRight", *["ArrowDown"] * (index // columns):
        tab.keyboard.press(key)
    for _ in range(index % columns):
        tab.keyboard.press("ArrowRight")
    terms = tab.locator("#why-terms tr:not(.sum) [data-value]").all()
    products = [float(one.get_attribute("data-value")) for one in terms]
    total = number(tab, "#why-number")
    scale = max(map(abs, products))
    assert scale > 0
    assert sum(products) == pytest.approx(total, abs=1e-5 * scale)
    tab.keyboard.press("Escape")
    return total


def test_the_update_shows_the_new_weights(tab):
    """They stay when the next image comes."""
    tab.locator("#too-large").click()
    last = int(tab.locator("#scrubber").get_attribute("max"))
    pictures = []
    for place in (8, last - 1, last):
        step_to(tab, place)
        canvas = tab.locator("[data-part=w] canvas").first
        pictures.append(canvas.evaluate("(canvas) => canvas.toDataURL()"))
    assert pictures[0] != pictures[1] == pictures[2]
