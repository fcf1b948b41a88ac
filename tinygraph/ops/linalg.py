"""Matrices: inverses, determinants, factors and norms; leading axes are a batch.

An operation has one result here. What has several, `svd` for instance, gives them as
rows of one array, one below the other, and `tinygraph.linalg` takes it apart.

Giles stands for: An extended collection of matrix derivative results for forward and
reverse mode algorithmic differentiation, 2008.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import MatrixError
from ..operators import plain
from ..primitive import primitive
from ..value import Array, arrayed, brought
from .reduction import product_of_others, restored
from .shape import Axes, concatenate, expand_dims, swapaxes

REMEDIES = {
    "Singular": "use np.linalg.pinv, or add a small multiple of the identity",
    "positive definite": "add a small multiple of the identity",
    "converge": "look for NaN and infinity among its elements",
    "square": "the last two axes must be of one size",
    "dimensional": "give matrices, whose rows and columns are the last two axes",
}


def computed(name: str, *arrays: Array, **parameters: Any) -> Any:
    """What np.linalg.name gives; MatrixError where the matrices have no such thing."""
    try:
        return getattr(np.linalg, name)(*arrays, **parameters)
    except np.linalg.LinAlgError as error:
        shapes = " and ".join(str(np.shape(array)) for array in arrays)
        remedy = [text for key, text in REMEDIES.items() if key in str(error)]
        raise MatrixError(
            ": ".join([f"np.linalg.{name}", f"shape {shapes}", str(error), *remedy])
        ) from None


def mT(x: Any) -> Any:
    """The matrices transposed."""
    return swapaxes(x, -1, -2)


def row(x: Any) -> Any:
    """Vectors as rows: to scale the columns of matrices."""
    return expand_dims(x, axis=-2)


def column(x: Any) -> Any:
    """Vectors as columns: to scale the rows of matrices."""
    return expand_dims(x, axis=-1)


def quotient(x: Any, y: Any) -> Any:
    """x / y, and 0 where both are 0: nobody asked for what is not determined."""
    neither = (x == 0) & (y == 0)
    return np.where(neither, 0.0, x / np.where(neither, 1.0, y))


# Inverses ----------------------------------------------------------------------------


@primitive
def inv(x: Array) -> Array:
    """y = x⁻¹, the inverse of square matrices.

    Raises MatrixError for a singular one.

    >>> inv(np.array([[2.0, 0.0], [0.0, 4.0]]))
    array([[0.5 , 0.  ],
           [0.  , 0.25]])
    """
    return computed("inv", x)


inv.vjp(
    lambda g, y, x: -(mT(y) @ g @ mT(y)),  # Giles, 2.2.3
    r"-y^\top \bar{y}\, y^\top",
)


@primitive(name="solve")
def solution(a: Array, b: Array) -> Array:
    """x = a⁻¹ b, for matrices b"""
    return computed("solve", a, b)


solution.vjp(
    lambda g, x, a, b: -(solution(mT(a), g) @ mT(x)),  # Giles, 2.3.1
    r"-a^{-\top} \bar{x}\, x^\top",
    lambda g, x, a, b: solution(mT(a), g),
    r"a^{-\top} \bar{x}",
)


@primitive
def pinv(x: Array, *, rtol: Any = None) -> Array:
    """y = x⁺, the pseudo-inverse of Moore and Penrose.

    Singular values up to `rtol` times the largest count as 0; None is max(M, N) times
    the precision of the numbers. The gradient is that of matrices of the same rank.

    >>> pinv(np.array([[2.0], [0.0]]))
    array([[0.5, 0. ]])
    """
    if rtol is None:
        rtol = max(x.shape[-2:]) * np.finfo(x.dtype).eps
    return computed("pinv", x, rcond=rtol)  # its name in all versions and libraries


@pinv.vjp(
    "x",
    r"(1 - x y)\, \bar{y}^\top y\, y^\top + y^\top y\, \bar{y}^\top (1 - y x)"
    r" - y^\top \bar{y}\, y^\top",
)
def pinv_vjp(g: Any, y: Any, x: Any, rtol: Any) -> Any:
    """Golub and Pereyra, The differentiation of pseudo-inverses, 1973."""
    g = mT(g)
    beyond = (g - x @ (y @ g)) @ y @ mT(y)
    before = mT(y) @ y @ (g - (g @ y) @ x)
    return beyond + before - mT(y) @ mT(g) @ mT(y)


# Determinants ------------------------------------------------------------------------


@primitive
def logabsdet(x: Array) -> Array:
    """y = ln |det x|"""
    return computed("slogdet", x)[1]


logabsdet.vjp(
    lambda g, y, x: expand_dims(g, axis=(-2, -1)) * mT(inv(x)),  # Giles, 2.2.4
    r"\bar{y}\, x^{-\top}",
)


@primitive
def det(x: Array) -> Array:
    """y = det x, of square matrices; exact gradients also of singular ones.

    >>> det(np.array([[2.0, 0.0], [0.0, 4.0]])).round(6)
    np.float64(8.0)
    """
    return computed("det", x)


@det.vjp("x", r"\bar{y}\, y\, x^{-\top}")
def det_vjp(g: Any, y: Any, x: Any) -> Any:
    """∂y/∂x = the cofactors of x: y x^−ᵀ unless it is singular. Giles, 2.2.4"""
    g, y = expand_dims(g, axis=(-2, -1)), expand_dims(y, axis=(-2, -1))
    singular = y == 0
    if not singular.any():
        return g * y * mT(inv(x))
    regular = np.where(singular, brought(np.eye(x.shape[-1]), plain(x)), x)
    return g * np.where(singular, cofactors(x), y * mT(inv(regular)))


def cofactors(x: Any) -> Any:
    """The cofactors of x = u s vᵀ are det u det v u c vᵀ, and those of s are simple."""
    u, s, v = rows_of(factors(x), x.shape[-1])
    turn = np.sign(np.linalg.det(plain(u)) * np.linalg.det(plain(v)))
    others = product_of_others(s, axis=-1)
    return (u * row(others * turn[..., None])) @ mT(v)


# Factors -----------------------------------------------------------------------------


def lower(x: Any, diagonal: float) -> Any:
    """The lower triangle, with the diagonal scaled."""
    size = x.shape[-1]
    kept = (np.tri(size, k=-1) + diagonal * np.eye(size)).astype(x.dtype)
    return x * brought(kept, x)


@primitive
def cholesky(x: Array) -> Array:
    """x = y yᵀ, with y lower triangular, for symmetric positive definite x"""
    return computed("cholesky", x)


@cholesky.vjp("x", r"\mathrm{sym}(y^{-\top} \Phi(y^\top \bar{y})\, y^{-1})")
def cholesky_vjp(g: Any, y: Any, x: Any) -> Any:
    """Murray, Differentiation of the Cholesky decomposition, 2016, (10)"""
    inner = lower(mT(y) @ g, 0.5)
    half = solution(mT(y), mT(solution(mT(y), inner)))  # its transpose is y^−ᵀ Φ y⁻¹
    return 0.5 * (half + mT(half))


@primitive(name="eigh")
def eigensystem(x: Array, *, UPLO: str = "L") -> Array:
    """x = v w vᵀ: the eigenvalues w in the first row, the eigenvectors v below."""
    w, v = computed("eigh", x, UPLO=UPLO)
    return np.concatenate([row(w), v], axis=-2)


@eigensystem.vjp(
    "x",
    r"\mathrm{sym}(\mathrm{V} (\bar{\mathrm{w}}"
    r" + \mathrm{F} \circ (\mathrm{V}^\top \bar{\mathrm{V}}))\, \mathrm{V}^\top)",
)
def eigensystem_vjp(g: Any, y: Any, x: Any, UPLO: str) -> Any:
    """x̄ = v (w̄ + F ∘ vᵀ v̄) vᵀ, symmetric, with Fᵢⱼ = 1 / (wⱼ − wᵢ). Giles, 3.1"""
    w, v = y[..., 0, :], y[..., 1:, :]
    turned = mT(v) @ g[..., 1:, :]
    inner = quotient(turned - mT(turned), 2.0 * (row(w) - column(w)))
    return (v @ inner + v * g[..., :1, :]) @ mT(v)


def rows_of(y: Any, rows: int) -> tuple[Any, Any, Any]:
    """u, s and v, where y has them below one another and u has as many rows as x."""
    return y[..., :rows, :], y[..., rows, :], y[..., rows + 1 :, :]


@primitive(name="svd")
def factors(x: Array) -> Array:
    """x = u s vᵀ: u, the singular values s in one row, and v, below one another."""
    u, s, vh = computed("svd", x, full_matrices=False)
    return np.concatenate([u, row(s), mT(vh)], axis=-2)


@factors.vjp(
    "x",
    r"\mathrm{U} (\bar{\mathrm{S}}"
    r" + (\mathrm{F} \circ (\mathrm{U}^\top \bar{\mathrm{U}}"
    r" - \bar{\mathrm{U}}^\top \mathrm{U})) \mathrm{S}"
    r" + \mathrm{S} (\mathrm{F} \circ (\mathrm{V}^\top \bar{\mathrm{V}}"
    r" - \bar{\mathrm{V}}^\top \mathrm{V})))\,"
    r" \mathrm{V}^\top",
)
def factors_vjp(g: Any, y: Any, x: Any) -> Any:
    """Townsend, Differentiating the singular value decomposition, 2016"""
    m, n = x.shape[-2:]
    u, s, v = rows_of(y, m)
    gu, gs, gv = rows_of(g, m)
    gaps = row(s * s) - column(s * s)
    left, right = mT(u) @ gu, mT(v) @ gv
    inner = quotient(left - mT(left), gaps) * row(s)
    inner = inner + quotient(right - mT(right), gaps) * column(s)
    gradient = (u @ inner + u * row(gs)) @ mT(v)
    if m > n:
        gradient = gradient + quotient(gu - u @ left, row(s)) @ mT(v)
    if n > m:
        gradient = gradient + u @ mT(quotient(gv - v @ right, row(s)))
    return gradient


@primitive(name="qr")
def triangular(x: Array) -> Array:
    """x = q r: q, and the transpose of the upper triangular r below it."""
    q, r = computed("qr", x)
    return np.concatenate([q, mT(r)], axis=-2)


@triangular.vjp(
    "x",
    r"(\bar{\mathrm{Q}} + \mathrm{Q}\, \mathrm{copyltu}("
    r"\mathrm{R} \bar{\mathrm{R}}^\top - \bar{\mathrm{Q}}^\top \mathrm{Q}))\,"
    r" \mathrm{R}^{-\top}",
)
def triangular_vjp(g: Any, y: Any, x: Any) -> Any:
    """Walter and Lehmann, Walter's QR, 2018; Roberts and Roberts, 2020, for m < n"""
    m, n = x.shape[-2:]
    q, r = y[..., :m, :], mT(y[..., m:, :])
    gq, gr = g[..., :m, :], mT(g[..., m:, :])
    if n > m:
        right = gr[..., :, m:]
        gq, r, gr = gq + x[..., :, m:] @ mT(right), r[..., :, :m], gr[..., :, :m]
    inner = r @ mT(gr) - mT(gq) @ q
    inner = lower(inner, 1.0) + mT(lower(inner, 0.0))
    left = mT(solution(r, mT(gq + q @ inner)))
    if n > m:
        left = concatenate([left, q @ right], axis=-1)  # pyright: ignore  # as above
    return left


# Norms -------------------------------------------------------------------------------


@primitive(name="norm")
def length(x: Array, *, axis: Axes, keepdims: bool) -> Array:
    """y = √ Σ x²; its gradient at 0 is taken to be 0."""
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


@length.vjp("x", r"\bar{y}\, x / y")
def length_vjp(g: Any, y: Any, x: Any, axis: Axes, keepdims: bool) -> Any:
    """∂y/∂x = x / y"""
    share = np.where(y == 0, 0.0, g / np.where(y == 0, 1.0, y))
    return x * restored(share, x, axis, keepdims)


@primitive(name="norm")
def power_norm(x: Array, *, p: float, axis: Axes, keepdims: bool) -> Array:
    """y = (Σ |x|^p)^(1/p); its gradient in elements that are 0 is taken to be 0."""
    with np.errstate(divide="ignore"):  # 1 / 0 where p is negative
        total = np.sum(np.abs(x) ** p, axis=axis, keepdims=keepdims)
    return arrayed(total ** (1.0 / p))


@power_norm.vjp("x", r"\bar{y}\, \mathrm{sign}(x)\, (|x| / y)^{p-1}")
def power_norm_vjp(g: Any, y: Any, x: Any, p: float, axis: Axes, keepdims: bool) -> Any:
    """∂y/∂x = sign(x) (|x| / y)^(p−1)"""
    g, y = (restored(each, x, axis, keepdims) for each in (g, y))
    nothing = (x == 0) | (y == 0)
    share = np.abs(np.where(nothing, 1.0, x) / np.where(y == 0, 1.0, y)) ** (p - 1.0)
    return np.where(nothing, 0.0, g * np.sign(x) * share)
