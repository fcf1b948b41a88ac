"""A trace as files: a folder with one picture a step, or an animation."""

from __future__ import annotations

import io
import os
import re
import shutil
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DrawingError, FileError
from ..files import beside, expanded, write_atomically
from .film import Film, film
from .steps import BackwardStep

if TYPE_CHECKING:
    from .trace import Trace

FRAME = re.compile(r"\d{3,}\.svg")
BACKWARD_TIME, TIME, LAST_TIME = 700, 400, 2500  # milliseconds that a step is shown
COLOURS = 256


def save_frames(
    trace: Trace, folder: str | os.PathLike[str], depth: int | None = None
) -> None:
    """Write 000.svg, 001.svg, ... into a folder, one for each step of the timeline.

    Frames of another trace are replaced.  The folder appears with all of them or not at
    all.  Raises FileError where it holds anything else, or cannot be written.
    """
    target = expanded(folder).resolve()
    try:
        check_free(target, folder)
        pictures = film(trace, depth)
        replace_folder(target, named(pictures))
    except FileNotFoundError:
        raise FileError(
            f"cannot write {folder}: the folder {target.parent} is not there"
        ) from None
    except OSError as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"cannot write {folder}: {error.strerror}") from error


def check_free(target: Path, given: str | os.PathLike[str]) -> None:
    """Raise FileError where something would be lost that is no frame."""
    if not target.parent.is_dir():
        raise FileNotFoundError
    if not target.exists():
        return
    if not target.is_dir():
        raise FileError(f"cannot write frames to {given}: it is a file, not a folder")
    for entry in sorted(target.iterdir()):
        if not FRAME.fullmatch(entry.name):
            raise FileError(
                f"cannot write frames to {given}: it holds {entry.name}, which is no "
                f"frame; name a new folder, or an empty one"
            )


def named(pictures: Film) -> Iterator[tuple[str, bytes]]:
    """The frames with their file names, which sort as they are shown."""
    digits = max(3, len(str(len(pictures) - 1)))
    for place, content in enumerate(pictures.drawn("svg")):
        yield f"{place:0{digits}}.svg", content


def replace_folder(target: Path, files: Iterator[tuple[str, bytes]]) -> None:
    """Fill a folder beside `target`, then move it into place."""
    new, old = beside(target), beside(target)
    try:
        new.mkdir()
        for name, content in files:
            (new / name).write_bytes(content)
        if target.exists():
            new.chmod(stat.S_IMODE(target.stat().st_mode))
            target.rename(old)
        new.rename(target)
    except BaseException:
        if old.exists():
            old.rename(target)
        raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def save_gif(
    trace: Trace, path: str | os.PathLike[str], depth: int | None = None
) -> None:
    """Write an animation that runs for ever, a frame for each step of the timeline.

    Raises DrawingError where Pillow is missing, and FileError where the disk does not
    take it.
    """
    if find_spec("PIL") is None:
        raise DrawingError(
            f"cannot write {path}: an animation needs Pillow; run "
            f'pip install "tinygraph[trace]"'
        )
    pictures = film(trace, depth)
    frames = in_few_colours(list(pictures.drawn("png")))
    content = io.BytesIO()
    next(frames).save(
        content,
        "GIF",
        save_all=True,
        append_images=frames,
        duration=durations(trace),
        loop=0,
        optimize=False,
    )
    write_atomically(path, content.getvalue())


def in_few_colours(drawn: list[bytes]) -> Iterator[Any]:
    """The pictures with one palette for all: the colours that they have most of."""
    from PIL import Image

    samples = [drawn[0], drawn[len(drawn) // 2], drawn[-1]]
    palette = palette_of(map(opened, samples))
    # Pillow looks a colour up by the six high bits of its three levels.
    rough = Image.new("P", (1, 1))
    rough.putpalette([level & ~3 for level in palette])
    for picture in map(opened, drawn):
        image = picture.quantize(palette=rough, dither=Image.Dither.NONE)
        image.putpalette(palette)
        yield image


def opened(png: bytes) -> Any:
    """A picture for Pillow."""
    from PIL import Image

    return Image.open(io.BytesIO(png)).convert("RGB")


def palette_of(images: Iterable[Any]) -> list[int]:
    """Red, green and blue of the most frequent colours, of similar ones just one."""
    counts: Counter[tuple[int, int, int]] = Counter()
    for image in images:
        found = image.getcolors(image.width * image.height)
        counts.update({colour: count for count, colour in found})
    alike: dict[tuple[int, ...], tuple[int, int, int]] = {}
    for colour in sorted(counts, key=lambda colour: (-counts[colour], colour)):
        alike.setdefault(tuple(level & ~3 for level in colour), colour)
    return [level for colour in list(alike.values())[:COLOURS] for level in colour]


def durations(trace: Trace) -> list[int]:
    """How long each step is shown: those of the backward pass longer, the last long."""
    times = [
        BACKWARD_TIME if isinstance(step, BackwardStep) else TIME
        for step in trace.timeline
    ]
    return [*times[:-1], LAST_TIME]
