"""Arrays of other libraries as the data of tensors: the same operations run there.

No such library is needed: a duck (`support/ducks.py`) is as strict as CuPy's array, and
whatever is turned into NumPy's array by accident is an error, and noted.
"""

import contextlib
import copy
import pickle

import numpy as np
import pytest
from cases import CASES, for_each
from ducks import Duck, no_conversions

import tinygraph as tg

CLOSE = {"rtol": 1e-9, "atol": 1e-12}


def leaf(array, **more):
    return tg.Tensor(Duck(array), requires_grad=True, **more)


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def assert_same(found, wanted):
    """A duck has the numbers and the type of what NumPy has calculated."""
    assert isinstance(found, Duck)
    assert found.dtype == wanted.dtype
    assert found.shape == np.shape(wanted)
    np.testing.assert_allclose(found.get(), wanted, **CLOSE)


# All operations -----------------------------------------------------------------------


@for_each(CASES)
def test_forward_and_backward_as_with_numpy_and_nothing_is_converted(case):
    """With a random upstream gradient, for every case of the table."""
    arrays = case.arrays()
    leaves = [tg.Tensor(x, requires_grad=True) for x in arrays]
    wanted = case.call(*leaves)
    upstream = case.rng().normal(size=wanted.shape)
    wanted.backward(upstream)
    with no_conversions():
        ducks = [leaf(x) for x in arrays]
        found = case.call(*ducks)
        found.backward(Duck(upstream))
    assert_same(found.data, wanted.data)
    for duck, tensor in zip(ducks, leaves, strict=True):
        if tensor.grad is None:
            assert duck.grad is None
        else:
            assert_same(duck.grad, tensor.grad)


@for_each(case for case in CASES if case.smooth)
def test_the_backward_pass_is_recorded_there_too(case):
    """VJPs calculate with tensors of ducks: the gradient of a gradient."""

    def twice(leaves, direction):
        y = case.call(*leaves)
        first = tg.gradients((y * direction).sum(), leaves, record=True)
        total = sum((g * g).sum() for g in first)
        return tg.gradients(total, leaves) if total.requires_grad else []

    arrays = case.arrays()
    direction = case.rng().normal(size=case.call(*arrays).shape)
    wanted = twice([tg.Tensor(x, requires_grad=True) for x in arrays], direction)
    with no_conversions():
        found = twice([leaf(x) for x in arrays], Duck(direction))
    for one, other in zip(found, wanted, strict=True):
        assert isinstance(one, Duck)
        scale = max(1.0, float(np.abs(other).max(initial=0.0)))
        np.testing.assert_allclose(one.get(), other, rtol=1e-6, atol=1e-8 * scale)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["erf", "gelu", "silu", "softplus", "elu"])
def test_each_precision_has_its_polynomials(name, dtype):
    x = np.linspace(-8, 8, 201, dtype=dtype)
    wanted = getattr(tg, name)(x)
    with no_conversions():
        found = getattr(tg, name)(Duck(x))
    assert found.dtype == dtype
    np.testing.assert_allclose(found.get(), wanted, rtol=4e-6, atol=np.finfo(dtype).eps)


def test_large_arrays_take_no_way_of_their_own():
    """Tiles, columns by lines and sums as products are for NumPy's arrays."""

    def work(x, w, scale):
        y = tg.conv2d(x, w, padding=1)
        y = tg.max_pool2d(tg.relu(tg.batch_norm(y, scale)), 2)
        return tg.softmax(tg.layer_norm(y.reshape(4, -1))).sum(axis=0)

    arrays = random(4, 16, 32, 32), random(16, 16, 3, 3, seed=1), random(16, seed=2)
    leaves = [tg.Tensor(x, requires_grad=True) for x in arrays]
    wanted = work(*leaves)
    upstream = random(*wanted.shape, seed=3)
    wanted.backward(upstream)
    ducks = [leaf(x) for x in arrays]
    with no_conversions(), tg.threads(2):
        found = work(*ducks)
        found.backward(Duck(upstream))
    np.testing.assert_allclose(found.data.get(), wanted.data, rtol=1e-8, atol=1e-12)
    for duck, tensor in zip(ducks, leaves, strict=True):
        scale = np.abs(tensor.grad).max()
        np.testing.assert_allclose(
            duck.grad.get(), tensor.grad, rtol=1e-7, atol=1e-10 * scale
        )


def test_a_class_that_is_ruled_out_counts_nothing():
    """0 times the logarithm of 0 is 0, as with NumPy."""
    x, t = np.array([[0.5, -np.inf, 1.0]]), np.array([[0.25, 0.0, 0.75]])
    plain, duck = tg.Tensor(x, requires_grad=True), leaf(x)
    wanted = tg.cross_entropy(plain, t)
    wanted.backward()
    with no_conversions():
        found = tg.cross_entropy(duck, Duck(t))
        found.backward()
    assert np.isfinite(wanted.data)
    assert_same(found.data, wanted.data)
    assert_same(duck.grad, plain.grad)


def test_compiled_loops_step_aside():
    pytest.importorskip("numba")
    x, w = random(2, 3, 8, 8), random(4, 3, 3, 3, seed=1)
    with tg.compiled():
        wanted = tg.softmax(tg.relu(tg.conv2d(x, w)), axis=1)
        with no_conversions():
            found = tg.softmax(tg.relu(tg.conv2d(leaf(x), Duck(w))), axis=1)
    assert_same(found.data, wanted)


def test_without_a_tensor_the_result_is_a_duck_too():
    with no_conversions():
        assert_same(tg.relu(Duck([-1.0, 2.0])), np.array([0.0, 2.0]))


LABELS = {
    "cross_entropy": lambda x, labels: tg.cross_entropy(x, labels),
    "nll_loss": lambda x, labels: tg.nll_loss(x, labels),
    "ignored": lambda x, labels: tg.cross_entropy(x, labels, ignore_index=1),
    "one_hot": lambda x, labels: x * tg.one_hot(labels, 3),
    "embedding": lambda x, labels: tg.embedding(labels, x),
    "index": lambda x, labels: x[labels],
    "take": lambda x, labels: np.take(x, labels, axis=1),
}


@pytest.mark.parametrize("name", LABELS)
def test_class_numbers_and_indices_may_be_there_or_here(name):
    x, labels = random(3, 3), np.array([2, 0, 1])
    plain = tg.Tensor(x, requires_grad=True)
    wanted = LABELS[name](plain, labels)
    upstream = random(*wanted.shape, seed=1)
    wanted.backward(upstream)
    for given in (labels, Duck(labels)):
        duck = leaf(x)
        with no_conversions():
            found = LABELS[name](duck, given)
            found.backward(Duck(upstream))
        assert_same(found.data, wanted.data)
        assert_same(duck.grad, plain.grad)


def test_a_class_that_is_not_there_is_named():
    with pytest.raises(tg.ShapeError, match="class 7 in `target`"):
        tg.cross_entropy(leaf(random(2, 3)), Duck([0, 7]))


def test_gradients_are_checked_with_the_fetched_numbers():
    with no_conversions():
        assert tg.check_gradients(lambda x: (x * x).sum(), Duck([1.0, 2.0])).ok
        assert tg.check_gradients(lambda x: (x * x).sum(), leaf([1.0, 2.0])).ok


# Tensors ------------------------------------------------------------------------------


def test_data_and_gradients_are_handed_out_as_copies():
    """They cannot be made read-only, and a recorded graph relies on them."""
    source = Duck([1.0, 2.0])
    x = tg.Tensor(source, requires_grad=True)
    y = x * x
    source[0] = x.data[0] = y.data[0] = 100.0
    y.backward(Duck([1.0, 1.0]))
    y.grad[0] = 100.0
    assert x.data.get().tolist() == [1.0, 2.0]
    assert y.data.get().tolist() == [1.0, 4.0]
    assert y.grad.get().tolist() == [1.0, 1.0]
    assert x.grad.get().tolist() == [2.0, 4.0]


def test_new_data_is_a_new_node():
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    x.data -= 0.5
    y.backward()
    assert x.data.get().tolist() == [0.5, 1.5]
    assert x.grad.get().tolist() == [2.0, 4.0]  # of the data that y was computed from


def test_gradients_of_two_passes_add_up_and_are_no_one_elses():
    x = leaf([1.0, 2.0])
    seed = Duck([1.0, 10.0])
    (x * 1).backward(seed)
    x.backward(seed)
    seed[0] = 100.0
    assert x.grad.get().tolist() == [2.0, 20.0]
    x.zero_grad()
    assert x.grad is None
    x.grad = np.array([3.0, 4.0])
    assert isinstance(x.grad, Duck)


def test_two_leaves_do_not_share_a_gradient():
    x, w = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    (x + w).backward(Duck([1.0, 10.0]))
    x.grad[0] = 100.0
    assert w.grad.get().tolist() == [1.0, 10.0]


def test_a_leaf_is_where_its_data_is():
    w = tg.Tensor([1.0, 2.0], requires_grad=True)
    w.data = Duck(w.data)
    with no_conversions():
        (w * w).sum().backward()
    assert isinstance(w.grad, Duck)
    w.zero_grad()
    w.data = w.numpy()
    (w * w).sum().backward()
    assert type(w.grad) is np.ndarray


def test_constants_go_to_where_the_tensors_are():
    """Numbers, lists and arrays of NumPy's are copied in any case: to there."""
    x = leaf([1.0, 2.0])
    with no_conversions():
        for constant in (np.array([3.0, 4.0]), [3.0, 4.0], Duck([3.0, 4.0])):
            y = tg.where(np.array([True, False]), x * constant, constant)
            assert_same(y.data, np.array([3.0, 4.0]))
        assert_same((np.float64(2.0) * x + 1).data, np.array([3.0, 5.0]))
        (x * np.array([3.0, 4.0])).backward(np.array([1.0, 10.0]))
    assert_same(x.grad, np.array([3.0, 40.0]))


def test_tensors_of_two_libraries_do_not_meet():
    with pytest.raises(
        tg.DTypeError, match=r"multiply: .*ducks\.Duck and numpy\.ndarray: give all"
    ):
        leaf([1.0, 2.0]) * tg.Tensor([1.0, 2.0])


def test_real_numbers_only():
    with pytest.raises(tg.DTypeError, match="real numbers"):
        tg.Tensor(Duck([1j]))
    with pytest.raises(tg.DTypeError, match="int64 cannot require a gradient"):
        tg.Tensor(Duck([1]), requires_grad=True)


def test_a_shape_that_does_not_fit_is_named():
    with pytest.raises(tg.ShapeError, match=r"\(3,\) cannot replace .* \(2,\)"):
        leaf([1.0, 2.0]).data = Duck([1.0, 2.0, 3.0])
    with pytest.raises(tg.ShapeError, match="they cannot be broadcast together"):
        leaf([1.0, 2.0]) + Duck([1.0, 2.0, 3.0])


def test_it_is_read_as_other_tensors_are():
    x = leaf([[1.5, 2.5]], name="x")
    assert repr(x) == "Tensor([[1.5, 2.5]], requires_grad=True, name='x')"
    assert x.tolist() == [[1.5, 2.5]]
    assert x.numpy().tolist() == [[1.5, 2.5]]
    assert float(x.sum()) == x.sum().item() == 4.0
    assert (len(x), x.shape, x.dtype) == (1, (1, 2), float)
    assert bool((x > 1.0).all())


def test_copies_and_pickles_are_ducks():
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    for again in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert_same(again.data, np.array([1.0, 2.0]))
    x2, y2 = copy.deepcopy([x, y])
    y2.backward()
    assert_same(x2.grad, np.array([2.0, 4.0]))


def test_a_graph_runs_again_with_other_values():
    x = leaf([1.0, 2.0], name="x")
    y = (x * x).sum()
    with no_conversions():
        assert_same(y.graph.run({"x": Duck([3.0, 4.0])}), np.array(25.0))
        assert_same(y.graph.run({"x": [3.0, 4.0]}), np.array(25.0))


def test_what_is_drawn_and_written_shows_the_numbers(tmp_path):
    x = leaf([1.5, 2.5], name="x")
    y = (x * x).sum()
    y.backward()
    with no_conversions():
        assert "8.5" in y.graph.to_json()
        assert "parameter" in y.graph.summary()
        assert "2.5" in tg.draw(y).source
        assert "+3.000 +5.000" in str(tg.trace(y))
        page = tg.trace(y).save(tmp_path / "page.html")
    assert "2.5" in page.read_text(encoding="utf-8")


# Derivatives --------------------------------------------------------------------------


def test_the_calculus_runs_there():
    def f(x):
        return tg.sin(x) * x

    x, t = random(3), random(3, seed=1)
    with no_conversions():
        assert_same(tg.grad(lambda x: f(x).sum())(Duck(x)), np.sin(x) + x * np.cos(x))
        value, pushed = tg.jvp(f, [Duck(x)], [Duck(t)])
        assert_same(value, np.sin(x) * x)
        assert_same(pushed, (np.sin(x) + x * np.cos(x)) * t)
        slopes = np.diag(np.sin(x) + x * np.cos(x))
        assert_same(tg.jacobian(f)(Duck(x)), slopes)
        curves = np.diag(2 * np.cos(x) - x * np.sin(x))
        assert_same(tg.hessian(lambda x: f(x).sum())(Duck(x)), curves)
        value, pull = tg.vjp(f, Duck(x))
        assert_same(pull(Duck(t))[0], (np.sin(x) + x * np.cos(x)) * t)
        with pytest.warns(UserWarning, match="the gradient is zero"):
            still = tg.jacobian(lambda x: tg.Tensor(Duck([1.0])))(Duck(x))
        assert_same(still, np.zeros((1, 3)))


def test_a_replay_steps_aside_with_a_word():
    w = leaf([1.0, 2.0])
    optimizer = tg.optimize.SGD([w], lr=0.1)

    @tg.replay
    def step():
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        optimizer.step()
        return loss

    with no_conversions():
        with pytest.warns(UserWarning, match="step is not replayed, .* another lib"):
            step()
        step()
    np.testing.assert_allclose(w.data.get(), [0.64, 1.28])


# Optimizers ---------------------------------------------------------------------------

OPTIMIZERS = {
    "SGD": lambda leaves: tg.optimize.SGD(leaves, lr=0.1),
    "momentum": lambda leaves: tg.optimize.SGD(
        leaves, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01
    ),
    "Adam": lambda leaves: tg.optimize.Adam(leaves, lr=0.1, weight_decay=0.01),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("shape", [(2, 3), (150, 150)], ids=["small", "large"])
def test_an_optimizer_moves_ducks_and_its_state_goes_both_ways(name, shape):
    def steps(w, optimizer, seeds):
        for seed in seeds:
            optimizer.zero_grad()
            factor = np.random.default_rng(seed).normal(size=shape)
            (w * w * factor).sum().backward()
            optimizer.step()

    plain, duck = tg.Tensor(random(*shape), requires_grad=True), leaf(random(*shape))
    first, second = OPTIMIZERS[name]([plain]), OPTIMIZERS[name]([duck])
    steps(plain, first, [1, 2])
    with no_conversions():
        steps(duck, second, [1, 2])
    assert_same(duck.data, plain.data)
    with no_conversions():
        again = OPTIMIZERS[name]([duck])
        again.load_state_dict(first.state_dict())  # from NumPy's arrays
        assert_same(again.preview([duck.grad])[0], first.preview([plain.grad])[0])
        steps(duck, again, [3])
    steps(plain, first, [3])
    assert_same(duck.data, plain.data)


# What a duck is -----------------------------------------------------------------------


def test_a_conversion_would_be_noted():
    before = len(Duck.conversions)
    with pytest.raises(TypeError, match="Implicit conversion"):
        np.asarray(Duck([1.0]))
    with pytest.raises(TypeError, match="NumPy's array meets a duck"):
        np.add(Duck([1.0]), np.array([1.0]))
    assert len(Duck.conversions) == before + 1
    with (
        pytest.raises(AssertionError),
        no_conversions(),
        contextlib.suppress(TypeError),
    ):
        np.asarray(Duck([1.0]))
