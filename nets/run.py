"""A training run: everything that is needed to continue it."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

import tinygraph as tg

from .averaging import WeightAverage
from .building import AnyNetwork, build_network, build_optimizer
from .data import DataSet, Dataset, Text
from .networks.autoencoder import Autoencoder
from .networks.gpt import GPT
from .rules import AMOUNT, SHARE, SettingsError, check, whole
from .settings import MOST_EPOCHS, Settings, check_kind

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Standardisation:
    """(x − mean) / deviation for each channel or column: inputs are about −2 to 2.

    Both arrays are (C,), for pictures in units of the bytes 0 to 255. They are empty
    for a text, whose numbers stay as they are. `target` is that of numbers to predict.

    >>> flat = np.full((1, 3, 2, 2), 7, dtype=np.uint8)
    >>> Standardisation.of(flat)(flat).max()
    np.float32(0.0)
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    target: Standardisation | None = None

    @classmethod
    def of_data(cls, train: DataSet) -> Standardisation:
        """The standardisation of a training set of any kind."""
        if isinstance(train, Dataset):
            return cls.of(train.images)
        if isinstance(train, Text):
            return cls(np.zeros(0), np.ones(0))
        numbers = None if train.classes else cls.of_columns(train.labels[:, np.newaxis])
        return replace(cls.of_columns(train.rows), target=numbers)

    @classmethod
    def of_columns(cls, rows: NDArray[np.float64]) -> Standardisation:
        """That of the columns of a table (N, F).

        The deviation of a column that is constant, or nearly, is taken to be 1.

        >>> Standardisation.of_columns(np.array([[1.0, 5.0], [3.0, 5.0]])).deviation
        array([1., 1.])
        """
        mean, deviation = rows.mean(axis=0), rows.std(axis=0)
        constant = deviation <= 1e-12 * np.abs(mean)
        return cls(mean, np.where(constant, 1.0, deviation))

    @classmethod
    def of(cls, images: NDArray[np.uint8]) -> Standardisation:
        """The standardisation of a training set (N, C, H, W).

        The deviation of a constant channel is taken to be 1.
        """
        count = images.size / images.shape[1]
        squares = np.square(np.arange(256.0))
        channels = images.transpose(1, 0, 2, 3)
        levels = [np.bincount(channel.ravel(), minlength=256) for channel in channels]
        mean = np.array([level @ np.arange(256.0) / count for level in levels])
        square = np.array([level @ squares / count for level in levels])
        deviation = np.sqrt(np.maximum(square - mean**2, 0.0))
        return cls(mean, np.where(deviation < 1e-3, 1.0, deviation))

    def __call__(
        self, inputs: NDArray[Any], dtype: DTypeLike = np.float32
    ) -> NDArray[Any]:
        """The standardised batch, (N, C, H, W) or (N, F); or that of a text, (N, T)."""
        if inputs.ndim == 2:
            if not self.mean.size:
                return inputs
            return ((inputs - self.mean) / self.deviation).astype(dtype)
        batch: Floats = inputs.astype(dtype)
        batch -= self.mean.astype(dtype)[
            :, None, None
        ]  # in place: takes a third of the time
        batch /= self.deviation.astype(dtype)[:, None, None]
        return batch

    def undone(self, batch: NDArray[Any]) -> NDArray[np.uint8]:
        """The pictures (N, C, H, W) of which a standardised batch was made."""
        levels = batch * self.deviation[:, None, None] + self.mean[:, None, None]
        return np.rint(levels).clip(0, 255).astype(np.uint8)

    def targets(self, dataset: DataSet) -> NDArray[Any]:
        """What a network's outputs for a data set should be, example by example."""
        if isinstance(dataset, Text):
            return dataset.labels
        if self.target is None:
            return dataset.one_hot()
        return self.target(dataset.one_hot(np.float64))


@dataclass(frozen=True)
class EpochRecord:
    """The results of one epoch: mean losses, accuracies from 0 to 1, seconds."""

    epoch: int
    train_loss: float
    train_accuracy: float
    test_loss: float
    test_accuracy: float
    seconds: float

    def __post_init__(self) -> None:
        check(self, EPOCH_RULES)


EPOCH_RULES = {
    "epoch": whole(1, MOST_EPOCHS),
    **dict.fromkeys(("train_loss", "test_loss", "seconds"), AMOUNT),
    **dict.fromkeys(("train_accuracy", "test_accuracy"), SHARE),
}


@dataclass
class Progress:
    """How far a run is: finished epochs, and finished batches of the current epoch.

    `loss` is the sum over the `seen` pictures of the current epoch; `correct` counts
    those that were recognised. Raises `SettingsError` for impossible numbers.
    """

    epoch: int = 0
    batch: int = 0
    loss: float = 0.0
    correct: int = 0
    seen: int = 0
    seconds: float = 0.0
    history: list[EpochRecord] = field(default_factory=list)

    def __post_init__(self) -> None:
        check(self, PROGRESS_RULES)
        if [record.epoch for record in self.history] != [*range(1, self.epoch + 1)]:
            raise SettingsError(f"the history does not have {self.epoch} epochs")
        if not self.correct <= self.seen or not self.batch <= self.seen:
            raise SettingsError(
                "it has recognised, or processed, more than it has seen"
            )
        if self.batch == 0 and (self.seen or self.loss):
            raise SettingsError("it has seen pictures before the first batch")


PROGRESS_RULES = {
    "epoch": whole(0, MOST_EPOCHS),
    **dict.fromkeys(("batch", "correct", "seen"), whole(0)),
    **dict.fromkeys(("loss", "seconds"), AMOUNT),
}


@dataclass
class Run:
    """A network in training.

    `rng` draws the order of the examples; its state is that at the start of the current
    epoch. `example` is one of them, (1, 3, H, W), (1, columns) or (1, context), of
    class `example_label`, for drawing the graph. `classes` says what the outputs mean.
    `fingerprint` shows whether the training examples are still the same. `average`
    holds means of the weights, if the settings ask for them.
    """

    settings: Settings
    classes: tuple[str, ...]
    standardise: Standardisation
    network: AnyNetwork
    optimizer: tg.optimize.Optimizer
    rng: np.random.Generator
    example: NDArray[Any]
    example_label: int
    fingerprint: str
    progress: Progress = field(default_factory=Progress)
    average: WeightAverage | None = None

    @property
    def goal(self) -> str:
        """What the network learns: "classes", "numbers", "text" or "pictures"."""
        if isinstance(self.network, GPT):
            return "text"
        if isinstance(self.network, Autoencoder):
            return "pictures"
        return "classes" if self.standardise.target is None else "numbers"

    def in_use(self) -> AbstractContextManager[None]:
        """A context for evaluation: with averaged weights, if the run has them."""
        return nullcontext() if self.average is None else self.average.applied()


def start(settings: Settings, train: DataSet) -> Run:
    """Step 1 of the slides: initialise all filters and weights with random values.

    The same settings and data give the same run, bit for bit. Raises `SettingsError`
    for settings that do not fit the kind of the data.
    """
    check_kind(settings, train.kind, numbers=not train.classes)
    for_order = generators(settings)[1]
    network = initial_network(settings, len(train.outputs), train.inputs.shape[1:])
    classified = not isinstance(train, Text) and len(train.classes) > 0
    return Run(
        settings=settings,
        classes=train.outputs,
        standardise=Standardisation.of_data(train),
        network=network,
        optimizer=build_optimizer(network, settings),
        rng=for_order,
        example=train.inputs[:1],
        example_label=int(train.labels[0]) if classified else 0,
        fingerprint=fingerprint(train),
        average=build_average(network, settings),
    )


def generators(settings: Settings) -> list[np.random.Generator]:
    """The generators of a run: for weights, for the order of pictures, for dropout."""
    seeds = np.random.SeedSequence(settings.seed).spawn(3)
    return [*map(np.random.default_rng, seeds)]


def initial_network(
    settings: Settings, outputs: int, shape: tuple[int, ...]
) -> AnyNetwork:
    """The network of a run before its first step, for examples of a shape."""
    for_weights, _, for_dropout = generators(settings)
    return build_network(settings, for_weights, for_dropout, outputs, shape)


def build_average(network: AnyNetwork, settings: Settings) -> WeightAverage | None:
    """The average of the weights, if the settings ask for one."""
    if settings.average is None:
        return None
    return WeightAverage(network.parameters(), settings.average)


def fingerprint(dataset: DataSet) -> str:
    """A checksum (SHA-256) of inputs, labels and the names of classes and columns."""
    names: tuple[Any, ...] = (dataset.inputs.shape, dataset.classes)
    if not isinstance(dataset, Dataset):
        names += (dataset.kind, dataset.outputs, getattr(dataset, "columns", ()))
    digest = hashlib.sha256(repr(names).encode())
    digest.update(np.ascontiguousarray(dataset.inputs).data)
    digest.update(np.ascontiguousarray(dataset.labels).data)
    return digest.hexdigest()
