"""Pages of traces in a browser."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def show(chromium: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Opens a page; in the end it must have said nothing and asked for nothing."""
    beside = str(Path(sys.executable).parent)
    if not (shutil.which("dot") or shutil.which("graphviz-pure", path=beside)):
        pytest.skip("no Graphviz here: pip install graphviz-pure")
    said: list[str] = []
    contexts: list[Any] = []

    def opened(text: str, place: int | None = None, **options: Any) -> Any:
        path = tmp_path / f"page{len(contexts)}.html"
        path.write_text(text, encoding="utf-8")
        options.setdefault("viewport", {"width": 1280, "height": 800})
        context = chromium.new_context(**options)
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.on("request", lambda request: said.append(request.url))
        tab.goto(path.as_uri() + ("" if place is None else f"#{place + 1}"))
        said[:] = [text for text in said if not text.startswith(path.as_uri())]
        return tab

    yield opened
    for context in contexts:
        context.close()
    assert [text for text in said if not text.startswith("data:")] == []
