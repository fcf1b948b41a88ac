"""What all figures have in common: paper, colours, and small pictures in a grid."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

# Negative and positive, as on the pages of traces: Okabe and Ito's blue and vermillion.
BLUE, VERMILLION = "#0072b2", "#d55e00"
GREY = "#595959"


def sheet(width: float, height: float) -> Figure:
    """An empty figure, in inches. Raises ModuleNotFoundError without matplotlib."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def png(figure: Figure, dpi: int = 120) -> bytes:
    """The figure, made by `sheet`, as a PNG; the same figure gives the same bytes.

    `savefig` would draw it twice, the first time for its layout alone.
    """
    canvas: Any = figure.canvas
    layout: Any = figure.get_layout_engine()
    picture = io.BytesIO()
    figure.set_dpi(dpi)
    layout.execute(figure)
    figure.set_layout_engine("none")
    canvas.print_png(picture, metadata={"Software": None})
    figure.set_layout_engine(layout)
    return picture.getvalue()


def signed_colours() -> LinearSegmentedColormap:
    """Blue below 0, white at 0, vermillion above."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("signed", [BLUE, "white", VERMILLION])


def show_signed(axes: Axes, values: NDArray[Any], largest: float) -> Any:
    """Draw a plane of numbers from −largest to largest, pixel by pixel."""
    bound = largest or 1.0
    return axes.imshow(values, cmap=signed_colours(), vmin=-bound, vmax=bound)


def show_plane(axes: Axes, values: NDArray[Any], largest: float) -> Any:
    """Draw numbers in grey, 0 white and `largest` black, or in colours if some are < 0.

    In what ReLU makes, white is then a unit that does not fire.
    """
    if values.min() < 0:
        return show_signed(axes, values, largest)
    return axes.imshow(values, cmap="Greys", vmin=0, vmax=largest or 1.0)


def show_image(axes: Axes, image: NDArray[np.uint8]) -> None:
    """Draw an image (C, H, W) of bytes."""
    planes = np.moveaxis(image, 0, -1)
    if planes.shape[2] == 1:
        axes.imshow(planes[:, :, 0], cmap="gray", vmin=0, vmax=255)
    else:
        axes.imshow(planes)


def without_ticks(axes: Axes) -> Axes:
    """Axes for a picture: a thin frame, and no numbers."""
    axes.set(xticks=[], yticks=[])
    for side in axes.spines.values():
        side.set(linewidth=0.5, color=GREY)
    return axes


def columns_for(count: int, most: int = 8) -> int:
    """How many columns a grid of some pictures has.

    >>> columns_for(3), columns_for(6), columns_for(16), columns_for(33)
    (3, 6, 8, 8)
    """
    return max(1, min(most, count))


def rows_for(count: int, columns: int) -> int:
    """How many rows then follow.

    >>> rows_for(9, 8)
    2
    """
    return math.ceil(count / columns)


def shortened(names: Sequence[str], most: int = 14) -> list[str]:
    """Names of classes that fit beside a figure, legible whatever a folder is called.

    >>> shortened(["boat", "a very long name of a class"])
    ['boat', 'a very long n…']
    """
    return [n if len(n) <= most else f"{n[: most - 1]}…" for n in map(printable, names)]


def printable(text: str) -> str:
    """The text without what cannot be drawn, and with no sign that begins a formula."""
    shown = "".join(c if c.isprintable() else "�" for c in text)
    return shown.replace("$", r"\$")
