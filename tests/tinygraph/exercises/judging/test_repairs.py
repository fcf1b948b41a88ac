"""One small edit of a student's code that makes it right is found, and is true."""

import ast
import inspect
import textwrap
import warnings

import numpy as np
import pytest
from bank import Answer, Loaded
from shipped import exercise, reference

import tinygraph as tg
from tinygraph.exercises.exercise import CASES
from tinygraph.exercises.judging.edit_names import Names
from tinygraph.exercises.judging.edits import (
    applied,
    code_of,
    functions_of,
    in_words,
    slots_in,
)
from tinygraph.exercises.judging.judge import judge
from tinygraph.exercises.judging.repairs import FOUND, edits_of
from tinygraph.exercises.judging.trial import run_trials
from tinygraph.exercises.running.variants import call_variant

MAXPOOL = """
import numpy as np

def maxpool_vjp(g, x, kh, kw, stride):
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(*g.shape):
        win = x[n, c, i * stride:i * stride + kh, j * stride:j * stride + kw]
        p, q = np.unravel_index(win.argmax(), win.shape)
        dx[n, c, i * stride + p, j * stride + q] += g[n, c, i, j]
    return dx
"""
IM2COL = """
import numpy as np

def im2col(x, kh, kw, stride, pad):
    N, C, H, W = x.shape
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    Ho = (H + 2 * pad - kh) // stride + 1
    Wo = (W + 2 * pad - kw) // stride + 1
    win = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(2, 3))
    win = win[:, :, ::stride, ::stride].transpose(0, 2, 3, 1, 4, 5)
    return win.reshape(N * Ho * Wo, C * kh * kw)
"""
COL2IM = """
import numpy as np

def col2im(cols, x_shape, kh, kw, stride, pad):
    N, C, H, W = x_shape
    Ho = (H + 2 * pad - kh) // stride + 1
    Wo = (W + 2 * pad - kw) // stride + 1
    dx = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    r = 0
    for n in range(N):
        for i in range(Ho):
            for j in range(Wo):
                rows = slice(i * stride, i * stride + kh)
                columns = slice(j * stride, j * stride + kw)
                dx[n, :, rows, columns] += cols[r].reshape(C, kh, kw)
                r += 1
    return dx[:, :, pad:pad + H, pad:pad + W]
"""
SOFTMAX_VJP = """
def weighted(g, y):
    return (g * y).sum(axis=1, keepdims=True)

def softmax_vjp(g, y):
    return y * (g - weighted(g, y))
"""
SOFTMAX = """
import numpy as np

def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
"""
BACKWARD = """
import networkx as nx

def backward(graph, loss):
    grads = {loss: 1.0}
    for n in reversed(list(nx.topological_sort(graph))):
        if n in grads and graph.nodes[n]["parents"]:
            node = graph.nodes[n]
            for p, part in zip(node["parents"], node["vjp"](grads[n])):
                grads[p] = grads.get(p, 0.0) + part
    return grads
"""
LOOP = "    r = 0\n    for n in range(N):\n"
OTHER_LOOP = "    for n in range(N):\n        r = 0\n"
PLANTED = {  # what is right, what is there instead, and what must be said
    "a name": (IM2COL, "(kh, kw)", "(kw, kh)", "kh and kw swapped"),
    "a transpose": (IM2COL, ".transpose(0, 2, 3, 1, 4, 5)", "", "moveaxis(win"),
    "a window": (MAXPOOL, "stride + kh,", "stride + kh - 1,", "`i * stride + kh` inst"),
    "an offset": (
        MAXPOOL,
        "j * stride + q]",
        "j * stride + q - 1]",
        "`j * stride + q`",
    ),
    "both windows": (IM2COL, "stride + 1\n", "stride\n", "lines 7, 8: with"),
    "a counter": (COL2IM, "                r += 1\n", "", "with `r += 1` after it"),
    "a loop": (COL2IM, LOOP, OTHER_LOOP, "with `r = 0` before the loop"),
    "an extra line": (
        MAXPOOL,
        "    return",
        "    dx /= kh\n    return",
        "without `dx /=",
    ),
    "a size": (COL2IM, "cols[r]", "cols[n * Ho + i * Wo + j]", "`n * (Ho * Wo)`"),
    "a step": (IM2COL, "::stride]", "::1]", "`::stride` instead of `::1`"),
    "a term": (SOFTMAX_VJP, "(g - weighted", "(weighted", "`g - (g * y).sum("),
    "a square": (
        SOFTMAX_VJP,
        "return y *",
        "return y ** 2 *",
        "`y` instead of `y ** 2`",
    ),
    "a helper": (SOFTMAX_VJP, "(g * y)", "(g - y)", "line 3: with `g * y` instead"),
    "a function": (SOFTMAX_VJP, ".sum(", ".prod(", "`(g * y).sum` instead"),
    "an axis": (
        MAXPOOL,
        "win = x[n, c, i * stride:i * stride + kh, j * stride:j * stride + kw]",
        "win = x[n, :, i * stride:i * stride + kh, j * stride:j * stride + kw].max(0)",
        "with `x[n, c, i * stride",
    ),
    "what is returned": (MAXPOOL, "return dx", "return list(win)", "with `dx` instead"),
    "one row": (SOFTMAX, "e.sum(axis=1, keepdims=True)", "e[0].sum()", "with `e.sum("),
    "a product": (
        BACKWARD,
        "grads.get(p, 0.0) + part",
        "grads.get(p, 0.0) * part",
        "with `grads.get(p, 0.0) + part`",
    ),
}
# Where the edit is.  Two mistakes may be mended elsewhere as well: a transpose one line
# below, where the windows are read, and a term in the helper.
LINES = {
    "a name": "line 9",
    "a transpose": "line 11",
    "a window": "line 7",
    "an offset": "line 9",
    "both windows": "lines 7, 8",
    "a counter": "line 15",
    "a loop": "line 10",
    "an extra line": "line 10",
    "a size": "line 15",
    "a step": "line 10",
    "a term": "line 3",
    "a square": "line 6",
    "a helper": "line 3",
    "a function": "line 3",
    "an axis": "line 7",
    "what is returned": "line 10",
    "one row": "line 6",
    "a product": "line 10",
}
NUMBERS = {
    IM2COL: "11_im2col",
    COL2IM: "12_col2im",
    MAXPOOL: "14_maxpool_vjp",
    SOFTMAX_VJP: "09_softmax_vjp",
    SOFTMAX: "03_softmax",
    BACKWARD: "10_backward",
}


def said(whole: str, source: str) -> str:
    finding = Answer(NUMBERS[whole], "", source).verdict().finding
    return finding.message if finding else ""


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_mistake_is_named_with_its_line(kind: str) -> None:
    whole, right, wrong, expected = PLANTED[kind]
    assert said(whole, whole) == ""
    source = whole.replace(right, wrong)
    message = said(whole, source)
    assert expected in message
    assert "the result is right" in message
    assert f": {LINES[kind]}: " in message
    assert said(whole, source) == message  # the same each time


class Counted(Loaded):
    """Counts the variants that are run."""

    count = 0

    def call_variant(self, functions, name, inputs):
        self.count += 1
        return super().call_variant(functions, name, inputs)


def test_edits_of_equal_files_are_tried_once():
    wrong = SOFTMAX_VJP.replace("(g * y)", "(g * g)").replace("weighted", "mixed")
    counts, lines = [], []
    for seed, source in enumerate([wrong, f"# mine\n{wrong}\n# ready", wrong]):
        run = Counted(Answer("09_softmax_vjp", "", source))
        finding = judge(exercise("09"), run, seed).finding
        lines.append(finding.message.partition("`")[0])
        counts.append(run.count)
    assert lines == [f"softmax_vjp: line {n}: with " for n in (3, 4, 3)]
    assert counts[0] > 60
    assert counts[1] == counts[2] == CASES


def test_what_is_found_does_not_depend_on_the_seed():
    wrong = IM2COL.replace("stride + 1\n", "stride\n")
    answer = Answer("11_im2col", "", wrong)
    found = {answer.verdict(seed).finding.message.partition("\n")[0] for seed in (1, 9)}
    FOUND.clear()
    found |= {answer.verdict(seed).finding.message.partition("\n")[0] for seed in (9,)}
    assert len(found) == 1


def test_two_mistakes_are_not_called_one() -> None:
    source = MAXPOOL.replace("argmax()", "argmin()").replace("+= g", "+= 2.5 * g")
    message = said(MAXPOOL, source)
    assert "two things are wrong. You send the gradient to the smallest" in message
    assert "Once that is mended: line 9: with `g[n, c, i, j]` instead of" in message


def test_an_edit_that_helps_in_all_but_corner_cases_is_named_with_their_number() -> (
    None
):
    source = SOFTMAX.replace("np.exp(z - z.max", "(z - z.min")
    message = said(SOFTMAX, source)
    assert "line 5: with `np.exp(z - z.min(axis=1, keepdims=True))` instead" in message
    assert "the result is right in 11 of 12 cases" in message
    with_it = SOFTMAX.replace("z.max", "z.min")
    trials = run_trials(exercise("03"), Loaded(Answer("03_softmax", "", with_it)), 0)
    assert [trial.passed for trial in trials].count(True) == 11


def test_an_edit_that_helps_only_in_the_cases_of_one_seed_is_not_named() -> None:
    source = SOFTMAX_VJP.replace("y * (g", "(y + 1e-3 * (g > 9)) * (2 * g - g")
    assert "`g`" not in said(SOFTMAX_VJP, source)


@pytest.mark.parametrize("number", ["01", "05", "10", "13"])
def test_edits_leave_the_code_as_it_was(number: str) -> None:
    function = next(iter(exercise(number).references))
    source = textwrap.dedent(inspect.getsource(reference(number, function)))
    functions = functions_of(source, function)
    before, count = code_of(functions), 0
    for edit in edits_of(functions):
        try:
            with applied(edit):
                changed = code_of(functions)
        except (SyntaxError, ValueError):
            continue
        ast.parse(changed)
        words = in_words(edit)
        assert words["old"]
        assert edit.said.format(**words)
        assert code_of(functions) == before
        count += 1
    assert count > 40


def test_helpers_are_edited_and_other_functions_are_not() -> None:
    source = SOFTMAX_VJP + "\ndef unused(g):\n    return g\n"
    found = [function.name for function in functions_of(source, "softmax_vjp")]
    assert found == ["softmax_vjp", "weighted"]
    assert functions_of("def broken(:", "broken") == []


def test_names_are_related_where_they_appear_side_by_side() -> None:
    function = functions_of(MAXPOOL, "maxpool_vjp")[0]
    names = Names(function)
    assert names.arguments == ["g", "x", "kh", "kw", "stride"]
    assert "q" in names.related("p")
    assert "win" not in names.related("kh")
    assert {slot.text for slot in slots_in(function)} >= {"win.argmax()", "dx"}
    function = functions_of("def f(x):\n    xp = x + 1\n    return xp\n", "f")[0]
    assert Names(function).related("x") == ["xp"]


def test_a_variant_that_never_ends_is_stopped_after_some_lines() -> None:
    endless = "def f(x):\n    while True:\n        x = x + 1\n"
    caught = endless.replace("        x = x + 1", "        try:\n            x += 1\n")
    caught += "        except BaseException:\n            pass\n"
    for source in (endless, caught, "def f(x):\n    return x +"):
        assert call_variant(source, {}, "f", (1.0,)).failure
    right = call_variant("def f(x):\n    return two * x\n", {"two": 2.0}, "f", (3.0,))
    assert np.array_equal(right.results[0], 6.0)


def test_a_variant_leaves_modules_as_they_were():
    function = tg.relu
    text = "def f(x):\n    tg.relu = None\n    tg.grad = None\n    tg.more = 1\n"
    call_variant(text, {"tg": tg}, "f", [1])
    assert tg.relu is function and callable(tg.grad) and not hasattr(tg, "more")


def test_a_variant_says_nothing_of_what_python_warns_about():
    text = "def f(x):\n    return x if x is 1.5 else (1 is 2)\n"
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        outcome = call_variant(text, {}, "f", [1.0])
    assert not said and outcome.results[0] == 0.0


COLUMN = """
import numpy as np

def matmul_vjp(g, a, b):
    da = np.zeros(a.shape)
    for n in range(a.shape[0]):
        da[:, 0] += g[n, 0]
    return da, a.T @ g
"""


def test_an_index_of_slices_is_no_expression_and_ends_no_search():
    """A tuple of slices can be written between brackets only."""
    verdict = Answer("08_matmul_vjp", "", COLUMN).verdict()
    assert verdict.finding is not None and verdict.points < exercise("08").points
