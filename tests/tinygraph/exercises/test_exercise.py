"""An exercise is read from one plain file."""

import pytest

from tinygraph.errors import ArgumentError, FileError
from tinygraph.exercises.exercise import Exercise, is_called, load

TEXT = '''"""Twice

Return 2 x.
"""

import numpy as np

FACTOR = 2.0
UNUSED = 3.0


def twice(x):
    """x: array. Return 2 x."""
    return FACTOR * x


def cases(rng, k):
    return rng.normal(size=3)


def given(x):
    return (np.array(x),)


def wrong_half(x):
    """This is half of x,
    not twice x."""
    return x / 2
'''


@pytest.fixture
def exercise(tmp_path) -> Exercise:
    (tmp_path / "16_twice.py").write_text(TEXT)
    return load(tmp_path / "16_twice.py")


def test_the_title_and_the_statement_are_the_docstring(exercise):
    assert (exercise.title, exercise.statement) == ("Twice", "Return 2 x.")
    assert (exercise.id, exercise.points, exercise.corners) == ("16_twice", 1, 3)


def test_the_stub_has_no_body_and_no_answer(exercise):
    stub = exercise.stub()
    assert "def twice(x):" in stub and "Return 2 x." in stub
    assert "raise NotImplementedError" in stub
    assert "FACTOR" not in stub and "wrong_half" not in stub


def test_the_solution_has_all_that_the_reference_needs_and_no_more(exercise):
    solution, names = exercise.solution(), {}
    exec(solution, names)
    assert names["twice"](4.0) == 8.0
    assert "UNUSED" not in solution and "wrong_half" not in solution


def test_what_another_process_gets_is_the_code_of_given_alone(exercise):
    assert "def given(x)" in exercise.given_source
    assert "import numpy" in exercise.given_source
    assert "twice" not in exercise.given_source


def test_a_wrong_answer_has_its_docstring_as_one_line(exercise):
    (wrong,) = exercise.wrong
    assert wrong.message == "This is half of x, not twice x."
    assert wrong.replaces == "twice"


def test_the_same_seed_gives_the_same_case(exercise):
    first, again, other = (exercise.case(seed, 3)[0] for seed in (1, 1, 2))
    assert (first == again).all() and (first != other).any()


@pytest.mark.parametrize(
    ("line", "allowed"),
    [("", False), ("ALLOWS_TINYGRAPH = True", True), ("import tinygraph as tg", True)],
)
def test_whether_tinygraph_may_be_used(line, allowed, tmp_path):
    (tmp_path / "a.py").write_text(TEXT + f"\n\n{line}\n")
    assert load(tmp_path / "a.py").allows_tinygraph is allowed


def test_the_stub_has_only_imports_that_are_allowed(tmp_path):
    more = "import scipy, math\nfrom scipy import special\nimport math as m\n"
    path = tmp_path / "a.py"
    path.write_text(TEXT.replace("import numpy", f"{more}import numpy"))
    assert "import scipy, math\nfrom scipy import special\n" in load(path).stub()
    path.write_text(path.read_text() + "\n\nIMPORTS = ['numpy']\n")
    stub = load(path).stub()
    assert "scipy" not in stub
    assert "import math as m\nimport numpy as np" in stub


@pytest.mark.parametrize("name", ["9", "09", "softmax_vjp", "09_softmax_vjp"])
def test_an_exercise_has_several_names(name):
    assert is_called("09_softmax_vjp", name)
    assert not is_called("10_backward", name)


def test_what_is_not_an_exercise_is_refused(tmp_path):
    with pytest.raises(FileError, match="cannot be read"):
        load(tmp_path / "nothing.py")
    (tmp_path / "b.py").write_text("x = 1\n")
    with pytest.raises(ArgumentError, match="is not an exercise: it has no reference"):
        load(tmp_path / "b.py")
