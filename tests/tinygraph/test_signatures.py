"""Types that users get: mypy and pyright on code with right and with wrong calls."""

import json
import runpy
import subprocess
import sys
import typing

import numpy as np
import pytest
from rooms import ROOT

import tinygraph as tg

pytest.importorskip("basedpyright")

CODE = ROOT / "tests" / "support" / "user_code"
WRONG = CODE / "wrong.py"
RIGHT = [CODE / "right.py"]
if np.lib.NumpyVersion(np.__version__) >= "2.3.0":
    RIGHT.append(CODE / "right_numpy.py")


def run(*command):
    """What a command prints, whatever its exit status."""
    ended = subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert ended.stdout, ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def mypy(tmp_path_factory):
    """The (file, line) of each of mypy's errors."""
    cache = tmp_path_factory.mktemp("mypy")
    lines = run("mypy", "--strict", "--output=json", f"--cache-dir={cache}", CODE)
    found = [json.loads(line) for line in lines.splitlines() if line[0] == "{"]
    return {(error["file"].split("/")[-1], error["line"]): error for error in found}


@pytest.fixture(scope="module")
def pyright(tmp_path_factory):
    """The (file, line) of each of pyright's errors; strict, as configured in ours."""
    config = tmp_path_factory.mktemp("pyright") / "pyrightconfig.json"
    strict = {"include": [str(CODE)], "extraPaths": [str(ROOT)]}
    config.write_text(json.dumps({"typeCheckingMode": "strict", **strict}))
    report = run("basedpyright", "--outputjson", "-p", config)
    return {
        (error["file"].split("/")[-1], error["range"]["start"]["line"] + 1): error
        for error in json.loads(report)["generalDiagnostics"]
    }


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_right_code_has_no_errors(checker, request):
    found, right = request.getfixturevalue(checker), [path.name for path in RIGHT]
    assert [error for (file, _), error in found.items() if file in right] == []


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_each_wrong_line_is_found_and_no_other(checker, request):
    found = request.getfixturevalue(checker)
    lines = WRONG.read_text().splitlines()
    marks = ("# wrong", f"# wrong to {checker}")
    marked = {n for n, line in enumerate(lines, 1) if line.endswith(marks)}
    assert len(marked) > 20
    assert {line for file, line in found if file == WRONG.name} == marked


def test_right_code_runs_and_gives_what_the_checkers_say(monkeypatch):
    """`assert_type` does nothing at run time; here it looks."""
    seen = []

    def compare(value, kind):
        if kind is tg.Tensor or isinstance(kind, type):
            assert isinstance(value, kind), (value, kind)
            seen.append(kind)
        elif typing.get_origin(kind) is np.ndarray:
            assert isinstance(value, np.ndarray | np.generic)
            seen.append(kind)
        return value

    monkeypatch.setattr(typing, "assert_type", compare)
    for path in RIGHT:
        runpy.run_path(str(path))
    assert len(seen) > 60
