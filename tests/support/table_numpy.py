"""Every function of numpy, numpy.linalg and numpy.fft, and what it does on a tensor.

A function is called as `call(f, x)`, where x is a matrix (2, 3) of positive numbers, no
two of them equal: a tensor here, and an array where the result is compared with
NumPy's. Names that share a call are in one string.
"""

import io

import numpy as np

import tinygraph as tg

V = np.array([0.5, -1.0, 2.0])
M = np.array([[0.4, -0.7, 1.2], [1.5, 0.8, -0.3]])


def listed(*rows):
    return {name: call for names, call in rows for name in names.split()}


def square(x):
    """A matrix (2, 2) that is well conditioned."""
    return x[:, :2] + np.array([[3.0, 0.0], [0.0, 3.0]])


def definite(x):
    """A positive definite matrix (2, 2)."""
    return square(x) @ square(x).T


def cube(x):
    return x.reshape(1, 2, 3)


def nan_in(x):
    """`x` with a NaN instead of one element."""
    return np.where(np.array([[False, True, False], [False, False, False]]), np.nan, x)


def ONE(f, x):
    return f(x)


def TWO(f, x):
    return f(x, M)


# The result is a tensor, or several, and the gradient is NumPy's derivative.
RECORDED = listed(
    # elementwise
    ("abs absolute fabs negative positive square sqrt cbrt exp exp2 expm1", ONE),
    ("log log2 log10 log1p sin cos tan sinh cosh tanh arcsinh asinh arctan atan", ONE),
    ("reciprocal sinc deg2rad rad2deg degrees radians conj conjugate real", ONE),
    ("real_if_close nan_to_num modf", ONE),
    ("arcsin arccos asin acos arctanh atanh", lambda f, x: f(x / 4.0)),
    ("arccosh acosh", lambda f, x: f(x + 1.5)),
    ("add subtract multiply divide true_divide arctan2 atan2 hypot logaddexp", TWO),
    ("logaddexp2 maximum minimum fmax fmin copysign remainder mod fmod divmod", TWO),
    ("power pow float_power", lambda f, x: f(x, M + x)),
    ("heaviside", lambda f, x: f(M - M, x)),
    ("ldexp", lambda f, x: f(x, np.array([1, -2, 3]))),
    ("where", lambda f, x: f(M > 0, x, M * x)),
    ("clip", lambda f, x: f(x, 0.5 * x, 0.5 + 0.2 * x)),
    ("select", lambda f, x: f([M > 1, M > 0], [x, 2.0 * x], 3.0)),
    ("choose", lambda f, x: f(np.array([0, 1, 0]), [x, 2.0 * x])),
    ("piecewise", lambda f, x: f(x, [M > 0, M <= 0], [np.square, lambda v: 3.0 * v])),
    ("interp", lambda f, x: f(x, [0.0, 1.0, 3.0], [1.0, 4.0, 2.0])),
    ("astype", lambda f, x: f(x, float)),
    # reductions
    ("sum prod mean var std max min amax amin ptp median average", ONE),
    ("nansum nanprod nanmean nanvar nanstd", lambda f, x: f(nan_in(x), axis=1)),
    ("nanmax nanmin nanmedian", lambda f, x: f(nan_in(x), axis=1)),
    ("quantile nanquantile", lambda f, x: f(x, [0.3, 0.9], axis=1)),
    ("percentile nanpercentile", lambda f, x: f(x, 30, axis=0)),
    ("cumsum cumprod nancumsum nancumprod", ONE),
    ("cumulative_sum cumulative_prod", lambda f, x: f(x, axis=1, include_initial=True)),
    ("cov corrcoef", lambda f, x: f(x)),
    ("trapezoid trapz", lambda f, x: f(x, 2.0 * x)),
    # products
    ("matmul dot inner", lambda f, x: f(x, x[0])),
    ("vecdot", lambda f, x: f(x, V)),
    ("matvec", lambda f, x: f(x, V)),
    ("vecmat", lambda f, x: f(V, x.T)),
    ("outer kron vdot", TWO),
    ("cross", lambda f, x: f(x, V)),
    ("tensordot", lambda f, x: f(x, M, axes=((0,), (0,)))),
    ("einsum", lambda f, x: f("ij,kj->ik", x, M)),
    ("trace", ONE),
    ("convolve correlate", lambda f, x: f(x[0], V[:2])),
    ("polyval", lambda f, x: f(x[0], V)),
    ("vander", lambda f, x: f(x[0], 3)),
    # differences
    ("diff ediff1d", ONE),
    ("gradient", lambda f, x: f(x, 0.5, axis=1)),
    ("unwrap", lambda f, x: f(5.0 * x)),
    # joining and cutting
    ("concatenate concat stack vstack hstack dstack column_stack row_stack",
     lambda f, x: f([x, 2.0 * x])),
    ("append", TWO),
    ("block", lambda f, x: f([[x, M], [M, x]])),
    ("atleast_1d atleast_2d atleast_3d", ONE),
    ("broadcast_arrays", lambda f, x: f(x, V)),
    ("broadcast_to", lambda f, x: f(x, (2, 2, 3))),
    ("meshgrid", lambda f, x: f(x[0], V)),
    ("split array_split", lambda f, x: f(x, [1, 2], axis=1)),
    ("hsplit", lambda f, x: f(x, 3)),
    ("vsplit", lambda f, x: f(x, 2)),
    ("dsplit", lambda f, x: f(cube(x), 3)),
    ("unstack", ONE),
    ("linspace", lambda f, x: f(x, V, 4)),
    ("logspace", lambda f, x: f(0.1 * x, 0.2, 3)),
    ("geomspace", lambda f, x: f(x, 2.0, 3)),
    ("full_like", lambda f, x: f(x, x[0])),
    # rearranging
    ("ravel transpose permute_dims squeeze flip fliplr flipud rot90", ONE),
    ("matrix_transpose diag diagonal diagflat tril triu sort copy", ONE),
    ("partition", lambda f, x: f(x, 1)),
    ("reshape", lambda f, x: f(x, (3, 2))),
    ("resize", lambda f, x: f(x, (2, 4))),
    ("expand_dims", lambda f, x: f(x, 1)),
    ("moveaxis rollaxis", lambda f, x: f(x, 1, 0)),
    ("swapaxes", lambda f, x: f(x, 0, 1)),
    ("roll", lambda f, x: f(x, 2)),
    ("repeat tile", lambda f, x: f(x, 2)),
    ("pad", lambda f, x: f(x, 1)),
    # selecting
    ("take", lambda f, x: f(x, [2, 0], axis=1)),
    ("take_along_axis", lambda f, x: f(x, np.array([[2, 0], [1, 1]]), axis=1)),
    ("compress", lambda f, x: f([True, False, True], x, axis=1)),
    ("extract", lambda f, x: f(M > 0, x)),
    ("delete", lambda f, x: f(x, 1, axis=1)),
    ("trim_zeros", lambda f, x: f(x[0])),
    # functions of functions
    ("apply_along_axis", lambda f, x: f(lambda row: row * row[0], 1, x)),
    ("apply_over_axes", lambda f, x: f(np.sum, x, [0])),
    # numpy.linalg
    ("linalg.norm linalg.matrix_norm", ONE),
    ("linalg.vector_norm linalg.svdvals linalg.pinv", ONE),
    ("linalg.det linalg.slogdet linalg.inv", lambda f, x: f(square(x))),
    ("linalg.cond", lambda f, x: f(square(x))),
    ("linalg.solve", lambda f, x: f(square(x), x)),
    ("linalg.lstsq", lambda f, x: f(x.T, V, rcond=None)[0]),
    ("linalg.cholesky", lambda f, x: f(definite(x))),
    ("linalg.eigh", lambda f, x: f(definite(x))[0]),
    ("linalg.eigvalsh", lambda f, x: f(definite(x))),
    ("linalg.svd", lambda f, x: f(x, full_matrices=False)[1]),
    ("linalg.qr", lambda f, x: f(square(x))),
    ("linalg.matrix_power", lambda f, x: f(square(x), 3)),
    ("linalg.multi_dot", lambda f, x: f([x, M.T, x])),
    ("linalg.matmul", lambda f, x: f(x, M.T)),
    ("linalg.outer", lambda f, x: f(x[0], V)),
    ("linalg.cross linalg.vecdot", lambda f, x: f(x, V)),
    ("linalg.tensordot", lambda f, x: f(x, M, axes=((0,), (0,)))),
    ("linalg.diagonal linalg.trace linalg.matrix_transpose", ONE),
    ("linalg.tensorsolve", lambda f, x: f(square(x), x[:, 0])),
    ("linalg.tensorinv", lambda f, x: f(square(x), ind=1)),
    ("fft.fftshift fft.ifftshift", ONE),
)  # fmt: skip

# The result is recorded, and its gradient is 0 by nature.
STEPS = listed(
    ("floor ceil rint trunc fix sign imag angle", ONE),
    ("round around", lambda f, x: f(x, 1)),
    ("floor_divide", TWO),
)

# No gradient is lost: a truth value, a position, a number of elements, a shape, a file.
PLAIN = listed(
    ("equal not_equal less less_equal greater greater_equal isclose allclose", TWO),
    ("array_equal array_equiv logical_and logical_or logical_xor", TWO),
    ("logical_not isnan isinf isfinite isneginf isposinf signbit any all", ONE),
    ("iscomplex iscomplexobj isreal isrealobj shape ndim size", ONE),
    ("argmax argmin nanargmax nanargmin argsort argwhere nonzero flatnonzero", ONE),
    ("count_nonzero result_type common_type min_scalar_type", ONE),
    ("argpartition", lambda f, x: f(x, 1)),
    ("lexsort", lambda f, x: f((x[0], x[1]))),
    ("searchsorted", lambda f, x: f(V[[1, 0, 2]], x)),
    ("digitize", lambda f, x: f(x, V[[1, 0, 2]])),
    ("isin in1d", lambda f, x: f(x, V)),
    ("can_cast", lambda f, x: f(x.dtype, np.float32)),
    ("may_share_memory shares_memory", TWO),
    ("einsum_path", lambda f, x: f("ij,kj->ik", x, M)),
    ("diag_indices_from tril_indices_from triu_indices_from",
     lambda f, x: f(square(x))),
    ("zeros_like ones_like", ONE),
    ("empty_like", lambda f, x: f(x).shape),
    ("array2string array_repr array_str", lambda f, x: len(f(x)) > 10),
    ("save savetxt", lambda f, x: f(io.BytesIO(), x)),
    ("savez savez_compressed", lambda f, x: f(io.BytesIO(), w=x)),
    ("isnat", lambda f, x: f(np.datetime64("NaT"))),
)  # fmt: skip

# Tensors of whole numbers, which have no gradient: they are answered with plain arrays.
WHOLE = listed(
    ("bitwise_and bitwise_or bitwise_xor gcd lcm", lambda f, n: f(n, 6)),
    ("bitwise_left_shift left_shift bitwise_right_shift right_shift",
     lambda f, n: f(n, 1)),
    ("invert bitwise_invert bitwise_not bitwise_count", ONE),
    ("ix_", lambda f, n: f(n)),
    ("ravel_multi_index", lambda f, n: f((n, n), (9, 9))),
    ("unravel_index", lambda f, n: f(n, (9, 9))),
    ("packbits unpackbits", lambda f, n: f(n.astype(np.uint8))),
)  # fmt: skip

# The gradient would be lost: an error names the function and says what to use.
REFUSED = listed(
    ("frexp i0 sort_complex spacing", ONE),
    ("nextafter", TWO),
    ("unique unique_all unique_counts unique_inverse unique_values", ONE),
    ("union1d intersect1d setdiff1d setxor1d", TWO),
    ("histogram histogram_bin_edges histogramdd", ONE),
    ("histogram2d", lambda f, x: f(x[0], x[1])),
    ("bincount", lambda f, x: f(np.array([0, 1, 1]), x[0])),
    ("insert", lambda f, x: f(x, 1, 2.0)),
    ("poly roots polyder polyint", lambda f, x: f(x[0])),
    ("polyadd polysub polymul polydiv", lambda f, x: f(x[0], V)),
    ("polyfit", lambda f, x: f(x[0], V, 1)),
    ("copyto", lambda f, x: f(np.array(M), x)),
    ("put", lambda f, x: f(x, [0], V[:1])),
    ("putmask place", lambda f, x: f(x, M > 0, V)),
    ("put_along_axis", lambda f, x: f(x, np.array([[0], [1]]), 0.0, 1)),
    ("fill_diagonal", lambda f, x: f(x, 0.0)),
    ("linalg.eig linalg.eigvals linalg.matrix_rank", lambda f, x: f(square(x))),
    ("fft.fft fft.ifft fft.rfft fft.irfft fft.hfft fft.ihfft", ONE),
    ("fft.fft2 fft.ifft2 fft.rfft2 fft.irfft2", ONE),
    ("fft.fftn fft.ifftn fft.rfftn fft.irfftn", ONE),
)

# NumPy does not ask a tensor, and makes an array of it: that is what is refused.
CONVERTED = listed(
    ("array asarray asanyarray ascontiguousarray asfortranarray asmatrix", ONE),
    ("asarray_chkfinite require", ONE),
    ("full", lambda f, x: f(2, x[0, 0])),
    ("fromiter", lambda f, x: tg.grad(lambda v: f(iter(v), float))(x.data[0])),
    ("bmat", lambda f, x: f([[x, x]])),
)

# They take no array, or write text, or count in the numbers of a machine.
ELSEWHERE_NAMES = """
add_docstring add_newdoc add_newdoc_ufunc arange bartlett base_repr binary_repr
blackman broadcast_shapes busday_count busday_offset byte_bounds cast
compare_chararrays datetime_as_string datetime_data deprecate_with_doc diag_indices
disp empty eye fft.fftfreq fft.rfftfreq fft.test find_common_type
format_float_positional format_float_scientific from_dlpack frombuffer fromfile
fromfunction frompyfunc fromregex fromstring genfromtxt get_include get_printoptions
getbufsize geterr geterrcall hamming hanning identity indices info is_busday isdtype
isfortran isscalar issctype issubclass_ issubdtype iterable kaiser linalg.test load
loadtxt lookfor mask_indices mintypecode nested_iters obj2sctype ones printoptions
promote_types recfromcsv recfromtxt safe_eval sctype2char set_printoptions
setbufsize seterr seterrcall show_config show_runtime source test tri tril_indices
triu_indices typename who zeros
"""
ELSEWHERE = set(ELSEWHERE_NAMES.split())

# What HIPS autograd differentiates of the three (its release 1.9), without second names
# for the same function.
HIPS_NAMES = """
abs add amax amin angle append arccos arccosh arcsin arcsinh arctan arctan2 arctanh
array array_split astype atleast_1d atleast_2d atleast_3d block broadcast_to choose
clip column_stack concatenate conj cos cosh cross cumsum deg2rad degrees diag
diagonal diff divide dot dsplit dstack einsum exp exp2 expand_dims expm1 fabs
fft.fft fft.fft2 fft.fftn fft.fftshift fft.ifft fft.ifft2 fft.ifftn fft.ifftshift
fft.irfft fft.irfft2 fft.irfftn fft.rfft fft.rfft2 fft.rfftn fliplr flipud fmax fmin
full full_like gradient hsplit hstack hypot imag inner kron linalg.cholesky
linalg.det linalg.eig linalg.eigh linalg.inv linalg.multi_dot linalg.norm
linalg.pinv linalg.slogdet linalg.solve linalg.svd linspace log log10 log1p log2
logaddexp logaddexp2 matmul max maximum mean min minimum moveaxis multiply
nan_to_num negative outer pad partition power prod rad2deg radians ravel real
real_if_close reciprocal remainder repeat reshape roll rollaxis rot90 select sin
sinc sinh sort split sqrt square squeeze stack std subtract sum swapaxes tan tanh
tensordot tile trace transpose tril triu var vsplit vstack where
"""
HIPS = set(HIPS_NAMES.split())
