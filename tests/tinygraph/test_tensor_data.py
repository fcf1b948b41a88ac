"""The array that a tensor hands out: moved by -=, and read-only otherwise."""

import copy
import operator
import pickle
import weakref

import numpy as np
import pytest

import tinygraph as tg


def leaf(value=(2.0, 3.0), **more):
    return tg.Tensor(value, requires_grad=True, **more)


OPERATORS = {
    "+=": operator.iadd,
    "-=": operator.isub,
    "*=": operator.imul,
    "/=": operator.itruediv,
    "//=": operator.ifloordiv,
    "%=": operator.imod,
    "**=": operator.ipow,
    "@=": operator.imatmul,
}


@pytest.mark.parametrize("sign", OPERATORS)
def test_augmented_assignment_moves_a_leaf(sign):
    start = np.array([[2.0, 3.0], [5.0, 7.0]])
    other = np.array([[1.5, 0.5], [2.5, 4.0]])
    w, right = leaf(start), OPERATORS[sign](start.copy(), other)
    w.data = OPERATORS[sign](w.data, other)  # what w.data -= other is
    np.testing.assert_array_equal(w.data, right)
    assert w.dtype == np.float64


def test_a_loop_written_by_hand():
    w, torch_like = leaf(3.0), 3.0
    for _ in range(5):
        loss = (w - 1.0) ** 2
        w.zero_grad()
        loss.backward()
        w.data -= 0.1 * w.grad
        torch_like -= 0.1 * 2 * (torch_like - 1.0)
    assert w.data == pytest.approx(torch_like, rel=1e-12)


def test_a_recorded_graph_keeps_the_old_data():
    w = leaf()
    loss = (w * w).sum()
    w.data -= 1.0
    assert w.tolist() == [1.0, 2.0]
    loss.backward()
    np.testing.assert_array_equal(w.grad, [4.0, 6.0])  # of the values it was made of


def test_the_array_itself_may_be_moved():
    w = leaf()
    data = w.data
    data -= 1.0
    assert w.tolist() == [1.0, 2.0]
    data *= 2.0
    assert w.tolist() == [2.0, 4.0]


def test_types_and_shapes_stay():
    w = leaf(np.ones(2, np.float32))
    w.data -= np.array([0.25, 0.5])
    assert w.dtype == np.float32
    with pytest.raises(tg.ShapeError):
        w.data -= np.ones((3, 2))
    w.data -= tg.Tensor([0.25, 0.5], requires_grad=True)
    assert w.tolist() == [0.5, 0.0]


def write(array):
    array[0] = 1.0


def of_the_past(w):
    old = w.data
    w.data -= 1.0
    old -= 1.0


REFUSED = {
    "an element": lambda w: write(w.data),
    "a mask": lambda w: w.data.__setitem__(w.data > 0, 1.0),
    "an element moved": lambda w: operator.isub(w.data[:1], 1.0),
    "all elements": lambda w: w.data.fill(0.0),
    "the data of a result": lambda w: operator.isub((w * 2).data, 1.0),
    "an element of a result": lambda w: write((w * 2).data),
    "an array of a result": lambda w: write((w * 2).numpy()),
    "data of the past": of_the_past,
    "an argument of NumPy": lambda w: np.add(w.data, 1.0, out=w.data),
    "elements by NumPy": lambda w: np.add.at(w.data, [0], 1.0),
    "elements of a part by NumPy": lambda w: np.multiply.at(w.data[:1], [0], 3.0),
    "a copy into it": lambda w: np.copyto(w.data, 0.0),
    "a copy by keyword": lambda w: np.copyto(src=0.0, dst=w.data),
    "elements by their number": lambda w: np.put(w.data, [0], 1.0),
    "the same by a method": lambda w: w.data.put([0], 1.0),
    "elements where something holds": lambda w: np.place(w.data, w.data > 0, [1.0]),
    "the same with a mask": lambda w: np.putmask(w.data, w.data > 0, 1.0),
    "a diagonal": lambda w: np.fill_diagonal(w.data.reshape(1, 2), 0.0),
    "elements along an axis": lambda w: np.put_along_axis(
        w.data, np.array([0]), 1.0, 0
    ),
    "their order": lambda w: w.data.sort(),
    "elements of a result by NumPy": lambda w: np.negative.at((w * 2).data, [0]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_writing_is_told_what_to_write(name):
    w = leaf()
    with pytest.raises(tg.ReadOnlyError, match=r"read-only.*write") as caught:
        REFUSED[name](w)
    assert isinstance(caught.value, ValueError)
    assert w.tolist() in ([2.0, 3.0], [1.0, 2.0])


def test_numpy_does_not_write_either():
    w = leaf()
    for write_by_numpy in (
        lambda: w.data.partition(0),
        lambda: np.random.default_rng(0).shuffle(w.data),
    ):
        with pytest.raises(ValueError, match="read-only"):
            write_by_numpy()
    assert w.tolist() == [2.0, 3.0]


def test_a_copy_is_an_array_like_any_other():
    array = leaf().data.copy()
    array[0] = 7.0
    array += 1.0
    array.sort()
    array.put([0], 4.0)
    assert array.tolist() == [4.0, 8.0]
    np.copyto(array, src=leaf().data)
    assert array.tolist() == [2.0, 3.0]
    whole = tg.Tensor([1, 2]).data.copy()
    with pytest.raises(TypeError, match="same_kind"):
        whole /= 2


def test_it_is_a_plain_array_in_all_other_respects():
    w = leaf()
    assert isinstance(w.data, np.ndarray)
    assert repr(w.data) == "array([2., 3.])" and str(w.data) == "[2. 3.]"
    assert w.data is w.data
    for made in (w.data * 2, -w.data, np.exp(w.data), np.concatenate([w.data] * 2)):
        assert type(made) is np.ndarray
    assert type(w.data.sum()) is np.float64
    for again in (pickle.loads(pickle.dumps(w.data)), copy.deepcopy(w.data)):
        np.testing.assert_array_equal(again, [2.0, 3.0])
    assert tg.Tensor(w.data).tolist() == [2.0, 3.0]
    assert isinstance(tg.exp(w.data), np.ndarray)


def test_an_array_keeps_no_tensor_alive():
    w = leaf()
    data, gone = w.data, weakref.ref(w)
    del w
    assert gone() is None and data.tolist() == [2.0, 3.0]


def test_parameters_move_where_nothing_is_recorded():
    w = leaf()
    node, same = w.node, w
    (w * w).sum().backward()
    with tg.no_grad():
        w -= 0.5 * w.grad
    assert w is same and w.node != node and w.requires_grad
    assert w.tolist() == [0.0, 0.0]
    w -= 1.0  # recorded: a new value
    assert w is not same and same.tolist() == [0.0, 0.0]


def test_functions_of_numpy_take_the_data_as_a_plain_array():
    w, other, copy = leaf(), np.array([0.25, 4.0]), leaf().data.copy()
    for made in (np.add(w.data, other), np.exp(w.data), np.add.outer(w.data, other)):
        assert type(made) is np.ndarray and made.flags.writeable
    assert type(np.add.reduce(w.data)) is np.float64
    assert np.add(copy, other, out=copy) is copy and copy.tolist() == [2.25, 7.0]
    np.add.at(copy, [0, 0], 1.0)
    assert copy.tolist() == [4.25, 7.0]
    out = np.zeros(2)
    assert np.divmod(w.data, 2.0, out, None)[0] is out
    both = w.data * leaf(other)
    assert isinstance(both, tg.Tensor) and both.tolist() == [0.5, 12.0]
