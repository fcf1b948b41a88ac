"""Large graphs are folded where something is repeated."""

from collections.abc import Callable

import numpy as np
import pytest
from leaves import parameter

import tinygraph as tg
from tinygraph.drawing.repeats import folded, longest_repeat
from tinygraph.drawing.sheet import Sheet, sheet
from tinygraph.tracing.layout import sheet_of


def recurrent(length: int) -> tg.Tensor:
    W, b = parameter(np.eye(2) * 0.5, "W"), parameter([0.1, 0.2], "b")
    h = tg.Tensor(np.zeros((1, 2)))
    for step in range(length):
        h = tg.tanh(h @ W + b + np.full((1, 2), 1.0 / (1 + step)))
    return (h * h).sum()


def stack(length: int) -> tg.Tensor:
    h = tg.Tensor(np.ones((1, 2)), name="x")
    for _ in range(length):
        h = h + tg.tanh(h @ parameter(np.eye(2) * 0.001))
    return tg.exp(h).sum()


def encoder_and_decoder(length: int) -> tg.Tensor:
    return recurrent(length) * stack(length)


def titles(drawn: Sheet) -> list[str]:
    return [box.title for box in drawn.boxes.values()]


@pytest.mark.parametrize(
    ("text", "repeat"),
    [
        ("abababab", (0, 2, 4)),
        ("xyzabcabcabcabcx", (3, 3, 4)),
        ("aaaaab", (0, 1, 5)),
        ("abcdef", None),
        ("a", None),
        ("", None),
        ("ababxcdcdcd", (5, 2, 3)),
    ],
)
def test_the_longest_repeat(text, repeat):
    assert longest_repeat(text) == repeat


def test_the_longest_repeat_is_one_and_no_other_covers_more():
    rng = np.random.default_rng(0)
    for _ in range(200):
        text = "".join(rng.choice(list("ab"), rng.integers(1, 14)))
        covered = max(
            (
                count * length
                for start in range(len(text))
                for length in range(1, len(text))
                for count in range(2, len(text) + 1)
                if text.startswith(text[start : start + length] * count, start)
                and start + length * count <= len(text)
            ),
            default=0,
        )
        found = longest_repeat(text)
        assert covered == (0 if found is None else found.length * found.times)
        if found is not None:
            block = text[found.start : found.start + found.length]
            assert text.startswith(block * found.times, found.start)


def test_iterations_of_a_loop_are_boxes():
    loss = stack(5)
    whole = sheet(loss.graph, loss.node)
    drawn = folded(whole, loss.graph, 1)
    assert titles(drawn) == [
        "x",
        *(f"iteration {i}" for i in range(1, 6)),
        "exp",
        "sum",
    ]
    boxes = [box for box in drawn.boxes.values() if box.role == "layer"]
    assert all("3 operations, 1 parameter" in box.label for box in boxes)


def test_what_several_iterations_use_stays_outside():
    loss = recurrent(4)
    drawn = folded(sheet(loss.graph, loss.node), loss.graph, 1)
    outside = [title for title in titles(drawn) if "iteration" not in title]
    assert outside == ["input", "W", "b", "multiply", "sum"]


def test_many_iterations_share_boxes():
    loss = recurrent(100)
    drawn = folded(sheet(loss.graph, loss.node), loss.graph, 50)
    loops = [title for title in titles(drawn) if "iteration" in title]
    assert loops[:2] == ["iterations 1 to 5", "iterations 6 to 10"] and len(loops) == 20
    loss = stack(150)
    drawn = folded(sheet(loss.graph, loss.node), loss.graph, 50)
    loops = [title for title in titles(drawn) if "iteration" in title]
    assert loops[-1] == "iterations 149 to 150" and len(loops) == 75


def test_folding_ends_when_few_boxes_are_left():
    loss = encoder_and_decoder(20)
    whole = sheet(loss.graph, loss.node)
    once = folded(whole, loss.graph, len(whole.boxes) - 1)
    twice = folded(whole, loss.graph, 1)
    assert len(twice.boxes) < len(once.boxes) < len(whole.boxes)
    assert folded(whole, loss.graph, len(whole.boxes)) is whole
    assert "iteration 1 of loop 2" in titles(twice)


@pytest.mark.parametrize("make", [recurrent, stack, encoder_and_decoder])
def test_every_value_and_use_is_found(make: Callable[[int], tg.Tensor]):
    loss = make(30)
    whole = sheet(loss.graph, loss.node)
    drawn = folded(whole, loss.graph, 1)
    ids = {box.id for box in drawn.boxes.values()}
    arrows = {use.id for box in drawn.boxes.values() for use in box.uses}
    assert set(drawn.box_of) == set(whole.boxes) and set(drawn.box_of.values()) == ids
    for box in whole.boxes.values():
        for use in box.uses:
            place = drawn.arrow_of.get(use.id, use.id)
            assert place in arrows or place == ""


def test_lines_of_code_tell_loops_apart():
    with tg.source_lines():
        h = parameter([1.0, 2.0], "x")
        for _ in range(3):
            h = tg.sin(h)
        for _ in range(4):
            h = tg.sin(h)
        loss = h.sum()
    drawn = folded(sheet(loss.graph, loss.node), loss.graph, 1)
    assert titles(drawn) == [
        *(f"iteration {i} of loop 2" for i in range(1, 4)),
        *(f"iteration {i}" for i in range(1, 5)),
        "sum",
    ]


def test_a_trace_of_thousands_of_values_has_few_boxes():
    trace = tg.trace(stack(500))
    drawn = sheet_of(trace, None)
    assert len(trace.forward) > 2000 and len(drawn.boxes) < 150


def test_what_is_not_repeated_is_refused_still():
    rng = np.random.default_rng(1)
    h = parameter(0.5, "x")
    own = [tg.sin, tg.cos, tg.tanh, tg.sigmoid]
    for place in range(450):
        h = own[rng.integers(4)](h)[(None,) * (place % 7)]
        h = h.reshape(())
    trace = tg.trace(h)
    with pytest.raises(tg.DrawingError, match=r"a graph of \d+ boxes cannot be laid"):
        sheet_of(trace, None)
