"""What passes in the notebook where it was written passes in grading, too."""

import contextlib
import json

import pytest
from handed_in import notebook, put

from tinygraph.exercises.catalogue import find_exercise
from tinygraph.exercises.grading.grade import grade_all
from tinygraph.exercises.grading.row import Row
from tinygraph.exercises.grading.task import plan_tasks
from tinygraph.exercises.judging.judge import judge
from tinygraph.exercises.judging.verdict import Verdict
from tinygraph.exercises.running.job import Limits
from tinygraph.exercises.student.this_process import ThisProcess
from tinygraph.exercises.submissions.folders import find_submissions

pytestmark = pytest.mark.usefixtures("forked_workers")

MSE = find_exercise("01")
SLOPES = find_exercise("02")
START = "import numpy as np"
MSE_CELL = "def mse(target, output):\n    return 0.5 * np.sum((target - output) ** 2)"
PASSING = {
    "def": [START, MSE_CELL],
    "a text that is run": [START, f"exec({MSE_CELL!r})"],
    "a text with a name that is run": [
        START,
        "half = 0.5",
        f"code = {MSE_CELL.replace('0.5', 'half')!r}",
        "exec(code)",
    ],
    "a text that a function runs": [
        START,
        f"def define(code):\n    exec(code, globals())\ndefine({MSE_CELL!r})",
    ],
    "the dictionary of global names": [
        START,
        "globals()['mse'] = lambda t, o: np.sum((t - o) ** 2) / 2",
    ],
    "an update of that dictionary": [
        START,
        MSE_CELL.replace("mse", "error"),
        "globals().update({'mse': error})",
    ],
    "keywords of an update of that dictionary": [
        START,
        MSE_CELL.replace("mse", "error"),
        "vars().update(mse=error)",
    ],
    "a loop over texts": [
        START,
        "for name in ['mse', 'sse']:\n"
        "    exec(f'def {name}(t, o):\\n    return np.sum((t - o) ** 2) / 2')",
    ],
    "a quotient as a constant": [
        START,
        "HALF = 1/2",
        "def mse(t, o):\n    return HALF * np.sum((t - o) ** 2)",
    ],
    "a lambda that the answer uses": [
        START,
        "square = lambda x: x * x",
        "def mse(t, o):\n    return square(t - o).sum() / 2",
    ],
    "a function of NumPy under another name": [
        START,
        "sub = np.subtract",
        "def mse(t, o):\n    return (sub(t, o) ** 2).sum() / 2",
    ],
    "a constant under a condition": [
        START,
        "if True:\n    HALF = 0.5\nelse:\n    HALF = 3.0",
        "def mse(t, o):\n    return HALF * np.sum((t - o) ** 2)",
    ],
    "a blank before the arguments": [START, MSE_CELL.replace("mse(", "mse (")],
    "another name for the answer": [
        START,
        MSE_CELL.replace("mse", "my_mse"),
        "mse = my_mse",
    ],
    "a constant of the main program": [
        START,
        "if __name__ == '__main__':\n    HALF = 0.5",
        "def mse(t, o):\n    return HALF * np.sum((t - o) ** 2)",
    ],
    "a function that assigns a global name": [
        START,
        "def prepare():\n    global HALF\n    HALF = 0.5",
        "prepare()",
        "def mse(t, o):\n    return HALF * np.sum((t - o) ** 2)",
    ],
    "a function that fills a table": [
        START,
        "table = {}\n\ndef fill():\n    table['half'] = 0.5",
        "fill()",
        "def mse(t, o):\n    return table['half'] * np.sum((t - o) ** 2)",
    ],
    "a lambda as the answer": [START, "mse = lambda t, o: ((t - o) ** 2).sum() / 2"],
    "an import in a cell with a wrong syntax": [f"{START}\nx = = 1", MSE_CELL],
    "a definition in a cell with a wrong syntax": [
        f"{START}\nHALF = 0.5\n\ndef broken(:\n    pass\n\nTWICE = 2 * HALF",
        "def mse(t, o):\n    return TWICE / 2 * np.sum((t - o) ** 2)",
    ],
    "commands of the notebook": [
        f"%%time\n{START}\n%matplotlib inline\nnp.sum?",
        "%%bash\ndef mse(target, output): echo",
        "files = !ls",
        MSE_CELL,
    ],
    "a table that is filled later": [
        START,
        "table = {}",
        "table['half'] = 0.5\nhalves = []",
        "halves.append(table['half'])",
        "def mse(t, o):\n    return halves[0] * np.sum((t - o) ** 2)",
    ],
    "a loop, a with and a try": [
        f"import contextlib\n{START}",
        "for n in range(3):\n    last = n",
        "with contextlib.suppress(ValueError):\n    four = 2 * last",
        "try:\n    half = last / four\nexcept ZeroDivisionError:\n    half = 1",
        "def mse(t, o):\n    return half * np.sum((t - o) ** 2)",
    ],
    "several names and an attribute": [
        START,
        "class Store: pass",
        "one, (two, *_) = 1.0, [2.0, 3.0]\nStore.half = one / two",
        "def mse(t, o):\n    return Store.half * np.sum((t - o) ** 2)",
    ],
    "a name bound in a comprehension": [
        START,
        "numbers = [half := n / 2 for n in range(2)]",
        "def mse(t, o):\n    return half * np.sum((t - o) ** 2)",
    ],
    "a decorator": [
        START,
        "def halve(f):\n    return lambda t, o: f(t, o) / 2",
        "@halve\ndef mse(t, o):\n    return np.sum((t - o) ** 2)",
    ],
    "a default, a closure and a class": [
        START,
        "HALF = 0.5",
        "class Error:\n    def __call__(self, t, o, half=HALF):\n"
        "        return (lambda: half * np.sum((t - o) ** 2))()",
        "mse = Error().__call__",
    ],
    "everything of NumPy": [
        "from numpy import *",
        "def mse(t, o):\n    return sum((t - o) ** 2) / 2",
    ],
    "two statements on a line": [
        START,
        "PAIR = (1,\n        2); HALF = PAIR[0] / PAIR[1]",
        "def mse(t, o):\n    return HALF * np.sum((t - o) ** 2)",
    ],
    "an answer written twice": [
        START,
        "def mse(target, output):\n    raise NotImplementedError",
        MSE_CELL,
    ],
    "cells that fail": [START, "1 / 0", "missing_name", MSE_CELL, "mse(1)", "exit()"],
    "a needed cell that fails after what is needed": [
        f"{START}\nHALF = 0.5\nOTHER = HALF / 0",
        "def mse(t, o):\n    return HALF * np.sum((t - o) ** 2)\n\n"
        "def unused():\n    return OTHER",
    ],
}


def checked_in_the_notebook(cells: list[str]) -> Verdict:
    """The verdict of `check(mse)` after running the cells, which may fail."""
    names: dict[str, object] = {"__name__": "__main__"}
    for cell in cells:
        code = [x for x in cell.split("\n") if not x.startswith("%") and "?" not in x]
        for part in ["\n".join(code)] if is_python("\n".join(code)) else code:
            with contextlib.suppress(Exception, SystemExit):
                exec(part, names)
    return judge(MSE, ThisProcess(MSE, {"mse": names["mse"]}), 7)


def is_python(code: str) -> bool:
    with contextlib.suppress(SyntaxError):
        return bool(compile(code, "cell", "exec"))
    return False


def graded(tmp_path, *cells: str, exercise=MSE) -> Row:
    put(tmp_path / "class" / "carl.ipynb", notebook(*cells))
    handed_in = find_submissions(tmp_path / "class", [exercise])
    (row,) = grade_all(plan_tasks(handed_in, [exercise], b"secret", Limits()))
    return row


@pytest.mark.parametrize("what", PASSING)
def test_what_passes_in_the_notebook_gets_all_points(what, tmp_path):
    cells = PASSING[what]
    assert checked_in_the_notebook(cells).passed
    row = graded(tmp_path, *cells)
    assert (row.points, row.message) == (MSE.points, "")


def test_what_the_answer_does_not_need_is_not_run(tmp_path):
    slow = ["import time", "time.sleep(1000)", "x = input()", "while True: pass"]
    row = graded(tmp_path, START, *slow, MSE_CELL, "mse(np.ones(3), np.zeros(3))")
    assert row.points == MSE.points


def test_the_name_in_a_comprehension_is_another_one(tmp_path):
    slow = "[time.sleep(1000) for half in range(9)]"
    mse = "def mse(t, o):\n    return half * np.sum((t - o) ** 2)"
    row = graded(tmp_path, f"import time\n{START}", "half = 0.5", slow, mse)
    assert row.points == MSE.points


def test_a_method_of_a_module_is_not_run(tmp_path):
    check = "np.testing.assert_allclose(mse(np.ones(3), np.ones(3)), forever())"
    forever = "def forever():\n    while True: pass"
    assert graded(tmp_path, START, forever, MSE_CELL, check).points == MSE.points


def test_one_function_of_two_is_graded(tmp_path):
    relu = "relu_grad = lambda x: (x > 0) * 1.0"
    row = graded(tmp_path, START, relu, exercise=SLOPES)
    assert row.points == SLOPES.points / 2
    assert "no function sigmoid_grad" in row.message


def test_a_notebook_without_the_function_says_so(tmp_path):
    row = graded(tmp_path, START, "x = 1")
    assert (row.status, row.points) == ("missing", 0)
    assert row.message == "carl.ipynb: there is no function mse"


def test_a_notebook_with_another_name_says_which(tmp_path):
    row = graded(tmp_path, START, MSE_CELL.replace("mse", "my_mse"))
    assert row.message == "carl.ipynb: there is no function mse; the nearest is my_mse"
    softmax = "def softmax(z):\n    return z"
    assert "nearest" not in graded(tmp_path, START, softmax).message


def test_a_name_that_could_not_be_made_says_why(tmp_path):
    row = graded(tmp_path, START, "mse = np.no_such_function")
    assert row.points == 0
    assert "no_such_function" in row.message


def test_an_answer_with_a_wrong_syntax_says_where(tmp_path):
    row = graded(tmp_path, START, "def mse(target, output):\n    return (target")
    assert row.status == "error"
    assert "not valid Python" in row.message and row.line == 2


@pytest.mark.parametrize(
    "cell", ["(" * 2000, "x = 1\n" * 2000, "def f(:\n" * 300, "1" + "+1" * 5000]
)
def test_a_strange_cell_takes_no_time(cell, tmp_path):
    assert graded(tmp_path, START, cell, MSE_CELL).points == MSE.points


@pytest.mark.parametrize("cell", ["x = 1\n" * 20_000, "#" * 2**21])
def test_a_notebook_without_end_is_refused(cell, tmp_path):
    row = graded(tmp_path, START, cell, MSE_CELL)
    assert (row.status, row.points) == ("missing", 0)
    assert "has more than" in row.message


def test_only_code_cells_are_code(tmp_path):
    text = json.loads(notebook(START, MSE_CELL))
    text["cells"].append({"cell_type": "markdown", "source": "mse = None"})
    put(tmp_path / "class" / "carl.ipynb", json.dumps(text).encode())
    (own,) = find_submissions(tmp_path / "class", [MSE])
    assert b"mse = None" not in own.source(MSE).text


def test_a_call_that_changes_nothing_that_is_needed_is_not_run(tmp_path):
    row = graded(
        tmp_path,
        START,
        "def train():\n    w = [0.0]\n    w[0] = 1.0\n    raise SystemExit",
        "w = 0.5",
        "train()",
        "def mse(t, o):\n    return w * np.sum((t - o) ** 2)",
    )
    assert row.points == row.maximum
