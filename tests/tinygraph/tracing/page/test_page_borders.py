"""A page keeps to itself: names stay text, a notebook around it is left alone."""

import html
import re

from losses import ODD, odd, residual, softmax
from seen import Show, shown, step_of, text_of, traced

from tinygraph.tracing.page import in_frame, page


def test_odd_names_stay_text(show: Show) -> None:
    trace = traced(odd(), lr=0.1)
    tab = show(page(trace, ODD), 0)
    assert tab.title() == ODD
    assert tab.locator("header b, .panel b, #graph b").count() == 0
    assert text_of(tab, "h1") == ODD
    name = trace.names[next(iter(trace.names))]
    assert name.startswith("<b>&\"'</script> größe 日本xxx")
    assert text_of(tab, "#heading") == name
    assert tab.locator("#n0").get_attribute("aria-label").startswith(name)
    tab.keyboard.press("/")
    tab.keyboard.type("</script> GRÖßE")
    assert text_of(tab, "#found") == "1 of 1"


def test_two_pages_in_a_notebook_leave_it_and_each_other_alone(show: Show) -> None:
    frames = in_frame(shown(softmax())) + in_frame(shown(residual()))
    tab = show(f"<!DOCTYPE html><title>notebook</title>{frames}")
    first, second = (frame.content_frame for frame in tab.locator("iframe").all())
    first.locator("html[data-step='11']").wait_for()
    second.locator("html[data-step='6']").wait_for()
    assert tab.evaluate("document.body.scrollHeight > innerHeight && scrollY === 0")
    first.locator("#on").click()
    tab.keyboard.press("ArrowRight")
    first.locator("html[data-step='13']").wait_for()
    assert step_of(second) == 6
    tab.evaluate("document.activeElement.blur()")
    tab.keyboard.press("End")  # belongs to the notebook
    assert (step_of(first), step_of(second)) == (13, 6)
    second.locator("#on").click()
    assert (step_of(first), step_of(second)) == (13, 7)


def test_a_small_trace_adds_less_than_forty_kilobytes_to_a_notebook(show: Show) -> None:
    trace = traced(softmax())
    shown = trace._repr_html_()
    assert len(shown) < 40_000
    tab = show(f"<!DOCTYPE html><title>notebook</title>{shown}")
    frame = tab.locator("iframe").content_frame
    frame.locator("html[data-step]").wait_for()
    assert (
        frame.locator("h1").text_content()
        == f"backward from {trace.names[trace.output]}"
    )
    assert frame.locator("#graph .node").count() == len(trace.names)


def test_without_scripts_a_notebook_has_the_steps() -> None:
    trace = traced(softmax())
    found = re.fullmatch(r'<iframe .*srcdoc="([^"]*)".*</iframe>', trace._repr_html_())
    assert found is not None
    inside = html.unescape(found[1])
    noscript = inside[inside.index("<noscript>") : inside.index("</noscript>")]
    assert f"<pre>{html.escape(str(trace))}</pre>" in noscript
