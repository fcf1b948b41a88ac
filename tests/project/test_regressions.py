"""Mistakes that other engines have made, numbered as in the notes on testing."""

import numpy as np
import pytest
from together import together

import tinygraph as tg
from tinygraph import ops
from tinygraph.files import write_atomically


def parameter(value, dtype=float):
    return tg.Tensor(np.asarray(value, dtype), requires_grad=True)


def test_value_used_twice():
    """1: y = 3x, 2y + 5y has the slope 21, and a residual connection adds 1."""
    x = parameter(1.0)
    y = 3 * x
    (2 * y + 5 * y).backward()
    assert x.grad == 21.0
    x = parameter([1.0, -2.0])
    (x + tg.relu(x)).sum().backward()
    assert x.grad.tolist() == [2.0, 1.0]


def test_second_backward():
    """2: nothing accumulates in inner nodes, and leaves take the same twice."""
    x = parameter(3.0)
    h = x * x
    y = h * h
    for times in (1, 2, 3):
        y.backward()
        assert h.grad == 18.0
        assert x.grad == times * 108.0


def test_deep_chain():
    """3: five thousand operations in a row do not recurse, in a second pass either."""
    x = parameter(1.0)
    y = x
    for _ in range(5000):
        y = y * 1.0
    [slope] = tg.gradients(y, [x], record=True)
    assert slope.item() == 1.0


def test_two_equal_constants():
    """9: values that are equal are not the same value."""
    a, b = parameter(1.0), parameter(1.0)
    (a * 2.0 + b * 3.0).backward()
    assert (a.grad, b.grad) == (2.0, 3.0)


def test_overlapping_windows():
    """10: an element that is the largest of several windows gathers all of them."""
    image = np.zeros((1, 1, 3, 3))
    image[0, 0, 1, 1] = 1.0
    x = parameter(image)
    tg.max_pool2d(x, 2, stride=1).backward([[[[1.0, 2.0], [4.0, 8.0]]]])
    assert x.grad[0, 0, 1, 1] == 15.0
    assert x.grad.sum() == 15.0


@together("size", range(5, 10))
@together("stride", [2, 3, 4])
def test_stride_that_does_not_divide(size, stride):
    """11: the gradient of an image has its shape, and 0 where no window came."""
    x, w = parameter(np.ones((1, 1, size, size))), parameter(np.ones((1, 1, 3, 3)))
    y = tg.conv2d(x, w, stride=stride)
    y.sum().backward()
    assert x.grad.shape == x.shape
    covered = stride * (y.shape[-1] - 1) + 3
    assert not x.grad[..., covered:].any()
    assert x.grad.sum() == 9 * y.size


def test_pooling_backward_twice():
    """12: a backward pass edits nothing that the next one needs."""
    x = parameter(np.random.default_rng(0).normal(size=(2, 3, 6, 6)))
    y = tg.max_pool2d(x, 3, stride=2, padding=1)
    seed = np.random.default_rng(1).normal(size=y.shape)
    first, second = (tg.gradients(y, [x], seed)[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_moving_elements_does_not_cut_the_graph():
    """13: filters learn through im2col, reshape and transpose, as through conv2d."""
    rng = np.random.default_rng(0)
    x = parameter(rng.normal(size=(2, 3, 5, 5)))
    w = parameter(rng.normal(size=(4, 3, 2, 2)))
    seed = rng.normal(size=(2, 4, 4, 4))
    by_hand = (w.reshape(4, -1) @ tg.im2col(x, 2)).reshape(2, 4, 4, 4)
    at_once = tg.conv2d(x, w)
    np.testing.assert_allclose(by_hand.data, at_once.data, atol=1e-12)
    for found, expected in zip(
        tg.gradients(by_hand, [x, w], seed),
        tg.gradients(at_once, [x, w], seed),
        strict=True,
    ):
        assert found.any()
        np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("reduce", [tg.max, tg.min], ids=["max", "min"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_ties_share(reduce, dtype):
    """14: whatever the number of ties, the gradient is conserved."""
    x = parameter(np.ones(4096), dtype)
    reduce(x).backward()
    assert x.grad.sum(dtype=float) == 1.0
    x = parameter([[1.0, 1.0], [0.0, 2.0]])
    y = reduce(x, axis=1)
    y.backward([1.0, 1.0])
    assert x.grad.sum(axis=1).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("choose", [tg.maximum, tg.minimum], ids=["maximum", "minimum"])
def test_a_choice_between_equals(choose):
    """14: max(x, x) has the slope 1, and two equal arguments take a half each."""
    x, y = parameter([1.0, 2.0]), parameter([1.0, 2.0])
    choose(x, x).sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]
    x.zero_grad()
    choose(x, y).sum().backward()
    assert x.grad.tolist() == y.grad.tolist() == [0.5, 0.5]


def test_single_precision_with_python_numbers():
    """15: no Python number and no reduction turns float32 into float64."""
    x = parameter([[1.0, 2.0], [3.0, 4.0]], np.float32)
    y = tg.gelu(tg.softplus(2 * x - 1.0) / 3.0) ** 2
    loss = tg.mse(tg.softmax(y), np.eye(2, dtype=np.float32)) + y.mean() * 0.5
    assert loss.dtype == np.float32
    loss.backward()
    assert x.grad.dtype == np.float32


def test_broadcasting_is_undone_everywhere():
    """16: a bias gathers the gradients of the whole batch, in every path."""
    b, x = parameter([1.0, 2.0]), np.ones((5, 2))
    uses = [x + b, x * b, x - b, x / b, tg.where(x > 0, b, x), tg.maximum(b, -x)]
    for use in uses:
        [found] = tg.gradients(use, [b], np.ones((5, 2)))
        [recorded] = tg.gradients(use, [b], np.ones((5, 2)), record=True)
        assert found.shape == recorded.shape == (2,)
        np.testing.assert_array_equal(recorded.data, found)


@pytest.mark.parametrize("scale", [1.0, 1e3, 1e300])
def test_large_logits(scale):
    """17: softmax and the losses stay finite, values and gradients."""
    z = parameter(np.array([[1.0, -1.0, 0.5]]) * scale)
    target = np.array([1])
    loss = tg.cross_entropy(z, target) + tg.softmax(z)[0, 2] + tg.logsumexp(z) * 0.0
    loss.backward()
    assert np.isfinite(float(loss))
    assert np.isfinite(z.grad).all()
    assert abs(z.grad.sum()) < 1e-9
    for function in (tg.sigmoid, tg.softplus, tg.silu, tg.elu, tg.tanh, tg.gelu):
        if function is tg.gelu and scale > 1e100:
            continue  # x² itself is beyond all numbers
        [slope] = tg.gradients(function(z), [z], np.ones((1, 3)))
        assert np.isfinite(slope).all(), function


def test_saturated_probabilities():
    """17: a sigmoid that reached 0 or 1 has a finite loss and a finite gradient."""
    p = parameter([0.0, 1.0, 0.0, 1.0, 0.5])
    loss = tg.binary_cross_entropy(p, np.array([0.0, 1.0, 1.0, 0.0, 1.0]))
    assert float(loss) == pytest.approx((200.0 + np.log(2.0)) / 5)
    loss.backward()
    assert np.isfinite(p.grad).all()


def test_branch_not_taken():
    """18: infinity times zero does not leak out of the branch that was not taken."""
    x = parameter([0.0, 4.0])
    with np.errstate(divide="ignore"):
        y = tg.where(x.data > 0, tg.log(tg.where(x.data > 0, x, 1.0)), 0.0)
        y.sum().backward()
        assert x.grad.tolist() == [0.0, 0.25]
    big = parameter([np.inf, 1.0])
    tg.where(np.isinf(big.data), 0.0, big).sum().backward()
    assert big.grad.tolist() == [0.0, 1.0]
    tg.relu(parameter([-np.inf, np.inf])).sum().backward()


def test_elu_far_below_and_above():
    """18: the exponential of the branch not taken must not overflow either."""
    x = parameter([1000.0, -1000.0])
    tg.elu(x).sum().backward()
    assert x.grad.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("axes", [(-1, 0, 1), (1, -1, 0), (-2, -1, -3), (2, -3, -2)])
def test_negative_axes(axes):
    """20: the inverse of a permutation with negative axes."""
    x = parameter(np.arange(24.0).reshape(2, 3, 4))
    y = x.transpose(axes)
    seed = np.random.default_rng(0).normal(size=y.shape)
    [found] = tg.gradients(y, [x], seed)
    positive = [axis % 3 for axis in axes]
    np.testing.assert_array_equal(found, seed.transpose(np.argsort(positive)))


# Mistakes of our own ------------------------------------------------------------------


def test_mixed_derivative_of_a_power_at_exponent_zero():
    x, y = parameter([2.0, 0.5]), parameter([0.0, 0.0])
    [slope] = tg.gradients((x**y).sum(), [x], record=True)
    [mixed] = tg.gradients(slope.sum(), [y])
    np.testing.assert_allclose(mixed, 1.0 / x.data)


def test_an_empty_batch():
    x, w = parameter(np.ones((0, 2, 4, 4))), parameter(np.ones((3, 2, 2, 2)))
    y = tg.avg_pool2d(tg.max_pool2d(tg.conv2d(x, w), 2, stride=1), 2)
    assert y.shape == (0, 3, 1, 1)
    y.sum().backward()
    assert x.grad.shape == x.shape
    assert not w.grad.any()
    assert tg.im2col(x, 2).shape == (0, 8, 9)


def test_integers_become_fractions():
    assert tg.erf(np.array([1]))[0] == pytest.approx(0.8427007929497149)
    bright = np.full((1, 1, 2, 2), 200, np.uint8)
    assert tg.avg_pool2d(bright, 2).item() == 200.0


def test_labels_of_single_elements_stretch():
    """einsum broadcasts axes of one element, as NumPy's does."""
    x, y = parameter(np.ones((2, 1))), parameter([1.0, 2.0, 3.0])
    z = tg.einsum("ij,j->i", x, y)
    assert z.tolist() == [6.0, 6.0]
    z.sum().backward()
    assert x.grad.tolist() == [[6.0], [6.0]]
    assert y.grad.tolist() == [2.0, 2.0, 2.0]


def test_the_largest_of_nothing_comparable():
    x = parameter([1.0, np.nan])
    x.max().backward()
    assert x.grad.tolist() == [0.0, 1.0]


def test_an_index_without_axes():
    x = parameter([1.0, 2.0])
    x[np.array(1)].backward()
    assert x.grad.tolist() == [0.0, 1.0]
    nothing = parameter(np.ones((0, 3)))
    assert nothing[np.zeros((0, 3), bool)].shape == (0,)
    assert x[[]].shape == (0,)


def test_a_kernel_of_many_pixels():
    x = parameter(np.arange(257.0**2).reshape(1, 1, 257, 257))
    tg.max_pool2d(x, 257).sum().backward()
    assert x.grad[0, 0, -1, -1] == x.grad.sum() == 1.0


def test_python_numbers_and_numpy_integers():
    assert tg.mse(0.5, 0.2) == pytest.approx(0.045)
    assert tg.tile(np.ones(2), np.int64(2)).shape == (4,)


def test_names_of_operations_are_those_that_users_call():
    x = parameter(np.ones((2, 3)))
    for result, name in [
        (tg.einsum("ij->ji", x), "einsum"),
        (tg.concatenate([x, x]), "concatenate"),
        (tg.mse(x, np.ones((2, 3))), "mse"),
        (tg.cross_entropy(x, np.array([0, 1])), "cross_entropy"),
        (ops.sum(x), "sum"),
    ]:
        assert result.graph.nodes[result.node]["op"] == name


# A twin of `write_atomically` in nets named the temporary file in its errors.
@pytest.mark.parametrize("place", ["missing/a.txt", "file/a.txt", "folder"])
def test_a_file_that_cannot_be_written_is_named(tmp_path, place):
    (tmp_path / "file").write_text("kept")
    (tmp_path / "folder").mkdir()
    with pytest.raises(tg.FileError, match=f"^cannot write .*{place}: "):
        write_atomically(tmp_path / place, b"new")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder"]
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_max_pooling_gives_no_gradient_to_padding(dtype):
    """A window of nothing but -inf gave its gradient to the padding, which lost it."""
    x = parameter(np.full((1, 1, 2, 2), -np.inf), dtype)
    y = tg.max_pool2d(x, 2, padding=1)
    assert y.dtype == x.dtype
    y.backward(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]))
    assert x.grad.tolist() == [[[[1.0, 2.0], [3.0, 4.0]]]]


def test_functions_made_of_operations_take_lists_too():
    assert tg.gelu([0.0, 1.0]).round(4).tolist() == [0.0, 0.8413]
    assert tg.silu([0.0, 1.0]).round(4).tolist() == [0.0, 0.7311]
    assert tg.cross_entropy([[0.0, 0.0]], [1]) == np.log(2.0)
    assert tg.binary_cross_entropy([0.5], [1.0]) == np.log(2.0)
    assert tg.einsum("ii->i", [[1.0, 2.0], [3.0, 4.0]]).tolist() == [1.0, 4.0]


def test_a_gradient_handed_on_belongs_to_one_leaf():
    """What a VJP made is a leaf's own; what several values share is copied."""
    leaves = [tg.Tensor([[1.0, 2.0]], requires_grad=True) for _ in range(5)]
    a, b, c, d, e = leaves
    inner = a * 3.0
    total = inner + b + c.reshape(2).reshape(1, 2) + tg.linear(d, np.eye(2)) + e + e
    total.backward(np.array([[1.0, 10.0]]))
    results = [total.grad, inner.grad]
    kept = [array.copy() for array in results]
    for leaf in leaves:
        others = [x.grad for x in leaves if x is not leaf] + results
        assert not any(np.shares_memory(leaf.grad, other) for other in others)
        leaf.grad[...] = np.nan
    for one, other in zip([total.grad, inner.grad], kept, strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_operation_may_leave_out_all_arguments():
    """Also where the only one is given as None."""

    @tg.primitive
    def started(x=None):
        return np.zeros(2) if x is None else x

    assert started(None).tolist() == started().tolist() == [0.0, 0.0]


def test_a_subclass_of_tensor_copies_a_tensor():
    class Parameter(tg.Tensor):
        __slots__ = ()

    w = tg.Tensor([1.0, 2.0], requires_grad=True)
    (Parameter(w) * 3.0).sum().backward()
    assert w.grad.tolist() == [3.0, 3.0]
    own = Parameter([1.0], requires_grad=True)
    assert type(own) is type(own * 2.0) is type(own.detach()) is Parameter
