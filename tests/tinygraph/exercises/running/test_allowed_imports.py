"""What an answer may import, where its exercise says so."""

from dataclasses import replace

import pytest
from shipped import exercise

from tinygraph.exercises.judging.judge import judge
from tinygraph.exercises.judging.verdict import Verdict
from tinygraph.exercises.running.allowed_imports import refusal_of
from tinygraph.exercises.running.job import Limits
from tinygraph.exercises.running.process import run_source
from tinygraph.exercises.student.this_process import ThisProcess

pytestmark = pytest.mark.usefixtures("forked_workers")

NUMPY_ONLY = replace(exercise("09"), imports=("numpy",))
ANYTHING = replace(exercise("09"), imports=None)
RIGHT = "    return y * (g - (g * y).sum(axis=-1, keepdims=True))\n"
SAID = "scipy may not be imported here; allowed besides the standard library: numpy"


def judged(source: str, file: str = "a.py", asked=NUMPY_ONLY) -> Verdict:
    with run_source(source.encode(), file, asked, Limits()) as run:
        return judge(asked, run, 5)


@pytest.mark.parametrize("file", ["a.py", "a.ipynb"])
def test_allowed_packages_and_the_standard_library_can_be_imported(file):
    source = """
from __future__ import annotations
import collections.abc, functools, math
import numpy as np, numpy.linalg
from numpy import random
def softmax_vjp(g, y):
    import itertools
"""
    assert judged(source + RIGHT, file).passed


FORBIDDEN = [
    "import scipy",
    "import math, scipy.special as special",
    "from scipy import special",
    "from scipy.special import softmax",
    "import importlib; importlib.import_module('scipy.special')",
    "from importlib import import_module as get; get('scipy')",
    "__import__('scipy')",
    "exec('import scipy')",
    "exec('import scipy', {})",
    "class A:\n    import scipy",
]


@pytest.mark.parametrize("line", FORBIDDEN)
def test_another_package_is_refused_by_its_name(line):
    verdict = judged(f"{line}\ndef softmax_vjp(g, y):\n{RIGHT}")
    assert (verdict.points, verdict.status) == (0, "error")
    assert SAID in verdict.finding.message


def test_a_module_that_does_not_exist_is_not_called_forbidden():
    verdict = judged("import no_such_module\ndef softmax_vjp(g, y):\n" + RIGHT)
    assert "no_such_module" in verdict.finding.message
    assert "may not be imported" not in verdict.finding.message


def test_torch_does_not_pass_a_vjp_exercise():
    pytest.importorskip("torch")
    source = """
import torch
def softmax_vjp(g, y):
    y = torch.tensor(y, requires_grad=True)
    torch.softmax(y, -1).backward(torch.tensor(g))
    return y.grad.numpy()
"""
    verdict = judged(source, asked=exercise("09"))
    assert "torch may not be imported" in verdict.finding.message


def test_an_import_inside_the_function_is_refused_with_its_line():
    source = "def softmax_vjp(g, y):\n    from scipy import special\n" + RIGHT
    finding = judged(source).finding
    assert SAID in finding.message and finding.line == 2


def test_what_was_refused_cannot_be_used_after_the_error_was_caught():
    source = """
try:
    from scipy.special import softmax
except ImportError:
    pass
def softmax_vjp(g, y):
    return softmax(g)
"""
    assert "softmax" in judged(source).finding.message


def test_a_notebook_may_import_for_other_exercises_but_not_use_it():
    head = "import scipy\nfrom scipy.special import softmax\ndef softmax_vjp(g, y):\n"
    assert judged(head + RIGHT, "a.ipynb").passed
    finding = judged(head + "    return softmax(g)", "a.ipynb").finding
    assert SAID in finding.message and finding.line == 4


def test_without_a_list_everything_can_be_imported():
    source = "import scipy.special\ndef softmax_vjp(g, y):\n" + RIGHT
    assert judged(source, asked=ANYTHING).passed


def test_allowed_packages_import_what_they_need():
    asked = replace(NUMPY_ONLY, imports=("scipy",))
    source = "import scipy.special\ndef softmax_vjp(g, y):\n" + RIGHT
    assert judged(source, asked=asked).passed


@pytest.mark.parametrize(
    ("module", "allowed", "said"),
    [
        ("numpyro", ["numpy"], "numpyro may not"),
        ("scipy.linalg", ["scipy.special"], "scipy.linalg may not"),
        ("scipy.special._basic", ["scipy.special"], ""),
        ("torch.nn", [], "torch may not be imported here; only the standard library"),
        ("torch", None, ""),
        ("torch", ["a", "b", "c"], "standard library: a, b, c"),
    ],
)
def test_which_module_is_refused_and_how(module, allowed, said):
    refused = refusal_of(module, allowed)
    assert said in refused and bool(said) == bool(refused)


def test_tinygraph_can_be_allowed_in_the_same_way():
    asked = replace(NUMPY_ONLY, imports=("numpy", "tinygraph"))
    source = "import tinygraph\ndef softmax_vjp(g, y):\n" + RIGHT
    assert judged(source, asked=asked).passed
    assert "tinygraph may not be used" in judged(source).finding.message


USES = {
    "inside": "def softmax_vjp(g, y):\n    import scipy\n" + RIGHT,
    "deeper": "def softmax_vjp(g, y):\n    def f():\n        import scipy\n" + RIGHT,
    "global": "import scipy\ndef softmax_vjp(g, y):\n    scipy\n" + RIGHT,
    "name": "from scipy.special import logsumexp\n"
    "def softmax_vjp(g, y):\n    logsumexp\n" + RIGHT,
    "helper": "import scipy\ndef f(y): return scipy\n"
    "def softmax_vjp(g, y):\n    f(y)\n" + RIGHT,
}


@pytest.mark.parametrize("source", USES.values(), ids=USES)
def test_a_check_in_a_notebook_says_the_same(source):
    names = {"__name__": "__main__"}
    exec(source, names)
    assert SAID in judge(NUMPY_ONLY, ThisProcess(NUMPY_ONLY, names), 5).finding.message
    assert judge(ANYTHING, ThisProcess(ANYTHING, names), 5).passed


def test_a_check_in_a_notebook_allows_the_same():
    names = {"__name__": "__main__"}
    exec("import math\nimport numpy as np\nimport scipy\nclass A: pass\n", names)
    exec("def softmax_vjp(g, y):\n    math, np.linalg, A()\n" + RIGHT, names)
    assert judge(NUMPY_ONLY, ThisProcess(NUMPY_ONLY, names), 5).passed
