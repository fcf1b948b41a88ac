"""How training went: loss and accuracy, and the gradients of each layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..run import EpochRecord
from .style import GREY, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def curves(history: Sequence[EpochRecord]) -> Figure:
    """Loss and accuracy, in training and in tests, over the epochs.

    Where nothing was ever recognised, as by an autoencoder, there is no accuracy.
    """
    quantities = [("loss", 1, "loss"), ("accuracy", 100, "accuracy in %")]
    if not any(record.train_accuracy + record.test_accuracy for record in history):
        del quantities[1]
    figure = sheet(4 * len(quantities), 3.5)
    epochs = [record.epoch for record in history]
    for place, (quantity, scale, label) in enumerate(quantities, start=1):
        axes = figure.add_subplot(1, len(quantities), place)
        for part, words in (("train", "training"), ("test", "test")):
            values = [scale * getattr(r, f"{part}_{quantity}") for r in history]
            axes.plot(epochs, values, marker="o", markersize=3, label=words)
        by_epoch(axes, label)
        axes.legend()
    return figure


def by_epoch(axes: Axes, label: str) -> None:
    """Axes of something over the epochs."""
    from matplotlib.ticker import MaxNLocator

    axes.set(xlabel="epoch", ylabel=label)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)


def gradient_norms(
    norms: Mapping[str, Sequence[float]], dead: Mapping[str, float] | None = None
) -> Figure:
    """The length of the gradient of each parameter over the epochs, on a log scale.

    Lines that sink far below the others belong to layers whose gradient vanishes, lines
    that rise without end to one that explodes. First layers are dark, last ones light.
    `dead` has for each layer the share of its maps that are 0 for all pictures, which
    no gradient reaches; layers without any are left out.
    """
    from matplotlib import colormaps

    dead = {name: share for name, share in (dead or {}).items() if share}
    figure = sheet(8.5 if dead else 6.5, 3.8)
    axes = figure.add_subplot(1, 2 if dead else 1, 1)
    shades = colormaps["viridis"](np.linspace(0, 0.9, max(len(norms), 1)))
    for (name, values), shade in zip(norms.items(), shades, strict=False):
        epochs = np.arange(1, len(values) + 1)
        axes.plot(epochs, values, color=shade, marker="o", markersize=2, label=name)
    axes.set_yscale("log")
    by_epoch(axes, "length of the gradient")
    if len(norms) <= 12:
        axes.legend(fontsize=7)
    else:
        axes.set_title(f"{len(norms)} parameters, first dark, last light", fontsize=9)
    if dead:
        right = figure.add_subplot(1, 2, 2)
        right.barh([*dead], [100 * share for share in dead.values()], color=GREY)
        right.invert_yaxis()
        right.set(xlabel="maps that are 0 for all pictures, in %", xlim=(0, 100))
        right.tick_params(axis="y", labelsize=7)
    return figure
