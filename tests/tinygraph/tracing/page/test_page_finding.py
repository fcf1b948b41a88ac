"""What a reader looks for in a page's graph comes into view."""

from losses import lenet, residual
from seen import Show, shown, step_of, text_of, traced

from tinygraph.tracing.page import page


def test_search(show: Show) -> None:
    tab = show(shown(residual()))
    tab.keyboard.press("/")
    tab.keyboard.type("add")
    found = tab.locator("[data-state~=found]")
    seen = []
    for _ in range(3):
        seen.append((found.get_attribute("id"), text_of(tab, "#found")))
        tab.keyboard.press("Enter")
    assert seen == [("n2", "1 of 2"), ("n4", "2 of 2"), ("n2", "1 of 2")]
    step = step_of(tab)
    tab.keyboard.type(" no such ")
    assert found.count() == 0 and text_of(tab, "#found") == "no match"
    assert step_of(tab) == step
    tab.keyboard.press("Escape")
    assert text_of(tab, "#found") == ""
    tab.keyboard.press("ArrowRight")
    assert step_of(tab) == step + 1


IN_VIEW = """(box) => {
  const { top, bottom, left, right } = box.getBoundingClientRect();
  const view = document.getElementById("graph").getBoundingClientRect();
  const isInside = (low, high, from, to) => low >= from && high <= to;
  return isInside(top, bottom, view.top, view.bottom)
    && isInside(left, right, view.left, view.right);
}"""


def test_the_graph_follows_the_steps(show: Show) -> None:
    trace = traced(lenet())
    tab = show(page(trace, "title"), reduced_motion="reduce")
    boxes = tab.locator("#graph .node")
    assert not all(box.evaluate(IN_VIEW) for box in boxes.all())
    for step in trace:
        assert tab.locator(f"#n{trace.places[step.source]}").evaluate(IN_VIEW)
        tab.keyboard.press("ArrowRight")


def test_zoom(show: Show) -> None:
    tab = show(shown(lenet()))
    tab.keyboard.press("f")
    assert all(box.evaluate(IN_VIEW) for box in tab.locator("#graph .node").all())
    tab.keyboard.press("0")
    assert text_of(tab, "#zoom") == "100 %"
    tab.keyboard.press("+")
    tab.keyboard.press("+")
    tab.keyboard.press("-")
    assert text_of(tab, "#zoom") == "125 %"
