"""What a terminal shows after each step."""

import re

import numpy as np
import pytest
from losses import product
from together import together

import tinygraph as tg
from tinygraph.tracing import Trace
from tinygraph.tracing.terminal.screen import (
    DETAILS,
    columns,
    cut_off,
    first_shown,
    padded,
    screen,
    widths_of,
)

CODE = re.compile(r"\x1b\[[0-9;]*m")
VERMILLION = "\x1b[38;5;166m"
SIZES = [(80, 24), (100, 30), (40, 12), (20, 6), (200, 60), (12, 5), (12, 1)]


def texts(trace: Trace, place: int, width: int = 100, height: int = 24) -> list[str]:
    """The screen as it is read."""
    return [CODE.sub("", line) for line in screen(trace, place, width, height)]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_screen_fits(width: int, height: int) -> None:
    trace = product()
    for place in range(len(trace.timeline)):
        lines = texts(trace, place, width, height)
        assert len(lines) == height
        assert max(map(columns, lines)) <= width


@together("width", range(26, 80))
def test_columns_give_way_to_the_gradient(width: int) -> None:
    rows = texts(product(), 13, width)[2:8]
    assert rows[0].split()[-1] == "gradient"
    gradients = " ".join(row.split()[-1] for row in rows[1:])
    assert gradients == "+2.605 +2.605 +0.250 +1.000 +1.000"
    most = ["name", "operation", "shape", "value", "gradient"]
    assert (rows[0].split() == most) == (width >= 56)


def test_headings_are_above_their_columns() -> None:
    trace = product()
    headings, *rows = texts(trace, 13)[2:8]
    x = next(row for row in rows if " x " in row)
    for heading, cell in (
        ("name", "x"),
        ("operation", "parameter"),
        ("shape", "scalar"),
    ):
        assert headings.index(heading) == x.index(cell)
    assert headings.index("gradient") == x.index("+2.605")


def test_a_gradient_that_has_not_arrived_is_empty() -> None:
    trace = product()
    rows = {line.split()[0]: line for line in texts(trace, 5)[3:8]}
    assert "+1.000" in rows["seed"]
    assert rows["x"].split() == ["x", "parameter", "scalar", "+0.500"]


def test_partial_sums_and_counts() -> None:
    trace = product()
    shown = [" ".join(texts(trace, place)[4].split()) for place in range(6, 12)]
    assert shown[0].startswith("to y ") and shown[0].endswith("+1.000 1 of 3")
    assert shown[3].endswith("+2.284 2 of 3")
    place = 5 + next(n for n, step in enumerate(trace.steps) if step.arrived == 3)
    assert " ".join(texts(trace, place)[4].split()).endswith("+2.605")
    assert any("3 of 3 arrived" in line for line in texts(trace, place))


def test_the_step_in_words_and_numbers() -> None:
    trace = product()
    step = trace.steps[1]
    lines = [" ".join(line.split()) for line in texts(trace, len(trace.forward) + 1)]
    assert lines[0].startswith("backward step 1 of 7")
    assert step.sentence in lines
    for expected in ("gradient +1.000", "contribution +1.000", "before nothing"):
        assert expected in lines
    assert "sum +1.000 1 of 3 arrived" in lines
    last = texts(trace, len(trace.timeline) - 1)
    assert last[0].startswith("update  step 1 of 1")
    assert "x takes a step against its gradient." in last


def test_only_gradients_are_vermillion() -> None:
    trace = product()
    for place, step in enumerate(trace.timeline):
        lines = screen(trace, place, 100, 24)
        assert any(VERMILLION in line for line in lines) == (place >= 5), step
        assert not any("38;5" in line for line in screen(trace, place, 100, 24, False))


def test_nothing_before_a_contribution_is_no_gradient() -> None:
    trace = product()
    first = next(step for step in trace if step.name and step.before is None)
    later = next(step for step in trace if step.before is not None)
    for step, is_gradient in [(first, False), (later, True)]:
        lines = screen(trace, len(trace.forward) + step.number, 100, 24)
        [before] = [line for line in lines if "before" in CODE.sub("", line)[:6]]
        assert (VERMILLION in before) == is_gradient


def test_a_wrong_order_is_marked() -> None:
    trace = product("breadth_first")
    pages = ["\n".join(texts(trace, p)) for p in range(len(trace.timeline))]
    for place, step in enumerate(trace.steps, len(trace.forward)):
        assert ("Too early: y passes its gradient on after 1 of 3" in pages[place]) == (
            step.early
        )
    assert "wrong: should be +2.605" in pages[-1]
    assert "wrong:" not in pages[-2]
    assert "breadth-first order" in pages[0]


def test_notes_are_shown_where_they_belong() -> None:
    x = tg.Tensor([-1.0] * 8, requires_grad=True, name="x")
    trace = tg.trace(tg.relu(x).sum())
    pages = ["\n".join(texts(trace, p)) for p in range(len(trace.timeline))]
    assert ["Dead ReLU" in page for page in pages].index(True) == len(pages) - 1


def test_a_long_list_scrolls_to_the_step() -> None:
    y = tg.Tensor(1.0, requires_grad=True, name="x")
    for number in range(60):
        y = y * 1.01
        y.name = f"y{number}"
    trace = tg.trace(y)
    for place, step in enumerate(trace.timeline):
        name = getattr(step, "source_name", "") or getattr(step, "name", "")
        assert any(f" {name} " in line for line in texts(trace, place)[3:14]), place
    assert first_shown([2, 50], 50, 60, 10) == 45


def test_names_that_are_hard_to_show() -> None:
    names = ["重み" * 30, "e\u0301" * 20, "\x1b[2J\x07bell", "<b>&amp;"]
    tensors = [tg.Tensor(1.0, requires_grad=True, name=name) for name in names]
    trace = tg.trace(tensors[0] * tensors[1] * tensors[2] * tensors[3])
    for place in range(len(trace.timeline)):
        for line in texts(trace, place, 60, 20):
            assert columns(line) <= 60
            assert "\x1b" not in line and "\x07" not in line
    assert cut_off("重み", 3) == "重"
    assert padded("重みを", 5) == "重み…"


def test_values_that_are_no_numbers() -> None:
    x = tg.Tensor([0.0, np.nan], requires_grad=True, name="x")
    empty = tg.Tensor(np.zeros((0, 3)), requires_grad=True)
    trace = tg.trace((x * 2.0).sum() + empty.sum())
    pages = ["\n".join(texts(trace, p)) for p in range(len(trace.timeline))]
    assert any("The value of x contains NaN" in page for page in pages)


@together("height", range(9, 40))
def test_values_and_details_share_the_height(height: int) -> None:
    trace = product()
    lines = texts(trace, 6, height=height)
    assert "quit" in lines[-1]
    [rule] = [place for place, line in enumerate(lines) if set(line) == {"─"}]
    values, details = rule - 3, height - 1 - rule
    assert details == max(1, min(1 + DETAILS, height - 8))
    assert values >= min(5, height - 4 - details) > 0


def test_a_table_is_as_wide_as_its_columns_need() -> None:
    trace = product()
    wide = widths_of(trace, 200)
    assert all(wide)
    need = 7 + sum(wide) + 2 * len(wide) + 12
    assert widths_of(trace, need) == wide
    assert widths_of(trace, need - 1) == wide._replace(operation=0)


def test_what_is_computed_is_plain_and_what_a_step_is_about_is_bold() -> None:
    rows = screen(product(), 2, 100, 24)[3:8]  # exp of y
    assert not CODE.match(rows[0])
    assert [CODE.findall(row)[0] for row in rows[1:]] == [
        *["\x1b[1m"] * 2,
        *["\x1b[2m"] * 2,
    ]
