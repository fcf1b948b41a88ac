"""The page "Write an exercise": its code works, and nothing is missing on it."""

import ast
import os
import re
from pathlib import Path

import numpy as np
import pytest
from student import typed

from tinygraph.__main__ import main
from tinygraph.exercises import exercise as exercise_module
from tinygraph.exercises.authoring.selftest import find_faults
from tinygraph.exercises.authoring.template import TEMPLATE
from tinygraph.exercises.exercise import ALLOWS, CONSTANTS, RESERVED, Exercise, load
from tinygraph.exercises.judging.messages import message_fields
from tinygraph.exercises.judging.trial import Trial
from tinygraph.exercises.running.outcome import Outcome

PAGE = Path(__file__).parents[4] / "docs" / "write-an-exercise.md"
TEXT = PAGE.read_text()
# By the Jacobian of each row, which has nothing in common with the reference.
RIGHT = """
import numpy as np

def layer_norm_vjp(g, x, gamma):
    n = x.shape[1]
    dx, dgamma = np.zeros(x.shape), np.zeros(n)
    for i, row in enumerate(x):
        s = np.sqrt(((row - row.mean()) ** 2).mean() + EPSILON)
        z = (row - row.mean()) / s
        jacobian = (np.eye(n) - 1 / n) / s - np.outer(row - row.mean(), z) / (n * s**2)
        dx[i] = (g[i] * gamma) @ jacobian
        dgamma += g[i] * z
    return dx, dgamma
""".replace("EPSILON", "1e-5")
WRONG = """
def layer_norm_vjp(g, x, gamma):
    s = (x.var(1, keepdims=True) + 1e-5) ** 0.5
    return g * gamma / s, (g * (x - x.mean(1, keepdims=True)) / s).sum(0)
"""


def sources() -> list[str]:
    """The exercises on the page: each begins with a docstring."""
    found: list[str] = []
    for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        if block.startswith('"""'):
            found.append("")
        found[-1] += f"{block}\n\n"
    return found


def commands() -> list[list[str]]:
    """The lines that a teacher types."""
    blocks = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    return [line.split() for block in blocks for line in block.splitlines()]


@pytest.fixture
def own(tmp_path, monkeypatch) -> Exercise:
    """The exercise that the page writes, in the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.argv", ["tinygraph"])
    path = Path("16_layer_norm_vjp.py")
    path.write_text(sources()[0])
    return load(path)


def test_what_the_page_types_works(own, capsys):
    Path(own.path).unlink()
    for command in commands():
        if command[0] == "cd":
            os.chdir(command[1])
            continue
        code = main(command[1:])
        assert code == (1 if command[1] == "check" else 0), command
        if command[1] == "new":
            Path(own.path).write_text(sources()[0])
    assert "not written yet" in capsys.readouterr().out
    assert main(["pack", "..", "--out", "students.zip"]) == 0
    assert "packed without" not in capsys.readouterr().out


@pytest.mark.parametrize("number", range(len(sources())))
def test_every_exercise_on_the_page_passes_the_selftest(number, tmp_path):
    (tmp_path / "16_own.py").write_text(sources()[number])
    assert find_faults(load(tmp_path / "16_own.py"), seeds=10) == []


def test_answers_to_the_exercise_are_graded(own, capsys):
    for student, text in (("ann", RIGHT), ("bob", WRONG)):
        Path("class", student).mkdir(parents=True)
        Path("class", student, "16_layer_norm_vjp.py").write_text(text)
    words = ["grade", "class", "--exercise", "16_layer_norm_vjp.py", "--jobs", "1"]
    code, out = main(words), capsys.readouterr().out
    assert code == 1
    assert re.search(r"ann +4 of 4", out) and not re.search(r"bob +4 of 4", out)
    assert re.search(r"wrong_constants +1 of 2: bob", out)


def test_an_epsilon_in_another_place_is_accepted_with_a_note(own, capsys):
    main(["start", "try", "--exercises", "."])
    os.chdir("try")
    other = RIGHT.replace(".mean() + 1e-5)", ".mean()) + 1e-5")
    assert other != RIGHT
    Path("16_layer_norm_vjp.py").write_text(other)
    capsys.readouterr()
    code, out = typed(capsys, "check", "16")
    assert code == 0 and "note: right, although the 1e-5 is not" in out


def test_every_constant_that_an_exercise_may_have_is_on_the_page():
    source = Path(exercise_module.__file__).read_text()
    tree = ast.walk(ast.parse(source))
    texts = [node.value for node in tree if isinstance(node, ast.Constant)]
    names = {t for t in texts if isinstance(t, str) and re.fullmatch("[A-Z]{2,}", t)}
    assert {"POINTS", "AFTER", "HINTS", "CORNERS", "IMPORTS"} <= names
    for name in {*names, *CONSTANTS, ALLOWS.split()[0]}:
        assert f"| `{name}` |" in TEXT, name


def test_every_function_with_a_meaning_is_on_the_page():
    for name in (*RESERVED, "wrong_", "_"):
        assert f"`{name}`" in TEXT or f"`{name}(" in TEXT, name
        assert name in ("_", "wrong_") or f"def {name}(" in "".join(sources()), name


def test_every_field_of_a_message_is_on_the_page():
    outcomes = Outcome((np.ones(2),)), Outcome((np.zeros(2),))
    for name in message_fields(Trial("", 0, (), *outcomes)):
        assert f"`{{{name}}}`" in TEXT, name


def test_the_file_to_begin_with_has_what_the_page_explains():
    for name in ("forward", "cases", "wrong_"):
        assert f"def {name}" in TEMPLATE
    for name in ("POINTS", "AFTER", "HINTS", "CORNERS", "IMPORTS"):
        assert f"\n{name} = " in TEMPLATE
