"""Inside `tg.compiled()` all is as outside, but for the rounding of sums."""

import contextlib
import copy
import subprocess
import sys

import loops
import numpy as np
import pytest
from cases import CASES, for_each
from derivatives import analytic, analytic_second, assert_close
from geometries import SEEDS, geometries, inner, normal, whole
from hypothesis import given
from hypothesis import strategies as st
from test_kernels import pooled_both_ways, tiles_of

import nets
import tinygraph as tg
from tinygraph.kernels import compilation
from tinygraph.kernels.compiled import CompiledConvolution, CompiledDepthwise
from tinygraph.kernels.covering import CoveringConvolution
from tinygraph.ops import image as images
from tinygraph.ops import pooling as poolings

pytest.importorskip("numba")

HAVE_LOOPS = [
    case
    for case in CASES
    if case.name
    in {
        *("conv2d", "max_pool2d", "matmul", "linear", "outer", "relu", "leaky_relu"),
        *("sigmoid", "tanh", "silu", "gelu", "softplus", "elu", "erf"),
        *("softmax", "log_softmax", "cross_entropy"),
    }
]


@for_each(HAVE_LOOPS)
def test_operations_are_what_they_were(case):
    def results():
        value = case.call(*case.arrays())
        return [value], analytic(case), analytic_second(case)

    expected = results()
    with tg.compiled():
        found = results()
    for one, other in zip(found, expected, strict=True):
        assert_close(one, other, 1e-12)


@given(
    geometries(),
    st.integers(1, 9),
    st.integers(1, 3),
    st.integers(1, 5),
    st.sampled_from([1, 2000]),
    SEEDS,
)
def test_convolutions(geometry, number, channels, filters, elements, seed):
    """Whole numbers: the three products are exact, however they are added up."""
    size, kernel, sliding = geometry
    sliding = sliding | dict(stride=1)
    x, w, b = whole(
        seed, (number, channels, *size), (filters, channels, *kernel), (filters,)
    )
    expected = loops.conv2d(x, w, **sliding)
    [g] = whole(seed + 1, expected.shape)
    with tiles_of(elements), tg.compiled(), tg.threads(2):
        plan = images.plan((x.shape, w.shape, None), *sliding.values(), 1)
        kinds = CompiledConvolution, CoveringConvolution
        assert isinstance(plan, kinds) or kernel == (1, 1)
        y = tg.conv2d(x, w, **sliding)
        image = images.conv2d_image(g, w, size=size, groups=1, **sliding)
        slopes = images.conv2d_filters(x, g, kernel=kernel, groups=1, **sliding)
        shifted = tg.conv2d(x, w, b, **sliding)
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(shifted, expected + b.reshape(-1, 1, 1))
    assert inner(y, g) == inner(x, image) == inner(w, slopes)


@given(
    geometries(),
    st.integers(1, 5),
    st.integers(2, 4),
    st.integers(1, 3),
    st.sampled_from([1, 2000]),
    SEEDS,
)
def test_convolutions_of_each_channel(geometry, number, channels, each, elements, seed):
    size, kernel, sliding = geometry
    filters = channels * each
    x, w, b = whole(seed, (number, channels, *size), (filters, 1, *kernel), (filters,))
    parts = zip(np.split(x, channels, axis=1), np.split(w, channels), strict=True)
    expected = np.concatenate([loops.conv2d(*part, **sliding) for part in parts], 1)
    [g] = whole(seed + 1, expected.shape)
    sliding = sliding | dict(groups=channels)
    with tiles_of(elements), tg.compiled(), tg.threads(2):
        plan = images.plan((x.shape, w.shape, None), *sliding.values())
        kinds = CompiledDepthwise, CoveringConvolution
        assert isinstance(plan, kinds) or plan.windows.plain()
        y = tg.conv2d(x, w, **sliding)
        image = images.conv2d_image(g, w, size=size, **sliding)
        slopes = images.conv2d_filters(x, g, kernel=kernel, **sliding)
        shifted = tg.conv2d(x, w, b, **sliding)
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(shifted, expected + b.reshape(-1, 1, 1))
    assert inner(y, g) == inner(x, image) == inner(w, slopes)


@given(
    geometries(dilated=False),
    st.integers(1, 5),
    st.sampled_from([1, 100]),
    st.booleans(),
    SEEDS,
)
def test_poolings(geometry, number, elements, single, seed):
    """Of equal elements the first one takes the gradient, here as there."""
    size, kernel, sliding = geometry
    x = whole(seed, (number, 2, *size))[0].astype("f4" if single else "f8")

    both_ways = pooled_both_ways(x, kernel, sliding, seed)
    expected = both_ways()
    with tiles_of(elements), tg.compiled(), tg.threads(2):
        found = both_ways()
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype


def test_what_is_not_finite_stays_so():
    x = np.array([[-np.inf, -1.0, 0.0, np.nan, 1.0], [np.inf, 2.0, -0.0, 1.0, np.nan]])
    with tg.compiled():
        np.testing.assert_array_equal(tg.relu(x), np.maximum(x, 0))
        largest = tg.max_pool2d(x.reshape(1, 1, 2, 5), (2, 1))
    np.testing.assert_array_equal(largest[0, 0, 0], np.maximum(x[0], x[1]))


def test_padding_takes_no_gradient():
    x = tg.Tensor(np.full((1, 1, 2, 2), -np.inf), requires_grad=True)
    with tg.compiled():
        tg.max_pool2d(x, 2, padding=1).backward([[[[2.0, -3.0], [5.0, 7.0]]]])
    assert x.grad.tolist() == [[[[2.0, -3.0], [5.0, 7.0]]]]


@pytest.mark.parametrize("x", [-2.0, 3.0])
def test_relu_of_one_number(x):
    tensor = tg.Tensor(x, requires_grad=True)
    with tg.compiled():
        (tg.relu(tensor) * 5.0).backward()
    assert tensor.grad == (5.0 if x > 0 else 0.0)


def test_relu_keeps_the_bits_of_its_gradient():
    x = tg.Tensor([[-1.0, 0.0, 2.0, 3.0]], requires_grad=True)
    upstream = np.array([[np.nan, np.inf, np.inf, -0.0]])
    with tg.compiled():
        tg.relu(x).backward(upstream)
    assert x.grad.tobytes() == np.array([[0.0, 0.0, np.inf, -0.0]]).tobytes()


OTHER_NUMBERS = [
    ("f2", "f2"),
    ("f4", "f8"),
    ("f8", "f4"),
    (">f4", ">f4"),
    (np.longdouble, np.longdouble),
]


@pytest.mark.parametrize("types", OTHER_NUMBERS, ids=str)
def test_other_numbers_are_left_to_numpy(types):
    [x, w, b] = (
        array.astype(dtype)
        for array, dtype in zip(
            whole(0, (2, 2, 6, 6), (3, 2, 3, 3), (3,)), (*types, types[1]), strict=True
        )
    )

    def results():
        tensors = [tg.Tensor(array, requires_grad=True) for array in (x, w, b)]
        y = tg.max_pool2d(tg.relu(tg.conv2d(*tensors)), 2)
        flat = tg.linear(y.reshape(2, -1), np.ones((4, 12), types[0]))
        tg.sum(flat @ np.ones((4, 1), types[1])).backward()
        return [y.data, *(tensor.grad for tensor in tensors)]

    expected = results()
    with tg.compiled():
        found = results()
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype


def test_an_empty_batch():
    x, w = np.ones((0, 2, 6, 6)), np.ones((3, 2, 3, 3))
    tensors = [tg.Tensor(array, requires_grad=True) for array in (x, w)]
    with tg.compiled():
        y = tg.max_pool2d(tg.relu(tg.conv2d(*tensors)), 2)
        image, filters = tg.gradients(y.sum(), tensors)
    assert y.shape == (0, 3, 2, 2)
    assert image.shape == x.shape
    assert filters.shape == w.shape and not filters.any()


@pytest.mark.parametrize(
    "shapes", [[(2, 0, 7, 5), (3, 0, 3, 2)], [(2, 1, 7, 5), (0, 1, 3, 2)]]
)
def test_no_channels_and_no_filters(shapes):
    tensors = [tg.Tensor(np.ones(shape), requires_grad=True) for shape in shapes]
    with tg.compiled():
        y = tg.conv2d(*tensors)
        found = tg.gradients(y.sum(), tensors)
    assert not y.data.any()
    assert [array.shape for array in found] == shapes


@pytest.mark.parametrize("shape", [(1, 3, 3, 3), (2, 3, 3, 2), (2, 3, 9, 9), (3,)])
def test_gradients_that_do_not_fit_are_left_to_numpy(shape):
    """A loop would go on beyond their ends."""
    x, w, g = whole(0, (2, 3, 4, 4), (3, 3, 2, 2), shape)
    sliding = dict(stride=1, padding=0, dilation=1, groups=1)
    largest = tg.max_pool2d(x, 2, 1)
    calls = [
        lambda: tg.relu.vjp_at(0)(g, largest, largest),
        lambda: tg.max_pool2d.vjp_at(0)(g, largest, x, kernel=2, stride=1, padding=0),
        lambda: images.conv2d_filters(x, g, kernel=(2, 2), **sliding),
        lambda: images.conv2d_image(g, w, size=(4, 4), **sliding),
    ]

    def outcome(call):
        try:
            return call().tobytes()
        except (ValueError, TypeError, IndexError) as error:
            return type(error)

    expected = [outcome(call) for call in calls]
    with tg.compiled():
        assert [outcome(call) for call in calls] == expected


def test_integers():
    x = np.arange(32).reshape(1, 2, 4, 4)
    with tg.compiled():
        largest = tg.max_pool2d(x, 2)
        assert tg.relu(np.array([[-1, 2]])).tolist() == [[0, 2]]
    assert largest.tolist() == [[[[5, 7], [13, 15]], [[21, 23], [29, 31]]]]


def test_arrays_that_are_not_contiguous():
    x, w, g = normal(0, (4, 3, 9, 8), (5, 3, 3, 2), (4, 5, 7, 7))
    turned = [np.asfortranarray(array) for array in (x, w, g)]

    def results(x, w, g):
        sliding = dict(stride=1, padding=0, dilation=1, groups=1)
        return [
            tg.conv2d(x, w),
            images.conv2d_image(g, w, size=(9, 8), **sliding),
            images.conv2d_filters(x, g, kernel=(3, 2), **sliding),
            images.channel_sums(g),
            tg.relu(g),
            tg.max_pool2d(x, 2),
            poolings.max_pool2d_vjp(
                g[:, :3, :4, :4], tg.max_pool2d(x, 2), x, kernel=2, stride=2, padding=0
            ),
        ]

    expected = results(x, w, g)
    with tg.compiled():
        found = results(*turned)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


# Gradient descent ---------------------------------------------------------------------

OPTIONS = [
    dict(momentum=0.9),
    dict(momentum=0.5, weight_decay=0.1),
    dict(momentum=0.9, nesterov=True),
    dict(),
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("dtype", ["f4", "f8", "f2"])
def test_steps_of_sgd_are_the_same_bits(options, dtype):
    def moved():
        rng = np.random.default_rng(0)
        arrays = [rng.standard_normal(s) for s in [(), (3,), (4, 5), (2, 1, 3, 3)]]
        turned = np.asfortranarray(rng.standard_normal((3, 4)))
        weights = [
            tg.Tensor(a, requires_grad=True, dtype=dtype) for a in (*arrays, turned)
        ]
        optimizer = tg.optimize.SGD(weights, lr=0.1, **options)
        for _ in range(3):
            for weight in weights:
                weight.grad = np.array(rng.standard_normal(weight.shape), order="F")
            preview = optimizer.preview([weight.grad for weight in weights])
            optimizer.step()
        state = optimizer.state_dict()
        turned = {key: np.array(array, order="F") for key, array in state.items()}
        others = copy.deepcopy(weights)
        for weight, other in zip(weights, others, strict=True):
            other.grad = weight.grad
        again = tg.optimize.SGD(others, lr=0.1, **options)
        again.load_state_dict(turned)
        again.step()
        arrays = [*preview, *state.values(), *again.state_dict().values()]
        arrays += [weight.data for weight in (*weights, *others)]
        return [np.asarray(array).tobytes() for array in arrays]

    expected = moved()
    with tg.compiled():
        assert moved() == expected


@pytest.mark.parametrize("shape", [(1, 4), (4,), (5, 4, 1), ()])
def test_a_preview_of_gradients_that_do_not_fit_is_refused(shape):
    optimizer = tg.optimize.SGD([tensor := tg.Tensor(np.ones((5, 4)), True)], 0.1, 0.9)
    for context in (contextlib.nullcontext(), tg.compiled()):
        with context, pytest.raises(tg.errors.ShapeError, match=r"\(5, 4\)"):
            optimizer.preview([np.ones(shape)])
    single = optimizer.preview([np.ones((5, 4), np.float32)])
    assert single[0].dtype == tensor.dtype


def test_a_learning_rate_may_be_any_number():
    tensor = tg.Tensor(np.ones(3), requires_grad=True, dtype="f4")
    optimizer = tg.optimize.SGD([tensor], 0.1, 0.9)
    optimizer.lr, tensor.grad = np.array(0.5), np.ones(3)
    with tg.compiled():
        optimizer.step()
    assert tensor.data.tolist() == [0.5, 0.5, 0.5] and tensor.dtype == np.float32


# A network ----------------------------------------------------------------------------


def trained():
    """The parameters of the slides' network after three steps, and their gradients."""
    rng = np.random.default_rng(0)
    network = nets.slide_cnn(rng)
    parameters = list(network.parameters().values())
    optimizer = tg.optimize.SGD(parameters, lr=0.01, momentum=0.9)
    pictures = rng.standard_normal((24, 3, 32, 32)).astype(np.float32)
    targets = np.eye(4, dtype=np.float32)[rng.integers(0, 4, 24)]
    for _ in range(3):
        nets.train_step(network, optimizer, pictures, targets)
    return [p.data for p in parameters] + [p.grad for p in parameters]


def test_training_is_the_same_but_for_rounding():
    expected = trained()
    with tg.compiled():
        found = trained()
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


def test_any_number_of_threads_gives_the_same_bits():
    found = []
    for count in (1, 2, 3):
        with tg.compiled(), tg.threads(count):
            found.append([array.tobytes() for array in trained()])
    assert found[0] == found[1] == found[2]


# The choice ---------------------------------------------------------------------------


def test_it_ends_with_the_block_also_after_an_error():
    assert compilation.chosen.get() is compilation.NONE
    with contextlib.suppress(KeyError), tg.compiled():
        assert compilation.chosen.get() is not compilation.NONE
        raise KeyError
    assert compilation.chosen.get() is compilation.NONE


def test_without_numba_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    for name in (
        "numba_loops",
        "elementwise_loops",
        "compiled_functions",
        "loop_cache",
    ):
        monkeypatch.delitem(sys.modules, f"tinygraph.kernels.{name}", raising=False)
        monkeypatch.delattr(tg.kernels, name, raising=False)
    with (
        pytest.raises(tg.errors.ArgumentError, match="pip install numba"),
        tg.compiled(),
    ):
        pass


def test_loops_are_imported_when_they_are_asked_for():
    later = {"numba", "tinygraph.kernels.compiled", "tinygraph.kernels.numba_loops"}
    code = "import sys, tinygraph as tg; tg.conv2d([[[[1.0]]]], [[[[1.0]]]]); "
    code += f"assert not sys.modules.keys() & {later}"
    subprocess.run([sys.executable, "-c", code], check=True)
