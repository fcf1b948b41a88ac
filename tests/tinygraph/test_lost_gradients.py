"""Never a silent zero: a tensor leaves the record with a word, or not at all."""

import math
import operator
import traceback
import warnings
from pathlib import Path

import numpy as np
import pytest
from cases import CASES, for_each
from together import together

import tinygraph as tg


def leaf(value):
    return tg.Tensor(value, requires_grad=True)


# Lists of tensors --------------------------------------------------------------------


def nested(tensor):
    """A tensor as lists of tensors without axes, as somebody builds one in a loop."""
    return [nested(row) for row in tensor] if tensor.ndim else tensor


# Lists mean more to `block`, and these cases are called with a list times a number.
OF_LISTS = {"block", "block-row", "multiply-number-1", "dropout-evaluation"}


def listable(case):
    """Whether a case may be called with lists."""
    shapes = [shape for shape, _ in case.inputs]
    return str(case) not in OF_LISTS and any(shapes) and all(map(math.prod, shapes))


def called_with_lists(case, leaves):
    """What a case makes of lists, or of tensors of them if it asks for a method."""
    try:
        return case.call(*map(nested, leaves))
    except (AttributeError, TypeError) as error:
        innermost = traceback.extract_tb(error.__traceback__)[-1].filename
        if Path(innermost).name.startswith("table_"):
            return case.call(*(tg.Tensor(nested(x)) for x in leaves))
        raise


@for_each(filter(listable, CASES))
def test_lists_of_tensors_are_stacked(case):
    leaves = [leaf(array) for array in case.arrays()]
    direct, listed = case.call(*leaves), called_with_lists(case, leaves)
    assert isinstance(listed, tg.Tensor)
    np.testing.assert_allclose(listed.data, direct.data, rtol=1e-12)
    seed = case.rng().standard_normal(direct.shape)
    there = tg.gradients(direct, leaves, seed)
    for one, other in zip(tg.gradients(listed, leaves, seed), there, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_lists_are_stacked_with_numbers_among_them():
    x = leaf([2.0, 3.0])
    made = tg.Tensor([[x[0], 1.0], [4, x[1] * x[0]]], name="made")
    assert made.name == "made" and made.shape == (2, 2)
    (made * np.array([[1.0, 5.0], [7.0, 10.0]])).sum().backward()
    np.testing.assert_array_equal(x.grad, [31.0, 20.0])


def test_a_tensor_of_a_tensor_is_a_recorded_copy():
    x = leaf([2.0, 3.0])
    y = tg.Tensor(x, name="y", dtype=np.float32)
    assert (y.dtype, y.name, x.name) == (np.float32, "y", None)
    (y * np.array([5.0, 7.0])).sum().backward()
    np.testing.assert_array_equal(x.grad, [5.0, 7.0])
    with pytest.raises(tg.NotDifferentiableError):
        tg.Tensor(x, dtype=int)
    with tg.no_grad():
        assert tg.Tensor(x, requires_grad=True).graph is None
    assert tg.Tensor(x.detach(), requires_grad=True).graph is None


def test_lists_of_different_shapes():
    x = leaf([2.0, 3.0])
    with pytest.raises(tg.ShapeError, match=r"shapes \(\), \(2,\) makes no array"):
        tg.sum([x[0], x])


# What NumPy and Python make of tensors ------------------------------------------------


def filled(x):
    a = np.zeros(2)
    a[0] = x[0] * 2
    return a.sum()


# Each of them loses the gradient, or part of it, if nobody says no.
LOST = {
    "np.array of numbers": lambda x: np.array([x[0], x[1]]),
    "np.array of arrays": lambda x: np.array([x * 2, x * 3]).sum(),
    "np.asarray": lambda x: np.asarray(x).sum(),
    "np.array of a copy": lambda x: np.array(x, copy=True, dtype=np.float32),
    "np.sum of a list": lambda x: np.sum([x, x], axis=0),
    "np.full": lambda x: np.full(2, x[0]),
    "np.fromiter": lambda x: np.fromiter(x, float),
    "element of an array": filled,
    "slice of an array": lambda x: np.zeros(2).__setitem__(slice(None), x),
    "list on the left": lambda x: np.ones(2) * [x[0], x[1]],
    "nested lists": lambda x: np.stack([[x[0], x[1]], [x[1], x[0]]]),
    "np.copyto": lambda x: np.copyto(np.zeros(2), x),
    "float": lambda x: float(x[0]),
    "int": lambda x: int(x[0]),
    "complex": lambda x: complex(x[0]),
    "math.sin": lambda x: math.sin(x[0]),
    "math.sin times the rest": lambda x: x[1] * math.sin(x[0]),
    "math.hypot": lambda x: math.hypot(*x),
    "math.floor": lambda x: math.floor(x[0]),
    "map(float)": lambda x: sum(map(float, x)),
    "operator.index": lambda x: operator.index(x[0]),
    "memory of another library": lambda x: np.from_dlpack(x),
}


@together("name", LOST)
def test_a_conversion_inside_grad_is_refused(name):
    with pytest.raises((tg.NotDifferentiableError, tg.DTypeError)) as caught:
        tg.grad(LOST[name])([2.0, 3.0])
    assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize(
    ("f", "remedy"),
    [
        (LOST["np.array of numbers"], r"tg\.stack\(\[\.\.\.\]\)"),
        (LOST["element of an array"], r"tg\.stack"),
        (LOST["math.sin"], r"np\.sin for math\.sin"),
        (LOST["np.asarray"], r"tensor\.data \(or tensor\.detach\(\)\)"),
        (LOST["float"], r"tensor\.item\(\)"),
    ],
)
def test_the_remedy_is_named(f, remedy):
    with pytest.raises(tg.NotDifferentiableError, match=remedy):
        tg.grad(f)([2.0, 3.0])


ALL_ELEMENTS = [name for name in LOST if name.startswith(("np.", "slice", "list"))]


@pytest.mark.parametrize("name", [n for n in ALL_ELEMENTS if n != "np.fromiter"])
def test_arrays_are_refused_outside_of_grad_too(name):
    with pytest.raises(tg.NotDifferentiableError):
        LOST[name](leaf([2.0, 3.0]))


@pytest.mark.parametrize("name", ["math.sin", "float", "element of an array"])
def test_a_second_derivative_is_not_lost_either(name):
    @tg.primitive
    def square(x):
        return x * x

    square.vjp(lambda g, y, x: g * 2 * x + 0 * LOST[name](x))
    x = leaf([2.0, 3.0])
    tg.gradients(square(x), [x], np.array([1.5, 2.5]))
    with pytest.raises(tg.NotDifferentiableError):
        tg.gradients(square(x), [x], np.array([1.5, 2.5]), record=True)


def test_what_goes_on_working(capsys):
    loss = (leaf([2.0, 3.0]) ** 2).sum()
    assert (float(loss), int(loss), complex(loss), loss.item()) == (13, 13, 13, 13)
    assert f"{loss:.3f}" == "13.000" and f"{loss}" == str(loss)
    assert f"{loss.reshape(1):5.1f}" == " 13.0"
    assert math.sqrt(loss) == math.sqrt(13.0)
    print(loss, [loss], np.array2string(loss.data))
    assert capsys.readouterr().out.count("13.") == 3
    history = [loss.item(), float(loss), loss.detach()]
    assert np.array(history).tolist() == [13.0] * 3
    assert np.asarray(loss.data) == 13.0
    with tg.no_grad():
        assert np.asarray(loss) == 13.0 and np.array([loss, loss]).tolist() == [13, 13]
    assert [0, 1, 2][tg.Tensor(1)] == 1 and list(range(tg.Tensor(2))) == [0, 1]


def test_looking_at_a_number_inside_grad(capsys):
    def f(x):
        print(f"{x[0]:.2f}", x[1].item(), x.data.max(), x)
        assert x[0] > 1 and (x.detach().sum() > 1) and bool(x[0])
        with tg.no_grad():
            assert float(x[0]) == 2.0
        return x[0] * x[1]

    np.testing.assert_array_equal(tg.grad(f)([2.0, 3.0]), [3.0, 2.0])
    assert "2.00 3.0 3.0" in capsys.readouterr().out


@pytest.mark.parametrize("convert", [float, int, complex, math.exp])
def test_several_elements_are_no_number(convert):
    with pytest.raises(tg.DTypeError, match=r"shape \(2,\) is not a single number"):
        convert(leaf([2.0, 3.0]))


def test_a_float_is_no_index():
    with pytest.raises(tg.DTypeError, match=r"not an index: use int\(tensor"):
        [1, 2][leaf(1.0)]


def test_a_format_for_numbers_does_not_fit_arrays():
    with pytest.raises(tg.DTypeError, match=r"'\.3f' fits a single number.*\(2,\)"):
        f"{leaf([2.0, 3.0]):.3f}"


# What a function may return -----------------------------------------------------------

FAMILY = {
    "grad": lambda f: tg.grad(f)([2.0, 3.0]),
    "value_and_grad": lambda f: tg.value_and_grad(f)([2.0, 3.0]),
    "jacobian": lambda f: tg.jacobian(f)([2.0, 3.0]),
    "vjp": lambda f: tg.vjp(f, [2.0, 3.0]),
    "jvp": lambda f: tg.jvp(f, [[2.0, 3.0]], [[1.0, 7.0]]),
    "hessian": lambda f: tg.hessian(f)([2.0, 3.0]),
}
NO_TENSORS = {
    "a number": lambda x: 3.0,
    "an array": lambda x: x.data * 2,
    "nothing": lambda x: None,
    "a list of numbers": lambda x: [1.0, 2.0],
    "a dictionary": lambda x: {"loss": x.sum()},
    "a tuple of numbers": lambda x: (x.item() if x.size == 1 else 1.0, 3),
}


@together("what", NO_TENSORS)
@together("name", FAMILY)
def test_what_is_no_tensor_is_refused(name, what):
    with pytest.raises(
        tg.DTypeError, match=r"<lambda> returned .* which is not a tensor"
    ):
        FAMILY[name](NO_TENSORS[what])


def test_lists_of_tensors_are_stacked_where_they_have_a_derivative():
    def f(x):
        return [x[0] * x[1], x[0] + x[1]]

    right = [[3.0, 2.0], [1.0, 1.0]]
    np.testing.assert_array_equal(tg.jacobian(f)([2.0, 3.0]), right)
    np.testing.assert_array_equal(tg.jacobian(lambda x: tuple(f(x)))([2.0, 3.0]), right)
    value, pull = tg.vjp(f, [2.0, 3.0])
    np.testing.assert_array_equal(value, [6.0, 5.0])
    np.testing.assert_array_equal(pull([10.0, 1.0])[0], [31.0, 21.0])
    value, moved = FAMILY["jvp"](f)
    np.testing.assert_array_equal(moved, [17.0, 8.0])


@pytest.mark.parametrize("name", ["grad", "value_and_grad", "hessian"])
def test_several_results_have_no_gradient(name):
    with pytest.raises(tg.DTypeError, match=r"a tuple of 2.*use tinygraph.jacobian"):
        FAMILY[name](lambda x: (x.sum(), 3))


CONSTANT = {
    "a tensor of its own": lambda x: tg.Tensor(3.0),
    "cut off": lambda x: x.detach().sum(),
    "not recorded": lambda x: unrecorded(x),
    "of another parameter": lambda x: OTHER * 2,
}
OTHER = tg.Tensor(5.0, requires_grad=True)


def unrecorded(x):
    with tg.no_grad():
        return x.sum()


@together("what", CONSTANT)
@together("name", FAMILY)
def test_a_constant_is_warned_of(name, what):
    with pytest.warns(UserWarning, match="does not depend on the arguments") as caught:
        FAMILY[name](CONSTANT[what])
    assert [one.filename for one in caught] == [__file__]


def test_a_gradient_that_is_really_zero_is_not_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        flat = tg.hessian(lambda x: (x * 3.0).sum())([2.0, 3.0])
        assert not flat.any()
        assert tg.grad(tg.grad(tg.grad(lambda x: x * x)))(2.0) == 0.0
        assert not tg.grad(lambda x: (x * 0.0).sum())([2.0, 3.0]).any()
        assert tg.grad(lambda x: x)(2.0) == 1.0


def test_keyword_arguments_are_handed_on():
    def f(x, y, *, scale=1.0):
        return scale * x * y

    assert tg.grad(f)(2.0, y=3.0) == 3.0
    assert tg.value_and_grad(f)(2.0, 3.0, scale=5.0) == (30.0, 15.0)
    assert tg.jacobian(f, 1)(2.0, 3.0, scale=5.0) == 10.0
    assert tg.hessian(lambda x, power: x**power)(2.0, power=3) == 12.0
    assert tg.grad(tg.grad(lambda x, power: x**power))(2.0, power=3) == 12.0
    w = tg.Tensor(3.0, requires_grad=True)
    slope = tg.grad(f)(2.0, y=w)
    slope.backward()
    assert w.grad == 1.0
    with pytest.raises(tg.ShapeError, match="the call has 0 positional"):
        tg.grad(f)(x=2.0, y=3.0)
