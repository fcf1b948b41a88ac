"""Every network beside the same one in PyTorch: keys, outputs, gradients, state."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nets.networks import GPT, Autoencoder, lenet5, mlp, resnet20, slide_cnn, vgg11
from nets.networks.vgg import STAGES

torch = pytest.importorskip("torch")

import torch_networks as twins  # noqa: E402
from namesakes import F64, SEEDS, assert_namesakes, normal  # noqa: E402


def rng():
    return np.random.default_rng(0)


@settings(max_examples=10)
@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 5)), max_size=3),
    st.lists(st.integers(1, 5), max_size=3),
    SEEDS,
)
def test_slide_cnn(pairs, hidden, seed):
    filters, kernels = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    given = dict(filters=filters, kernel=kernels, hidden=hidden)
    network = slide_cnn(rng(), 3, 38, **F64, **given)
    module = twins.slide(3, 38, filters, kernels, hidden)
    images = normal(seed, (2, 3, 38, 38))
    assert_namesakes(network, module, images, seed, training=[True])


def test_lenet5():
    images = normal(0, (3, 1, 32, 32))
    assert_namesakes(lenet5(rng(), **F64), twins.lenet5(10), images, 0)


def test_vgg11(monkeypatch):
    narrow = tuple(tuple(filters // 16 for filters in stage) for stage in STAGES)
    monkeypatch.setattr("nets.networks.vgg.STAGES", narrow)
    images = normal(0, (3, 3, 32, 32))
    assert_namesakes(vgg11(rng(), 4, **F64), twins.vgg(narrow, 4), images, 0)


def test_resnet20():
    images = normal(0, (3, 3, 16, 16))
    assert_namesakes(resnet20(rng(), 4, **F64), twins.resnet20(4), images, 0)


def test_mlp():
    network, module = (
        mlp(rng(), 12, 3, [5, 4], **F64),
        twins.slide(3, 2, [], [], [5, 4]),
    )
    assert_namesakes(network, module, normal(0, (4, 3, 2, 2)), 0)


def test_autoencoder():
    network = Autoencoder.random(rng(), 12, 2, code=5, **F64)
    module = twins.autoencoder(12, 2, 5)
    assert_namesakes(network, module, normal(0, (3, 2, 12, 12)), 0)


def test_gpt():
    given = dict(vocabulary=7, context=6, size=8, heads=2, depth=2)
    network, module = GPT.random(rng(), **given, **F64), twins.GPT(**given)
    numbers = np.random.default_rng(1).integers(7, size=(3, 5))
    assert_namesakes(network, module, [numbers], 0)
