"""Names of NumPy's that can be followed while a step is recorded."""

# What follows from the layout of an array, which a replay does not change.
LAYOUT = frozenset({"shape", "dtype", "ndim", "size", "itemsize", "nbytes"})
LAYOUT_FUNCTIONS = frozenset(
    """
    can_cast empty_like ndim ones_like result_type shape size zeros_like
    """.split()  # noqa: SIM905
)
# Methods and functions whose result has a shape that follows from other shapes.
METHODS = frozenset(
    """
    all any argmax argmin argpartition argsort astype clip conj copy cumprod cumsum
    diagonal dot flatten max mean min prod ravel reshape round squeeze std sum
    swapaxes take trace transpose var
    """.split()  # noqa: SIM905
)
FUNCTIONS = METHODS | frozenset(
    """
    allclose amax amin angle array_equal broadcast_to concatenate cross diff einsum
    expand_dims flip fliplr flipud hstack inner isclose kron matmul median moveaxis
    nan_to_num outer pad roll rollaxis rot90 sinc sort stack take_along_axis
    tensordot tile tril triu unwrap vdot vstack where
    """.split()  # noqa: SIM905
)
TURNED = frozenset({"T", "mT", "real"})
# Methods of a random generator that give an array.
DRAWS = frozenset(
    """
    beta binomial choice exponential gamma integers laplace normal permutation
    permuted poisson random standard_exponential standard_normal uniform
    """.split()  # noqa: SIM905
)
