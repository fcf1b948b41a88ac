"""Values and gradients at the edges of the domains, beside PyTorch's.

Where they differ on purpose, the place and the reason are listed, and the test makes
sure that they do differ.
"""

import numpy as np
import pytest
from together import together

import tinygraph as tg

inf, nan = np.inf, np.nan
EDGES = np.array(
    [
        *(0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 1e-8, 1e8, -1e8, 40.0, -40.0),
        *(800.0, -800.0, 1e-150, 1e300, -1e300, inf, -inf, nan),
    ]
)
SEED = 0.7


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


def ours(f, arrays, seed):
    """The value of f and its gradients."""
    inputs = [tg.Tensor(array, requires_grad=True) for array in arrays]
    with np.errstate(all="ignore"):
        y = f(*inputs)
        return [y.data, *tg.gradients(y, inputs, np.broadcast_to(seed, y.shape))]


def theirs(torch, f, arrays, seed):
    """The same by torch, with zeros where it says that there is no gradient."""
    inputs = [torch.tensor(array, requires_grad=True) for array in arrays]
    y = f(*inputs)
    seed = torch.tensor(np.broadcast_to(seed, y.shape).copy())
    found = torch.autograd.grad(y, inputs, seed, allow_unused=True)
    zeros = [np.zeros(np.shape(array)) for array in arrays]
    pairs = zip(found, zeros, strict=True)
    return [y.detach().numpy(), *(z if g is None else g.numpy() for g, z in pairs)]


def differing(found, expected):
    """The positions at which any of the arrays differ."""
    assert [f.shape for f in found] == [e.shape for e in expected]
    close = [
        np.isclose(f, e, rtol=1e-9, atol=1e-300, equal_nan=True)
        for f, e in zip(found, expected, strict=True)
    ]
    return np.argwhere(~np.all(np.broadcast_arrays(*close), axis=0)).ravel().tolist()


def named(places, among):
    """The positions of some numbers."""
    words = {str(float(place)) for place in places}  # −0 is not 0, and NaN is NaN
    return [place for place, x in enumerate(among.tolist()) if str(x) in words]


# Elementwise -------------------------------------------------------------------------

ALIKE = (
    *("abs", "negative", "positive", "sign", "square", "sqrt", "exp", "expm1", "log"),
    *("log1p", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh"),
    *("tanh", "erf", "relu", "sigmoid"),
)
NUMPYS = (  # whose names are PyTorch's as well
    *("arcsinh", "arccosh", "arctanh", "log2", "log10", "exp2", "reciprocal", "floor"),
    *("ceil", "trunc", "round", "deg2rad", "rad2deg", "sinc", "nan_to_num"),
)
ACTIVATIONS = ("leaky_relu", "elu", "softplus", "silu", "gelu")
KEPT_NAN = "NaN stays NaN, where PyTorch makes a number of it"
# Function: the elements at which it differs from PyTorch's, and why.
DIFFERENT = {
    "abs": ([nan], KEPT_NAN),
    "sign": ([nan], KEPT_NAN),
    "elu": ([nan], KEPT_NAN),
    "expm1": ([-40.0], "e^x is exact here, and y + 1 in PyTorch is 0"),
    "arccosh": (
        [-1.0, -2.0, -1e8, -40.0, -800.0, -1e300, -inf],
        "NaN has no derivative",
    ),
    "sinc": ([1e-8, 1e-150], "exact near 0"),
    "relu": ([nan], "only what is above 0 gets a gradient; the value is NaN in both"),
    "x ** 0.5": ([-0.0, -inf], "NumPy takes C's pow, PyTorch the square root"),
    "x ** -0.5": ([-0.0, -inf], "NumPy takes C's pow, PyTorch the square root"),
}


def elementwise():
    """Name, our function, and torch's function, which is handed torch."""
    for name in ALIKE:
        yield name, getattr(tg, name), lambda t, x, n=name: getattr(t, n)(x)
    for name in NUMPYS:
        yield name, getattr(np, name), lambda t, x, n=name: getattr(t, n)(x)
    for name in ACTIVATIONS:
        yield (
            name,
            getattr(tg, name),
            lambda t, x, n=name: getattr(t.nn.functional, n)(x),
        )
    yield "clip", lambda x: tg.clip(x, -1, 1), lambda t, x: t.clip(x, -1, 1)
    for p in (0, 0.0, 1, 1.0, 2, 3, 0.5, -1, -0.5):
        yield f"x ** {p}", lambda x, p=p: x**p, lambda t, x, p=p: x**p
        yield f"{p} ** x", lambda x, p=p: p**x, lambda t, x, p=p: p**x
        yield f"{p} / x", lambda x, p=p: p / x, lambda t, x, p=p: p / x
        yield f"x / {p}", lambda x, p=p: x / p, lambda t, x, p=p: x / p


@together(
    ("name", "f", "other"), [*elementwise()], ids=[row[0] for row in elementwise()]
)
def test_elementwise(torch, name, f, other):
    expected = theirs(torch, lambda x: other(torch, x), [EDGES], SEED)
    found = differing(ours(f, [EDGES], SEED), expected)
    places, _ = DIFFERENT.get(name, ([], ""))
    assert found == named(places, EDGES), EDGES[found]


def equal_infinities(x, y):
    return np.isinf(x) & (x == y)


def equal(x, y):
    return (x == y) | (np.isnan(x) & np.isnan(y))


def unclear_sign(x, y):
    return np.isinf(x) | (np.isnan(y) & (x < 0))


def never(x, y):
    return np.zeros(x.shape, bool)


HALVES = "equal numbers share, as in maximum; PyTorch's first one takes it all"
# NumPy's function: where it differs from PyTorch's, and why.
PAIRS = {
    "add": (never, ""),
    "subtract": (never, ""),
    "multiply": (never, ""),
    "divide": (never, ""),
    "power": (never, ""),
    "float_power": (never, ""),
    "maximum": (never, ""),
    "minimum": (never, ""),
    "remainder": (never, ""),
    "logaddexp": (equal_infinities, "they share; PyTorch has ∞ − ∞"),
    "hypot": (lambda x, y: (x == 0) & (y == 0), "0, as the norm's; PyTorch has 0 / 0"),
    "fmax": (equal, HALVES),
    "fmin": (equal, HALVES),
    "copysign": (
        unclear_sign,
        "±1, by the value's sign; PyTorch has ∞ / ∞, and −1 by NaN",
    ),
}
TORCHS = {"power": "pow"}


@together("name", PAIRS)
def test_pairs(torch, name):
    values = EDGES[(np.abs(EDGES) != 1e-8) & (np.abs(EDGES) != 1e-150)]
    x, y = (axis.ravel() for axis in np.meshgrid(values, values))
    f, other = getattr(np, name), getattr(torch, TORCHS.get(name, name))
    found = differing(ours(f, [x, y], SEED), theirs(torch, other, [x, y], SEED))
    places, _ = PAIRS[name]
    assert found == np.flatnonzero(places(x, y)).tolist(), [x[found], y[found]]


# Reductions --------------------------------------------------------------------------

ROWS = {
    "zeros": [0.0, 0.0, 0.0],
    "equal": [1.0, 1.0, 1.0],
    "ties": [2.0, 1.0, 2.0],
    "one-zero": [0.0, 2.0, 3.0],
    "two-zeros": [0.0, 0.0, 3.0],
    "infinity": [inf, 1.0, 2.0],
    "infinities": [inf, inf, 2.0],
    "-infinity": [-inf, 1.0, 2.0],
    "all-infinity": [-inf, -inf, -inf],
    "both-infinities": [inf, -inf, 1.0],
    "nan": [nan, 1.0, 2.0],
    "huge": [1e300, 1e300, 1.0],
    "saturated": [1000.0, 0.0, -1000.0],
    "one": [5.0],
    "empty": [],
}
REDUCTIONS = {
    "sum": (tg.sum, lambda t, x: x.sum()),
    "mean": (tg.mean, lambda t, x: x.mean()),
    "prod": (tg.prod, lambda t, x: x.prod()),
    "max": (tg.max, lambda t, x: x.amax()),
    "min": (tg.min, lambda t, x: x.amin()),
    "var": (tg.var, lambda t, x: x.var(unbiased=False)),
    "std": (tg.std, lambda t, x: x.std(unbiased=False)),
    "std-1": (lambda x: tg.std(x, ddof=1), lambda t, x: x.std()),
    "logsumexp": (tg.logsumexp, lambda t, x: x.logsumexp(-1)),
    "softmax": (tg.softmax, lambda t, x: x.softmax(-1)),
    "log_softmax": (tg.log_softmax, lambda t, x: x.log_softmax(-1)),
    "cumsum": (tg.cumsum, lambda t, x: x.cumsum(-1)),
    "cumprod": (np.cumprod, lambda t, x: x.cumprod(-1)),
    "sort": (np.sort, lambda t, x: x.sort(stable=True).values),
    "nansum": (np.nansum, lambda t, x: x.nansum()),
    "norm": (np.linalg.norm, lambda t, x: t.linalg.norm(x)),
    "norm-1": (lambda x: np.linalg.norm(x, 1), lambda t, x: t.linalg.norm(x, 1)),
    "norm-3": (lambda x: np.linalg.norm(x, 3), lambda t, x: t.linalg.norm(x, 3)),
    "norm-inf": (lambda x: np.linalg.norm(x, inf), lambda t, x: t.linalg.norm(x, inf)),
}
TO_NAN = "the NaN takes the gradient, as the largest takes it; PyTorch's is all NaN"
ROWS_DIFFERENT = {
    ("max", "nan"): TO_NAN,
    ("min", "nan"): TO_NAN,
    ("norm-1", "nan"): KEPT_NAN,
    ("norm-inf", "nan"): KEPT_NAN,
    ("norm-3", "huge"): "1e300 / infinity is 0 here, and infinity / infinity there",
}
# NumPy has no largest element of nothing, and says so.
NOT_OF_NOTHING = {"max", "min", "logsumexp", "norm-inf"}


@together("row", ROWS)
@together("name", REDUCTIONS)
@pytest.mark.filterwarnings("ignore:.*(empty slice|Degrees of freedom|degrees of)")
def test_reductions(torch, name, row):
    f, other = REDUCTIONS[name]
    x = np.array(ROWS[row])
    if row == "empty" and name in NOT_OF_NOTHING:
        with pytest.raises(tg.ShapeError, match=r"\(0,\).*zero-size"):
            f(tg.Tensor(x, requires_grad=True))
        return
    one_each = name in {"softmax", "log_softmax", "cumsum", "cumprod", "sort"}
    seed = np.array([0.7, -1.3, 0.4])[: x.size] if one_each else SEED
    expected = theirs(torch, lambda x: other(torch, x), [x], seed)
    found = ours(f, [x], seed)
    assert bool(differing(found, expected)) == ((name, row) in ROWS_DIFFERENT)


@pytest.mark.parametrize("running", [np.maximum.accumulate, np.minimum.accumulate])
def test_a_running_extreme_stays_nan(running):
    x = np.array([1.0, nan, nan, 4.0])
    value, gradient = ours(running, [x], np.array([0.7, -1.3, 0.4, 0.9]))
    np.testing.assert_array_equal(value, running(x))
    assert gradient[0] == 0.7 and gradient.sum() == pytest.approx(0.7)


# Losses ------------------------------------------------------------------------------

PROBABILITIES = np.array([0.0, 1.0, 0.0, 1.0, 0.5, 1e-13, 1 - 1e-13, 1e-300, 1e-13])
TARGETS = np.array([1.0, 0.0, 0.0, 1.0, 0.3, 1.0, 0.0, 1.0, 0.0])


def test_probabilities_that_are_wrong_for_certain(torch):
    """The gradient in the target differs: ours is that of the loss, held above −100."""
    other = torch.nn.functional.binary_cross_entropy
    found = ours(tg.binary_cross_entropy, [PROBABILITIES, TARGETS], SEED)
    expected = theirs(torch, other, [PROBABILITIES, TARGETS], SEED)
    for place in (0, 1):  # torch's eps is one of single precision
        np.testing.assert_allclose(found[place], expected[place], rtol=1e-7)
    assert np.all(np.abs(found[1][PROBABILITIES != TARGETS]) > 0.0)
    assert np.isfinite(found[2]).all()
    assert np.isinf(expected[2][:4]).all()


LOGITS = np.array(
    [
        [1000.0, 0.0, -1000.0],
        [inf, 1.0, 2.0],
        [-inf, 1.0, 2.0],
        [-inf, -inf, 1.0],
        [0.0, 0.0, 0.0],
        [nan, 1.0, 2.0],
        [-1e300, 0.0, 1e300],
    ]
)


@together("label", range(3))
@together("logits", LOGITS, ids=str)
def test_logits(torch, logits, label):
    """Logits of −infinity mask classes out; 0 ln 0 is 0, with probabilities as well."""
    other = torch.nn.functional.cross_entropy
    right = np.array([label])
    expected = theirs(
        torch, lambda z: other(z, torch.tensor(right)), [logits[None]], SEED
    )
    for target in (right, np.eye(3)[right]):
        found = ours(lambda z, t=target: tg.cross_entropy(z, t), [logits[None]], SEED)
        for one, another in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, another, rtol=1e-12)


# Numbers without axes ----------------------------------------------------------------


@together("axis", [0, -1])
@together(
    "name", ["sum", "prod", "max", "min", "cumsum", "logsumexp", "softmax", "argmax"]
)
def test_a_number_has_the_axis_0_for_numpy(name, axis):
    x = tg.Tensor(2.5, requires_grad=True)
    f = getattr(np, name, None) or getattr(tg, name)
    y = f(x, axis=axis)
    assert y.shape == f(x.data, axis=axis).shape
    if name == "argmax":
        assert y == 0
        return
    expected = 0.0 if name == "softmax" else 0.7
    [found] = tg.gradients(y, [x], np.full(y.shape, 0.7))
    assert found.shape == ()
    assert found == pytest.approx(expected)
    [again] = tg.gradients(y, [x], np.full(y.shape, 0.7), record=True)
    assert again.item() == pytest.approx(expected)


@pytest.mark.parametrize("name", ["mean", "var", "std"])
def test_a_number_has_no_axis_for_numpys_mean(name):
    with pytest.raises(np.exceptions.AxisError):
        getattr(np, name)(np.array(2.5), axis=-1)
    with pytest.raises(tg.ShapeIndexError, match=rf"^{name}: .*axis -1"):
        getattr(np, name)(tg.Tensor(2.5, requires_grad=True), axis=-1)


def test_the_slope_of_a_hypotenuse_of_0_is_taken_to_be_0():
    x, y = (tg.Tensor([0.0, 3.0], requires_grad=True) for _ in range(2))
    tg.hypot(x, y).backward([2.0, 5.0])
    for argument in (x, y):
        np.testing.assert_allclose(argument.grad, [0.0, 5.0 / np.sqrt(2.0)])
