"""Linear, embedding, normalisation and activation layers beside PyTorch's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nets
import tinygraph as tg

torch = pytest.importorskip("torch")

from namesakes import F64, SEEDS, assert_namesakes, normal  # noqa: E402

SIZES = st.integers(1, 4)


@given(st.lists(SIZES, min_size=1, max_size=3), SIZES, st.booleans(), SEEDS)
def test_linear(shape, outputs, bias, seed):
    rng = np.random.default_rng(seed)
    layer = nets.Linear.random(rng, shape[-1], outputs, **F64, bias=bias)
    module = torch.nn.Linear(shape[-1], outputs, bias=bias)
    assert_namesakes(layer, module, normal(seed, shape), seed, training=[True])


@given(st.lists(SIZES, max_size=2), SIZES, SIZES, st.booleans(), SEEDS)
def test_embedding(shape, rows, size, padded, seed):
    rng = np.random.default_rng(seed)
    padding = int(rng.integers(rows)) if padded else None
    layer = nets.Embedding.random(rng, rows, size, **F64, padding_idx=padding)
    assert padding is None or not layer.w.data[padding].any()
    module = torch.nn.Embedding(rows, size, padding_idx=padding)
    index = rng.integers(rows, size=shape)
    assert_namesakes(layer, module, [index], seed, training=[True])


@given(
    st.tuples(st.integers(2, 3), SIZES, SIZES, SIZES),
    st.none() | st.floats(0.05, 0.9),
    st.booleans(),
    SEEDS,
)
def test_batch_norm(shape, momentum, affine, seed):
    given = dict(momentum=momentum, affine=affine)
    layer = nets.BatchNorm2d(shape[1], epsilon=0.01, **given, **F64)
    module = torch.nn.BatchNorm2d(shape[1], eps=0.01, **given)
    assert_namesakes(layer, module, normal(seed, shape), seed)


@given(
    st.lists(SIZES, min_size=1, max_size=3),
    st.integers(1, 3),
    st.booleans(),
    st.booleans(),
    SEEDS,
)
def test_layer_norm(shape, axes, affine, bias, seed):
    last = tuple(shape[-axes:])
    layer = nets.LayerNorm(last, epsilon=0.01, affine=affine, bias=bias, **F64)
    module = torch.nn.LayerNorm(last, 0.01, affine, bias)
    assert_namesakes(layer, module, normal(seed, [2, *shape]), seed, training=[True])


@given(SIZES, SIZES, st.lists(SIZES, max_size=2), st.booleans(), SEEDS)
def test_group_norm(groups, each, size, affine, seed):
    channels = groups * each
    layer = nets.GroupNorm(groups, channels, epsilon=0.01, affine=affine, **F64)
    module = torch.nn.GroupNorm(groups, channels, 0.01, affine)
    images = normal(seed, [2, channels, 2, *size])
    assert_namesakes(layer, module, images, seed, training=[True])


ACTIVATIONS = [
    (nets.ReLU(), torch.nn.ReLU()),
    (nets.LeakyReLU(), torch.nn.LeakyReLU()),
    (nets.LeakyReLU(0.3), torch.nn.LeakyReLU(0.3)),
    (nets.GELU(), torch.nn.GELU()),
    (nets.GELU("tanh"), torch.nn.GELU("tanh")),
    (nets.SiLU(), torch.nn.SiLU()),
    (nets.Sigmoid(), torch.nn.Sigmoid()),
    (nets.Tanh(), torch.nn.Tanh()),
    (nets.Softmax(), torch.nn.Softmax(-1)),
    (nets.Softmax(axis=1), torch.nn.Softmax(1)),
]


@pytest.mark.parametrize(("layer", "module"), ACTIVATIONS, ids=str)
def test_activations(layer, module):
    assert_namesakes(layer, module, normal(3, (3, 4, 5)), 3, training=[True])


def test_dropout_keeps_the_mean_and_is_off_in_use():
    layer, x = nets.Dropout(0.25, np.random.default_rng(0)), np.ones(20_000)
    y = layer(x)
    assert {*y.tolist()} == {0.0, 1 / 0.75}
    assert np.mean(y == 0) == pytest.approx(0.25, abs=0.02)
    assert layer.eval()(x) is x
    assert not np.array_equal(layer.train()(x), y), "new numbers each time"


@pytest.mark.parametrize("p", [-0.1, 1, float("nan")])
def test_dropout_of_no_probability(p):
    with pytest.raises(tg.ArgumentError, match=f"probability p is {p}"):
        nets.Dropout(p, np.random.default_rng(0))


def test_shapes_that_do_not_fit_a_normalisation():
    batch, layers, groups = nets.BatchNorm2d(3), nets.LayerNorm(4), nets.GroupNorm(1, 3)
    for layer, shape in (
        (batch, (2, 4, 5, 5)),
        (batch, (2, 3)),
        (layers, (2, 5)),
        (nets.LayerNorm((2, 3), affine=False), (3,)),
        (groups, (2, 4, 5)),
        (groups, (3,)),
    ):
        with pytest.raises(tg.ShapeError, match=type(layer).__name__):
            layer(np.zeros(shape))
    with pytest.raises(tg.ShapeError, match="groups is 2: it must divide the 3"):
        nets.GroupNorm(2, 3)


def test_one_number_in_a_channel_has_no_variance():
    layer, x = nets.BatchNorm2d(3), np.zeros((1, 3, 1, 1))
    with pytest.raises(tg.ShapeError, match="train with larger batches"):
        layer(x)
    assert layer.num_batches_tracked.data == 0
    assert layer.eval()(x).shape == x.shape
