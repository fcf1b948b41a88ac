"""Arrays that are more than their numbers are refused, and the remedy is named."""

import operator
import warnings

import numpy as np
import pytest
from scipy import sparse
from together import together

import tinygraph as tg


class Unit(np.ndarray):
    """As a library with units may derive it."""


class Quantity:
    """As pint has it: no array, but it takes NumPy's functions."""

    shape = (2,)

    def __array_ufunc__(self, *_, **__):
        return NotImplemented

    def __array__(self, dtype=None, copy=None):
        return np.array([3.0, 4.0], dtype)


class Series:
    """As pandas has it: with labels, and left to those who ask for it."""

    __pandas_priority__ = 3000
    __array_ufunc__ = Quantity.__array_ufunc__

    def to_numpy(self):
        return np.array([3.0, 4.0])

    def __mul__(self, other):
        if getattr(other, "__pandas_priority__", 0) > self.__pandas_priority__:
            return NotImplemented
        raise AssertionError("the tensor did not get its turn")


with warnings.catch_warnings(action="ignore", category=PendingDeprecationWarning):
    MATRIX = np.matrix([[1.0, 2.0], [3.0, 4.0]])
MASKED = np.ma.array([3.0, 4.0], mask=[False, True])
KINDS = {
    "masked": (MASKED, r"MaskedArray: its mask .*filled\(0.0\)"),
    "one masked": (MASKED[1], r"MaskedConstant: its mask"),
    "matrix": (MATRIX, r"matrix: its \* is .*np.asarray\(matrix\) and @"),
    "unit": (np.ones(2).view(Unit), r"Unit: what it is more .*np.asarray\(...\)"),
    "quantity": (Quantity(), r"Quantity: its unit .*quantity\.m_as"),
    "labels": (Series(), r"Series: its labels would be lost: use .to_numpy"),
    "sparse": (sparse.csr_array([[1.0, 2.0]]), r"csr_array: .*\.toarray\(\)"),
    "sparse matrix": (sparse.coo_matrix([[1.0, 2.0]]), r"coo_matrix: .*\.toarray\(\)"),
}


def tensor():
    return tg.Tensor([1.0, 2.0], requires_grad=True)


def given_data(kind):
    tensor().data = kind


def given_grad(kind):
    tensor().grad = kind


PLACES = {
    "data": tg.Tensor,
    "new data": given_data,
    "gradient": given_grad,
    "seed": lambda kind: (tensor() * 2).backward(kind),
    "in a list": lambda kind: tg.Tensor([kind, kind]),
    "deep in a list": lambda kind: tg.Tensor([[kind], [kind]]),
    "in a list, with tensors": lambda kind: tg.stack([tensor(), kind]),
    "right of *": lambda kind: tensor() * kind,
    "left of *": lambda kind: np.multiply(kind, tensor()),
    "argument of an operation": lambda kind: tg.where(True, kind, tensor()),
    "without a tensor": tg.relu,
    "derivative": tg.grad(lambda x: (x * x).sum()),
    "checker": lambda kind: tg.check_gradients(lambda x: x * x, kind),
}


@together("place", PLACES)
@together("name", KINDS)
def test_refused_with_the_remedy(name, place):
    kind, sentence = KINDS[name]
    with pytest.raises(tg.DTypeError, match=sentence):
        PLACES[place](kind)


OPERATORS = [
    *(operator.add, operator.sub, operator.mul, operator.truediv, operator.pow),
    *(operator.iadd, operator.isub, operator.imul, operator.itruediv),
    *(operator.lt, operator.eq, operator.matmul),
]


@together("operation", OPERATORS, ids=lambda f: f.__name__)
def test_a_masked_array_on_the_left_does_not_lose_the_tape(operation):
    """np.ma calculates with the bare data of whatever stands on the right."""
    with pytest.raises((tg.NotDifferentiableError, tg.DTypeError), match=r"filled\(0"):
        operation(MASKED.copy(), tensor())
    with pytest.raises((tg.NotDifferentiableError, tg.DTypeError)):
        operation(MASKED.copy(), tensor() * 2)


@pytest.mark.parametrize(
    "use",
    [
        lambda t: np.ma.multiply(MASKED, t),
        lambda t: np.ma.sqrt(t),
        lambda t: np.ma.masked_greater(t, 1.5),
        lambda t: np.ma.array(t),
        lambda t: np.concatenate([MASKED, t]),
        lambda t: operator.setitem(MASKED.copy(), 0, t[0]),
        lambda t: MATRIX * t,
        lambda t: MATRIX @ t,
        lambda t: sparse.csr_array([[1.0, 2.0]]) @ t,
        lambda t: sparse.csr_matrix([[1.0, 2.0]]) * t,
        lambda t: Series() * t,
    ],
    ids=[
        *("ma.multiply", "ma.sqrt", "masked_greater", "ma.array", "concatenate"),
        *("item", "matrix *", "matrix @", "sparse @", "sparse *", "series *"),
    ],
)
def test_no_other_way_loses_it_either(use):
    with pytest.raises((tg.NotDifferentiableError, tg.DTypeError)):
        use(tensor())


def test_what_is_only_numbers_is_taken(tmp_path):
    mapped = np.memmap(tmp_path / "mapped", float, "w+", shape=2)
    mapped[:] = [3.0, 4.0]
    other = tg.Tensor([3.0, 4.0])
    for numbers in (mapped, other.data, other.numpy(), other.data.copy(), [3.0, 4.0]):
        t = tensor()
        (t * numbers).sum().backward()
        assert t.grad.tolist() == tg.Tensor(numbers).data.tolist() == [3.0, 4.0]
    for number in (np.float32(2), np.int8(2), np.bool(True), np.array(2.0)):
        assert (tensor() * number).data.tolist() == [float(number), 2 * float(number)]


def test_where_no_gradient_is_wanted_np_ma_calculates():
    assert (MASKED * tensor().detach()).tolist() == [3.0, None]
    with tg.no_grad():
        assert (MASKED * tensor()).tolist() == [3.0, None]


def test_the_remedy_gives_the_gradient_of_what_is_not_masked():
    t = tensor()
    y = tg.where(np.ma.getmaskarray(MASKED), 0.0, t * MASKED.filled(0.0))
    y.sum().backward()
    assert (y.data.tolist(), t.grad.tolist()) == ([3.0, 0.0], [3.0, 0.0])
