"""State dicts that do not fit are refused as a whole, with what is wrong."""

import numpy as np
import pytest

import nets
import tinygraph as tg
from nets.layers import load_state_dict, orthogonal


def rng():
    return np.random.default_rng(0)


def network():
    return nets.Sequential(
        nets.Conv2d.random(rng(), 1, 2, 3), nets.BatchNorm2d(2), nets.Flatten()
    )


def bits(layer):
    return {name: array.tobytes() for name, array in layer.state_dict().items()}


WRONG = {
    "0.bias is missing": lambda s: s.pop("0.bias"),
    "0.bias, 1.bias are missing": lambda s: (s.pop("0.bias"), s.pop("1.bias")),
    "head.weight is unexpected": lambda s: s.update({"head.weight": np.ones(2)}),
    r"0.weight is \(2, 1, 5, 5\), not \(2, 1, 3, 3\)": lambda s: s.update(
        {"0.weight": np.ones((2, 1, 5, 5))}
    ),
    r"1.running_mean is \(\), not \(2,\); 1.running_var is missing": lambda s: (
        s.pop("1.running_var"),
        s.update({"1.running_mean": 1.0}),
    ),
    "v0, v1, v2, v3, v4 and 15 more are unexpected": lambda s: s.update(
        {f"v{n}": 0 for n in range(20)}
    ),
}


@pytest.mark.parametrize("said", WRONG)
def test_a_state_that_does_not_fit_changes_nothing(said):
    layer, before = network(), bits(network())
    state = {name: array + 1 for name, array in layer.state_dict().items()}
    WRONG[said](state)
    with pytest.raises(nets.StateError, match=rf"fit this Sequential: {said}\.$"):
        layer.load_state_dict(state)
    assert bits(layer) == before


def test_what_is_there_can_be_loaded_alone():
    layer = network()
    found = layer.load_state_dict({"0.bias": [3, 4], "head": 1}, strict=False)
    assert found.unexpected == ["head"] and len(found.missing) == 6
    assert layer[0].b.data.tolist() == [3.0, 4.0]
    assert layer[0].b.dtype == np.float32
    with pytest.raises(nets.StateError, match=r"0\.bias is"):
        layer.load_state_dict({"0.bias": [1.0]}, strict=False)


def test_tensors_that_require_a_gradient_are_arrays_too():
    torch = pytest.importorskip("torch")
    layer, other = nets.Linear.random(rng(), 2, 3), nets.Linear.random(rng(), 2, 3)
    module = torch.nn.Linear(2, 3)
    layer.load_state_dict(dict(module.named_parameters()))
    assert np.array_equal(layer.w.data, module.weight.detach().numpy())
    other.load_state_dict(dict(layer.named_parameters()))
    assert bits(other) == bits(layer)


def test_a_state_is_a_copy():
    layer = network()
    state = layer.state_dict()
    before = bits(layer)
    for array in state.values():
        array += 1
    assert bits(layer) == before
    layer.load_state_dict(state)
    state["0.weight"][:] = 7
    assert not (layer[0].w.data == 7).any()


def test_two_fields_of_one_name_are_refused():
    class Both:
        def __init__(self):
            self.w, self.weight = tg.Tensor([1.0]), tg.Tensor([2.0])

        def __call__(self, x):
            return x

    with pytest.raises(ValueError, match="two tensors are called weight"):
        load_state_dict(Both(), {})


@pytest.mark.parametrize("shape", [(3, 7), (7, 3), (4, 4), (3, 2, 2, 2)])
def test_orthogonal_weights(shape):
    w = orthogonal(rng(), shape, np.float64).reshape(shape[0], -1)
    product = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-12)
    assert orthogonal(rng(), shape).dtype == np.float32


def test_cells_start_with_one_rotation_for_each_gate():
    cell = nets.LSTMCell.random(rng(), 3, 4, np.float64)
    for gate in cell.weight_hh.data.reshape(4, 4, 4):
        np.testing.assert_allclose(gate @ gate.T, np.eye(4), atol=1e-12)
