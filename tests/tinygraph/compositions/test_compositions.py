"""Compositions at the edges: ties, zeros, infinities, nothing; and their errors."""

import numpy as np
import pytest
from together import together

import tinygraph as tg

nan, inf = np.nan, np.inf


def slope(f, *values):
    """The gradients of Σ w y, in each of the arguments."""
    leaves = [tg.Tensor(value, requires_grad=True, dtype=float) for value in values]
    y = f(*leaves)
    seed = np.arange(1.0, 1.0 + y.size).reshape(y.shape)
    return [g.tolist() for g in tg.gradients(y, leaves, seed)]


# what is calculated, where, and the gradients by hand
EDGES = {
    "fmax-tie": (tg.fmax, [[1.0, 2.0], [1.0, 0.0]], [[0.5, 2.0], [0.5, 0.0]]),
    "fmax-nan": (tg.fmax, [[nan, 1.0], [1.0, nan]], [[0.0, 2.0], [1.0, 0.0]]),
    "fmin-nan": (tg.fmin, [[nan, nan], [1.0, nan]], [[0.0, 0.0], [1.0, 2.0]]),
    "clip-at": (tg.clip, [[1.0, 2.0], 1.0, 2.0], [[1.0, 2.0], 0.0, 0.0]),
    "clip-out": (tg.clip, [[0.0, 9.0], 1.0, 2.0], [[0.0, 0.0], 1.0, 2.0]),
    "hypot-0": (tg.hypot, [[0.0, 3.0], [0.0, 4.0]], [[0.0, 1.2], [0.0, 1.6]]),
    "hypot-large": (tg.hypot, [3e200, 4e200], [0.6, 0.8]),
    "arctan2-0": (tg.arctan2, [[0.0, 0.0], [0.0, 2.0]], [[0.0, 1.0], [0.0, 0.0]]),
    "logaddexp-inf": (tg.logaddexp, [[-inf, 1e3], [-inf, 0]], [[0.5, 2.0], [0.5, 0.0]]),
    "copysign-0": (tg.copysign, [[0.0, 2.0], [1.0, -1.0]], [[0.0, -2.0], [0.0, 0.0]]),
    "copysign-minus-0": (tg.copysign, [[2.0], [-0.0]], [[-1.0], [0.0]]),
    "heaviside": (tg.heaviside, [[-1.0, 0.0, 1.0], 0.5], [[0.0, 0.0, 0.0], 2.0]),
    "remainder": (tg.remainder, [[7.0, -7.0], 3.0], [[1.0, 2.0], 4.0]),
    "fmod": (tg.fmod, [[7.0, -7.0], 3.0], [[1.0, 2.0], 2.0]),
    "modf-inf": (lambda x: tg.modf(x)[0], [[inf, 1.5]], [[0.0, 2.0]]),
    "nan_to_num": (tg.nan_to_num, [[nan, 1.0, inf, -inf]], [[0.0, 2.0, 0.0, 0.0]]),
    "cbrt": (tg.cbrt, [[-8.0]], [[1 / 12]]),
    "sort-ties": (tg.sort, [[2.0, 1.0, 1.0]], [[3.0, 1.0, 2.0]]),
    "sort-nan": (tg.sort, [[nan, 1.0]], [[2.0, 1.0]]),
    "median-ties": (tg.median, [[1.0, 1.0, 1.0, 1.0]], [[0.0, 0.5, 0.5, 0.0]]),
    "median-inf": (tg.median, [[inf, inf, 1.0]], [[1.0, 0.0, 0.0]]),
    "nanmedian": (tg.nanmedian, [[nan, 1.0, 2.0]], [[0.0, 0.5, 0.5]]),
    "nanmax-tie": (tg.nanmax, [[nan, 2.0, 2.0, 1.0]], [[0.0, 0.5, 0.5, 0.0]]),
    "nanmax-none": (tg.nanmax, [[nan, nan]], [[0.0, 0.0]]),
    "nanmean": (tg.nanmean, [[nan, 2.0, 4.0]], [[0.0, 0.5, 0.5]]),
    "nanstd-still": (tg.nanstd, [[nan, 2.0, 2.0]], [[0.0, 0.0, 0.0]]),
    "ptp-ties": (tg.ptp, [[1.0, 1.0, 3.0]], [[-0.5, -0.5, 1.0]]),
    "cumprod-0": (tg.cumprod, [[2.0, 0.0, 3.0]], [[1.0, 4.0 + 18.0, 0.0]]),
    "cumprod-nothing": (tg.cumprod, [[]], [[]]),
    "trim_zeros": (tg.trim_zeros, [[0.0, 5.0, 0.0]], [[0.0, 1.0, 0.0]]),
    "trim_zeros-all": (tg.trim_zeros, [[0.0, 0.0]], [[0.0, 0.0]]),
    "take-twice": (lambda x: tg.take(x, [0, 0]), [[1.0, 2.0]], [[3.0, 0.0]]),
    "take-nothing": (lambda x: tg.take(x, []), [[1.0, 2.0]], [[0.0, 0.0]]),
    "interp-knot": (
        lambda x: tg.interp(x, [0.0, 1.0, 2.0], [0.0, 3.0, 5.0]),
        [[-1.0, 0.0, 1.0, 2.0, 9.0]],
        [[0.0, 6.0, 6.0, 0.0, 0.0]],
    ),
    "diff-0": (lambda x: tg.diff(x, 0), [[1.0, 5.0]], [[1.0, 2.0]]),
    "diff-of-one": (tg.diff, [[1.0]], [[0.0]]),
    "vander-0": (lambda x: tg.vander(x, 3), [[0.0]], [[2.0]]),
    "polyval-none": (lambda x: tg.polyval([], x), [[1.0]], [[0.0]]),
    "split-nothing": (lambda x: tg.array_split(x, 3)[2], [[1.0, 2.0]], [[0.0, 0.0]]),
    "tril-wide": (tg.tril, [[[1.0, 2.0]]], [[[1.0, 0.0]]]),
    "tril-row": (tg.tril, [[1.0, 2.0]], [[1.0 + 3.0, 4.0]]),
    "roll-nothing": (lambda x: tg.roll(x, 3), [[]], [[]]),
    "full": (lambda x: tg.full((2, 2), x), [1.0], [10.0]),
    "linspace-none": (lambda a: tg.linspace(a, 1.0, 0), [2.0], [0.0]),
    "hstack-numbers": (lambda a, b: tg.hstack([a, b]), [2.0, [3.0]], [1.0, [2.0]]),
    "rot90-four": (lambda x: tg.rot90(x, 5), [[[1.0, 2.0]]], [[[2.0, 1.0]]]),
    "linspace-one": (lambda a, b: tg.linspace(a, b, 1), [1.0, 2.0], [1.0, 0.0]),
}


@together("name", EDGES)
def test_gradient_at_an_edge(name):
    f, values, expected = EDGES[name]
    for found, by_hand in zip(slope(f, *values), expected, strict=True):
        np.testing.assert_allclose(found, by_hand, rtol=1e-14)


def test_sinc_has_its_curvature_at_0():
    second = tg.grad(tg.grad(tg.sinc))
    np.testing.assert_allclose(second(0.0), -(np.pi**2) / 3, rtol=1e-14)
    fourth = tg.grad(tg.grad(second))
    np.testing.assert_allclose(fourth(0.0), np.pi**4 / 5, rtol=1e-13)


def test_a_gradient_may_pass_a_rounding():
    def through(x):
        return x + (tg.round(x) - x).detach()

    x = tg.Tensor([0.4, 1.6], requires_grad=True)
    y = through(x) * np.array([1.0, 2.0])
    assert y.tolist() == [0.0, 4.0]
    assert tg.gradients(y.sum(), [x])[0].tolist() == [1.0, 2.0]


def test_whole_numbers_are_calculated_with_as_numpy_does():
    whole = [[1, 5, 2], [3, 4, 6]]
    for name in ("median", "fabs", "diff", "cov", "gradient", "nancumsum", "ptp"):
        found, expected = getattr(tg, name)(whole), getattr(np, name)(whole)
        np.testing.assert_allclose(found, expected, rtol=1e-14)
    np.testing.assert_allclose(tg.quantile(whole, 0.3, axis=1), [1.6, 3.6])
    np.testing.assert_array_equal(tg.convolve([1, 2], [3, 4]), [3, 10, 8])
    np.testing.assert_allclose(tg.gradient([1, 4, 9], 0.5), [6.0, 8.0, 10.0])


def test_lists_of_tensors_are_stacked():
    x = tg.Tensor([3.0, 1.0], requires_grad=True)
    for y, expected in [
        (tg.median([x[0], x[1], 5.0]), 3.0),
        (tg.hypot([x[0], 0.0], 4.0), [5.0, 4.0]),
        (tg.sort([x[0], x[1]]), [1.0, 3.0]),
        (tg.polyval([x[0], x[1]], 2.0), 7.0),
        (tg.vstack([[x[0], x[1]], x]), [[3.0, 1.0], [3.0, 1.0]]),
        (tg.interp(x, [0.0, x[1], 4.0], [0.0, 1.0, x[0]]), [7 / 3, 1.0]),
    ]:
        assert y.requires_grad
        np.testing.assert_allclose(y.data, expected)


x, row = tg.Tensor(np.ones((2, 3)), requires_grad=True), np.ones(4)
MISTAKES = {
    "hstack": (lambda: tg.hstack([x, row[:2]]), r"concatenate.*\(2, 3\), \(2,\)"),
    "vstack": (lambda: tg.vstack([x, row]), r"concatenate.*\(2, 3\), \(1, 4\)"),
    "block": (lambda: tg.block([[x], x]), "block: lists must be nested equally"),
    "block-empty": (lambda: tg.block([[x], []]), "block: lists must be nested equally"),
    "broadcast": (lambda: tg.broadcast_arrays(x, row), r"broadcast_arrays.*\(4,\)"),
    "meshgrid": (lambda: tg.meshgrid(row, row, indexing="yx"), "meshgrid.*'yx'"),
    "array_split": (lambda: tg.array_split(x, 0), "array_split: 0 sections"),
    "hsplit": (lambda: tg.hsplit(x, 2), "split: axis 1 with 3 elements"),
    "vsplit": (lambda: tg.vsplit(row, 2), r"vsplit: shape \(4,\) must have 2 axes"),
    "dsplit": (lambda: tg.dsplit(x, 2), r"dsplit: shape \(2, 3\) must have 3 axes"),
    "unstack": (lambda: tg.unstack(x, axis=2), "unstack.*axis 2"),
    "roll": (lambda: tg.roll(x, 1, 5), "roll.*axis 5"),
    "roll-pairs": (lambda: tg.roll(x, [[1]], [[1]]), "roll: `shift` and `axis`"),
    "rollaxis": (lambda: tg.rollaxis(x, 0, 3), "rollaxis: `start` is 3.*2 axes"),
    "rot90": (lambda: tg.rot90(x, 1, (0,)), r"rot90: `axes` are \(0,\)"),
    "fliplr": (lambda: tg.fliplr(row), "flip.*1"),
    "transpose": (lambda: tg.matrix_transpose(row), r"matrix_transpose.*\(4,\)"),
    "diag": (lambda: tg.diag(np.ones((1, 2, 3))), r"diag: shape \(1, 2, 3\)"),
    "tril": (lambda: tg.tril(1.0), "tril: a number"),
    "resize": (lambda: tg.resize([], 3), r"resize: nothing cannot fill .*\(3,\)"),
    "partition": (lambda: tg.partition(x, 7), "partition: `kth` is 7"),
    "take": (lambda: tg.take(x, 9), "getitem.*9"),
    "take-mode": (lambda: tg.take(x, 1, mode="no"), "take: `mode` is 'no'"),
    "take_along": (
        lambda: tg.take_along_axis(x, [1], 1),
        r"take_along_axis: `indices` of shape \(1,\).*\(2, 3\)",
    ),
    "compress": (lambda: tg.compress([[True]], x), r"compress.*\(1, 1\)"),
    "delete": (lambda: tg.delete(x, 9, 1), "delete: `obj` is 9"),
    "trim_zeros": (lambda: tg.trim_zeros(x), r"trim_zeros.*\(2, 3\)"),
    "select": (lambda: tg.select([row > 1], []), "select: 1 conditions for 0 choices"),
    "choose": (lambda: tg.choose([2], [row, row]), "choose.*2 to 2.*2 choices"),
    "piecewise": (
        lambda: tg.piecewise(row, [row > 1], []),
        "piecewise: 0 functions for 1 conditions",
    ),
    "average": (
        lambda: tg.average(x, 0, weights=row),
        r"average: `weights` of shape \(4,\).*\(2, 3\)",
    ),
    "cov": (lambda: tg.cov(np.ones((1, 2, 3))), r"cov: shape \(1, 2, 3\)"),
    "cumulative": (lambda: tg.cumulative_sum(x), r"cumulative_sum: give `axis`"),
    "quantile": (lambda: tg.quantile(x, 1.5), r"quantile: `q` is 1.5.*\[0, 1\]"),
    "percentile": (
        lambda: tg.percentile(x, 101),
        r"percentile.*101.*\[0, 100\]",
    ),
    "method": (lambda: tg.quantile(x, 0.5, method="no"), "quantile: `method` is 'no'"),
    "median": (lambda: tg.median([]), r"median: nothing to reduce in shape \(0,\)"),
    "diff": (lambda: tg.diff(x, -1), "diff: `n` is -1"),
    "gradient-short": (lambda: tg.gradient(row[:1]), "gradient: axis 0 with 1 samples"),
    "gradient-order": (lambda: tg.gradient(row, edge_order=3), "`edge_order` is 3"),
    "gradient-spacing": (
        lambda: tg.gradient(x, 1.0, 2.0, 3.0),
        "gradient: 3 spacings for 2 axes",
    ),
    "gradient-places": (
        lambda: tg.gradient(row, row[:2]),
        r"gradient: coordinates of shape \(2,\) for 4 samples along axis 0",
    ),
    "interp": (lambda: tg.interp(x, row, row[:2]), r"interp.*\(4,\).*\(2,\)"),
    "interp-period": (
        lambda: tg.interp(x, row, row, period=0),
        "period. must not be 0",
    ),
    "cross": (lambda: tg.cross(row, row), "cross: vectors of 4 and 4 elements"),
    "vecdot": (lambda: tg.vecdot(x, row), "vecdot: vectors of 3 and 4 elements"),
    "inner": (lambda: tg.inner(x, row), r"tensordot: shapes \(2, 3\) and \(4,\)"),
    "vdot": (lambda: tg.vdot(x, row), r"matmul.*\(6,\).*\(4,\)"),
    "convolve": (lambda: tg.convolve(x, row), r"convolve: shapes \(2, 3\) and \(4,\)"),
    "convolve-mode": (lambda: tg.convolve(row, row, "no"), "convolve: `mode` is 'no'"),
    "correlate": (
        lambda: tg.correlate(row, []),
        r"correlate.*\(4,\) and \(0,\)",
    ),
    "vander": (lambda: tg.vander(x), r"vander: shape \(2, 3\)"),
    "linspace": (lambda: tg.linspace(0, 1, -1), "linspace: `num` is -1"),
    "geomspace": (lambda: tg.geomspace(-1.0, 1.0), "geomspace.*one sign"),
    "along": (
        lambda: tg.apply_along_axis(np.sum, 0, np.ones((2, 0))),
        r"apply_along_axis: an array of shape \(2, 0\) has no rows",
    ),
    "choose-shapes": (lambda: tg.choose([0], [x, row]), r"choose: shapes \(1,\)"),
    "piecewise-shapes": (
        lambda: tg.piecewise(x, [row > 1], [1.0]),
        r"piecewise: shapes \(2, 3\), \(4,\)",
    ),
    "geomspace-0": (lambda: tg.geomspace(0.0, 1.0), "geomspace.*one sign"),
    "geomspace-shapes": (lambda: tg.geomspace(x, row), r"geomspace: shapes \(2, 3\)"),
    "cov-weights": (
        lambda: tg.cov(x, fweights=[1, 2]),
        r"multiply: shapes",
    ),
    "full": (lambda: tg.full(2, row), r"broadcast_to.*\(4,\).*\(2,\)"),
    "pad": (lambda: tg.pad(np.ones(0), 1, mode="edge"), "pad: `pad_width` is 1"),
    "clip": (
        lambda: tg.clip(x, tg.Tensor(row), None),
        r"clip: shapes",
    ),
}


@together(("call", "words"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_named(call, words):
    with pytest.raises(tg.TinygraphError, match=words):
        call()


def test_a_nan_makes_the_median_of_its_row_nan_and_of_no_other():
    cube = np.arange(24.0).reshape(2, 3, 4)
    cube[0, 1, 2] = nan
    for axis in (0, 1, -1, (0, 2), None):
        np.testing.assert_array_equal(tg.median(cube, axis), np.median(cube, axis))


@pytest.mark.parametrize("weights", ["fweights", "aweights"])
def test_one_kind_of_weights_of_a_covariance(weights):
    x = np.random.default_rng(3).normal(size=(3, 4))
    given = {weights: np.array([1, 3, 2, 1])}
    found = tg.cov(tg.Tensor(x, requires_grad=True), **given)
    np.testing.assert_allclose(found.data, np.cov(x, **given), rtol=1e-12)


@pytest.mark.parametrize("axis", [0, 1, 2, -2])
@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_a_running_extreme_along_each_axis(name, axis):
    running = getattr(np, name).accumulate
    x = np.random.default_rng(4).permutation(24).reshape(2, 3, 4) * 1.0
    found = running(tg.Tensor(x, requires_grad=True), axis=axis)
    np.testing.assert_array_equal(found.data, running(x, axis=axis))
    assert tg.check_gradients(lambda t: running(t, axis=axis), x)


def test_a_choice_of_one_array_is_refused():
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    for choice in ((x, None), (None, x)):
        with pytest.raises(tg.DTypeError, match="where: got None"):
            np.where(x > 1.5, *choice)
    assert np.where(x > 1.5)[0].tolist() == [1]


def test_a_line_of_two_points_tells_its_step():
    start = tg.Tensor(1.0, requires_grad=True)
    points, step = np.linspace(start, 3.0, 2, retstep=True)
    assert points.tolist() == [1.0, 3.0] and step.item() == 2.0
    assert tg.gradients(step, [start])[0] == -1.0


def test_pieces_of_one_number():
    x = tg.Tensor(-2.0, requires_grad=True)
    y = np.piecewise(x, [x < 0, x >= 0], [lambda v: v * v, 1.0])
    assert y.shape == np.piecewise(x.data, [True, False], [1.0, 1.0]).shape == ()
    assert y.item() == 4.0 and tg.gradients(y, [x])[0] == -4.0
