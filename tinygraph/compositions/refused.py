"""NumPy's functions that no gradient goes through: what they answer, or what to use."""

from collections.abc import Callable
from typing import Any

import numpy as np

# Their result is a truth value, a position, a number of elements or a file.
PLAIN: set[Callable[..., Any]] = {
    *(np.argpartition, np.argwhere, np.flatnonzero, np.lexsort, np.searchsorted),
    *(np.nanargmax, np.nanargmin, np.digitize, np.isin, np.array_equiv, np.logical_xor),
    *(np.iscomplex, np.iscomplexobj, np.isreal, np.isrealobj, np.isneginf, np.isposinf),
    *(np.may_share_memory, np.shares_memory, np.can_cast, np.common_type, np.isnat),
    *(np.min_scalar_type, np.ravel_multi_index, np.unravel_index, np.einsum_path),
    *(np.diag_indices_from, np.tril_indices_from, np.triu_indices_from, np.ix_),
    *(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.bitwise_count),
    *(np.left_shift, np.right_shift, np.gcd, np.lcm, np.packbits, np.unpackbits),
    *(np.save, np.savez, np.savez_compressed, np.savetxt),
    getattr(np, "in1d", np.isin),
}

USUAL = "use an operation of tinygraph, or tensor.data for the plain array"
PLAIN_ARRAY = "use tensor.data for the plain array"
WRITES = (
    "it writes into its argument: use np.where(condition, new, old), and "
    "tinygraph.full for np.full"
)
COMPLEX = (
    "its numbers are complex, and tensors are real: use tg.fft.rfft and tg.fft.irfft, "
    "which have the real and the imaginary part along a last axis of two"
)
EIGENVALUES = (
    "eigenvalues are complex numbers, and tensors are real: use np.linalg.eigh or "
    "np.linalg.eigvalsh of a symmetric matrix, np.linalg.svd of another, or "
    "tensor.data for the plain array"
)
COUNTS = "use it on tensor.data: what is counted does not move with the values"
SORTED = "use np.sort, or np.unique(tensor.data, return_index=True) and take"
ROOTS = "use np.linalg.eigvals of a companion matrix on tensor.data"
COEFFICIENTS = "use np.polyval, np.convolve and np.linalg.lstsq on the coefficients"

# What to do instead, after "np.xxx is not differentiable here: ".
REMEDIES: dict[str, str] = {
    name: remedy
    for names, remedy in {
        "copyto put putmask place fill_diagonal put_along_axis": WRITES,
        "histogram histogram2d histogramdd histogram_bin_edges": COUNTS,
        "unique unique_all unique_counts unique_inverse unique_values": SORTED,
        "intersect1d union1d setdiff1d setxor1d": SORTED,
        "roots poly": ROOTS,
        "polyadd polyder polydiv polyfit polyint polymul polysub": COEFFICIENTS,
        "bincount": "use tinygraph.put(weights, index=..., shape=...)",
        "insert": "use np.concatenate of the parts",
        "fft.fft fft.fft2 fft.fftn fft.ifft fft.ifft2 fft.ifftn fft.hfft": COMPLEX,
        "fft.rfft fft.rfft2 fft.rfftn fft.ihfft": COMPLEX,
        "fft.irfft fft.irfft2 fft.irfftn": COMPLEX,
        "linalg.eig linalg.eigvals": EIGENVALUES,
        "linalg.matrix_rank": "a rank is an integer: use "
        "np.linalg.matrix_rank(tensor.data)",
        "frexp spacing nextafter i0 sort_complex": PLAIN_ARRAY,
    }.items()
    for name in (f"np.{n}" for n in names.split())
}
# The methods of ufuncs, np.add.at for instance, and scipy.special's ufuncs.
REMEDIES.update(
    {
        "at": "it writes into its argument: use tinygraph.put for sums at an index",
        "reduceat": "use np.split, and sum the parts",
        "reduce": "use np.sum, np.prod, np.max or np.min, or a loop over the slices",
        "accumulate": "use np.cumsum or np.cumprod, or a loop and np.stack",
        "the ufunc expit": "use tinygraph.sigmoid",
        "the ufunc erf": "use tinygraph.erf",
    }
)
