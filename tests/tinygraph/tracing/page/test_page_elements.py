"""Elements in the panel say which elements made them, and which they made."""

import re
from typing import Any

import numpy as np
import pytest
from losses import softmax
from seen import Show, traced

import tinygraph as tg
from tinygraph.drawing.box import number
from tinygraph.tracing.elements import slopes
from tinygraph.tracing.page import page

TERM = re.compile(r"(\S+) · (\S+) (?:from|to) (\S+)")


def cells(tab: Any, kind: str) -> Any:
    return tab.locator(f"[data-card={kind}] .cells span")


def linked(tab: Any, kind: str) -> list[int]:
    found = cells(tab, kind).evaluate_all(
        "(cells) => cells.flatMap((cell, at) => 'linked' in cell.dataset ? [at] : [])"
    )
    return [int(at) for at in found]


def test_every_element_says_where_it_comes_from_and_where_it_goes(show: Show) -> None:
    trace = traced(softmax())
    tab = show(page(trace, "title"), len(trace.forward))
    seen = 0
    for step in trace.steps[1:]:
        tab.keyboard.press("ArrowRight")
        found = slopes(trace, step, 12)
        for side, own, other in (
            (found.T, "contribution", "gradient"),
            (found, "gradient", "contribution"),
        ):
            for place, row in enumerate(side):
                cells(tab, own).nth(place).dispatch_event("pointerenter")
                told = TERM.findall(tab.locator(".reason").inner_text())
                expected = [float(slope) for slope in row if slope]
                assert [slope for _, slope, _ in told] == [*map(number, expected)]
                assert linked(tab, other) == list(np.flatnonzero(row))
                assert linked(tab, own) == [place]
                seen += len(told)
        cells(tab, "gradient").first.dispatch_event("pointerleave")
        assert tab.locator(".reason").inner_text().startswith("Touch an element")
    assert seen > 30


def test_the_sum_is_the_contribution(show: Show) -> None:
    z = tg.Tensor([[1.0, 2.0, 0.5], [0.0, -1.0, 1.0]], requires_grad=True, name="z")
    trace = traced(tg.softmax(z).T[0].sum() * 3.0)
    tab = show(page(trace, "title"), len(trace.forward) + len(trace) - 1)
    contribution = np.ravel(trace[-1].contribution)
    for place, value in enumerate(contribution):
        cells(tab, "contribution").nth(place).focus()
        text = tab.locator(".reason").inner_text()
        assert text.startswith(f"z[{place // 3}, {place % 3}] gets {number(value)}:")
        total = sum(float(a) * float(b) for a, b, _ in TERM.findall(text))
        assert total == pytest.approx(value, abs=2e-3)


def test_what_made_nothing_says_so(show: Show) -> None:
    x = tg.Tensor([1.0, -1.0], requires_grad=True, name="x")
    h = tg.relu(x)
    h.name = "h"
    trace = traced(h.sum())
    tab = show(page(trace, "title"), len(trace.forward) + 2)
    cells(tab, "contribution").nth(1).click()
    assert tab.locator(".reason").inner_text() == "x[1] makes no element of h"
    cells(tab, "gradient").nth(1).click()
    assert tab.locator(".reason").inner_text() == "h[1] depends on no element of x"
