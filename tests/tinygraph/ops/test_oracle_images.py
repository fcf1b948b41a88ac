"""Convolution and pooling of any geometry, beside PyTorch's."""

import contextlib

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import tinygraph as tg

torch = pytest.importorskip("torch")
functional = torch.nn.functional

from oracle import assert_agree  # noqa: E402

SEEDS = st.integers(0, 2**32 - 1)
BATCHES = st.sampled_from([(), (1,), (3,)])  # of one image, and of several
MODES = [contextlib.nullcontext, tg.compiled, lambda: tg.threads(2)]


def normal(seed, *shapes):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in shapes]


def spaced(seed, shape):
    """Numbers of which no two are equal."""
    rng = np.random.default_rng(seed)
    return rng.permutation(np.prod(shape, dtype=int)).reshape(shape) * 0.1


def numbers(draw, axes, least, most):
    """One number, or one for each axis."""
    each = st.integers(least, most)
    if axes == 1:
        return draw(each)
    return draw(each | st.tuples(*[each] * axes))


def each_of(value, axes):
    return (value,) * axes if isinstance(value, int) else value


@st.composite
def convolutions(draw, axes):
    """Shapes of x, w and b, and keywords; one geometry in four is "same"."""
    kernel = tuple(draw(st.integers(1, 4)) for _ in range(axes))
    dilation = numbers(draw, axes, 1, 3)
    more = dict(dilation=dilation, groups=draw(st.integers(1, 2)))
    if draw(st.integers(0, 3)):
        more |= dict(
            stride=numbers(draw, axes, 1, 3), padding=numbers(draw, axes, 0, 3)
        )
        borders = each_of(more["padding"], axes)
    else:
        more["padding"] = draw(st.sampled_from(["same", "valid"]))
        borders = (0,) * axes
    parts = zip(kernel, each_of(dilation, axes), borders, strict=True)
    least = [max(1, d * (k - 1) + 1 - 2 * p) for k, d, p in parts]
    size = tuple(draw(st.integers(n, n + 4)) for n in least)
    inputs, outputs = draw(st.integers(1, 2)), draw(st.integers(1, 3))
    groups = more["groups"]
    x = (*draw(BATCHES), inputs * groups, *size)
    return [x, (outputs * groups, inputs, *kernel), (outputs * groups,)], more


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("mode", MODES, ids=["numpy", "compiled", "threads"])
@given(convolution=convolutions(2), bias=st.booleans(), seed=SEEDS)
def test_conv2d(mode, convolution, bias, seed):
    shapes, more = convolution
    with mode():
        assert_agree(
            lambda *xs: tg.conv2d(*xs, **more),
            lambda *xs: functional.conv2d(*xs, **more),
            normal(seed, *shapes[: 2 + bias]),
            seed,
        )


@st.composite
def transposed(draw, axes):
    """Shapes of x, w and b, and keywords of a transposed convolution."""
    kernel = tuple(draw(st.integers(1, 3)) for _ in range(axes))
    stride, dilation = numbers(draw, axes, 1, 3), numbers(draw, axes, 1, 3)
    padding, groups = numbers(draw, axes, 0, 2), draw(st.integers(1, 2))
    steps = zip(each_of(stride, axes), each_of(dilation, axes), strict=True)
    output_padding = tuple(draw(st.integers(0, max(pair) - 1)) for pair in steps)
    more = dict(
        stride=stride,
        dilation=dilation,
        padding=padding,
        groups=groups,
        output_padding=output_padding[0] if axes == 1 else output_padding,
    )
    size = tuple(draw(st.integers(1, 4)) for _ in range(axes))
    values = [size, kernel, output_padding]
    values += [each_of(more[n], axes) for n in ("stride", "dilation", "padding")]
    assume(
        all(
            (n - 1) * s - 2 * p + d * (k - 1) + 1 + extra > 0
            for n, k, extra, s, d, p in zip(*values, strict=True)
        )
    )
    inputs, outputs = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    x = (*draw(BATCHES), inputs * groups, *size)
    return [x, (inputs * groups, outputs, *kernel), (outputs * groups,)], more


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@given(convolutions(1), st.booleans(), SEEDS)
def test_conv1d(convolution, bias, seed):
    shapes, more = convolution
    assert_agree(
        lambda *xs: tg.conv1d(*xs, **more),
        lambda *xs: functional.conv1d(*xs, **more),
        normal(seed, *shapes[: 2 + bias]),
        seed,
    )


@given(transposed(1), st.booleans(), SEEDS)
def test_conv_transpose1d(convolution, bias, seed):
    shapes, more = convolution
    assert_agree(
        lambda *xs: tg.conv_transpose1d(*xs, **more),
        lambda *xs: functional.conv_transpose1d(*xs, **more),
        normal(seed, *shapes[: 2 + bias]),
        seed,
    )


@given(transposed(2), st.booleans(), SEEDS)
def test_conv_transpose2d(convolution, bias, seed):
    shapes, more = convolution
    assert_agree(
        lambda *xs: tg.conv_transpose2d(*xs, **more),
        lambda *xs: functional.conv_transpose2d(*xs, **more),
        normal(seed, *shapes[: 2 + bias]),
        seed,
    )


@st.composite
def poolings(draw, axes, dilated):
    """A shape of images and keywords that say how they are pooled."""
    kernel = numbers(draw, axes, 1, 4)
    kernels = each_of(kernel, axes)
    more = dict(kernel=kernel, stride=None)
    if draw(st.booleans()):
        more["stride"] = numbers(draw, axes, 1, 4)
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernels)
    more["padding"] = padding[0] if axes == 1 else padding
    dilation = numbers(draw, axes, 1, 3) if dilated else 1
    if dilated:
        more["dilation"] = dilation
    parts = zip(kernels, each_of(dilation, axes), padding, strict=True)
    least = [max(1, d * (k - 1) + 1 - 2 * p) for k, d, p in parts]
    size = tuple(draw(st.integers(n, n + 5)) for n in least)
    return (*draw(BATCHES), draw(st.integers(1, 2)), *size), more


rounded = pytest.mark.parametrize("ceil_mode", [False, True], ids=["down", "up"])


def torch_pool(name, more):
    """PyTorch's pooling, which calls its kernel otherwise."""
    more = dict(more)
    kernel = more.pop("kernel")
    return lambda x: getattr(functional, name)(x, kernel, **more)


@rounded
@pytest.mark.parametrize("mode", MODES, ids=["numpy", "compiled", "threads"])
@given(pooling=poolings(2, dilated=True), seed=SEEDS)
def test_max_pool2d(ceil_mode, mode, pooling, seed):
    shape, more = pooling
    more |= dict(ceil_mode=ceil_mode)
    x = spaced(seed, shape)
    expected = torch_pool("max_pool2d", more)(torch.tensor(x))
    with mode():
        if torch.isinf(expected).any():
            with pytest.raises(tg.ShapeError, match="nothing but padding"):
                tg.max_pool2d(x, **more)
            return
        assert_agree(
            lambda x: tg.max_pool2d(x, **more),
            torch_pool("max_pool2d", more),
            [x],
            seed,
        )


@rounded
@pytest.mark.parametrize("padded", [False, True])
@given(
    pooling=poolings(2, dilated=False),
    divisor=st.sampled_from([None, None, 3, -2]),
    seed=SEEDS,
)
def test_avg_pool2d(ceil_mode, padded, pooling, divisor, seed):
    shape, more = pooling
    more |= dict(ceil_mode=ceil_mode, count_include_pad=padded)
    more |= dict(divisor_override=divisor)
    assert_agree(
        lambda x: tg.avg_pool2d(x, **more),
        torch_pool("avg_pool2d", more),
        normal(seed, shape),
        seed,
    )


@rounded
@given(pooling=poolings(1, dilated=True), seed=SEEDS)
def test_max_pool1d(ceil_mode, pooling, seed):
    shape, more = pooling
    more |= dict(ceil_mode=ceil_mode)
    x = spaced(seed, shape)
    assume(not torch.isinf(torch_pool("max_pool1d", more)(torch.tensor(x))).any())
    assert_agree(
        lambda x: tg.max_pool1d(x, **more), torch_pool("max_pool1d", more), [x], seed
    )


@rounded
@pytest.mark.parametrize("padded", [False, True])
@given(pooling=poolings(1, dilated=False), seed=SEEDS)
def test_avg_pool1d(ceil_mode, padded, pooling, seed):
    shape, more = pooling
    more |= dict(ceil_mode=ceil_mode, count_include_pad=padded)
    assert_agree(
        lambda x: tg.avg_pool1d(x, **more),
        torch_pool("avg_pool1d", more),
        normal(seed, shape),
        seed,
    )


@given(BATCHES, st.integers(1, 9), st.integers(1, 9), SEEDS)
def test_adaptive_avg_pool1d(batch, length, count, seed):
    assert_agree(
        lambda x: tg.adaptive_avg_pool1d(x, count),
        lambda x: functional.adaptive_avg_pool1d(x, count),
        normal(seed, (*batch, 2, length)),
        seed,
    )


@given(
    BATCHES,
    st.tuples(st.integers(1, 6), st.integers(1, 6)),
    st.integers(1, 7) | st.tuples(st.integers(1, 7), st.integers(1, 7)),
    SEEDS,
)
def test_adaptive_avg_pool2d(batch, size, count, seed):
    assert_agree(
        lambda x: tg.adaptive_avg_pool2d(x, count),
        lambda x: functional.adaptive_avg_pool2d(x, count),
        normal(seed, (*batch, 2, *size)),
        seed,
    )


@given(st.integers(1, 9), st.integers(1, 6), st.integers(0, 3), st.integers(1, 4))
def test_windows_that_are_rounded_up_are_pytorchs(size, kernel, padding, stride):
    """The same number of windows, also with padding of 2 and more."""
    assume(padding <= kernel // 2 and size + 2 * padding >= kernel)
    x = np.arange(1.0, size + 1.0)[None, None]
    more = dict(stride=stride, padding=padding, ceil_mode=True)
    expected = functional.max_pool1d(torch.tensor(x), kernel, **more)
    np.testing.assert_array_equal(tg.max_pool1d(x, kernel, **more), expected)
