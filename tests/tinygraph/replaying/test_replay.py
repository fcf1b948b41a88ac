"""Replayed steps: what they return, errors, Ctrl-C, threads, memory and pictures."""

import cProfile
import gc
import itertools
import sys
import threading
import types
import warnings
import weakref
from collections import namedtuple

import networkx as nx
import numpy as np
import pytest

import tinygraph as tg

pytestmark = pytest.mark.filterwarnings("error")


def leaf(values):
    return tg.Tensor(np.array(values, float), requires_grad=True)


def descending(momentum=0.9):
    """A step of gradient descent, and its optimizer."""
    w, b = leaf([[1.0, 2.0, 3.0], [0.5, 0.1, -1.0]]), leaf([0.1, 0.2])
    optimizer = tg.optimize.SGD([w, b], 0.1, momentum=momentum)

    def step(x, t):
        optimizer.zero_grad()
        loss = tg.mse(tg.linear(tg.Tensor(x), w, b), t)
        loss.backward()
        optimizer.step()
        return loss

    return step, optimizer


def batch(seed, size=4):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((size, 3)), rng.standard_normal((size, 2))


def state(optimizer):
    """All that a step changes."""
    values = [p.data.tobytes() for p in optimizer.parameters]
    values += [
        None if p.grad is None else p.grad.tobytes() for p in optimizer.parameters
    ]
    memory = optimizer.state_dict()
    return values, {key: np.asarray(memory[key]).tobytes() for key in memory}


def test_a_function_runs_once():
    seen, w = [], leaf([1.0, 2.0])

    def see(frame, event, argument):
        seen.append(event == "call" and frame.f_code is f.__code__)

    def f(x):
        return w * x

    step = tg.replay(f)
    sys.setprofile(see)
    try:
        results = [step(tg.Tensor([float(n), 1.0])) for n in range(4)]
    finally:
        sys.setprofile(None)
    assert sum(seen) == 1
    assert [r.data[0] for r in results] == [0.0, 1.0, 2.0, 3.0]


Pair = namedtuple("Pair", "first second")


def test_everything_that_is_returned():
    w = leaf([1.0, 2.0])

    def f(x, rng):
        y = w * x
        grads = tg.gradients(y.sum(), [w])
        noise = rng.normal(size=2)
        return Pair(y, [y.data, grads[0]]), {"n": 3, "w": w, "none": None}, x + 1, noise

    step = tg.replay(f)
    rng, twin = np.random.default_rng(3), np.random.default_rng(3)
    for n in range(4):
        x = np.array([n, 3.0])
        (pair, named, more, noise), expected = step(x, rng), f(x, twin)
        assert isinstance(pair, Pair)
        assert type(pair.first) is tg.Tensor
        assert pair.first.requires_grad
        assert np.array_equal(pair.first.data, expected[0].first.data)
        assert type(pair.second[0]) is type(expected[0].second[0])
        assert np.array_equal(pair.second[0], expected[0].second[0])
        assert type(pair.second[1]) is np.ndarray
        assert np.array_equal(pair.second[1], x)
        assert named["n"] == 3
        assert named["w"] is w
        assert named["none"] is None
        assert type(more) is type(noise) is np.ndarray
        assert np.array_equal(more, x + 1)
        assert np.array_equal(noise, expected[3])
    assert len(step.plans) == 1


def test_results_belong_to_the_caller():
    """Neither what is returned nor a gradient shares memory that somebody may write."""
    w = leaf([1.0, 2.0])

    def f(x):
        w.zero_grad()
        t = tg.Tensor(x)
        (w * t).sum().backward()
        return t.reshape(2, 1), w.grad, w.grad[::-1], x

    step = tg.replay(f)
    x = np.array([3.0, 4.0])
    step(x)
    for _ in range(3):
        t, grad, turned, same = step(x)
        assert same is x
        grad[0] = 100.0
        x += 1.0
        assert t.data.ravel().tolist() == (x - 1.0).tolist()
        assert turned.tolist() == (x - 1.0)[::-1].tolist()
        assert w.grad.tolist() == (x - 1.0).tolist()
    assert len(step.plans) == 1


def test_earlier_results_are_not_overwritten():
    step, optimizer = descending()
    step = tg.replay(step)
    kept = []
    for seed in range(5):
        loss = step(*batch(seed))
        arrays = [loss.data, *(p.data for p in optimizer.parameters)]
        arrays += [p.grad for p in optimizer.parameters]
        kept.append((arrays, [a.tobytes() for a in arrays]))
    for arrays, before in kept:
        assert [a.tobytes() for a in arrays] == before


def test_no_gradient_is_lost_behind_a_replay():
    w = leaf([1.0, 2.0])
    step = tg.replay(lambda x: (w * x).sum())
    for n in range(3):
        y = step(tg.Tensor([1.0, 2.0])) * 2.0
        if n:
            with pytest.raises(tg.GraphError, match="inside of the function"):
                y.backward()
            with pytest.raises(tg.GraphError, match="inside of the function"):
                tg.gradients(y, [w])
        else:
            y.backward()
    assert float(step(tg.Tensor([1.0, 2.0]))) == 5.0


def test_the_gradient_of_what_is_returned():
    w = leaf([1.0, 2.0])

    def f(x):
        w.zero_grad()
        y = w * x
        y.sum().backward()
        return y

    step = tg.replay(f)
    for n in range(3):
        assert step(tg.Tensor([n, 2.0])).grad.tolist() == [1.0, 1.0]


def test_an_error_changes_nothing():
    w = leaf([[4.0, 1.0], [1.0, 3.0]])
    optimizer = tg.optimize.Adam([w], 0.1)

    def step(x):
        optimizer.zero_grad()
        loss = tg.linalg.inv(w @ x).sum()
        loss.backward()
        optimizer.step()
        return loss

    replayed = tg.replay(step)
    for _ in range(3):
        replayed(tg.Tensor(np.eye(2)))
    w.grad = np.ones((2, 2))
    before = state(optimizer)[1], w.data.tobytes()
    with pytest.raises(tg.MatrixError) as found:
        replayed(tg.Tensor(np.zeros((2, 2))))
    assert (state(optimizer)[1], w.data.tobytes()) == before
    with pytest.raises(tg.MatrixError) as expected:
        step(tg.Tensor(np.zeros((2, 2))))
    assert str(found.value) == str(expected.value)
    replayed(tg.Tensor(np.eye(2)))
    assert optimizer.steps == 4


def test_an_error_draws_nothing():
    w, rng, twin = leaf(np.eye(2)), np.random.default_rng(5), np.random.default_rng(5)

    def f(x, rng):
        noise = rng.normal(size=(2, 2))
        return tg.linalg.inv(w @ x) + noise

    replayed = tg.replay(f)
    for singular in (False, False, True, False):
        x = tg.Tensor(np.eye(2) * (not singular))
        for function, generator in ((replayed, rng), (f, twin)):
            if singular:
                with pytest.raises(tg.MatrixError):
                    function(x, generator)
            else:
                function(x, generator)
    assert rng.normal() == twin.normal()


def test_errors_are_those_of_the_function():
    w = leaf([1.0, 2.0])
    step = tg.replay(lambda x: w * x)
    step(tg.Tensor([1.0, 2.0]))
    with pytest.raises(tg.ShapeError, match=r"multiply.*\(3,\)"):
        step(tg.Tensor([1.0, 2.0, 3.0]))
    with pytest.raises(TypeError):
        step()
    with pytest.raises(tg.DTypeError, match="replay: 3 is not a function"):
        tg.replay(3)


class Interrupting:
    """Raises KeyboardInterrupt before one instruction of the engine's own code."""

    def __init__(self, at):
        self.left = at

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self.trace)

    def __exit__(self, *error):
        sys.settrace(self.before)

    def trace(self, frame, event, argument):
        frame.f_trace_opcodes = True
        if event == "opcode" and frame.f_code is not Interrupting.__exit__.__code__:
            self.left -= 1
            if self.left < 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return self.trace


def test_ctrl_c_leaves_a_whole_step_or_none():
    states = set()
    for at in itertools.count(0, 17):
        step, optimizer = descending()
        step = tg.replay(step)
        step(*batch(0))
        step(*batch(1))
        before = state(optimizer)
        try:
            with Interrupting(at):
                step(*batch(2))
        except KeyboardInterrupt:
            states.add(repr(state(optimizer)))
        else:
            states.add(repr(state(optimizer)))
            break
    step, optimizer = descending()
    for seed in range(3):
        step(*batch(seed))
    assert states == {repr(before), repr(state(optimizer))}


def test_threads_may_share_a_replayed_step():
    w = leaf(np.linspace(-1.0, 1.0, 50))
    step = tg.replay(lambda x: np.tanh(w * x).sum())
    inputs = [np.full(50, float(n)) for n in range(8)]
    step(tg.Tensor(inputs[0]))
    expected = [float(np.tanh(w.data * x).sum()) for x in inputs]
    found = {}

    def work(place):
        for _ in range(30):
            found.setdefault(place, set()).add(float(step(tg.Tensor(inputs[place]))))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(inputs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[n] for n in range(len(inputs))] == [{value} for value in expected]


def test_memory_is_freed_without_the_collector():
    gc.collect()
    gc.disable()
    try:
        step, optimizer = descending()
        step = tg.replay(step)
        watched = [weakref.ref(p) for p in optimizer.parameters]
        for seed in range(3):
            loss = step(*batch(seed))
        watched.append(weakref.ref(loss))
        del loss
        assert watched[-1]() is None
        del step, optimizer
        assert [ref() for ref in watched] == [None] * len(watched)
    finally:
        gc.enable()


def test_the_graph_is_networkx_and_can_be_drawn():
    step, optimizer = descending()
    step = tg.replay(step)
    assert step.graph is None
    step(*batch(0))
    graph = step.graph
    assert nx.is_directed_acyclic_graph(graph)
    operations = [op for _, op in graph.nodes(data="op")]
    for op in ("linear", "mse", "matmul", "SGD", "velocity", "parameter"):
        assert op in operations
    [w, _] = optimizer.parameters
    after = [n for n, op in graph.nodes(data="op") if op == "SGD"]
    assert np.array_equal(graph.nodes[after[0]]["value"], w.data)
    picture = tg.draw(graph)
    assert "SGD" in picture.source


def test_numbers_among_the_arguments_have_plans_of_their_own():
    w = leaf([1.0, 2.0])

    def f(x, scale, *, turned=False):
        return w * x * (-scale if turned else scale)

    step = tg.replay(f)
    for scale, turned in [
        (1.0, False),
        (2, False),
        (2, True),
        (1, True),
        (0.0, True),
    ] * 2:
        for x in (tg.Tensor([1.0, 2.0]), tg.Tensor([3.0, -2.0])):
            expected = f(x, scale, turned=turned).data.tobytes()
            assert step(x, scale, turned=turned).data.tobytes() == expected


def test_the_same_tensor_twice():
    w = leaf([1.0, 2.0])
    step = tg.replay(lambda x, y: w * x + y)
    one, two = tg.Tensor([1.0, 2.0]), tg.Tensor([5.0, 6.0])
    for x, y in [(one, one), (one, two), (two, one), (two, two)] * 2:
        expected = w.data * x.data + y.data
        assert np.array_equal(step(x, y).data, expected)


def test_an_argument_that_is_a_variable_too():
    w, fixed = leaf([1.0, 2.0]), tg.Tensor([3.0, 4.0])
    step = tg.replay(lambda x: w * x + fixed)
    for x in (fixed, tg.Tensor([5.0, 6.0]), fixed, tg.Tensor([7.0, 6.0])):
        assert np.array_equal(step(x).data, w.data * x.data + fixed.data)


def test_parameters_among_the_arguments():
    def f(w, x):
        w.zero_grad()
        (w * w * x).sum().backward()

    step = tg.replay(f)
    one, two = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    for n, w in enumerate((one, two, one, two)):
        step(w, tg.Tensor([n, 1.0]))
        assert w.grad.tolist() == (2 * w.data * [n, 1.0]).tolist()


def test_generators_are_drawn_in_the_same_order():
    w = leaf(np.ones(20))

    def f(x, rng):
        y = tg.dropout(w * x, 0.5, rng=rng)
        return y + rng.normal(size=20), tg.dropout(y, 0.2, rng=rng)

    step, one, two = tg.replay(f), np.random.default_rng(1), np.random.default_rng(1)
    for n in range(5):
        x = tg.Tensor(np.full(20, n + 1.0))
        for a, b in zip(step(x, one), f(x, two), strict=True):
            assert a.data.tobytes() == b.data.tobytes()
    assert len(step.plans) == 1


def test_what_is_drawn_and_not_used_is_drawn_all_the_same():
    w = leaf(np.ones(3))

    def f(rng):
        rng.normal(size=5)
        return w * rng.normal(size=3)

    step, one, two = tg.replay(f), np.random.default_rng(1), np.random.default_rng(1)
    for _ in range(3):
        assert step(one).data.tobytes() == f(two).data.tobytes()


def test_of_derivatives():
    """A derivative of arrays may be replayed, and a derivative of a replay taken."""

    def loss(w, x):
        return (np.tanh(w * x) ** 2).sum()

    step = tg.replay(tg.value_and_grad(loss))
    for n in range(4):
        w, x = np.array([1.0, n]), np.array([0.5, 0.25])
        value, grad = step(w, x)
        expected, slope = tg.value_and_grad(loss)(w, x)
        assert value.tobytes() == expected.tobytes()
        assert grad.tobytes() == slope.tobytes()
        assert type(grad) is np.ndarray
    assert len(step.plans) == 1
    inner = tg.replay(lambda w: (w * w * w).sum())
    inner(np.array([1.0, 2.0]))
    assert tg.grad(inner)(np.array([1.0, 2.0])).tolist() == [3.0, 12.0]


def test_a_profiler_sees_what_it_sees_without_replay():
    w = leaf([1.0, 2.0])
    step, seen = tg.replay(lambda x: w * x), []
    sys.setprofile(lambda frame, event, argument: seen.append(frame.f_code))
    try:
        step(tg.Tensor([1.0, 2.0]))
    finally:
        other = sys.getprofile()
        sys.setprofile(None)
    assert other is not None
    assert step._function.__code__ in seen
    assert len(step.plans) == 1


def test_nothing_is_recorded_under_a_profiler_in_c():
    w = leaf([1.0, 2.0])
    step, profiler = tg.replay(lambda x: w * x), cProfile.Profile()
    profiler.enable()
    step(tg.Tensor([1.0, 2.0]))
    profiler.disable()
    assert profiler.getstats()
    for x in ([3.0, 4.0], [5.0, 6.0]):
        assert np.array_equal(step(tg.Tensor(x)).data, w.data * x)
    assert len(step.plans) == 1


def test_what_changes_at_each_call_is_told():
    w, box = leaf([1.0]), types.SimpleNamespace(scale=1.0)
    step = tg.replay(lambda x: w * x * box.scale)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for number in range(40):
            box.scale = float(number)
            assert step(tg.Tensor([2.0])).data == [2.0 * number]
    assert len(told) == 1
    assert "`scale` changes" in str(told[0].message)
    assert told[0].filename == __file__
    assert len(step.plans) <= 16


def test_a_library_that_takes_plain_arrays_only_gets_them():
    w, seen = leaf([1.0, 2.0, 3.0]), memoryview

    def f(x, rng):
        noise = rng.normal(size=3)
        return w * tg.Tensor(np.frombuffer(seen(x))) + noise

    step, one, two = tg.replay(f), np.random.default_rng(1), np.random.default_rng(1)
    for n in range(3):
        x = np.array([n, 1.0, 2.0])
        assert step(x, one).data.tobytes() == f(x, two).data.tobytes()


def test_few_plans_are_kept():
    w = leaf([1.0])
    step = tg.replay(lambda x: w * x)
    for size in range(1, 40):
        assert step(tg.Tensor(np.ones(size))).shape == (size,)
    assert len(step.plans) <= 16


def test_a_step_inside_a_step():
    step, optimizer = descending()
    inner = tg.replay(step)
    outer = tg.replay(lambda x, t: inner(x, t) * 2.0)
    twin, other = descending()
    for seed in range(4):
        x, t = batch(seed)
        expected = twin(x, t) * 2.0
        assert outer(x, t).data.tobytes() == expected.data.tobytes()
        assert state(optimizer) == state(other)
