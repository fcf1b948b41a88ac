"""The network of the page in a browser, without the page."""

from collections.abc import Iterator
from typing import Any

import pytest
from explored import ROOM, run_of
from explored_page import WINDOW, Same

from nets import data
from nets.explore import page


@pytest.fixture(scope="session")
def pictures() -> data.Dataset:
    return data.pictures(8, seed=4)


@pytest.fixture(scope="module")
def calculator(chromium: Any) -> Iterator[Any]:
    """A tab with the scripts that compute, and nothing else."""
    tab = chromium.new_context().new_page()
    for name in ("network", "contributions"):
        tab.add_script_tag(content=(ROOM / f"{name}.js").read_text())
    yield tab
    tab.context.close()


SMALL = {"filters": (3, 4), "kernel": (5, 3), "hidden": (10,)}


@pytest.fixture(scope="module")
def run(pictures):
    return run_of(pictures, **SMALL)


@pytest.fixture
def tab(chromium, run, pictures, tmp_path):
    """The page of a small network; in the end it has said and asked for nothing."""
    said = []
    path = tmp_path / "page.html"
    path.write_text(page(run, pictures, first=2), encoding="utf-8")
    opened = chromium.new_context(**WINDOW).new_page()
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: said.append(request.url))
    opened.goto(path.as_uri())
    said.remove(path.as_uri())
    yield opened
    opened.context.close()
    assert [text for text in said if not text.startswith("data:")] == []


@pytest.fixture
def same(run, pictures):
    found = Same(run, pictures)
    yield found
    found.restore()
