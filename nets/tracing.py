"""The command `trace`: one picture forward and back, and one update."""

from __future__ import annotations

from argparse import Namespace

import numpy as np
from numpy.typing import NDArray

import tinygraph as tg
from tinygraph.files import escaped

from . import data
from .commands import error_of
from .folders import load_run
from .predicting import outputs, require_pictures
from .run import Run, start
from .settings import Settings, SettingsError

DEFAULT_LABEL = "boat"
DRAWN = 8  # pictures; an untrained network gets the boat among them wrong


def trace(arguments: Namespace) -> int:
    """Trace the slides' error for one picture and save the trace."""
    settings = Settings(lr=arguments.lr)
    run = load_run(arguments.checkpoint) if arguments.checkpoint else untrained_run()
    require_pictures(run)
    image, label = requested_picture(run, arguments)
    # The slides' error, even for a run that was trained with cross-entropy.
    error = error_of(run, image, label, "mse")
    path = tg.trace(error, lr=settings.lr).save(arguments.out)
    output = ", ".join(
        f"{escaped(name)} {value:.4f}"
        for name, value in zip(run.classes, outputs(run, image)[0], strict=True)
    )
    target = escaped(run.classes[label])
    print(f"[{output}], target {target}: error {error.item():.4f}")
    print(f"saved the backward pass in {escaped(path)}")
    return 0


def untrained_run() -> Run:
    """Step 1 of the slides: the network before any training, with seed 0."""
    return start(Settings(), data.pictures(DRAWN))


def requested_picture(run: Run, arguments: Namespace) -> tuple[NDArray[np.uint8], int]:
    """The picture (1, 3, H, W) that the user asked for, and its class."""
    size, label = run.example.shape[2], arguments.label
    label = label and data.composed(label)
    if label is not None and label not in run.classes:
        raise SettingsError(
            f"label is {label}: give one of the network's classes, "
            f"{', '.join(run.classes)}."
        )
    if arguments.image is not None:
        image = data.read_image(arguments.image, size)[np.newaxis]
        named = int(outputs(run, image)[0].argmax())
        return image, named if label is None else run.classes.index(label)
    return drawn_picture(run, label)


def drawn_picture(run: Run, label: str | None) -> tuple[NDArray[np.uint8], int]:
    """The first drawn picture of a class, or the run's example if nets cannot draw one.

    Raises `SettingsError` if the user asked for a class that nets cannot draw.
    """
    name = label or DEFAULT_LABEL
    if name in run.classes and name in data.SLIDE_CLASSES:
        dataset = data.pictures(DRAWN, size=run.example.shape[2])
        place = int(np.argmax(dataset.labels == dataset.classes.index(name)))
        return dataset.images[place : place + 1], run.classes.index(name)
    if label is not None and run.classes.index(label) != run.example_label:
        raise SettingsError(
            f"label is {label}, a class that nets cannot draw: give --image."
        )
    return run.example, run.example_label
