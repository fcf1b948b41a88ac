"""The exercise on graphs: any order passes, and the first wrong node is shown."""

import functools
from typing import Any

import networkx as nx
import numpy as np
import pytest
from judging import judged
from shipped import exercise
from together import together

from tinygraph.exercises.exercise import CASES
from tinygraph.exercises.judging.trial import call_trusted
from tinygraph.exercises.running.outcome import values_by_number
from tinygraph.exercises.student.picture import graph_picture

SEEDS = 5


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


@together("function", [kahn, postorder, pulled, along_all_ways])
@together("seed", range(SEEDS))
def test_any_order_of_the_nodes_is_right(function: Any, seed: int) -> None:
    assert judged("10", function, seed).finding is None


@together("case", range(CASES))
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
    assert values_by_number({2: 5.0, np.int64(0): 3.0}) == [3.0, 0.0, 5.0]
    assert values_by_number({}) == []
    for keys in ({"x": 1.0}, {-1: 1.0}, {10**9: 1.0}, {1.5: 1.0}):
        with pytest.raises(TypeError):
            values_by_number(keys)


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


def test_none_means_no_gradient() -> None:
    assert judged("10", none_for_unused).finding is None


def painted(name: str, case: int) -> str:
    inputs = exercise("10").case(0, case)
    (reference,) = exercise("10").references.values()
    functions = {w.name: w.function for w in exercise("10").wrong}
    yours = call_trusted(exercise("10"), functions.get(name, reference), inputs)
    right = call_trusted(exercise("10"), reference, inputs)
    return graph_picture(inputs, yours.results[0], right.results[0]).source


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
