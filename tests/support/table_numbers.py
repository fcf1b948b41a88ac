"""Cases of what NumPy calculates: elementwise functions, products, differences.

A case is written once, for `tg`, `np` and, where `torch` has the same, for PyTorch.
"""

from __future__ import annotations

import numpy as np
from case import Case

import tinygraph as tg

ROW, WIDE, CUBE, NONE = (4,), (2, 3), (2, 3, 4), (2, 0)
NUMBERS = np.array([0.5, -1.2, 2.0, 0.7])


def case(name, f, shapes, label="", domain="real", theirs=None, **more):
    """A case of f(m, *xs), with m a module; `theirs` is torch's, True where it is f."""
    kinds = (domain,) * len(shapes) if isinstance(domain, str) else domain
    return Case(
        name,
        lambda *xs: f(tg, *xs),
        tuple(zip(shapes, kinds, strict=True)),
        lambda *xs: f(np, *xs),
        f if theirs is True else theirs,
        label,
        **more,
    )


def like(x, numbers):
    """Plain numbers in the precision of x."""
    return np.asarray(numbers).astype(np.float32 if "32" in str(x.dtype) else float)


def together(m, parts):
    """Several results as one row, each in a proportion of its own."""
    return m.concatenate([m.ravel(p) * (1.0 + i) for i, p in enumerate(parts)])


# One name of one or two arguments: its domain, and torch's name, "" where it has none.
UNARY = {
    "exp2": ("real", "exp2"),
    "log2": ("positive", "log2"),
    "log10": ("positive", "log10"),
    "cbrt": ("nonzero", ""),
    "arcsinh": ("real", "arcsinh"),
    "arccosh": ("above_one", "arccosh"),
    "arctanh": ("inner", "arctanh"),
    "reciprocal": ("nonzero", "reciprocal"),
    "fabs": ("nonzero", "abs"),
    "sinc": ("real", "sinc"),
    "deg2rad": ("real", "deg2rad"),
    "radians": ("real", "deg2rad"),
    "rad2deg": ("real", "rad2deg"),
    "degrees": ("real", "rad2deg"),
    "floor": ("between_steps", "floor"),
    "ceil": ("between_steps", "ceil"),
    "trunc": ("between_steps", "trunc"),
    "fix": ("between_steps", "fix"),
    "rint": ("between_steps", "round"),
    "round": ("between_steps", "round"),
    "real": ("real", "real"),
    "conjugate": ("real", "conj"),
    "real_if_close": ("real", ""),
    "imag": ("real", ""),
    "angle": ("nonzero", "angle"),
    "nan_to_num": ("real", "nan_to_num"),
    "cumprod": ("nonzero", ""),
    "ptp": ("spaced", ""),
    "median": ("spaced", ""),
    "nanmedian": ("spaced", ""),
    "average": ("real", "mean"),
    "nansum": ("real", "nansum"),
    "nanmean": ("real", "nanmean"),
    "nanprod": ("nonzero", "prod"),
    "nanvar": ("real", ""),
    "nanstd": ("real", ""),
    "nanmax": ("spaced", "amax"),
    "nanmin": ("spaced", "amin"),
    "nancumsum": ("real", ""),
    "nancumprod": ("nonzero", ""),
    "cov": ("real", "cov"),
    "corrcoef": ("real", ""),
    "diff": ("real", "diff"),
    "ediff1d": ("real", ""),
    "atleast_2d": ("real", "atleast_2d"),
    "atleast_3d": ("real", "atleast_3d"),
    "fliplr": ("real", "fliplr"),
    "flipud": ("real", "flipud"),
    "rot90": ("real", "rot90"),
    "diag": ("real", "diag"),
    "diagonal": ("real", "diagonal"),
    "diagflat": ("real", "diagflat"),
    "tril": ("real", "tril"),
    "triu": ("real", "triu"),
    "matrix_transpose": ("real", ""),
    "sort": ("spaced", ""),
}
BINARY = {
    "arctan2": ("nonzero", "real", "arctan2"),
    "hypot": ("nonzero", "real", "hypot"),
    "logaddexp": ("real", "real", "logaddexp"),
    "logaddexp2": ("real", "real", "logaddexp2"),
    "fmax": ("spaced", "between", "fmax"),
    "fmin": ("spaced", "between", "fmin"),
    "copysign": ("nonzero", "nonzero", "copysign"),
    "remainder": ("coarse", "divisor", "remainder"),
    "fmod": ("coarse", "divisor", ""),
    "floor_divide": ("spaced", "far", ""),
    "heaviside": ("nonzero", "real", ""),
    "float_power": ("positive", "real", ""),
    "kron": ("real", "real", "kron"),
    "inner": ("real", "real", ""),
    "append": ("real", "real", ""),
}


def names():
    for name, (domain, torch_name) in UNARY.items():
        yield case(
            name,
            lambda m, x, name=name: getattr(m, name)(x),
            [(3, 4) if name != "ptp" else WIDE],
            domain=domain,
            theirs=torch_name
            and (lambda torch, x, name=torch_name: getattr(torch, name)(x)),
        )
    for name, (first, second, torch_name) in BINARY.items():
        for label, shapes in (("", (WIDE, (3,))), ("scalar", ((), WIDE))):
            yield case(
                name,
                lambda m, x, y, name=name: getattr(m, name)(x, y),
                shapes,
                label,
                (first, second),
                torch_name
                and (lambda torch, x, y, name=torch_name: getattr(torch, name)(x, y)),
            )


def elementwise():
    yield case("sinc", lambda m, x: m.sinc(0.02 * x), [WIDE], "near-0")
    yield case(
        "logaddexp", lambda m, x: m.logaddexp(x, x), [WIDE], "equal", theirs=True
    )
    yield case("hypot", lambda m, x: m.hypot(x, 0.0), [WIDE], "axis", "nonzero")
    yield case(
        "divmod",
        lambda m, x, y: together(m, m.divmod(x, y)),
        [WIDE, WIDE],
        domain=("spaced", "far"),
    )
    yield case("modf", lambda m, x: together(m, m.modf(x)), [WIDE], domain="nonzero")
    yield case("ldexp", lambda m, x: m.ldexp(x, [1, -2, 3]), [WIDE])
    yield case(
        "round", lambda m, x: m.round(0.1 * x, 1), [WIDE], "decimals", "between_steps"
    )
    yield case(
        "nan_to_num",
        lambda m, x: m.nan_to_num(m.where(x > 0, x, np.nan), nan=2.0),
        [(3, 4)],
        "nan",
        "nonzero",
    )
    for name in ("fmax", "fmin"):
        yield case(
            name,
            lambda m, x, y, name=name: getattr(m, name)(m.where(x > 0, x, np.nan), y),
            [WIDE, WIDE],
            "nan",
            ("spaced", "between"),
        )
    for label, bounds in (("both", (0.3, 1.0)), ("crossed", (1.0, 0.3))):
        yield case(
            "clip",
            lambda m, x, y, b=bounds: m.clip(x, b[0] * y, b[1] * y),
            [(3, 4), (4,)],
            f"tensors-{label}",
            ("spaced", "positive"),
            lambda t, x, y, b=bounds: t.clamp(x, b[0] * y, b[1] * y),
        )
    yield case(
        "clip",
        lambda m, x, y: m.clip(x, None, y),
        [(3, 4), (4,)],
        "upper",
        ("spaced", "far"),
        lambda t, x, y: t.clamp(x, max=y),
    )


def products():
    yield case("vdot", lambda m, x, y: m.vdot(x, y), [WIDE, (3, 2)])
    yield case(
        "inner", lambda m, x, y: m.inner(x, y), [CUBE, (5, 4)], "axes", theirs=True
    )
    yield case("inner", lambda m, x, y: m.inner(x, y), [ROW, ROW], "rows", theirs=True)
    yield case(
        "kron", lambda m, x, y: m.kron(x, y), [CUBE, (2, 2)], "cube", theirs=True
    )
    for label, shapes in (("", (WIDE, (3,))), ("rows", ((3,), (3,)))):
        yield case(
            "cross",
            lambda m, x, y: m.cross(x, y),
            shapes,
            label,
            theirs=lambda t, x, y: t.linalg.cross(*t.broadcast_tensors(x, y)),
        )
    yield case(
        "cross", lambda m, x, y: m.cross(x, y, axisa=0, axisc=0), [(3, 2), WIDE], "axes"
    )
    einsum = {"vecdot": "...i,...i", "matvec": "...ij,...j", "vecmat": "...i,...ij"}
    shapes = {"vecdot": [WIDE, (3,)], "matvec": [CUBE, (2, 4)], "vecmat": [WIDE, CUBE]}
    for name, subscripts in einsum.items():
        yield Case(
            name,
            lambda x, y, name=name: getattr(tg, name)(x, y),
            tuple((shape, "real") for shape in shapes[name]),
            lambda x, y, s=subscripts: np.einsum(s, x, y),
        )
    for name in ("convolve", "correlate"):
        for mode in ("full", "same", "valid"):
            for n, k in ((5, 3), (4, 2), (2, 5)):
                yield case(
                    name,
                    lambda m, x, y, f=name, o=mode: getattr(m, f)(x, y, o),
                    [(n,), (k,)],
                    f"{mode}-{n}-{k}",
                )
    yield case("polyval", lambda m, p, x: m.polyval(p, x), [ROW, WIDE])
    yield case(
        "vander",
        lambda m, x: m.vander(x),
        [ROW],
        theirs=lambda t, x: x[:, None] ** t.tensor([3.0, 2.0, 1.0, 0.0]),
    )
    yield case(
        "vander",
        lambda m, x: m.vander(x, 3, increasing=True),
        [(3,)],
        "zero",
        "one_zero",
        lambda t, x: t.stack([t.ones_like(x), x, x * x], 1),
    )


def differences():
    yield case(
        "diff",
        lambda m, x, y: m.diff(x, 2, 0, prepend=y, append=0.5),
        [(3, 2), (1, 2)],
        "ends",
    )
    yield case("ediff1d", lambda m, x, y: m.ediff1d(x, y, y[:1]), [WIDE, (2,)], "ends")
    for name, ends in (
        ("diff", ("prepend", "append")),
        ("ediff1d", ("to_begin", "to_end")),
    ):
        for end in ends:  # one without the other
            yield case(
                name,
                lambda m, x, y, f=name, e=end: getattr(m, f)(x, **{e: y}),
                [(3,), (2,)],
                end,
                theirs=name == "diff",
            )
    for order in (1, 2):
        yield case(
            "gradient",
            lambda m, x, order=order: together(m, m.gradient(x, 0.5, edge_order=order)),
            [(3, 4)],
            f"order-{order}",
            theirs=lambda t, x, order=order: t.cat(
                [
                    g.ravel() * (1.0 + i)
                    for i, g in enumerate(t.gradient(x, spacing=0.5, edge_order=order))
                ]
            ),
        )
        yield case(
            "gradient",
            lambda m, x, h, o=order: m.gradient(x, h, axis=0, edge_order=o),
            [(4, 2), ROW],
            f"coordinates-{order}",
            ("real", "spaced"),
        )
    yield case("gradient", lambda m, x: m.gradient(x), [(2,)], "two")
    yield case(
        "trapezoid",
        lambda m, y: m.trapezoid(y, dx=0.5, axis=0),
        [WIDE],
        theirs=lambda t, y: t.trapezoid(y, dx=0.5, dim=0),
    )
    yield case(
        "trapezoid", lambda m, y, x: m.trapezoid(y, x), [WIDE, (3,)], "x", theirs=True
    )
    yield case(
        "trapezoid", lambda m, y, x: m.trapezoid(y, x, axis=0), [WIDE, (2,)], "x0"
    )
    yield case("unwrap", lambda m, x: m.unwrap(4.0 * x, axis=0), [(4, 2)])
    yield case(
        "unwrap", lambda m, x: m.unwrap(x, period=0.7, discont=0.5), [(6,)], "own"
    )
    inner = "inner"
    yield case(
        "interp",
        lambda m, x, xp, fp: m.interp(x, m.sort(xp), fp),
        [(2, 4), ROW, ROW],
        domain=(inner, "spaced", "real"),
    )
    yield case(
        "interp",
        lambda m, x, xp, fp: m.interp(x, xp, fp, period=1.1),
        [(2, 4), ROW, ROW],
        "period",
        (inner, "spaced", "real"),
    )
    yield case(
        "interp",
        lambda m, x, fp: m.interp(
            x, like(fp, [-0.5, 0.1, 0.4, 0.5]), fp, left=2.0, right=fp[0] * 3.0
        ),
        [(3, 4), ROW],
        "ends",
        (inner, "real"),
    )


def table():
    families = (names, elementwise, products, differences)
    for family in families:
        yield from family()
