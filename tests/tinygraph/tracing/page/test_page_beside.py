"""Two traces side by side open where they differ, and show the same step."""

from pathlib import Path
from typing import Any

import pytest
from seen import Show

import tinygraph as tg


def orders() -> tuple[tg.Trace, tg.Trace]:
    x = tg.Tensor(3.0, requires_grad=True, name="x")
    h = x * x
    y = h + tg.sin(h)
    h.name, y.name = "h", "y"
    return tg.trace(y), tg.trace(y, order="breadth_first")


def wait_for(tab: Any, *steps: int) -> None:
    """Both pages show these steps."""
    for frame, step in zip(tab.frames[1:], steps, strict=True):
        frame.locator(f'html[data-step="{step}"]').wait_for(state="attached")


def test_both_pages_show_the_same_step(show: Show, tmp_path: Path) -> None:
    right, naive = orders()
    path = right.save(tmp_path / "two.html", beside=naive)
    tab = show(path.read_text(encoding="utf-8"))
    found = right.diff(naive)
    assert found is not None
    assert tab.inner_text("#difference") == str(found)
    wait_for(tab, found.place, found.place)
    ours, theirs = tab.frames[1:]
    assert ours.inner_text("#heading") == "sin → h"
    assert theirs.inner_text("#heading") == "h → x"
    ours.click("#on")
    wait_for(tab, found.place + 1, found.place + 1)
    theirs.click("#back")
    theirs.click("#back")
    wait_for(tab, found.place - 1, found.place - 1)
    tab.click("#go")
    wait_for(tab, found.place, found.place)


def test_the_shorter_trace_waits_at_its_end(show: Show, tmp_path: Path) -> None:
    x = tg.Tensor(3.0, requires_grad=True, name="x")
    y = x * x
    short, long = tg.trace(y), tg.trace(y, lr=0.1)
    path = long.save(tmp_path / "two.html", beside=short)
    tab = show(path.read_text(encoding="utf-8"))
    wait_for(tab, 5, 4)
    ours, _ = tab.frames[1:]
    ours.click("#back")
    wait_for(tab, 4, 4)


def test_equal_traces_have_nothing_to_go_to(show: Show, tmp_path: Path) -> None:
    trace, _ = orders()
    again, _ = orders()
    path = trace.save(tmp_path / "two.html", beside=again)
    tab = show(path.read_text(encoding="utf-8"))
    assert tab.inner_text("#difference") == "Nothing differs."
    assert not tab.is_visible("#go")
    wait_for(tab, 0, 0)


def test_only_a_page_has_two_traces(tmp_path: Path) -> None:
    right, naive = orders()
    with pytest.raises(tg.DrawingError, match=r"cannot save two traces as 'two.gif'"):
        right.save(tmp_path / "two.gif", beside=naive)
    with pytest.raises(tg.DTypeError, match="diff: got int: give another trace"):
        right.save(tmp_path / "two.html", beside=3)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
