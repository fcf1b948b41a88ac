"""What a hot path costs, counted and not timed: a slower one is noticed on any machine.

Numbers are stored below. Where one of these tests fails, either the change made a hot
path longer by mistake, or it is worth its cost: then store the new number with it.
"""

import contextlib
import gc
import sys
import tracemalloc

import numpy as np
import pytest
from peaks import peak

import nets
import tinygraph as tg


def calls(work):
    """How many functions of Python and of C a piece of work calls."""
    count = 0

    def see(frame, event, argument):
        nonlocal count
        count += event in {"call", "c_call"}

    work()
    work()  # sizes have been worked out, memory is there
    gc.disable()
    before = sys.getprofile()
    sys.setprofile(see)
    try:
        work()
    finally:
        sys.setprofile(before)
        gc.enable()
    return count - 1  # the call that ends the profile


def training(batch):
    """A training step of the slides' network, and the size of its parameters."""
    rng = np.random.default_rng(0)
    network = nets.slide_cnn(rng)
    parameters = list(network.parameters().values())
    optimizer = tg.optimize.SGD(parameters, lr=0.01, momentum=0.9)
    images = rng.standard_normal((batch, 3, 32, 32)).astype(np.float32)
    targets = np.eye(4, dtype=np.float32)[rng.integers(0, 4, batch)]
    return lambda: nets.train_step(network, optimizer, images, targets)


def chain(length):
    """Many operations on one number, forward and backward."""

    def work():
        y = x
        for _ in range(length):
            y = y * 1.0001
        y.backward()

    x = tg.Tensor(1.0, requires_grad=True)
    return work


def operation(f, *shapes):
    """One operation on tensors of these shapes, forward and backward."""
    rng = np.random.default_rng(0)
    leaves = [
        tg.Tensor(rng.standard_normal(s).astype(np.float32), requires_grad=True)
        for s in shapes
    ]
    upstream = rng.standard_normal(f(*leaves).shape).astype(np.float32)
    return lambda: f(*leaves).backward(upstream)


IMAGES = (4, 3, 12, 12)
CALLS = {  # CPython 3.11; later versions call less, as they inline comprehensions
    "training step": (training(1), 1_344),
    "1,000 operations on a number": (chain(1000), 28_036),
    "conv2d": (operation(tg.conv2d, IMAGES, (6, 3, 5, 5), (6,)), 254),
    "conv2d, stride 2": (
        operation(lambda x, w: tg.conv2d(x, w, stride=2), IMAGES, (16, 3, 3, 3)),
        213,
    ),
    "max_pool2d": (operation(lambda x: tg.max_pool2d(x, 2), IMAGES), 135),
    "relu": (operation(tg.relu, IMAGES), 84),
    "linear": (operation(tg.linear, (5, 4), (3, 4), (3,)), 126),
    "softmax": (operation(tg.softmax, (5, 4)), 82),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls(name):
    work, stored = CALLS[name]
    counted = calls(work)
    assert counted <= 1.02 * stored  # NumPy itself calls a little more or less
    assert sys.version_info[:2] != (3, 11) or counted >= 0.95 * stored, "store it"


def test_calls_with_compiled_loops():
    pytest.importorskip("numba")
    with tg.compiled():
        counted = calls(training(1))
    assert counted <= 1.02 * 1_274
    assert sys.version_info[:2] != (3, 11) or counted >= 0.95 * 1_274, "store it"


def test_memory_of_a_backward_pass():
    """Nothing that a step brought but the sum outlives it, where values are reused."""
    x = tg.Tensor(np.ones(100_000), requires_grad=True)
    v = x
    for _ in range(20):
        v = tg.tanh(v) * v + v
    y = v.sum()
    y.backward()  # memory that is kept is there
    assert peak(y.backward) < 6e6  # a gradient has 0.8 MB


def test_memory_of_a_training_step():
    """Of values, of gradients, and of columns for a few images at a time."""
    step = training(64)
    step()
    assert peak(step) < 8.5e6


@pytest.mark.parametrize("scope", ["", "block/layer"])
def test_bytes_of_an_operation(scope):
    """What a graph takes beside its arrays: the entries of an operation in columns."""
    x = y = tg.Tensor(np.ones(8), requires_grad=True)
    length = 10_000
    gc.collect()
    tracemalloc.start()
    try:
        with tg.scope(scope) if scope else contextlib.nullcontext():
            for _ in range(length):
                y = y * x
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    array = sys.getsizeof(y.graph.nodes[y.node]["value"])
    assert size / length - array < 250
