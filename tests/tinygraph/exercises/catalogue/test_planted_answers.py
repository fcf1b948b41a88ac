"""Small changes of a reference that change what it returns are rejected."""

import ast
import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from seeds import MANY
from shipped import exercise

from tinygraph.exercises.catalogue import CATALOGUE
from tinygraph.exercises.exercise import CASES, Exercise
from tinygraph.exercises.judging.trial import run_trial, trusted_runner

NUMBERS = [path.stem[:2] for path in sorted(CATALOGUE.glob("[0-9]*.py"))]
MOST = 10  # changes of each function in every run, spread over all of them
SAME = [  # what changes nothing, or only how much memory is taken
    "np.zeros((n, c, h + 3 * pad",
    "w + 3 * pad))",
    "at['vjp'](grads[node])):",
    "zip(images, labels):",
    "reshape(len(x), -2)",
]
OTHER: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
}


def changed(node: ast.AST) -> ast.AST | None:
    """A piece of code with another operator, number or order; None if it stays."""
    new: Any = copy.copy(node)
    if isinstance(node, ast.BinOp) and type(node.op) in OTHER:
        new.op = OTHER[type(node.op)]()
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        new.value = new.value + 1
    elif isinstance(node, ast.Call) and node.keywords:
        new.keywords = node.keywords[1:]
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        new = node.value
    elif isinstance(node, ast.AugAssign):
        new = ast.Assign([node.target], node.value)
    else:
        return None
    return ast.fix_missing_locations(ast.copy_location(new, node))


def planted(function: ast.FunctionDef) -> Iterator[str]:
    """The code of a function with one change in it, for each place."""
    for parent in ast.walk(function):
        for _, value in ast.iter_fields(parent):
            for place in range(len(value) if isinstance(value, list) else 0):
                old, new = value[place], changed(value[place])
                if new is not None:
                    value[place] = new
                    yield ast.unparse(function)
                    value[place] = old
        for field, value in ast.iter_fields(parent):
            new = changed(value) if isinstance(value, ast.AST) else None
            if new is not None:
                setattr(parent, field, new)
                yield ast.unparse(function)
                setattr(parent, field, value)


def is_rejected(own: Exercise, name: str, code: str) -> bool:
    """Whether a function with this code is wrong in some case."""
    names = dict(own.cases.__globals__)
    exec(code, names)
    run = trusted_runner(own, {**own.references, name: names[name]})
    few = [k for k in range(CASES) if (own.id, k) != ("15_train", 2)]  # it takes long
    with np.errstate(all="ignore"):
        return not all(run_trial(own, run, 1, name, k).passed for k in few)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("number", NUMBERS)
def test_what_changes_a_result_is_rejected(number: str) -> None:
    own = exercise(number)
    for name in own.references:
        nodes = [n for n in own.nodes if isinstance(n, ast.FunctionDef)]
        (function,) = (copy.deepcopy(n) for n in nodes if n.name == name)
        every = [c for c in planted(function) if not any(text in c for text in SAME)]
        step = 1 if MANY else max(len(every) // MOST, 1)
        assert every
        accepted = [c for c in every[::step] if not is_rejected(own, name, c)]
        assert accepted == []
