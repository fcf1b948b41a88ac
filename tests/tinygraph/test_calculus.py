"""Derivatives of functions, beside torch.func and beside numbers made by hand.

The functions are no square ones and no symmetric ones, so that a derivative turned
round, or taken in another argument, has another shape or another number.
"""

import math

import numpy as np
import pytest
from functions import MAPS, SCALARS, A, assert_same, random, tensors
from together import together

import tinygraph as tg

# Forward derivatives in torch 2.13 go through a part of it that it warns of itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")

every_number = pytest.mark.parametrize("f", SCALARS, ids=str)
every_map = pytest.mark.parametrize("f", MAPS, ids=str)
every_function = together("f", SCALARS + MAPS, ids=str)


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


def choices(f):
    """Numbers of arguments, as torch takes them: one, a tuple, and in any order."""
    count = len(f.shapes)
    yield from range(count)
    yield tuple(range(count))
    yield tuple(reversed(range(count)))
    yield (count - 1,)


# grad and value_and_grad --------------------------------------------------------------


@every_number
def test_grad_and_value_beside_torch(torch, f):
    arrays = f.arrays()
    theirs = tensors(torch, arrays)
    for argnums in choices(f):
        value, found = tg.value_and_grad(f.here, argnums)(*arrays)
        expected = torch.func.grad(f.there(torch), argnums)(*theirs)
        assert_same(value, f.there(torch)(*theirs))
        again = tg.grad(f.here, argnums)(*arrays)
        if isinstance(argnums, int):
            found, again, expected = (found,), (again,), (expected,)
        assert isinstance(found, tuple) and isinstance(again, tuple)
        for one, other, right in zip(found, again, expected, strict=True):
            assert_same(one, right)
            assert_same(other, right)


def test_grad_by_hand():
    def f(x, y, z):
        return x * x * y + 3 * z

    assert tg.grad(f)(2.0, 5.0, 7.0) == 20.0
    assert tg.grad(f, 1)(2.0, 5.0, 7.0) == 4.0
    assert tg.grad(f, -1)(2.0, 5.0, 7.0) == 3.0
    assert tg.grad(f, (2, 0))(2.0, 5.0, 7.0) == (3.0, 20.0)
    assert tg.grad(f, [1])(2.0, 5.0, 7.0) == (4.0,)
    assert tg.value_and_grad(f, (1, 2))(2.0, 5.0, 7.0) == (41.0, (4.0, 3.0))


def test_one_argument_may_be_asked_for_twice():
    found = tg.grad(lambda x, y: x * x * y, (0, 1, 0))(2.0, 5.0)
    assert [float(slope) for slope in found] == [20.0, 4.0, 20.0]


@pytest.mark.parametrize("argnums", [2, -3, (0, 5)])
def test_an_argument_that_is_not_there(argnums):
    for make in (tg.grad, tg.value_and_grad):
        with pytest.raises(
            tg.ShapeError, match=r"argument (2|-3|5), but the call has 2"
        ):
            make(lambda x, y: x * y, argnums)(1.0, 2.0)
    if isinstance(argnums, int):
        with pytest.raises(tg.ShapeError, match="but the call has 2"):
            tg.jacobian(lambda x, y: x * y, argnums)(1.0, 2.0)
        with pytest.raises(tg.ShapeError, match="but the call has 2"):
            tg.hessian(lambda x, y: x * y, argnums)(1.0, 2.0)


def test_grad_of_an_array_asks_for_a_number():
    with pytest.raises(tg.ShapeError, match=r"reduce it, with \.sum\(\)"):
        tg.grad(lambda x: x * x)(np.ones(3))


def test_higher_derivatives_of_one_number():
    """The derivatives of x⁴ at 2 are 32, 48, 48, 24 and 0."""
    f, found = (lambda x: x**4), []
    for _ in range(5):
        f = tg.grad(f)
        found.append(float(f(2.0)))
    assert found == [32.0, 48.0, 48.0, 24.0, 0.0]


def test_a_derivative_inside_of_a_function_is_no_constant():
    """d/dx of x · d/dy(x y²) at y = x, which is x · 2x² = 2x³."""

    def f(x):
        return x * tg.grad(lambda y: x * y * y)(x)

    assert float(tg.grad(f)(3.0)) == 54.0
    # Perturbation confusion: d/dx of x · d/dy(x + y), which is x.
    assert float(tg.grad(lambda x: x * tg.grad(lambda y: x + y)(2.0))(5.0)) == 1.0


def test_whole_numbers_and_single_precision():
    assert tg.grad(lambda x: x * x)(3) == 6.0
    assert tg.grad(lambda x: x * x)(np.float32(3.0)).dtype == np.float32
    assert tg.grad(lambda x: (x * x).sum())([1, 2]).tolist() == [2.0, 4.0]


def test_tensors_in_tensors_out():
    x = tg.Tensor(3.0, requires_grad=True)
    value, slope = tg.value_and_grad(lambda t: t**3)(x)
    assert isinstance(value, tg.Tensor) and isinstance(slope, tg.Tensor)
    slope.backward()
    assert (float(value), float(slope), float(x.grad)) == (27.0, 27.0, 18.0)
    plain = tg.grad(lambda t: t**3)(3.0)
    assert isinstance(plain, np.ndarray) and plain.shape == ()


# gradients ----------------------------------------------------------------------------


@every_function
def test_gradients_beside_torch(torch, f):
    arrays = f.arrays()
    ours = [tg.Tensor(array, requires_grad=True) for array in arrays]
    theirs = [torch.tensor(array, requires_grad=True) for array in arrays]
    output, other = f.here(*ours), f.there(torch)(*theirs)
    seed = random(output.shape)
    expected = torch.autograd.grad(
        other, theirs, torch.tensor(seed), allow_unused=True, materialize_grads=True
    )
    for record in (False, True):
        found = tg.gradients(output, ours, seed, record=record)
        for one, right in zip(found, expected, strict=True):
            assert isinstance(one, tg.Tensor) == record
            assert_same(one.data if record else one, right)
    assert all(x.grad is None for x in ours)
    [only] = tg.gradients(output, ours[:1], seed)
    assert_same(only, expected[0])


def test_gradients_in_a_value_on_the_way_and_in_the_output():
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    h = x * x
    y = (h * np.array([3.0, 5.0])).sum()
    of_h, of_y, of_x = tg.gradients(y, [h, y, x])
    assert of_h.tolist() == [3.0, 5.0]
    assert of_y == 1.0
    assert of_x.tolist() == [6.0, 20.0]


def test_gradients_in_what_does_not_lead_there():
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    other = tg.Tensor(np.ones((3, 1)), requires_grad=True)
    later = (x * x).sum() * 2
    for record in (False, True):
        _, zeros = tg.gradients((x * x).sum(), [x, other], record=record)
        assert np.shape(zeros) == (3, 1) and not np.any(np.asarray(zeros))
    assert not tg.gradients((x * 3).sum(), [later])[0]


def test_gradients_in_a_constant_are_refused():
    x = tg.Tensor(1.0, requires_grad=True)
    for wrong in (tg.Tensor(1.0), 2.0, np.ones(3)):
        with pytest.raises(
            tg.GraphError, match="does not require a gradient: make it with Tensor"
        ):
            tg.gradients(x * x, [x, wrong])


# vjp and jvp --------------------------------------------------------------------------


@every_function
def test_vjp_beside_torch(torch, f):
    arrays = f.arrays()
    value, pull = tg.vjp(f.here, *arrays)
    other, pull_there = torch.func.vjp(f.there(torch), *tensors(torch, arrays))
    assert_same(value, other)
    for number in (1, 2):  # the same function again, with another seed
        seed = random(value.shape, number)
        found = pull(seed)
        assert isinstance(found, tuple)
        for one, right in zip(found, pull_there(torch.tensor(seed)), strict=True):
            assert_same(one, right)


@every_function
def test_jvp_beside_torch(torch, f):
    arrays = f.arrays()
    tangents = [random(array.shape, n) for n, array in enumerate(arrays)]
    value, pushed = tg.jvp(f.here, arrays, tangents)
    other, pushed_there = torch.func.jvp(
        f.there(torch),
        tuple(tensors(torch, arrays)),
        tuple(tensors(torch, tangents)),
    )
    assert_same(value, other)
    assert_same(pushed, pushed_there)


def test_products_by_hand():
    """f = (x y, x²) at (2, 3): its Jacobian is [[3, 2], [4, 0]]."""

    def f(x, y):
        return tg.stack([x * y, x * x])

    value, pull = tg.vjp(f, 2.0, 3.0)
    assert value.tolist() == [6.0, 4.0]
    assert [float(part) for part in pull([1.0, 10.0])] == [43.0, 2.0]
    value, pushed = tg.jvp(f, [2.0, 3.0], [1.0, 10.0])
    assert value.tolist() == [6.0, 4.0]
    assert pushed.tolist() == [23.0, 4.0]


def test_products_with_tensors_are_recorded():
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    value, pull = tg.vjp(lambda t: t**3, x)
    [pulled] = pull(np.array([1.0, 10.0]))
    assert isinstance(value, tg.Tensor) and isinstance(pulled, tg.Tensor)
    pulled.sum().backward()
    assert x.grad.tolist() == [6.0, 120.0]
    x.zero_grad()
    _, pushed = tg.jvp(lambda t: t**3, [x], [np.array([1.0, 10.0])])
    assert pushed.data.tolist() == [3.0, 120.0]
    pushed.sum().backward()
    assert x.grad.tolist() == [6.0, 120.0]


def test_tangents_that_do_not_fit():
    with pytest.raises(tg.ShapeError, match="jvp: 1 inputs, but 2 tangents"):
        tg.jvp(lambda x: x, [1.0], [1.0, 2.0])
    with pytest.raises(tg.ShapeError, match=r"tangent of shape \(3,\) for an input of"):
        tg.jvp(lambda x: x * x, [np.ones(2)], [np.ones(3)])
    with pytest.raises(tg.ShapeError, match=r"the seed has shape \(3,\)"):
        tg.vjp(lambda x: x * x, np.ones(2))[1](np.ones(3))


# Jacobians and Hessians ---------------------------------------------------------------


@every_function
def test_jacobian_beside_torch(torch, f):
    arrays = f.arrays()
    theirs = tensors(torch, arrays)
    for argnum, array in enumerate(arrays):
        found = tg.jacobian(f.here, argnum)(*arrays)
        assert found.shape == (*np.shape(f.here(*arrays)), *array.shape)
        assert_same(found, torch.func.jacrev(f.there(torch), argnum)(*theirs))
        assert_same(found, torch.func.jacfwd(f.there(torch), argnum)(*theirs))
        last = tg.jacobian(f.here, argnum - len(arrays))(*arrays)
        np.testing.assert_array_equal(last, found)


@every_number
def test_hessian_beside_torch(torch, f):
    arrays = f.arrays()
    for argnum, array in enumerate(arrays):
        found = tg.hessian(f.here, argnum)(*arrays)
        assert found.shape == 2 * array.shape
        there = torch.func.hessian(f.there(torch), argnum)
        assert_same(found, there(*tensors(torch, arrays)))


def test_jacobian_by_hand():
    def f(x):
        return tg.stack([x[0] * x[1], x[1] * x[2], x[0] + x[2], x[1] * x[1]])

    assert tg.jacobian(f)(np.array([2.0, 3.0, 5.0])).tolist() == [
        [3.0, 2.0, 0.0],
        [0.0, 5.0, 3.0],
        [1.0, 0.0, 1.0],
        [0.0, 6.0, 0.0],
    ]


def test_jacobian_of_a_matrix_product():
    """∂(x y)ᵢₖ/∂xₐᵦ = δᵢₐ yᵦₖ, and ∂(x y)ᵢₖ/∂yₐᵦ = xᵢₐ δₖᵦ."""
    x, y = random((2, 3)), random((3, 4))
    by_x, by_y = (tg.jacobian(tg.matmul, argnum)(x, y) for argnum in (0, 1))
    assert_same(by_x, np.einsum("ia,bk->ikab", np.eye(2), y))
    assert_same(by_y, np.einsum("ia,kb->ikab", x, np.eye(4)))


def test_hessian_by_hand():
    """f = x² y + sin(z) x has another second derivative in each argument."""

    def f(x, y, z):
        return x * x * y + tg.sin(z) * x + 4 * y * y

    assert tg.hessian(f)(2.0, 3.0, 0.5) == 6.0
    assert tg.hessian(f, 1)(2.0, 3.0, 0.5) == 8.0
    assert tg.hessian(f, 2)(2.0, 3.0, 0.5) == pytest.approx(-2 * math.sin(0.5))
    found = tg.hessian(lambda v: v[0] ** 2 * v[1] + 5 * v[1] * v[2])([2.0, 3.0, 4.0])
    assert found.tolist() == [[6.0, 4.0, 0.0], [4.0, 0.0, 5.0], [0.0, 5.0, 0.0]]


def test_mixed_second_derivatives():
    """The Jacobian of a gradient, in another argument than the gradient's."""

    def f(x, y):
        return (x * (A @ y**2)).sum()

    x, y = random(2), random(3)
    mixed = tg.jacobian(tg.grad(f, 0), 1)(x, y)
    assert_same(mixed, 2 * A * y)
    assert_same(tg.jacobian(tg.grad(f, 1), 0)(x, y), mixed.T)


def test_jacobian_of_tensors_can_be_differentiated_again():
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    found = tg.jacobian(lambda t: t**3)(x)
    assert isinstance(found, tg.Tensor)
    assert found.data.tolist() == [[3.0, 0.0], [0.0, 12.0]]
    found.sum().backward()
    assert x.grad.tolist() == [6.0, 12.0]


def test_jacobians_of_no_elements():
    assert tg.jacobian(lambda x: x * x)(np.ones((0, 2))).shape == (0, 2, 0, 2)
    assert tg.jacobian(lambda x: (x * x).sum(0))(np.ones((0, 2))).shape == (2, 0, 2)
    assert tg.jacobian(lambda x: x[:0] * 2)(np.ones(3)).shape == (0, 3)
    found = tg.jacobian(lambda x: x[:0] * 2)(np.ones(3, np.float32))
    assert found.dtype == np.float32


# Constants ----------------------------------------------------------------------------

CONSTANT = tg.Tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def constant(x):
    return CONSTANT


def test_the_derivatives_of_a_constant_are_zeros_of_the_right_shape():
    x = np.ones((4, 1))
    with pytest.warns(UserWarning, match="does not depend on the arguments"):
        value, pull = tg.vjp(constant, x)
    assert_same(value, CONSTANT.data)
    [pulled] = pull(random((2, 3)))
    assert_same(pulled, np.zeros((4, 1)))
    with pytest.warns(UserWarning, match="the gradient is zero"):
        value, pushed = tg.jvp(constant, [x], [random((4, 1))])
    assert_same(value, CONSTANT.data)
    assert_same(pushed, np.zeros((2, 3)))
    with pytest.warns(UserWarning):
        assert_same(tg.jacobian(constant)(x), np.zeros((2, 3, 4, 1)))
    with pytest.warns(UserWarning):
        value, slope = tg.value_and_grad(lambda x: CONSTANT.sum())(x)
    assert value == 21.0
    assert_same(slope, np.zeros((4, 1)))
    with pytest.warns(UserWarning):
        assert_same(tg.hessian(lambda x: CONSTANT.sum())(x), np.zeros((4, 1, 4, 1)))


def test_what_depends_on_another_argument_alone_is_no_constant_of_both():
    x, y = random((4, 1)), random(3)
    value, pull = tg.vjp(lambda x, y: A @ y, x, y)
    by_x, by_y = pull([1.0, 10.0])
    assert_same(by_x, np.zeros((4, 1)))
    assert_same(by_y, A.T @ [1.0, 10.0])
    _, pushed = tg.jvp(lambda x, y: A @ y, [x, y], [random((4, 1)), y])
    assert_same(pushed, value)
