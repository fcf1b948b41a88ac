"""The commands `plots`, figures of a run, and `descent`, gradient descent in 2-D."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

import tinygraph as tg
from tinygraph.command_line import tell
from tinygraph.files import escaped, write_atomically

from . import figures
from .commands import load_data
from .data import DataSet, Dataset
from .folders import latest_folder, load_run
from .layers import Network, Sequential
from .layers.tree import evaluating
from .networks.autoencoder import Autoencoder
from .networks.gpt import GPT
from .plots import read_gradients
from .predicting import outputs
from .run import Run, initial_network
from .settings import SettingsError
from .training import total_error, wanted_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOOKED_AT = 64  # training pictures for gradients, dead maps and the loss surface
AT_ONCE = 200
Draw = Callable[["Looking"], "Figure | None"]


class Looking:
    """A run, some of its training examples, and its test data."""

    def __init__(self, run: Run, folder: Path, train: DataSet, test: DataSet) -> None:
        self.run, self.folder, self.test = run, folder, test
        self.inputs = run.standardise(train.inputs[:LOOKED_AT])
        targets = run.standardise.targets(train)[:LOOKED_AT]
        self.targets = wanted_of(run.network, self.inputs, targets)

    @cached_property
    def outputs(self) -> NDArray[Any]:
        """What the network makes of the test data."""
        starts = range(0, len(self.test), AT_ONCE)
        parts = [self.test.inputs[start : start + AT_ONCE] for start in starts]
        return np.concatenate([outputs(self.run, part) for part in parts])

    def error(self) -> tg.Tensor:
        """The error of the training examples, with the parameters as they are."""
        loss = self.run.settings.loss
        return total_error(self.run.network, self.inputs, self.targets, loss)[0]

    @property
    def making_images(self) -> Network | Sequential | None:
        """The network, if its layers make images; of an autoencoder, the encoder."""
        network = self.run.network
        if isinstance(network, Autoencoder):
            return network.encoder
        if self.inputs.ndim != 4 or isinstance(network, GPT):
            return None
        return network


def plots(arguments: Namespace) -> int:
    """Draw all figures of a run, and print where they are."""
    folder = arguments.run or latest_folder()
    run = load_run(folder)
    if folder.suffix == ".npz":
        folder = folder.parent
    train, test = load_data(run.settings, run.example.shape[-1])
    out = arguments.out or folder / "plots"
    out.mkdir(parents=True, exist_ok=True)
    looking = Looking(run, folder, train, test)
    bar = tqdm(FIGURES.items(), unit="figure", leave=False, disable=None)
    for name, draw in bar:
        bar.set_description(name)
        with run.in_use(), evaluating(run.network):
            figure = draw(looking)
        if figure is not None:
            write_atomically(out / f"{name}.png", figures.png(figure))
            tell(f"saved {escaped(out / f'{name}.png')}")
    return 0


def curves(looking: Looking) -> Figure | None:
    """Loss and accuracy over the epochs, if one has ended."""
    history = looking.run.progress.history
    return figures.curves(history) if history else None


def filters(looking: Looking) -> Figure | None:
    """The filters of the first convolution, if there is one."""
    run = looking.run
    found = {name: w for name, w in run.network.parameters().items() if w.ndim == 4}
    if not found:
        return None
    name, w = next(iter(found.items()))
    shape = run.example.shape[1:]
    first = initial_network(run.settings, len(run.classes), shape).parameters()[name]
    [gradient] = tg.gradients(looking.error(), [w])
    return figures.filters(first.data, w.data, gradient)


def feature_maps(looking: Looking) -> Figure | None:
    """What each layer makes of the first test picture."""
    network, image = looking.making_images, looking.test.inputs[0]
    x = looking.run.standardise(image[np.newaxis])
    if network is None or not any(figures.images_inside(network, x)):
        return None
    return figures.feature_maps(network, image, x)


def confusion(looking: Looking) -> Figure | None:
    """The confusion matrix of the test pictures, or rows."""
    if looking.run.goal != "classes":
        return None
    guesses = looking.outputs.argmax(axis=1)
    return figures.confusion(looking.test.labels, guesses, looking.run.classes)


def mistakes(looking: Looking) -> Figure | None:
    """The test pictures that are wrong with the largest outputs."""
    test, classes = looking.test, looking.run.classes
    if looking.run.goal != "classes" or not isinstance(test, Dataset):
        return None
    return figures.mistakes(test.images, test.labels, looking.outputs, classes)


def drawings(looking: Looking) -> Figure | None:
    """Some test pictures, and what an autoencoder draws of them."""
    run, test = looking.run, looking.test
    if run.goal != "pictures" or not isinstance(test, Dataset):
        return None
    images = test.images[: figures.MOST_DRAWINGS]
    return figures.drawings(images, run.standardise.undone(outputs(run, images)))


def numbers(looking: Looking) -> Figure | None:
    """The numbers of the test rows, and those that the network says."""
    run, levels = looking.run, looking.run.standardise.target
    if levels is None:
        return None
    said = looking.outputs * levels.deviation + levels.mean
    return figures.numbers(looking.test.labels, said[:, 0], run.classes[0])


def gradients(looking: Looking) -> Figure | None:
    """The gradients that training wrote down, and maps that no picture reaches."""
    network = looking.run.network
    names = [*network.parameters()]
    rows = read_gradients(looking.folder / "gradients.csv", names)
    if not rows:
        return None
    columns = np.array([row[1:] for row in rows], dtype=float).T
    drawing = looking.making_images
    inside = (
        figures.images_inside(drawing, looking.inputs) if drawing is not None else ()
    )
    dead = {name: figures.dead_share(planes) for name, planes in inside}
    dead = {name: share for name, share in dead.items() if "ReLU" in name}
    return figures.gradient_norms(dict(zip(names, columns.tolist(), strict=True)), dead)


def surface(looking: Looking) -> Figure:
    """The loss of some training pictures around the solution."""
    parameters = [*looking.run.network.parameters().values()]

    def loss() -> float:
        with tg.no_grad(), np.errstate(over="ignore", invalid="ignore"):
            return looking.error().item()

    rng = np.random.default_rng(0)
    return figures.surface(*figures.loss_surface(loss, parameters, rng))


FIGURES: dict[str, Draw] = {
    "curves": curves,
    "filters": filters,
    "feature-maps": feature_maps,
    "confusion": confusion,
    "mistakes": mistakes,
    "drawings": drawings,
    "numbers": numbers,
    "gradients": gradients,
    "surface": surface,
}


def descent(arguments: Namespace) -> int:
    """Save an animation of gradient descent, plain and with momentum."""
    lr, steps, start = arguments.lr, arguments.steps, (-2.6, 1.8)
    if not 0 < lr < 1 or not 1 <= steps <= 200:
        raise SettingsError(
            f"lr is {lr:g} and steps {steps}: give an lr from 0 to 1, and 1 to 200 "
            f"steps."
        )
    paths = {
        f"gradient descent, lr {lr:g}": figures.descend(
            figures.valley, start, lr, steps
        ),
        "with momentum 0.9": figures.descend(figures.valley, start, lr, steps, 0.9),
    }
    figure, draw = figures.descent(figures.valley, paths)
    write_atomically(arguments.out, figures.animation(figure, draw, steps + 1))
    print(f"saved the animation in {escaped(arguments.out)}")
    return 0
