"""Layers, networks, pictures and training, built on tinygraph.

>>> import numpy as np
>>> network = slide_cnn(np.random.default_rng(0), classes=4)
>>> sum(tensor.size for tensor in network.parameters().values())
61496
"""

from __future__ import annotations

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
    TrainingError,
    evaluate,
    fit,
    train_epoch,
    train_step,
)

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
    "clip_gradients",
    "evaluate",
    "fit",
    "load",
    "save",
    "slide_cnn",
    "start",
    "summary",
    "train_epoch",
    "train_step",
]
