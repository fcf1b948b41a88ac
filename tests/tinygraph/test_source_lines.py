"""`source_lines` records the line of the user's code, and nothing without it."""

import copy
import json
import pickle
from pathlib import Path
from threading import Thread

import networkx as nx
import numpy as np
import pytest
from leaves import parameter

import tinygraph as tg
from tinygraph.callers import SourceLine, is_library_file
from tinygraph.tracing.page import page


def lines_of(tensor: tg.Tensor) -> list[SourceLine | None]:
    assert tensor.graph is not None
    return [line for _, line in tensor.graph.nodes(data="source_line")]


def text_of(tensor: tg.Tensor) -> str:
    line = tensor.graph.nodes[tensor.node]["source_line"]
    assert line.file == __file__
    return line.text


def test_each_value_knows_its_line():
    x = parameter([1.0, 2.0])
    with tg.source_lines():
        h = x * 2.0
        y = np.tanh(h)
        loss = tg.mse(y, [0.0, 1.0])
    assert text_of(h) == "h = x * 2.0"
    assert text_of(y) == "y = np.tanh(h)"
    numbers = [line.number for line in lines_of(loss)]
    first = numbers[0]
    assert numbers[:4] == [first, first, first, first + 1]
    assert set(numbers[4:]) == {first + 2}


def test_the_line_is_that_of_the_function_which_calls_the_operation():
    def layer(x: tg.Tensor) -> tg.Tensor:
        return tg.relu(x)  # here

    with tg.source_lines():
        y = layer(parameter(1.0))
    assert text_of(y) == "return tg.relu(x)  # here"


def test_derivatives_and_compositions_have_the_line_that_asks_for_them():
    with tg.source_lines():
        slope = tg.grad(tg.grad(lambda x: x**3))
        x = parameter(2.0)
        y = tg.cross_entropy(tg.stack([x, x])[None], np.array([0]))
        z = np.linalg.norm(tg.stack([x, x]))
    assert float(slope(2.0)) == 12.0
    assert text_of(y).startswith("y = tg.cross_entropy(")
    assert text_of(z).startswith("z = np.linalg.norm(")
    assert {line.file for line in lines_of(z)} == {__file__}


def test_nothing_is_recorded_without_it():
    x = parameter(1.0)
    y = x * x
    with tg.source_lines():
        z = y * 2.0
    w = z + x
    assert [line is not None for line in lines_of(w)] == [
        *(False, False, True, True, False)
    ]
    assert "source_line" not in w.graph.nodes[w.node]
    assert "source_line" not in dict(w.graph.nodes[y.node])


def test_it_ends_with_an_error_and_is_left_by_threads():
    with pytest.raises(ZeroDivisionError), tg.source_lines():
        raise ZeroDivisionError
    made = []
    with tg.source_lines():
        thread = Thread(target=lambda: made.append(parameter(1.0) * 2.0))
        thread.start()
        thread.join()
    assert lines_of(made[0]) == lines_of(parameter(1.0) * 2.0) == [None] * 3


def test_merged_copied_and_pickled_graphs_keep_lines():
    x = parameter(1.0)
    with tg.source_lines():
        a, b = x * 2.0, parameter(3.0) * 1.0
        y = a + b
    lines = lines_of(y)
    assert None not in lines
    for again in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        assert lines_of(again) == lines
    copied = y.graph.copy()
    assert [line for _, line in copied.nodes(data="source_line")] == lines
    assert "test_source_lines.py" in tg.draw(copied).source


def test_files_have_the_line(tmp_path: Path):
    with tg.source_lines():
        y = parameter(1.0) * 2.0
    where = str(y.graph.nodes[y.node]["source_line"])
    assert where == f"{__file__}:{lines_of(y)[0].number}"
    nodes = json.loads(y.graph.to_json())["nodes"]
    assert [node["source_line"] for node in nodes] == [where] * 3
    y.graph.save(tmp_path / "y.graphml")
    read = nx.read_graphml(tmp_path / "y.graphml")
    assert {line for _, line in read.nodes(data="source_line")} == {where}


def test_the_page_and_pictures_show_the_line():
    with tg.source_lines():
        y = parameter(1.0) * 2.0  # "<&>"
    picture = tg.draw(y)
    text = 'y = parameter(1.0) * 2.0  # "<&>"'
    line = lines_of(y)[0]
    assert line.where == f"test_source_lines.py, line {line.number}"
    assert picture.svg().count("test_source_lines.py, line") == 3
    data = page(tg.trace(y), "t").split('id="data">')[1].split("</script>")[0]
    shown = json.loads(data)["nodes"][2]["line"]
    assert shown == {"text": text, "where": line.where}
    plain = parameter(1.0) * 2.0
    assert "tooltip" not in tg.draw(plain).source


def test_a_file_that_cannot_be_read_has_no_text():
    line = SourceLine("/no/such/file.py", 3)
    assert (line.text, line.where) == ("", "file.py, line 3")
    assert SourceLine("/tmp/ipykernel_12/345.py", 2).where == "notebook, line 2"


def test_which_files_are_libraries():
    ours = (tg.__file__, np.linalg.__file__, json.__file__, "<frozen runpy>")
    assert all(map(is_library_file, ours))
    others = (__file__, "<stdin>", "<doctest x[0]>", pytest.__file__, "test.py")
    assert not any(map(is_library_file, others))


def test_replayed_steps_are_not_changed():
    x = parameter([1.0, 2.0])

    def step(data: np.ndarray) -> tg.Tensor:
        loss = (x * data).sum()
        x.zero_grad()
        loss.backward()
        return loss

    data = np.array([0.5, -1.0])
    with tg.source_lines():
        replayed = tg.replay(step)
        results = [float(replayed(data)), float(replayed(data))]
    assert results == [float(step(data))] * 2
