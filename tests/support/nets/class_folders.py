"""Folders of small pictures that say where they come from."""

from pathlib import Path

import numpy as np
from PIL import Image


def make_classes(folder: Path, names: list[str], count: int = 5) -> Path:
    """Pictures of one colour: the class number in red, the file number in green."""
    for label, name in enumerate(names):
        for number in range(count):
            pixels = np.zeros((8, 8, 3), dtype=np.uint8)
            pixels[:] = (label, number, 0)
            (folder / name).mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder
