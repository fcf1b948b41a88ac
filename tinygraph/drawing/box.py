"""One value as a box: a table of its name, its numbers and its gradient.

    ┌────────────────────────┐
    │ p              softmax │   the user's name, and the operation
    │ +0.231  +0.769     1×2 │   the numbers if they are few, and the shape
    │ +0.154  -0.248         │   the gradient, once it has arrived
    └────────────────────────┘

Each text has its own cell, because browsers drop a space between two texts.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..graph import Graph
from ..legible import legible, quantity, shape_text
from ..value import PYTHON_NUMBERS, fetched

FEW = 4  # the numbers of arrays up to this size are written out
LONGEST_NAME = 40
LONGEST_PARAMETER = 24
GRADIENT = "#b84a00"  # means gradient; nothing else has this colour
INK = "#1f2328"
GREY = "#57606a"
TABLE = 'BORDER="1" CELLBORDER="0" CELLSPACING="2" CELLPADDING="2" STYLE="ROUNDED"'

# Parameters that the box shows elsewhere, or that the user did not choose.
UNSAID = {"shape", "size", "scale"}


class Colours(NamedTuple):
    """The colours that show the role of a value."""

    line: str
    fill: str
    text: str


ROLES = {
    "parameter": Colours("#b88a1a", "#fff3d6", "#7a5500"),
    "input": Colours("#3f8fc4", "#e6f2fb", "#0b5a8c"),
    "constant": Colours("#9aa0a6", "#f1f2f3", GREY),
    "output": Colours("#c2517a", "#fbe7ee", "#98285a"),
    "value": Colours(GREY, "#ffffff", GREY),
    "layer": Colours(GREY, "#f6f8fa", GREY),
}


class Content(NamedTuple):
    """What a layer contains."""

    operations: int
    parameters: int


def value_box(
    graph: Graph, node: Any, role: str, gradient: Any, variable: str | None = None
) -> str:
    """The HTML-like label of a node, in the colours of its role."""
    colours, value = ROLES[role], graph.at(node).value
    if type(value) in PYTHON_NUMBERS:
        rows = [cell(data(scalar(value), INK))]
    else:
        rows = list(three_rows(graph, node, colours, gradient, variable))
    return framed(rows, colours)


def layer_box(title: str, content: Content, role: str) -> str:
    """The label of a layer that is drawn as one box."""
    rows = [cell(strong(title)), cell(note(amount(content), GREY))]
    return framed(rows, ROLES[role])


def amount(content: Content) -> str:
    """What a layer contains, in words: 2 operations, 1 parameter."""
    pairs = zip(content, ("operation", "parameter"), strict=True)
    return ", ".join(quantity(n, word) for n, word in pairs if n) or "empty"


def strong(title: str) -> str:
    """The title of a box, in bold."""
    return f"<B>{in_html(short_line(title))}</B>"


def in_html(text: str) -> str:
    """The text in a label: "]" or "]]" alone in a cell would end it for Graphviz."""
    return html.escape(text) if text.strip("]") else "&#93;" * len(text)


def framed(rows: list[str], colours: Colours) -> str:
    """The rows of a box in a frame."""
    body = "".join(f"<TR>{row}</TR>" for row in rows)
    style = f'{TABLE} COLOR="{colours.line}" BGCOLOR="{colours.fill}"'
    return f"<<TABLE {style}>{body}</TABLE>>"


def three_rows(
    graph: Graph, node: Any, colours: Colours, gradient: Any, variable: str | None
) -> Iterator[str]:
    """Name and operation; numbers and shape; the gradient, if one can arrive."""
    at = graph.at(node)
    numbers = [] if at.value is None else few_numbers(at.value)
    width = len(numbers) + 2  # an empty column keeps numbers and shape apart
    yield title_row(graph, node, width, colours, variable)
    shape = note(known_shape(at), GREY)
    if numbers:
        cells = [cell(data(text, INK)) for text in numbers]
        yield "".join(cells) + cell("") + cell(shape, align="RIGHT")
    else:
        yield cell(shape, width)
    if at.requires_grad:
        yield gradient_row(gradient, width)


def known_shape(at: Any) -> str:
    """The shape, or a note that the value is unknown."""
    unknown = at.value is None and not at.shape
    return "no value" if unknown else shape_text(at.shape, "×")


def title_row(
    graph: Graph,
    node: Any,
    width: int,
    colours: Colours,
    variable: str | None = None,
) -> str:
    """The user's name for a value, or else the operation, with its parameters."""
    operation = operation_of(graph, node)
    title = title_of(graph, node, variable)
    details = parameter_texts(graph, node)
    if title != operation:
        details.insert(0, operation)
    bold = strong(title)
    if not details:
        return cell(bold, width)
    small = note(in_html(graphviz_text(", ".join(details))), colours.text)
    left = max(1, width - 3)
    return cell(bold, left) + cell(small, width - left, "RIGHT")


def gradient_row(gradient: Any, width: int) -> str:
    """The numbers of a gradient or its norm; empty while none has arrived."""
    if gradient is None:
        return cell(data("&#160;", GRADIENT), width)
    texts = few_numbers(gradient)
    if not texts:
        return cell(data(norm_in_words(gradient), GRADIENT), width)
    cells = [cell(data(text, GRADIENT)) for text in texts]
    return "".join(cells) + cell("", width - len(cells))


def cell(content: str, columns: int = 1, align: str = "LEFT") -> str:
    """A table cell that spans some columns."""
    return f'<TD ALIGN="{align}" VALIGN="TOP" COLSPAN="{columns}">{content}</TD>'


def data(text: str, colour: str) -> str:
    """Numbers, in a monospaced font."""
    return f'<FONT FACE="Courier New" POINT-SIZE="9" COLOR="{colour}">{text}</FONT>'


def note(text: str, colour: str) -> str:
    """Small text, next to a name or a number."""
    return f'<FONT POINT-SIZE="9" COLOR="{colour}">{text}</FONT>'


def few_numbers(value: Any) -> list[str]:
    """The numbers of a small array; none for a larger one."""
    array = np.asarray(fetched(value))
    return [number(x) for x in array.ravel().tolist()] if array.size <= FEW else []


def gradient_texts(gradient: Any) -> list[str]:
    """A gradient as a box shows it: its few numbers, or the norm."""
    return few_numbers(gradient) or [norm_in_words(gradient)]


def brief(array: Any) -> str:
    """The numbers of a small array, or else its norm and shape.

    >>> brief([0.5, -2.0]), brief(np.ones((3, 3)))
    ('+0.500 -2.000', 'norm 3.0e+00 (3×3)')
    """
    if np.size(array) <= FEW:
        return " ".join(few_numbers(array)) or "nothing"
    return f"{norm_in_words(array)} ({size(np.shape(array))})"


def norm_in_words(array: Any) -> str:
    """The Euclidean norm of an array, in words."""
    with np.errstate(over="ignore"):
        norm = float(np.linalg.norm(np.asarray(fetched(array), float)))
    return f"norm {norm:.1e}" if norm else "norm 0"


def number(value: float) -> str:
    """A number in at most nine characters, so that columns line up.

    >>> [number(x) for x in (0.1537, -0.0091, 0.0, 7, float("nan"))]
    ['+0.154', '-9.1e-03', '0', '7', 'nan']
    """
    if isinstance(value, int) or not math.isfinite(value):
        return str(value)
    if value == 0:
        return "0"
    return f"{value:+.3f}" if 0.01 <= abs(value) < 1000 else f"{value:+.1e}"


def scalar(value: float) -> str:
    """A number from the user's code, as it would be written there."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def size(shape: Any) -> str:
    """The size of an array or a window: (3, 32, 32) as 3×32×32."""
    return "×".join(map(str, shape))


def title_of(graph: Graph, node: Any, variable: str | None = None) -> str:
    """The user's name on one short line, or else a variable's, or the operation's."""
    name = short_line(graph.name_of(node) or "") or short_line(variable or "")
    return name or operation_of(graph, node)


def operation_of(graph: Graph, node: Any) -> str:
    """The name of an operation, or the role of a leaf, on one short line."""
    return short_line(graph.at(node).op) or "unknown"


def short_line(text: str) -> str:
    """The text on one line, shortened if it is long."""
    line = graphviz_text(text).strip()
    return line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 3] + "..."


def graphviz_text(text: str) -> str:
    r"""The text as Graphviz will show it: to Graphviz, \N is the name of a node."""
    return legible(text.replace("\\", "\N{SET MINUS}"), " ")


def parameter_texts(graph: Graph, node: Any) -> list[str]:
    """The parameters of an operation in words, except those left at defaults."""
    at = graph.at(node)
    params = at.params
    if "stride" in params:
        kernel = params.get("kernel")
        if kernel is None and len(at.inputs) > 1:
            kernel = graph.at(at.inputs[1]).shape[2:]
        if kernel is not None:
            return window_texts(kernel, params)
    defaults = {} if at.primitive is None else at.primitive.defaults
    texts = (
        parameter_text(str(name), value)
        for name, value in params.items()
        if name not in UNSAID and not is_default(defaults, name, value)
    )
    return [text for text in texts if text]


def window_texts(kernel: Any, params: Mapping[str, Any]) -> list[str]:
    """How a window slides over an image; its stride is its own size by default."""
    stride = kernel if params["stride"] is None else params["stride"]
    texts = [
        f"kernel {size(pair(kernel))}",
        f"stride {short_pair(stride)}",
        f"pad {short_pair(params.get('padding', 0))}",
    ]
    for name in ("dilation", "groups"):
        if (text := short_pair(params.get(name, 1))) != "1":
            texts.append(f"{name} {text}")
    return texts


def pair(value: Any) -> tuple[Any, ...]:
    """Rows and columns, which may be given as one number for both."""
    return (value, value) if np.ndim(value) == 0 else tuple(value)


def short_pair(value: Any) -> str:
    """Two numbers as 2×1, or as one number if they are equal."""
    both = pair(value)
    return str(both[0]) if len(set(both)) == 1 else size(both)


def is_default(defaults: Mapping[str, Any], name: str, value: Any) -> bool:
    """Whether a parameter has its default value."""
    if value is None or isinstance(value, np.ndarray):
        return value is None
    return bool(name in defaults and defaults[name] == value)


def parameter_text(name: str, value: Any) -> str:
    """A parameter in words; nothing if it is switched off or too long to read."""
    if value is True:
        return name
    if value is False:
        return ""
    text = f"[{index(value)}]" if name == "index" else f"{name} {value_text(value)}"
    return text if len(text) <= LONGEST_PARAMETER and "\n" not in text else ""


def value_text(value: Any) -> str:
    """A parameter's value: a float in short form, a type by its name."""
    if isinstance(value, type):
        return value.__name__
    return f"{value:g}" if isinstance(value, float) else str(value)


def index(value: Any) -> str:
    """An index as it is written in brackets: 0, 1:3."""
    if isinstance(value, tuple):
        return ", ".join(map(index, value))
    if value is Ellipsis:
        return "..."
    if not isinstance(value, slice):
        return str(value)
    ends = ["" if end is None else str(end) for end in (value.start, value.stop)]
    return ":".join(ends if value.step is None else [*ends, str(value.step)])
