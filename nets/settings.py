"""What the user chooses for a training run, checked in one place."""

from __future__ import annotations

import math
from dataclasses import dataclass

import tinygraph as tg

LOSSES = ("mse", "cross_entropy")
CLASSES = ("slide", "all")


class SettingsError(tg.TinygraphError, ValueError):
    """A setting that no training run can have, and what to choose instead."""


@dataclass(frozen=True)
class Settings:
    """One training run; the defaults train on the drawn pictures.

    ``data``, `classes` and `skip_bad` are as in `nets.data.load`. `lr` is the learning
    rate of the first epoch, see `nets.training.learning_rate`. `compiled` trains in
    `tg.compiled`, whose sums are rounded otherwise. Raises `SettingsError` for a value
    out of range.

    >>> Settings(epochs=0)
    Traceback (most recent call last):
    nets.settings.SettingsError: epochs is 0: give a whole number above 0.
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
        for name in ("epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise _refusal(name, getattr(self, name), "a whole number above 0")
        if self.seed < 0:
            raise _refusal("seed", self.seed, "a whole number from 0 upwards")
        if not (math.isfinite(self.lr) and self.lr > 0):
            raise _refusal("lr", self.lr, "a number above 0, such as 0.05")
        if not 0 <= self.momentum < 1:
            raise _refusal("momentum", self.momentum, "a number from 0 to below 1")
        if self.loss not in LOSSES:
            raise _refusal("loss", self.loss, " or ".join(LOSSES))
        if self.classes not in CLASSES:
            raise _refusal("classes", self.classes, " or ".join(CLASSES))


def usual_lr(batch_size: int) -> float:
    """0.05 for batches of 32 pictures and more, in proportion less for smaller ones.

    A small batch takes more steps in an epoch, each by a noisier gradient. Goyal et
    al., Accurate, large minibatch SGD: training ImageNet in 1 hour, 2017.

    >>> usual_lr(32), usual_lr(8)
    (0.05, 0.0125)
    """
    return 0.05 * min(batch_size / 32, 1.0)


def _refusal(name: str, value: object, remedy: str) -> SettingsError:
    return SettingsError(f"{name.replace('_', '-')} is {value}: give {remedy}.")
