"""One whole picture: a background, clutter, a subject, and the light on it all.

Nothing here but the choice among `DRAWINGS` depends on the class, so neither the
background nor the colours nor the place in the picture give the class away.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nets.data.canvas import Canvas, Colour, rotation, within
from nets.data.chance import Chance
from nets.data.shapes import DRAWINGS, Coat, Pen

# Drawn this much larger and averaged down, for smooth edges.
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
_LUMINANCE = np.array([299, 587, 114])  # in thousandths, of ITU-R BT.601
_INK: Colour = (20, 18, 22)
_PALE: Colour = (250, 246, 236)


def paint(label: int, size: int, chance: Chance) -> NDArray[np.uint8]:
    """A picture of the class `label` of the slides, (3, size, size) RGB planes."""
    canvas = Canvas(size * OVERSAMPLE)
    _BACKGROUNDS[chance.below(len(_BACKGROUNDS))](canvas, chance)
    _clutter(canvas, chance)
    coat = _coat(int(canvas.mean() @ _LUMINANCE), chance)
    drawings = DRAWINGS[label]
    drawings[chance.below(len(drawings))](_pen(canvas, chance), coat, chance)
    return _develop(canvas.reduced(OVERSAMPLE), chance)


def _pen(canvas: Canvas, chance: Chance) -> Pen:
    """A random place, size, mirroring, turn and tilt that keep the subject in view."""
    side = canvas.side
    scale, turn, tilt = chance.between((0.43, 0.48), (-0.1, 0.1), (-0.1, 0.1))
    x, y, stretch = chance.between((-1, 1), (-1, 1), (0.92, 1.08))
    mirror = -1.0 if chance.share() < 0.5 else 1.0
    room = 0.52 - scale
    scale *= side
    cosine, sine = rotation(turn)
    return Pen(
        canvas,
        a=mirror * scale * stretch * cosine,
        b=scale * (tilt - sine),
        c=mirror * scale * stretch * sine,
        d=scale * cosine,
        left=side * (0.5 + room * x),
        top=side * (0.5 + room * y),
    )


def _coat(background: int, chance: Chance) -> Coat:
    """Colours that stand out from a background of this brightness (0 to 255,000)."""
    tones = within(_COATS + chance.whole(-20, 21, *_COATS.shape), 255)
    brightness = (tones * _LUMINANCE).sum(axis=1)
    # Never empty: the first tone is brighter than 220 and the sixth darker than 61.
    visible = np.flatnonzero(abs(brightness - background) > 78_000)
    chosen = visible[chance.below(len(visible))]
    main = _colour(tones[chosen])
    is_bright = brightness[chosen] > 90_000
    return Coat(
        main=main,
        shade=_mix(main, _INK if is_bright else _PALE, 0.3),
        pale=_mix(main, _PALE, 0.75),
        ink=_INK,
        mark=_INK if is_bright else _PALE,
        accent=_any_colour(chance),
    )


def _colour(values: NDArray[np.integer]) -> Colour:
    red, green, blue = values.tolist()
    return red, green, blue


def _mix(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (
        round(a + (b - a) * share) for a, b in zip(first, second, strict=True)
    )
    return red, green, blue


def _any_colour(chance: Chance) -> Colour:
    return 50 + chance.below(156), 50 + chance.below(156), 50 + chance.below(156)


def _vary(colour: Colour, chance: Chance) -> Colour:
    return _colour(within(colour + chance.whole(-25, 26, 3), 255))


def _grass(canvas: Canvas, chance: Chance) -> None:
    green = _vary((80, 140, 60), chance)
    top = _land(canvas, _vary((150, 195, 230), chance), green, 0.7 * chance.share())
    blades = [chance.between((0, 1), (top, 1)) for _ in range(12)]
    _strokes(canvas, blades, (0.03, -0.08), _mix(green, _INK, 0.3))


def _water(canvas: Canvas, chance: Chance) -> None:
    blue = _vary((60, 110, 150), chance)
    top = _land(canvas, _vary((185, 205, 220), chance), blue, 0.7 * chance.share())
    waves = [chance.between((0, 1), (top, 1)) for _ in range(8)]
    _strokes(canvas, waves, (0.16, 0.0), _mix(blue, _PALE, 0.4))


def _land(canvas: Canvas, above: Colour, below: Colour, horizon: float) -> float:
    """Fill with two colours that meet at `horizon`, 0 (top) to 1; return that."""
    side = canvas.side
    canvas.rectangle(above, (0, 0, side, side))
    canvas.rectangle(below, (0, round(horizon * side), side, side))
    return horizon


def _strokes(
    canvas: Canvas,
    starts: list[list[float]],
    step: tuple[float, float],
    colour: Colour,
) -> None:
    """Draw one short line of the same direction from each start; unit: the side."""
    side = canvas.side
    across, down = step[0] * side, step[1] * side
    for x, y in starts:
        line = [(x * side, y * side), (x * side + across, y * side + down)]
        canvas.line(colour, max(1, side // 48), line)


def _sky(canvas: Canvas, chance: Chance) -> None:
    above, below = _vary((90, 140, 210), chance), _vary((190, 215, 235), chance)
    _ramp(canvas, above, below, 0.0)
    side = canvas.side
    for _ in range(3):
        x, y, wide = chance.between((0, side), (0, side), (0.1 * side, 0.25 * side))
        canvas.ellipse((225, 230, 238), (x, y), (wide, wide / 3))


def _sand(canvas: Canvas, chance: Chance) -> None:
    sand = _vary((205, 180, 130), chance)
    _land(canvas, sand, _mix(sand, _INK, 0.1), chance.share())
    grains = [chance.between((0, 1), (0, 1)) for _ in range(20)]
    _strokes(canvas, grains, (0.02, 0.01), _mix(sand, _INK, 0.3))


def _room(canvas: Canvas, chance: Chance) -> None:
    left, top, floor = chance.between((0, 0.8), (0.05, 0.3), (0.6, 0.9))
    _land(canvas, _any_colour(chance), _any_colour(chance), floor)
    side, frame = canvas.side, canvas.side // 32
    left, top = left * side, top * side
    right, bottom = left + 0.3 * side, top + 0.35 * side
    canvas.rectangle(_any_colour(chance), (left, top, right, bottom))
    inner = left + frame, top + frame, right - frame, bottom - frame
    canvas.rectangle(_any_colour(chance), inner)


def _gradient(canvas: Canvas, chance: Chance) -> None:
    first, second = _any_colour(chance), _any_colour(chance)
    _ramp(canvas, first, second, 2 * math.pi * chance.share())


def _ramp(canvas: Canvas, first: Colour, second: Colour, turn: float) -> None:
    """Fill with a gradient from `first` (top) to `second`, turned by `turn` radians."""
    cosine, sine = rotation(turn)
    steps = np.arange(-7, 8, 2)
    share = 0.5 + 0.05 * (steps[:, None] * cosine + steps * sine)
    start, end = np.array(first), np.array(second)
    canvas.stretch(start + share[:, :, None] * (end - start))


def _noise(canvas: Canvas, chance: Chance) -> None:
    cells = 4 + chance.below(12)
    canvas.stretch(_any_colour(chance) + chance.whole(-30, 31, cells, cells, 3))


def _stripes(canvas: Canvas, chance: Chance) -> None:
    side, base = canvas.side, _any_colour(chance)
    canvas.rectangle(base, (0, 0, side, side))
    colour = _mix(base, _any_colour(chance), 0.25)
    slope, step = chance.between((-1, 1), (0.12, 0.3))
    upright = chance.share() < 0.5
    for index in range(math.floor(-1 / step), math.ceil(2 / step)):
        start, end = index * step * side, (index * step + slope) * side
        line = [(start, 0), (end, side)] if upright else [(0, start), (side, end)]
        canvas.line(colour, step * side / 2, line)


def _blobs(canvas: Canvas, chance: Chance) -> None:
    side, base = canvas.side, _any_colour(chance)
    canvas.rectangle(base, (0, 0, side, side))
    for _ in range(6):
        x, y, radius = chance.between((0, side), (0, side), (0.08 * side, 0.25 * side))
        colour = _mix(base, _any_colour(chance), 0.25)
        canvas.ellipse(colour, (x, y), (radius, radius))


_BACKGROUNDS: tuple[Callable[[Canvas, Chance], None], ...] = (
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


def _clutter(canvas: Canvas, chance: Chance) -> None:
    """Up to three small things lying about behind the subject."""
    side = canvas.side
    for _ in range(chance.below(4)):
        x, y, wide, tall = chance.between((0, 1), (0, 1), (0.04, 0.15), (0.04, 0.15))
        left, top, wide, tall = x * side, y * side, wide * side, tall * side
        colour = _any_colour(chance)
        if wide > tall:
            canvas.rectangle(colour, (left, top, left + wide, top + tall))
        else:
            middle = left + wide / 2, top + tall / 2
            canvas.ellipse(colour, middle, (wide / 2, tall / 2))


def _develop(sums: NDArray[np.int64], chance: Chance) -> NDArray[np.uint8]:
    """Random light, contrast, tint and sensor noise; then planes of bytes.

    `sums` are of OVERSAMPLE² pixels each.
    """
    contrast, light, noise = chance.between((0.8, 1.15), (-15, 15), (0, 6))
    tint = chance.between((-10, 10), (-10, 10), (-10, 10))
    scale = 1024 * OVERSAMPLE**2
    offset = [round(scale * (128 - 128 * contrast + light + each)) for each in tint]
    # Sums of four bytes are nearly normal, with deviation 147.8 about 510.
    grain = _four_bytes(chance, sums.size).reshape(sums.shape)
    pixels = sums * round(1024 * contrast) + np.array(offset)[:, None, None]
    pixels += (grain - 510) * round(scale * noise / 147.8)
    return within(pixels // scale, 255).astype(np.uint8)


def _four_bytes(chance: Chance, count: int) -> NDArray[np.int64]:
    """Sums of four random bytes."""
    raw = chance.bits(-(-count // 2)).astype("<u8").view(np.uint8)
    quarters = raw.astype(np.int64).reshape(4, -1)
    return (quarters[0] + quarters[1] + quarters[2] + quarters[3])[:count]
