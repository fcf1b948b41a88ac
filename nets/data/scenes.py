"""One whole picture: a background, clutter, a subject, and the light on it all.

Nothing here but the choice among `DRAWINGS` depends on the class, so neither the
background nor the colours nor the place in the picture give the class away.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from nets.data.shapes import DRAWINGS, Coat, Colour, Pen, between

# Drawn this much larger and averaged down: smooth edges from Pillow's hard ones.
OVERSAMPLE = 3

_COATS = np.array(
    [
        (245, 240, 230),
        (225, 190, 140),
        (215, 130, 50),
        (150, 90, 45),
        (85, 55, 40),
        (40, 40, 45),
        (130, 130, 135),
        (200, 205, 210),
        (190, 50, 45),
        (50, 90, 170),
    ]
)
_LUMINANCE = np.array([0.299, 0.587, 0.114])
_INK: Colour = (20, 18, 22)
_PALE: Colour = (250, 246, 236)

Random = np.random.Generator


def paint(label: int, size: int, rng: Random) -> NDArray[np.uint8]:
    """A picture of the class `label` of the slides, (3, size, size) RGB planes."""
    image = Image.new("RGB", (size * OVERSAMPLE, size * OVERSAMPLE))
    _BACKGROUNDS[rng.integers(len(_BACKGROUNDS))](image, rng)
    _clutter(image, rng)
    coat = _coat(_brightness(image), rng)
    drawings = DRAWINGS[label]
    drawings[rng.integers(len(drawings))](_pen(image, rng), coat, rng)
    return _develop(image.reduce(OVERSAMPLE), rng)


def _pen(image: Image.Image, rng: Random) -> Pen:
    """A random place, size, mirroring, turn and tilt that keep the subject in view."""
    side = image.width
    scale, turn, tilt = between(rng, (0.43, 0.48), (-0.1, 0.1), (-0.1, 0.1))
    x, y, stretch = between(rng, (-1, 1), (-1, 1), (0.92, 1.08))
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    room = 0.52 - scale
    scale *= side
    cosine, sine = math.cos(turn), math.sin(turn)
    return Pen(
        ImageDraw.Draw(image),
        a=mirror * scale * stretch * cosine,
        b=scale * (tilt - sine),
        c=mirror * scale * stretch * sine,
        d=scale * cosine,
        left=side * (0.5 + room * x),
        top=side * (0.5 + room * y),
    )


def _coat(background: float, rng: Random) -> Coat:
    """Colours that stand out from a background of this brightness (0 to 255)."""
    tones = np.clip(_COATS + rng.integers(-20, 21, _COATS.shape), 0, 255)
    brightness = tones @ _LUMINANCE
    # Never empty: the first tone is brighter than 220 and the sixth darker than 61.
    visible = np.flatnonzero(abs(brightness - background) > 78)
    chosen = visible[rng.integers(len(visible))]
    main = _colour(tones[chosen])
    is_bright = brightness[chosen] > 90
    return Coat(
        main=main,
        shade=_mix(main, _INK if is_bright else _PALE, 0.3),
        pale=_mix(main, _PALE, 0.75),
        ink=_INK,
        mark=_INK if is_bright else _PALE,
        accent=_any_colour(rng),
    )


def _brightness(image: Image.Image) -> float:
    """The mean luminance, 0 to 255 (the weights of ITU-R BT.601)."""
    mean = cast(Colour, image.reduce(image.size).getpixel((0, 0)))
    return float(np.dot(mean, _LUMINANCE))


def _colour(values: NDArray[np.integer]) -> Colour:
    red, green, blue = values.tolist()
    return red, green, blue


def _mix(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (
        round(a + (b - a) * share) for a, b in zip(first, second, strict=True)
    )
    return red, green, blue


def _any_colour(rng: Random) -> Colour:
    return _colour(rng.integers(50, 206, 3))


def _vary(colour: Colour, rng: Random) -> Colour:
    return _colour(np.clip(colour + rng.integers(-25, 26, 3), 0, 255))


def _grass(image: Image.Image, rng: Random) -> None:
    green = _vary((80, 140, 60), rng)
    top = _land(image, _vary((150, 195, 230), rng), green, rng.uniform(0.0, 0.7))
    blades = [between(rng, (0, 1), (top, 1)) for _ in range(12)]
    _strokes(image, blades, (0.03, -0.08), _mix(green, _INK, 0.3))


def _water(image: Image.Image, rng: Random) -> None:
    blue = _vary((60, 110, 150), rng)
    top = _land(image, _vary((185, 205, 220), rng), blue, rng.uniform(0.0, 0.7))
    waves = [between(rng, (0, 1), (top, 1)) for _ in range(8)]
    _strokes(image, waves, (0.16, 0.0), _mix(blue, _PALE, 0.4))


def _land(image: Image.Image, above: Colour, below: Colour, horizon: float) -> float:
    """Fill with two colours that meet at `horizon`, 0 (top) to 1; return that."""
    side = image.width
    image.paste(above, (0, 0, side, side))
    image.paste(below, (0, round(horizon * side), side, side))
    return horizon


def _strokes(
    image: Image.Image,
    starts: list[list[float]],
    step: tuple[float, float],
    colour: Colour,
) -> None:
    """Draw one short line of the same direction from each start; unit: the side."""
    canvas, side = ImageDraw.Draw(image), image.width
    across, down = step[0] * side, step[1] * side
    for x, y in starts:
        line = (x * side, y * side, x * side + across, y * side + down)
        canvas.line(line, fill=colour, width=max(1, side // 48))


def _sky(image: Image.Image, rng: Random) -> None:
    _ramp(image, _vary((90, 140, 210), rng), _vary((190, 215, 235), rng), 0.0)
    canvas, side = ImageDraw.Draw(image), image.width
    for _ in range(3):
        x, y, wide = between(rng, (0, side), (0, side), (0.1 * side, 0.25 * side))
        box = (x - wide, y - wide / 3, x + wide, y + wide / 3)
        canvas.ellipse(box, fill=(225, 230, 238))


def _sand(image: Image.Image, rng: Random) -> None:
    sand = _vary((205, 180, 130), rng)
    _land(image, sand, _mix(sand, _INK, 0.1), rng.random())
    _strokes(image, rng.random((20, 2)).tolist(), (0.02, 0.01), _mix(sand, _INK, 0.3))


def _room(image: Image.Image, rng: Random) -> None:
    left, top, floor = between(rng, (0, 0.8), (0.05, 0.3), (0.6, 0.9))
    _land(image, _any_colour(rng), _any_colour(rng), floor)
    side = image.width
    window = (left * side, top * side, (left + 0.3) * side, (top + 0.35) * side)
    canvas = ImageDraw.Draw(image)
    canvas.rectangle(
        window, fill=_any_colour(rng), outline=_any_colour(rng), width=side // 32
    )


def _gradient(image: Image.Image, rng: Random) -> None:
    _ramp(image, _any_colour(rng), _any_colour(rng), rng.uniform(0, 2 * math.pi))


def _ramp(image: Image.Image, first: Colour, second: Colour, turn: float) -> None:
    """Fill with a gradient from `first` (top) to `second`, turned by `turn` radians."""
    down = np.linspace(-1, 1, 8)
    share = 0.5 + 0.35 * (down[:, None] * math.cos(turn) + down * math.sin(turn))
    start, end = np.array(first), np.array(second)
    _stretch(image, start + share[:, :, None] * (end - start))


def _noise(image: Image.Image, rng: Random) -> None:
    cells = int(rng.integers(4, 16))
    _stretch(image, _any_colour(rng) + rng.integers(-30, 31, (cells, cells, 3)))


def _stretch(image: Image.Image, colours: NDArray[Any]) -> None:
    """Fill with a coarse grid of colours, (rows, columns, 3), blurred into another."""
    coarse = Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8))
    image.paste(coarse.resize(image.size, Image.Resampling.BILINEAR))


def _stripes(image: Image.Image, rng: Random) -> None:
    canvas, side = ImageDraw.Draw(image), image.width
    base = _any_colour(rng)
    image.paste(base, (0, 0, side, side))
    colour = _mix(base, _any_colour(rng), 0.25)
    slope, step = between(rng, (-1, 1), (0.12, 0.3))
    upright = rng.random() < 0.5
    for index in range(math.floor(-1 / step), math.ceil(2 / step)):
        start, end = index * step * side, (index * step + slope) * side
        line = (start, 0, end, side) if upright else (0, start, side, end)
        canvas.line(line, fill=colour, width=round(step * side / 2))


def _blobs(image: Image.Image, rng: Random) -> None:
    canvas, side = ImageDraw.Draw(image), image.width
    base = _any_colour(rng)
    image.paste(base, (0, 0, side, side))
    for _ in range(6):
        x, y, radius = between(rng, (0, side), (0, side), (0.08 * side, 0.25 * side))
        box = (x - radius, y - radius, x + radius, y + radius)
        canvas.ellipse(box, fill=_mix(base, _any_colour(rng), 0.25))


_BACKGROUNDS: tuple[Callable[[Image.Image, Random], None], ...] = (
    _grass,
    _water,
    _sky,
    _sand,
    _room,
    _gradient,
    _noise,
    _stripes,
    _blobs,
)


def _clutter(image: Image.Image, rng: Random) -> None:
    """Up to three small things lying about behind the subject."""
    canvas, side = ImageDraw.Draw(image), image.width
    for _ in range(rng.integers(4)):
        x, y, wide, tall = between(rng, (0, 1), (0, 1), (0.04, 0.15), (0.04, 0.15))
        draw = canvas.rectangle if wide > tall else canvas.ellipse
        box = (x * side, y * side, (x + wide) * side, (y + tall) * side)
        draw(box, fill=_any_colour(rng))


def _develop(image: Image.Image, rng: Random) -> NDArray[np.uint8]:
    """Random light, contrast, tint and sensor noise; then planes of bytes."""
    contrast, light, noise = between(rng, (0.8, 1.15), (-15, 15), (0, 6))
    tint = np.array(between(rng, *[(-10, 10)] * 3), dtype=np.float32)
    grain = rng.standard_normal((image.height, image.width, 3), dtype=np.float32)
    pixels = np.asarray(image) * np.float32(contrast) + grain * np.float32(noise)
    pixels += np.float32(128 - 128 * contrast + light) + tint
    planes: NDArray[np.uint8] = pixels.clip(0, 255).astype(np.uint8).transpose(2, 0, 1)
    return planes
