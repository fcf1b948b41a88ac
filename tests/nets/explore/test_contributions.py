"""The terms that the page shows for an element add up to it."""

import base64

import numpy as np
import pytest
from explored import page_module, run_of, script

import tinygraph as tg
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


@pytest.mark.parametrize("network", ["slides", "odd sides"])
def test_receptive_fields(calculator, pictures, network):
    """The pixels outside of it have no gradient, and its corners have one."""
    run = run_of(pictures, **NETWORKS[network])
    known = page_module.contents(run, data.pictures(4))
    layers = [layer for _, layer in run.network.named_parts()]
    for parameter in run.network.parameters().values():
        parameter.data = np.abs(parameter.data) + np.float32(
            0.01
        )  # ReLU blocks nothing
    x = tg.Tensor(np.ones((1, 3, 32, 32), np.float32), requires_grad=True)
    x = x + tg.Tensor(np.random.default_rng(1).random((1, 3, 32, 32), np.float32))
    value, script = x, "([data, place, at]) => fieldOf(data.operations, place, at)"
    for place in range(1, 7):
        value = layers[place - 1](value)
        row, column = value.shape[2] // 2, value.shape[3] - 1
        seed = np.zeros(value.shape, np.float32)
        seed[0, 1, row, column] = 1
        tg.sum(value * seed).backward()
        rows, columns = np.nonzero(x.grad[0].any(axis=0))
        at = int(np.ravel_multi_index((1, row, column), value.shape[1:]))
        field = calculator.evaluate(script, [known, place, at])
        assert field["top"] <= rows.min() <= rows.max() <= field["bottom"]
        assert field["left"] <= columns.min() <= columns.max() <= field["right"]
        if place <= 2:
            assert (field["top"], field["right"]) == (rows.min(), columns.max())
        sides = field["bottom"] - field["top"], field["right"] - field["left"]
        assert sides[0] == sides[1] == expected_side(known["operations"][:place]) - 1


def expected_side(operations):
    """The side of a receptive field, by the usual recurrence."""
    side, jump = 1, 1
    for operation in operations:
        kernel = operation.get("kernel", (operation.get("wShape") or [1])[-1])
        side += (kernel - 1) * jump
        jump *= operation.get("kernel", 1)
    return side
