"""Layers, networks, pictures and training, built on tinygraph.

>>> import numpy as np
>>> network = slide_cnn(np.random.default_rng(0), classes=4)
>>> sum(tensor.size for tensor in network.parameters().values())
61496
"""

from __future__ import annotations

from typing import Any as _Any

import tinygraph  # noqa: F401 (first: it handles Ctrl-C while the rest is imported)

from .averaging import WeightAverage
from .checkpoint import CheckpointError, load, save
from .clipping import clip_gradients
from .layers import (
    GELU,
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Embedding,
    Flatten,
    GroupNorm,
    GRUCell,
    Layer,
    LayerNorm,
    LeakyReLU,
    LearnedPositionalEncoding,
    Linear,
    LSTMCell,
    MaxPool2d,
    MultiHeadAttention,
    Network,
    PositionalEncoding,
    ReLU,
    Residual,
    RNNCell,
    Sequential,
    Sigmoid,
    SiLU,
    Softmax,
    StateError,
    Tanh,
)
from .losses import Loss
from .run import EpochRecord, Progress, Run, Standardisation, start
from .settings import Settings, SettingsError
from .slide import slide_cnn
from .summary import summary
from .training import (
    Record,
    ReplayedStep,
    TrainingError,
    evaluate,
    fit,
    train_epoch,
    train_step,
)
from .weights import WeightsError, load_weights, save_weights

__all__ = [
    "GELU",
    "AdaptiveAvgPool2d",
    "AvgPool2d",
    "BatchNorm2d",
    "CheckpointError",
    "Conv2d",
    "ConvTranspose2d",
    "Dropout",
    "Embedding",
    "EpochRecord",
    "Flatten",
    "GRUCell",
    "GroupNorm",
    "LSTMCell",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "LearnedPositionalEncoding",
    "Linear",
    "Loss",
    "MaxPool2d",
    "MultiHeadAttention",
    "Network",
    "PositionalEncoding",
    "Progress",
    "RNNCell",
    "ReLU",
    "Record",
    "ReplayedStep",
    "Residual",
    "Run",
    "Sequential",
    "Settings",
    "SettingsError",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Standardisation",
    "StateError",
    "Tanh",
    "TrainingError",
    "WeightAverage",
    "WeightsError",
    "clip_gradients",
    "evaluate",
    "fit",
    "load",
    "load_weights",
    "save",
    "save_weights",
    "slide_cnn",
    "start",
    "summary",
    "train_epoch",
    "train_step",
]

# Imported at their first use, and not by `import *`: they need scikit-learn.
_ESTIMATORS = ("CNNClassifier", "MLPClassifier", "MLPRegressor")


def __getattr__(name: str) -> _Any:
    """An estimator."""
    if name not in _ESTIMATORS:
        raise AttributeError(f"module 'nets' has no attribute {name!r}")
    try:
        from . import estimators
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"nets.{name}: {error}: python -m pip install 'tinygraph[sklearn]'",
            name=error.name,
        ) from None
    return getattr(estimators, name)


def __dir__() -> list[str]:
    """The names of the module, and those of the estimators."""
    return sorted([*globals(), *_ESTIMATORS])
