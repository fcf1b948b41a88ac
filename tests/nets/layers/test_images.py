"""Convolution and pooling layers beside PyTorch's, for any geometry."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import nets
import tinygraph as tg

torch = pytest.importorskip("torch")

from namesakes import F64, SEEDS, assert_namesakes, normal  # noqa: E402


@st.composite
def numbers(draw, least, most):
    """A number, or one for rows and one for columns."""
    each = st.integers(least, most)
    return draw(each | st.tuples(each, each))


@given(
    st.tuples(*[st.integers(1, 3)] * 4),
    numbers(1, 3),
    numbers(1, 3),
    numbers(0, 2),
    numbers(1, 2),
    st.booleans(),
    SEEDS,
)
def test_convolution(sizes, kernel, stride, padding, dilation, bias, seed):
    batch, groups, inputs, outputs = sizes
    channels, filters = groups * inputs, groups * outputs
    given = dict(stride=stride, padding=padding, dilation=dilation, groups=groups)
    rng = np.random.default_rng(seed)
    layer = nets.Conv2d.random(
        rng, channels, filters, kernel, **F64, bias=bias, **given
    )
    module = torch.nn.Conv2d(channels, filters, kernel, bias=bias, **given)
    images = normal(seed, (batch, channels, 6, 7))
    assert_namesakes(layer, module, images, seed, training=[True])


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@given(SEEDS, st.integers(1, 3), st.integers(1, 2))
def test_convolution_of_the_same_size(seed, kernel, dilation):
    given = dict(padding="same", dilation=dilation)
    rng = np.random.default_rng(seed)
    layer = nets.Conv2d.random(rng, 2, 3, kernel, **F64, **given)
    module = torch.nn.Conv2d(2, 3, kernel, **given)
    images = normal(seed, (2, 2, 5, 6))
    assert_namesakes(layer, module, images, seed, training=[True])


@given(
    st.tuples(*[st.integers(1, 3)] * 4),
    numbers(1, 3),
    numbers(1, 3),
    numbers(0, 1),
    numbers(0, 2),
    numbers(1, 2),
    st.booleans(),
    SEEDS,
)
def test_transposed_convolution(
    sizes, kernel, stride, padding, more, dilation, bias, seed
):
    batch, groups, inputs, outputs = sizes
    channels, filters = groups * inputs, groups * outputs
    given = dict(stride=stride, padding=padding, groups=groups, dilation=dilation)
    pairs = [np.broadcast_to(n, 2) for n in (more, stride, dilation, kernel, padding)]
    assume(all(pairs[0] < np.maximum(pairs[1], pairs[2])))
    assume(all(pairs[3] > 2 * pairs[4]))
    rng = np.random.default_rng(seed)
    layer = nets.ConvTranspose2d.random(
        rng, channels, filters, kernel, **F64, bias=bias, output_padding=more, **given
    )
    module = torch.nn.ConvTranspose2d(
        channels, filters, kernel, bias=bias, output_padding=more, **given
    )
    images = normal(seed, (batch, channels, 3, 4))
    assert_namesakes(layer, module, images, seed, training=[True])


@given(numbers(1, 3), st.none() | numbers(1, 3), st.booleans(), SEEDS)
def test_pooling(kernel, stride, ceil, seed):
    padding = tuple(np.broadcast_to(kernel, 2).tolist())
    given = dict(stride=stride, padding=tuple(n // 2 for n in padding), ceil_mode=ceil)
    images = normal(seed, (2, 3, 6, 7))
    pairs = [
        (nets.MaxPool2d(kernel, **given), torch.nn.MaxPool2d(kernel, **given)),
        (nets.AvgPool2d(kernel, **given), torch.nn.AvgPool2d(kernel, **given)),
        (
            nets.AvgPool2d(kernel, **given, count_include_pad=False),
            torch.nn.AvgPool2d(kernel, **given, count_include_pad=False),
        ),
    ]
    for layer, module in pairs:
        assert_namesakes(layer, module, images, seed, training=[True])


@given(numbers(1, 3), numbers(1, 2), SEEDS)
def test_dilated_pooling(kernel, dilation, seed):
    given = dict(stride=2, dilation=dilation)
    layer, module = nets.MaxPool2d(kernel, **given), torch.nn.MaxPool2d(kernel, **given)
    images = normal(seed, (2, 3, 6, 7))
    assert_namesakes(layer, module, images, seed, training=[True])


@given(numbers(1, 5), SEEDS)
def test_adaptive_pooling(size, seed):
    layer, module = nets.AdaptiveAvgPool2d(size), torch.nn.AdaptiveAvgPool2d(size)
    images = normal(seed, (2, 3, 6, 7))
    assert_namesakes(layer, module, images, seed, training=[True])


def test_flatten():
    images = normal(0, (2, 3, 4, 5))
    assert_namesakes(nets.Flatten(), torch.nn.Flatten(), images, 0)


def test_groups_must_divide_channels_and_filters():
    rng = np.random.default_rng(0)
    for layer in (nets.Conv2d, nets.ConvTranspose2d):
        for channels, filters, groups in ((3, 4, 2), (4, 3, 2), (4, 4, 0)):
            with pytest.raises(tg.ShapeError, match=f"groups is {groups}: it must"):
                layer.random(rng, channels, filters, 3, groups=groups)
