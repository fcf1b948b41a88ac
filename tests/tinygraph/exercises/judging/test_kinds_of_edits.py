"""Each kind of small edit finds its mistake, and says something true about it."""

import ast

import pytest
from bank import Answer, Loaded
from shipped import exercise

from tinygraph.exercises.judging.edit_kinds import edits_of
from tinygraph.exercises.judging.edit_names import Names
from tinygraph.exercises.judging.edit_texts import Texts
from tinygraph.exercises.judging.edits import Edit, applied, code_of, functions_of
from tinygraph.exercises.judging.index_rules import words_like
from tinygraph.exercises.judging.judge import judge
from tinygraph.exercises.running.outcome import Outcome

DESCEND = """
import numpy as np

def descend(grad, x0, lr, steps):
    x = x0
    path = [x]
    for _ in range(steps):
        x = x - lr * grad(x)
        path.append(x)
    return np.array(path)
"""
DELTA_RULE = """
import numpy as np

def sigmoid(v):
    return 1 / (1 + np.exp(-v))

def delta_rule(a, W, y):
    dW = np.zeros(W.shape)
    for i in range(len(y)):
        total = 0
        for j in range(len(a)):
            total += W[j, i] * a[j]
        out = sigmoid(total)
        dW[:, i] = -a * (y[i] - out) * out * (1 - out)
    return dW
"""
NUMERIC = """
import numpy as np

def numeric_gradient(f, x, eps):
    g = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        s = np.zeros(x.shape)
        s[i] = eps
        g[i] = (f(x + s) - f(x - s)) / (2 * eps)
    return g
"""
SUM_TO = """
def sum_to(g, shape):
    new = tuple(range(g.ndim - len(shape)))
    ones = tuple(g.ndim - len(shape) + i for i, n in enumerate(shape) if n == 1)
    return g.sum(axis=new + ones).reshape(shape)
"""
MATMUL = """
import numpy as np

def matmul_vjp(g, a, b):
    return np.einsum("nm,km->nk", g, b), np.einsum("nk,nm->km", a, g)
"""
BACKWARD = """
import networkx as nx

def backward(graph, loss):
    grads = {n: 0.0 for n in graph}
    grads[loss] = 1.0
    for n in reversed(list(nx.topological_sort(graph))):
        at = graph.nodes[n]
        for p, part in zip(at["parents"], at["vjp"](grads[n])):
            if p in graph:
                grads[p] = grads[p] + part
    return grads
"""
IM2COL = """
import numpy as np

def im2col(x, kh, kw, stride, pad):
    N, C, H, W = x.shape
    Ho = (H + 2 * pad - kh) // stride + 1
    Wo = (W + 2 * pad - kw) // stride + 1
    out = np.zeros((N, Ho, Wo, C, kh, kw))
    for i in range(Ho):
        for j in range(Wo):
            for p in range(kh):
                for q in range(kw):
                    r, s = i * stride - pad + p, j * stride - pad + q
                    if 0 <= r < H and 0 <= s < W:
                        out[:, i, j, :, p, q] = x[:, :, r, s]
    return out.reshape(N * Ho * Wo, C * kh * kw)
"""
COL2IM = """
import numpy as np

def col2im(cols, x_shape, kh, kw, stride, pad):
    N, C, H, W = x_shape
    Ho = (H + 2 * pad - kh) // stride + 1
    Wo = (W + 2 * pad - kw) // stride + 1
    cols = cols.reshape(N, Ho, Wo, C, kh, kw).transpose(0, 3, 1, 2, 4, 5)
    dx = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    for p in range(kh):
        for q in range(kw):
            rows = slice(p, p + stride * Ho, stride)
            dx[:, :, rows, q:q + stride * Wo:stride] += cols[:, :, :, :, p, q]
    return dx[:, :, pad:pad + H, pad:pad + W]
"""
CONV = """
import numpy as np

def conv_vjp(g, x, w, stride, pad):
    N, C, H, W = x.shape
    O, _, kh, kw = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx, dw, db = np.zeros_like(xp), np.zeros_like(w), np.zeros(O)
    for n in range(N):
        for o in range(O):
            for i in range(g.shape[2]):
                for j in range(g.shape[3]):
                    a, b = i * stride, j * stride
                    win = np.s_[n, :, a:a + kh, b:b + kw]
                    dw[o] += g[n, o, i, j] * xp[win]
                    dx[win] += g[n, o, i, j] * w[o]
                    db[o] += g[n, o, i, j]
    return dx[:, :, pad:pad + H, pad:pad + W], dw, db
"""
MAXPOOL = """
import numpy as np

def maxpool_vjp(g, x, kh, kw, stride):
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*g.shape):
        best, where = -np.inf, (0, 0)
        for p in range(kh):
            for q in range(kw):
                value = x[n, c, i * stride + p, j * stride + q]
                if value > best:
                    best, where = value, (p, q)
        dx[n, c, i * stride + where[0], j * stride + where[1]] += g[n, c, i, j]
    return dx
"""
RELU = """
import numpy as np

def sigmoid_grad(x):
    s = 1 / (1 + np.exp(-x))
    return s * (1 - s)

def relu_grad(x):
    y = x.copy()
    y[y < 0] = 0
    y[y > 0] = 1
    return y
"""
SOFTMAX = """
import numpy as np

def softmax(z):
    out = np.zeros_like(z)
    for i in range(len(z)):
        e = np.exp(z[i] - np.max(z[i]))
        out[i] = e / e.sum()
    return out
"""
SOFTMAX_VJP = """
def softmax_vjp(g, y):
    s = (g * y).sum(axis=1)
    return y * (g - s[:, None])
"""
MSE = """
import numpy as np

def mse(target, output):
    return 0.5 * np.sum((target - output) ** 2)
"""
BRANCHES = """    y = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        if x[i] > 0:
            y[i] = 1
        else:
            y[i] = 0
"""
PAIRS = """
import numpy as np

def softmax_vjp(g, y):
    out = np.zeros(y.shape)
    for n in range(y.shape[0]):
        for j in range(y.shape[1]):
            for i in range(y.shape[1]):
                out[n, j] += g[n, i] * y[n, i] * ((i == j) - y[n, j])
    return out
"""
NOTHING = Edit(())
SOURCES = {
    "01_mse": MSE,
    "02_activation_grads": RELU,
    "03_softmax": SOFTMAX,
    "04_descend": DESCEND,
    "05_delta_rule": DELTA_RULE,
    "06_numeric_gradient": NUMERIC,
    "07_sum_to": SUM_TO,
    "08_matmul_vjp": MATMUL,
    "09_softmax_vjp": SOFTMAX_VJP,
    "10_backward": BACKWARD,
    "11_im2col": IM2COL,
    "12_col2im": COL2IM,
    "13_conv_vjp": CONV,
    "14_maxpool_vjp": MAXPOOL,
}
OUT = "            out[i] = e / e.sum()"
DB = "                    db[o] += g[n, o, i, j]\n"
KINDS = {  # what is right, what is there instead, and what must be said
    "brackets around a difference": (
        DESCEND,
        "x - lr * grad(x)",
        "(x - lr) * grad(x)",
        "line 8: with `x - lr * grad(x)` instead of `(x - lr) * grad(x)`",
    ),
    "brackets missing": (
        NUMERIC,
        "(f(x + s) - f(x - s)) / (2 * eps)",
        "f(x + s) - f(x - s) / (2 * eps)",
        "line 9: with `(f(x + s) - f(x - s)) / (2 * eps)`",
    ),
    "brackets missing in a slope": (
        DELTA_RULE,
        "(1 - out)",
        "1 - out",
        "* out * (1 - out)` instead of",
    ),
    "a square outside of a sum": (
        SOFTMAX.replace("e.sum()", "np.sum(e)"),
        "np.exp(z[i] - np.max(z[i]))",
        "np.exp(z[i]) - np.max(z[i])",
        "np.exp(z[i] - np.max(z[i]))` instead of",
    ),
    "clipped": (
        DESCEND,
        "* grad(x)",
        "* np.clip(grad(x), -1, 1)",
        "with `grad(x)` instead of `np.clip(grad(x), -1, 1)`",
    ),
    "the same function twice": (
        SOFTMAX,
        "np.exp(z[i] - np.max(z[i]))",
        "np.exp(np.abs(z[i]) - np.max(np.abs(z[i])))",
        "with `e = np.exp(z[i] - np.max(z[i]))` instead of",
    ),
    "a condition": (
        BACKWARD,
        "if p in graph:",
        "if p not in graph or p == loss:",
        "if what is below `if p not in graph or p == loss:` is done in every case",
    ),
    "a condition too many": (
        BACKWARD,
        "if p in graph:",
        'if at["name"] != "u":',
        "if what is below `if at['name'] != 'u':` is done in every case",
    ),
    "two strict comparisons": (
        IM2COL,
        "0 <= r < H and 0 <= s < W",
        "0 < r < H and 0 < s < W",
        "line 14: with `if 0 <= r < H and 0 <= s < W:`",
    ),
    "one bound for both": (
        IM2COL,
        "0 <= s < W",
        "0 <= s <= r < W",
        "the result is right",
    ),
    "brackets of two offsets": (
        IM2COL,
        "i * stride - pad + p, j * stride - pad + q",
        "(i - pad) * stride + p, (j - pad) * stride + q",
        "(i * stride - pad + p, j * stride - pad + q)` instead of",
    ),
    "rounded numbers of windows": (
        IM2COL,
        "(H + 2 * pad - kh) // stride + 1\n    Wo = (W + 2 * pad - kw) // stride + 1",
        "round((H + 2 * pad - kh) / stride) + 1\n"
        "    Wo = round((W + 2 * pad - kw) / stride) + 1",
        "lines 6, 7: with `(H + 2 * pad - kh) // stride` instead of `round(",
    ),
    "heights and widths in two lines": (
        COL2IM,
        "pad - kh) // stride + 1\n    Wo = (W + 2 * pad - kw)",
        "pad - kw) // stride + 1\n    Wo = (W + 2 * pad - kh)",
        "lines 6, 7: with kh and kw swapped",
    ),
    "the padding counted once": (
        COL2IM,
        "Ho = (H + 2 * pad - kh) // stride + 1\n    Wo = (W + 2 * pad",
        "Ho = (H + pad - kh) // stride + 1\n    Wo = (W + pad",
        "lines 6, 7: with `2 * pad` instead of `pad`",
    ),
    "both signs of a slice": (
        COL2IM,
        "pad:pad + H, pad:pad + W",
        "pad:H - pad, pad:W - pad",
        "`return dx[:, :, pad:H + pad, pad:W + pad]` instead of",
    ),
    "one side of a slice": (
        COL2IM,
        "pad:pad + W]",
        ":W]",
        "with `pad:pad + W` instead of `:W`",
    ),
    "three axes": (
        COL2IM,
        "transpose(0, 3, 1, 2, 4, 5)",
        "transpose(0, 1, 2, 3, 4, 5)",
        "transpose(0, 3, 1, 2, 4, 5)` instead of",
    ),
    "letters of einsum": (
        MATMUL,
        "nk,nm->km",
        "nk,mn->km",
        "line 5: with `np.einsum('nk,nm->km', a, g)` instead of `np.einsum('nk,mn->km'",
    ),
    "a counter after its loop": (
        CONV,
        DB,
        DB[4:],
        "at the end of the loop `for j in range(g.shape[3]):` instead of after it",
    ),
    "a start before its loops": (
        MAXPOOL,
        "    for n, c, i, j in np.ndindex(*g.shape):\n        best, where",
        "    best, where = -np.inf, (0, 0)\n"
        "    for n, c, i, j in np.ndindex(*g.shape):\n        size, corner",
        "at the beginning of the loop `for n, c, i, j in np.ndindex(*g.shape):`",
    ),
    "a maximum that begins with 0": (
        MAXPOOL.replace("best, where = -np.inf, (0, 0)", "best = -np.inf").replace(
            "if value > best:\n                    best, where = value, (p, q)",
            "if value > best:\n                    best = value\n"
            "                    where = p, q",
        ),
        "best = -np.inf",
        "best, where = 1.0, (0, 0)",
        "with `best, where = (-np.inf, (0, 0))` instead of",
    ),
    "ranges from 1": (
        MAXPOOL,
        "range(kh):\n            for q in range(kw)",
        "range(1, kh):\n            for q in range(1, kw)",
        "lines 8, 9: with `0` instead of `1`, and the same in all of these lines",
    ),
    "a swap on one side": (
        IM2COL,
        "- pad + p, j * stride - pad + q",
        "- pad + q, j * stride - pad + p",
        "line 13: with p and q swapped",
    ),
    "a whole array instead of an element": (
        NUMERIC,
        "g[i] = (f",
        "g += (f",
        "with `g[i] += (f(x + s) - f(x - s)) / (2 * eps)` instead of `g +=",
    ),
    "an axis without the new ones": (
        SUM_TO,
        "g.ndim - len(shape) + i for",
        "i for",
        "with `(g.ndim - len(shape) + i for i, n in",
    ),
    "a factor of an element": (
        DELTA_RULE,
        "W[j, i] * a[j]",
        "W[j, i]",
        "with `W[j, i] * a[j]` instead of `W[j, i]`",
    ),
    "another index": (
        DELTA_RULE,
        "(y[i] - out)",
        "(y[i - 1] - out)",
        "line 14: with `i` instead of `i - 1`",
    ),
    "a row instead of a column": (
        SOFTMAX_VJP,
        "s[:, None]",
        "s[0]",
        "with `s[:, None]` instead of `s[0]`",
    ),
    "a maximum instead of a sum": (
        BACKWARD,
        "grads[p] + part",
        "max(grads[p], part)",
        "with `grads[p] + part` instead of `max(grads[p], part)`",
    ),
    "two numbers": (
        RELU,
        "y[y < 0] = 0\n    y[y > 0] = 1",
        "y[y < 0] = 1\n    y[y > 0] = 0",
        "lines 10, 11: with `0` in the first and `1` in the second line",
    ),
    "a line that was copied": (
        COL2IM,
        "Wo = (W + 2 * pad - kw) // stride + 1",
        "Wo = (H + 2 * pad - kh) // stride + 1",
        "line 7: with `Wo = (W + 2 * pad - kw) // stride + 1` instead of",
    ),
    "a word of another library": (
        SOFTMAX_VJP.replace("axis=1)", "axis=1, keepdims=True)").replace(
            "s[:, None]", "s"
        ),
        "keepdims",
        "keepdim",
        "keepdims=True)` instead of",
    ),
    "a tuple before another": (
        SUM_TO,
        "axis=new + ones).reshape(shape)",
        "axis=new + ones).reshape(shape[:0] + shape[1:] + shape[:1])",
        "the result is right",
    ),
    "a constant instead of an element": (
        BACKWARD.replace("        at", "        if not grads[n]: continue\n        at"),
        'at["vjp"](grads[n])',
        'at["vjp"](1.0)',
        """with `at['vjp'](grads[n])` instead of `at['vjp'](1.0)`""",
    ),
    "a result that is not stored": (
        SOFTMAX_VJP.replace(
            "\n    return", "\n    s = s.reshape(-1, 1)\n    return"
        ).replace("s[:, None]", "s"),
        "    s = s.reshape(-1, 1)",
        "    s.reshape(-1, 1)",
        "the result is right",
    ),
    "a branch too many": (
        RELU.replace(
            "    y = x.copy()\n    y[y < 0] = 0\n    y[y > 0] = 1\n", BRANCHES
        ),
        "        else:\n            y[i] = 0\n",
        "        elif x[i] < -1:\n            y[i] = 1\n",
        "line 13: without `if x[i] < -1:` and what is below it",
    ),
    "half a step twice": (
        NUMERIC.replace("f(x + s) - f(x - s)", "f(x + s / 1) - f(x - s / 1)"),
        "f(x + s / 1) - f(x - s / 1)",
        "f(x + s / 2) - f(x - s / 2)",
        "f(x + s) - f(x - s)) / (2 * eps)` instead of",
    ),
    "a range that ends too early": (
        PAIRS,
        "for i in range(y.shape[1])",
        "for i in range(j + 1)",
        "line 8: with `y.shape[1]` instead of `j + 1`",
    ),
    "a negative number": (
        DESCEND,
        "path.append(x)\n    return np.array(path)",
        "path.append(x)\n    return np.array(path[:-1] + path[-2:-1])",
        "the result is right",
    ),
}


def first(source: str) -> str:
    """The name of the first function of a file."""
    return source.partition("def ")[2].partition("(")[0]


def said(source: str, whole: str) -> str:
    number = next(n for n, text in SOURCES.items() if first(text) == first(whole))
    finding = Answer(number, "", source).verdict().finding
    return finding.message if finding else ""


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_edit_finds_its_mistake(kind):
    whole, right, wrong, expected = KINDS[kind]
    assert right in whole
    message = said(whole.replace(right, wrong, 1), whole)
    sentence = message.partition("\n")[0]
    assert expected in message
    assert "the result is right" in sentence and "cases;" not in sentence


@pytest.mark.parametrize("number", SOURCES)
def test_right_answers_of_these_kinds_pass(number):
    assert Answer(number, "", SOURCES[number]).verdict().finding is None


@pytest.mark.parametrize("number", ["07_sum_to", "10_backward", "13_conv_vjp"])
def test_code_that_is_written_statement_by_statement_is_the_same(number):
    source = SOURCES[number]
    functions = functions_of(source, number[3:])
    texts, count = Texts(functions), 0
    for edit in [None, *edits_of(functions)]:
        try:
            with applied(edit) if edit else applied(NOTHING):
                own, whole = texts.code(edit), code_of(functions)
        except (SyntaxError, ValueError):
            continue
        if lines_of(own) != lines_of(whole):
            try:
                right = ast.dump(ast.parse(whole))
            except SyntaxError:
                continue
            assert ast.dump(ast.parse(own)) == right
        count += 1
    assert count > 100


def lines_of(code):
    return [line for line in code.splitlines() if line]


def test_names_of_other_kinds_are_not_taken_for_each_other():
    function = functions_of(BACKWARD, "backward")[0]
    kinds = {"graph": "MultiDiGraph", "loss": "number"}
    assert "loss" in Names(function).related("graph")
    assert "loss" not in Names(function, kinds).related("graph")


def test_words_of_einsum_with_other_letters():
    assert list(words_like("ab", "abc")) == ["ba", "cb", "ac"]


ENDLESS = """
def sum_to(g, shape):
    while g.ndim > len(shape):
        g.sum(axis=0)
    return g
"""
FIXED_STRIDE = """
import numpy as np

def maxpool_vjp(g, x, kh, kw, stride):
    N, C, Ho, Wo = g.shape
    windows = x.reshape(N, C, Ho, kh, Wo, kw)
    largest = windows == windows.max(axis=(3, 5), keepdims=True)
    return (largest * g[:, :, :, None, :, None]).reshape(x.shape)
"""


class Endless(Loaded):
    """Every call takes too long."""

    def __call__(self, name, inputs):
        return Outcome(failure="timeout", message="not done after 10 seconds")


def test_a_result_that_is_lost_is_named_in_a_loop_that_never_ends():
    finding = judge(exercise("07"), Endless(Answer("07_sum_to", "", ENDLESS)), 0)
    assert finding.finding.message == (
        "sum_to: line 4: `g.sum(axis=0)` does not change g: write `g = g.sum(axis=0)`"
        "\nnot done after 10 seconds"
    )


def test_an_argument_that_is_never_read_is_named():
    finding = Answer("14_maxpool_vjp", "", FIXED_STRIDE).verdict().finding
    assert finding.message.startswith("maxpool_vjp: stride is never used\n")


def test_a_stub_is_not_told_that_it_uses_nothing():
    finding = Answer("14_maxpool_vjp", "", exercise("14").stub()).verdict().finding
    assert "never used" not in finding.message


def test_an_edit_that_explains_an_error_leaves_no_guess():
    source = DELTA_RULE.replace("W[j, i] * a[j]", "W[i, j] * a[j]")
    message = said(source, DELTA_RULE)
    assert "with `W[j, i]` instead of `W[i, j]`, the result is right\nIndexError" in (
        message
    )
    assert "one step too far" not in message


def test_a_list_is_not_put_into_itself():
    source = DESCEND.replace("path = [x]", "path = []").replace("x - lr", "x + lr")
    assert "one element is missing" in said(source, DESCEND)


FLATTENED = """
import numpy as np

def numeric_gradient(f, x, eps):
    flat, g = x.ravel(), np.zeros(x.size)
    for i in range(x.size):
        s = np.zeros(x.size)
        s[i] = eps
        g[i] = (f(flat + s) - f(flat - s)) / (2 * eps)
    return g.reshape(x.shape)
"""


def test_a_function_of_a_matrix_is_not_called_with_a_vector():
    finding = Answer("06_numeric_gradient", "", FLATTENED).verdict().finding
    assert "f gets an array of shape (6,), but x has shape (2, 3)" in finding.message


DIVIDED = """
import numpy as np

def delta_rule(a, W, y):
    out = 1 / (1 + np.exp(-(a @ W)))
    delta = (y - out) * out * (1 - out)
    scale = W + 0.0
    return -np.outer(a, delta) * (scale * scale.mean() / scale.mean())
"""


def test_an_edit_that_only_undoes_another_factor_is_no_half_remedy():
    """W has zeros in the corner cases: there, dividing by W gives NaN."""
    message = said(DIVIDED, DELTA_RULE)
    assert "of 12 cases; in the others" not in message
    assert " / W" not in message.partition("instead")[0]


def test_a_wrong_shape_in_a_corner_case_does_not_hide_wrong_numbers():
    source = DESCEND.replace("range(steps)", "range(steps - 1)").replace(
        "    return", "    path.append(path[-1] + 0 * lr)\n    return"
    )
    message = said(source, DESCEND)
    assert "once too often" not in message
    assert message.startswith("The last point is there twice")
