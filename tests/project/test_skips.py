"""A skip that nobody expects fails the run that asks for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import skips

TESTS = """
import pytest

def test_one():
    pytest.importorskip("torch_of_another_world")

def test_two():
    pytest.skip("the photographs are not here")

@pytest.mark.skipif(True, reason="no fork here")
def test_three():
    pass

def test_four():
    pass
"""
MODULE = 'import pytest\npytest.importorskip("torch_of_another_world")\n'


@pytest.mark.parametrize("workers", [[], ["-n", "1"]], ids=["alone", "shared out"])
def test_the_exit_code_and_the_sentences(tmp_path, workers):
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "test_module.py").write_text(MODULE)
    (tmp_path / "conftest.py").write_text("from skips import *\n")

    def ran(**lists):
        before = {k: v for k, v in os.environ.items() if k != "EXPECTED_SKIPS"}
        here = {"PYTHONPATH": str(Path(skips.__file__).parent)}
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *workers],
            env={**before, **here, **lists},
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        lines = [line for line in ended.stdout.splitlines() if "UNEXPECTEDLY" in line]
        return ended.returncode, len(lines)

    assert ran(EXPECTED_SKIPS="data,browser") == (1, 4)
    assert ran() == (0, 0)


class Report:
    def __init__(self, nodeid, reason):
        self.nodeid, self.longrepr = nodeid, ("a file", 7, f"Skipped: {reason}")


def test_both_the_place_and_the_reason_are_expected():
    place = "tests/nets/data/test_folder.py::test_photographs"
    reason = "the photographs are not here"
    assert not skips.unexpected([Report(place, reason)], ["data"])
    assert skips.unexpected(
        [Report("tests/tinygraph/test_calculus.py::a", reason)], ["data"]
    )
    assert skips.unexpected([Report(place, "no reason")], ["data"]) == [
        f"{place}: Skipped: no reason"
    ]
    torch = Report("tests/tinygraph/ops/test_oracle.py", "could not import 'torch'")
    assert skips.unexpected([torch], ["data", "docs", "browser", "container"])
    assert not skips.unexpected([torch], ["oracle"])
    with pytest.raises(KeyError):
        skips.unexpected([torch], ["a list that there is not"])
