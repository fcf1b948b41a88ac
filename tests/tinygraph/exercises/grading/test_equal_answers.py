"""Equal answers: what a copyist changes does not count, and everything else does."""

import ast
import json

import pytest
from handed_in import EXERCISE, NAME, put, rows_of

from tinygraph.exercises.catalogue import shipped_exercises
from tinygraph.exercises.grading.equal_answers import equal_answers
from tinygraph.exercises.grading.json_report import write_json
from tinygraph.exercises.grading.normal_form import NormalForm, normal_form
from tinygraph.exercises.grading.row import Row

ANSWER = '''
import numpy as np

def sigmoid(x):
    """The logistic function."""
    return 1 / (1 + np.exp(-x))

def f(x, y):
    out = [sigmoid(x) * i for i in range(3)]  # three times
    return np.sum(out, axis=0, keepdims=True) * y
'''
COPIES = {
    "comments and layout": ANSWER.replace("  # three times", "\n    # mine\n"),
    "the docstring": ANSWER.replace("The logistic function.", "My own work."),
    "brackets": ANSWER.replace("* y", "* (y)").replace("1 / (1", "(1) / (1"),
    "arguments": ANSWER.replace("(x, y)", "(u, v)")
    .replace("sigmoid(x) *", "sigmoid(u) *")
    .replace("* y", "* v"),
    "locals": ANSWER.replace("out", "found").replace("* i for i", "* k for k"),
    "own functions": ANSWER.replace("sigmoid", "squash"),
    "another name for the module": ANSWER.replace("as np", "as n").replace("np.", "n."),
    "the module's own name": ANSWER.replace(" as np", "").replace("np.", "numpy."),
    "imported functions": ANSWER.replace(
        "import numpy as np", "import os\nfrom numpy import sum, exp as e"
    )
    .replace("np.exp", "e")
    .replace("np.sum", "sum"),
    "the order of keywords": ANSWER.replace(
        "axis=0, keepdims=True", "keepdims=True, axis=0"
    ),
    "annotations": ANSWER.replace("x, y):", "x: float, y) -> float:").replace(
        "out =", "out: list ="
    ),
    "what is not used": ANSWER + "\nDONE = 1\ndef g():\n    return f(1, 2)\nprint(g())",
    "the order of definitions": ANSWER[ANSWER.index("def f") :]
    + ANSWER[: ANSWER.index("def f")],
}
OTHERS = {
    "a constant": ANSWER.replace("1 +", "2 +"),
    "a kind of number": ANSWER.replace("1 +", "1.0 +"),
    "a sign": ANSWER.replace("exp(-x)", "exp(x)"),
    "another argument": ANSWER.replace("* y", "* x"),
    "another function": ANSWER.replace("np.sum", "np.mean"),
    "a keyword": ANSWER.replace("axis=0", "axis=1"),
    "the order of arguments": ANSWER.replace("def f(x, y)", "def f(y, x)"),
    "what a helper does": ANSWER.replace("1 / (1", "2 / (1"),
    "a step more": ANSWER.replace(
        "    return np.sum", "    x = x + 0\n    return np.sum"
    ),
    "another iteration": ANSWER.replace("* i for i", "* x for i"),
}


def form(text: str) -> NormalForm:
    return normal_form(text.encode(), ["f"])


@pytest.mark.parametrize("what", COPIES)
def test_what_does_not_count(what):
    assert COPIES[what] != ANSWER
    assert form(COPIES[what]) == form(ANSWER)


@pytest.mark.parametrize("what", OTHERS)
def test_what_counts(what):
    assert OTHERS[what] != ANSWER
    assert form(OTHERS[what]).sha256 not in ("", form(ANSWER).sha256)


def test_names_are_renamed_in_each_function_apart():
    one = "def g(x): return x + 1\ndef f(x): return g(x)"
    assert form(one) == form("def g(a): return a + 1\ndef f(b): return g(b)")
    assert form("def f(x, y): return (lambda x: x)(y)") == form(
        "def f(x, y): return (lambda z: z)(y)"
    )
    assert form("def f(x, y): return (lambda x: x)(y)") != form(
        "def f(x, y): return (lambda z: x)(y)"
    )


@pytest.mark.parametrize(
    "text",
    [
        *("", "def f(:", "x = 1", "def f(x):\n    raise NotImplementedError"),
        *("def f(x):\n    'todo'\n    raise NotImplementedError('later')", "\ufffe"),
        *("f = " + "(" * 9000, "f = " + "-" * 50_000 + "1", "f = 0" + "+ 1" * 20_000),
        "#" * 200_000 + ANSWER,
    ],
)
def test_what_has_no_form(text):
    assert form(text) == NormalForm()


@pytest.mark.parametrize("exercise", shipped_exercises(), ids=lambda e: e.id)
def test_a_stub_is_nobodys_answer(exercise):
    functions = exercise.references
    assert normal_form(exercise.stub().encode(), functions) == NormalForm()
    stub_and_answer = f"{exercise.stub()}\n\n{exercise.solution()}".encode()
    found = normal_form(exercise.solution().encode(), functions)
    assert found.nodes > 5 and normal_form(stub_and_answer, functions) == found


class Renamed(ast.NodeTransformer):
    """Another name for everything that an answer names itself, except its functions."""

    def __init__(self, text: str, kept):
        self.tree, nodes = ast.parse(text), list(ast.walk(ast.parse(text)))
        stored = {
            n.id
            for n in nodes
            if isinstance(getattr(n, "ctx", 0), ast.Store) and isinstance(n, ast.Name)
        }
        self.own = {n.arg for n in nodes if isinstance(n, ast.arg)} | stored
        self.own |= {n.name for n in nodes if isinstance(n, ast.FunctionDef)} - {*kept}

    def generic_visit(self, node):
        for field in ("id", "arg", "name"):
            name = getattr(node, field, None)
            if name in self.own and not isinstance(node, ast.keyword | ast.alias):
                setattr(node, field, f"another_{name}")
        return super().generic_visit(node)


@pytest.mark.parametrize("exercise", shipped_exercises(), ids=lambda e: e.id)
def test_a_solution_is_recognised_under_other_names_and_no_wrong_answer_is(exercise):
    functions, text = exercise.references, exercise.solution()
    renamed = Renamed(text, functions)
    copy = ast.unparse(renamed.visit(renamed.tree))
    assert "another_" in copy
    found = normal_form(text.encode(), functions)
    assert normal_form(copy.encode(), functions) == found
    answers = [(name, name) for name in functions]
    answers += [(wrong.replaces, wrong.name) for wrong in exercise.wrong]
    source = exercise.source
    forms = {(f, form(source.replace(f"def {name}(", "def f("))) for f, name in answers}
    assert len(forms) == len(answers)


def test_groups_the_largest_first(tmp_path):
    trees = {
        "anna": ("a", "x"),
        "ben": ("a", "x"),
        "carl": ("b", "x"),
        "dora": ("", ""),
    }
    rows = [
        Row(student, exercise, 1.0, 1.0, "passed", tree_sha256=tree, tree_nodes=size)
        for student, own in trees.items()
        for exercise, tree, size in zip(("01_a", "02_b"), own, (9, 40), strict=True)
    ]
    found = equal_answers(rows)
    assert [(e.exercise, e.nodes, e.students) for e in found] == [
        ("02_b", 40, ["anna", "ben", "carl"]),
        ("01_a", 9, ["anna", "ben"]),
    ]
    write_json(tmp_path / "a.json", rows)
    told = json.loads((tmp_path / "a.json").read_text())["equal_answers"]
    assert told[0] == {
        "exercise": "02_b",
        "nodes": 40,
        "students": ["anna", "ben", "carl"],
    }


def test_a_renamed_copy_is_found_when_a_class_is_graded(tmp_path):
    renamed = b"""# mine
def softmax_vjp(above, s):
    return s * (above - (above * s).sum(keepdims=True, axis=-1))
"""
    put(tmp_path / "anna" / NAME, EXERCISE.solution().encode())
    put(tmp_path / "ben" / NAME, renamed)
    put(tmp_path / "carl" / NAME, renamed.replace(b"-1", b"1"))
    for student in ("dora", "emil"):
        put(tmp_path / student / NAME, EXERCISE.stub().encode())
    (equal,) = equal_answers(rows_of(tmp_path).values())
    assert equal.students == ["anna", "ben"] and equal.nodes > 10
