"""The slides' CNN, its pictures and its training, built on tinygraph.

>>> import numpy as np
>>> network = slide_cnn(np.random.default_rng(0), classes=4)
>>> sum(tensor.size for tensor in network.parameters().values())
61496
"""

from __future__ import annotations

import tinygraph  # noqa: F401 (first: it handles Ctrl-C while the rest is imported)

from .checkpoint import CheckpointError, load, save
from .layers import Conv2d, Flatten, Linear, MaxPool2d, Network, ReLU, Softmax
from .run import EpochRecord, Progress, Run, Standardisation, start
from .settings import Settings, SettingsError
from .slide import slide_cnn
from .training import (
    Record,
    TrainingError,
    evaluate,
    fit,
    train_epoch,
    train_step,
)

__all__ = [
    "CheckpointError",
    "Conv2d",
    "EpochRecord",
    "Flatten",
    "Linear",
    "MaxPool2d",
    "Network",
    "Progress",
    "ReLU",
    "Record",
    "Run",
    "Settings",
    "SettingsError",
    "Softmax",
    "Standardisation",
    "TrainingError",
    "evaluate",
    "fit",
    "load",
    "save",
    "slide_cnn",
    "start",
    "train_epoch",
    "train_step",
]
