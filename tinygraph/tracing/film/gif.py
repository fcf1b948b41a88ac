"""A film as an animated picture."""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Any

from ...errors import DrawingError
from ...files import write_atomically
from ..record import Record
from ..steps import BackwardStep
from .frames import film

BACKWARD_TIME, TIME, LAST_TIME = 700, 400, 2500  # a step is shown for, in ms
COLOURS = 256


def save_gif(
    record: Record, path: str | os.PathLike[str], depth: int | None = None
) -> None:
    """Write an endless animation with a frame for each step of the timeline.

    Raises DrawingError if Pillow is missing, and FileError if it cannot be written.
    """
    if find_spec("PIL") is None:
        raise DrawingError(
            f"cannot write {path}: an animation needs Pillow; run "
            f'pip install "tinygraph[trace]"'
        )
    pictures = film(record, depth)
    frames = in_few_colours(list(pictures.render("png")))
    content = io.BytesIO()
    next(frames).save(
        content,
        "GIF",
        save_all=True,
        append_images=frames,
        duration=durations(record),
        loop=0,
        optimize=False,
    )
    write_atomically(path, content.getvalue())


def in_few_colours(drawn: list[bytes]) -> Iterator[Any]:
    """The pictures with one palette for all: their most frequent colours."""
    from PIL import Image

    samples = [drawn[0], drawn[len(drawn) // 2], drawn[-1]]
    palette = palette_of(map(image_of, samples))
    # Pillow looks up a colour by the six high bits of its three levels.
    rough = Image.new("P", (1, 1))
    rough.putpalette([level & ~3 for level in palette])
    for picture in map(image_of, drawn):
        image = picture.quantize(palette=rough, dither=Image.Dither.NONE)
        image.putpalette(palette)
        yield image


def image_of(png: bytes) -> Any:
    """A picture as Pillow has it."""
    from PIL import Image

    return Image.open(io.BytesIO(png)).convert("RGB")


def palette_of(images: Iterable[Any]) -> list[int]:
    """Red, green and blue of the most frequent colours; of similar ones just one."""
    counts: Counter[tuple[int, int, int]] = Counter()
    for image in images:
        found = image.getcolors(image.width * image.height)
        counts.update({colour: count for count, colour in found})
    alike: dict[tuple[int, ...], tuple[int, int, int]] = {}
    for colour in sorted(counts, key=lambda colour: (-counts[colour], colour)):
        alike.setdefault(tuple(level & ~3 for level in colour), colour)
    return [level for colour in list(alike.values())[:COLOURS] for level in colour]


def durations(record: Record) -> list[int]:
    """How long each step is shown: longer in the backward pass, longest at the end."""
    times = [
        BACKWARD_TIME if isinstance(step, BackwardStep) else TIME
        for step in record.timeline
    ]
    return [*times[:-1], LAST_TIME]
