"""What `import tinygraph` brings at once, and what when it is asked for."""

import inspect
import json
import subprocess
import sys

import pytest

import tinygraph as tg


def loaded_after(code):
    """The rooms of tinygraph that a new Python has imported after some code."""
    more = "; import json, sys; print(json.dumps([*sys.modules]))"
    command = [sys.executable, "-c", code + more]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    modules = json.loads(shown)
    return {name.split(".")[1] for name in modules if name.startswith("tinygraph.")}


def test_calculating_imports_no_more_than_it_needs():
    later = {*tg._ROOMS, "optimize", "exercises"}
    code = "import tinygraph as tg; (tg.Tensor(1.0, requires_grad=True) * 2).backward()"
    assert not loaded_after(code) & later


@pytest.mark.parametrize("first", ["tg.draw", "tg.trace", "tinygraph.tracing.page"])
def test_a_name_is_a_function_whatever_was_imported_before(first):
    room = first if first.startswith("tinygraph") else "tinygraph"
    code = f"import tinygraph as tg, {room}; {first}; assert callable(tg.draw), tg.draw"
    assert "drawing" in loaded_after(code + "; assert callable(tg.trace)")


def test_all_names_are_there():
    for room in tg._ROOMS:
        for name in tg._room(room).__all__:
            assert getattr(tg, name) is getattr(tg._room(room), name)
            assert name in dir(tg)
    assert "optimize" in dir(tg) and tg.optimize.SGD
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        tg.nothing


def test_a_star_import_shadows_no_builtin():
    code = "from tinygraph import *; assert sum([1, 2]) == 3 and abs(-1) == 1"
    shown = (
        "; print(type(grad).__name__, type(conv2d).__name__, type(optimize).__name__)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code + shown], capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == ["function", "Primitive", "module"]
    assert {"Tensor", "relu", "grad", "one_hot", "linalg"} <= set(tg.__all__)
    assert not {"sum", "max", "abs", "round", "types", "errors"} & set(tg.__all__)


def test_completion_lists_what_is_public():
    names = [name for name in dir(tg) if not name.startswith("_")]
    modules = {name for name in names if inspect.ismodule(getattr(tg, name))}
    assert modules == {"fft", "linalg", "ops", "optimize"}
    x = tg.Tensor(1.0, requires_grad=True)
    inner = {"dispatch", "leaf", "rebind", "receive", "recorded", "seed", "label"}
    assert not inner & {*dir(x), *dir((x * x).graph)}
    assert not {"merge", "tape", "tensor_at", "current"} & {*dir((x * x).graph)}
