"""The documentation as a site, built once, and a tab to read it in."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The site, built by the command that docs/index.md gives, in another folder."""
    for module in ("sphinx", "myst_nb", "furo", "matplotlib", "scipy"):
        pytest.importorskip(module)
    told = (ROOT / "docs/index.md").read_text()
    [command] = re.findall(r"&& python (-m sphinx .*) docs/_site$", told, re.MULTILINE)
    folder = tmp_path_factory.mktemp("site")
    run = [sys.executable, *command.split(), str(folder)]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return folder


@pytest.fixture(scope="session")
def window(chromium):
    """An offline window of a browser: opening one takes longer than most tests."""
    return chromium.new_context(offline=True).new_page()


@pytest.fixture
def tab(window) -> Iterator:
    """An offline browser tab that fails the test if a page reports an error."""
    complaints: list[str] = []
    heard = {
        "console": lambda said: complaints.append(said.text),
        "pageerror": lambda error: complaints.append(str(error)),
        "requestfailed": lambda request: complaints.append(request.url),
    }
    for event, listener in heard.items():
        window.on(event, listener)
    window.set_viewport_size({"width": 1280, "height": 720})
    yield window
    window.evaluate("0")  # what the page has reported until now arrives
    for event, listener in heard.items():
        window.remove_listener(event, listener)
    window.goto("about:blank")
    assert not complaints
