"""Layers, and the slides' CNN that is built from them."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.signal import correlate2d

import tinygraph as tg
from nets import Conv2d, Flatten, Linear, MaxPool2d, Network, ReLU, Softmax, slide_cnn
from nets.layers import glorot, he

SHAPES = {
    "conv1.w": (6, 3, 5, 5),
    "conv1.b": (6,),
    "conv2.w": (16, 6, 5, 5),
    "conv2.b": (16,),
    "fc1.w": (120, 400),
    "fc1.b": (120,),
    "fc2.w": (84, 120),
    "fc2.b": (84,),
    "output.w": (4, 84),
    "output.b": (4,),
}


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_parameters_of_the_slides_network() -> None:
    parameters = slide_cnn(rng()).parameters()
    assert {name: tensor.shape for name, tensor in parameters.items()} == SHAPES
    assert list(parameters) == [tensor.name for tensor in parameters.values()]
    assert all(tensor.dtype == np.float32 for tensor in parameters.values())


def test_shapes_along_the_slides_network() -> None:
    value: tg.Tensor = tg.Tensor(np.zeros((2, 3, 32, 32), np.float32))
    shapes = []
    for layers in slide_cnn(rng()).groups.values():
        for layer in layers:
            value = layer(value)
        shapes.append(value.shape)
    assert shapes == [(2, 6, 14, 14), (2, 16, 5, 5), (2, 120), (2, 84), (2, 4)]


@pytest.mark.parametrize("size", [16, 17, 28, 33, 64])
def test_other_sizes(size: int) -> None:
    network = slide_cnn(rng(), classes=10, size=size, channels=1)
    output = network(rng().random((2, 1, size, size), np.float32))
    assert output.shape == (2, 10)
    np.testing.assert_allclose(output.data.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("size", [-1, 0, 15])
def test_sizes_that_are_too_small(size: int) -> None:
    with pytest.raises(tg.ShapeError, match=f"{size} by {size} pixels are too small"):
        slide_cnn(rng(), size=size)


def test_same_seed_same_bits_other_seed_other_bits() -> None:
    first, again, other = (slide_cnn(rng(seed)).parameters() for seed in (3, 3, 4))
    for name, tensor in first.items():
        assert tensor.data.tobytes() == again[name].data.tobytes()
    assert not np.array_equal(first["fc1.w"].data, other["fc1.w"].data)


def test_double_precision_from_end_to_end() -> None:
    output = slide_cnn(rng(), dtype=np.float64)(np.zeros((1, 3, 32, 32)))
    assert output.dtype == np.float64


def test_softmax_of_the_logits_is_the_output() -> None:
    network, images = slide_cnn(rng()), rng().random((2, 3, 32, 32), np.float32)
    logits = network.logits(images)
    np.testing.assert_array_equal(tg.softmax(logits).data, network(images).data)
    without = Network({"only": [Linear.random(rng(), 3, 2)]})
    vector = np.ones((1, 3), np.float32)
    np.testing.assert_array_equal(without.logits(vector).data, without(vector).data)


def test_every_group_has_its_scope() -> None:
    output = slide_cnn(rng())(np.zeros((1, 3, 32, 32), np.float32))
    assert output.graph is not None
    scopes = {scope for _, scope in output.graph.nodes(data="scope")}
    assert {"conv1", "conv2", "fc1", "fc2", "output"} <= scopes


def test_small_layers_by_hand() -> None:
    images = np.arange(-8.0, 8.0).reshape(1, 1, 4, 4)
    assert MaxPool2d()(images).ravel().tolist() == [-3, -1, 5, 7]
    assert Flatten()(images).shape == (1, 16)
    assert ReLU()(images).min() == 0
    assert Softmax()(np.zeros((1, 2))).tolist() == [[0.5, 0.5]]
    linear = Linear(tg.Tensor([[1.0, 2.0]]), tg.Tensor([0.5]))
    assert linear(tg.Tensor([[3.0, 4.0]])).tolist() == [[11.5]]


def test_a_convolution_is_a_sum_of_correlations() -> None:
    layer = Conv2d.random(rng(), channels=3, filters=2, kernel=4, dtype=np.float64)
    assert {name: t.shape for name, t in layer.parameters().items()} == {
        "w": (2, 3, 4, 4),
        "b": (2,),
    }
    assert not layer.b.data.any() and layer.w.requires_grad and layer.b.requires_grad
    layer.b.data = np.array([0.5, -1.0])
    images = rng(1).normal(size=(2, 3, 6, 7))
    for image, filtered in zip(images, layer(images).data, strict=True):
        for w, b, plane in zip(layer.w.data, layer.b.data, filtered, strict=True):
            sums = [correlate2d(*pair, "valid") for pair in zip(image, w, strict=True)]
            np.testing.assert_allclose(plane, np.sum(sums, axis=0) + b, atol=1e-12)


def test_two_parameters_of_one_name_are_refused() -> None:
    twice = [Linear.random(rng(), 2, 2), Linear.random(rng(), 2, 2)]
    with pytest.raises(ValueError, match=r"two parameters are called fc\.w"):
        Network({"fc": twice})


def test_importing_nets_brings_no_library_that_is_needed_later() -> None:
    code = "import nets, sys; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    later = {"PIL", "filelock", "graphviz", "matplotlib", "numba", "torch", "tqdm"}
    assert "nets" in done.stdout.split() and not later & {*done.stdout.split()}


def test_initial_spread() -> None:
    assert he(rng(), (400, 2, 5, 5)).std() == pytest.approx(0.2, rel=0.05)
    assert glorot(rng(), (100, 100)).std() == pytest.approx(0.1, rel=0.05)
