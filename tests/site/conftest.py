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


@pytest.fixture
def tab(chromium) -> Iterator:
    """An offline browser tab that fails the test if a page reports an error."""
    complaints: list[str] = []
    context = chromium.new_context(offline=True)
    tab = context.new_page()
    tab.on("console", lambda said: complaints.append(said.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("requestfailed", lambda request: complaints.append(request.url))
    yield tab
    context.close()
    assert not complaints
