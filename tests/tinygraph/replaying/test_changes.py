"""What may change between two calls of a replayed step: the step always sees it.

Each case makes a step and a list of changes; a plain step and a replayed one go through
the same changes and must agree to the last bit.
"""

import os
import types
import warnings

import numpy as np
import pytest
from together import together

import tinygraph as tg

CONFIGURATION = {"scale": 2.0}
GLOBAL = 1.0
TABLE = np.array([1.0, 2.0, 3.0])


def leaf(values):
    return tg.Tensor(np.array(values, float), requires_grad=True)


def numbers(result):
    return np.asarray(getattr(result, "data", result)).tobytes()


class World:
    """A step with a leaf, and all that it can see."""

    def __init__(self, x=(1.0, -2.0, 3.0)):
        self.w = leaf([1.0, 2.0, 3.0])
        self.x = np.array(x)
        self.optimizer = tg.optimize.SGD([self.w], 0.1, momentum=0.9)

    def state(self):
        grad = self.w.grad
        memory = self.optimizer.memory["velocity"][0]
        return [
            numbers(self.w),
            None if grad is None else numbers(grad),
            None if memory is None else numbers(memory),
            self.optimizer.steps,
        ]


def trained(world):
    """A step of gradient descent."""
    w, optimizer = world.w, world.optimizer

    def step(x):
        optimizer.zero_grad()
        loss = (w * w * tg.Tensor(x)).sum()
        loss.backward()
        optimizer.step()
        return loss

    return step


def accumulating(world):
    """Gradients are never cleared."""
    w = world.w

    def step(x):
        loss = (w * w * tg.Tensor(x)).sum()
        loss.backward()
        return loss

    return step


def twice(world):
    """Two steps of an optimizer, and what is between them, in one call."""
    w, optimizer = world.w, world.optimizer

    def step(x):
        for scale in (1.0, 0.5):
            w.zero_grad()
            (w * w * tg.Tensor(x) * scale).sum().backward()
            optimizer.step()
        return w * 2

    return step


def by_hand(world):
    """Gradient descent without an optimizer."""
    w = world.w

    def step(x):
        w.grad = None
        loss = (w * w * tg.Tensor(x)).sum()
        loss.backward()
        w.data -= 0.1 * w.grad
        return loss

    return step


def in_no_grad(world):
    """PyTorch's way."""
    w = world.w

    def step(x):
        w.zero_grad()
        loss = (w * w * tg.Tensor(x)).sum()
        loss.backward()
        with tg.no_grad():
            w.data = w.data - 0.1 * w.grad
        return loss

    return step


def with_closure(world):
    w, box = world.w, world.box = (
        leaf([1.0, 2.0, 3.0]),
        types.SimpleNamespace(s=2.0, on=True),
    )

    def step(x):
        return (w * tg.Tensor(x)).sum() * box.s if box.on else w.sum()

    return step


def with_dictionary(world):
    w = world.w
    return lambda x: w * tg.Tensor(x) * CONFIGURATION["scale"]


def with_global(world):
    w = world.w
    return lambda x: w * tg.Tensor(x) * GLOBAL


def with_global_array(world):
    w = world.w
    return lambda x: w * tg.Tensor(x) * TABLE


def with_array(world):
    w, array = world.w, world.array = world.w, np.array([3.0, 4.0, 5.0])
    return lambda x: w * tg.Tensor(x) * array + tg.Tensor(array)[0]


def with_hidden_array(world):
    w, box = world.w, world.box = world.w, types.SimpleNamespace(array=np.arange(3.0))
    return lambda x: w * tg.Tensor(x) * box.array * float(box.array[0])


def with_list(world):
    w, scales = world.w, world.scales = world.w, [1.0, 2.0]

    def step(x):
        y = w * tg.Tensor(x)
        for scale in scales:
            y = y * scale
        return y

    return step


class Layer:
    def __init__(self):
        self.w = leaf([1.0, 2.0, 3.0])
        self.training = True
        self.slope = 0.1

    def __call__(self, x):
        y = self.w * x
        return tg.leaky_relu(y, self.slope) if self.training else y


def with_layer(world):
    layer = world.layer = Layer()
    return lambda x: layer(tg.Tensor(x)).sum()


def with_method(world):
    world.layer = Layer()
    world.layer.step = types.MethodType(lambda self, x: self(tg.Tensor(x)), world.layer)
    return world.layer.step


def of_a_product(world):
    """The gradient is computed otherwise where a factor is 0."""
    w = world.w

    def step(x):
        w.zero_grad()
        y = np.prod(w * tg.Tensor(x[:3]))
        y.backward()
        return y

    return step


def of_an_array(world):
    w, array = world.w, world.array = world.w, np.array([3.0, 4.0, 5.0])
    kept = {"array": array}

    def step(x):
        return w[0] * tg.Tensor(array).mean() + tg.Tensor(array).size

    def lengthen(longer):
        nonlocal array
        array = kept["array"] = longer

    world.lengthen = lengthen
    return step


def of_two(world):
    """A step in whose graph a leaf may be frozen."""
    w, v = world.w, world.v = world.w, leaf([3.0, 2.0, 1.0])

    def step(x):
        w.zero_grad(), v.zero_grad()
        y = (w * v * tg.Tensor(x)).sum()
        y.backward()
        return y * (3.0 if v.grad is None else 2.0)

    return step


def of_environment(world):
    w = world.w
    return lambda x: w * tg.Tensor(x) * float(os.environ.get("TINYGRAPH_TEST", "1"))


def of_lr(world):
    w, optimizer = world.w, world.optimizer
    return lambda x: w * tg.Tensor(x) * optimizer.lr


def called(world):
    w = world.w

    def scale(y):
        return y * GLOBAL * CONFIGURATION["scale"]

    return lambda x: scale(w * tg.Tensor(x))


def set_data(world):
    world.w.data = world.w.data * 3 + 1


def set_global(world):
    global GLOBAL
    GLOBAL += 1.0


def set_configuration(world):
    CONFIGURATION["scale"] += 1.0


def set_table_in_place(world):
    TABLE[0] += 1.0


def set_table(world):
    global TABLE
    TABLE = TABLE * 2


def set_box(world):
    world.box.s = 3.0


def switch_box(world):
    world.box.on = not world.box.on


def change_array(world):
    world.array[1] *= 2.0


def change_hidden_array(world):
    world.box.array[...] += 1.0


def extend_list(world):
    world.scales.append(3.0)


def change_list(world):
    world.scales[0] = 7.0


def switch_training(world):
    world.layer.training = not world.layer.training


def change_slope(world):
    world.layer.slope = 0.3


def new_weight(world):
    world.layer.w = leaf([4.0, 5.0, 6.0])


def new_code(world):
    Layer.__call__ = lambda self, x: self.w * x * 2


def change_lr(world):
    world.optimizer.lr *= 0.5


def change_momentum(world):
    world.optimizer.momentum = 0.5


def load_state(world):
    state = world.optimizer.state_dict()
    world.optimizer.load_state_dict(state | {"steps": state["steps"] + 2})


def clear(world):
    world.w.zero_grad()


def set_grad(world):
    world.w.grad = np.array([1.0, 1.0, 1.0])


def double_grad_in_place(world):
    world.w.grad *= 2.0


def freeze_other(world):
    world.v.requires_grad = not world.v.requires_grad


def set_zero(world):
    world.w.data = world.w.data * [1.0, 0.0, 1.0]


def lengthen(world):
    world.lengthen(np.arange(5.0))


def set_environment(world):
    os.environ["TINYGRAPH_TEST"] = str(float(os.environ.get("TINYGRAPH_TEST", "1")) + 1)


def longer(world):
    world.w.data = world.w.data + 1
    world.x = np.vstack([world.x, world.x])


def turn(world):
    """The same shapes in another layout."""
    world.x = np.asfortranarray(world.x[:, ::-1]) if world.x.ndim > 1 else world.x[::-1]


def single(world):
    world.x = world.x.astype(np.float32)


def nothing(world):
    pass


CASES = {
    trained: [
        set_data,
        change_lr,
        change_momentum,
        load_state,
        clear,
        set_grad,
        longer,
    ],
    accumulating: [nothing, clear, set_grad, double_grad_in_place, longer, set_data],
    twice: [nothing, change_lr, set_data, load_state],
    by_hand: [nothing, set_data, turn, longer, turn, single],
    in_no_grad: [nothing, set_data, set_grad],
    with_closure: [set_box, switch_box, switch_box],
    with_dictionary: [set_configuration, nothing],
    with_global: [set_global, nothing, set_global],
    with_global_array: [set_table_in_place, set_table, single],
    with_array: [change_array, nothing, change_array],
    with_hidden_array: [change_hidden_array, nothing],
    with_list: [extend_list, change_list],
    with_layer: [switch_training, change_slope, new_weight, new_code, switch_training],
    with_method: [switch_training, change_slope, new_weight],
    of_a_product: [set_zero, nothing, set_data],
    of_an_array: [lengthen, nothing],
    of_two: [freeze_other, nothing, freeze_other],
    of_environment: [set_environment, nothing],
    of_lr: [change_lr, nothing, change_lr],
    called: [set_global, set_configuration],
}


@pytest.fixture(autouse=True)
def as_before():
    global GLOBAL, TABLE
    before, code = (GLOBAL, TABLE.copy(), dict(CONFIGURATION)), Layer.__call__
    yield
    GLOBAL, TABLE = before[0], before[1]
    CONFIGURATION.update(before[2])
    Layer.__call__ = code
    os.environ.pop("TINYGRAPH_TEST", None)


def history(make, changes, wrapped):
    """What a step gives, and leaves behind, before and after every change."""
    world = World()
    step = wrapped(make(world))
    found = []
    for change in [nothing, nothing, *changes, nothing]:
        change(world)
        with np.errstate(all="ignore"):  # a warning is an error, after which f runs
            found.append(numbers(step(world.x * (len(found) + 1))))
        found.append(world.state())
    return found


@together("make", CASES)
def test_changes_are_seen(make):
    global GLOBAL, TABLE
    before = GLOBAL, TABLE.copy(), dict(CONFIGURATION), Layer.__call__
    expected = history(make, CASES[make], lambda step: step)
    GLOBAL, TABLE, Layer.__call__ = before[0], before[1], before[3]
    os.environ.pop("TINYGRAPH_TEST", None)
    CONFIGURATION.update(before[2])
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # all of them can be replayed
        assert history(make, CASES[make], tg.replay) == expected


@together("make", CASES)
def test_a_step_is_replayed(make):
    """Without a change, a function runs once for each kind of call."""
    world = World()
    replayed = tg.replay(make(world))
    for _ in range(3):
        replayed(world.x)
    before = replayed.graph
    replayed(world.x)
    assert replayed.graph is before
