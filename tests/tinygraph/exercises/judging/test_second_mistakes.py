"""An answer with two mistakes is told both, or one and that something else is wrong."""

import pytest
from bank import Answer

POOL = """
import numpy as np

def maxpool_vjp(g, x, kh, kw, stride):
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(*g.shape):
        win = x[n, c, i * stride:i * stride + kh, j * stride:j * stride + kw]
        p, q = np.unravel_index(win.argmax(), win.shape)
        dx[n, c, i * stride + p, j * stride + q] += g[n, c, i, j]
    return dx
"""
VJP = """
def softmax_vjp(g, y):
    return y * (g - (g * y).sum(axis=1, keepdims=True))
"""
BACKWARD = """
import networkx as nx

def backward(graph, loss):
    grads = dict.fromkeys(graph, 0.0)
    grads[loss] = 1.0
    for n in reversed(list(nx.topological_sort(graph))):
        node = graph.nodes[n]
        for p, part in zip(node["parents"], node["vjp"](grads[n])):
            grads[p] += part
    return grads
"""
DELTA = """
import numpy as np

def delta_rule(a, W, y):
    out = 1 / (1 + np.exp(-(a @ W)))
    return -np.outer(a, (y - out) * out * (1 - out))
"""
TWO = {  # what is right, two changes, a known mistake, and an edit
    "smallest, and a factor": (
        "14_maxpool_vjp",
        POOL,
        [("argmax", "argmin"), ("+= g", "+= 3 * g")],
        "smallest element",
        "instead of `3 * g",
    ),
    "a mean, and a square": (
        "09_softmax_vjp",
        VJP,
        [(".sum(", ".mean("), ("y * (", "y * y * (")],
        "mean of g y",
        "with `y` instead of `y * y`",
    ),
    "forwards, and overwritten": (
        "10_backward",
        BACKWARD,
        [
            (
                "reversed(list(nx.topological_sort(graph)))",
                "nx.topological_sort(graph)",
            ),
            ("+= part", "= part"),
        ],
        "from the leaves to the loss",
        "with += instead of =",
    ),
    "a sign, and an axis": (
        "09_softmax_vjp",
        VJP,
        [("axis=1", "axis=0"), ("return y", "return -y")],
        "",
        "Once that is mended: ",
    ),
    "a factor, and transposed": (
        "05_delta_rule",
        DELTA,
        [("(y - out)", "2 * (y - out)"), ("(1 - out))", "(1 - out)).T")],
        "Everything is twice too large",
        "is right",
    ),
}


def said(exercise: str, source: str, seed: int = 0) -> str:
    finding = Answer(exercise, "", source).verdict(seed).finding
    return finding.message if finding else ""


@pytest.mark.parametrize("name", TWO)
def test_both_of_two_mistakes_are_named(name: str) -> None:
    exercise, source, changes, known, edit = TWO[name]
    assert said(exercise, source) == ""
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    messages = [said(exercise, source, seed) for seed in (0, 5)]
    for message in messages:
        assert "two things are wrong. " in message
        assert known in message
        assert edit in message
    assert messages[0].splitlines()[:2] == messages[1].splitlines()[:2]


@pytest.mark.parametrize(
    ("exercise", "source"),
    [
        ("09_softmax_vjp", VJP.replace("- (g", "- 2.5 * (g * g")),
        ("14_maxpool_vjp", POOL.replace("argmax()", "ravel()[::-1].argmax()")),
        ("09_softmax_vjp", VJP.replace("(g * y)", "(g * y + 0.3 * g ** 2)")),
        (
            "14_maxpool_vjp",
            POOL.replace("win.argmax()", "win.ravel().argsort()[win.size // 2]"),
        ),
        ("10_backward", BACKWARD.replace("dict.fromkeys(graph, 0.0)", "{}")),
        ("05_delta_rule", DELTA.replace("(y - out)", "abs(y - out)")),
    ],
)
def test_an_edit_that_undoes_what_is_computed_is_no_second_mistake(
    exercise: str, source: str
) -> None:
    message = said(exercise, source)
    assert message
    assert "two things are wrong" not in message


def test_other_wrong_results_are_mentioned() -> None:
    source = """
def matmul_vjp(g, a, b):
    return -g @ b.T, 3 * a.T @ g
"""
    message = said("08_matmul_vjp", source)
    assert message.endswith("\ndL/db is wrong as well")
    right = source.replace("3 * a", "a")
    assert "as well" not in said("08_matmul_vjp", right)


def test_other_wrong_functions_are_mentioned() -> None:
    source = """
import numpy as np

def sigmoid_grad(x):
    s = 1 / (1 + np.exp(-x))
    return 2 * s * (1 - s)

def relu_grad(x):
    return 0 * x
"""
    message = said("02_activation_grads", source)
    assert message.startswith("sigmoid_grad: ")
    assert message.endswith("\nrelu_grad is wrong as well")
    unwritten = source.replace("return 0 * x", "raise NotImplementedError")
    assert "as well" not in said("02_activation_grads", unwritten)
