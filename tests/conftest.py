"""How the property tests run, and a browser for those that need one."""

import gc
import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings
from skips import pytest_sessionfinish as pytest_sessionfinish
from skips import pytest_terminal_summary as pytest_terminal_summary

# One process computes on each core: more threads would wait for one another.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# The same examples every time, and no stopwatch; HYPOTHESIS_PROFILE=many tries more.
EXAMPLES = {"ci": 25, "many": 300}
for profile, examples in EXAMPLES.items():
    settings.register_profile(
        profile, derandomize=True, deadline=None, max_examples=examples, database=None
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

# The collector of cycles would go through tens of thousands of tests again and again.
gc.disable()


def pytest_itemcollected(item: pytest.Item) -> None:
    """A test of several cases is found by the name of each (`-k`)."""
    rows = getattr(getattr(item, "function", None), "row_names", ())
    params = item.callspec.params if hasattr(item, "callspec") else {}
    cases = [case.name for case in params.get("operations", ())]
    item.extra_keyword_matches.update(rows, cases)


def pytest_collection_finish() -> None:
    """From here on, the collector passes over all tests, which stay to the end.

    Modules that are imported later make each look at everything slow: it is rare.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(2000, 10, 100)
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """With `-n`, a process runs tests that are side by side and takes from others last.

    So what a module or a browser needs is made once or twice, not in each process.
    """
    if getattr(config.option, "numprocesses", None) and config.option.dist == "no":
        config.option.dist = "worksteal"


CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The system's Chromium, driven by Playwright; tests skip where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright")
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        pytest.skip("no Chromium on the PATH")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()
