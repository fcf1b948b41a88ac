"""Which tests may be skipped, and why: any other skip fails where all is installed.

EXPECTED_SKIPS names the lists that hold, `EXPECTED_SKIPS=data,docs python -m pytest`.
Without it, anything may be skipped.
"""

import os
from collections.abc import Iterable
from typing import Any

import pytest

# The start of a test's id, and what the reason for skipping it must contain.
Reasons = list[tuple[str, str]]
EXERCISES = "tests/tinygraph/exercises"
PROCESS = f"{EXERCISES}/running/test_process.py"
WALLS = f"{EXERCISES}/running/test_walls.py"
LISTS: dict[str, Reasons] = {
    # Files that are too large to be kept here.
    "data": [
        ("tests/nets/data/test_cifar.py", "the real archive is not here"),
        ("tests/nets/data/test_idx.py", "dataset-fashion-mnist is not installed"),
        ("tests/nets/data/test_folder.py", "the photographs are not here"),
        ("tests/nets/networks/test_onnx.py", "the photographs are not here"),
        ("tests/nets/networks/test_safetensors.py", "the photographs are not here"),
        ("tests/nets/test_main.py", "the photographs are not here"),
    ],
    # Programs that pip does not install.
    "programs": [
        ("tests/tinygraph/test_graph_tools.py", "Node is not there"),
        ("tests/tinygraph/test_graph_tools.py", "npm install"),
        ("tests/nets/explore/test_explore_page.py", "npm install axe-core"),
        ("tests/tinygraph/drawing/test_dot.py", "no dot here"),
        ("tests/tinygraph/drawing/test_drawing_names.py", "no dot here"),
        (WALLS, "bubblewrap is not installed"),
    ],
    # What the kernel of a container may not allow: walls around a student's process.
    "container": [
        (PROCESS, "the package's files cannot be hidden"),
        (PROCESS, "processes are not separated here"),
        (PROCESS, "it would end this user's other processes"),
        (WALLS, "no Landlock here"),
        (f"{EXERCISES}/submissions/test_submissions.py", "not all walls stand here"),
    ],
    # Extras that are not installed.
    "docs": [
        (f"{EXERCISES}/student/test_notebook", "could not import 'nb"),
        (f"{EXERCISES}/student/test_notebook", "could not import 'ipykernel'"),
        ("tests/site/", "could not import"),
    ],
    "oracle": [
        ("tests/", "could not import 'torch'"),
        ("tests/", "could not import 'onnxscript'"),
    ],
    "onnx": [("tests/", "could not import 'onnx")],
    "download": [("tests/", "could not import 'pooch'")],
    "safetensors": [("tests/", "could not import 'safetensors")],
    # Where no browser could be installed.
    "browser": [("tests/", "no Chromium on the PATH")],
}


def unexpected(reports: Iterable[Any], names: Iterable[str]) -> list[str]:
    """The skips, as pytest reports them, that none of the lists expects."""
    expected = [pair for name in names for pair in LISTS[name]]
    return [
        f"{report.nodeid}: {report.longrepr[2]}"
        for report in reports
        if not any(
            report.nodeid.startswith(start) and reason in report.longrepr[2]
            for start, reason in expected
        )
    ]


def found(config: pytest.Config) -> list[str]:
    """The unexpected skips of a session; none where nobody asked."""
    names = os.environ.get("EXPECTED_SKIPS")
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if names is None or reporter is None:
        return []
    skipped = reporter.stats.get("skipped", [])
    return unexpected(skipped, filter(None, names.split(",")))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if found(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for line in found(config):
        terminalreporter.line(f"SKIPPED UNEXPECTEDLY {line}", red=True)
