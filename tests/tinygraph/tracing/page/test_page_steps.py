"""Each step on the page shows what the trace says, and nothing else."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from losses import blocks, lenet, residual, softmax
from seen import READ, Show, first_backward, shown, step_of, text_of, traced

import tinygraph as tg
from tinygraph.drawing.box import gradient_texts
from tinygraph.tracing.page import page
from tinygraph.tracing.page.arrays import SHORT
from tinygraph.tracing.steps import AnyStep, BackwardStep, ForwardStep, UpdateStep


def figures(array: Any, brief: bool = False) -> Any:
    """What a card shows of an array: all its numbers, or its statistics."""
    values = np.asarray(array, float).ravel()
    if values.size > SHORT:
        values = [np.linalg.norm(values), values.min(), values.max(), values.mean()]
        values = values[:3] if brief else values
    return pytest.approx(list(values), rel=1e-12, abs=1e-300, nan_ok=True)


def cards_of(step: AnyStep) -> dict[str, Any]:
    """The cards that belong to a step, and the figures that they are to show."""
    if isinstance(step, ForwardStep):
        return {"value": figures(step.value)}
    if isinstance(step, UpdateStep):
        kinds = ("before", "gradient", "after")
        return {kind: figures(getattr(step, kind)) for kind in kinds}
    kinds = ("gradient", "local", "contribution")
    there = [kind for kind in kinds if getattr(step, kind) is not None]
    cards = {kind: figures(getattr(step, kind)) for kind in there}
    if step.node is not None and step.expected > 1:
        before = [] if step.before is None else step.before
        cards["before"] = figures(before, brief=True)
        cards["this"] = figures(step.contribution, brief=True)
        cards["sum"] = figures(step.total, brief=True)
    return cards


@pytest.mark.parametrize("make", [softmax, residual, lenet])
def test_every_step_reads_as_in_the_trace(
    show: Show, make: Callable[[], tg.Tensor]
) -> None:
    trace = traced(make(), lr=0.1)
    tab = show(page(trace, "title"), 0)
    rows: dict[str, list[str]] = {}
    counts: dict[str, str] = {}
    for place, step in enumerate(trace.timeline):
        seen = tab.evaluate(READ)
        assert seen["step"] == place
        cards = {kind: list(map(float, texts)) for kind, texts in seen["cards"].items()}
        assert cards == cards_of(step)
        if isinstance(step, BackwardStep):
            box = f"n{trace.places[step.source]}"
            rows[box] = gradient_texts(step.total)
            if step.expected > 1:
                counts[box] = f"{step.arrived}/{step.expected}"
            begun = {b: t for b, t in seen["counters"].items() if t[0] != "0"}
            assert begun == counts
        arrived = {box: row for box, row in seen["rows"].items() if any(row)}
        assert arrived == rows  # and no other box shows any gradient
        tab.keyboard.press("ArrowRight")


@pytest.mark.parametrize("make", [softmax, residual, lenet])
def test_in_the_end_the_sum_is_grad(show: Show, make: Callable[[], tg.Tensor]) -> None:
    loss = make()
    trace = traced(loss)
    tab = show(page(trace, "title"))
    loss.backward()
    graph = loss.graph
    assert graph is not None
    leaves = {n: leaf for n, leaf in graph._tape.tensor.items() if leaf.requires_grad}
    assert leaves
    for node, leaf in leaves.items():
        name = trace.names[node]
        last = max(step.number for step in trace if step.source == node)
        tab.locator(f"#n{trace.places[node]}").press("Enter")
        assert step_of(tab) == first_backward(trace) + last
        cards = tab.evaluate(READ)["cards"]
        found = cards["sum"] if trace.expected[node] > 1 else cards["contribution"]
        assert list(map(float, found)) == figures(leaf.grad), name


def test_sums_and_counters_grow_by_each_contribution(show: Show) -> None:
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
    assert tab.locator(".edge[data-state~=whole] text:visible").count() > 0
    assert tab.locator(".badge:visible").count() > 0
    tab.keyboard.press("Home")
    assert tab.locator(".edge text:visible, .badge:visible").count() == 0


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
