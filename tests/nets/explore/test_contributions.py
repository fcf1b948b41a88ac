"""The terms that the page shows for an element add up to it."""

import base64

import numpy as np
import pytest
from explored import page_module, run_of

from nets import data

NETWORKS = {
    "slides": {},
    "odd sides": {"filters": (3, 5), "kernel": (4, 3), "hidden": (9,)},
    "lenet5": {"network": "lenet5"},
    "no pairs": {"pairs": 0, "hidden": (12,)},
}
SCRIPT = """({ data, image, isRemoved }) => {
  const operations = operationsOf(data);
  if (isRemoved) operations.find(({ kind }) => kind === "conv2d")?.removed.add(1);
  const target = Float32Array.from(data.classes, (_, place) => Number(place === 2));
  const values = forward(operations, standardised(Uint8Array.from(image), data.standardisation));
  const state = { operations, values, ...backward(operations, values, target) };
  const random = chance(3);
  const some = (array) => Array.from({ length: 40 }, () => Math.floor(random() * array.length));
  const checked = [];
  const check = (part, place, array) => {
    const scale = array.reduce((most, one) => Math.max(most, Math.abs(one)), 1e-12);
    for (const index of some(array)) {
      const terms = termsOf(state, element(part, place, index));
      const sum = terms.reduce((so_far, term) => so_far + term.product, 0);
      const found = terms.every((term) => !term.by || Number.isFinite(numberAt(state, term.by)));
      const error = Math.abs(sum - array[index]) / scale;
      checked.push({ part, place, index, error, count: terms.length, found });
    }
  };
  values.forEach((array, place) => {
    const kind = operations[place - 1]?.kind;
    if (["conv2d", "linear", "max_pool2d", "avg_pool2d", "reshape"].includes(kind))
      check("value", place, array);
    if (place < operations.length) check("gradient", place, state.gradients[place]);
  });
  state.weights.forEach((weights, place) => {
    if (weights) for (const name of ["w", "b"]) check("∂" + name, place, weights[name]);
  });
  return checked;
}"""


@pytest.mark.parametrize("network", NETWORKS)
def test_terms_add_up(calculator, pictures, network):
    """Values, gradients of values, and gradients of weights, with and without a filter."""
    known = page_module.contents(
        run_of(pictures, **NETWORKS[network]), data.pictures(4)
    )
    for removed in (False, True):
        image = pictures.images[1].ravel().tolist()
        given = {"data": known, "image": image, "isRemoved": removed}
        checked = calculator.evaluate(SCRIPT, given)
        wrong = [each for each in checked if each["error"] > 1e-5 or not each["found"]]
        assert wrong == []
        assert len(checked) >= 400
        assert any(each["count"] > 3 for each in checked)


def test_every_weight_is_as_often_used_as_its_map_has_pixels(calculator, pictures):
    known = page_module.contents(run_of(pictures), data.pictures(4))
    image = pictures.images[1].ravel().tolist()
    script = SCRIPT.replace(
        "return checked;",
        "return [usesOf(state, element('∂w', 0, 77)).map((t) => [t.from.index, t.by.index]), values[0].length];",
    )
    used, _ = calculator.evaluate(script, {"data": known, "image": image})
    assert len(used) == 28 * 28
    f, c, p, q = np.unravel_index(77, (6, 3, 5, 5))
    for at, under in used:
        map_, i, j = np.unravel_index(at, (6, 28, 28))
        assert map_ == f
        assert under == np.ravel_multi_index((c, i + p, j + q), (3, 32, 32))


def test_packed_numbers_are_read_back(calculator):
    numbers = np.float32([1.5, -2, 1e-30, 3e38])
    text = base64.b64encode(numbers.tobytes()).decode()
    assert (
        calculator.evaluate("(text) => [...floatsOf(text)]", text) == numbers.tolist()
    )
