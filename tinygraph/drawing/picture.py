"""Picture: a drawing that a notebook shows and that can be saved to a file."""

from __future__ import annotations

import html
import os
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

from ..errors import DrawingError
from ..files import escaped, expanded, write_atomically
from .render import render

MOST_BOXES = 400  # more cannot be read, and their layout takes minutes
ENDINGS = (".svg", ".png", ".pdf", ".html", ".dot")

# The colours of fills and texts on a dark page.
DARK = {
    "#ffffff": "#20262d",
    "#fff3d6": "#382e14",
    "#e6f2fb": "#142b3c",
    "#f1f2f3": "#2c3136",
    "#fbe7ee": "#3b1d29",
    "#f6f8fa": "#171b20",
    "#f8f6fe": "#1f1b29",
    "#ebe4fb": "#2d2542",
    "#d9cbf6": "#3f3163",
    "#c2acef": "#523d8c",
    "#a98ae6": "#674ab5",
    "#1f2328": "#e8ebee",
    "#57606a": "#a8b1ba",
    "#7a5500": "#e3c06a",
    "#0b5a8c": "#86c5ef",
    "#98285a": "#f29bbb",
    "#b84a00": "#ff8f52",
}
PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>$title</title>
<style>
:root { color-scheme: light dark; }
body { margin: 2rem; font: 1rem Arial, sans-serif; background: #fff; color: #1f2328; }
h1 { font-size: 1.2rem; }
@media (prefers-color-scheme: dark) {
body { background: #101418; color: #e8ebee; }
.cluster path { stroke: #39414a; }
$dark
}
</style>
</head>
<body>
<h1>$title</h1>
$drawing</body>
</html>
""")


def as_paragraph(error: DrawingError) -> str:
    """The reason why there is no picture, for a notebook."""
    return f"<p>{html.escape(str(error))}</p>"


@dataclass(frozen=True)
class Picture:
    """A drawing of a graph: its DOT text `source`, which is laid out when needed."""

    source: str = field(repr=False)
    boxes: int

    def svg(self) -> str:
        """The picture as an SVG document."""
        return self._render("svg").decode()

    def _repr_mimebundle_(self, **selection: Any) -> dict[str, str]:
        """The drawing for a notebook, or the reason why there is none."""
        try:
            return {"text/plain": repr(self), "image/svg+xml": self.svg()}
        except DrawingError as error:
            return {"text/plain": str(error), "text/html": as_paragraph(error)}

    def _repr_svg_(self) -> str | None:
        """The drawing for tools that ask for SVG; None if it cannot be drawn."""
        try:
            return self.svg()
        except DrawingError:
            return None

    def html(self, title: str) -> str:
        """The picture as a self-contained page."""
        svg = self.svg()
        drawing = svg[svg.index("<svg") :]
        dark = "\n".join(
            f'[fill="{old}"] {{ fill: {new}; }}' for old, new in DARK.items()
        )
        return PAGE.substitute(title=html.escape(title), dark=dark, drawing=drawing)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write a .svg, .png, .pdf, .html or .dot file, completely or not at all.

        Raises DrawingError for any other extension, and if the picture cannot be drawn.
        """
        path = expanded(path)
        ending = path.suffix.lower()
        if ending not in ENDINGS:
            raise DrawingError(
                f"cannot save a picture as {path.name!r}: use one of the extensions "
                f"{' '.join(ENDINGS)}"
            )
        write_atomically(path, self._content(ending, escaped(path.stem)))
        return path

    def _content(self, ending: str, title: str) -> bytes:
        if ending == ".dot":
            return self.source.encode()
        if ending == ".html":
            return self.html(title).encode()
        return self._render(ending[1:])

    def _render(self, format: str) -> bytes:
        if self.boxes > MOST_BOXES:
            raise DrawingError(
                f"a picture of {self.boxes} boxes would be illegible, the limit is "
                f"{MOST_BOXES}: draw each layer as one box with depth=0, or a tensor "
                f'with a smaller graph, or save the text with .save("graph.dot")'
            )
        return render(self.source, format)
