"""Planted mistakes are small, are mistakes, and are the same in every run."""

import ast

import mutations
import pytest
from rooms import ROOT

PLANTED = {
    "x + y": {"x - y"},
    "-x": {"x"},
    "x < 1": {"x <= 1", "x < 2"},
    "f(x, y)": {"f(y, x)"},
    "f(x, x)": set(),
    "[True, 2.5, 'text', None]": {
        "[False, 2.5, 'text', None]",
        "[True, 3.5, 'text', None]",
    },
    "a if b else c": {"a if not b else c"},
    "a and b": {"a or b"},
    "def f(x: int=1) -> None:\n    return x": {
        "def f(x: int=2):\n    return x",
        "def f(x: int=1):\n    return None",
    },
    "raise Error(x + y)": set(),
}


@pytest.mark.parametrize("source", PLANTED)
def test_mutations_of_a_line(source):
    count = mutations.places(source)
    assert count == len(PLANTED[source])
    found = {mutations.planted(source, place)[0] for place in range(count)}
    assert found == PLANTED[source]


def test_a_sample_is_the_same_in_every_run():
    drawn = mutations.sample(40, 3, "")
    assert drawn == mutations.sample(40, 3, "") != mutations.sample(40, 4, "")
    assert len(set(drawn)) == 40
    assert all("check" in module for module, _ in mutations.sample(5, 0, "check"))


def test_every_mutation_is_another_program():
    for module, place in mutations.sample(60, 0, ""):
        source = (ROOT / module).read_text()
        mutated, (kind, line, before, after) = mutations.planted(source, place)
        assert kind and line and before != after
        compile(mutated, module, "exec")
        plain = ast.unparse(mutations.annotated(ast.parse(source)))
        assert mutated != plain


def test_what_survived_is_told():
    row = {"module": "a.py", "place": 3, "line": 7, "before": "x", "after": "-x"}
    text = mutations.report([{**row, "killed": True}, {**row, "killed": False}])
    assert text == "1 of 2 killed (50.0%)\na.py:7 #3: x  ->  -x"
