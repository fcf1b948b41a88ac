"""The function that a plan is: its source, its names, and what it reads and frees."""

import ast

import numpy as np

import tinygraph as tg
from tinygraph.replaying.program import Call, program


def call(name, kernel, inputs, result, dead=(), **parameters):
    return Call(name, kernel, inputs, parameters, (result,), dead)


def test_kernels_of_one_name_are_told_apart():
    calls = [
        call("turn", np.negative, (0,), 1),
        call("turn", np.exp, (1,), 2),
        call("turn", np.negative, (2,), 3),
    ]
    source, compute = program(calls)
    assert source.count("turn(") == 2
    assert source.count("turn_2(") == 1
    slots = [np.array([1.0, 2.0]), None, None, None]
    compute(slots)
    assert np.array_equal(slots[3], -np.exp(-np.array([1.0, 2.0])))


def test_names_that_python_does_not_take():
    """Keywords, built-in names, lambdas, and parameters of any text."""

    def kernel(x, **given):
        return [x, *given.items()]

    odd = {"lambda": 1, "two words": 2, "axis": 3}
    names = ["lambda", "sum", "<lambda>", "linalg.inv", "s", "compute"]
    calls = [
        Call(name, kernel, (0,), odd, (place,), ())
        for place, name in enumerate(names, start=1)
    ]
    source, compute = program(calls)
    ast.parse(source)
    slots = [7] + [None] * len(names)
    compute(slots)
    assert all(sorted(found[1:]) == sorted(odd.items()) for found in slots[1:])


def test_a_plan_without_operations():
    step = tg.replay(lambda x: x)
    x = tg.Tensor([1.0])
    assert step(x) is x
    assert np.array_equal(step(tg.Tensor([2.0])).data, [2.0])


def test_slots_are_freed():
    """Of what is computed, only the result is in its slot at the end."""
    w = tg.Tensor([1.0, 2.0], requires_grad=True)
    step = tg.replay(lambda x: np.tanh(w * x) * x)
    step(tg.Tensor([3.0, 4.0]))
    [plan] = step.plans
    slots = plan.constants.copy()
    for slot in plan.origins:
        slots[slot] = np.array([3.0, 4.0])
    plan.compute(slots)
    computed = [slots[call.results[0]] for call in plan.calls]
    assert [value is None for value in computed] == [True, True, False]


def test_a_long_step_is_one_function():
    w = tg.Tensor([1.0], requires_grad=True)

    @tg.replay
    def step(x):
        for _ in range(3000):
            x = x + w
        return x

    first = step(tg.Tensor([0.5]))
    assert step.plans[0].source.count("\n") == 3000 + 2999
    assert np.array_equal(step(tg.Tensor([0.5])).data, first.data)
