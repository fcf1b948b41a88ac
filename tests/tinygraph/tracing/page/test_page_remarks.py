"""The page points out what is odd or wrong in a trace."""

import numpy as np
from leaves import parameter
from losses import odd, residual
from seen import READ, Show, first_backward, shown, step_of, text_of, traced

import tinygraph as tg
from tinygraph.tracing.page import page


def test_what_is_no_number_is_pointed_out(show: Show) -> None:
    tab = show(shown(odd()), 0)
    assert tab.locator("#remarks p").count() == 1
    assert text_of(tab, "#remarks").endswith("contains NaN.")
    cells = tab.locator("[data-card=value] .cells span")
    assert cells.all_text_contents() == ["nan", "+1.000", "-inf"]
    assert cells.first.get_attribute("class") == "none"
    marks = tab.locator(".mark")
    assert marks.count() == tab.locator("#remarked button").count() == 3
    marks.last.click()
    assert "The first gradient that" in text_of(tab, "#remarks")
    assert text_of(tab, "#remarks") in text_of(tab, "#live")
    tab.locator("#remarked summary").click()
    tab.locator("#remarked button").first.click()
    assert step_of(tab) == 0


def test_vanishing_and_dead_are_listed(show: Show) -> None:
    x = parameter(np.linspace(-1.0, -0.1, 20), "x")
    tab = show(shown((tg.relu(x) + 1e-9 * x).sum()))
    texts = tab.locator("#remarked button").all_text_contents()
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
