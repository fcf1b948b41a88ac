"""Linear algebra by NumPy's names: `tg.linalg.norm(t)`, or `np.linalg.norm(t)`.

Leading axes are a batch of matrices wherever NumPy has it so. `eig` and `eigvals` are
not here, since their results are complex numbers, and `matrix_rank` is an integer.
"""

from ...ops.linalg import det, inv
from ..products import vecdot
from ..rearranging import matrix_transpose
from .equations import lstsq, pinv, slogdet, solve, tensorinv, tensorsolve
from .factors import cholesky, eigh, eigvalsh, qr, svd, svdvals
from .norms import cond, matrix_norm, norm, vector_norm
from .products import (
    cross,
    diagonal,
    matmul,
    matrix_power,
    multi_dot,
    outer,
    tensordot,
    trace,
)

__all__ = [
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eigh",
    "eigvalsh",
    "inv",
    "lstsq",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "trace",
    "vecdot",
    "vector_norm",
]
