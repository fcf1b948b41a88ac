"""Drawing a whole picture: a background, clutter, a subject and the light.

Only the choice among `DRAWINGS` depends on the class, so neither the background nor the
colours nor the position give the class away.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .canvas import Canvas, Colour, rotation, within
from .chance import Chance
from .shapes import DRAWINGS, Coat, Pen

# Pictures are drawn larger by this factor and averaged, for smooth edges.
OVERSAMPLE = 3

COATS = np.array(
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
LUMINANCE = np.array([299, 587, 114])  # in thousandths, by ITU-R BT.601
INK: Colour = (20, 18, 22)
PALE: Colour = (250, 246, 236)


def paint(label: int, size: int, chance: Chance) -> NDArray[np.uint8]:
    """Paint a picture of the class `label` of the slides: (3, size, size) planes."""
    canvas = Canvas(size * OVERSAMPLE)
    BACKGROUNDS[chance.below(len(BACKGROUNDS))](canvas, chance)
    draw_clutter(canvas, chance)
    coat = visible_coat(int(canvas.mean() @ LUMINANCE), chance)
    drawings = DRAWINGS[label]
    drawings[chance.below(len(drawings))](random_pen(canvas, chance), coat, chance)
    return develop(canvas.reduced(OVERSAMPLE), chance)


def random_pen(canvas: Canvas, chance: Chance) -> Pen:
    """A pen with a random position, size and tilt that keep the subject in view."""
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


def visible_coat(background: int, chance: Chance) -> Coat:
    """Colours that contrast with a background of this brightness (0 to 255,000)."""
    tones = within(COATS + chance.whole(-20, 21, *COATS.shape), 255)
    brightness = (tones * LUMINANCE).sum(axis=1)
    # Never empty: the first tone is brighter than 220 and the sixth darker than 61.
    visible = np.flatnonzero(abs(brightness - background) > 78_000)
    chosen = visible[chance.below(len(visible))]
    main = as_colour(tones[chosen])
    is_bright = brightness[chosen] > 90_000
    return Coat(
        main=main,
        shade=mix(main, INK if is_bright else PALE, 0.3),
        pale=mix(main, PALE, 0.75),
        ink=INK,
        mark=INK if is_bright else PALE,
        accent=random_colour(chance),
    )


def as_colour(values: NDArray[np.integer]) -> Colour:
    """An array of three numbers as a colour."""
    red, green, blue = values.tolist()
    return red, green, blue


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """A mixture of two colours with the given share of the second."""
    red, green, blue = (
        round(a + (b - a) * share) for a, b in zip(first, second, strict=True)
    )
    return red, green, blue


def random_colour(chance: Chance) -> Colour:
    """A random colour, neither very dark nor very bright."""
    return 50 + chance.below(156), 50 + chance.below(156), 50 + chance.below(156)


def vary(colour: Colour, chance: Chance) -> Colour:
    """A random colour similar to the given one."""
    return as_colour(within(colour + chance.whole(-25, 26, 3), 255))


def draw_grass(canvas: Canvas, chance: Chance) -> None:
    """Draw grass under a sky."""
    green = vary((80, 140, 60), chance)
    top = fill_land(canvas, vary((150, 195, 230), chance), green, 0.7 * chance.share())
    blades = [chance.between((0, 1), (top, 1)) for _ in range(12)]
    draw_strokes(canvas, blades, (0.03, -0.08), mix(green, INK, 0.3))


def draw_water(canvas: Canvas, chance: Chance) -> None:
    """Draw water with waves under a sky."""
    blue = vary((60, 110, 150), chance)
    top = fill_land(canvas, vary((185, 205, 220), chance), blue, 0.7 * chance.share())
    waves = [chance.between((0, 1), (top, 1)) for _ in range(8)]
    draw_strokes(canvas, waves, (0.16, 0.0), mix(blue, PALE, 0.4))


def fill_land(canvas: Canvas, above: Colour, below: Colour, horizon: float) -> float:
    """Fill with two colours that meet at `horizon`, 0 (top) to 1; return `horizon`."""
    side = canvas.side
    canvas.rectangle(above, (0, 0, side, side))
    canvas.rectangle(below, (0, round(horizon * side), side, side))
    return horizon


def draw_strokes(
    canvas: Canvas,
    starts: list[list[float]],
    step: tuple[float, float],
    colour: Colour,
) -> None:
    """Draw a short parallel line from each start; the unit is the canvas's side."""
    side = canvas.side
    across, down = step[0] * side, step[1] * side
    for x, y in starts:
        line = [(x * side, y * side), (x * side + across, y * side + down)]
        canvas.line(colour, max(1, side // 48), line)


def draw_sky(canvas: Canvas, chance: Chance) -> None:
    """Draw a sky with clouds."""
    above, below = vary((90, 140, 210), chance), vary((190, 215, 235), chance)
    fill_gradient(canvas, above, below, 0.0)
    side = canvas.side
    for _ in range(3):
        x, y, wide = chance.between((0, side), (0, side), (0.1 * side, 0.25 * side))
        canvas.ellipse((225, 230, 238), (x, y), (wide, wide / 3))


def draw_sand(canvas: Canvas, chance: Chance) -> None:
    """Draw sand."""
    sand = vary((205, 180, 130), chance)
    fill_land(canvas, sand, mix(sand, INK, 0.1), chance.share())
    grains = [chance.between((0, 1), (0, 1)) for _ in range(20)]
    draw_strokes(canvas, grains, (0.02, 0.01), mix(sand, INK, 0.3))


def draw_room(canvas: Canvas, chance: Chance) -> None:
    """Draw a wall with a window, and a floor."""
    left, top, floor = chance.between((0, 0.8), (0.05, 0.3), (0.6, 0.9))
    fill_land(canvas, random_colour(chance), random_colour(chance), floor)
    side, frame = canvas.side, canvas.side // 32
    left, top = left * side, top * side
    right, bottom = left + 0.3 * side, top + 0.35 * side
    canvas.rectangle(random_colour(chance), (left, top, right, bottom))
    inner = left + frame, top + frame, right - frame, bottom - frame
    canvas.rectangle(random_colour(chance), inner)


def draw_gradient(canvas: Canvas, chance: Chance) -> None:
    """Draw a gradient of two random colours in a random direction."""
    first, second = random_colour(chance), random_colour(chance)
    fill_gradient(canvas, first, second, 2 * math.pi * chance.share())


def fill_gradient(canvas: Canvas, first: Colour, second: Colour, turn: float) -> None:
    """Fill with a gradient from `first` (top) to `second`, turned by `turn` radians."""
    cosine, sine = rotation(turn)
    steps = np.arange(-7, 8, 2)
    share = 0.5 + 0.05 * (steps[:, None] * cosine + steps * sine)
    start, end = np.array(first), np.array(second)
    canvas.stretch(start + share[:, :, None] * (end - start))


def draw_noise(canvas: Canvas, chance: Chance) -> None:
    """Draw coarse noise."""
    cells = 4 + chance.below(12)
    canvas.stretch(random_colour(chance) + chance.whole(-30, 31, cells, cells, 3))


def draw_stripes(canvas: Canvas, chance: Chance) -> None:
    """Draw parallel stripes."""
    side, base = canvas.side, random_colour(chance)
    canvas.rectangle(base, (0, 0, side, side))
    colour = mix(base, random_colour(chance), 0.25)
    slope, step = chance.between((-1, 1), (0.12, 0.3))
    upright = chance.share() < 0.5
    for index in range(math.floor(-1 / step), math.ceil(2 / step)):
        start, end = index * step * side, (index * step + slope) * side
        line = [(start, 0), (end, side)] if upright else [(0, start), (side, end)]
        canvas.line(colour, step * side / 2, line)


def draw_blobs(canvas: Canvas, chance: Chance) -> None:
    """Draw round blobs."""
    side, base = canvas.side, random_colour(chance)
    canvas.rectangle(base, (0, 0, side, side))
    for _ in range(6):
        x, y, radius = chance.between((0, side), (0, side), (0.08 * side, 0.25 * side))
        colour = mix(base, random_colour(chance), 0.25)
        canvas.ellipse(colour, (x, y), (radius, radius))


BACKGROUNDS: tuple[Callable[[Canvas, Chance], None], ...] = (
    draw_grass,
    draw_water,
    draw_sky,
    draw_sand,
    draw_room,
    draw_gradient,
    draw_noise,
    draw_stripes,
    draw_blobs,
)


def draw_clutter(canvas: Canvas, chance: Chance) -> None:
    """Draw up to three small objects behind the subject."""
    side = canvas.side
    for _ in range(chance.below(4)):
        x, y, wide, tall = chance.between((0, 1), (0, 1), (0.04, 0.15), (0.04, 0.15))
        left, top, wide, tall = x * side, y * side, wide * side, tall * side
        colour = random_colour(chance)
        if wide > tall:
            canvas.rectangle(colour, (left, top, left + wide, top + tall))
        else:
            middle = left + wide / 2, top + tall / 2
            canvas.ellipse(colour, middle, (wide / 2, tall / 2))


def develop(sums: NDArray[np.int64], chance: Chance) -> NDArray[np.uint8]:
    """Apply random light, contrast, tint and sensor noise; return planes of bytes.

    Each of `sums` is a sum over OVERSAMPLE² pixels.
    """
    contrast, light, noise = chance.between((0.8, 1.15), (-15, 15), (0, 6))
    tint = chance.between((-10, 10), (-10, 10), (-10, 10))
    scale = 1024 * OVERSAMPLE**2
    offset = [round(scale * (128 - 128 * contrast + light + each)) for each in tint]
    # Sums of four bytes are nearly normal, with mean 510 and deviation 147.8.
    grain = sums_of_four_bytes(chance, sums.size).reshape(sums.shape)
    pixels = sums * round(1024 * contrast) + np.array(offset)[:, None, None]
    pixels += (grain - 510) * round(scale * noise / 147.8)
    return within(pixels // scale, 255).astype(np.uint8)


def sums_of_four_bytes(chance: Chance, count: int) -> NDArray[np.int64]:
    """Sums of four random bytes."""
    raw = chance.bits(-(-count // 2)).astype("<u8").view(np.uint8)
    quarters = raw.astype(np.int64).reshape(4, -1)
    return (quarters[0] + quarters[1] + quarters[2] + quarters[3])[:count]
