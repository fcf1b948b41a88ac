"""Tensors among NumPy's functions, Python's protocols and other libraries."""

import copy
import pickle

import numpy as np
import pytest
from together import together

import tinygraph as tg


def tensor(*shape):
    data = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    return tg.Tensor(data, requires_grad=True)


def gradient(f, x):
    """The gradient of the sum of f(x), after checking that x was recorded."""
    y = f(x)
    assert isinstance(y, tg.Tensor)
    assert y.requires_grad
    [found] = tg.gradients(tg.sum(y), [x])
    return found


NUMPY_CALLS = {
    "exp": lambda m, x: m.exp(x),
    "sum": lambda m, x: m.sum(x, axis=1),
    "sum-kept": lambda m, x: m.sum(x, axis=0, keepdims=True),
    "amax": lambda m, x: np.amax(x, axis=1),
    "concatenate": lambda m, x: m.concatenate([x, x * 2.0], axis=1),
    "stack": lambda m, x: m.stack([x, x]),
    "where": lambda m, x: m.where(x > 2, x, 0.0),
    "einsum": lambda m, x: m.einsum("ij,kj->ik", x, x),
    "matmul": lambda m, x: m.matmul(x, np.ones((3, 2))),
    "transpose": lambda m, x: m.transpose(x),
    "reshape": lambda m, x: m.reshape(x, (3, 2)),
    "maximum": lambda m, x: m.maximum(x, 2.5),
    "clip": lambda m, x: m.clip(x, 1.5, 4.5),
    "pad": lambda m, x: m.pad(x, 1),
    "var": lambda m, x: m.var(x, axis=0, ddof=1),
    "trace": lambda m, x: np.trace(x),
    "array-times": lambda m, x: np.full((2, 3), 2.0) * x,
    "array-minus": lambda m, x: np.full((2, 3), 2.0) - x,
    "array-matmul": lambda m, x: np.ones((4, 2)) @ x,
    "scalar-times": lambda m, x: np.float64(2.0) * x,
    "scalar-power": lambda m, x: np.float64(2.0) ** x,
}


@together("call", NUMPY_CALLS.values(), ids=NUMPY_CALLS.keys())
def test_numpy_functions_are_recorded(call):
    x = tensor(2, 3)
    result = call(np, x)
    np.testing.assert_array_equal(result.data, call(np, x.data))
    by_numpy = gradient(lambda t: call(np, t), x)
    np.testing.assert_array_equal(by_numpy, gradient(lambda t: call(tg, t), x))
    assert by_numpy.any()


def test_numpy_scalars_of_single_precision():
    x = tg.Tensor(np.ones(3, np.float32), requires_grad=True)
    for y in (x * np.float32(2), np.float32(2) * x, x * 2.0, 2 * x, x + 1, 1.0 / x):
        assert y.dtype == np.float32
        y.sum().backward()
    assert x.grad.dtype == np.float32
    assert (x * np.float64(2)).dtype == np.float64  # as NumPy has it


def test_comparisons_give_plain_arrays():
    x, y = tensor(3), tg.Tensor([3.0, 2.0, 1.0])
    for result, expected in [
        (x > y, [False, False, True]),
        (x >= 2, [False, True, True]),
        (x < y, [True, False, False]),
        (np.ones(3) * 2 >= x, [True, True, False]),
        (x <= y, [True, True, False]),
        (x == y, [False, True, False]),
        (x != 2.0, [True, False, True]),
    ]:
        assert type(result) is np.ndarray
        assert result.tolist() == expected


def test_functions_without_a_gradient_give_plain_values():
    x = tensor(2, 3)
    assert np.argmax(x) == x.argmax() == 5
    assert x.argmax(axis=1).tolist() == [2, 2]
    assert np.shape(x) == (2, 3)
    assert np.ndim(x) == 2
    assert np.size(x) == 6
    assert np.isfinite(x).all()
    assert np.allclose(x, x.data)
    assert type(np.zeros_like(x)) is np.ndarray


def test_iteration_and_length():
    x = tensor(3, 2)
    rows = list(x)
    assert len(x) == len(rows) == 3
    (rows[0].sum() + (3.0 * rows[2]).sum()).backward()
    np.testing.assert_array_equal(x.grad, [[1, 1], [0, 0], [3, 3]])
    first, second = tensor(2)
    assert (float(first), float(second)) == (1.0, 2.0)
    with pytest.raises(TypeError):
        len(tensor())
    with pytest.raises(TypeError):
        iter(tensor())


def test_numbers():
    x = tg.Tensor(2.5)
    assert float(x) == 2.5
    assert int(x) == 2
    assert x.item() == 2.5
    assert bool(x)
    assert not tg.Tensor(0.0)
    with pytest.raises(ValueError, match="ambiguous"):
        bool(tensor(2))
    assert f"{x.item():.1f}" == "2.5"


def test_tensors_are_told_apart_by_identity_in_sets():
    x, y = tg.Tensor(1.0), tg.Tensor(1.0)
    assert len({x, y}) == 2
    assert {x: 1, y: 2}[y] == 2


def test_array_conversion():
    x = tensor(2, 3).detach()
    np.testing.assert_array_equal(np.asarray(x), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert np.shares_memory(np.asarray(x), x.data)
    copied = np.array(x)
    copied[0, 0] = 9.0
    assert x.data[0, 0] == 1.0
    assert np.asarray(x, np.float32).dtype == np.float32
    assert np.array([tg.Tensor(1.0), tg.Tensor(2.0)]).tolist() == [1.0, 2.0]


def test_in_place_operators_make_new_values():
    x = tensor(3)
    y = x
    y *= 2.0
    assert y is not x
    assert x.tolist() == [1.0, 2.0, 3.0]
    array = np.ones(3)
    with pytest.raises(tg.TinygraphError):
        array += x
    assert array.tolist() == [1.0, 1.0, 1.0]


COPIES = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda x: pickle.loads(pickle.dumps(x)),
}


@pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES.keys())
def test_copies_are_leaves_of_their_own(duplicate):
    w = tg.Tensor([1.0, 2.0], requires_grad=True, name="w", dtype=np.float32)
    (w * w).sum().backward()
    other = duplicate(w)
    assert isinstance(other, tg.Tensor)
    assert other.node != w.node
    assert (other.name, other.requires_grad, other.dtype) == ("w", True, np.float32)
    assert not np.shares_memory(other.data, w.data)
    assert other.grad is None
    (other * 3.0).sum().backward()
    assert w.grad.tolist() == [2.0, 4.0]
    assert other.grad.tolist() == [3.0, 3.0]


def test_dlpack():
    torch = pytest.importorskip("torch")
    x = tensor(2, 3).detach()
    there = torch.from_dlpack(x)
    assert there.tolist() == x.tolist()
    there += 1.0
    assert x.data[0, 0] == 1.0
    assert np.from_dlpack(x).tolist() == x.tolist()


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (tg.Tensor([1.0, 2.0]), "Tensor([1., 2.])"),
        (tg.Tensor(1.0, requires_grad=True), "Tensor(1., requires_grad=True)"),
        (tg.Tensor([1], name="x"), "Tensor([1], dtype=int64, name='x')"),
        (tg.Tensor([1.0], True) * 2.0, "Tensor([2.], op=multiply)"),
    ],
)
def test_repr(x, text):
    assert repr(x) == text


def test_methods_do_what_the_functions_do():
    x = tensor(2, 3)
    for method, function in [
        (x.sum(1), tg.sum(x, axis=1)),
        (x.mean(axis=0, keepdims=True), tg.mean(x, axis=0, keepdims=True)),
        (x.max(0), tg.max(x, axis=0)),
        (x.min(0), tg.min(x, axis=0)),
        (x.prod(1), tg.prod(x, axis=1)),
        (x.var(ddof=1), tg.var(x, ddof=1)),
        (x.std(0), tg.std(x, axis=0)),
        (x.cumsum(1), tg.cumsum(x, axis=1)),
        (x.reshape(3, 2), tg.reshape(x, (3, 2))),
        (x.reshape((3, 2)), tg.reshape(x, (3, 2))),
        (x.reshape(-1), tg.ravel(x)),
        (x.ravel(), tg.ravel(x)),
        (x.T, tg.transpose(x)),
        (x.transpose(1, 0), tg.transpose(x)),
        (x.transpose((1, 0)), tg.transpose(x)),
        (x.swapaxes(0, 1), tg.transpose(x)),
        (x[None].squeeze(0), x),
        (x.clip(2.0, 3.0), tg.clip(x, 2.0, 3.0)),
        (x.dot(x.T), tg.matmul(x, x.T)),
        (x.repeat(2, axis=1), tg.repeat(x, 2, axis=1)),
        (x.trace(), x[0, 0] + x[1, 1]),
        (+x, x),
        (-x, tg.negative(x)),
        (abs(-x), x),
        (x.astype(np.float32), tg.astype(x, np.float32)),
    ]:
        assert method.requires_grad
        np.testing.assert_array_equal(method.data, function.data)


def test_detach():
    x = tensor(3)
    y = (x * 2.0).detach()
    assert not y.requires_grad
    assert y.graph is None
    (x * y).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0, 6.0]
