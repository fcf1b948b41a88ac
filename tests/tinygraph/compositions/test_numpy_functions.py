"""NumPy's functions on tensors: recorded, plain by nature, or refused by name."""

import re
import warnings
from operator import attrgetter

import numpy as np
import pytest
import scipy.special
import table_numpy as table
from derivatives import numeric
from together import together

import tinygraph as tg
from tinygraph.compositions.protocol import FUNCTIONS as ANSWERED
from tinygraph.compositions.protocol import parameters_of
from tinygraph.compositions.statistics import METHODS
from tinygraph.operators import plain
from tinygraph.registry import FUNCTIONS

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


@together("name", there({**table.RECORDED, **table.STEPS}))
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


@together("name", there(table.PLAIN))
def test_a_function_is_plain_by_nature(name):
    check_plain(name, table.PLAIN[name], tg.Tensor(X, requires_grad=True), X)


@together("name", there(table.WHOLE))
def test_a_function_of_whole_numbers_is_plain(name):
    array = np.array([3, 1, 2])
    check_plain(name, table.WHOLE[name], tg.Tensor(array), array)


def check_plain(name, call, tensor, array):
    results, expected = parts(name, call, tensor), parts(name, call, array)
    assert len(results) == len(expected)
    for result, other in zip(results, expected, strict=True):
        assert not isinstance(result, tg.Tensor)
        np.testing.assert_array_equal(result, other)


@together("name", there(table.REFUSED))
def test_a_function_is_refused_by_its_whole_name(name):
    x = tg.Tensor(X, requires_grad=True)
    with pytest.raises(tg.NotDifferentiableError, match=rf"^np\.{name} .*: .*\buse\b"):
        table.REFUSED[name](attrgetter(name)(np), x)


@together("name", there(table.CONVERTED))
def test_a_tensor_does_not_become_an_array_by_the_way(name):
    x = tg.Tensor(X, requires_grad=True)
    with pytest.raises(
        tg.TinygraphError, match=r"gradient .* lost.*tensor\.(data|item)"
    ):
        table.CONVERTED[name](attrgetter(name)(np), x)


# What is asked for beside the arguments ----------------------------------------------


def test_what_hips_autograd_differentiates_is_differentiated():
    recorded = {*table.RECORDED, *table.STEPS}
    others = {"array": tg.stack, "full": tg.full}  # NumPy does not ask a tensor
    others |= {name: attrgetter(name)(tg) for name in table.HIPS if "fft.ir" in name}
    others |= {name: attrgetter(name)(tg) for name in table.HIPS if "fft.rf" in name}
    missing = table.HIPS - recorded - others.keys()
    assert missing == {"linalg.eig"} | {
        f"fft.{name}{axes}" for name in ("fft", "ifft") for axes in ("", "2", "n")
    }
    assert len(missing) < 0.05 * len(table.HIPS)


def test_defaults_are_numpys():
    for function, ours in {**FUNCTIONS, **ANSWERED}.items():
        theirs = parameters_of(function)
        for name, parameter in parameters_of(ours).items():
            default = theirs[name].default if name in theirs else np._NoValue
            if default not in (np._NoValue, parameter.empty):
                assert parameter.default == default, (function, name)


x = tg.Tensor(X, requires_grad=True)
MASK = np.array([[True, False, True], [True, True, False]])
ASKED = {
    "sum-where": lambda x: np.sum(x, axis=1, where=MASK, initial=2.0),
    "prod-where": lambda x: np.prod(x, axis=0, where=MASK, initial=2.0),
    "max-where": lambda x: np.max(x, axis=1, where=MASK, initial=0.5),
    "min-where": lambda x: np.min(x, axis=1, where=MASK, initial=0.5),
    "mean-where": lambda x: np.mean(x, axis=1, where=MASK),
    "var-where": lambda x: np.var(x, axis=1, where=MASK, ddof=1),
    "std-where": lambda x: np.std(x, where=MASK, keepdims=True),
    "std-of-one": lambda x: (
        x[0] + np.std(x, axis=1, where=X.min(axis=1, keepdims=True) == X)[0]
    ),
    "mean-positions": lambda x: np.mean(x, 1, None, None, True),
    "mean-named": lambda x: np.mean(a=x, axis=(0, 1)),
    "std-positions": lambda x: np.std(x, 0, None, None, 1),
    "sort-kind": lambda x: np.sort(x, 0, "stable"),
    "clip-named": lambda x: np.clip(a=x, a_min=0.5, a_max=None),
    "reshape-columns": lambda x: np.reshape(x, (3, -1), order="F"),
    "ravel-columns": lambda x: np.ravel(x, order="F"),
    "pad-wrap": lambda x: np.pad(x, ((1, 0), (2, 1)), mode="wrap"),
    "linspace-step": lambda x: np.linspace(x, 1.0, 3, retstep=True)[1],
    "add.reduce": lambda x: np.add.reduce(x),
    "add.reduce-all": lambda x: np.add.reduce(x, None, keepdims=True),
    "multiply.reduce": lambda x: np.multiply.reduce(x, axis=1, initial=2.0),
    "maximum.reduce": lambda x: np.maximum.reduce(x, 1),
    "minimum.reduce": lambda x: np.minimum.reduce(x, where=MASK, initial=1.0),
    "fmax.reduce": lambda x: np.fmax.reduce(x),
    "fmin.reduce": lambda x: np.fmin.reduce(x, axis=1),
    "logaddexp.reduce": lambda x: np.logaddexp.reduce(x, axis=1),
    "add.accumulate": lambda x: np.add.accumulate(x, axis=1),
    "multiply.accumulate": lambda x: np.multiply.accumulate(x),
    "maximum.accumulate": lambda x: np.maximum.accumulate(x, axis=1),
    "minimum.accumulate": lambda x: np.minimum.accumulate(x, axis=-1),
    "multiply.outer": lambda x: np.multiply.outer(x, table.V),
    "subtract.outer": lambda x: np.subtract.outer(table.V, x),
    "hypot.outer": lambda x: np.hypot.outer(x, x[0]),
}


@together("name", ASKED)
def test_more_can_be_asked_for(name):
    call = ASKED[name]
    result, expected = call(x), call(X)
    np.testing.assert_allclose(result.data, expected, rtol=1e-13)
    seed = weights([result])[0]
    [found] = tg.gradients(result, [x], seed)
    [slopes] = numeric(lambda array: (seed * call(array)).sum(), [X])
    np.testing.assert_allclose(found, slopes, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("function", [np.exp, np.sum, np.cumsum, np.vstack])
def test_a_type_is_calculated_in(function):
    argument = [x, x] if function is np.vstack else x
    result = function(argument, dtype=np.float32)
    assert result.dtype == np.float32
    assert tg.gradients(result.sum(), [x])[0].dtype == float
    with pytest.raises(tg.NotDifferentiableError, match=r"dtype=int64.*tensor\.data"):
        function(argument, dtype=np.int64)


@pytest.mark.parametrize("function", [np.sum, np.mean, np.cumsum, np.clip, np.squeeze])
def test_the_first_argument_may_be_named(function):
    more = {"a_min": 0.5, "a_max": 1.5} if function is np.clip else {}
    named, placed = function(a=x, **more), function(x, **more)
    np.testing.assert_array_equal(named.data, placed.data)
    if function in (np.sum, np.mean, np.cumsum):
        assert function(a=x, dtype=np.float32).dtype == np.float32


def in_place(sign):
    """What `array += tensor` and its like do."""
    local = {"a": np.ones((2, 3)), "x": x}
    exec(f"a {sign}= x", {}, local)


@pytest.mark.parametrize("sign", ["+", "-", "*", "/", "//", "%", "**"])
def test_an_array_is_not_changed_in_place(sign):
    words = [f"array {sign}= tensor", f"write array = array {sign} tensor"]
    with pytest.raises(
        tg.NotDifferentiableError, match=".*".join(map(re.escape, words))
    ):
        in_place(sign)


REFUSALS = {
    "out": (
        lambda: np.exp(x, out=np.ones((2, 3))),
        r"np\.exp: `out=`.*np\.exp\(\.\.\.",
    ),
    "out-sum": (
        lambda: np.sum(x, out=np.ones(())),
        r"np\.sum: `out=`.*np\.sum\(\.\.\.",
    ),
    "out-tensor": (lambda: np.add(X, X, out=x), r"np\.add: `out=`"),
    "where": (lambda: np.exp(x, where=MASK), r"np\.exp: `where=`.*np\.where\(cond"),
    "where-nan": (lambda: np.nansum(x, where=MASK), r"np\.nansum: `where=` is not"),
    "mean": (lambda: np.std(x, mean=0.5), r"np\.std: `mean=`.*ddof, keepdims, where"),
    "axes": (
        lambda: np.matmul(x, x.T, axes=[(0, 1)] * 3),
        r"np\.matmul: `axes=`.*arrays alone",
    ),
    "order": (lambda: np.reshape(x, 6, order="A"), "reshape: `order` is 'A'"),
    "at": (lambda: np.add.at(x, 0, 1.0), r"np\.add\.at .*tinygraph\.put"),
    "reduceat": (lambda: np.add.reduceat(x, [0]), r"np\.add\.reduceat .*np\.split"),
    "reduce": (lambda: np.hypot.reduce(x), r"np\.hypot\.reduce .*np\.sum"),
    "accumulate": (
        lambda: np.divide.accumulate(x),
        r"np\.divide\.accumulate .*np\.cum",
    ),
    "outer": (lambda: np.nextafter.outer(x, X), r"np\.nextafter\.outer "),
    "scipy": (lambda: scipy.special.expit(x), r"the ufunc expit .*tinygraph\.sigmoid"),
    "whole": (lambda: np.linspace(x, 5, 3, dtype=int), r"astype\(int64\)"),
    "whole-again": (lambda: tg.astype(x, int).sum().backward(), "astype: .*int64"),
}


@pytest.mark.parametrize("function", [np.sum, np.mean, np.sort, np.cumsum, np.ravel])
def test_the_first_argument_may_be_named_too(function):
    given = tg.Tensor([3.0, 1.0, 2.0], requires_grad=True)
    found = function(a=given)
    assert isinstance(found, tg.Tensor) and found.requires_grad
    np.testing.assert_array_equal(found.data, function(a=given.data))


def test_the_ends_of_an_interpolation_are_inside():
    at = tg.Tensor([0.5, 1.0, 3.0, 3.5], requires_grad=True)
    found = np.interp(at, [1.0, 3.0], [10.0, 20.0], left=-1.0, right=-2.0)
    assert found.data.tolist() == [-1.0, 10.0, 20.0, -2.0]


def test_more_arguments_follow_the_row():
    given = tg.Tensor([[1.0, 2.0, 4.0], [3.0, 5.0, 8.0]], requires_grad=True)
    found = np.apply_along_axis(np.subtract, 1, given, 0.5)
    np.testing.assert_array_equal(found.data, given.data - 0.5)


@together("method", METHODS)
@together("q", [0.0, 0.01, 0.5, 0.99, 1.0])
def test_quantiles_to_the_ends_are_numpys(method, q):
    rng = np.random.default_rng(0)
    data = rng.normal(size=7)
    found = np.quantile(tg.Tensor(data, requires_grad=True), q, method=method)
    np.testing.assert_allclose(found.data, np.quantile(data, q, method=method))


def test_no_choices_are_refused():
    with pytest.raises(tg.ShapeError, match="select: 0 conditions for 0 choices"):
        tg.select([], [])


@together(("call", "words"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_is_refused_is_named(call, words):
    with pytest.raises(tg.TinygraphError, match=words):
        call()


def test_truth_has_no_gradient_in_any_method_of_a_ufunc():
    assert np.logical_and.reduce(x).tolist() == [True, True, True]
    assert np.less.outer(x, x).shape == (2, 3, 2, 3)
    assert isinstance(np.less.outer(x, x), np.ndarray)


def test_a_condition_alone_gives_places():
    rows, columns = np.where(x > 1.0)
    assert (rows.tolist(), columns.tolist()) == ([0, 1, 1], [1, 0, 1])


def test_files_hold_the_data(tmp_path):
    np.savez(tmp_path / "a.npz", w=x)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npz")["w"], X)
    np.save(tmp_path / "b.npy", x)
    np.testing.assert_array_equal(np.load(tmp_path / "b.npy"), X)
