"""Linear algebra where it is reached from, where it is degenerate, and its errors.

What each function and its derivatives are is in the table of cases.
"""

import numpy as np
import pytest
import table_linalg
from cases import for_each
from derivatives import leaves, numeric
from together import together

import tinygraph as tg

OURS = [case for case in table_linalg.table() if case.name.startswith("linalg.")]


def gradient(f, x, seed=None):
    """The gradient of f at x, with a random seed unless it is a number."""
    x = tg.Tensor(x, requires_grad=True)
    y = f(x)
    if seed is None and y.size > 1:
        seed = np.random.default_rng(1).normal(size=y.shape)
    [found] = tg.gradients(y, [x], seed)
    return found


@for_each(OURS)
def test_numpys_function_is_ours(case):
    inputs = leaves(case.arrays())
    result, ours = case.reference(*inputs), case.call(*inputs)
    assert isinstance(result, tg.Tensor)
    assert result.requires_grad
    np.testing.assert_array_equal(result.data, ours.data)


# Degenerate points -------------------------------------------------------------------

NORMS = [None, 1, 2, 3, 1.5, np.inf, -np.inf]
ZEROS = {"zero": [0.0, 0.0, 0.0], "one": [0.0, -2.0, 0.0], "ties": [2.0, -2.0, 1.0]}


@together("order", NORMS, ids=str)
@together("x", ZEROS.values(), ids=ZEROS)
def test_norms_of_zeros_have_torchs_gradient(x, order):
    torch = pytest.importorskip("torch")
    theirs = torch.tensor(x, dtype=torch.double, requires_grad=True)
    torch.linalg.norm(theirs, ord=order).backward(torch.tensor(0.7, dtype=torch.double))
    found = gradient(lambda t: tg.linalg.norm(t, ord=order), x, 0.7)
    np.testing.assert_allclose(found, theirs.grad, rtol=1e-12)


@pytest.mark.parametrize("order", ["fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf])
def test_norms_of_degenerate_matrices(order):
    torch = pytest.importorskip("torch")
    for x in (np.eye(3), 2.0 * np.eye(2), np.zeros((2, 3))):
        if order == "nuc" and not x.any():
            continue  # any matrix of singular values up to 1 is a subgradient
        theirs = torch.tensor(x, requires_grad=True)
        torch.linalg.norm(theirs, ord=order).backward(
            torch.tensor(0.7, dtype=torch.double)
        )
        found = gradient(lambda t: tg.linalg.norm(t, ord=order), x, 0.7)
        if order in (2, -2) and not x.any():
            assert np.isfinite(found).all()
        else:
            np.testing.assert_allclose(found, theirs.grad, atol=1e-12)


def test_a_count_of_what_is_not_0_has_the_gradient_0():
    x = [0.0, -2.0, 3.0]
    assert np.linalg.norm(t(x), ord=0).item() == 2.0
    assert gradient(lambda x: np.linalg.norm(x, ord=0), x).tolist() == [0.0] * 3


def test_second_derivative_of_a_norm_at_0_is_taken_to_be_0():
    assert not tg.hessian(np.linalg.norm)(np.zeros(2)).any()
    np.testing.assert_allclose(  # and the projection beside x elsewhere
        tg.hessian(np.linalg.norm)(np.array([0.0, 2.0])), [[0.5, 0.0], [0.0, 0.0]]
    )


def test_equal_eigenvalues():
    weights = np.array([1.0, 2.0, 3.0])
    found = gradient(np.linalg.eigvalsh, np.eye(3), weights)
    np.testing.assert_allclose(np.trace(found), 6.0)
    np.testing.assert_allclose(np.linalg.eigvalsh(found), weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        vectors = gradient(lambda x: np.linalg.eigh(x)[1], np.eye(3))
    assert not np.isfinite(vectors).all()


def test_equal_singular_values():
    found = gradient(lambda x: np.linalg.svd(x, compute_uv=False).sum(), np.eye(3))
    np.testing.assert_allclose(found, np.eye(3), atol=1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        vectors = gradient(lambda x: np.linalg.svd(x)[0], np.eye(3))
    assert not np.isfinite(vectors).all()


def cofactors(x):
    """One determinant for each element, of what is left without its row and column."""
    found = np.empty(x.shape)
    for i, j in np.ndindex(x.shape):
        rest = np.delete(np.delete(x, i, 0), j, 1)
        found[i, j] = (-1) ** (i + j) * np.linalg.det(rest)
    return found


SINGULAR = {
    "rank-1": np.array([[1.0, 2.0], [2.0, 4.0]]),
    "zero": np.zeros((2, 2)),
    "number": np.zeros((1, 1)),
    "rank-2": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [2.0, 0.0, 3.0]]),
    "rank-1-of-3": np.outer([1.0, 2.0, 3.0], [4.0, 0.0, 1.0]),
    "negative": np.array([[0.0, 5.0], [0.0, 3.0]]),
}


@pytest.mark.parametrize("x", SINGULAR.values(), ids=SINGULAR)
def test_det_of_singular_matrices(x):
    found = gradient(np.linalg.det, x, 0.7)
    np.testing.assert_allclose(found, 0.7 * cofactors(x), atol=1e-12)


def test_det_of_a_batch_with_singular_ones():
    x = np.stack([SINGULAR["rank-1"], np.array([[1.0, 2.0], [3.0, 4.0]])])
    found = gradient(np.linalg.det, x, np.array([0.7, -0.3]))
    expected = [0.7 * cofactors(x[0]), -0.3 * cofactors(x[1])]
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("x", [SINGULAR["rank-1"], np.eye(2), np.array([[0, 5.0]] * 2)])
def test_second_derivative_of_det(x):
    """det x = x₀₀ x₁₁ − x₀₁ x₁₀, wherever x is."""
    expected = np.zeros((2, 2, 2, 2))
    expected[0, 0, 1, 1] = expected[1, 1, 0, 0] = 1.0
    expected[0, 1, 1, 0] = expected[1, 0, 0, 1] = -1.0
    np.testing.assert_allclose(tg.hessian(np.linalg.det)(x), expected, atol=1e-12)


# Symmetric matrices ------------------------------------------------------------------

READERS = {
    "cholesky": (lambda m, x: m.cholesky(x), np.triu),
    "cholesky-upper": (lambda m, x: m.cholesky(x, upper=True), np.tril),
    "eigvalsh": (lambda m, x: m.eigvalsh(x), np.triu),
    "eigvalsh-upper": (lambda m, x: m.eigvalsh(x, "U"), np.tril),
    "eigh": (lambda m, x: m.eigh(x)[1] ** 2, np.triu),
    "eigh-upper": (lambda m, x: m.eigh(x, UPLO="U")[1] ** 2, np.tril),
}


@pytest.mark.parametrize(("read", "unread"), READERS.values(), ids=READERS)
def test_one_triangle_is_read_and_the_gradient_is_symmetric(read, unread):
    torch = pytest.importorskip("torch")
    symmetric = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -1.0], [0.5, -1.0, 5.0]])
    spoiled = symmetric + 7.0 * (unread(np.ones((3, 3))) - np.eye(3))
    np.testing.assert_allclose(
        read(tg.linalg, spoiled), read(np.linalg, symmetric), rtol=1e-12
    )
    found = gradient(lambda x: read(tg.linalg, x), spoiled)
    np.testing.assert_allclose(found, found.T, rtol=1e-13)
    theirs = torch.tensor(symmetric, requires_grad=True)
    seed = np.random.default_rng(1).normal(size=read(np.linalg, symmetric).shape)
    read(torch.linalg, theirs).backward(torch.tensor(seed))
    np.testing.assert_allclose(found, theirs.grad, rtol=1e-10, atol=1e-10)
    both = lambda x: np.vdot(seed, read(np.linalg, 0.5 * (x + x.T)))  # noqa: E731
    np.testing.assert_allclose(found, numeric(both, [symmetric])[0], atol=1e-8)


# Errors ------------------------------------------------------------------------------

ERRORS = {
    "inv": (lambda m: m.inv(t(np.zeros((2, 2)))), r"inv: shape \(2, 2\).*pinv"),
    "inv-shape": (lambda m: m.inv(t(np.zeros((2, 3)))), r"inv: shape \(2, 3\).*size"),
    "inv-vector": (lambda m: m.inv(t(np.zeros(3))), r"inv: shape \(3,\).*last two"),
    "solve": (
        lambda m: m.solve(t(np.zeros((2, 2))), np.ones(2)),
        r"solve: shape \(2, 2\) and \(2, 1\): Singular.*pinv",
    ),
    "solve-square": (
        lambda m: m.solve(t(np.ones((2, 3))), np.ones(2)),
        r"solve: .*sq",
    ),
    "cholesky": (lambda m: m.cholesky(t(-np.eye(2))), r"cholesky: .*definite: add"),
    "svd": (lambda m: m.svd(t(np.full((2, 2), np.nan))), r"svd: .*NaN"),
    "svdvals": (lambda m: m.svdvals(t(np.ones(2))), r"svd: shape \(2,\).*matrix"),
    "det": (lambda m: m.det(t(np.ones((1, 2)))), r"det: shape \(1, 2\)"),
    "slogdet": (lambda m: m.slogdet(t(np.ones(2))), r"slogdet: shape \(2,\)"),
    "lstsq": (lambda m: m.lstsq(t(np.ones((3, 2))), np.ones(2)), r"lstsq: .*rows"),
    "tensorinv": (lambda m: m.tensorinv(t(np.ones((2, 3))), 1), r"tensorinv: .*ind=1"),
    "tensorsolve": (
        lambda m: m.tensorsolve(t(np.ones((2, 3))), np.ones(2)),
        r"tensorsolve: shapes \(2, 3\) and \(2,\)",
    ),
    "multi_dot": (lambda m: m.multi_dot([t(np.ones(2))]), r"multi_dot: .*two or more"),
    "cond": (lambda m: m.cond(t(np.zeros((2, 2))), 1), r"inv: shape \(2, 2\).*Sing"),
    "matrix_power": (lambda m: m.matrix_power(t(np.ones((1, 2))), 2), r"power: .*squ"),
}


def t(array):
    return tg.Tensor(array, requires_grad=True)


@together("room", [np.linalg, tg.linalg], ids=["numpy", "tinygraph"])
@together(("call", "words"), ERRORS.values(), ids=ERRORS)
def test_matrices_without_a_result(call, words, room):
    with pytest.raises(tg.MatrixError, match=rf"^np\.linalg\.\w*{words}") as caught:
        call(room)
    assert isinstance(caught.value, np.linalg.LinAlgError | ValueError)


OTHERS = {
    "solve": (lambda: np.linalg.solve(t(np.eye(2)), np.ones(3)), tg.ShapeError, "rows"),
    "norm": (lambda: np.linalg.norm(t([1.0]), ord="fro"), tg.ArgumentError, "'fro'"),
    "norm-matrix": (
        lambda: np.linalg.norm(t(np.eye(2)), ord=3),
        tg.ArgumentError,
        r"np\.linalg\.norm: `ord` is 3.*nuc",
    ),
    "norm-axes": (
        lambda: np.linalg.norm(t(np.ones((2, 2, 2))), ord=1),
        tg.ShapeError,
        r"shape \(2, 2, 2\).*two, for matrices",
    ),
    "norm-axis": (
        lambda: np.linalg.norm(t(np.eye(2)), axis=2),
        tg.ShapeIndexError,
        r"np\.linalg\.norm: axis 2",
    ),
    "multi_dot-first": (
        lambda: np.linalg.multi_dot([t(np.ones((2, 2, 2))), t(np.eye(2))]),
        tg.MatrixError,
        "only the first and the last may be vectors",
    ),
    "multi_dot-second": (
        lambda: np.linalg.multi_dot(
            [t(np.eye(2)), t(np.ones((2, 2, 2))), t(np.eye(2))]
        ),
        tg.MatrixError,
        "only the first and the last may be vectors",
    ),
    "multi_dot-last": (
        lambda: np.linalg.multi_dot([t(np.eye(2)), t(np.ones((2, 2, 2)))]),
        tg.MatrixError,
        "only the first and the last may be vectors",
    ),
    "eigh": (lambda: np.linalg.eigh(t(np.eye(2)), "X"), tg.ArgumentError, "UPLO.*'X'"),
    "power": (lambda: np.linalg.matrix_power(t(np.eye(2)), 0.5), TypeError, "integer"),
    "outer": (lambda: np.linalg.outer(t(np.eye(2)), [1]), tg.ShapeError, "np.outer"),
    "svd": (
        lambda: np.linalg.svd(t(np.ones((2, 3)))),
        tg.NotDifferentiableError,
        "full_matrices=False",
    ),
    "svd-hermitian": (
        lambda: np.linalg.svd(t(np.eye(2)), hermitian=True),
        tg.NotDifferentiableError,
        "use np.linalg.eigh",
    ),
    "qr": (
        lambda: np.linalg.qr(t(np.ones((3, 2))), "complete"),
        tg.NotDifferentiableError,
        "reduced",
    ),
    "pinv": (lambda: np.linalg.pinv(t(np.eye(2)), 0.1, rtol=0.1), ValueError, "both"),
    "eig": (lambda: np.linalg.eig(t(np.eye(2))), TypeError, r"np\.linalg\.eig .*eigh"),
    "eigvals": (lambda: np.linalg.eigvals(t(np.eye(2))), TypeError, "complex"),
    "rank": (lambda: np.linalg.matrix_rank(t(np.eye(2))), TypeError, "integer.*data"),
}


@together(("call", "kind", "words"), OTHERS.values(), ids=OTHERS)
def test_calls_that_are_refused(call, kind, words):
    with pytest.raises(kind, match=words) as caught:
        call()
    assert isinstance(caught.value, tg.TinygraphError)
    assert str(caught.value).startswith("np.linalg.")


def test_the_gradient_of_slogdet_at_a_singular_matrix():
    x = t(np.ones((2, 2)))
    y = np.linalg.slogdet(x).logabsdet
    assert y.item() == -np.inf
    with pytest.raises(np.linalg.LinAlgError, match=r"shape \(2, 2\): Singular"):
        y.backward()


# Results -----------------------------------------------------------------------------


def test_results_have_numpys_names():
    x = t(np.array([[2.0, 1.0], [1.0, 3.0]]))
    assert np.linalg.eigh(x).eigenvalues.shape == (2,)
    assert np.linalg.svd(x).Vh.shape == (2, 2)
    assert np.linalg.qr(x).R.shape == (2, 2)
    sign, logarithm = np.linalg.slogdet(-x[:1, :1])
    assert type(sign) is not tg.Tensor and sign == -1.0
    assert logarithm.item() == pytest.approx(np.log(2.0))


LEAST_SQUARES = {
    "tall": (np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 3.0]]), np.array([1.0, 2.0, 0.0])),
    "columns": (np.eye(3)[:, :2], np.ones((3, 2))),
    "square": (np.eye(2), np.ones(2)),
    "deficient": (np.ones((3, 2)), np.array([1.0, 2.0, 3.0])),
    "wide": (np.ones((1, 2)), np.ones(1)),
}


@pytest.mark.parametrize(("a", "b"), LEAST_SQUARES.values(), ids=LEAST_SQUARES)
def test_lstsq_gives_what_numpy_gives(a, b):
    found, expected = np.linalg.lstsq(t(a), t(b)), np.linalg.lstsq(a, b)
    assert found[2] == expected[2]
    for place in (0, 1, 3):
        assert found[place].shape == expected[place].shape
        np.testing.assert_allclose(found[place].data, expected[place], atol=1e-12)


def test_empty_matrices():
    x = t(np.zeros((0, 0)))
    assert np.linalg.inv(x).shape == (0, 0)
    assert np.linalg.det(x).item() == 1.0
    assert gradient(np.linalg.det, np.zeros((2, 0, 0)), np.ones(2)).shape == (2, 0, 0)
    assert np.linalg.eigvalsh(x).shape == (0,)
    assert gradient(np.linalg.norm, np.zeros((0,)), 1.0).shape == (0,)


def test_numbers_that_need_no_gradient_stay_plain():
    x = np.array([[2.0, 1.0], [1.0, 3.0]])
    assert isinstance(tg.linalg.inv(x.tolist()), np.ndarray)
    assert not np.linalg.inv(tg.Tensor([[2, 1], [1, 1]])).requires_grad


# Fourier transforms ------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 5, 8])
def test_there_and_back(size):
    x = np.random.default_rng(size).normal(size=(3, size))
    seed = np.random.default_rng(9).normal(size=(3, size))
    for norm in (None, "ortho", "forward", "backward"):

        def back(x, norm=norm):
            return tg.fft.irfft(tg.fft.rfft(x, norm=norm), n=size, norm=norm)

        np.testing.assert_allclose(back(x), x, atol=1e-12)
        np.testing.assert_allclose(gradient(back, x, seed), seed, atol=1e-12)


def test_a_filter_is_a_convolution():
    """Multiplying spectra is circular convolution, for values and gradients."""
    rng = np.random.default_rng(3)
    x, kernel = t(rng.normal(size=8)), t(rng.normal(size=8))
    f, g = tg.fft.rfft(x), tg.fft.rfft(kernel)
    real = f[:, 0] * g[:, 0] - f[:, 1] * g[:, 1]
    imaginary = f[:, 0] * g[:, 1] + f[:, 1] * g[:, 0]
    y = tg.fft.irfft(tg.stack([real, imaginary], axis=-1))
    place = (np.arange(8)[:, None] - np.arange(8)) % 8
    direct = (kernel[place] * x).sum(axis=1)
    np.testing.assert_allclose(y.data, direct.data, atol=1e-12)
    seed = rng.normal(size=8)
    for ours, theirs in zip(
        tg.gradients(y, [x, kernel], seed),
        tg.gradients(direct, [x, kernel], seed),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


COMPLEX = sorted(set(np.fft.__all__) - {"fftfreq", "rfftfreq", "fftshift", "ifftshift"})


@together("name", COMPLEX)
def test_complex_transforms_are_refused(name):
    words = rf"^np\.fft\.{name} is not .*complex.*tg\.fft\.rfft"
    with pytest.raises(tg.NotDifferentiableError, match=words):
        getattr(np.fft, name)(t(np.ones((4, 4))))


@pytest.mark.parametrize("name", ["fftshift", "ifftshift"])
def test_shifts_are_numpys(name):
    x = t(np.arange(10.0).reshape(2, 5))
    shifted = getattr(np.fft, name)(x, axes=1)
    assert shifted.requires_grad
    np.testing.assert_array_equal(shifted.data, getattr(np.fft, name)(x.data, axes=1))


WRONG = {
    "parts": (lambda: tg.fft.irfft(t(np.ones(3))), tg.ShapeError, "imaginary"),
    "norm": (lambda: tg.fft.rfft(t(np.ones(3)), norm="x"), tg.ArgumentError, "'x'"),
    "size": (lambda: tg.fft.rfft(t(np.ones(3)), n=0), tg.ArgumentError, "positive"),
    "axis": (lambda: tg.fft.rfft(t(np.ones(3)), axis=1), tg.ShapeIndexError, "axis 1"),
    "axes": (lambda: tg.fft.rfftn(t(1.0)), tg.ShapeError, "at least one"),
    "sizes": (lambda: tg.fft.rfft2(t(np.eye(2)), s=(2,)), tg.ShapeError, "as many"),
    "empty": (lambda: tg.fft.rfft(t(np.ones(0))), tg.ShapeError, "0"),
}


@pytest.mark.parametrize(("call", "kind", "words"), WRONG.values(), ids=WRONG)
def test_what_a_transform_cannot_take(call, kind, words):
    with pytest.raises(kind, match=words):
        call()


def test_tensorsolve_refuses_a_first_axis_of_another_size():
    with pytest.raises(tg.MatrixError, match=r"shapes \(3, 2\) and \(2,\)"):
        tg.linalg.tensorsolve(np.ones((3, 2)), np.ones(2))
    with pytest.raises(tg.MatrixError, match=r"shapes \(2, 3\) and \(2,\)"):
        tg.linalg.tensorsolve(np.ones((2, 3)), np.ones(2))


def test_the_slope_of_a_determinant_of_0_is_the_cofactors():
    """By hand: the cofactors of one singular matrix, and of a stack of two."""
    one = np.array([[1.0, 2.0], [2.0, 4.0]])
    cofactors = [[4.0, -2.0], [-2.0, 1.0]]
    np.testing.assert_allclose(tg.grad(np.linalg.det)(one), cofactors, atol=1e-12)
    both = tg.grad(lambda x: np.linalg.det(x).sum())(np.stack([one, 2.0 * one]))
    np.testing.assert_allclose(both[1], 2.0 * np.array(cofactors), atol=1e-12)


def test_a_tensor_product_sums_over_two_axes_by_default():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 3, 4)), rng.normal(size=(3, 4, 5))
    given = tg.Tensor(x, requires_grad=True)
    found = np.linalg.tensordot(given, y)
    np.testing.assert_allclose(found.data, np.einsum("ijk,jkl->il", x, y))


def test_small_singular_values_are_small_beside_the_largest():
    a, b = np.diag([100.0, 1.0, 0.5]), np.array([200.0, 3.0, 1.0])
    for rcond in (0.05, 0.007, 0.001):
        found, right = np.linalg.lstsq(t(a), b, rcond), np.linalg.lstsq(a, b, rcond)
        assert found[2] == right[2]
        np.testing.assert_allclose(found[0].data, right[0])
