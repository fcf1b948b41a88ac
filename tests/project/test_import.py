"""What `import tinygraph` brings at once, and what when it is asked for."""

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
    later = {*tg._LATER, "optimize", "exercises"}
    code = "import tinygraph as tg; (tg.Tensor(1.0, requires_grad=True) * 2).backward()"
    assert not loaded_after(code) & later


@pytest.mark.parametrize("first", ["tg.draw", "tg.trace", "tinygraph.tracing.page"])
def test_a_name_is_a_function_whatever_was_imported_before(first):
    room = first if first.startswith("tinygraph") else "tinygraph"
    code = f"import tinygraph as tg, {room}; {first}; assert callable(tg.draw), tg.draw"
    assert "drawing" in loaded_after(code + "; assert callable(tg.trace)")


def test_all_names_are_there():
    for room, names in tg._LATER.items():
        for name in names:
            assert getattr(tg, name).__module__.startswith(f"tinygraph.{room}")
            assert name in dir(tg)
    assert "optimize" in dir(tg) and tg.optimize.SGD
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        tg.nothing
