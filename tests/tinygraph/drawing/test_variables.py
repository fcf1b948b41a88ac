"""Values without a name are shown under the names of variables that hold them."""

import doctest
import gc
import sys
import weakref
from types import ModuleType
from typing import Any

import networkx as nx
import numpy as np
import pytest
from leaves import parameter

import tinygraph as tg
from tinygraph.__main__ import main

LAST: Any = None  # a global variable of this module

SCRIPT = """
import numpy as np
import tinygraph as tg
x = tg.Tensor([[1.0, 2.0]])
Wq = tg.Tensor([[0.5, -1.0], [2.0, 0.25]], requires_grad=True)
q = x @ Wq
loss = np.sum(q * q)
"""


def names(trace: tg.Trace) -> list[str]:
    return list(trace.names.values())


def test_local_variables_name_leaves_and_results():
    x, Wq = parameter([[1.0, 2.0]]), parameter(np.eye(2))
    q = x @ Wq
    loss = np.sum(tg.tanh(q))
    assert names(tg.trace(loss)) == ["x", "Wq", "q", "tanh", "loss"]
    assert '"q" [id="n2"' in tg.draw(loss).source


def test_the_step_and_its_formula_have_the_names():
    a, b = parameter(2.0), parameter(3.0)
    c = a * b
    step = tg.trace(c)[1]
    assert (step.name, step.source_name) == ("c", "a")
    assert step.formula == r"\overline{\text{a}} \leftarrow \overline{\text{c}}\, " + (
        r"\text{b}"
    )


def test_a_variable_is_called_the_same_inside_a_scope():
    x, w = parameter(2.0), parameter(3.0)
    with tg.scope("layer"):
        h = x * w
        y = tg.exp(tg.sin(h))
    assert names(tg.trace(y)) == ["x", "w", "h", "layer/sin", "y"]
    source = tg.draw(y).source
    assert '"w" -> "h"' in source and '"h" -> "layer/sin"' in source


def test_a_name_is_never_replaced():
    x = parameter(2.0, "weight")
    y = x * x
    y.name = "square"
    assert names(tg.trace(y)) == ["weight", "square"]


def test_no_value_gets_a_name_that_another_has():
    x = parameter(2.0, "x")
    h = x * x
    x = tg.exp(h)
    assert names(tg.trace(x)) == ["x", "h", "exp"]


def test_the_first_of_two_variables_counts():
    first = parameter(2.0)
    second = first
    out = again = second * first
    assert again is out
    assert names(tg.trace(out)) == ["first", "out"]


def test_local_variables_come_before_global_ones_and_hide_them(monkeypatch):
    x = parameter(2.0)
    y = x * x
    monkeypatch.setattr(sys.modules[__name__], "LAST", y)
    assert names(tg.trace(y)) == ["x", "y"]
    assert names(traced_elsewhere(tg.exp(y))) == ["parameter", "LAST", "loss"]
    LAST = tg.exp(y)  # hides the global one
    del y
    assert names(tg.trace(LAST)) == ["x", "multiply", "LAST"]


def traced_elsewhere(loss: tg.Tensor) -> tg.Trace:
    return tg.trace(loss)


def test_variables_with_an_underscore_are_left_out():
    _x = parameter(2.0)
    _ = _x * _x
    __ = _
    assert names(tg.trace(_)) == ["parameter", "multiply"]


def test_elements_of_lists_and_dictionaries():
    layers = [parameter(2.0), parameter(3.0)]
    biases = {"w": parameter(1.0), "b.c": parameter(1.0), "]": parameter(1.0)}
    h = layers[0] * layers[1]
    both = (h, 7, "text")
    y = h + biases["w"] + biases["b.c"] + biases["]"]
    shown = ["layers[0]", "layers[1]", "h", 'biases["w"]', 'biases["b.c"]']
    found = names(tg.trace(y))
    assert [name for name in found if not name.startswith(("add", "param"))] == [
        *shown,
        "y",
    ]
    assert both[0] is h


def test_pictures_with_names_of_elements_are_drawn():
    layers = {"w": [parameter(2.0)], "v": parameter([1.0])}
    y = layers["v"] * layers["w"][0]
    assert 'layers["v"]' in str(tg.trace(y))
    assert "layers[&quot;v&quot;]" in tg.trace(y)._repr_html_().replace("&amp;", "&")


def test_long_lists_are_not_searched():
    many = [parameter(1.0)] * 1001
    assert names(tg.trace(many[0] * 1.0))[0] == "parameter"


def test_variables_can_be_given_or_left_out():
    x = parameter(2.0)
    y = x * x
    assert names(tg.trace(y, variables=False)) == ["parameter", "multiply"]
    assert names(tg.trace(y, variables={"input": x})) == ["input", "multiply"]
    assert "multiply" in tg.draw(y, variables=False).source
    with pytest.raises(tg.DTypeError, match="`variables` is 3: give True, False"):
        tg.draw(y, variables=3)


def test_names_are_not_recorded():
    x = parameter(2.0)
    y = x * x
    tg.draw(y), tg.trace(y)
    assert y.name is None and x.name is None
    assert [name for _, name in y.graph.nodes(data="name")] == [None, None]


def test_a_leaf_keeps_its_variable_when_its_data_is_replaced():
    w = parameter(2.0)
    y = w * w
    w.data = 3.0
    z = y + w
    assert names(tg.trace(z)) == ["w", "y", "w 2", "z"]


def test_copied_graphs_have_the_names_too():
    x = parameter([1.0, 2.0])
    h = x * x
    y = h.sum()
    copied = nx.relabel_nodes(y.graph, {x.node: "a", h.node: "b", y.node: "c"})
    source = tg.draw(copied).source
    assert '"x" -> "h"' in source and '"h" -> "y"' in source


def test_a_picture_does_not_keep_tensors_alive():
    x = parameter(2.0)
    y = x * x
    alive = weakref.ref(y)
    gc.disable()
    try:
        tg.draw(y), tg.trace(y)
        del y
        assert alive() is None
    finally:
        gc.enable()


def test_the_dictionary_of_locals_stays_as_it_is():
    x = parameter(2.0)
    own = locals()
    tg.draw(x)
    assert own["x"] is x


def test_closures_and_comprehensions():
    w = parameter(2.0)

    def inner():
        h = w * w
        return names(tg.trace(h))

    assert inner() == ["w", "h"]
    assert [names(tg.trace(v))[-1] for v in [w * 1.0]] == ["v"]


def test_the_same_graph_gives_the_same_bytes():
    def drawn() -> tuple[str, str]:
        a, b = parameter([1.0, 2.0]), parameter([3.0, 4.0])
        twice = b
        c = a * b + twice
        return tg.draw(c).source, str(tg.trace(c.sum()))

    assert drawn() == drawn()


def test_the_command_line_knows_the_variables_of_a_script(tmp_path, capsys):
    (tmp_path / "net.py").write_text(SCRIPT)
    assert main(["trace", str(tmp_path / "net.py"), "--print"]) == 0
    printed = capsys.readouterr().out
    assert "backward from loss" in printed
    assert {"q", "Wq"} <= set(printed.split())


def test_a_notebook_knows_its_own_variables(monkeypatch):
    notebook = ModuleType("__main__")
    exec(SCRIPT, vars(notebook))
    vars(notebook)["Out"] = {3: vars(notebook)["q"] * 2.0}
    monkeypatch.setitem(sys.modules, "__main__", notebook)
    obj = vars(notebook)["loss"]  # what a notebook calls it while it shows it
    plain = tg.trace(obj, variables=vars(notebook)).framed()
    assert obj._repr_html_() == plain
    assert tg.trace(obj, variables=vars(notebook)).names[obj.node] == "loss"


def test_examples_in_docstrings():
    """The names are those of the example, in a module of this package, too."""
    text = """
    >>> import tinygraph as tg
    >>> x = tg.Tensor(3.0, requires_grad=True)
    >>> y = x * x
    >>> list(tg.trace(y).names.values())
    ['x', 'y']
    """
    globs = {"__name__": "tinygraph.tracing.trace"}
    example = doctest.DocTestParser().get_doctest(text, globs, "example", None, 0)
    result = doctest.DocTestRunner().run(example)
    assert (result.attempted, result.failed) == (4, 0)


def test_objects_are_not_asked_for_anything():
    class Lazy:
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(f"asked for {name}")

    lazy = Lazy()
    x = parameter(2.0)
    assert names(tg.trace(x * 1.0))[0] == "x"
    assert type(lazy) is Lazy
