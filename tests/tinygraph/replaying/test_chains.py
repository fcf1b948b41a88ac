"""Chains of elementwise operations: what is fused, and that it computes the same."""

import contextlib
import runpy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tinygraph as tg
from tinygraph.kernels.chains import Chain, Layout, Step
from tinygraph.replaying import chains
from tinygraph.replaying.chains import Fused, with_chains_fused

PICTURES = Path(__file__).parents[3] / "docs" / "pictures"
SIZE = (300, 128)
UNARY = [tg.tanh, tg.sigmoid, tg.relu, np.negative, np.abs, np.exp, tg.gelu, np.square]
UNARY += [
    lambda x: x**2,
    lambda x: x**3,
    lambda x: tg.leaky_relu(x, 0.1),
    lambda x: x * 0.5 - 1.0,
]
UNARY += [tg.softplus, tg.silu, lambda x: np.sqrt(x * x + 1.0), lambda x: 1.0 / (x + 9)]
BINARY = [np.add, np.multiply, np.subtract, lambda x, y: x / (y * y + 1.0)]


def fused_in(graph):
    return [op for op in graph._tape.primitive.values() if isinstance(op, Fused)]


@contextlib.contextmanager
def small_ones():
    """Arrays of any size may be in chains."""
    before = chains.SMALL
    chains.SMALL = 1
    try:
        yield
    finally:
        chains.SMALL = before


@st.composite
def expressions(draw):
    """Functions of three arrays, in which values are used several times, and summed."""
    lines = draw(
        st.lists(
            st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99)),
            min_size=2,
            max_size=14,
        )
    )

    def f(*arrays):
        known = [*arrays]
        for operation, one, other in lines:
            x, y = known[one % len(known)], known[-1 - other % len(known)]
            if operation % 5 == 0:
                known.append(BINARY[operation % len(BINARY)](x, y))
            elif operation % 17 == 1:
                known.append(x - x.mean(axis=-1, keepdims=True))
            else:
                known.append(UNARY[operation % len(UNARY)](tg.tanh(x)) * y)
        return sum(tg.tanh(value).mean() for value in known[len(arrays) :])

    return f


def values_of(graph):
    """What each operation of a graph computes from its leaves, one after the other."""
    tape, values = graph._tape, {}
    for node in tape:
        values[node] = tape.value[node]
        if node in tape.primitive:
            arrays = [values[source] for source in tape.inputs[node]]
            operation = tape.primitive[node].forward
            values[node] = operation(*arrays, **tape.params.get(node, {}))
    return values


@given(expressions(), st.sampled_from([(4, 128), (1, 128), (2, 3, 128), (1,)]))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_the_graph_computes_the_same(f, shape):
    """Forward and backward, without compiled loops: to the last bit."""
    rng = np.random.default_rng(0)
    leaves = [
        tg.Tensor(rng.normal(size=size), requires_grad=True, name=f"w{place}")
        for place, size in enumerate([shape, (128,), shape])
    ]

    def step():
        for leaf in leaves:
            leaf.zero_grad()
        y = f(*leaves)
        y.backward()
        return y

    replayed = tg.replay(step)
    y = replayed()
    graph = replayed.graph
    [plan] = replayed.plans
    wanted = [*dict.fromkeys(plan.escaping.nodes())]
    with small_ones():
        fused = with_chains_fused(graph, {*wanted})
    expected, found = values_of(graph), values_of(fused)
    for node in wanted:
        one, other = np.asarray(found[node]), np.asarray(expected[node])
        assert (one.shape, one.tobytes()) == (other.shape, other.tobytes())
    assert np.isfinite(y.item())


LAYOUTS = [
    [(40, 7, 33), (40, 7, 33), ()],
    [(40, 7, 33), (33,), (1, 1)],
    [(40, 7, 33), (7, 1), (40, 1, 1)],
    [(40, 7, 33), (40, 1, 33), (33,)],
    [(1, 3000), (3000,), (1, 1)],
    [(5, 0, 3), (3,), ()],
    [(1, 1), (1,), ()],
    [(64, 6), (6,), (64, 6)],
]


def chain_of_all():
    """x y + z, and of it several results, one of them from two others."""
    steps = [
        Step(np.multiply, "{0} * {1}", (0, 1), {}),
        Step(np.add, "{0} + {1}", (3, 2), {}),
        Step(np.tanh, "functions.tanh({0})", (4,), {}),
        Step(lambda x, *, by: x * np.float32(by), "{0} * {by}", (5,), {"by": 0.3}),
        Step(np.subtract, "{0} - {1}", (6, 4), {}),
    ]
    return Chain(steps, 3, [1, 3, 4])


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("shapes", LAYOUTS, ids=str)
def test_loops_for_shapes_that_broadcast(shapes, threads):
    """Also arrays that are transposed, and numbers of Python."""
    pytest.importorskip("numba")
    rng, chain = np.random.default_rng(0), chain_of_all()
    arrays = [rng.normal(size=s).astype("f") if s else 0.25 for s in shapes]
    arrays[0] = np.asfortranarray(arrays[0])
    expected = chain(*arrays)
    with tg.compiled(), tg.threads(threads):
        found = chain.kernel(arrays, np.dtype("f"))(*arrays)
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == np.float32
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
        assert one.flags.writeable


def test_threads_change_no_bit():
    pytest.importorskip("numba")
    x = np.random.default_rng(0).normal(size=(3000, 400)).astype("f")
    arrays, found = [x, x[0], x[:, :1]], []
    for threads in (1, 2):
        with tg.compiled(), tg.threads(threads):
            kernel = chain_of_all().kernel(arrays, x.dtype)
            found.append([array.tobytes() for array in kernel(*arrays)])
    assert found[0] == found[1]


def everything(m, x, w, b):
    """All operations that may be in chains, of tinygraph or of torch."""
    y = x * w + b
    y = m.tanh(y) * y - m.sigmoid(y) / (y * y + 1.0)
    y = m.relu(y) + 0.5 * m.softplus(y) + m.silu(y) + m.gelu(y)
    y = m.leaky_relu(y, 0.2) + m.sqrt(m.square(y) + 1.0) + m.abs(y)
    return m.exp(-y * 0.1) + m.erf(y) + m.expm1(y * 0.01) + y**2


class Ours:
    """The functions of `everything`, by the names that torch has for them."""

    def __getattr__(self, name):
        return getattr(tg, name, None) or getattr(np, name)


def torchs():
    torch = pytest.importorskip("torch")
    from torch.nn import functional

    class Theirs:
        def __getattr__(self, name):
            return getattr(torch, name, None) or getattr(functional, name)

    return torch, Theirs()


def test_compiled_as_torch():
    """Values and gradients, in calls with other numbers than the recorded one."""
    pytest.importorskip("numba")
    torch, theirs = torchs()
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=s).astype("f") for s in [SIZE, SIZE, (128,)]]
    w, b = (tg.Tensor(array, requires_grad=True) for array in arrays[1:])

    @tg.replay(fuse=True)
    def step(x):
        w.zero_grad()
        b.zero_grad()
        y = everything(Ours(), x, w, b)
        y.mean().backward()
        return y

    with tg.compiled():
        first = step(tg.Tensor(arrays[0]))
        kept = first.data.copy()
        found = step(tg.Tensor(arrays[0] * 0.5))
    [plan] = step.plans
    assert plan.fused
    assert len(plan.calls) < 40
    assert np.array_equal(first.data, kept)
    v, c = (torch.tensor(array, requires_grad=True) for array in arrays[1:])
    y = everything(theirs, torch.tensor(arrays[0] * 0.5), v, c)
    y.mean().backward()
    near = dict(rtol=2e-4, atol=1e-5)
    np.testing.assert_allclose(found.data, y.detach().numpy(), **near)
    scale = 1e6  # gradients of a mean are small
    for ours, other in [(w, v), (b, c)]:
        expected = scale * other.grad.numpy()
        np.testing.assert_allclose(scale * ours.grad, expected, **near)


def trained(fuse, compiled):
    """The parameters after some steps, and the plan."""
    rng = np.random.default_rng(0)
    w = tg.Tensor(rng.normal(size=SIZE), requires_grad=True)
    optimizer = tg.optimize.Adam([w], lr=0.01)

    @tg.replay(fuse=fuse)
    def step(x):
        optimizer.zero_grad()
        loss = (tg.sigmoid(x * w + 1.0) * x - w * w).mean()
        loss.backward()
        optimizer.step()
        return loss

    with tg.compiled() if compiled else contextlib.nullcontext():
        losses = [step(rng.normal(size=SIZE)) for _ in range(4)]
    return [w.data, *(loss.data for loss in losses)], step.plans[0]


def test_without_compiled_loops_nothing_is_fused():
    expected, _ = trained(False, False)
    found, plan = trained(True, False)
    assert not plan.fused
    assert [a.tobytes() for a in found] == [a.tobytes() for a in expected]


def test_training_with_fused_chains():
    pytest.importorskip("numba")
    expected, unfused = trained(False, True)
    found, plan = trained(True, True)
    assert plan.fused
    assert len(plan.calls) < len(unfused.calls)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)


def recorded(f, *arrays):
    leaves = [
        tg.Tensor(a, requires_grad=True, name=f"w{n}") for n, a in enumerate(arrays)
    ]
    step = tg.replay(f)
    step(*leaves)
    return step.graph, list(step.graph)[-1]


def test_a_large_value_between_ends_a_chain():
    """A sum over many products would otherwise keep all of these."""
    x = np.ones((256, 256))

    def f(x):
        total = x * 2.0
        for _ in range(5):
            total = total + x @ x
        return total

    graph, result = recorded(f, x)
    fused = with_chains_fused(graph, {result})
    assert not fused_in(fused)


def test_small_arrays_whole_numbers_and_other_operations_are_left_alone():
    small = np.ones((10, 10))
    assert not fused_in(with_chains_fused(*graph_of(lambda x: x * x + x, small)))
    large = np.ones(SIZE)
    of_power = graph_of(lambda x: (x**4) ** 2.5, large)
    assert not fused_in(with_chains_fused(*of_power))
    mixed = graph_of(lambda x: (x * np.ones(SIZE, np.float32)) * 2.0, large)
    assert len(fused_in(with_chains_fused(*mixed))) == 0


def graph_of(f, *arrays):
    graph, result = recorded(f, *arrays)
    return graph, {result}


def test_what_is_fixed_is_a_result_of_its_chain():
    graph, result = recorded(lambda x: np.tanh(x * 2.0 + 1.0) * x, np.ones(SIZE))
    [middle] = [n for n, op in graph.nodes(data="op") if op == "tanh"]
    fused = with_chains_fused(graph, {result, middle})
    assert {middle, result} <= set(fused)
    one, other = fused_in(fused)
    assert one.results == other.results == (middle, result)
    assert [one.name, other.name] == ["multiply_add_tanh", "multiply_add_tanh_multiply"]


def test_short_loops_are_not_worth_it():
    """Each row has a number of its own, and only a few elements."""
    assert not Layout.of([np.zeros((9000, 8)), np.zeros((9000, 1))]).pays()
    assert Layout.of([np.zeros((9000, 8)), np.zeros(8)]).pays()
    assert Layout.of([np.zeros((90, 800)), np.zeros((90, 1))]).pays()


def test_the_pictures_are_those_of_the_command():
    module = runpy.run_path(str(PICTURES / "passes.py"))
    graph, result = module["elementwise"]()
    for name, each in [
        ("before", graph),
        ("after", with_chains_fused(graph, {result})),
    ]:
        text = (PICTURES / f"fusion-{name}.svg").read_text()
        assert text.count("<title>") - 1 >= len(each)
        for _, op in each.nodes(data="op"):
            assert op in text
