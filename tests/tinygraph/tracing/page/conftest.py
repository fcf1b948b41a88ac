"""Pages of traces in a browser."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

WINDOW = {"viewport": {"width": 1280, "height": 800}}


@pytest.fixture(scope="session")
def free_tabs(chromium: Any) -> list[Any]:
    """Tabs of usual windows that no test is using; opening one takes a while."""
    return []


@pytest.fixture
def show(
    chromium: Any, free_tabs: list[Any], tmp_path: Path
) -> Iterator[Callable[..., Any]]:
    """Opens a page; in the end it must have said nothing and asked for nothing."""
    beside = str(Path(sys.executable).parent)
    if not (shutil.which("dot") or shutil.which("graphviz-pure", path=beside)):
        pytest.skip("no Graphviz here: pip install graphviz-pure")
    said: list[str] = []
    tabs: list[Any] = []
    heard = {
        "console": lambda message: said.append(message.text),
        "pageerror": lambda error: said.append(str(error)),
        "request": lambda request: said.append(request.url),
    }

    def opened(text: str, place: int | None = None, **options: Any) -> Any:
        path = tmp_path / f"page{len(tabs)}.html"
        path.write_text(text, encoding="utf-8")
        if free_tabs and not options:
            tab = free_tabs.pop()
        else:
            tab = chromium.new_context(**WINDOW | options).new_page()
        tabs.append((tab, not options))
        for event, listener in heard.items():
            tab.on(event, listener)
        tab.goto(path.as_uri() + ("" if place is None else f"#{place + 1}"))
        said[:] = [text for text in said if not text.startswith(path.as_uri())]
        return tab

    yield opened
    for tab, is_usual in tabs:
        if is_usual:
            clear(tab)
            for event, listener in heard.items():
                tab.remove_listener(event, listener)
            free_tabs.append(tab)
        else:
            tab.context.close()
    assert [text for text in said if not text.startswith("data:")] == []


def clear(tab: Any) -> None:
    """Leave nothing of a test in a tab."""
    tab.emulate_media(media="null")
    tab.mouse.move(0, 0)
    tab.goto("about:blank")
