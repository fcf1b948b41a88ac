"""Figures of the book: each function turns numbers into a picture."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib
import numpy as np
from IPython.display import SVG, Image
from matplotlib.animation import FuncAnimation, PillowWriter
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

Array = NDArray[np.floating]

INK, GREY = "#1f2328", "#8c959f"
BLUE, VERMILLION, GREEN = "#0b5e8a", "#bf4a08", "#3c7d3c"
COLOURS = [BLUE, VERMILLION, GREEN, GREY]
SIGNED = "RdBu_r"  # red for what is positive, blue for what is negative
LINE = 0.42  # inches that one row of a matrix is high

matplotlib.rcParams.update({"svg.hashsalt": "tinygraph", "font.size": 10})


def svg(figure: Figure) -> SVG:
    """The figure as text; the same figure gives the same bytes."""
    text = io.StringIO()
    trimmed = {"bbox_inches": "tight", "pad_inches": 0.06}
    figure.savefig(text, format="svg", metadata={"Date": None}, **trimmed)
    return SVG(text.getvalue())


def cells(count: int, columns: int, width: float, height: float) -> tuple[Figure, list]:
    """A figure with axes in rows, each of width by height inches and without ticks."""
    columns = min(count, columns)
    rows = -(-count // columns)
    figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
    grid = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes in grid[:count]:
        axes.set(xticks=[], yticks=[])
    for axes in grid[count:]:
        axes.set_axis_off()
    return figure, grid[:count]


def pictures(images: Array, titles: Sequence[str], columns: int = 4) -> SVG:
    """Images (N, 3, H, W) of bytes, each with a title."""
    figure, grid = cells(len(images), columns, 1.5, 1.9)
    for axes, image, title in zip(grid, images, titles, strict=True):
        axes.imshow(image.transpose(1, 2, 0))
        axes.set_title(title, fontsize=10)
    return svg(figure)


def filters(weights: Array, titles: Sequence[str] | None = None) -> SVG:
    """Filters (F, 3, k, k) as colour pictures: grey is 0, and all have one scale."""
    largest = np.abs(weights).max()
    figure, grid = cells(len(weights), 6, 1.15, 1.4)
    for number, (axes, weight) in enumerate(zip(grid, weights, strict=True)):
        axes.imshow(0.5 + 0.5 * weight.transpose(1, 2, 0) / largest)
        axes.set_title(titles[number] if titles else f"filter {number}", fontsize=9)
    return svg(figure)


def maps(arrays: Array, titles: Sequence[str], signed: bool = True) -> SVG:
    """Arrays (N, H, W) as pictures: red positive, blue negative, white 0."""
    largest = np.abs(arrays).max() or 1.0
    scale = {"cmap": SIGNED, "vmin": -largest, "vmax": largest}
    if not signed:
        scale = {"cmap": "gray_r", "vmin": 0.0, "vmax": largest}
    figure, grid = cells(len(arrays), 6, 1.15, 1.4)
    for axes, array, title in zip(grid, arrays, titles, strict=True):
        axes.imshow(array, **scale)
        axes.set_title(title, fontsize=9)
    return svg(figure)


def tables(arrays: Mapping[str, Array], digits: int = 2, cell: float = 0.62) -> SVG:
    """Matrices with their numbers, beside each other: red positive, blue negative.

    A cell is `cell` inches wide and `LINE` high in all of them.
    """
    ratios = [array.shape[1] for array in arrays.values()]
    rows = max(array.shape[0] for array in arrays.values())
    size = (cell * (sum(ratios) + 0.5 * len(ratios)), LINE * rows + 0.5)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(1, len(ratios), width_ratios=ratios, squeeze=False)[0]
    largest = max(np.abs(array).max() for array in arrays.values()) or 1.0
    for axes, (title, array) in zip(grid, arrays.items(), strict=True):
        table(axes, array, title, largest, digits)
        axes.set_aspect(LINE / cell, anchor="N")
    return svg(figure)


def table(axes: Axes, array: Array, title: str, largest: float, digits: int) -> None:
    """One matrix with its numbers."""
    axes.imshow(array, SIGNED, vmin=-2 * largest, vmax=2 * largest)
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=10)
    for (i, j), value in np.ndenumerate(array):
        axes.text(j, i, f"{value:.{digits}f}", ha="center", va="center", fontsize=9)


def bars(groups: Mapping[str, Mapping[str, Array]], ticks: Sequence[str]) -> SVG:
    """Bar charts beside each other; in each, one colour for each label."""
    figure = Figure(figsize=(3.4 * len(groups), 2.4), layout="constrained")
    grid = figure.subplots(1, len(groups), squeeze=False)[0]
    places = np.arange(len(ticks))
    for axes, (title, series) in zip(grid, groups.items(), strict=True):
        width = 0.8 / len(series)
        for number, (label, values) in enumerate(series.items()):
            offset = (number - (len(series) - 1) / 2) * width
            axes.bar(places + offset, values, width, label=label, color=COLOURS[number])
        axes.set_xticks(places, ticks)
        axes.set_title(title, fontsize=10)
        axes.axhline(0, color=INK, linewidth=0.6)
        if len(series) > 1:
            axes.legend(frameon=False, fontsize=8)
    return svg(figure)


def curves(panels: Mapping[str, Mapping[str, tuple]], xlabel: str = "") -> SVG:
    """Panels beside each other, each with lines: label to (x, y)."""
    figure = Figure(figsize=(3.6 * len(panels), 2.6), layout="constrained")
    grid = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (title, lines) in zip(grid, panels.items(), strict=True):
        for number, (label, (x, y)) in enumerate(lines.items()):
            axes.plot(x, y, label=label, color=COLOURS[number])
        axes.set(title=title, xlabel=xlabel)
        axes.grid(alpha=0.3)
        if len(lines) > 1:
            axes.legend(frameon=False, fontsize=8)
    return svg(figure)


def valley(axes: Axes, error: Callable[[Array, Array], Array]) -> None:
    """Lines of equal error over the plane of two weights."""
    x, y = np.meshgrid(np.linspace(-3.2, 3.2, 160), np.linspace(-2.2, 2.2, 120))
    heights = error(x, y)
    axes.contourf(x, y, heights, levels=18, cmap="Blues_r", alpha=0.75)
    axes.contour(x, y, heights, levels=18, colors="white", linewidths=0.5)
    axes.set(xlabel="first weight", ylabel="second weight", aspect="equal")


def descents(error: Callable[..., Array], paths: Mapping[str, Array]) -> SVG:
    """Paths (steps, 2) of gradient descent, each in a valley of its own."""
    figure = Figure(figsize=(3.4 * len(paths), 2.7), layout="constrained")
    grid = figure.subplots(1, len(paths), squeeze=False)[0]
    for axes, (title, path) in zip(grid, paths.items(), strict=True):
        valley(axes, error)
        axes.plot(*path.T, ".-", color=VERMILLION, linewidth=1.2, markersize=4)
        axes.set(title=title, xlim=(-3.2, 3.2), ylim=(-2.2, 2.2))
    return svg(figure)


def film(error: Callable[..., Array], paths: Mapping[str, Array]) -> Image:
    """Paths that grow step by step, as an animation that rests at the end."""
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.subplots()
    valley(axes, error)
    lines = [
        axes.plot([], [], ".-", color=colour, label=label)[0]
        for label, colour in zip(paths, [VERMILLION, INK, GREEN], strict=True)
    ]
    axes.legend(loc="upper right", fontsize=9)

    def until(step: int) -> list:
        for line, path in zip(lines, paths.values(), strict=True):
            line.set_data(*path[: step + 1].T)
        return lines

    steps = max(len(path) for path in paths.values())
    with TemporaryDirectory() as folder:
        path = Path(folder, "film.gif")
        animation = FuncAnimation(figure, until, frames=[*range(steps), *[steps] * 10])
        animation.save(path, PillowWriter(fps=5), dpi=90)
        return Image(path.read_bytes(), format="gif")
