"""Every property that every operation must have, over the table of cases."""

import types

import numpy as np
from cases import CASES, for_each
from derivatives import (
    analytic,
    analytic_second,
    assert_close,
    leaves,
    numeric_gradient,
    numeric_second,
    seed_of,
)

import tinygraph as tg
from tinygraph import compositions, ops

every_case = for_each(CASES)


def public_operations():
    """The names in tinygraph.ops that stand for something one can call."""
    return {
        name
        for name, item in vars(ops).items()
        if not name.startswith("_")
        and isinstance(item, tg.Primitive | types.FunctionType)
        and item.__module__.startswith("tinygraph.ops.")
    }


def test_every_operation_has_a_case_and_every_case_an_operation():
    public = public_operations() | set(compositions.__all__)
    public -= {"one_hot"}  # plain by nature
    for room in (tg.linalg, tg.fft):
        short = room.__name__.rpartition(".")[2]
        public |= {f"{short}.{name}" for name in room.__all__}
    cases = {case.name for case in CASES}
    assert public - cases == set(), "add a case of these to a table in tests/support"
    assert cases - public == set(), "these are not public: see `__all__` of the family"


def test_cases_are_told_apart_by_their_names():
    assert len(set(map(str, CASES))) == len(CASES)


@every_case
def test_value(case):
    arrays = case.arrays()
    result = case.call(*leaves(arrays))
    expected = np.asarray(case.reference(*arrays))
    assert isinstance(result, tg.Tensor)
    assert result.shape == expected.shape
    assert result.dtype == np.float64
    if case.exact:
        np.testing.assert_array_equal(result.data, expected)
    else:
        np.testing.assert_allclose(result.data, expected, rtol=1e-12, atol=1e-12)


@every_case
def test_arrays_in_arrays_out(case):
    arrays = case.arrays()
    result = case.call(*arrays)
    assert isinstance(result, np.ndarray | np.generic)
    recorded = case.call(*leaves(arrays)).data
    if case.name.startswith("linalg."):  # LAPACK's last bit hangs on where memory lies
        np.testing.assert_allclose(result, recorded, rtol=1e-14, atol=1e-15)
    else:
        np.testing.assert_array_equal(result, recorded)


@every_case
def test_single_precision_stays_single(case):
    inputs = leaves(case.arrays(np.float32))
    result = case.call(*inputs)
    assert result.dtype == np.float32
    assert np.asarray(case.call(*case.arrays(np.float32))).dtype == np.float32
    result.backward(seed_of(case, np.float32))
    for x, expected in zip(inputs, analytic(case), strict=True):
        if x.grad is not None:
            assert x.grad.dtype == np.float32
            np.testing.assert_allclose(x.grad, expected, rtol=2e-3, atol=2e-3)


@every_case
def test_gradient_equals_differences(case):
    assert_close(analytic(case), numeric_gradient(case), 1e-8)


@every_case
def test_second_derivative_equals_differences(case):
    if case.smooth:
        assert_close(analytic_second(case), numeric_second(case), 1e-8)


@every_case
def test_recorded_backward_equals_raw(case):
    for raw, recorded in zip(analytic(case), analytic(case, record=True), strict=True):
        assert recorded.dtype == raw.dtype
        np.testing.assert_allclose(recorded.data, raw, rtol=1e-15, atol=0)


@every_case
def test_backward_twice_gives_the_same_bits(case):
    inputs = leaves(case.arrays())
    output = case.call(*inputs)
    seed = seed_of(case)
    once = tg.gradients(output, inputs, seed)
    twice = tg.gradients(output, inputs, seed)
    for first, second in zip(once, twice, strict=True):
        np.testing.assert_array_equal(first, second)
    output.backward(seed)
    grads = [None if x.grad is None else x.grad.copy() for x in inputs]
    output.backward(seed)
    for x, grad in zip(inputs, grads, strict=True):
        if grad is not None:
            np.testing.assert_array_equal(x.grad, grad + grad)


@every_case
def test_gradient_is_linear_in_the_seed(case):
    inputs = leaves(case.arrays())
    output, seed = case.call(*inputs), seed_of(case)
    for gradient in tg.gradients(output, inputs, np.zeros(output.shape)):
        assert not gradient.any()
    doubled = tg.gradients(output, inputs, 2.0 * seed)
    for twice, once in zip(doubled, tg.gradients(output, inputs, seed), strict=True):
        np.testing.assert_array_equal(twice, 2.0 * once)


@every_case
def test_nothing_is_changed_and_nothing_shared(case):
    arrays, seed = case.arrays(), seed_of(case)
    inputs = leaves(arrays)
    copies = [x.data.copy() for x in inputs]
    output = case.call(*inputs)
    value, before = output.data.copy(), seed.copy()
    output.backward(seed)
    np.testing.assert_array_equal(seed, before)
    np.testing.assert_array_equal(output.data, value)
    for x, array, copy in zip(inputs, arrays, copies, strict=True):
        np.testing.assert_array_equal(x.data, copy)
        np.testing.assert_array_equal(array, copy)
    owned = [x.grad for x in inputs if x.grad is not None]
    others = [seed, output.data, output.grad, *arrays, *(x.data for x in inputs)]
    for place, grad in enumerate(owned):
        assert grad.flags.writeable
        for other in others + owned[:place]:
            assert not np.shares_memory(grad, other)


def fortran(array):
    """The same elements, column after column."""
    return array.copy(order="F")


def strided(array):
    """The same elements with a gap after each."""
    if array.ndim == 0:
        return array
    wide = np.full((*array.shape[:-1], 2 * array.shape[-1]), np.nan)
    wide[..., ::2] = array
    return wide[..., ::2]


def backwards(array):
    """The same elements, stored from the last to the first."""
    return np.flip(np.flip(array).copy())


def read_only(array):
    array = array.copy()
    array.setflags(write=False)
    return array


LAYOUTS = [fortran, strided, backwards, read_only]


@every_case
def test_memory_layout_makes_no_difference(case):
    arrays = case.arrays()
    expected, usual = case.call(*arrays), analytic(case)
    for layout in LAYOUTS:
        odd = [layout(array) for array in arrays]
        bounds = {"rtol": 1e-13, "atol": 1e-13, "err_msg": layout.__name__}
        np.testing.assert_allclose(case.call(*odd), expected, **bounds)
        inputs = [tg.Tensor._leaf(array, requires_grad=True) for array in odd]
        result = case.call(*inputs)
        np.testing.assert_allclose(result.data, expected, **bounds)
        found = tg.gradients(result, inputs, layout(seed_of(case)))
        bounds |= {"rtol": 1e-12, "atol": 1e-12}
        for gradient, other in zip(found, usual, strict=True):
            np.testing.assert_allclose(gradient, other, **bounds)
