"""The terms that the page shows for an element add up to it."""

import base64

import numpy as np
import pytest
from explored import page_module, run_of, script

from nets import data

NETWORKS = {
    "slides": {},
    "odd sides": {"filters": (3, 5), "kernel": (4, 3), "hidden": (9,)},
    "lenet5": {"network": "lenet5"},
    "no pairs": {"pairs": 0, "hidden": (12,)},
}
SCRIPT = script("explored_terms")


@pytest.mark.parametrize("network", NETWORKS)
def test_terms_add_up(calculator, pictures, network):
    """Of values, of their gradients and of weights', with and without a filter."""
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
    used = calculator.evaluate(
        """({ data, image }) => {
          const operations = operationsOf(data);
          const x = standardised(Uint8Array.from(image), data.standardisation);
          const values = forward(operations, x);
          const target = values.at(-1).map(() => 0);
          const state = { operations, values, ...backward(operations, values, target) };
          const terms = usesOf(state, element("∂w", 0, 77));
          return terms.map(({ from, by }) => [from.index, by.index]);
        }""",
        {"data": known, "image": image},
    )
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
