"""Passes: graphs that compute the same with less, and the pictures of them."""

import runpy
from pathlib import Path

import numpy as np
import pytest

import tinygraph as tg
from tinygraph.replaying import passes

PICTURES = Path(__file__).parents[3] / "docs" / "pictures"
SHOWN = sorted(PICTURES.glob("pass-*.svg"))


def leaf(values, name=None):
    return tg.Tensor(np.array(values, float), requires_grad=True, name=name)


def recorded(f, *arguments):
    step = tg.replay(f)
    step(*arguments)
    return step.graph


def operations(graph):
    return [op for _, op in graph.nodes(data="op")]


def wasteful(w):
    def f(x):
        scale = np.sqrt(tg.Tensor(2.0))
        np.tanh(w * x)
        return w * x * scale + w * x

    return f


@pytest.fixture
def graph():
    w = leaf([1.0, 2.0], "w")
    return recorded(wasteful(w), tg.Tensor([0.5, -1.0], name="x"))


@pytest.mark.parametrize("simplify", [*passes.PASSES, passes.simplified])
def test_a_pass_computes_the_same(graph, simplify):
    """By networkx's edges alone, with other inputs."""
    result = list(graph)[-1]
    simpler = simplify(graph, {result})
    assert result in simpler
    for x in ([0.5, -1.0], [3.0, 4.0]):
        given = {"x": x, "w": [2.0, -3.0]}
        assert np.array_equal(simpler.run(given, result), graph.run(given, result))


def test_dead_values_are_left_out(graph):
    assert "tanh" in operations(graph)
    simpler = passes.without_dead_values(graph, {list(graph)[-1]})
    assert "tanh" not in operations(simpler)
    assert operations(simpler).count("multiply") == 3


def test_constants_are_folded(graph):
    result = list(graph)[-1]
    simpler = passes.with_constants_folded(graph, {result})
    assert "sqrt" not in operations(simpler)
    [constant] = [n for n, op in simpler.nodes(data="op") if op == "constant"]
    assert simpler.nodes[constant]["value"] == np.sqrt(2.0)


def test_inputs_and_parameters_are_not_constants(graph):
    result = list(graph)[-1]
    simpler = passes.with_constants_folded(graph, {result})
    assert {"input", "parameter"} <= set(operations(simpler))


def test_common_values_are_computed_once(graph):
    result = list(graph)[-1]
    simpler = passes.with_common_values_once(graph, {result})
    assert operations(graph).count("multiply") == 4
    assert operations(simpler).count("multiply") == 2


def test_parameters_tell_operations_apart():
    w = leaf([[1.0, 2.0], [3.0, 4.0]])
    graph = recorded(
        lambda x: (w * x).sum(axis=0) + (w * x).sum(axis=1) + (w * x).sum(axis=0),
        tg.Tensor(np.ones((2, 2))),
    )
    simpler = passes.simplified(graph, {list(graph)[-1]})
    assert operations(simpler).count("sum") == 2
    assert operations(simpler).count("multiply") == 1


def test_two_kinds_of_a_number_are_two():
    w = tg.Tensor(np.ones(2, np.float32), requires_grad=True)
    graph = recorded(
        lambda x: w * x * 2 + w * x * 2.0 + w * x * 2, tg.Tensor([1.0, 2.0])
    )
    simpler = passes.simplified(graph, {list(graph)[-1]})
    numbers = [n for n, op in simpler.nodes(data="op") if op == "constant"]
    assert len(numbers) == 2


def test_what_is_fixed_stays(graph):
    fixed = {
        n for n, op in graph.nodes(data="op") if op in {"tanh", "sqrt", "multiply"}
    }
    simpler = passes.simplified(graph, fixed)
    assert fixed <= set(simpler)


def test_an_operation_that_draws_is_neither_folded_nor_shared():
    rng = np.random.default_rng(0)

    @tg.primitive
    def noise(x):
        return x + rng.normal(size=np.shape(x))

    noise.vjp(lambda g, y, x: g)
    one = tg.Tensor([1.0, 2.0], requires_grad=True)
    with pytest.warns(UserWarning, match="replay"):
        graph = recorded(lambda x: noise(x) + noise(x) + noise(one.detach()), one)
    simpler = passes.simplified(graph, {list(graph)[-1]})
    assert operations(simpler).count("noise") == 3


def test_a_plan_has_no_more_calls_than_needed():
    w = leaf([1.0, 2.0])
    step = tg.replay(wasteful(w))
    x = tg.Tensor([0.5, -1.0])
    assert np.array_equal(step(x).data, step(x).data)
    assert len(step.plans[0].calls) == 3


def test_the_pictures_are_those_of_the_command():
    module = runpy.run_path(str(PICTURES / "passes.py"))
    graph, result = module["recorded"]()
    assert len(SHOWN) == 1 + len(passes.PASSES)
    shown = [path.read_text() for path in SHOWN]
    drawn = [graph]
    for simplify in passes.PASSES:
        drawn.append(simplify(drawn[-1], {result}))
    for text, each in zip(shown, drawn, strict=True):
        assert text.count("<title>") - 1 >= len(each)
        for op in set(operations(each)) - {"input", "parameter", "constant"}:
            assert op in text
