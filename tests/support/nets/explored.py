"""Runs for the page of `nets explore`, and how near its numbers are to tinygraph's."""

import sys
from pathlib import Path
from typing import Any

import numpy as np

from nets import Settings, start
from nets.data import Dataset
from nets.explore import page
from nets.run import Run

page_module = sys.modules[page.__module__]
ROOM = Path(page_module.HERE)


def script(name: str) -> str:
    """A function for the browser, in a file next to this one, as an expression."""
    text = (Path(__file__).parent / f"{name}.js").read_text()
    return text[text.index("(") :].rstrip().removesuffix(";")


def run_of(pictures: Dataset, **settings: Any) -> Run:
    """An untrained run, with biases that are not 0."""
    run = start(Settings(**settings), pictures)
    rng = np.random.default_rng(7)
    for parameter in run.network.parameters().values():
        if parameter.ndim == 1:
            parameter.data = rng.normal(0, 0.1, parameter.shape).astype(np.float32)
    return run


def near(found: Any, expected: Any) -> float:
    """The largest difference, as a share of the largest expected number."""
    found = np.asarray(found, np.float64).ravel()
    expected = np.asarray(expected, np.float64).ravel()
    assert found.shape == expected.shape
    scale = max(np.abs(expected).max(initial=0.0), 1e-12)
    return float(np.abs(found - expected).max(initial=0.0) / scale)
