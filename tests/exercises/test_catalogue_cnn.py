"""The exercises on graphs and convolution: right answers pass, whatever their form."""

import copy
import functools
import time
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pytest

import tinygraph as tg
from tinygraph.exercises.exercise import CASES, Exercise, named
from tinygraph.exercises.judge import Verdict, judge
from tinygraph.exercises.outcome import Outcome, by_number
from tinygraph.exercises.picture import graph_picture
from tinygraph.exercises.trial import on_copy

NUMBERS = ["10", "11", "12", "13", "14", "15"]
SEEDS = 5  # the selftest takes more


@functools.cache
def exercise(number: str) -> Exercise:
    return named(number)


def judged(number: str, function: Callable[..., Any], seed: int = 0) -> Verdict:
    def run(name: str, inputs: Any) -> Outcome:
        return on_copy(exercise(number), function, inputs)

    return judge(exercise(number), run, seed)


WRONG = [(n, w.name) for n in NUMBERS for w in exercise(n).wrong]


@pytest.mark.parametrize(("number", "name"), WRONG, ids=[f"{n}-{w}" for n, w in WRONG])
def test_a_known_mistake_is_called_by_its_name(number: str, name: str) -> None:
    wrong = next(w for w in exercise(number).wrong if w.name == name)
    for seed in range(1 if number == "15" else SEEDS):
        verdict = judged(number, wrong.function, seed)
        assert verdict.finding is not None
        assert verdict.finding.mistake == name
        assert "{" not in verdict.finding.message


@pytest.mark.parametrize("number", NUMBERS)
def test_a_case_is_fast(number: str) -> None:
    (reference,) = exercise(number).references.values()
    for case in range(CASES):
        start = time.perf_counter()
        on_copy(exercise(number), reference, exercise(number).case(0, case))
        assert time.perf_counter() - start < 0.2


# 10: backward -------------------------------------------------------------------------


def kahn(graph: Any, loss: int) -> Any:
    """Counts uses, and visits only what the loss depends on."""
    reached = nx.ancestors(graph, loss) | {loss}
    waiting = {
        n: sum(graph.nodes[u]["parents"].count(n) for u in reached) for n in reached
    }
    grads, ready = {loss: np.float64(1.0)}, [loss]
    while ready:
        node = ready.pop()
        at = graph.nodes[node]
        for parent, part in zip(at["parents"], at["vjp"](grads[node]), strict=True):
            grads[parent] = grads.get(parent, 0.0) + part
            waiting[parent] -= 1
            if not waiting[parent]:
                ready.append(parent)
    return grads


def postorder(graph: Any, loss: int) -> Any:
    """A depth-first order, turned round, whose inputs are visited from the right."""
    order: list[int] = []

    def visit(node: int) -> None:
        if node not in order:
            for parent in reversed(graph.nodes[node]["parents"]):
                visit(parent)
            order.append(node)

    visit(loss)
    grads = {node: np.zeros(()) for node in order} | {loss: np.ones(())}
    for node in reversed(order):
        at = graph.nodes[node]
        for parent, part in zip(at["parents"], at["vjp"](grads[node]), strict=True):
            grads[parent] += part  # each node has an array of its own
    return grads


def pulled(graph: Any, loss: int) -> Any:
    """Asks those that use a node, recursively, and gives nothing but used nodes."""

    @functools.cache
    def grad(node: int) -> float:
        total = 1.0 if node == loss else 0.0
        for user in set(graph.successors(node)):
            at = graph.nodes[user]
            parts = zip(at["parents"], at["vjp"](grad(user)), strict=True)
            total += sum(float(part) for parent, part in parts if parent == node)
        return total

    return {node: grad(node) for node in graph if grad(node)}


def along_all_ways(graph: Any, loss: int) -> Any:
    """Sends each contribution on by itself: slow, and right as well."""
    grads = dict.fromkeys(graph, 0.0)

    def send(node: int, part: Any) -> None:
        grads[node] = grads[node] + part
        at = graph.nodes[node]
        for parent, more in zip(at["parents"], at["vjp"](part), strict=True):
            send(parent, more)

    send(loss, 1.0)
    return grads


@pytest.mark.parametrize("function", [kahn, postorder, pulled, along_all_ways])
@pytest.mark.parametrize("seed", range(SEEDS))
def test_any_order_of_the_nodes_is_right(function: Any, seed: int) -> None:
    assert judged("10", function, seed).finding is None


@pytest.mark.parametrize("case", range(CASES))
def test_gradients_of_the_graph_agree_with_differences(case: int) -> None:
    text, loss = exercise("10").case(1, case)
    given = exercise("10").given
    assert given is not None
    graph, _ = given(text, loss)
    grads = exercise("10").references["backward"](graph, loss)
    lines = text.split(";")
    for node, op in graph.nodes(data="op"):
        if op == "leaf":
            values = []
            for step in (1e-6, -1e-6):
                name, _, value = lines[node].split()
                line = f"{name} leaf {float(value) + step!r}"
                moved = ";".join([*lines[:node], line, *lines[node + 1 :]])
                near, _ = given(moved, loss)
                values.append(near.nodes[loss]["value"])
            slope = (values[0] - values[1]) / 2e-6
            assert np.isclose(grads[node], slope, rtol=1e-5, atol=1e-6)


def test_an_answer_that_nobody_has_seen_is_wrong_and_nothing_more() -> None:
    def values(graph: Any, loss: int) -> Any:
        return dict(graph.nodes(data="value"))

    assert judged("10", values).finding is not None


def test_the_highest_number_is_on_the_way_to_the_loss() -> None:
    given = exercise("10").given
    assert given is not None
    for seed in range(20):
        for case in range(CASES):
            graph, loss = given(*exercise("10").case(seed, case))
            assert max(graph) in nx.ancestors(graph, loss) | {loss}


def test_a_dictionary_comes_back_as_numbers() -> None:
    assert by_number({2: 5.0, np.int64(0): 3.0}) == [3.0, 0.0, 5.0]
    assert by_number({}) == []
    for keys in ({"x": 1.0}, {-1: 1.0}, {10**9: 1.0}, {1.5: 1.0}):
        with pytest.raises(TypeError):
            by_number(keys)


def by_name(graph: Any, loss: int) -> Any:
    grads = kahn(graph, loss)
    return {graph.nodes[node]["name"]: grad for node, grad in grads.items()}


def none_for_unused(graph: Any, loss: int) -> Any:
    return {**dict.fromkeys(graph), **kahn(graph, loss)}


def test_names_as_keys_are_an_error_with_a_message() -> None:
    finding = judged("10", by_name).finding
    assert finding is not None
    assert finding.status == "error"
    assert "dict" in finding.message


def test_none_stands_for_no_gradient() -> None:
    assert judged("10", none_for_unused).finding is None


def painted(name: str, case: int) -> str:
    inputs = exercise("10").case(0, case)
    (reference,) = exercise("10").references.values()
    functions = {w.name: w.function for w in exercise("10").wrong}
    yours = on_copy(exercise("10"), functions.get(name, reference), inputs)
    right = on_copy(exercise("10"), reference, inputs)
    return graph_picture(inputs, yours.answers[0], right.answers[0]).source


RED, GREEN, GREY = "#cc2936", "#2f8f4e", "#9aa0a6"


def test_the_first_wrong_node_is_red() -> None:
    source = painted("wrong_overwrite", 0)
    assert source.count(RED) == 1
    assert source.count(GREEN) == source.count(GREY) == 3
    (red,) = (line for line in source.splitlines() if RED in line)
    assert "u = sin(z)" in red
    assert "yours 2.866" in red
    assert "right 5.732 = 2.866 (from v) + 2.866 (from w)" in red


def test_every_node_of_a_right_answer_is_green() -> None:
    source = painted("", 1)
    assert source.count(GREEN) == 7
    assert RED not in source
    assert GREY not in source


def test_a_picture_of_a_short_answer_can_be_drawn() -> None:
    inputs = exercise("10").case(0, 0)
    right = np.arange(1.0, 8.0)
    picture = graph_picture(inputs, np.array([1.0, 2.0]), right)
    assert RED in picture.source
    assert picture.svg().startswith("<?xml")
    assert graph_picture(inputs, np.array([]), right).boxes == 7


# 11, 12, 13: convolution --------------------------------------------------------------


def im2col_by_windows(x: Any, kh: int, kw: int, stride: int, pad: int) -> Any:
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), (2, 3))
    windows = windows[:, :, ::stride, ::stride].transpose(0, 2, 3, 1, 4, 5)
    return windows.reshape(-1, x.shape[1] * kh * kw)


def col2im_by_pixel(
    cols: Any, x_shape: Any, kh: int, kw: int, stride: int, pad: int
) -> Any:
    """Each element goes back to the place that im2col took it from."""
    places = np.arange(1.0, np.prod(x_shape) + 1).reshape(x_shape)
    sources = im2col_by_windows(places, kh, kw, stride, pad).astype(int)
    flat = np.zeros(int(np.prod(x_shape)) + 1)
    np.add.at(flat, sources, cols)
    return flat[1:].reshape(x_shape)


def conv_vjp_by_matrix(g: Any, x: Any, w: Any, stride: int, pad: int) -> Any:
    kh, kw = w.shape[2:]
    rows = g.transpose(0, 2, 3, 1).reshape(-1, g.shape[1])
    patches = im2col_by_windows(x, kh, kw, stride, pad)
    cols = rows @ w.reshape(len(w), -1)
    dx = col2im_by_pixel(cols, x.shape, kh, kw, stride, pad)
    return dx, (rows.T @ patches).reshape(w.shape), rows.sum(axis=0)


def conv_vjp_by_tinygraph(g: Any, x: Any, w: Any, stride: int, pad: int) -> Any:
    leaves = [tg.Tensor(a, requires_grad=True) for a in (x, w, np.zeros(len(w)))]
    tg.conv2d(*leaves, stride=stride, padding=pad).backward(g)
    return tuple(leaf.grad for leaf in leaves)


def maxpool_vjp_by_tinygraph(g: Any, x: Any, kh: int, kw: int, stride: int) -> Any:
    leaf = tg.Tensor(x, requires_grad=True)
    tg.max_pool2d(leaf, (kh, kw), stride=stride).backward(g)
    return leaf.grad


@pytest.mark.parametrize(
    ("number", "function"),
    [
        ("11", im2col_by_windows),
        ("12", col2im_by_pixel),
        ("13", conv_vjp_by_matrix),
        ("13", conv_vjp_by_tinygraph),
        ("14", maxpool_vjp_by_tinygraph),
    ],
)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_another_way_to_the_same_numbers_is_right(
    number: str, function: Any, seed: int
) -> None:
    verdict = judged(number, function, seed)
    assert verdict.finding is None
    assert not verdict.notes


def test_col2im_is_the_adjoint_of_im2col() -> None:
    (im2col,) = exercise("11").references.values()
    (col2im,) = exercise("12").references.values()
    for case in range(CASES):
        cols, x_shape, *window = exercise("12").case(2, case)
        x = np.random.default_rng(case).normal(size=x_shape)
        there, back = (
            (im2col(x, *window) * cols).sum(),
            (col2im(cols, x_shape, *window) * x),
        )
        assert np.isclose(there, back.sum())


# 14: max pooling ----------------------------------------------------------------------


def shared(pick: Callable[[Any], Any]) -> Callable[..., Any]:
    """Max pooling backwards, with a rule that picks the shares of a window."""

    def maxpool_vjp(g: Any, x: Any, kh: int, kw: int, stride: int) -> Any:
        dx = np.zeros_like(x)
        for n, c, i, j in np.ndindex(g.shape):
            place = np.s_[
                n, c, i * stride : i * stride + kh, j * stride : j * stride + kw
            ]
            dx[place] += pick(x[place]) * g[n, c, i, j]
        return dx

    return maxpool_vjp


def one_of(window: Any, place: int) -> Any:
    shares = np.zeros(window.shape)
    shares[tuple(np.argwhere(window == window.max())[place])] = 1.0
    return shares


def first_column(window: Any) -> Any:
    return one_of(window.T, 0).T


def split(window: Any) -> Any:
    return (window == window.max()) / (window == window.max()).sum()


def unequal(window: Any) -> Any:
    return 0.25 * one_of(window, 0) + 0.75 * one_of(window, -1)


@pytest.mark.parametrize(
    "pick", [lambda window: one_of(window, -1), first_column, split, unequal]
)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_any_subgradient_at_a_tie_is_right(pick: Any, seed: int) -> None:
    verdict = judged("14", shared(pick), seed)
    assert verdict.finding is None
    assert verdict.points == verdict.maximum
    (note,) = verdict.notes
    assert "tinygraph takes the first" in note


@pytest.mark.parametrize(
    "pick",
    [
        lambda window: (window == window.max()) / 2.0,
        lambda window: 2 * one_of(window, 0) - one_of(window, -1),
        lambda window: 0.5 * one_of(window, 0),
    ],
    ids=["half for each", "more than all", "half is lost"],
)
def test_shares_that_are_no_subgradient_are_wrong(pick: Any) -> None:
    assert judged("14", shared(pick)).finding is not None


def test_ties_with_nans_or_another_shape_are_not_accepted() -> None:
    accept = exercise("14").accept
    assert accept is not None
    g, x, *window = exercise("14").case(0, 4)
    assert accept("maxpool_vjp", np.full(x.shape, np.nan), g, x, *window) is None
    assert accept("maxpool_vjp", np.zeros(3), g, x, *window) is None
    right = shared(split)(g, x, *window)
    right[0, 0, 2, 0] = 1.0  # an element that stands in no window
    assert accept("maxpool_vjp", right, g, x, *window) is None


# 15: training -------------------------------------------------------------------------


def network(params: Any, x: Any) -> Any:
    w1, b1, w2, b2, w3, b3 = params
    first = tg.max_pool2d(tg.relu(tg.conv2d(x, w1, b1)), 2)
    second = tg.relu(tg.conv2d(first, w2, b2))
    return tg.linear(second.reshape(len(x), -1), w3, b3)


def train_by_grad(*inputs: Any) -> Any:
    """With functions instead of tensors, and an update written out."""
    *params, images, labels, lr = inputs
    for x, label in zip(images, labels, strict=True):

        def loss(*params: Any, x: Any = x, label: Any = label) -> Any:
            return tg.cross_entropy(network(params, x), label)

        grads = tg.grad(loss, argnums=tuple(range(6)))(*params)
        params = [p - lr * np.asarray(g) for p, g in zip(params, grads, strict=True)]
    return tuple(params)


def train_by_hand(*inputs: Any) -> Any:
    """Tensors made anew in each round; they come back as tensors."""
    *params, images, labels, lr = inputs
    for x, label in zip(images, labels, strict=True):
        params = [tg.Tensor(p, requires_grad=True) for p in params]
        tg.cross_entropy(network(params, x), label).backward()
        params = [p.data - lr * p.grad for p in params]
    return tuple(params)


@pytest.mark.parametrize("function", [train_by_grad, train_by_hand])
def test_another_loop_with_the_same_steps_is_right(function: Any) -> None:
    assert judged("15", function).finding is None


def test_a_step_is_the_slope_of_the_loss() -> None:
    (reference,) = exercise("15").references.values()
    *params, images, labels, lr = exercise("15").case(0, 0)
    moved = reference(*copy.deepcopy(params), images, labels, lr)
    for place, (old, new) in enumerate(zip(params, moved, strict=True)):
        index = np.unravel_index(np.abs(new - old).argmax(), old.shape)
        values = []
        for step in (1e-6, -1e-6):
            near = copy.deepcopy(params)
            near[place][index] += step
            values.append(float(tg.cross_entropy(network(near, images[0]), labels[0])))
        slope = (values[0] - values[1]) / 2e-6
        assert slope
        assert np.isclose((old - new)[index] / lr, slope, rtol=1e-5)
