"""Each optional argument, given alone, does what NumPy's does, and has its gradient."""

import inspect
from operator import attrgetter

import numpy as np
import pytest
from derivatives import numeric
from together import together

import tinygraph as tg

X = np.array([[0.3, 1.7, 0.9, 2.6], [2.2, 1.1, 0.6, 1.9], [1.4, 0.2, 2.9, 0.8]])
ROW, SQUARE, OTHER, CUBE = X[0], X[:, :3], X[:, 1:], X.reshape(3, 2, 2)
INVERTIBLE = np.eye(6) + 0.1 * np.cos(np.arange(36.0)).reshape(6, 6)
JUMPS = np.array([[0.1, 3.0, 6.5, 9.0], [4.2, 0.3, 5.1, 3.9]])
WEIGHTS, COUNTS = np.array([1.0, 0.5, 2.0, 1.5]), np.array([1, 2, 1, 3])
AXIS, KEPT = {"axis": 0}, {"keepdims": True}
REDUCED = {**AXIS, **KEPT}
SPREAD = {**REDUCED, "ddof": 1}
SHARE = {**REDUCED, "method": "lower"}
RANGE = {"num": 5, "endpoint": False, "dtype": np.float32, "axis": 1}
DIAGONAL = {"offset": 1}


def along_rows(f, array, /, *others, **options):
    return f(array, *others, **{"axis": 1} | options)


# `x` to differentiate by, the call (f(x, **o) if None), and each option with a value.
OPTIONS = {
    "angle": (ROW - 1.0, None, {"deg": True}),
    "append": (X, lambda f, x, **o: f(x, x, **o), AXIS),
    "array_split": (X, lambda f, x, **o: f(x, 3, **o), {"axis": 1}),
    "average": (X, None, {**REDUCED, "weights": X + 1.0, "returned": True}),
    "choose": (X, lambda f, x, **o: f([0, 4, 2, 1], list(x), **o), {"mode": "wrap"}),
    "clip": (X, None, {"min": 1.0, "max": 2.0}),
    "compress": (X, lambda f, x, **o: f([True, False, True], x, **o), AXIS),
    "concatenate": (X, lambda f, x, **o: f([x, x * x], **o), {"axis": 1}),
    "convolve": (ROW, lambda f, x, **o: f(x, WEIGHTS[:3], **o), {"mode": "same"}),
    "corrcoef": (X, None, {"rowvar": False, "y": ROW * WEIGHTS}),
    "correlate": (ROW, lambda f, x, **o: f(x, WEIGHTS[:3], **o), {"mode": "full"}),
    "cov": (
        X,
        None,
        {"rowvar": False, "bias": True, "ddof": 0, "y": ROW * WEIGHTS}
        | {"fweights": COUNTS, "aweights": WEIGHTS},
    ),
    "cross": (
        SQUARE,
        lambda f, x, **o: f(x, OTHER, **o),
        {"axisa": 0, "axisb": 0, "axisc": 0, "axis": 0},
    ),
    "cumprod": (X, None, AXIS),
    "cumsum": (X, None, AXIS),
    "cumulative_prod": (X, along_rows, {**AXIS, "include_initial": True}),
    "cumulative_sum": (X, along_rows, {**AXIS, "include_initial": True}),
    "delete": (X, lambda f, x, **o: f(x, 1, **o), AXIS),
    "diag": (X, None, {"k": 1}),
    "diagflat": (ROW, None, {"k": -1}),
    "diagonal": (CUBE, None, {"offset": 1, "axis1": 2, "axis2": 2}),
    "diff": (X, None, {"n": 2, "axis": 0, "prepend": 0.5, "append": X}),
    "ediff1d": (ROW, None, {"to_end": 0.5, "to_begin": WEIGHTS}),
    "flip": (X, None, AXIS),
    "full": (ROW, lambda f, x, **o: f((3, 4), x, **o), {"dtype": np.float32}),
    "full_like": (
        ROW,
        lambda f, x, **o: f(np.ones((3, 4)), x, **o),
        {"dtype": np.float32, "shape": (2, 4)},
    ),
    "geomspace": (ROW, lambda f, x, **o: f(x, 3.0, **o), RANGE),
    "gradient": (X, None, {"axis": 1, "edge_order": 2}),
    "interp": (
        ROW,
        lambda f, x, **o: f([0.5, 1.5, 4.5], [1.0, 2.0, 3.0, 4.0], x, **o),
        {"left": 7.0, "right": 8.0, "period": 3.5},
    ),
    "linspace": (ROW, lambda f, x, **o: f(x, 3.0, **o), {**RANGE, "retstep": True}),
    "logspace": (ROW, lambda f, x, **o: f(x, 3.0, **o), {**RANGE, "base": 2.0}),
    "max": (X, None, REDUCED),
    "mean": (X, None, REDUCED),
    "median": (X, None, REDUCED),
    "meshgrid": (
        ROW,
        lambda f, x, **o: f(x, WEIGHTS[:3], **o),
        {"sparse": True, "indexing": "ij"},
    ),
    "min": (X, None, REDUCED),
    "nan_to_num": (
        np.array([1.0, np.nan, np.inf, -np.inf]),
        None,
        {"nan": 2.0, "posinf": 3.0, "neginf": 4.0},
    ),
    "nancumprod": (X, None, AXIS),
    "nancumsum": (X, None, AXIS),
    "nanmax": (X, None, REDUCED),
    "nanmean": (X, None, REDUCED),
    "nanmedian": (X, None, REDUCED),
    "nanmin": (X, None, REDUCED),
    "nanpercentile": (X, lambda f, x, **o: f(x, 30.0, **o), SHARE),
    "nanprod": (X, None, REDUCED),
    "nanquantile": (X, lambda f, x, **o: f(x, 0.3, **o), SHARE),
    "nanstd": (X, None, SPREAD),
    "nansum": (X, None, REDUCED),
    "nanvar": (X, None, SPREAD),
    "pad": (
        X,
        lambda f, x, **o: f(x, ((1, 0), (2, 1)), **o),
        {"mode": "edge", "constant_values": 3.0},
    ),
    "partition": (X, lambda f, x, **o: f(x, 1, **o), AXIS),
    "percentile": (X, lambda f, x, **o: f(x, 30.0, **o), SHARE),
    "prod": (X, None, REDUCED),
    "ptp": (X, None, REDUCED),
    "quantile": (X, lambda f, x, **o: f(x, 0.3, **o), SHARE),
    "repeat": (X, lambda f, x, **o: f(x, 2, **o), AXIS),
    "roll": (X, lambda f, x, **o: f(x, 1, **o), AXIS),
    "rollaxis": (CUBE, lambda f, x, **o: f(x, 2, **o), {"start": 1}),
    "rot90": (CUBE, None, {"k": 3, "axes": (0, 2)}),
    "round": (X * 1.234, None, {"decimals": 2}),
    "select": (ROW, lambda f, x, **o: f([X > 1.0], [x], **o), {"default": 5.0}),
    "sort": (X, None, AXIS),
    "split": (X, lambda f, x, **o: f(x, [1], **o), {"axis": 1}),
    "squeeze": (X.reshape(1, 3, 1, 4), None, {"axis": 2}),
    "stack": (X, lambda f, x, **o: f([x, x * x], **o), {"axis": 1}),
    "std": (X, None, SPREAD),
    "sum": (X, None, REDUCED),
    "take": (
        X,
        lambda f, x, **o: f(x, [0, 13 if "mode" in o else 2], **o),
        {"axis": 1, "mode": "wrap"},
    ),
    "take_along_axis": (
        X,
        lambda f, x, **o: along_rows(f, x, np.array([[2, 0, 1, 2]]), **o),
        AXIS,
    ),
    "tensordot": (SQUARE, lambda f, x, **o: f(x, OTHER, **o), {"axes": 1}),
    "transpose": (CUBE, None, {"axes": (1, 2, 0)}),
    "trapezoid": (X, None, {"x": np.cumsum(WEIGHTS), "dx": 0.5, "axis": 0}),
    "tril": (X, None, {"k": 1}),
    "trim_zeros": (np.array([0.0, 1.0, 2.0, 0.0]), None, {"trim": "f"}),
    "triu": (X, None, {"k": 1}),
    "unstack": (X, None, {"axis": 1}),
    "unwrap": (JUMPS, None, {"discont": 4.0, "axis": 0, "period": 3.0}),
    "vander": (ROW, None, {"N": 3, "increasing": True}),
    "var": (X, None, SPREAD),
    "vecdot": (SQUARE, lambda f, x, **o: f(x, OTHER, **o), AXIS),
    "linalg.cholesky": (
        SQUARE,
        lambda f, x, **o: f(x @ x.T + np.eye(3), **o),
        {"upper": True},
    ),
    "linalg.cond": (SQUARE, None, {"p": 1}),
    "linalg.cross": (SQUARE, lambda f, x, **o: f(x, OTHER, **o), AXIS),
    "linalg.diagonal": (X, None, DIAGONAL),
    "linalg.eigh": (SQUARE, lambda f, x, **o: f(x, **o)[0], {"UPLO": "U"}),
    "linalg.eigvalsh": (SQUARE, None, {"UPLO": "U"}),
    "linalg.lstsq": (X, lambda f, x, **o: f(x, X[:, 0], **o)[0], {"rcond": 0.5}),
    "linalg.matrix_norm": (X, None, {**KEPT, "ord": 1}),
    "linalg.norm": (X, None, {**REDUCED, "ord": 1}),
    "linalg.pinv": (SQUARE, None, {"rcond": 0.5, "hermitian": True, "rtol": 0.5}),
    "linalg.qr": (X.T, None, {"mode": "r"}),
    "linalg.svd": (X, None, {"full_matrices": False, "compute_uv": False}),
    "linalg.tensordot": (SQUARE, lambda f, x, **o: f(x, OTHER, **o), {"axes": 1}),
    "linalg.tensorinv": (INVERTIBLE.reshape(6, 2, 3), None, {"ind": 1}),
    "linalg.tensorsolve": (
        SQUARE,
        lambda f, x, **o: f(x, ROW[:3], **o),
        {"axes": (0,)},
    ),
    "linalg.trace": (X, None, DIAGONAL),
    "linalg.vecdot": (SQUARE, lambda f, x, **o: f(x, OTHER, **o), AXIS),
    "linalg.vector_norm": (X, None, {**REDUCED, "ord": 3}),
}
# Compared by their values alone: they jump, or drop what is small.
NO_SLOPE = {"nan_to_num", "round", "trim_zeros"}
NO_SLOPE |= {"linalg.eigh", "linalg.eigvalsh", "linalg.lstsq"}
REFUSED = {("linalg.svd", "hermitian")}


def known(name):
    """The optional arguments of a function that this version of NumPy has, too."""
    theirs = attrgetter(name)(np)
    try:
        return inspect.signature(theirs).parameters.keys()
    except ValueError:  # written in C: none of these is new
        return OPTIONS[name][2].keys()


CASES = [
    pytest.param(name, option, id=f"{name}-{option}")
    for name, (_, _, options) in OPTIONS.items()
    if hasattr(np.linalg if "linalg" in name else np, name.removeprefix("linalg."))
    for option in options
    if option in known(name)
]


def plainly(f, array, /, **options):
    return f(array, **options)


def parts(result):
    return list(result) if isinstance(result, tuple | list) else [result]


@together(("name", "option"), CASES)
def test_an_option_alone_does_what_numpys_does(name, option):
    x, call, options = OPTIONS[name]
    call, given = call or plainly, {option: options[option]}
    found = parts(call(attrgetter(name)(tg), tg.Tensor(x, requires_grad=True), **given))
    expected = parts(call(attrgetter(name)(np), x, **given))
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.shape == np.shape(theirs) and ours.dtype == np.asarray(theirs).dtype
        np.testing.assert_allclose(
            getattr(ours, "data", ours), theirs, rtol=1e-6, atol=1e-12
        )


@together(
    ("name", "option"),
    [
        case
        for case in CASES
        if case.values[0] not in NO_SLOPE
        and case.values[1] not in {"dtype", "rtol", "rcond"}
    ],
)
def test_its_gradient_is_the_slope(name, option):
    x, call, options = OPTIONS[name]
    call, given = call or plainly, {option: options[option]}

    def weighted(x):
        results = parts(call(attrgetter(name)(tg), x, **given))
        return sum(
            (np.cos(np.arange(r.size)).reshape(r.shape) * r).sum() for r in results
        )

    leaf = tg.Tensor(x, requires_grad=True)
    [found] = tg.gradients(weighted(leaf), [leaf])
    [slopes] = numeric(weighted, [x])
    np.testing.assert_allclose(found, slopes, rtol=1e-6, atol=1e-6)


@together(("name", "option"), CASES)
def test_of_arrays_it_gives_numpys_arrays(name, option):
    x, call, options = OPTIONS[name]
    call, given = call or plainly, {option: options[option]}
    found = parts(call(attrgetter(name)(tg), x, **given))
    expected = parts(call(attrgetter(name)(np), x, **given))
    for ours, theirs in zip(found, expected, strict=True):
        assert not isinstance(ours, tg.Tensor)
        assert np.asarray(ours).dtype == np.asarray(theirs).dtype
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-12)


@together("value", [7, 7.5, [1.0, 2.0], np.float32(3.0)], ids=repr)
@together("dtype", [None, np.float32, int])
def test_full_of_plain_numbers(value, dtype):
    found, expected = tg.full((3, 2), value, dtype), np.full((3, 2), value, dtype)
    assert found.dtype == expected.dtype and found.tolist() == expected.tolist()


@together(("name", "option"), CASES)
def test_the_value_of_an_option_makes_a_difference(name, option):
    x, call, options = OPTIONS[name]
    call, function = call or plainly, attrgetter(name)(np)
    result = parts(call(function, x, **{option: options[option]}))
    try:
        usual = parts(call(function, x))
    except (ValueError, IndexError, TypeError):
        return
    assert [repr(part) for part in result] != [repr(part) for part in usual]


CLASSES = np.array([0, 3, 1])
OF_THE_RESULT = {"geomspace", "linspace", "logspace", "stack"}
WITH_AXIS = {
    name: (x, call or plainly)
    for name, (x, call, _) in OPTIONS.items()
    if (name, "axis") in [case.values for case in CASES]
    and name not in OF_THE_RESULT | {"squeeze"}
}
WITH_AXIS |= {
    "cross_entropy": (X, lambda f, x, **o: f(x, CLASSES, **o)),
    "nll_loss": (X, lambda f, x, **o: f(x, CLASSES, **o)),
    "cosine_similarity": (X, lambda f, x, **o: f(x, X + 1.0, **o)),
    "softmax": (X, plainly),
    "log_softmax": (X, plainly),
    "logsumexp": (X, plainly),
}


@together("name", WITH_AXIS)
def test_an_axis_counted_from_either_end_records_the_same(name):
    x, call = WITH_AXIS[name]
    recorded = []
    for axis in (-1, x.ndim - 1):
        leaf = tg.Tensor(x, requires_grad=True)
        [first, *_] = parts(call(attrgetter(name)(tg), leaf, axis=axis))
        made = [op for _, op in first.graph.nodes(data="op")]
        recorded.append((made, first.tolist()))
    assert recorded[0] == recorded[1]


# Names that mean something else here.
OTHER_MEANING = {"trace", "from_dlpack"}


def test_every_option_that_numpy_has_is_tried():
    missing = []
    for space, theirs, lead in ((tg, np, ""), (tg.linalg, np.linalg, "linalg.")):
        for name in set(dir(space)) & set(dir(theirs)) - OTHER_MEANING:
            f = getattr(space, name)
            if name.startswith("_") or isinstance(f, type) or not callable(f):
                continue
            ours = inspect.signature(f).parameters.values()
            options = {p.name for p in ours if p.default is not p.empty}
            tried = OPTIONS.get(lead + name, (0, 0, {}))[2]
            missing += [(lead + name, option) for option in options - tried.keys()]
    assert {*missing} == REFUSED
