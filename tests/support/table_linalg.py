"""Cases of linear algebra and of Fourier transforms.

A case is written once, for `tg.linalg`, `np.linalg` and `torch.linalg`. Factors whose
signs are not determined are compared by what does not depend on the signs.
"""

from __future__ import annotations

import numpy as np
from case import Case

import tinygraph as tg

SQUARE, BATCH, WIDE, TALL = (3, 3), (2, 3, 3), (3, 4), (4, 3)


def case(name, f, shapes, label="", oracle=True, domain="regular", theirs=None, **more):
    """A case of f(m, *xs), with m the module of linear algebra; `theirs` is torch's."""
    kinds = [domain if len(shape) > 1 else "real" for shape in shapes]
    theirs = theirs or (lambda torch, *xs: f(torch.linalg, *xs))
    return Case(
        f"linalg.{name}",
        lambda *xs: f(tg.linalg, *xs),
        tuple(zip(shapes, kinds, strict=True)),
        lambda *xs: f(np.linalg, *xs),
        theirs if oracle else None,
        label,
        **more,
    )


def mT(x):
    return x.swapaxes(-1, -2)


def equations():
    for label, shape in (("", SQUARE), ("batch", BATCH), ("one", (1, 1))):
        yield case("inv", lambda m, x: m.inv(x), [shape], label)
        yield case("det", lambda m, x: m.det(x), [shape], label)
        yield case("slogdet", lambda m, x: m.slogdet(x)[1], [shape], label)
    for label, shapes in (
        ("", (SQUARE, WIDE)),
        ("vector", (SQUARE, (3,))),
        ("batch", (BATCH, (2, 3, 2))),
        ("batch-vector", (BATCH, (3,))),
        ("one-matrix", (SQUARE, (2, 3, 2))),
    ):
        yield case("solve", lambda m, a, b: m.solve(a, b), shapes, label)
    for label, shape in (("", SQUARE), ("wide", WIDE), ("tall", (2, 4, 3))):
        yield case("pinv", lambda m, x: m.pinv(x), [shape], label)
    yield case(
        "pinv", lambda m, x, y: m.pinv(x @ y, rtol=1e-5), [(4, 2), (2, 3)], "deficient"
    )
    yield case(
        "pinv", lambda m, x: m.pinv(x @ mT(x), hermitian=True), [WIDE], "symmetric"
    )
    for label, shapes in (("", (TALL, (4, 2))), ("wide", (WIDE, (3, 2)))):
        yield case("lstsq", lambda m, a, b: m.lstsq(a, b)[0], shapes, label)
    yield case(
        "lstsq", lambda m, a, b: m.lstsq(a, b)[0], [TALL, (4,)], "vector", oracle=False
    )
    yield case(
        "lstsq", lambda m, a, b: m.lstsq(a, b)[1], [TALL, (4,)], "left", oracle=False
    )
    yield case("tensorinv", lambda m, x: m.tensorinv(x.reshape(2, 2, 4)), [(4, 4)])
    yield case(
        "tensorsolve",
        lambda m, a, b: m.tensorsolve(a.reshape(2, 2, 4), b),
        [(4, 4), (2, 2)],
    )
    yield case(
        "tensorsolve",
        lambda m, a, b: m.tensorsolve(a.reshape(2, 6, 3), b, axes=(0,)),
        [(6, 6), (6,)],
        "moved",
        theirs=lambda torch, a, b: torch.linalg.tensorsolve(
            a.reshape(2, 6, 3), b, dims=(0,)
        ),
    )


def rebuilt(m, x):
    """The cube of x xᵀ, whatever the signs of its eigenvectors."""
    w, v = m.eigh(x @ mT(x))
    return (v * (w**3)[..., None, :]) @ mT(v)


def polar(m, x):
    """The factor of x that has orthonormal rows or columns."""
    u, _, vh = m.svd(x, full_matrices=False)
    return u @ vh


def factors():
    for label, shape in (("", SQUARE), ("batch", (2, 3, 4))):
        yield case("cholesky", lambda m, x: m.cholesky(x @ mT(x)), [shape], label)
        yield case("eigh", rebuilt, [shape], label)
        yield case("eigvalsh", lambda m, x: m.eigvalsh(x @ mT(x)), [shape], label)
    yield case(
        "cholesky", lambda m, x: m.cholesky(x @ mT(x), upper=True), [WIDE], "upper"
    )
    yield case("eigh", lambda m, x: m.eigh(x @ mT(x), "U")[1] ** 2, [SQUARE], "vectors")
    for label, shape in (("", SQUARE), ("wide", WIDE), ("tall", (2, 4, 3))):
        yield case("svd", polar, [shape], label)
        yield case("svdvals", lambda m, x: m.svdvals(x), [shape], label)
        for place, part in enumerate("QR"):
            yield case(
                "qr",
                lambda m, x, place=place: m.qr(x)[place] ** 2,
                [shape],
                f"{part}-{label}",
            )
    for place, part in ((0, "U"), (2, "Vh")):
        yield case(
            "svd",
            lambda m, x, place=place: m.svd(x, full_matrices=False)[place] ** 2,
            [TALL if place else WIDE],
            part,
        )
    yield case("svd", lambda m, x: m.svd(x)[0] ** 2, [SQUARE], "full")
    yield case(
        "svd", lambda m, x: m.svd(x, compute_uv=False), [TALL], "values", oracle=False
    )
    yield case("qr", lambda m, x: m.qr(x, mode="r") ** 2, [TALL], "r", oracle=False)
    yield case("qr", lambda m, x: m.qr(x, "complete")[1] ** 2, [WIDE], "complete")


ORDERS = (1, -1, 2, -2, np.inf, -np.inf, "fro", "nuc")


def norm(shape, label, domain="spaced", **given):
    """A case of norm: torch calls `axis` and `keepdims` by other names."""
    named = {"axis": "dim", "keepdims": "keepdim", "ord": "ord"}
    other = {named[name]: value for name, value in given.items()}
    return case(
        "norm",
        lambda m, x: m.norm(x, **given),
        [shape],
        label,
        theirs=lambda torch, x: torch.linalg.norm(x, **other),
        domain=domain,
    )


def norms():
    for order in ORDERS:
        yield norm(WIDE, f"matrix-{order}", "regular", ord=order)
    yield norm((3, 2, 4), "nuc-axes", ord="nuc", axis=(2, 0), keepdims=True)
    yield norm((3, 2, 4), "one-axes", ord=1, axis=(0, -1), keepdims=True)
    yield norm((3, 2, 4), "two-axes", ord=2, axis=(0, 1))
    for order in (None, 1, 2, 3, 0.5, -2, np.inf, -np.inf):
        domain = "nonzero" if order in (0.5, -2) else "spaced"
        yield norm(TALL, f"vector-{order}", domain, ord=order, axis=1)
    yield norm((2, 3, 2), "everything")
    yield norm((2, 3, 2), "frobenius", axis=(0, 1), keepdims=True)
    yield norm((4,), "vector")
    yield case(
        "vector_norm",
        lambda m, x: m.vector_norm(x, axis=(0, 2), keepdims=True, ord=3),
        [(2, 3, 2)],
        theirs=lambda torch, x: torch.linalg.vector_norm(x, 3, (0, 2), True),
    )
    yield case("vector_norm", lambda m, x: m.vector_norm(x), [WIDE], "everything")
    yield case("matrix_norm", lambda m, x: m.matrix_norm(x), [(2, 3, 4)])
    yield case("matrix_norm", lambda m, x: m.matrix_norm(x, ord="nuc"), [WIDE], "nuc")
    for p in (None, *ORDERS):
        yield case(
            "cond",
            lambda m, x, p=p: m.cond(x, p),
            [SQUARE],
            str(p),
            theirs=lambda torch, x, p=p: (  # torch.linalg.cond overwrites its inverse
                torch.linalg.norm(x, p or 2)
                * torch.linalg.norm(torch.linalg.inv(x), p or 2)
            ),
        )


def products():
    for power in (0, 1, 3, 6, -2):
        yield case(
            "matrix_power",
            lambda m, x, n=power: m.matrix_power(x, n),
            [SQUARE if power > 3 else BATCH],
            str(power),
        )
    for label, shapes in (
        ("matrices", [(2, 3), (3, 4), (4, 2), (2, 3)]),
        ("ends", [(2,), (2, 3), (3,)]),
        ("two", [(2, 3), (3,)]),
    ):
        yield case("multi_dot", lambda m, *xs: m.multi_dot(xs), shapes, label)
    yield case("cross", lambda m, x, y: m.cross(x, y), [(2, 3), (3,)], oracle=False)
    yield case(
        "cross",
        lambda m, x, y: m.cross(x, y, axis=0),
        [(3, 2), (3, 2)],
        "axis",
        theirs=lambda torch, x, y: torch.linalg.cross(x, y, dim=0),
    )
    for label, shapes in (
        ("rows", [(2, 3), (3,)]),
        ("vectors", [(3,), (3,)]),
        ("batch", [(2, 4, 3), (4, 3)]),
    ):
        yield case("vecdot", lambda m, x, y: m.vecdot(x, y), shapes, label)
    yield case(
        "vecdot",
        lambda m, x, y: m.vecdot(x, y, axis=0),
        [(3, 2), (3, 2)],
        "axis",
        oracle=False,
    )
    for name, f, shapes in (
        ("diagonal", lambda m, x: m.diagonal(x, offset=1), [(2, 3, 4)]),
        ("trace", lambda m, x: m.trace(x, offset=-1), [(2, 4, 3)]),
        ("matmul", lambda m, x, y: m.matmul(x, y), [(2, 2, 3), (3, 2)]),
        ("matrix_transpose", lambda m, x: m.matrix_transpose(x), [(2, 3, 4)]),
        ("outer", lambda m, x, y: m.outer(x, y), [(2,), (3,)]),
        ("tensordot", lambda m, x, y: m.tensordot(x, y, axes=1), [(2, 3), (3, 4)]),
    ):
        yield case(name, f, shapes, oracle=False)


# Fourier transforms ------------------------------------------------------------------


def parts(values):
    """Complex numbers as NumPy has them, as pairs."""
    return np.stack([values.real, values.imag], axis=-1)


def spectrum(name, shape, label="", **given):
    """A case of a transform, beside NumPy's and torch's."""
    other = {"axis": "dim", "axes": "dim"}
    other = {other.get(key, key): value for key, value in given.items()}
    return Case(
        f"fft.{name}",
        lambda x: getattr(tg.fft, name)(x, **given),
        ((shape, "real"),),
        lambda x: parts(getattr(np.fft, name)(x, **given)),
        lambda torch, x: torch.view_as_real(getattr(torch.fft, name)(x, **other)),
        label,
    )


def signal(name, shape, label="", **given):
    """A case of a transform back."""
    other = {"axis": "dim", "axes": "dim"}
    other = {other.get(key, key): value for key, value in given.items()}
    return Case(
        f"fft.{name}",
        lambda y: getattr(tg.fft, name)(y, **given),
        ((shape, "real"),),
        lambda y: getattr(np.fft, name)(y[..., 0] + 1j * y[..., 1], **given),
        lambda torch, y: getattr(torch.fft, name)(torch.view_as_complex(y), **other),
        label,
    )


def transforms():
    yield spectrum("rfft", (6,), "even")
    yield spectrum("rfft", (5, 2), "odd", axis=0, norm="ortho")
    yield spectrum("rfft", (5,), "longer", n=8, norm="forward")
    yield spectrum("rfft", (2, 5), "shorter", n=4)
    yield spectrum("rfft", (1,), "one")
    yield spectrum("rfft2", (2, 4, 3))
    yield spectrum("rfftn", (2, 3, 4), norm="ortho")
    yield spectrum("rfftn", (2, 3, 4), "sizes", s=(4, 3), axes=(2, 0), norm="forward")
    yield signal("irfft", (4, 2), "even")
    yield signal("irfft", (3, 2, 2), "odd", n=5, axis=0, norm="ortho")
    yield signal("irfft", (3, 2), "longer", n=8, norm="forward")
    yield signal("irfft", (5, 2), "shorter", n=4)
    yield signal("irfft2", (2, 3, 3, 2))
    yield signal("irfftn", (2, 3, 3, 2), norm="forward")
    yield signal("irfftn", (2, 3, 3, 2), "sizes", s=(2, 5), axes=(0, 1), norm="ortho")
    for option in dict(n=8), dict(axis=0), dict(norm="ortho"):  # each by itself
        yield spectrum("rfft", (4, 3), *option, **option)
        yield signal("irfft", (4, 3, 2), *option, **option)
    for option in dict(s=(2, 5)), dict(axes=(2, 0)), dict(norm="ortho"):
        yield spectrum("rfft2", (2, 4, 3), *option, **option)
        yield signal("irfft2", (2, 4, 3, 2), *option, **option)
    yield spectrum("rfftn", (2, 4, 3), "axes", axes=(2, 0))
    yield signal("irfftn", (2, 4, 3, 2), "axes", axes=(2, 0))
    for name in ("fftshift", "ifftshift"):
        for label, axes in (("", None), ("axis", 1)):
            yield Case(
                f"fft.{name}",
                lambda x, name=name, axes=axes: getattr(tg.fft, name)(x, axes),
                (((2, 5), "real"),),
                lambda x, name=name, axes=axes: getattr(np.fft, name)(x, axes),
                lambda torch, x, name=name, axes=axes: getattr(torch.fft, name)(
                    x, axes
                ),
                label,
                exact=True,
            )


def table():
    yield from equations()
    yield from factors()
    yield from norms()
    yield from products()
    yield from transforms()
