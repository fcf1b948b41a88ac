"""Names that people bring along: methods of NumPy, micrograd and PyTorch."""

import re

import numpy as np
import pytest
from together import together

import tinygraph as tg
from tinygraph import names


def leaf(*shape):
    data = np.random.default_rng(3).uniform(0.5, 2.0, shape)
    return tg.Tensor(data, requires_grad=True)


# A method, and what NumPy or a plain formula makes of the array.
METHODS = {
    "exp": (lambda t: t.exp(), np.exp),
    "log": (lambda t: t.log(), np.log),
    "sqrt": (lambda t: t.sqrt(), np.sqrt),
    "abs": (lambda t: (-t).abs(), lambda x: x),
    "sin": (lambda t: t.sin(), np.sin),
    "cos": (lambda t: t.cos(), np.cos),
    "tanh": (lambda t: t.tanh(), np.tanh),
    "relu": (lambda t: (t - 1).relu(), lambda x: np.where(x > 1, x - 1, 0.0)),
    "sigmoid": (lambda t: t.sigmoid(), lambda x: 1 / (1 + np.exp(-x))),
    "softmax": (lambda t: t.softmax(), lambda x: np.exp(x) / sums(np.exp(x), -1)),
    "softmax-axis": (lambda t: t.softmax(0), lambda x: np.exp(x) / sums(np.exp(x), 0)),
    "flatten": (lambda t: t.flatten(), lambda x: x.flatten()),
    "copy": (lambda t: t.copy(), lambda x: x),
    "cumsum": (lambda t: t.cumsum(axis=1), lambda x: x.cumsum(axis=1)),
    "std": (lambda t: t.std(axis=0), lambda x: x.std(axis=0)),
    "var": (lambda t: t.var(ddof=1), lambda x: x.var(ddof=1)),
    "dot": (lambda t: t.dot(t.T), lambda x: x.dot(x.T)),
    "T": (lambda t: t.T, lambda x: x.T),
    "mT": (lambda t: t.mT, lambda x: np.swapaxes(x, -1, -2)),
    "modulo": (lambda t: t % 0.7, lambda x: x % 0.7),
    "cumprod": (lambda t: t.cumprod(axis=0), lambda x: x.cumprod(axis=0)),
    "take": (lambda t: t.take([0, 2], axis=1), lambda x: x.take([0, 2], axis=1)),
    "diagonal": (lambda t: t.diagonal(), lambda x: x.diagonal()),
    "real": (lambda t: t.real, lambda x: x),
    "conj": (lambda t: t.conj(), lambda x: x),
    "second of divmod": (lambda t: divmod(t, 0.7)[1], lambda x: np.mod(x, 0.7)),
}


def sums(x, axis):
    return x.sum(axis=axis, keepdims=True)


@together("name", METHODS)
def test_methods(name):
    method, reference = METHODS[name]
    x = leaf(2, 3)
    y = method(x)
    assert isinstance(y, tg.Tensor)
    assert y.requires_grad
    np.testing.assert_allclose(y.data, reference(x.data), rtol=1e-12)
    assert tg.check_gradients(method, x.data)


FLAT = {
    "round": (lambda t: t.round(1), lambda x: x.round(1)),
    "round()": (lambda t: round(t), np.round),
    "round(t, 2)": (lambda t: round(t, 2), lambda x: np.round(x, 2)),
    "//": (lambda t: t // 0.7, lambda x: x // 0.7),
    "divmod": (lambda t: divmod(t, 0.7)[0], lambda x: x // 0.7),
}


@pytest.mark.parametrize("name", FLAT)
def test_steps_have_a_gradient_of_zero(name):
    method, reference = FLAT[name]
    x = leaf(2, 3)
    y = method(x)
    np.testing.assert_array_equal(y.data, reference(x.data))
    [slope] = tg.gradients(y, [x], np.random.default_rng(0).standard_normal((2, 3)))
    assert slope.tolist() == np.zeros((2, 3)).tolist()


def test_operators_from_the_right():
    x = leaf(3)
    np.testing.assert_array_equal((5.0 // x).data, 5.0 // x.data)
    np.testing.assert_array_equal((5.0 % x).data, 5.0 % x.data)
    quotient, rest = divmod(5.0, x)
    np.testing.assert_allclose((quotient * x + rest).data, 5.0, rtol=1e-12)


PLAIN = {
    "all": lambda t: t.all(),
    "any": lambda t: t.any(axis=0),
    "argmax": lambda t: t.argmax(),
    "argmin": lambda t: t.argmin(axis=1),
    "argsort": lambda t: t.argsort(),
    "nonzero": lambda t: t.nonzero()[0],
    "tolist": lambda t: t.tolist(),
}


@pytest.mark.parametrize("name", PLAIN)
def test_methods_without_a_gradient_give_arrays(name):
    x = leaf(2, 3)
    found, right = PLAIN[name](x), PLAIN[name](np.array(x.data))
    assert not isinstance(found, tg.Tensor)
    np.testing.assert_array_equal(found, right)


def test_a_copy_is_a_value_of_its_own():
    x = tg.Tensor([1.0, 2.0], requires_grad=True, name="x")
    y = x.copy()
    (y * y).sum().backward()
    np.testing.assert_array_equal(x.grad, [2.0, 4.0])
    z = x.detach().copy()
    z.data = [5.0, 6.0]
    assert x.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("name", ["sort", "fill", "put", "partition", "resize"])
def test_methods_that_write_into_the_array(name):
    x = leaf(3)
    before = x.tolist()
    with pytest.raises(tg.NotDifferentiableError, match=rf"{name}: .*write (np|t)\."):
        getattr(x, name)(0)
    assert x.tolist() == before


# Other names --------------------------------------------------------------------------


@together("name", names.OF_TENSORS)
def test_names_of_tensors(name):
    x = leaf(3)
    with pytest.raises(tg.MissingNameError, match=f"'{name}': write ") as caught:
        getattr(x, name)
    assert isinstance(caught.value, AttributeError)
    assert not hasattr(x, name)
    assert names.OF_TENSORS[name] in str(caught.value)


@together("name", names.OF_MODULE)
def test_names_of_the_module(name):
    with pytest.raises(tg.MissingNameError, match=f"has no '{name}': write ") as caught:
        getattr(tg, name)
    assert isinstance(caught.value, AttributeError)
    assert names.OF_MODULE[name] in str(caught.value)


@pytest.mark.parametrize("table", [names.OF_TENSORS, names.OF_MODULE])
def test_what_is_to_be_written_is_there(table):
    spaces = {
        "np": np,
        "tg": tg,
        "t": leaf(2, 2),
        "other": leaf(2, 2),
        "rng": np.random.default_rng(0),
    }
    seen = set()
    for text in table.values():
        for space, path in re.findall(r"\b(np|tg|t|other|rng)\.([\w.]*\w)", text):
            thing = spaces[space]
            for name in path.split("."):
                if thing is not None and name not in ("nodes", "graph"):
                    thing = getattr(thing, name)
            seen.add(path)
    assert len(seen) > 20  # of which none was missing


def test_names_that_nobody_knows():
    with pytest.raises(tg.MissingNameError, match=r"^a tensor has no attribute 'foo'$"):
        leaf(2).foo
    with pytest.raises(tg.MissingNameError, match=r"^tinygraph has no attribute 'foo'"):
        tg.foo
    assert getattr(leaf(2), "_ipython_display_", None) is None


def test_dropout_asks_for_a_generator():
    with pytest.raises(tg.DTypeError, match=r"rng=np\.random\.default_rng\(seed\)"):
        tg.dropout(leaf(3), 0.5)
    x = leaf(3)
    assert tg.dropout(x, 0.5, training=False) is x


def test_files_of_numpy(tmp_path):
    x = leaf(2, 3)
    np.save(tmp_path / "x.npy", x)
    np.savez(tmp_path / "x.npz", x, w=x * 2)
    np.savez_compressed(tmp_path / "y.npz", w=x)
    np.savetxt(tmp_path / "x.txt", x)
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), x.data)
    with np.load(tmp_path / "x.npz") as file:
        np.testing.assert_array_equal(file["arr_0"], x.data)
        np.testing.assert_array_equal(file["w"], 2 * x.data)
    with np.load(tmp_path / "y.npz") as file:
        np.testing.assert_array_equal(file["w"], x.data)
    np.testing.assert_allclose(np.loadtxt(tmp_path / "x.txt"), x.data)
