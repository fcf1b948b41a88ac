"""What a trace says, step by step, against the gradients that nobody traced."""

import json
import re
import sys
from collections import Counter

import networkx as nx
import numpy as np
import pytest
from cases import CASES
from hypothesis import given
from recipes import performed, recipes

import tinygraph as tg
from tinygraph.tracing.formula import BARRED, LETTER, letters, mathml, of_argument
from tinygraph.tracing.notes import notes


def parameter(value, name=None):
    return tg.Tensor(value, requires_grad=True, name=name)


def residual(name="x"):
    x = parameter([3.0, -1.0], name=name)
    h = x * x
    return x, h, (x + h * h).sum()


# Steps -------------------------------------------------------------------------------


@given(recipes())
def test_steps_of_a_random_graph(recipe):
    *_, output = performed(recipe, [0.5, -1.5, 0.75])
    graph = output.graph
    trace = tg.trace(output)
    sums, arrived = {}, Counter()
    for step in trace:
        before = sums.get(step.source)
        assert (step.before is None) == (before is None)
        sums[step.source] = step.contribution + (0 if before is None else before)
        arrived[step.source] += 1
        assert step.total == sums[step.source]
        assert step.arrived == arrived[step.source] <= step.expected
        assert not step.early
    assert all(step.expected == arrived[step.source] for step in trace)
    reached = nx.ancestors(graph, output.node) | {output.node}
    uses = [use for use in graph.edges(keys=True) if use[1] in reached]
    assert len(trace) == 1 + len(uses)
    assert {(s.source, s.node, s.position) for s in trace[1:]} == set(uses)
    processed = list(dict.fromkeys(step.node for step in trace[1:]))
    sub = nx.MultiDiGraph(graph.edges(keys=True)).reverse().subgraph(processed)
    order = {node: place for place, node in enumerate(processed)}
    assert all(order[user] < order[made] for user, made in sub.edges())
    output.backward()
    for node, gradient in trace.gradients.items():
        assert gradient == graph.nodes[node]["grad"]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_operation_can_be_traced(case):
    inputs = [parameter(array) for array in case.arrays()]
    output = case.call(*inputs)
    seed = case.rng().normal(size=output.shape)
    trace = tg.trace(output, seed=seed)
    assert all(x.grad is None for x in inputs)
    output.backward(seed)
    for x in inputs:
        if x.grad is not None:
            found = [trace.gradients[node] for node in output.graph.versions_of(x)]
            assert np.array_equal(sum(found), x.grad, equal_nan=True)
    for step in trace.steps[1:]:
        assert mathml(step.formula).startswith("<math")
        if step.plugged is not None:
            assert mathml(step.plugged).startswith("<math")
        if step.local is not None:
            assert np.allclose(step.local * step.gradient, step.contribution)
    assert trace.to_json() and str(trace)


# Letters that stand for something else than an argument, and what that is.
KNOWN = {
    *("n", "N", "k", "d", "s", "a"),  # counts, and parameters
    *("e", "i", "j"),  # Euler's number, indices
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_formula_is_written_in_the_letters_of_its_rule(case):
    output = case.call(*(parameter(array) for array in case.arrays()))
    for node, primitive in output.graph.nodes(data="primitive"):
        inputs = output.graph.nodes[node]["inputs"]
        for position in range(len(inputs)) if primitive else ():
            if primitive.rule(position) is None:
                continue
            text, names = of_argument(primitive, position), letters(primitive, position)
            assert text, f"{primitive.name} has no formula for argument {position}"
            barred = BARRED.findall(text)
            assert set(barred) <= {names[0]}, (primitive.name, text)
            words = re.sub(r"\\(text|mathrm)\{[^}]*\}", "", BARRED.sub("", text))
            assert set(LETTER.findall(words)) <= {*names, *KNOWN}, primitive.name


def test_a_trace_is_a_sequence_of_steps():
    _, _, loss = residual()
    trace = tg.trace(loss)
    assert list(trace) == trace.steps
    assert trace[0].operation == "seed"
    assert trace[0].total == 1.0
    assert trace[-1] is trace.steps[-1]
    assert trace[1:3] == trace.steps[1:3]
    assert [step.number for step in trace] == list(range(len(trace)))


def test_tracing_changes_nothing():
    x, h, loss = residual()
    loss.backward()
    before = x.grad.copy(), h.grad.copy()
    optimizer = tg.optimize.SGD([x], lr=0.1, momentum=0.9)
    trace = tg.trace(loss, seed=3.0, optimizer=optimizer)
    tg.trace(loss, order="depth_first")
    assert np.array_equal(x.grad, before[0])
    assert np.array_equal(h.grad, before[1])
    assert x.data.tolist() == [3.0, -1.0]
    assert optimizer.steps == 0
    assert optimizer.memory == {"velocity": [None]}
    with pytest.raises(ValueError, match="read-only"):
        trace[0].total[...] = 7.0


def test_the_forward_pass_is_a_chapter():
    *_, loss = residual()
    trace = tg.trace(loss)
    assert [step.node for step in trace.forward] == list(loss.graph.nodes)
    values = dict(loss.graph.nodes(data="value"))
    assert all(step.value is values[step.node] for step in trace.forward)
    assert trace.timeline == [*trace.forward, *trace.steps]


@pytest.mark.parametrize(
    "make",
    [
        lambda w: tg.optimize.SGD(w, lr=0.1),
        lambda w: tg.optimize.SGD(w, 0.1, momentum=0.9, nesterov=True),
        lambda w: tg.optimize.Adam(w, lr=0.1, weight_decay=0.1),
    ],
)
def test_updates_are_those_that_the_optimiser_makes(make):
    w = [parameter([1.0, -2.0], "w"), parameter(0.5, "b")]
    unused = parameter(1.0, "unused")
    optimizer = make([*w, unused])
    for _ in range(3):
        optimizer.zero_grad()
        loss = ((w[0] * w[0] + w[1]) ** 2).sum()
        trace = tg.trace(loss, optimizer=optimizer)
        loss.backward()
        optimizer.step()
        assert [step.name for step in trace.updates] == ["w", "b"]
        for step, parameter_ in zip(trace.updates, w, strict=True):
            assert np.array_equal(step.after, parameter_.data)


def test_a_learning_rate_is_plain_gradient_descent():
    x, _, loss = residual()
    trace = tg.trace(loss, lr=0.5)
    [step] = trace.updates
    assert np.array_equal(step.after, x.data - 0.5 * trace.gradients[x.node])
    assert step.formula == (r"\text{x} \leftarrow \text{x} - 0.5\, \overline{\text{x}}")


def test_a_parameter_that_was_moved_between_two_uses_is_updated_once():
    w = parameter(2.0, "w")
    first = w * w
    w.data = 3.0
    trace = tg.trace(first + w * w, lr=1.0)
    [step] = trace.updates
    assert step.gradient == 4.0 + 6.0
    assert step.after == 3.0 - 10.0


# Wrong orders ------------------------------------------------------------------------


def test_breadth_first_hands_on_what_is_not_complete():
    x = parameter(3.0, "x")
    h = x * x
    h.name = "h"
    y = h + tg.sin(h)  # h is one step away, and two
    trace = tg.trace(y, order="breadth_first")
    assert [step.early for step in trace] == [False, False, False, True, True, False]
    slope = 1.0 + np.cos(9.0)
    assert trace.gradients[h.node] == pytest.approx(slope)
    assert set(trace.wrong) == {x.node}
    assert trace.wrong[x.node] == 6.0
    assert trace.correct[x.node] == pytest.approx(6.0 * slope)
    assert "wrong: the gradient of x is +6.000, not" in str(trace)
    assert "too early" in str(trace)


def test_depth_first_goes_down_one_branch_at_a_time():
    a = parameter(2.0, "a")
    b = a * 3.0
    c = b * b
    trace = tg.trace(b + c, order="depth_first")
    order = list(dict.fromkeys(step.name for step in trace[1:]))
    assert order == ["add", "multiply", "multiply 2"]
    assert set(trace.wrong) == {a.node}
    assert tg.trace(c + b, order="depth_first").wrong == {}


@given(recipes())
def test_wrong_orders_deliver_the_same_uses(recipe):
    *_, output = performed(recipe, [0.5, -1.5, 0.75])
    right = tg.trace(output)
    for order in ("breadth_first", "depth_first"):
        naive = tg.trace(output, order=order)
        uses = [{(s.node, s.position, s.source) for s in t} for t in (right, naive)]
        assert uses[0] == uses[1]
        assert naive.expected == right.expected
        if not any(step.early for step in naive):
            assert not naive.wrong


# Other forms -------------------------------------------------------------------------


def test_printed():
    x = parameter(3.0, "x")
    assert str(tg.trace(x * x)).splitlines() == [
        "backward from multiply, topological order: 3 steps",
        "step  from      to        contribution     sum  arrived",
        "   0  seed      multiply        +1.000  +1.000   1 of 1",
        "   1  multiply  x               +3.000  +3.000   1 of 2",
        "   2  multiply  x               +3.000  +6.000   2 of 2",
    ]


def test_json_is_the_same_for_the_same_computation():
    texts = [tg.trace(residual()[2], lr=0.1).to_json() for _ in range(2)]
    assert texts[0] == texts[1]
    document = json.loads(texts[0])
    assert document["nodes"][0]["label"] == "x"
    assert document["steps"][0]["total"] == 1.0
    assert len(document["updates"]) == 1


def test_json_of_what_is_no_number():
    x = parameter([np.nan, np.inf])
    document = json.loads(tg.trace((x * x).sum()).to_json())
    assert document["steps"][-1]["total"] == ["nan", "inf"]


def test_networkx_has_each_gradient_on_its_edge():
    *_, loss = residual()
    trace = tg.trace(loss)
    graph = trace.to_networkx()
    assert isinstance(graph, nx.MultiDiGraph)
    assert graph.number_of_edges() == len(trace) - 1
    for _, _, data in graph.edges(data=True):
        assert np.array_equal(data["gradient"], trace[data["step"]].contribution)
    incoming = [d["gradient"] for _, _, d in graph.out_edges("x", data=True)]
    assert np.array_equal(sum(incoming), graph.nodes["x"]["grad"])


def test_a_leaf_alone():
    x = parameter(2.0, "x")
    trace = tg.trace(x)
    assert len(trace) == 1
    assert trace.gradients == {x.node: 1.0}


@pytest.mark.parametrize(
    ("call", "builtin", "words"),
    [
        (lambda: tg.trace(3.0), RuntimeError, "float"),
        (lambda: tg.trace(tg.Tensor(1.0)), RuntimeError, "requires_grad"),
        (lambda: tg.trace(parameter([1.0, 2.0]) * 2), ValueError, "seed"),
        (lambda: tg.trace(residual()[2], order="random"), ValueError, "breadth_first"),
        (
            lambda: tg.trace(
                residual()[2], lr=1.0, optimizer=tg.optimize.SGD([parameter(1.0)], 1.0)
            ),
            ValueError,
            "not both",
        ),
        (lambda: tg.trace(residual()[2], lr=-1.0), ValueError, "lr"),
        (lambda: tg.trace(residual()[2]).save("a.docx"), RuntimeError, r"\.html"),
    ],
)
def test_mistakes_are_explained(call, builtin, words):
    with pytest.raises(tg.TinygraphError, match=words) as caught:
        call()
    assert isinstance(caught.value, builtin)


def test_formulas_in_a_notebook():
    x = parameter(3.0, "x")
    step = tg.trace(x * x)[1]
    assert step._repr_latex_() == (
        r"$\overline{\text{x}} \leftarrow \overline{\text{multiply}}\, \text{x}$"
    )
    assert step.plugged == r"1.000 \cdot  3.000 = 3.000"
    assert tg.exp._repr_latex_() == r"$\bar{y}\, y$"


def test_a_stretched_argument_is_summed():
    x, b = parameter([1.0, 2.0], "x"), parameter(3.0, "b")
    steps = {step.source_name: step for step in tg.trace((x * b).sum())}
    assert r"\sum" in steps["b"].formula
    assert r"\sum" not in steps["x"].formula


HOSTILE = [
    "<b>",
    "a&b",
    "\"'",
    "</script>",
    "größe 日本",
    r"\frac{",
    "x" * 300,
    "$_^#%~",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_never_markup(name):
    x = parameter(3.0, name)
    text = mathml(tg.trace(x * x)[1].formula)
    assert "<b>" not in text
    assert "<script" not in text.replace("<math", "")
    assert re.search(r"&(?!#?\w+;)", text) is None


def test_an_operation_without_formulas():
    @tg.primitive
    def twice(x, *, unused=(1, (2, 3))):
        return 2 * x

    twice.vjp(lambda g, *rest, **more: 2 * g)
    x = parameter(3.0, "x")
    step = tg.trace(twice(x))[1]
    assert step.contribution == 2.0
    assert "vjp" in step.formula


def test_formulas_without_the_library_stay_latex(monkeypatch):
    monkeypatch.setitem(sys.modules, "latex2mathml.converter", None)
    assert mathml(r"a < \bar{b}") == r"<code>a &lt; \bar{b}</code>"


# What the formulas say ---------------------------------------------------------------


ELEMENTWISE = [tg.exp, tg.tanh, tg.relu, tg.square, lambda x: x * x, lambda x: 3.0 / x]
MIXING = [tg.softmax, tg.log_softmax, tg.cumsum, tg.transpose, tg.flip]
MIXING += [lambda x: x @ x, lambda x: tg.linear(x, x)]


@pytest.mark.parametrize("make", ELEMENTWISE)
def test_elementwise_operations_have_a_local_derivative(make):
    x = parameter([[0.3, 1.2], [0.7, 2.1]], "x")
    y = make(x)
    steps = [step for step in tg.trace(y.sum()) if step.node == y.node]
    assert all(step.local is not None for step in steps)
    slope, h = sum(step.local for step in steps), 1e-6
    numeric = (make(x.data + h) - make(x.data - h)) / (2 * h)
    assert np.allclose(slope, numeric, atol=1e-8)


@pytest.mark.parametrize("make", MIXING)
def test_operations_that_mix_elements_have_none(make):
    x = parameter([[0.3, 1.2], [0.7, 2.1]], "x")
    y = make(x)
    assert not any(step.local is not None for step in tg.trace(y.sum())[2:])


def test_a_row_of_numbers_is_not_taken_for_a_column():
    matrix, vector = parameter([[1.0, 2.0], [3.0, 4.0]]), parameter([1.0, 5.0])
    for y in (matrix @ vector, vector @ vector, tg.linear(vector, matrix)):
        assert all(step.plugged is None for step in tg.trace(y.sum())[2:])
    product = tg.trace((matrix @ matrix).sum())
    assert all(step.plugged for step in product[2:])


def test_one_number_for_all_elements_is_no_equation():
    x = parameter([1.0, 2.0, 4.0], "x")
    assert tg.trace(x.mean())[1].plugged.startswith(r"1.000 / 3 \to {\begin")
    assert tg.trace(x.sum())[1].plugged.startswith(r"1.000 \to {\begin")


def test_the_seed_is_in_its_formula():
    x = parameter([1.0, 2.0], "x")
    y = x * 3
    y.name = "y"
    assert "5.000 & 7.000" in tg.trace(y, seed=[5.0, 7.0])[0].formula
    assert tg.trace(y.sum())[0].formula.endswith(r"\leftarrow 1.000")
    long = tg.trace(parameter(np.ones(9)) * 2.0, seed=np.ones(9))[0].formula
    assert long.endswith(r"\text{seed}")


def test_parameters_stand_in_formulas_as_numbers():
    x, s = parameter([1.0, 2.0], "x"), tg.Tensor([0.0, 1.0], name="s")
    assert r"\, 1.000\, (\text{x} - \text{s})" in tg.trace(tg.mse(x, s))[1].formula
    steps = tg.trace(tg.leaky_relu(x, negative_slope=0.3).sum())
    assert "0.300" in steps[2].formula
    image = parameter(np.ones((1, 1, 4, 4)), "image")
    pooled = tg.trace(tg.avg_pool2d(image, (2, 1)).sum())
    assert pooled[2].formula.endswith("/ 2")


def test_minus_is_written_once():
    a, b = parameter(1.0, "a"), parameter(2.0, "b")
    steps = [step for step in tg.trace(a - b - b) if step.source_name == "b"]
    assert r"\overline{\text{b}} - \overline" in steps[1].formula


def test_sizes_alone_are_neither_vanishing_nor_exploding():
    x = parameter(np.ones(1_200_000))
    assert list(notes(tg.trace(x.sum()))) == []
    assert list(notes(tg.trace(x.mean()))) == []
    assert list(notes(tg.trace(tg.relu(parameter(-1.0))))) == []


def test_representations_are_one_line():
    _, _, loss = residual()
    trace = tg.trace(loss)
    assert repr(trace) == "<trace of sum, topological order, 8 steps>"
    assert "\n" not in repr(trace[1])
    assert len(repr(trace[1])) < 120


@pytest.mark.parametrize("depth", [-1, "x", 1.5])
def test_a_depth_that_is_none_is_refused(depth, tmp_path):
    _, _, loss = residual()
    with pytest.raises(tg.ArgumentError, match="depth"):
        tg.draw(loss, depth=depth)
    with pytest.raises(tg.ArgumentError, match="depth"):
        tg.trace(loss).save(tmp_path / "a.html", depth=depth)
