"""Errors of Python and NumPy are explained, and the error itself is still shown."""

import re

import numpy as np
import pytest
from shipped import exercise

from tinygraph.exercises.judging.error_table import TABLE
from tinygraph.exercises.judging.judge import judge
from tinygraph.exercises.judging.python_errors import explain_error
from tinygraph.exercises.running.job import Limits
from tinygraph.exercises.running.process import run_source

pytestmark = pytest.mark.filterwarnings("ignore::SyntaxWarning")

HEAD = "import math\nimport numpy as np\ndef softmax(z):\n    x = z[0]\n"
EXPLAINED = {  # a line of code, and what is said
    "return x ^ 2": "^ is not a power",
    "return math.exp(x)": "math.exp takes a single number, but gets an array: np.exp",
    "return math.pow(x, 2)": "functions of `math`",
    "return float(x)": "functions of `math`",
    "return 1 if x > 0 else 0": "np.where(condition, a, b)",
    "return z / z.sum(axis=1)": "add keepdims=True",
    "return z + z[:, :3]": "cannot be combined element by element",
    "return z * z.T": "matrices are multiplied with @",
    "return z @ z": "these are 4 and 2",
    "return np.dot(z, z)": "these are 4 and 2",
    "return z @ 2": "use *",
    "return z.sum(axis=2)": "there is no axis 2",
    "return z.sum(axis=1, keepdim=True)": "NumPy has no `keepdim` here",
    "return x[4]": "there is no index 4 along axis 0, which has 4 elements: the last "
    "index is 3; does a loop go one step too far?",
    "return x[7]": "there is no index 7 along axis 0, which has 4 elements",
    "return [1, 2][2]": "does a loop run once too often",
    "return x[0, 0]": "here n = 1, but there are 2 indices",
    "return softmax(z)": "calls itself without end",
    "return [z[i] for i in [0.5]]": "divide with //",
    "for i in x: z[i] = 0": "i is an element of x, not an index: loop over range(",
    "return {}[0]": "no entry for the key 0: give it a value first",
    "a, b = x.argmax()": "np.unravel_index or divmod",
    "return x[:0].argmax()": "is a slice empty",
    "return x[:0].max()": "is a slice empty",
    "return max([])": "is a slice empty",
    "return float({})": "a number is needed here",
    "return np.dot(x, x[:2])": "np.outer multiplies all pairs",
    "return np.zeros(4 / 2)": "divide with //",
    "return x[4 / 2]": "divide with //",
    "return [1, 2][4 / 2]": "divide with //",
    "return range(4 / 2)": "divide with //",
    "return np.int(3)": "np.int no longer exists: write int",
    "return np.sofmax(z)": "numpy has no sofmax",
    "return x.exp()": "write np.exp(x)",
    "return nq.exp(x)": "nq is not defined here",
    "return nx.path_graph(2)": "import networkx as nx",
    "return itertools.chain(x)": "import itertools",
    "y += x\n    y = 1": "y gets a value only",
    "return input('?')": "input() waits",
    "import my_helpers": "only this file is run",
    "from numpy import sofmax": "numpy has no sofmax",
    "return [1, 2] - [1]": "a list or tuple is not an array",
    "return [1.0] * 0.5": "a list or tuple is not an array",
    "return [1, 2].shape": "a list or tuple is not an array",
    "return [[1, 2]][0, 0]": "a list or tuple is not an array",
    "return [].append(1) * 2": "a value is None",
    "return np.array([[1], [1, 2]])": "cannot become one array",
    "x[0] = x": "room for only one number",
    "return x.reshape(3, 2)": "4 of them do not fill the shape (3,2)",
    "z[0] = np.ones(3)": "shape (3,) does not fit",
    "y = np.zeros(4, int); y += x": "cannot hold fractions",
    "return np.array([2]) ** -1": "raised to negative powers",
    "return 'sum' + x.sum()": "text and numbers are mixed",
    "return 'sum' + 1": "text and numbers are mixed",
    "return x(0)": "calls it like a function",
    "return np.sum[x]": "a function is used as a value",
    "return (v for v in x)[0]": "a generator is not an array",
    "a, b, c = z.shape": "the number of names on the left of = is 3",
    "return 1.0[0]": "used like an array",
    "return len(1)": "used like an array",
    "x.flags.writeable = False; x[0] = 1": "work on a copy",
    "import tinygraph as tg; w = tg.Tensor(x); w.data.flat[0] = 1": "w.data = ...",
    "import tinygraph as tg; w = [tg.Tensor(x)]; np.copyto(w[0].data, 1)": (
        "make a new array and assign it, w[0].data = ..."
    ),
    "return 1 // 0": "divided by 0",
    "return np.broadcast_to(z, (4,))": "cannot make an array smaller",
    "return (lambda a: a)(x, 1)": "is 1, but it is called with 2",
    "return (lambda a, b: a)(x)": "called with too few arguments: 1 more",
}


def error_of(code: str) -> tuple[str, str]:
    source = HEAD + f"    {code}\n"
    names: dict = {}
    exec(compile(source, "answer.py", "exec"), names)
    try:
        names["softmax"](np.ones((2, 4)))
    except Exception as error:
        return source, f"{type(error).__name__}: {error}"
    raise AssertionError(f"{code} does not fail")


@pytest.mark.parametrize("code", EXPLAINED)
def test_an_error_is_explained(code, monkeypatch):
    def nobody_types(prompt: str) -> str:
        raise EOFError("EOF when reading a line")

    monkeypatch.setattr("builtins.input", nobody_types)
    source, error = error_of(code)
    said = explain_error(error, source, 5, "softmax", ["z"])
    assert EXPLAINED[code] in said, (error, said)


def test_every_row_of_the_table_is_the_first_for_some_error():
    more = [
        "NameError: name 'np' is not defined",
        "NameError: name 'tg' is not defined",
        "NameError: name 'math' is not defined",
        "IndentationError: unexpected indent",
        "EOFError: EOF when reading a line",
    ]
    codes = [code for code in EXPLAINED if "input" not in code]
    pairs = [*map(error_of, codes), *(("", error) for error in more)]
    said = {
        explain_error(error, source, 5 if source else None, "", [])
        for source, error in pairs
    }
    for row in TABLE:
        pattern = ".+".join(map(re.escape, re.split(r"\{\w+\}", row.sentence)))
        assert any(re.fullmatch(pattern, text) for text in said), row.sentence


@pytest.mark.parametrize(
    ("first_line", "said"),
    [
        ("def softmax(z, axis):", "its first line must be `def softmax(z):`"),
        ("def softmax():", "its first line must be `def softmax(z):`"),
        ("def softmax(self, z):", "only functions in classes have self"),
    ],
)
def test_a_function_that_cannot_be_called(first_line, said):
    source = f"{first_line}\n    return 1\n"
    names: dict = {}
    exec(source, names)
    try:
        names["softmax"](np.ones((2, 4)))
    except TypeError as error:
        text = f"TypeError: {error}"
    assert said in explain_error(text, source, None, "softmax", ["z"])


def test_an_error_in_another_function_is_not_about_the_answer():
    text = "TypeError: helper() missing 1 required positional argument: 'b'"
    said = explain_error(text, "", None, "softmax", ["z"])
    assert said == "helper is called with too few arguments: 1 more must be given"


def test_an_unknown_error_is_not_explained():
    assert explain_error("ValueError: bad luck", "", 1, "softmax", ["z"]) == ""


def test_the_error_itself_is_below_its_explanation():
    code = b"def softmax(z):\n    return np.exp(z)\n"
    with run_source(code, "03_softmax.py", exercise("03"), Limits()) as run:
        finding = judge(exercise("03"), run, 0).finding
    first, second = finding.message.split("\n")
    assert first == (
        "softmax: NumPy is not imported: begin the file with `import numpy as np`"
    )
    assert second.startswith("NameError: name 'np' is not defined (where z has")
    assert (finding.mistake, finding.status, finding.line) == ("raised", "error", 2)
