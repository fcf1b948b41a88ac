"""The loss around a solution, and gradient descent on a surface of two numbers."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import tinygraph as tg

from .style import BLUE, GREY, VERMILLION, png, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = (VERMILLION, BLUE, GREY)

Parameters = Sequence[tg.Tensor]
Direction = list[NDArray[Any]]


def random_direction(rng: np.random.Generator, parameters: Parameters) -> Direction:
    """A random direction in which each filter moves by its own length; biases stay.

    So a step of 1 means the same in every layer. Li et al., Visualizing the loss
    landscape of neural nets, 2018.
    """
    direction = []
    for tensor in parameters:
        step = rng.standard_normal(tensor.shape).astype(tensor.dtype)
        axes = tuple(range(1, tensor.ndim))
        if not axes:
            direction.append(np.zeros_like(step))
            continue
        length = np.sqrt(np.square(tensor.data).sum(axis=axes, keepdims=True))
        own = np.sqrt(np.square(step).sum(axis=axes, keepdims=True))
        direction.append(step * (length / own))
    return direction


@contextmanager
def moved(parameters: Parameters, *steps: tuple[float, Direction]) -> Iterator[None]:
    """The parameters some way along directions; in the end they are where they were."""
    before = [tensor.data for tensor in parameters]
    try:
        for place, tensor in enumerate(parameters):
            moves = (float(size) * direction[place] for size, direction in steps)
            tensor.data = (before[place] + sum(moves)).astype(tensor.dtype)
        yield
    finally:
        for tensor, data in zip(parameters, before, strict=True):
            tensor.data = data


def loss_surface(
    loss: Callable[[], float],
    parameters: Parameters,
    rng: np.random.Generator,
    points: int = 15,
    reach: float = 1.0,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The loss on a grid around the parameters, in two random directions.

    Returns the places along each direction, from −reach to reach, and the losses,
    (points, points). `loss` computes the loss with the parameters as they are.
    """
    places = np.linspace(-reach, reach, points)
    first, second = (random_direction(rng, parameters) for _ in range(2))
    losses = np.empty((points, points))
    for row, column in np.ndindex(points, points):
        steps = [(float(places[row]), first), (float(places[column]), second)]
        with moved(parameters, *steps):
            losses[row, column] = loss()
    return places, losses


def surface(places: NDArray[Any], losses: NDArray[Any]) -> Figure:
    """The loss around the solution, as lines of equal loss and as a landscape."""
    figure = sheet(9, 4)
    across, down = np.meshgrid(places, places)
    heights = np.log10(np.maximum(losses, 1e-12))
    flat = figure.add_subplot(1, 2, 1)
    colours = flat.contourf(across, down, heights, levels=24, cmap="viridis")
    flat.plot(0, 0, marker="o", color=VERMILLION)
    ticks = [places[0], 0, places[-1]]
    flat.set(xlabel="first direction", ylabel="second direction", aspect="equal")
    flat.set(xticks=ticks, yticks=ticks)
    figure.colorbar(colours, ax=flat, label="log₁₀ of the loss")
    tall: Any = figure.add_subplot(1, 2, 2, projection="3d")
    tall.plot_surface(across, down, heights, cmap="viridis", rcount=60, ccount=60)
    tall.set(xticks=[], yticks=[], zlabel="log₁₀ of the loss")
    return figure


# Gradient descent in two dimensions -------------------------------------------------


def valley(x: tg.Tensor, y: tg.Tensor) -> tg.Tensor:
    """E = ½ (x²/4 + 2y²) + sin(1.5 x)/3: a long valley with a second, smaller dip."""
    return 0.5 * (x**2 / 4 + 2 * y**2) + tg.sin(1.5 * x) / 3


def descend(
    function: Callable[[tg.Tensor, tg.Tensor], tg.Tensor],
    start: tuple[float, float],
    lr: float,
    steps: int,
    momentum: float = 0.0,
) -> NDArray[np.float64]:
    """The places, (steps + 1, 2), that gradient descent visits.

    >>> descend(lambda x, y: x * x + y * y, (1.0, 2.0), lr=0.25, steps=1).tolist()
    [[1.0, 2.0], [0.5, 1.0]]
    """
    x, y = (tg.Tensor(value, requires_grad=True) for value in map(float, start))
    optimizer = tg.optimize.SGD([x, y], lr=lr, momentum=momentum)
    visited = [(x.item(), y.item())]
    for _ in range(steps):
        optimizer.zero_grad()
        function(x, y).backward()
        optimizer.step()
        visited.append((x.item(), y.item()))
    return np.array(visited)


def descent(
    function: Callable[[tg.Tensor, tg.Tensor], tg.Tensor],
    paths: dict[str, NDArray[Any]],
    reach: float = 3.0,
) -> tuple[Figure, Callable[[int], None]]:
    """A figure of a surface with the paths of `descend`, and what draws a step of it.

    The second result draws the paths up to a number of steps.
    """
    places = np.linspace(-reach, reach, 121)
    across, down = np.meshgrid(places, places)
    with tg.no_grad():
        heights = function(tg.Tensor(across), tg.Tensor(down)).data
    figure = sheet(6.4, 4.8)
    axes = figure.add_subplot()
    axes.contour(across, down, heights, levels=24, cmap="Greys_r", linewidths=0.8)
    axes.set(xlabel="x", ylabel="y", xlim=(-reach, reach), ylim=(-reach, reach))
    lines = {}
    for (name, _), colour in zip(paths.items(), COLOURS, strict=False):
        marks: dict[str, Any] = dict(marker="o", markersize=3, linewidth=1.2)
        [lines[name]] = axes.plot([], [], color=colour, label=name, **marks)
    axes.legend(loc="upper right")

    def draw(step: int) -> None:
        for name, path in paths.items():
            lines[name].set_data(*path[: step + 1].T)
        axes.set_title(f"step {step}")

    return figure, draw


def animation(figure: Figure, draw: Callable[[int], None], frames: int) -> bytes:
    """A GIF of the frames 0, 1, ...; the last stays. Needs Pillow."""
    from PIL import Image

    pictures = []
    for frame in range(frames):
        draw(frame)
        with Image.open(io.BytesIO(png(figure, 80))) as picture:
            pictures.append(picture.convert("P", palette=Image.Palette.ADAPTIVE))
    durations = [150] * (frames - 1) + [2500]
    file = io.BytesIO()
    first, *others = pictures
    options: dict[str, Any] = dict(append_images=others, duration=durations, loop=0)
    first.save(file, format="GIF", save_all=True, **options)
    return file.getvalue()
