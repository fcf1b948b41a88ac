"""A training run: everything that is needed to continue it."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import DTypeLike, NDArray

import tinygraph as tg

from .averaging import WeightAverage
from .building import build_network, build_optimizer
from .data import Dataset
from .layers import Network
from .rules import AMOUNT, SHARE, SettingsError, check, whole
from .settings import MOST_EPOCHS, Settings

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Standardisation:
    """(x − mean) / deviation for each channel, so that inputs are about −2 to 2.

    Both arrays are (C,), in units of the bytes 0 to 255.

    >>> flat = np.full((1, 3, 2, 2), 7, dtype=np.uint8)
    >>> Standardisation.of(flat)(flat).max()
    np.float32(0.0)
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]

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
        self, images: NDArray[np.uint8], dtype: DTypeLike = np.float32
    ) -> Floats:
        """The standardised batch (N, C, H, W)."""
        batch: Floats = images.astype(dtype)
        batch -= self.mean.astype(dtype)[
            :, None, None
        ]  # in place: takes a third of the time
        batch /= self.deviation.astype(dtype)[:, None, None]
        return batch


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

    `rng` draws the order of the pictures; its state is that at the start of the current
    epoch. `example` is one picture (1, 3, H, W) of class `example_label`, for drawing
    the graph. `fingerprint` shows whether the training pictures are still the same.
    `average` holds means of the weights, if the settings ask for them.
    """

    settings: Settings
    classes: tuple[str, ...]
    standardise: Standardisation
    network: Network
    optimizer: tg.optimize.Optimizer
    rng: np.random.Generator
    example: NDArray[np.uint8]
    example_label: int
    fingerprint: str
    progress: Progress = field(default_factory=Progress)
    average: WeightAverage | None = None

    def in_use(self) -> AbstractContextManager[None]:
        """A context for evaluation: with averaged weights, if the run has them."""
        return nullcontext() if self.average is None else self.average.applied()


def start(settings: Settings, train: Dataset) -> Run:
    """Step 1 of the slides: initialise all filters and weights with random values.

    The same settings and pictures give the same run, bit for bit.
    """
    for_order = generators(settings)[1]
    network = initial_network(settings, len(train.classes), train.images.shape[2])
    return Run(
        settings=settings,
        classes=train.classes,
        standardise=Standardisation.of(train.images),
        network=network,
        optimizer=build_optimizer(network, settings),
        rng=for_order,
        example=train.images[:1],
        example_label=int(train.labels[0]),
        fingerprint=fingerprint(train),
        average=build_average(network, settings),
    )


def generators(settings: Settings) -> list[np.random.Generator]:
    """The generators of a run: for weights, for the order of pictures, for dropout."""
    seeds = np.random.SeedSequence(settings.seed).spawn(3)
    return [*map(np.random.default_rng, seeds)]


def initial_network(settings: Settings, classes: int, size: int) -> Network:
    """The network of a run before its first step, for pictures of `size` pixels."""
    for_weights, _, for_dropout = generators(settings)
    return build_network(settings, for_weights, for_dropout, classes, size)


def build_average(network: Network, settings: Settings) -> WeightAverage | None:
    """The average of the weights, if the settings ask for one."""
    if settings.average is None:
        return None
    return WeightAverage(network.parameters(), settings.average)


def fingerprint(dataset: Dataset) -> str:
    """A checksum (SHA-256) of pictures, labels and class names."""
    digest = hashlib.sha256(repr((dataset.images.shape, dataset.classes)).encode())
    digest.update(np.ascontiguousarray(dataset.images).data)
    digest.update(np.ascontiguousarray(dataset.labels).data)
    return digest.hexdigest()
