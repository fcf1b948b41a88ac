"""Factors of matrices: Cholesky, eigenvalues, singular values, QR."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...errors import ArgumentError, NotDifferentiableError
from ...ops import linalg as matrices
from ...ops.linalg import mT
from ...signatures import composition
from .shapes import matrix, square


class EighResult(NamedTuple):
    """What `eigh` gives."""

    eigenvalues: Any
    eigenvectors: Any


class QRResult(NamedTuple):
    """What `qr` gives."""

    Q: Any
    R: Any


class SVDResult(NamedTuple):
    """What `svd` gives."""

    U: Any
    S: Any
    Vh: Any


@composition
def cholesky(a: Any, *, upper: bool = False) -> Any:
    """The lower triangular L of a = L Lᵀ, for symmetric positive definite matrices.

    The lower triangle of `a` is read, and the gradient is symmetric: half of it belongs
    to each of two equal elements. With `upper`, Lᵀ of the upper triangle. Raises
    MatrixError for matrices that are not positive definite.

    >>> import numpy as np
    >>> cholesky(np.array([[4.0, 2.0], [2.0, 2.0]]))
    array([[2., 0.],
           [1., 1.]])
    """
    a = square("cholesky", a)
    return mT(matrices.cholesky(mT(a))) if upper else matrices.cholesky(a)


def eigh(a: Any, UPLO: str = "L") -> EighResult:
    """Eigenvalues in ascending order, and eigenvectors as columns, of symmetric a.

    One triangle is read, by `UPLO` the lower ("L") or the upper ("U"), and the gradient
    is symmetric. The sign of an eigenvector is not determined: differentiate what does
    not depend on it. Where eigenvalues are equal, eigenvectors have no derivative, and
    a gradient through them is infinite or NaN; one through the eigenvalues alone is
    finite. Giles, 2008, 3.1.

    >>> import numpy as np
    >>> eigh(np.array([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
    array([1., 2.])
    """
    if UPLO.upper() not in ("L", "U"):
        raise ArgumentError(f'np.linalg.eigh: `UPLO` is {UPLO!r}: use "L" or "U"')
    both = matrices.eigensystem(square("eigh", a), UPLO=UPLO.upper())
    return EighResult(both[..., 0, :], both[..., 1:, :])


@composition
def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of symmetric matrices in ascending order; see `eigh`.

    >>> import numpy as np
    >>> eigvalsh(np.array([[2.0, 0.0], [0.0, 1.0]]))
    array([1., 2.])
    """
    return eigh(a, UPLO).eigenvalues


def svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """The factors U, S and Vh of a = U diag(S) Vh, singular values descending.

    Columns of U and rows of Vh beyond the singular values are not determined, so that
    for matrices that are not square `full_matrices` must be False. The signs of the
    columns are not determined either: differentiate what does not depend on them.
    Where singular values are equal, or 0 in a matrix that is not square, a gradient
    through U or Vh is infinite or NaN; one through S alone is finite. Townsend,
    Differentiating the singular value decomposition, 2016.

    Raises NotDifferentiableError for what is not determined, and for `hermitian`.

    >>> import numpy as np
    >>> svd(np.array([[0.0, 2.0], [3.0, 0.0]])).S
    array([3., 2.])
    """
    a = matrix("svd", a)
    rows, columns = a.shape[-2:]
    if hermitian:
        raise NotDifferentiableError(
            "np.linalg.svd: `hermitian` is not differentiable here: use np.linalg.eigh"
        )
    if compute_uv and full_matrices and rows != columns:
        raise NotDifferentiableError(
            f"np.linalg.svd: shape {a.shape}: the columns that `full_matrices` adds "
            f"are not determined and have no gradient: pass full_matrices=False"
        )
    u, s, v = matrices.rows_of(matrices.factors(a), rows)
    return SVDResult(u, s, mT(v)) if compute_uv else s


@composition
def svdvals(x: Any) -> Any:
    """The singular values, descending.

    >>> import numpy as np
    >>> svdvals(np.array([[0.0, 2.0], [3.0, 0.0]]))
    array([3., 2.])
    """
    return svd(x, compute_uv=False)


def qr(a: Any, mode: str = "reduced") -> Any:
    """The factors Q, with orthonormal columns, and R, upper triangular, of a = Q R.

    `mode` is "reduced", "complete" or "r", for R alone. Where "complete" adds columns
    to Q they are not determined, and NotDifferentiableError is raised. The first
    columns of `a` must be independent for a gradient. Walter and Lehmann, Walter's QR,
    2018.

    >>> import numpy as np
    >>> abs(qr(np.array([[3.0], [4.0]])).R)
    array([[5.]])
    """
    a = matrix("qr", a)
    rows, columns = a.shape[-2:]
    if mode not in ("reduced", "complete", "r") or (
        mode == "complete" and rows > columns
    ):
        raise NotDifferentiableError(
            f"np.linalg.qr: shape {a.shape}, `mode` {mode!r}: what it adds to "
            f'"reduced" has no gradient: use mode="reduced"'
        )
    both = matrices.triangular(a)
    r = mT(both[..., rows:, :])
    return r if mode == "r" else QRResult(both[..., :rows, :], r)
