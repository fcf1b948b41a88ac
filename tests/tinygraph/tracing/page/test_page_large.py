"""Large graphs open with few boxes, and a step changes only what it concerns."""

from typing import Any

import numpy as np
import pytest
from losses import blocks, lenet, residual
from seen import Show, step_of, traced

import tinygraph as tg
from tinygraph.tracing.page import page

GRAPH = "document.querySelector('#graph').innerHTML"


def recurrent(length: int) -> tg.Tensor:
    W = tg.Tensor(np.eye(2) * 0.5, requires_grad=True, name="W")
    h = tg.Tensor(np.zeros((1, 2)))
    for step in range(length):
        h = tg.tanh(h @ W + np.full((1, 2), 1.0 / (1 + step)))
    loss = (h * h).sum()
    loss.name = "loss"
    return loss


def arrive(tab: Any, place: int, last: int) -> None:
    """Go to a step: the last steps of the way one by one."""
    if abs(step_of(tab) - place) > 8:
        near = max(0, min(last, place + 4))
        tab.evaluate(f"location.hash = '#{near + 1}'")
        tab.locator(f'html[data-step="{near}"]').wait_for(state="attached")
    while (now := step_of(tab)) != place:
        tab.keyboard.press("ArrowRight" if now < place else "ArrowLeft")


@pytest.mark.parametrize("make", [residual, lenet, blocks])
def test_a_step_looks_the_same_from_wherever_one_comes(show: Show, make: Any) -> None:
    trace = traced(make(), lr=0.1)
    text, last = page(trace, "title"), len(trace.timeline) - 1
    closing = "c" if make is lenet else ""  # those of many blocks are closed already
    walking = show(text, 0)
    start, end = len(trace.forward), last - len(trace.updates)
    for place in (1, last, start + 1, start - 1, start + 3, end, 0):
        arrive(walking, place, last)
        fresh = show(text, place)
        for tab in (walking, fresh):
            if closing:
                tab.keyboard.press(closing)
        assert walking.evaluate(GRAPH) == fresh.evaluate(GRAPH)
        if closing:
            walking.keyboard.press(closing)


def test_thousands_of_values_open_with_few_elements(show: Show) -> None:
    trace = traced(recurrent(500), lr=0.1)
    assert len(trace.forward) > 2000
    tab = show(page(trace, "title"), len(trace.forward))
    assert tab.evaluate("document.querySelectorAll('*').length") < 2000
    assert tab.locator(".node").count() < 40
    place = len(trace.timeline) - 1
    arrive(tab, place, place)
    card = tab.locator("[data-card=after]")
    cells = "(cells) => cells.map((cell) => Number(cell.dataset.value))"
    numbers = card.locator("[data-value]").evaluate_all(cells)
    assert numbers == pytest.approx(trace.updates[0].after.ravel())
    tab.keyboard.press("Home")
    assert tab.locator("#heading").inner_text() == trace.forward[0].name
