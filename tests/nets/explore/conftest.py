"""The network of the page in a browser, without the page."""

from collections.abc import Iterator
from typing import Any

import pytest
from explored import ROOM

from nets import data


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
