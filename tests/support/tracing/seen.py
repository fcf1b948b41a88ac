"""What a reader sees of a trace's page in a browser."""

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygraph as tg
from tinygraph.tracing.page import page

Show = Callable[..., Any]  # the fixture that opens a page

# What the page shows, read as a reader would: numbers of cards, texts of boxes.
READ = """() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const texts = (some) => some.map((text) => text.textContent.trim());
  return {
    cards: Object.fromEntries(all("[data-card]").map((card) => [
      card.dataset.card,
      all("[data-value]", card).map((cell) => cell.dataset.value),
    ])),
    rows: Object.fromEntries(all(".node").map((box) => [
      box.id, texts(all('[fill="#b84a00"]', box)),
    ])),
    counters: Object.fromEntries(all(".counter").map((badge) => [
      badge.parentNode.id, badge.textContent,
    ])),
    step: Number(document.documentElement.dataset.step),
  };
}"""


def traced(loss: tg.Tensor, **options: Any) -> tg.Trace:
    with np.errstate(all="ignore"):
        return tg.trace(loss, **options)


def shown(loss: tg.Tensor, **options: Any) -> str:
    return page(traced(loss, **options), "title")


def first_backward(trace: tg.Trace) -> int:
    return len(trace.forward)


def step_of(tab: Any) -> int:
    return int(tab.locator("html").get_attribute("data-step"))


def text_of(tab: Any, selector: str) -> str:
    text: str = tab.locator(selector).text_content()
    return text


def until(tab: Any, condition: str) -> bool:
    """Wait for a condition, frame by frame; the page forbids Playwright's own way."""
    result: bool = tab.evaluate(f"""async () => {{
      for (let frame = 0; frame < 600 && !({condition}); frame += 1)
        await new Promise(requestAnimationFrame);
      return {condition};
    }}""")
    return result
