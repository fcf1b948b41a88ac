"""Figures of training and of trained networks: functions that return matplotlib's.

Each takes arrays or a network, and returns a `matplotlib.figure.Figure`; `png` turns it
into bytes, the same for the same figure. `python -m nets plots` draws them for a run.

>>> import numpy as np
>>> labels = np.array([0, 0, 1])
>>> figure = confusion(labels, labels, ("dog", "cat"))
>>> png(figure)[:4]
b'\\x89PNG'
"""

from .answers import confusion, confusion_matrix, mistakes, numbers
from .landscape import animation, descend, descent, loss_surface, surface, valley
from .maps import (
    MOST_DRAWINGS,
    dead_share,
    drawings,
    feature_maps,
    filters,
    images_inside,
)
from .progress import curves, gradient_norms
from .style import png

__all__ = [
    "MOST_DRAWINGS",
    "animation",
    "confusion",
    "confusion_matrix",
    "curves",
    "dead_share",
    "descend",
    "descent",
    "drawings",
    "feature_maps",
    "filters",
    "gradient_norms",
    "images_inside",
    "loss_surface",
    "mistakes",
    "numbers",
    "png",
    "surface",
    "valley",
]
