"""The selftest finds what is wrong with an exercise."""

import time

import pytest

from tinygraph.errors import ArgumentError
from tinygraph.exercises.authoring.selftest import find_faults
from tinygraph.exercises.exercise import load

GOOD = '''"""Twice and once more

Return 2 x^2."""

import numpy as np

POINTS = 2
CORNERS = 1
HINTS = ["Think of a square.", "Think of two.", "Think of both."]


def twice_vjp(g, x):
    """g, x: arrays of the same shape. Return dL/dx."""
    return 4.0 * g * x


def forward(x):
    return 2.0 * x**2


def cases(rng, k):
    return rng.normal(size=3), rng.normal(size=3) + 5.0


def wrong_half(g, x):
    """Half of it: {yours:.3g}, right is {right:.3g}."""
    return 2.0 * g * x


def wrong_g(g, x):
    """You return g."""
    return g
'''
CLOCK = "return np.random.normal(size=3), rng"
BAD = {  # what is replaced, by what, and what is said of it
    "imports": (
        "    return 4.0 * g * x\n",
        "    import scipy\n    return 4.0 * g * x\n\n\nIMPORTS = ['numpy']\n",
        "the reference needs what IMPORTS does not allow: scipy may not",
    ),
    "unknown constant": ("CORNERS = 1", "CORNER = 1", "did you mean CORNERS?"),
    "no tuple": (
        "return rng.normal(size=3), rng.normal(size=3) + 5.0",
        "return [rng.normal(size=3), rng.normal(size=3) + 5.0]",
        "cases returns 1 input in case 0, but twice_vjp takes g, x: return a tuple",
    ),
    "no data": (
        "rng.normal(size=3) + 5.0",
        "{1, 2}",
        "an input in case 0 that is not data: set cannot be sent",
    ),
    "forward's arguments": (
        "def forward(x):\n    return 2.0 * x**2",
        "def forward(x, other):\n    return 2.0 * x**2",
        "forward has an argument 'other', which twice_vjp does not have",
    ),
    "reference": (
        "4.0 * g * x",
        "5.0 * g * x",
        "is not the derivative of forward",
    ),
    "fails": ("return 4.0 * g * x", "return g.nothing", "the reference fails"),
    "in place": ("    return 4.0 * g", "    g *= 1.5\n    return 4 * g", "changes its"),
    "infinite": ("return 4.0 * g * x", "return g / 0.0", "NaN or infinity"),
    "forward": ("2.0 * x**2", "x.nothing", "forward fails: AttributeError"),
    "shape": ("2.0 * x**2", "x.sum()", "forward returns shape ()"),
    "not rejected": ("return 2.0 * g * x", "return g * x * 4", "is not rejected"),
    "by chance": (
        "return 2.0 * g * x",
        "return g * x * (4 + (x[0] > 6))",
        "is not rej",
    ),
    "luck": (
        "return 2.0 * g * x",
        "return g * x * (4 - (x[0] < 5))",
        "the points of wrong_half depend on the seed, ",
    ),
    "same": ("return g\n", "return x * g * 2\n", "cannot be told apart"),
    "hint": ('"Think of two."', '"Return 4.0 * g*x there."', "hint 2 contains a line"),
    "hints": (', "Think of both."', "", "there are 2 hints"),
    "statement": ("\n\nReturn 2 x^2.", "", "there is no statement"),
    "docstring": (
        '    """g, x: arrays of the same shape. Return dL/dx."""\n',
        "",
        "no doc",
    ),
    "message": ('    """You return g."""\n', "", "wrong_g has no docstring"),
    "field": ("{yours:.3g}", "{mine}", "unknown fields ['mine']"),
    "format": ("{yours:.3g}", "{yours:.3q}", "cannot be formatted"),
    "brace": ("{yours:.3g}", "{yours", "cannot be formatted"),
    "points": ("POINTS = 2", "POINTS = 0", "POINTS must be above 0"),
    "quarters": ("POINTS = 2", "POINTS = 4.25", "given in halves: write 4 or 4.5"),
    "title": ("more\n\nReturn", "more\nReturn", "the title is not alone"),
    "helper": (
        "def cases",
        'def square(x):\n    """x: array."""\n    return x * x\n\n\ndef cases',
        "or call it _square if students do not write it",
    ),
    "no element": (
        "    return 2.0 * g * x",
        "    return 2.0 * g[:2] * x[:2]",
        "wrong_half mentions {yours} and {right}, NaN in case 0",
    ),
    "corners": ("CORNERS = 1", "CORNERS = 12", "CORNERS must be from 0 to 11"),
    "empty hint": ('"Think of two."', '" "', "hint 2 is empty"),
    "after": (
        "CORNERS = 1",
        "AFTER = ['01_mse', '01_twice']",
        "AFTER names '01_twice'",
    ),
    "always fails": (
        "return g\n",
        "return g.nothing\n",
        "wrong_g fails in every case: AttributeError",
    ),
    "not repeated": (
        "return rng.normal(size=3), rng",
        CLOCK,
        "the second time in case",
    ),
    "not drawn": (
        "return rng.normal(size=3), rng",
        "rng = np.random.default_rng(k)\n    return rng.normal(size=3), rng",
        "the same for every seed",
    ),
    "cases": ("rng.normal(size=3), rng", "rng.nothing(3), rng", "cannot be made"),
}


def problems(tmp_path, source):
    path = tmp_path / "01_twice.py"
    path.write_text(source)
    return find_faults(load(path), seeds=20)


def test_a_good_exercise_has_no_problems(tmp_path):
    assert problems(tmp_path, GOOD) == []


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_found(tmp_path, name):
    old, new, text = BAD[name]
    assert old in GOOD
    found = problems(tmp_path, GOOD.replace(old, new, 1))
    assert any(text in problem for problem in found), found


UNUSABLE = {
    "points": ("POINTS = 2", "POINTS = 'two'", "POINTS is not a number"),
    "corners": ("CORNERS = 1", "CORNERS = 1.5", "CORNERS is not a whole number"),
    "hints": (
        "HINTS = [",
        "HINTS = 'Think.'\nOTHER = [",
        "HINTS is not a list",
    ),
    "after": ("CORNERS = 1", "AFTER = [1]", "AFTER is not a list of strings"),
    "docstring": (GOOD[: GOOD.index("import")], "", "it has no docstring"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_file_that_is_not_an_exercise_is_refused_in_a_sentence(tmp_path, name):
    old, new, text = UNUSABLE[name]
    with pytest.raises(ArgumentError, match=text):
        problems(tmp_path, GOOD.replace(old, new, 1))


def test_an_exercise_may_come_after_one_beside_it(tmp_path):
    (tmp_path / "00_before.py").write_text(GOOD)
    source = GOOD.replace("CORNERS = 1", "CORNERS = 1\nAFTER = ['00_before', '01_mse']")
    assert problems(tmp_path, source) == []


@pytest.mark.parametrize("name", ["fails", "infinite", "not rejected"])
def test_a_fault_is_told_once(tmp_path, name):
    old, new, text = BAD[name]
    found = problems(tmp_path, GOOD.replace(old, new, 1))
    assert sum(text in problem for problem in found) == 1, found


def test_a_slow_case_is_found(tmp_path, monkeypatch):
    ticks = iter(range(10**6))
    monkeypatch.setattr(time, "perf_counter", lambda: 2.0 * next(ticks))
    assert any("it takes 2.0 s" in p for p in problems(tmp_path, GOOD))


def test_a_name_that_another_takes_is_found(tmp_path):
    source = GOOD + (
        "\n\ndef wrong_nearly_g(g, x):\n"
        '    """Nearly g."""\n'
        "    return g * (1 + 1e-12)\n"
    )
    found = problems(tmp_path, source)
    assert any("wrong_nearly_g is called wrong_g" in p for p in found)


def test_a_reference_that_fails_is_the_only_thing_said_about_the_cases(tmp_path):
    found = problems(tmp_path, GOOD.replace("4.0 * g * x", "g.nothing"))
    assert len(found) == 1 and "the reference fails" in found[0]
