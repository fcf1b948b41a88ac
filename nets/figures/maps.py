"""What a convolutional network looks like inside: its filters, and its feature maps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import tinygraph as tg

from ..layers import Network, Sequential
from ..layers.tree import evaluating
from .style import (
    sheet,
    show_image,
    show_plane,
    show_signed,
    without_ticks,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_FILTERS, MOST_MAPS, MOST_DRAWINGS = 16, 16, 12


def filters(
    before: NDArray[Any], after: NDArray[Any], gradient: NDArray[Any] | None = None
) -> Figure:
    """The filters (F, C, KH, KW) of a layer before and after training; a column each.

    `gradient` is that of the error with respect to them. Filters of three channels are
    drawn as colours, 0 being grey; others, and gradients, channel by channel summed:
    blue is negative, vermillion positive.
    """
    rows = {"before training": before, "after": after}
    if gradient is not None:
        rows["gradient"] = gradient
    count = min(len(after), MOST_FILTERS)
    figure = sheet(0.75 * count + 1.4, 0.85 * len(rows) + 0.35)
    grid = figure.subplots(len(rows), count, squeeze=False)
    largest = max(np.abs(before).max(), np.abs(after).max())
    for line, (label, values) in zip(grid, rows.items(), strict=True):
        for axes, kernel in zip(map(without_ticks, line), values, strict=False):
            if label == "gradient":
                total = kernel.sum(axis=0)
                show_signed(axes, total, np.abs(values.sum(axis=1)).max())
            elif len(kernel) == 3:
                colours = 0.5 + 0.5 * kernel / (largest or 1.0)
                axes.imshow(np.moveaxis(colours, 0, -1))
            else:
                show_signed(axes, kernel.sum(axis=0), largest)
        line[0].set_ylabel(label, rotation=0, ha="right", va="center")
    figure.suptitle(f"{count} of {len(after)} filters" if count < len(after) else "")
    return figure


def images_inside(
    network: Network | Sequential, x: NDArray[Any]
) -> Iterator[tuple[str, Any]]:
    """The name of each layer that makes images, and the images, (N, C, H, W)."""
    value: Any = tg.Tensor(x)
    with tg.no_grad(), evaluating(network):
        for group, layer in network.named_parts():
            value = layer(value)
            if value.ndim == 4:
                yield f"{group} {type(layer).__name__}", value.data


def feature_maps(
    network: Network | Sequential, image: NDArray[np.uint8], x: NDArray[Any]
) -> Figure:
    """What each layer makes of one picture (C, H, W); `x` is the same, standardised.

    Grey maps go from 0, white, to the largest number of the layer, black; where a layer
    makes negative numbers, they are blue.
    """
    layers = [(name, planes[0]) for name, planes in images_inside(network, x)]
    most = min(MOST_MAPS, max((len(planes) for _, planes in layers), default=1))
    figure = sheet(0.62 * most + 2.2, 0.66 * (len(layers) + 1) + 0.2)
    grid = figure.subplots(len(layers) + 1, most, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    show_image(shown(grid[0][0]), image)
    label(grid[0][0], "picture")
    for line, (name, planes) in zip(grid[1:], layers, strict=True):
        largest = np.abs(planes).max()
        for axes, plane in zip(line, planes, strict=False):
            show_plane(shown(axes), plane, largest)
        more = len(planes) - most
        label(line[0], f"{name}\n{planes.shape[1]}×{planes.shape[2]}")
        if more > 0:
            line[-1].text(1.1, 0.5, f"+{more}", transform=line[-1].transAxes)
    return figure


def drawings(images: NDArray[np.uint8], drawn: NDArray[np.uint8]) -> Figure:
    """Pictures (N, C, H, W), and below each what an autoencoder draws of it."""
    figure = sheet(0.9 * len(images) + 1.0, 2.0)
    grid = figure.subplots(2, len(images), squeeze=False)
    for line, pictures, words in zip(
        grid, (images, drawn), ("picture", "drawn"), strict=True
    ):
        for axes, picture in zip(line, pictures, strict=True):
            show_image(without_ticks(axes), picture)
        label(line[0], words)
    return figure


def shown(axes: Any) -> Any:
    """Axes that were switched off, for a picture."""
    axes.set_axis_on()
    return without_ticks(axes)


def label(axes: Any, text: str) -> None:
    """Write to the left of a row of pictures."""
    axes.set_ylabel(text, rotation=0, ha="right", va="center", fontsize=8)


def dead_share(planes: NDArray[Any]) -> float:
    """The share of maps (N, C, H, W) that are 0 everywhere, for all pictures.

    >>> dead_share(np.stack([np.zeros((2, 3, 3)), np.eye(3)[None] * [[[0]], [[1]]]]))
    0.5
    """
    alive = np.any(planes != 0, axis=(0, 2, 3))
    return 1.0 - float(alive.mean())
