"""Layers: small dataclasses with parameters, called on a batch.

>>> import numpy as np
>>> rng = np.random.default_rng(0)
>>> network = Network({"hidden": [Linear.random(rng, 3, 5), ReLU()]})
>>> network(np.ones((2, 3), dtype=np.float32)).shape
(2, 5)
>>> sorted(network.parameters())
['hidden.b', 'hidden.w']
"""

from __future__ import annotations

from .activation import GELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softmax, Tanh
from .attention import (
    LearnedPositionalEncoding,
    MultiHeadAttention,
    PositionalEncoding,
)
from .container import Network, Residual, Sequential
from .convolution import Conv2d, ConvTranspose2d
from .dropout import Dropout
from .initialization import Initialisation, glorot, he, normal, orthogonal, parameter
from .layer import Layer
from .linear import Embedding, Linear
from .normalization import BatchNorm2d, GroupNorm, LayerNorm
from .pooling import AdaptiveAvgPool2d, AvgPool2d, Flatten, MaxPool2d
from .recurrent import GRUCell, LSTMCell, RNNCell
from .state import Mismatch, StateError, load_state_dict, state_dict
from .tree import (
    Parameters,
    generators,
    move,
    parameters,
    set_names,
    set_training,
)

Fixed = Layer  # what a layer without parameters was derived from

__all__ = [
    "GELU",
    "AdaptiveAvgPool2d",
    "AvgPool2d",
    "BatchNorm2d",
    "Conv2d",
    "ConvTranspose2d",
    "Dropout",
    "Embedding",
    "Fixed",
    "Flatten",
    "GRUCell",
    "GroupNorm",
    "Initialisation",
    "LSTMCell",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "LearnedPositionalEncoding",
    "Linear",
    "MaxPool2d",
    "Mismatch",
    "MultiHeadAttention",
    "Network",
    "Parameters",
    "PositionalEncoding",
    "RNNCell",
    "ReLU",
    "Residual",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "StateError",
    "Tanh",
    "generators",
    "glorot",
    "he",
    "load_state_dict",
    "move",
    "normal",
    "orthogonal",
    "parameter",
    "parameters",
    "set_names",
    "set_training",
    "state_dict",
]
