"""Where a network is right and wrong: its confusions, and its most certain mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .style import (
    BLUE,
    GREY,
    columns_for,
    rows_for,
    sheet,
    shortened,
    show_image,
    without_ticks,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_MISTAKES = 24


def confusion_matrix(
    labels: NDArray[Any], guesses: NDArray[Any], classes: int
) -> NDArray[np.int64]:
    """How many pictures of each class (rows) were taken for each class (columns).

    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    pairs = labels * classes + guesses
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


def confusion(
    labels: NDArray[Any], guesses: NDArray[Any], classes: Sequence[str]
) -> Figure:
    """The confusion matrix: a row for each class, with the number of pictures.

    The darker, the larger the share of the class.
    """
    counts, names = confusion_matrix(labels, guesses, len(classes)), shortened(classes)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 0.55 * len(names) + 1.8
    figure = sheet(max(side, 3.2), max(side, 3.2))
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Greys", vmin=0, vmax=1)
    places = range(len(names))
    axes.set_xticks(places, names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(places, names)
    axes.set(xlabel="output", ylabel="target")
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, f"{count}", ha="center", va="center", color=colour)
    return figure


def mistakes(
    images: NDArray[np.uint8],
    labels: NDArray[Any],
    outputs: NDArray[Any],
    classes: Sequence[str],
    most: int = MOST_MISTAKES,
) -> Figure:
    """The pictures (N, C, H, W) that are wrong with the largest outputs (N, classes).

    Under each, what the network takes it for, how certainly, and what it is.
    """
    guesses, certain = outputs.argmax(axis=1), outputs.max(axis=1)
    wrong = np.flatnonzero(guesses != labels)
    worst = wrong[np.argsort(-certain[wrong], kind="stable")][:most]
    columns = columns_for(len(worst), 6)
    rows = max(1, rows_for(len(worst), columns))
    figure, names = sheet(1.45 * columns + 0.2, 1.75 * rows + 0.4), shortened(classes)
    found = "mistake" if len(wrong) == 1 else "mistakes"
    figure.suptitle(f"{len(wrong)} {found} in {len(labels)} pictures")
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, place in zip(grid.flat, worst, strict=False):
        axes.set_axis_on()
        show_image(without_ticks(axes), images[place])
        taken = f"{names[guesses[place]]} {certain[place]:.0%}"
        axes.set_xlabel(f"{taken}\nis {names[labels[place]]}", fontsize=8)
    return figure


def numbers(targets: NDArray[Any], said: NDArray[Any], name: str) -> Figure:
    """Numbers (N,) that were to be predicted, and what a network said, as points.

    The nearer to the line, the better.
    """
    figure = sheet(4, 4)
    axes = figure.add_subplot()
    axes.axline((float(np.mean(targets)),) * 2, slope=1, color=GREY, linewidth=1)
    axes.scatter(targets, said, s=8, color=BLUE, alpha=0.6)
    axes.set(xlabel=f"{shortened([name])[0]}, target", ylabel="output")
    axes.grid(alpha=0.3)
    return figure
