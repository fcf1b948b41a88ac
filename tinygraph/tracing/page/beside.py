"""Two traces side by side, on one page: both show the same step."""

from __future__ import annotations

import html
from string import Template

from ..difference import Difference
from ..record import Record
from .filling import file_text, page


def beside(
    record: Record,
    other: Record,
    found: Difference | None,
    title: str,
    depth: int | None = None,
) -> str:
    """A page with the pages of two traces, opened where they first differ."""
    place = 0 if found is None else found.place
    pages = page(record, f"{title}: this", depth), page(other, f"{title}: other", depth)
    first, second = map(html.escape, pages)
    return Template(file_text("beside.html")).substitute(
        title=html.escape(title),
        sentence=html.escape("Nothing differs." if found is None else found.sentence),
        hidden="hidden" if found is None else "",
        place=place,
        first=first,
        second=second,
    )
