"""What `python -m nets trace` does: one picture forward, back, and one update."""

from __future__ import annotations

from argparse import Namespace

import numpy as np
from numpy.typing import NDArray

import tinygraph as tg
from nets import data
from nets.commands import error_of, outputs
from nets.folders import chosen_run
from nets.run import Run, start
from nets.settings import Settings, SettingsError
from tinygraph.files import escaped

DEFAULT_LABEL = "boat"
FEW = 8  # pictures are drawn; the boat of 8 is one that an untrained network mistakes


def trace(arguments: Namespace) -> int:
    """Trace the slides' error for one picture, and save it as the ending says."""
    settings = Settings(lr=arguments.lr)
    run = chosen_run(arguments.checkpoint) if arguments.checkpoint else untrained()
    image, label = picture(run, arguments)
    # A run that was trained with cross-entropy is shown with the slides' error too.
    error = error_of(run, image, label, "mse")
    path = tg.trace(error, lr=settings.lr).save(arguments.out)
    output = ", ".join(
        f"{escaped(name)} {value:.4f}"
        for name, value in zip(run.classes, outputs(run, image)[0], strict=True)
    )
    target = escaped(run.classes[label])
    print(f"[{output}], target {target}: error {error.item():.4f}")
    print(f"{escaped(path)} shows the backward pass")
    return 0


def untrained() -> Run:
    """Step 1 of the slides: the network before any training, of seed 0."""
    return start(Settings(), data.pictures(FEW))


def picture(run: Run, arguments: Namespace) -> tuple[NDArray[np.uint8], int]:
    """The picture (1, 3, H, W) that is asked for, and its class."""
    size, label = run.example.shape[2], arguments.label
    label = label and data.composed(label)
    if label is not None and label not in run.classes:
        raise SettingsError(
            f"label is {label}: give one of the classes that the network knows, "
            f"{', '.join(run.classes)}."
        )
    if arguments.image is not None:
        image = data.read_image(arguments.image, size)[np.newaxis]
        named = int(outputs(run, image)[0].argmax())
        return image, named if label is None else run.classes.index(label)
    return drawn(run, label)


def drawn(run: Run, label: str | None) -> tuple[NDArray[np.uint8], int]:
    """The first drawn picture of a class; the run's example if there is none to draw.

    Raises `SettingsError` for a class that is asked for and cannot be drawn.
    """
    name = label or DEFAULT_LABEL
    if name in run.classes and name in data.SLIDE_CLASSES:
        dataset = data.pictures(FEW, size=run.example.shape[2])
        place = int(np.argmax(dataset.labels == dataset.classes.index(name)))
        return dataset.images[place : place + 1], run.classes.index(name)
    if label is not None and run.classes.index(label) != run.example_label:
        raise SettingsError(f"label is {label}, of which none is drawn: give --image.")
    return run.example, run.example_label
