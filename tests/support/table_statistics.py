"""Cases of reductions, also of what is not NaN, averages, covariances and quantiles."""

from __future__ import annotations

import numpy as np
from case import Case
from table_numbers import CUBE, ROW, WIDE, case, like, together

import tinygraph as tg


def reductions():
    def holes(m, x):
        return m.where(
            like(x, [[1, 0, 1, 1], [0, 1, 1, 0], [1, 1, 0, 1]]) > 0, x, np.nan
        )

    for name in ("nansum", "nanprod", "nanmean", "nanvar", "nanstd", "nanmax"):
        yield case(
            name,
            lambda m, x, name=name: getattr(m, name)(holes(m, x), axis=1),
            [(3, 4)],
            "nan",
            "spaced",
        )
    for name in ("nanmin", "nanmedian"):
        yield case(
            name,
            lambda m, x, n=name: getattr(m, n)(holes(m, x), axis=0, keepdims=True),
            [(3, 4)],
            "nan",
            "spaced",
        )
    for name in ("nancumsum", "nancumprod"):
        yield case(
            name,
            lambda m, x, name=name: getattr(m, name)(holes(m, x), axis=1),
            [(3, 4)],
            "nan",
            "nonzero",
        )
    for label, domain in (
        ("zero", "one_zero"),
        ("zeros", "two_zeros"),
        ("", "nonzero"),
    ):
        yield case(
            "cumprod",
            lambda m, x: m.cumprod(x, axis=-1),
            [(2, 4)],
            f"axis{label}",
            domain,
            lambda t, x: t.cumprod(x, -1),
        )
    yield case(
        "cumprod",
        lambda m, x: m.cumprod(x, axis=0),
        [(3, 2)],
        "columns",
        "one_zero",
        lambda t, x: t.cumprod(x, 0),
    )
    for name in ("cumulative_sum", "cumulative_prod"):
        # numpy 2.0 has none of the two
        simple = {"cumulative_sum": np.cumsum, "cumulative_prod": np.cumprod}[name]
        yield Case(
            name,
            lambda x, n=name: getattr(tg, n)(x, axis=1, include_initial=True)[:, 1:],
            (((2, 3), "nonzero"),),
            lambda x, f=simple: f(x, axis=1),
        )
    yield case(
        "ptp",
        lambda m, x: m.ptp(x, axis=(0, -1), keepdims=True),
        [CUBE],
        "axes",
        "spaced",
    )


def statistics():
    yield case(
        "average",
        lambda m, x, w: m.average(x, axis=-1, weights=w),
        [WIDE, (3,)],
        "weights",
        ("real", "positive"),
    )
    yield case(
        "average",
        lambda m, x, w: together(
            m, m.average(x, axis=(2, 0), weights=w, returned=True)
        ),
        [CUBE, (4, 2)],
        "axes",
        ("real", "positive"),
    )
    yield case("cov", lambda m, x, y: m.cov(x, y, ddof=0), [(2, 5), (5,)], "two")
    yield case(
        "cov", lambda m, x: m.cov(x, rowvar=False, bias=True), [(5, 2)], "columns"
    )
    yield case("cov", lambda m, x: m.cov(x), [(5,)], "one", theirs=True)
    yield case(
        "cov",
        lambda m, x, a: m.cov(x, fweights=[1, 2, 1, 3], aweights=a),
        [(2, 4), ROW],
        "weights",
        ("real", "positive"),
        lambda t, x, a: t.cov(x, fweights=t.tensor([1, 2, 1, 3]), aweights=a),
    )
    yield case("corrcoef", lambda m, x, y: m.corrcoef(x, y), [(5,), (5,)], "two")
    for label, shape, axis in (
        ("", WIDE, 1),
        ("all", (2, 2), None),
        ("axes", CUBE, (0, 2)),
    ):
        yield case(
            "median",
            lambda m, x, a=axis: m.median(x, axis=a),
            [shape],
            f"axis{label}",
            "spaced",
        )
    for name in ("quantile", "nanquantile"):
        yield case(
            name,
            lambda m, x, n=name: getattr(m, n)(x, like(x, [0.1, 0.5, 1.0]), axis=1),
            [(3, 4)],
            domain="spaced",
            theirs=lambda t, x, n=name: getattr(t, n)(
                x, t.tensor([0.1, 0.5, 1.0], dtype=x.dtype), dim=1
            ),
        )
    for method in (
        *("hazen", "weibull", "median_unbiased", "normal_unbiased", "lower"),
        *("interpolated_inverted_cdf", "higher", "nearest", "midpoint"),
    ):
        yield case(
            "quantile",
            lambda m, x, method=method: m.quantile(x, 0.4, axis=0, method=method),
            [(5, 2)],
            method,
            "spaced",
        )
    for name in ("percentile", "nanpercentile"):
        yield case(
            name,
            lambda m, x, n=name: getattr(m, n)(x, 35.0, keepdims=True),
            [(2, 4)],
            domain="spaced",
        )


def table():
    yield from reductions()
    yield from statistics()
