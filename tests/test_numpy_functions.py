"""NumPy's functions on tensors: recorded, plain by nature, or refused by name."""

import warnings
from operator import attrgetter

import numpy as np
import pytest
import table_numpy as table
from derivatives import numeric

import tinygraph as tg
from tinygraph.value import plain

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::PendingDeprecationWarning"
)

X = np.array([[0.31, 1.72, 0.94], [2.23, 1.16, 0.63]])
TABLES = (
    *(table.RECORDED, table.STEPS, table.PLAIN, table.WHOLE, table.REFUSED),
    *(table.CONVERTED, dict.fromkeys(table.ELSEWHERE)),
)


def public_functions():
    """The names of NumPy that stand for something one can call, classes left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some names are deprecated
        for module, lead in ((np, ""), (np.linalg, "linalg."), (np.fft, "fft.")):
            for name in dir(module):
                thing = getattr(module, name)
                known = name.startswith("_") or isinstance(thing, type)
                if callable(thing) and not known:
                    yield lead + name


def there(calls):
    """Those calls whose function this version of NumPy has."""
    return [name for name in calls if name in NAMES]


NAMES = set(public_functions())


def test_every_function_of_numpy_stands_in_one_table():
    listed = [name for one in TABLES for name in one]
    assert NAMES - set(listed) == set()
    assert sorted(listed) == sorted(set(listed))


def flat(result):
    """The arrays and tensors in a result, which may be nested."""
    if isinstance(result, tuple | list):
        return [part for inner in result for part in flat(inner)]
    return [result]


def parts(name, call, x):
    return flat(call(attrgetter(name)(np), x))


def weights(results):
    rng = np.random.default_rng(5)
    return [rng.uniform(0.5, 2.0, np.shape(r)) for r in results]


def weighted(name, call, x):
    """Σ w y over all results of a call, a number with a derivative in x."""
    results = parts(name, call, x)
    pairs = zip(results, weights(results), strict=True)
    return sum((w * y).sum() for y, w in pairs)


@pytest.mark.parametrize("name", there({**table.RECORDED, **table.STEPS}))
def test_a_function_is_recorded(name):
    call = {**table.RECORDED, **table.STEPS}[name]
    x = tg.Tensor(X, requires_grad=True)
    results = parts(name, call, x)
    expected = parts(name, call, X)
    assert len(results) == len(expected)
    for result, array in zip(results, expected, strict=True):
        assert result.dtype == np.asarray(array).dtype
        np.testing.assert_allclose(plain(result), array, rtol=1e-13, atol=1e-13)
    assert any(isinstance(result, tg.Tensor) for result in results)
    total = weighted(name, call, x)
    [found] = tg.gradients(total, [x])
    [slopes] = numeric(lambda array: weighted(name, call, array), [X])
    assert found.any() == (name in table.RECORDED)
    np.testing.assert_allclose(found, slopes, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("name", there(table.PLAIN))
def test_a_function_is_plain_by_nature(name):
    check_plain(name, table.PLAIN[name], tg.Tensor(X, requires_grad=True), X)


@pytest.mark.parametrize("name", there(table.WHOLE))
def test_a_function_of_whole_numbers_is_plain(name):
    array = np.array([3, 1, 2])
    check_plain(name, table.WHOLE[name], tg.Tensor(array), array)


def check_plain(name, call, tensor, array):
    results, expected = parts(name, call, tensor), parts(name, call, array)
    assert len(results) == len(expected)
    for result, other in zip(results, expected, strict=True):
        assert not isinstance(result, tg.Tensor)
        np.testing.assert_array_equal(result, other)


@pytest.mark.parametrize("name", there(table.REFUSED))
def test_a_function_is_refused_by_its_whole_name(name):
    x = tg.Tensor(X, requires_grad=True)
    with pytest.raises(tg.NotDifferentiableError, match=rf"^np\.{name} .*: .*\buse\b"):
        table.REFUSED[name](attrgetter(name)(np), x)


@pytest.mark.parametrize("name", there(table.CONVERTED))
def test_a_tensor_does_not_become_an_array_by_the_way(name):
    x = tg.Tensor(X, requires_grad=True)
    with pytest.raises(
        tg.TinygraphError, match=r"gradient .* lost.*tensor\.(data|item)"
    ):
        table.CONVERTED[name](attrgetter(name)(np), x)
