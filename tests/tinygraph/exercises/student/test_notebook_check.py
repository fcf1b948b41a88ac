"""Checking where a function was written: what is printed, and what shows itself."""

import linecache
import re
from typing import Any

import numpy as np
import pytest
from student import DIAGONAL, RIGHT, Capture, answer, typed

from tinygraph.exercises import check, hint, solution
from tinygraph.exercises.catalogue import find_exercise
from tinygraph.exercises.student import notebook_check
from tinygraph.exercises.student.picture import CasePicture
from tinygraph.exercises.student.this_process import ThisProcess

pytestmark = pytest.mark.usefixtures("folder")
UPDATE = "grads[parent] + part"  # what exercise 10 is about


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is remembered from another test."""
    monkeypatch.setattr(notebook_check, "SESSION_RECORDS", {})


@pytest.fixture
def elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A folder in which nobody has started."""
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))


def defined(source: str, **names: Any) -> Any:
    """The last thing that a source defines, and the cell's own names around it."""
    exec(compile(source, "<cell>", "exec"), names)
    return list(names.values())[-1]


def printed(capsys: Capture) -> str:
    return " ".join(capsys.readouterr().out.split())


def backward(update: str = UPDATE) -> Any:
    return defined(find_exercise("10").solution().replace(UPDATE, update))


def test_in_a_notebook_the_same_messages(capsys: Capture) -> None:
    def softmax_vjp(g: Any, y: Any) -> Any:
        return y * (1 - y) * g

    check(softmax_vjp)
    out = capsys.readouterr().out
    assert "Only the diagonal" in out
    assert "without time or memory limits" in out


def test_in_a_notebook_other_functions_are_found_beside(capsys: Capture) -> None:
    names: dict[str, Any] = {"np": np}
    text = (
        "def sigmoid_grad(x):\n s = 0.5 + 0.5 * np.tanh(x / 2)\n return s * (1 - s)\n"
    )
    exec(text, names)
    check(names["sigmoid_grad"])
    assert "relu_grad" in capsys.readouterr().out
    exec("def relu_grad(x):\n return (x > 0) * 1.0\n", names)
    check(names["sigmoid_grad"])
    assert "2 of 2 points" in capsys.readouterr().out


def test_in_a_notebook_wrong_arguments_are_one_error() -> None:
    def softmx_vjp(g: Any, y: Any) -> None: ...

    with pytest.raises(ValueError, match="the nearest is softmax_vjp"):
        check(softmx_vjp)
    with pytest.raises(ValueError, match="needs a function"):
        check()
    with pytest.raises(ValueError, match="not an object of type float"):
        check(1.0)  # type: ignore[arg-type]


def test_hints_come_one_by_one_and_then_the_solution_in_a_notebook(
    capsys: Capture, elsewhere: None
) -> None:
    softmax_vjp = defined(DIAGONAL)
    solution(softmax_vjp)
    assert "3 more hints: hint(softmax_vjp)" in printed(capsys)
    for number in (1, 2, 3):
        hint(softmax_vjp)
        assert f"hint {number} of 3" in printed(capsys)
    hint("09")
    assert 'no more hints; solution: solution("09")' in printed(capsys)
    solution("softmax_vjp")
    assert "def softmax_vjp(g, y):" in printed(capsys)


def test_the_solution_opens_after_passing_in_a_notebook(
    capsys: Capture, elsewhere: None
) -> None:
    softmax_vjp = defined(RIGHT)
    check(softmax_vjp)
    solution(softmax_vjp)
    assert "a solution of 09" in printed(capsys)


@pytest.mark.parametrize("there", [True, False])
def test_what_check_says_to_type_can_be_typed(capsys: Capture, there: bool) -> None:
    names = {"hint": hint, "solution": solution} if there else {}
    check(defined(DIAGONAL, **names))
    found = re.search(r"hint: (.*) \(1 of 3\)", capsys.readouterr().out)
    assert found is not None
    assert found[1].startswith("from ") != there
    exec(found[1], {**names, "softmax_vjp": defined(DIAGONAL)})
    assert "hint 1 of 3" in printed(capsys)


def test_hints_are_those_of_the_folder(capsys: Capture) -> None:
    hint("09")
    assert "hint 2 of 3" in typed(capsys, "hint", "09")[1]


def test_a_function_does_not_pass_for_the_file_of_an_exercise(capsys: Capture) -> None:
    check(defined(RIGHT))
    out = typed(capsys, "progress")[1]
    assert re.search(r"^09 softmax_vjp +0 of 4 +not started", out, re.M)


def test_a_wrong_backward_shows_its_graph(capsys: Capture) -> None:
    shown = check(backward("part"))
    assert "You overwrite" in printed(capsys)
    assert isinstance(shown, CasePicture)
    page = shown._repr_html_()
    assert page is not None
    assert page.count("<svg") == page.count("#cc2936") == 1  # one node is red
    assert "(from v)" in page
    assert "Case 0." in page
    assert "<title>" not in page  # of which a browser would make a tooltip
    assert shown.save("graph.svg").read_text().count("<svg") == 1


def test_without_a_display_there_are_words(capsys: Capture) -> None:
    shown = check(backward("part"))
    assert repr(shown) == 'a picture of case 0; .save("graph.svg") writes it to a file'


def test_without_graphviz_there_are_words(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = check(backward("part"))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    assert shown is not None
    assert shown._repr_html_() is None


@pytest.mark.parametrize(
    "source",
    [
        find_exercise("10").solution(),
        "def backward(graph, loss):\n    raise NotImplementedError",
        "def backward(graph, loss):\n    return graph.nothing",
        "def backward(graph, loss):\n    return 'yes'",
        RIGHT,
    ],
)
def test_nothing_is_shown_where_there_is_nothing_to_draw(source: str) -> None:
    assert check(defined(source)) is None


@pytest.mark.parametrize(
    "answer",
    ["{}", "{loss: 1.0, 0: float('nan')}", "[1.0] * 99", "([1.0, 2.0], [3.0])", "()"],
)
def test_any_answer_can_be_painted(answer: str) -> None:
    shown = check(defined(f"def backward(graph, loss):\n    return {answer}"))
    assert shown is not None
    assert "#cc2936" in str(shown._repr_html_())


def test_a_function_is_called_no_more_often_for_a_picture(capsys: Capture) -> None:
    source = find_exercise("10").solution().replace(UPDATE, "part")
    head = "    grads = dict.fromkeys"
    function = defined(source.replace(head, f"    print('called')\n{head}"))
    check(function)
    assert capsys.readouterr().out.count("called\n") == 12


PLUS = """
import numpy as np

def dot(g, y):
    return (g * y).sum(axis=1, keepdims=True)

def softmax_vjp(g, y):
    print("called")
    return y * (g - 2.5 * dot(g, y))
"""
ERROR = "def softmax_vjp(g, y):\n    return y * g ^ 2\n"


def as_cell(source: str, name: str = "<cell 1>") -> dict[str, Any]:
    """What a cell defines, which is known line by line, as in IPython."""
    lines = source.splitlines(keepends=True)
    linecache.cache[name] = (len(source), None, lines, name)
    names: dict[str, Any] = {}
    exec(compile(source, name, "exec"), names)
    return names


@pytest.mark.parametrize("source", [PLUS, ERROR])
def test_a_cell_is_told_what_a_file_is_told(capsys: Capture, source: str) -> None:
    check(as_cell(source)["softmax_vjp"])
    here = printed(capsys)
    answer(source)
    _, there = typed(capsys, "check", "09")
    said = " ".join(there.split()).partition("0 of 4 points")[2]
    said = re.split(r"first wrong|TypeError", said)[0]
    assert "line 9: with" in said or "write ** instead" in said
    assert said in here
    assert here.count("called") < 100  # variants print nothing


def test_a_text_that_is_no_longer_that_of_the_function_is_not_quoted(
    capsys: Capture,
) -> None:
    function = as_cell(PLUS)["softmax_vjp"]
    as_cell(PLUS.replace("2.5", "3.5"))
    check(function)
    assert "2.5" not in printed(capsys)
    del linecache.cache["<cell 1>"]
    check(function)
    assert "2.5" not in printed(capsys)


def test_an_interrupt_ends_a_variant_in_a_notebook() -> None:
    names = as_cell("def softmax_vjp(g, y):\n    raise KeyboardInterrupt\n")
    run = ThisProcess(find_exercise("09"), names)
    with pytest.raises(KeyboardInterrupt):
        run.call_variant(run.source, "softmax_vjp", [np.ones(2), np.ones(2)])
