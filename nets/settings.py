"""The settings of a training run, checked in one place."""

from __future__ import annotations

from dataclasses import dataclass

from .rules import FLAG, TEXT, check, choice, number, whole
from .rules import SettingsError as SettingsError

LOSSES = ("mse", "cross_entropy")
CLASS_CHOICES = ("slide", "all")
MOST_EPOCHS = 100_000


@dataclass(frozen=True)
class Settings:
    """The settings of one training run; by default it trains on drawn pictures.

    ``data``, `classes` and `skip_bad` are as in `nets.data.load`. `lr` is the learning
    rate of the first epoch, see `nets.training.learning_rate`. `compiled` trains with
    `tg.compiled`, which rounds differently. Raises `SettingsError` for a value that is
    out of range.

    >>> Settings(epochs=0)
    Traceback (most recent call last):
    nets.rules.SettingsError: epochs is 0: give a whole number from 1 to 100000.
    """

    data: str = "pictures"
    classes: str = "slide"
    epochs: int = 6
    batch_size: int = 32
    lr: float = 0.05
    momentum: float = 0.9
    loss: str = "mse"
    seed: int = 0
    compiled: bool = False
    skip_bad: bool = False

    def __post_init__(self) -> None:
        check(self, SETTINGS_RULES)


SETTINGS_RULES = {
    "data": TEXT,
    "classes": choice(*CLASS_CHOICES),
    "epochs": whole(1, MOST_EPOCHS),
    "batch_size": whole(1),
    "lr": number(lambda lr: lr > 0, "a number above 0, such as 0.05"),
    "momentum": number(lambda m: 0 <= m < 1, "a number from 0 to below 1"),
    "loss": choice(*LOSSES),
    "seed": whole(0),
    "compiled": FLAG,
    "skip_bad": FLAG,
}


def usual_lr(batch_size: int, loss: str = "mse") -> float:
    """0.05, or 0.02 for cross-entropy; proportionally less for batches below 32.

    While four classes are equally likely, the gradient of cross-entropy is four times
    that of the squared error after softmax; with 0.05, two of ten runs got stuck. A
    small batch makes more steps per epoch, each with a noisier gradient. Goyal et al.,
    Accurate, large minibatch SGD: training ImageNet in 1 hour, 2017.

    >>> usual_lr(32), usual_lr(8), usual_lr(64, "cross_entropy")
    (0.05, 0.0125, 0.02)
    """
    largest = 0.02 if loss == "cross_entropy" else 0.05
    return largest * min(batch_size, 32) / 32
