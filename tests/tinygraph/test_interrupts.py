"""Ctrl-C at any instruction of Python: what changes together changes wholly or not.

A signal's handler runs between two instructions, so KeyboardInterrupt is raised before
each of them in turn.
"""

import contextlib
import itertools
import sys

import numpy as np
import pytest

import tinygraph as tg


class Interrupting:
    """Raises KeyboardInterrupt before one instruction, of those that Python traces."""

    def __init__(self, at):
        self.left = at

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self.trace)

    def __exit__(self, *error):
        sys.settrace(self.before)

    def trace(self, frame, event, argument):
        if event == "call":
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode" and frame.f_code is not Interrupting.__exit__.__code__:
            self.left -= 1
            if self.left < 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return self.trace


def interrupted_everywhere(prepare, change, state):
    """What is left by `change`, stopped before each of its instructions in turn."""
    for at in itertools.count():
        world = prepare()
        try:
            with Interrupting(at):
                change(world)
        except KeyboardInterrupt:
            yield state(world)
        else:
            return


def bits(optimizer):
    """All that a step moves, as bytes."""
    state = optimizer.state_dict()
    values = [p.data for p in optimizer.parameters] + [state[key] for key in state]
    grads = [None if p.grad is None else p.grad.tobytes() for p in optimizer.parameters]
    return [*state, *(np.asarray(value).tobytes() for value in values)], grads


def nodes(optimizer):
    return [parameter.node for parameter in optimizer.parameters]


OPTIMIZERS = {
    "SGD": lambda p: tg.optimize.SGD(p, 0.1),
    "SGD with momentum": lambda p: tg.optimize.SGD(p, 0.1, momentum=0.9),
    "SGD with all": lambda p: tg.optimize.SGD(p, 0.1, 0.9, True, 0.01),
    "Adam": lambda p: tg.optimize.Adam(p, 0.1),
    "Adam with decay": lambda p: tg.optimize.Adam(p, 0.1, weight_decay=0.01),
}


def trained(make, steps):
    """An optimizer after some steps, with gradients for one more but of one of them."""
    rng = np.random.default_rng(0)
    shapes = [(3, 2), (), (4,), (2,)]
    weights = [tg.Tensor(rng.standard_normal(s), requires_grad=True) for s in shapes]
    optimizer = make(weights)
    for _ in range(steps + 1):
        for weight in weights[:-1]:
            weight.grad = rng.standard_normal(weight.shape)
        if optimizer.steps < steps:
            optimizer.step()
    return optimizer


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("steps", [0, 2])
@pytest.mark.parametrize("fast", [False, True], ids=["NumPy", "compiled"])
def test_a_step_is_taken_wholly_or_not(name, steps, fast):
    if fast:
        pytest.importorskip("numba")

    def prepare():
        optimizer = trained(OPTIMIZERS[name], steps)
        return optimizer, nodes(optimizer)

    def state(world):
        optimizer, first = world
        renamed = [now != old for now, old in zip(nodes(optimizer), first, strict=True)]
        return bits(optimizer), renamed

    with tg.compiled() if fast else contextlib.nullcontext():
        optimizer, first = prepare()
        before = state((optimizer, first))
        optimizer.step()
        after = state((optimizer, first))
        left = [*interrupted_everywhere(prepare, lambda world: world[0].step(), state)]
    # New data is a new node: what was recorded before keeps the old data.
    assert (before[1], after[1]) == ([False] * 4, [True, True, True, False])
    assert all(found in (before, after) for found in left)
    assert left[0] == before and left[-1] == after and len(left) > 100


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_gradients_are_forgotten_together(name):
    optimizer = trained(OPTIMIZERS[name], 1)
    before = bits(optimizer)[1]
    none = [None] * len(before)
    left = interrupted_everywhere(
        lambda: trained(OPTIMIZERS[name], 1), lambda o: o.zero_grad(), bits
    )
    found = [grads for _, grads in left]
    assert found[0] == before and found[-1] == none
    assert all(grads in (before, none) for grads in found)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_state_is_loaded_wholly_or_not(name):
    later = trained(OPTIMIZERS[name], 3).state_dict()

    def prepare():
        return trained(OPTIMIZERS[name], 1)

    optimizer = prepare()
    before = bits(optimizer)[0]
    optimizer.load_state_dict(later)
    after = bits(optimizer)[0]
    left = interrupted_everywhere(prepare, lambda o: o.load_state_dict(later), bits)
    found = [state for state, _ in left]
    assert found[0] == before and found[-1] == after
    assert all(state in (before, after) for state in found)


def test_an_error_in_the_middle_of_a_step_moves_nothing():
    optimizer = trained(OPTIMIZERS["SGD with momentum"], 1)
    before = bits(optimizer)
    optimizer.parameters[2]._grad = np.ones(7)  # as only wrong code can set it
    with pytest.raises(ValueError, match="broadcast"):
        optimizer.step()
    optimizer.parameters[2]._grad = np.frombuffer(before[1][2])
    assert bits(optimizer) == before


def test_nothing_that_was_given_is_changed():
    """A step hands out new arrays: the old ones may be a graph's, or another's."""
    optimizer = trained(OPTIMIZERS["SGD with all"], 2)
    velocity = optimizer.memory["velocity"]
    old = [p.data for p in optimizer.parameters] + velocity[:-1]
    copies = [array.copy() for array in old]
    optimizer.step()
    for array, copy in zip(old, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_a_parameter_given_twice_is_refused():
    w = tg.Tensor(1.0, requires_grad=True, name="w")
    with pytest.raises(tg.ArgumentError, match=r"SGD: tensor 'w' is given twice"):
        tg.optimize.SGD([w, tg.Tensor(2.0, requires_grad=True), w], 0.1)
