"""The page of `nets explore` as tests see it, and the same network in tinygraph."""

import numpy as np
import pytest
from explored import near, page_module

import tinygraph as tg

LR = page_module.LR
WINDOW = {"viewport": {"width": 1280, "height": 800}}
SET = """([id, value]) => {
  const one = document.getElementById(id);
  one.value = value;
  one.dispatchEvent(new Event("input"));
}"""


def number(tab, selector):
    """The number that an element shows, to the last digit."""
    return float(
        tab.locator(f"{selector} [data-value]").first.get_attribute("data-value")
    )


def outputs(tab):
    shown = tab.locator("#outputs tbody [data-value]")
    return [float(one.get_attribute("data-value")) for one in shown.all()]


def choose(tab, name, value):
    tab.evaluate(SET, [name, str(value)])


def step_to(tab, place):
    choose(tab, "scrubber", place)


class Same:
    """The same network in tinygraph, with a picture and a target."""

    def __init__(self, run, pictures, picture=2):
        self.run, self.layers = run, [layer for _, layer in run.network.named_parts()]
        self.start = {key: w.data for key, w in run.network.parameters().items()}
        self.image, self.label = pictures.images[picture], int(pictures.labels[picture])

    def error(self):
        x = tg.Tensor(self.run.standardise(self.image[None]), requires_grad=True)
        self.x = x
        for layer in self.layers:
            x = layer(x)
        self.output = x
        target = np.eye(len(self.run.classes), dtype=np.float32)[[self.label]]
        error = tg.mse(x, target)
        for parameter in self.run.network.parameters().values():
            parameter.zero_grad()
        error.backward()
        return error.item()

    def descend(self, lr):
        for parameter in self.run.network.parameters().values():
            parameter.data = parameter.data - np.float32(lr) * parameter.grad

    def restore(self):
        for key, parameter in self.run.network.parameters().items():
            parameter.data = self.start[key]


def check(tab, same):
    """Error and outputs on the page are those of tinygraph."""
    error = same.error()
    assert number(tab, "#error") == pytest.approx(error, rel=1e-5)
    assert near(outputs(tab), same.output.data) < 1e-5
