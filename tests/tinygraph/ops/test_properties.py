"""Properties over random shapes and numbers: broadcasting, geometry, adjoint pairs."""

import itertools
import math

import loops
import numpy as np
import pytest
from derivatives import numeric
from geometries import SEEDS, geometries, inner, normal, whole
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.signal import correlate2d

import tinygraph as tg
from tinygraph.kernels.windows import windows_for
from tinygraph.ops import image as images
from tinygraph.ops import pooling as poolings

BINARY = [tg.add, tg.subtract, tg.multiply, tg.divide, tg.power]
BINARY += [tg.maximum, tg.minimum]


def checked(f, arrays, seed):
    """The value of f on tensors, after comparing its gradients with differences."""
    inputs = [tg.Tensor(array, requires_grad=True) for array in arrays]
    output = f(*inputs)
    [upstream] = normal(seed, output.shape)
    found = tg.gradients(output, inputs, upstream)
    expected = numeric(lambda *xs: np.vdot(upstream, f(*xs)), arrays)
    for gradient, difference in zip(found, expected, strict=True):
        assert gradient.shape == difference.shape
        np.testing.assert_allclose(gradient, difference, rtol=1e-7, atol=1e-7)
    return output.data


# Broadcasting and reductions ----------------------------------------------------------


@pytest.mark.parametrize("operation", BINARY, ids=lambda operation: operation.name)
@given(
    shapes=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3),
    seed=SEEDS,
)
def test_broadcasting(operation, shapes, seed):
    rng = np.random.default_rng(seed)
    first, second = shapes.input_shapes
    x = 1.0 + 0.2 * rng.permutation(math.prod(first)).reshape(first)
    y = 1.1 + 0.2 * rng.permutation(math.prod(second)).reshape(second)
    result = checked(operation, [x, y], seed)
    assert result.shape == shapes.result_shape
    np.testing.assert_array_equal(result, getattr(np, operation.name)(x, y))


@given(
    shapes=hnp.mutually_broadcastable_shapes(
        signature=np.matmul.signature, max_dims=2, max_side=3
    ),
    seed=SEEDS,
)
def test_matmul(shapes, seed):
    x, y = normal(seed, *shapes.input_shapes)
    result = checked(tg.matmul, [x, y], seed)
    np.testing.assert_allclose(result, np.matmul(x, y), rtol=1e-13)


@st.composite
def shapes_and_axes(draw):
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=3))
    some = st.none() | st.integers(-len(shape), len(shape) - 1)
    axis = draw(some | hnp.valid_tuple_axes(len(shape), min_size=1))
    return shape, axis


@pytest.mark.parametrize(
    "name", ["sum", "mean", "max", "min", "prod", "var", "std", "logsumexp"]
)
@given(shape_and_axis=shapes_and_axes(), keepdims=st.booleans(), seed=SEEDS)
def test_reductions(name, shape_and_axis, keepdims, seed):
    shape, axis = shape_and_axis
    rng = np.random.default_rng(seed)
    x = 0.5 + 0.2 * rng.permutation(math.prod(shape)).reshape(shape)

    def reduced(x):
        return getattr(tg, name)(x, axis=axis, keepdims=keepdims)

    if name == "std":
        spread = np.std(x, axis=axis)
        assume(np.all(spread > 0.01))
    result = checked(reduced, [x], seed)
    if name == "logsumexp":
        expected = np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))
    else:
        expected = getattr(np, name)(x, axis=axis, keepdims=keepdims)
    assert result.shape == expected.shape
    np.testing.assert_allclose(result, expected, rtol=1e-12)


# Geometry -----------------------------------------------------------------------------


@given(geometries(), st.integers(1, 2), st.integers(1, 2), st.booleans(), SEEDS)
def test_conv2d(geometry, groups, number, bias, seed):
    size, kernel, sliding = geometry
    shapes = [(number, 2 * groups, *size), (groups, 2, *kernel), (groups,)]
    arrays = normal(seed, *shapes[: 2 + bias])

    def conv(*xs):
        return tg.conv2d(*xs, groups=groups, **sliding)

    expected = loops.conv2d(*arrays, groups=groups, **sliding)
    inputs = [tg.Tensor(array, requires_grad=True) for array in arrays]
    output = conv(*inputs)
    np.testing.assert_allclose(output.data, expected, rtol=1e-12, atol=1e-12)
    [upstream] = normal(seed + 1, output.shape)
    for x, gradient in zip(inputs, tg.gradients(output, inputs, upstream), strict=True):
        assert gradient.shape == x.shape
    found = tg.gradients(output, inputs[:2], upstream)
    for x, gradient in zip(inputs[:2], found, strict=True):  # linear in each, no bias
        rest = inner(output.data - bias_part(arrays, bias), upstream)
        assert inner(x.data, gradient) == pytest.approx(rest, rel=1e-9, abs=1e-9)


def bias_part(arrays, bias):
    return arrays[2][:, None, None] if bias else 0.0


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 3), SEEDS)
def test_conv2d_is_scipys_correlation(height, width, more, seed):
    x, w = normal(seed, (height + more, width + more), (height, width))
    found = tg.conv2d(x[None, None], w[None, None])[0, 0]
    np.testing.assert_allclose(found, correlate2d(x, w, "valid"), atol=1e-12)
    border = (height - 1, width - 1)
    found = tg.conv2d(x[None, None], w[None, None], padding=border)[0, 0]
    np.testing.assert_allclose(found, correlate2d(x, w, "full"), atol=1e-12)


@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
@given(geometry=geometries(dilated=False), seed=SEEDS)
def test_pooling(name, geometry, seed):
    size, kernel, sliding = geometry
    rng = np.random.default_rng(seed)
    x = 0.2 * rng.permutation(2 * math.prod(size)).reshape(1, 2, *size) - 1.05
    result = checked(lambda x: getattr(tg, name)(x, kernel, **sliding), [x], seed)
    expected = getattr(loops, name)(x, kernel, **sliding)
    np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-12)


@given(geometries(dilated=False), SEEDS)
def test_max_pool_conserves_the_gradient_of_ties(geometry, seed):
    size, kernel, sliding = geometry
    x = tg.Tensor(np.ones((2, 1, *size)), requires_grad=True)
    y = tg.max_pool2d(x, kernel, **sliding)
    [upstream] = whole(seed, y.shape)
    [found] = tg.gradients(y, [x], upstream)
    assert found.sum() == upstream.sum()


# Adjoint pairs: <Ax, y> = <x, A'y>, exactly, for the numbers are whole -------------


@given(geometries(), SEEDS)
def test_im2col_and_col2im(geometry, seed):
    size, kernel, sliding = geometry
    [x] = whole(seed, (2, 2, *size))
    columns = tg.im2col(x, kernel, **sliding)
    [y] = whole(seed + 1, columns.shape)
    image = tg.col2im(y, size=size, kernel=kernel, **sliding)
    assert inner(columns, y) == inner(x, image)


@given(
    hnp.mutually_broadcastable_shapes(num_shapes=1, base_shape=(2, 3), max_dims=4),
    SEEDS,
)
def test_broadcast_to_and_sum_to(shapes, seed):
    [small] = shapes.input_shapes
    x, y = whole(seed, small, shapes.result_shape)
    forward = tg.broadcast_to(x, shape=y.shape)
    assert inner(forward, y) == inner(x, tg.sum_to(y, shape=small))


INDEX_PARTS = st.one_of(
    hnp.basic_indices((3, 4, 2), allow_newaxis=True),
    hnp.integer_array_indices((3, 4, 2)),
    hnp.arrays(bool, (3, 4)),
)


@given(INDEX_PARTS, SEEDS)
def test_getitem_and_put(index, seed):
    [x] = whole(seed, (3, 4, 2))
    taken = tg.getitem(x, index=index)
    [y] = whole(seed + 1, np.shape(taken))
    back = tg.put(y, index=index, shape=x.shape)
    assert inner(taken, y) == inner(x, back)


@given(geometries(dilated=False), SEEDS)
def test_gather_and_scatter(geometry, seed):
    size, kernel, sliding = geometry
    [x] = whole(seed, (2, 1, *size))
    plan = poolings.pooling("test", x, kernel, **sliding)
    [y] = whole(seed + 1, plan.output)
    [image] = whole(seed + 2, x.shape)  # some elements are equal
    where = dict(image=image, largest=tg.max_pool2d(image, kernel, **sliding))
    gathered = poolings.gather(x, plan=plan, **where)
    scattered = poolings.scatter(y, plan=plan, **where)
    assert inner(gathered, y) == inner(x, scattered)
    taken = poolings.gather(image, plan=plan, **where)
    np.testing.assert_array_equal(taken, where["largest"])


@given(geometries(), SEEDS)
def test_window_sums_and_spread(geometry, seed):
    size, kernel, sliding = geometry
    windows = windows_for("test", kernel, **sliding)
    x, y = whole(seed, (2, 1, *size), (2, 1, *windows.grid("test", size)))
    sums = poolings.window_sums(x, windows=windows)
    assert inner(sums, y) == inner(x, poolings.spread(y, size=size, windows=windows))


@given(geometries(), st.integers(1, 2), SEEDS)
def test_the_three_products_of_a_convolution(geometry, groups, seed):
    size, kernel, sliding = geometry
    x, w = whole(seed, (2, 2 * groups, *size), (3 * groups, 2, *kernel))
    more = sliding | dict(groups=groups)
    y = tg.conv2d(x, w, **more)
    [g] = whole(seed + 1, y.shape)
    image = images.conv2d_image(g, w, size=size, **more)
    filters = images.conv2d_filters(x, g, kernel=kernel, **more)
    assert inner(y, g) == inner(x, image) == inner(w, filters)


# What follows from what an operation is -------------------------------------------


@given(SEEDS, st.floats(-50, 50))
def test_softmax_forgets_a_shift(seed, shift):
    x = tg.Tensor(normal(seed, (3, 4))[0], requires_grad=True)
    y = tg.softmax(x)
    np.testing.assert_allclose(tg.softmax(x.data + shift), y.data, rtol=1e-10)
    np.testing.assert_allclose(y.data.sum(-1), 1.0, rtol=1e-14)
    [found] = tg.gradients(y, [x], normal(seed + 1, (3, 4))[0])
    np.testing.assert_allclose(found.sum(-1), 0.0, atol=1e-14)


@given(SEEDS)
def test_conv2d_of_one_bright_pixel_is_the_image(seed):
    [x] = normal(seed, (2, 1, 5, 4))
    delta = np.zeros((1, 1, 3, 3))
    delta[0, 0, 1, 1] = 1.0
    np.testing.assert_array_equal(tg.conv2d(x, delta, padding=1), x)


@given(SEEDS, st.permutations(range(4)))
def test_conv2d_commutes_with_permutations(seed, order):
    x, w = whole(seed, (4, 4, 5, 5), (3, 4, 2, 2))
    y = tg.conv2d(x, w)
    np.testing.assert_array_equal(tg.conv2d(x[order], w), y[order])
    np.testing.assert_array_equal(tg.conv2d(x[:, order], w[:, order]), y)


@given(SEEDS)
def test_a_split_batch_averages_to_the_whole(seed):
    x, w, target = normal(seed, (6, 3), (2, 3), (6, 2))
    w = tg.Tensor(w, requires_grad=True)

    def slope(rows):
        return tg.gradients(tg.mse(tg.linear(x[rows], w), target[rows]), [w])[0]

    halves = slope(slice(0, 3)) + slope(slice(3, 6))
    np.testing.assert_allclose(halves / 2, slope(slice(None)), rtol=1e-12, atol=1e-13)


@given(SEEDS)
def test_the_order_of_independent_statements_makes_no_difference(seed):
    x, y = (tg.Tensor(a, requires_grad=True) for a in normal(seed, (3,), (3,)))
    found = []
    for first, second in itertools.permutations([lambda: tg.exp(x), lambda: y * y]):
        results = {first: first(), second: second()}
        product = math.prod(list(results.values()), start=1.0).sum()
        found.append([g.tolist() for g in tg.gradients(product, [x, y])])
    assert found[0] == found[1]


@st.composite
def contractions(draw):
    """Subscripts and shapes; some axes have one element, which others stretch."""
    sizes = dict(zip("ijkl", draw(st.tuples(*[st.integers(1, 3)] * 4)), strict=True))
    words = st.text("ijkl", max_size=3).filter(lambda word: len({*word}) == len(word))
    labels = draw(st.lists(words, min_size=1, max_size=3))
    shapes = [
        tuple(1 if draw(st.integers(0, 3)) == 0 else sizes[name] for name in word)
        for word in labels
    ]
    used = sorted({*"".join(labels)})
    output = "".join(draw(st.permutations(used)))[: draw(st.integers(0, len(used)))]
    return f"{','.join(labels)}->{output}", shapes


@given(contractions(), SEEDS)
def test_einsum_of_axes_that_stretch(drawn, seed):
    subscripts, shapes = drawn
    arrays = normal(seed, *shapes)
    found = checked(lambda *xs: tg.einsum(subscripts, *xs), arrays, seed)
    np.testing.assert_allclose(found, np.einsum(subscripts, *arrays), atol=1e-12)
