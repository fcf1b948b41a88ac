"""What the user chooses for a training run, checked in one place."""

from __future__ import annotations

from dataclasses import dataclass

from nets.rules import FLAG, TEXT, check, choice, number, whole
from nets.rules import SettingsError as SettingsError

LOSSES = ("mse", "cross_entropy")
CLASSES = ("slide", "all")
MOST_EPOCHS = 100_000


@dataclass(frozen=True)
class Settings:
    """One training run; the defaults train on the drawn pictures.

    ``data``, `classes` and `skip_bad` are as in `nets.data.load`. `lr` is the learning
    rate of the first epoch, see `nets.training.learning_rate`. `compiled` trains in
    `tg.compiled`, whose sums are rounded otherwise. Raises `SettingsError` for a value
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
        check(self, RULES)


RULES = {
    "data": TEXT,
    "classes": choice(*CLASSES),
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
    """0.05, or 0.02 for cross-entropy; in proportion less for batches below 32.

    While four classes are equally likely, the gradient of cross-entropy is four times
    that of the squared error after softmax: 0.05 stopped two of ten trainings for good.
    A small batch takes more steps in an epoch, each by a noisier gradient. Goyal et
    al., Accurate, large minibatch SGD: training ImageNet in 1 hour, 2017.

    >>> usual_lr(32), usual_lr(8), usual_lr(64, "cross_entropy")
    (0.05, 0.0125, 0.02)
    """
    largest = 0.02 if loss == "cross_entropy" else 0.05
    return largest * min(batch_size, 32) / 32
