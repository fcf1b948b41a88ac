"""Drawing dogs, cats, boats and birds, each as a few flat shapes.

Every drawing fills a square from -1 to 1, with x to the right and y down, and faces
right. The `Pen` transfers it to the canvas, mirrored, rotated, tilted and scaled. All
four classes share the same kind of `Coat`, so colours do not give the class away.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from .canvas import Canvas, Colour, Points, circle, rotation
from .chance import Chance


@dataclass(frozen=True)
class Coat:
    """The colours of one subject.

    `main` contrasts with the background, `mark` with `main`, and `ink` with `pale`.
    """

    main: Colour
    shade: Colour
    pale: Colour
    ink: Colour
    mark: Colour
    accent: Colour


@dataclass(frozen=True)
class Pen:
    """Draws shapes onto a canvas, from the subject's coordinates.

    It maps a point (x, y) to (a x + b y + left, c x + d y + top), in canvas pixels.
    """

    canvas: Canvas
    a: float
    b: float
    c: float
    d: float
    left: float
    top: float

    def place(self, points: Points) -> list[tuple[float, float]]:
        """The points in canvas pixels."""
        a, b, c, d, left, top = self.a, self.b, self.c, self.d, self.left, self.top
        return [(a * x + b * y + left, c * x + d * y + top) for x, y in points]

    def polygon(self, colour: Colour, points: Points) -> None:
        """Fill a polygon."""
        self.canvas.polygon(colour, self.place(points))

    def ellipse(
        self,
        colour: Colour,
        centre: tuple[float, float],
        radii: tuple[float, float],
        turn: float = 0.0,
    ) -> None:
        """Fill an ellipse, rotated clockwise by `turn` radians."""
        x, y = centre
        cosine, sine = rotation(turn)
        across, along = radii
        points = [
            (
                x + across * u * cosine - along * v * sine,
                y + across * u * sine + along * v * cosine,
            )
            for u, v in circle(16)
        ]
        self.polygon(colour, points)

    def line(self, colour: Colour, width: float, points: Points) -> None:
        """Draw a stroke through the points; `width` is in the subject's units."""
        scale = math.sqrt(abs(self.a * self.d - self.b * self.c))
        self.canvas.line(colour, width * scale, self.place(points))


def draw_legs(pen: Pen, colour: Colour, width: float, feet: Points, hip: float) -> None:
    """Draw a leg from the height of the hip to each foot."""
    for x, y in feet:
        pen.line(colour, width, [(x * 0.95, hip), (x, y)])


def draw_dog_head(pen: Pen, coat: Coat, x: float, y: float) -> None:
    """Draw the head of a dog in profile."""
    pen.ellipse(coat.main, (x, y), (0.27, 0.25))
    snout = [(x, y - 0.1), (x + 0.48, y), (x + 0.48, y + 0.19), (x, y + 0.24)]
    pen.polygon(coat.main, snout)
    pen.ellipse(coat.mark, (x + 0.47, y + 0.03), (0.09, 0.08))
    pen.ellipse(coat.mark, (x + 0.12, y - 0.08), (0.05, 0.05))
    pen.ellipse(coat.shade, (x - 0.14, y + 0.13), (0.13, 0.32), 0.2)


def draw_cat_head(pen: Pen, coat: Coat, x: float, y: float, size: float = 1.0) -> None:
    """Draw the head of a cat from the front."""
    wide, high = 0.31 * size, 0.27 * size
    for side in (-1, 1):
        ear = [
            (x + side * wide * 0.1, y - high * 0.75),
            (x + side * wide, y - high * 2.0),
            (x + side * wide * 0.98, y - high * 0.2),
        ]
        pen.polygon(coat.main, ear)
    pen.ellipse(coat.main, (x, y), (wide, high))
    for side in (-1, 1):
        pen.ellipse(coat.pale, (x + side * wide * 0.42, y - high * 0.1), (0.08, 0.07))
        pen.ellipse(coat.ink, (x + side * wide * 0.42, y - high * 0.1), (0.03, 0.07))
    pen.ellipse(coat.accent, (x, y + high * 0.4), (0.05, 0.04))


def dog_standing(pen: Pen, coat: Coat, chance: Chance) -> None:
    """A dog from the side: long snout, hanging ear, tail in the air."""
    wag, stride, foot = chance.between((-0.15, 0.15), (-0.1, 0.1), (0.75, 0.85))
    pen.line(coat.main, 0.13, [(-0.6, 0.0), (-0.92 + wag, -0.42)])
    draw_legs(
        pen, coat.shade, 0.15, [(-0.42 - stride, foot), (0.2 - stride, foot)], 0.2
    )
    draw_legs(
        pen, coat.main, 0.16, [(-0.55 + stride, foot), (0.34 + stride, foot)], 0.2
    )
    pen.ellipse(coat.main, (-0.12, 0.1), (0.6, 0.27))
    pen.polygon(coat.main, [(0.1, 0.0), (0.3, -0.5), (0.62, -0.3), (0.42, 0.25)])
    pen.line(coat.accent, 0.09, [(0.24, -0.2), (0.52, -0.05)])
    draw_dog_head(pen, coat, 0.46, -0.42)


def dog_sitting(pen: Pen, coat: Coat, chance: Chance) -> None:
    """A dog on its haunches, in profile."""
    [wag] = chance.between((-0.2, 0.2))
    pen.line(coat.main, 0.13, [(-0.45, 0.72), (-0.88, 0.45 + wag)])
    pen.ellipse(coat.main, (-0.12, 0.25), (0.33, 0.62), 0.45)
    pen.ellipse(coat.shade, (-0.25, 0.6), (0.34, 0.26))
    pen.line(coat.main, 0.17, [(0.18, 0.05), (0.24, 0.86)])
    pen.line(coat.shade, 0.14, [(-0.2, 0.83), (0.1, 0.83)])
    draw_dog_head(pen, coat, 0.15, -0.5)


def dog_face(pen: Pen, coat: Coat, chance: Chance) -> None:
    """A dog from the front: hanging ears, pale muzzle, big nose, perhaps the tongue."""
    droop, tongue = chance.between((0.0, 0.25), (0.0, 1.0))
    pen.ellipse(coat.main, (0.0, -0.05), (0.52, 0.66))
    for side in (-1, 1):
        pen.ellipse(coat.shade, (side * 0.62, 0.0 + droop / 2), (0.2, 0.6), -side * 0.2)
        pen.ellipse(coat.mark, (side * 0.22, -0.2), (0.08, 0.1))
    if tongue > 0.4:
        pen.ellipse(coat.accent, (0.0, 0.72), (0.13, 0.24))
    pen.ellipse(coat.pale, (0.0, 0.36), (0.34, 0.33))
    pen.ellipse(coat.ink, (0.0, 0.2), (0.17, 0.12))
    pen.line(coat.ink, 0.05, [(0.0, 0.3), (0.0, 0.5)])


def cat_standing(pen: Pen, coat: Coat, chance: Chance) -> None:
    """A cat from the side: pointed ears, a long raised tail."""
    wag, stride, foot = chance.between((-0.12, 0.12), (-0.08, 0.08), (0.7, 0.8))
    tail = [(-0.6, 0.1), (-0.84, -0.2), (-0.8 + wag, -0.55), (-0.95 + wag, -0.85)]
    pen.line(coat.main, 0.12, tail)
    draw_legs(
        pen, coat.shade, 0.11, [(-0.4 - stride, foot), (0.2 - stride, foot)], 0.25
    )
    draw_legs(
        pen, coat.main, 0.12, [(-0.55 + stride, foot), (0.33 + stride, foot)], 0.25
    )
    pen.ellipse(coat.main, (-0.1, 0.18), (0.58, 0.23))
    for x in (-0.4, -0.18, 0.04):
        pen.line(coat.shade, 0.08, [(x, -0.04), (x + 0.03, 0.22)])
    draw_cat_head(pen, coat, 0.5, -0.15, 1.2)


def cat_sitting(pen: Pen, coat: Coat, chance: Chance) -> None:
    """A cat from the front, upright, its tail curled up at the side."""
    [wag] = chance.between((-0.2, 0.2))
    tail = [(-0.2, 0.8), (-0.7, 0.75), (-0.75, 0.35 + wag), (-0.55, 0.15 + wag)]
    pen.line(coat.main, 0.13, tail)
    pen.ellipse(coat.main, (0.0, 0.45), (0.42, 0.48))
    pen.ellipse(coat.pale, (0.0, 0.3), (0.16, 0.28))
    for side in (-1, 1):
        pen.line(coat.shade, 0.12, [(side * 0.12, 0.5), (side * 0.12, 0.88)])
    draw_cat_head(pen, coat, 0.0, -0.28, 1.45)


def cat_face(pen: Pen, coat: Coat, chance: Chance) -> None:
    """A cat from the front: pointed ears, slit eyes, whiskers."""
    lift, gaze = chance.between((-0.12, 0.12), (-0.05, 0.05))
    for side in (-1, 1):
        ear = [(side * 0.1, -0.35), (side * 0.66, -0.95), (side * 0.68, 0.05)]
        inner = [(side * 0.28, -0.4), (side * 0.58, -0.74), (side * 0.58, -0.2)]
        pen.polygon(coat.main, ear)
        pen.polygon(coat.accent, inner)
    pen.ellipse(coat.main, (0.0, 0.15), (0.7, 0.56))
    for side in (-1, 1):
        pen.ellipse(coat.pale, (side * 0.3, 0.0), (0.17, 0.15))
        pen.ellipse(coat.ink, (side * 0.3 + gaze, 0.0), (0.06, 0.15))
        for height in (0.28, 0.42):
            end = (side * 0.98, height + lift * side + (height - 0.35))
            pen.line(coat.ink, 0.04, [(side * 0.2, 0.32), end])
    pen.polygon(coat.ink, [(-0.1, 0.22), (0.1, 0.22), (0.0, 0.36)])
    pen.line(coat.ink, 0.05, [(-0.14, 0.5), (0.0, 0.38), (0.14, 0.5)])


def sailing_boat(pen: Pen, coat: Coat, chance: Chance) -> None:
    """A hull, a mast and two sails."""
    boom, top = chance.between((0.4, 0.7), (-0.95, -0.8))
    pen.line(coat.ink, 0.07, [(0.0, 0.5), (0.0, top)])
    pen.polygon(coat.pale, [(-0.06, top), (-0.06, 0.3), (-boom - 0.15, 0.3)])
    pen.polygon(coat.accent, [(0.06, top + 0.15), (0.06, 0.3), (boom, 0.3)])
    hull = [(-0.85, 0.4), (0.92, 0.4), (0.6, 0.8), (-0.62, 0.8)]
    pen.polygon(coat.main, hull)
    pen.line(coat.shade, 0.08, [(-0.8, 0.46), (0.84, 0.46)])


def motor_boat(pen: Pen, coat: Coat, chance: Chance) -> None:
    """A long hull with a cabin, a row of windows and a funnel."""
    front, roof = chance.between((0.2, 0.4), (-0.3, -0.1))
    pen.polygon(
        coat.accent,
        [(-0.35, roof), (-0.3, roof - 0.4), (-0.05, roof - 0.4), (-0.05, roof)],
    )
    cabin = [(-0.6, 0.3), (-0.55, roof), (front, roof), (front + 0.15, 0.3)]
    pen.polygon(coat.pale, cabin)
    for x in (-0.42, -0.15, 0.12):
        pen.ellipse(coat.ink, (x, (roof + 0.25) / 2), (0.09, 0.09))
    pen.polygon(coat.main, [(-0.9, 0.22), (0.98, 0.18), (0.65, 0.75), (-0.8, 0.75)])
    pen.line(coat.shade, 0.1, [(-0.84, 0.5), (0.78, 0.48)])


def rowing_boat(pen: Pen, coat: Coat, chance: Chance) -> None:
    """A shallow hull with one rower and an oar."""
    lean, reach = chance.between((-0.12, 0.12), (-0.15, 0.15))
    pen.line(coat.accent, 0.24, [(-0.05, 0.3), (-0.1 + lean, -0.2)])
    pen.ellipse(coat.pale, (-0.1 + lean, -0.45), (0.19, 0.2))
    hull = [(-0.98, 0.1), (-0.6, 0.24), (0.6, 0.24), (0.98, 0.1), (0.6, 0.68)]
    pen.polygon(coat.main, [*hull, (-0.6, 0.68)])
    pen.line(coat.shade, 0.08, [(-0.72, 0.4), (0.72, 0.4)])
    pen.line(coat.ink, 0.08, [(0.0, -0.05), (0.62 + reach, 0.85)])


def bird_perched(pen: Pen, coat: Coat, chance: Chance) -> None:
    """A bird on its feet: round body, beak, folded wing, tail."""
    tail, nod = chance.between((-0.1, 0.15), (-0.06, 0.06))
    for x in (-0.05, 0.15):
        pen.line(coat.ink, 0.06, [(x, 0.45), (x + 0.02, 0.85), (x + 0.18, 0.86)])
    pen.polygon(
        coat.shade,
        [(-0.3, 0.05), (-0.98, 0.42 + tail), (-0.88, 0.6 + tail), (-0.2, 0.4)],
    )
    pen.ellipse(coat.main, (0.0, 0.15), (0.52, 0.38), -0.5)
    pen.polygon(coat.accent, [(0.6, -0.5 + nod), (0.98, -0.34 + nod), (0.58, -0.26)])
    pen.ellipse(coat.main, (0.4, -0.38 + nod), (0.28, 0.27))
    pen.ellipse(coat.mark, (0.48, -0.42 + nod), (0.06, 0.06))
    pen.ellipse(coat.shade, (-0.12, 0.15), (0.38, 0.2), -0.45)


def bird_gliding(pen: Pen, coat: Coat, chance: Chance) -> None:
    """A bird seen from ahead, both wings spread."""
    lift, droop = chance.between((-0.6, -0.3), (-0.2, 0.15))
    for side in (-1, 1):
        wing = [
            (0.0, -0.1),
            (side * 0.5, lift - 0.1),
            (side * 1.0, droop),
            (side * 0.5, lift + 0.28),
            (0.0, 0.25),
        ]
        pen.polygon(coat.main, wing)
        pen.line(coat.shade, 0.1, [wing[2], wing[3], wing[4]])
    pen.polygon(coat.shade, [(-0.22, 0.62), (0.0, 0.1), (0.22, 0.62)])
    pen.ellipse(coat.main, (0.0, 0.12), (0.17, 0.35))
    pen.ellipse(coat.main, (0.0, -0.2), (0.15, 0.15))
    pen.polygon(coat.accent, [(-0.08, -0.28), (0.08, -0.28), (0.0, -0.5)])


def bird_flapping(pen: Pen, coat: Coat, chance: Chance) -> None:
    """A bird in flight from the side, one wing up, the far one behind it."""
    beat, sweep = chance.between((-0.15, 0.1), (-0.15, 0.15))
    far = [(0.25, 0.05), (0.55 + sweep, -0.85 + beat), (-0.1, 0.0)]
    pen.polygon(coat.shade, far)
    pen.polygon(coat.shade, [(-0.3, 0.1), (-0.95, 0.05), (-0.9, 0.42), (-0.3, 0.3)])
    pen.ellipse(coat.main, (0.0, 0.18), (0.52, 0.22), -0.1)
    pen.polygon(coat.accent, [(0.68, -0.05), (0.98, 0.08), (0.66, 0.16)])
    pen.ellipse(coat.main, (0.53, 0.05), (0.21, 0.2))
    pen.ellipse(coat.mark, (0.6, 0.01), (0.05, 0.05))
    near = [(0.22, 0.15), (-0.45 + sweep, -0.95 + beat), (-0.35, 0.15)]
    pen.polygon(coat.main, near)
    pen.line(coat.shade, 0.09, [near[1], near[2]])


Drawing = Callable[[Pen, Coat, Chance], None]

DRAWINGS: tuple[tuple[Drawing, ...], ...] = (
    (dog_standing, dog_sitting, dog_face),
    (cat_standing, cat_sitting, cat_face),
    (sailing_boat, motor_boat, rowing_boat),
    (bird_perched, bird_gliding, bird_flapping),
)
"""The drawings of each class, in the order of the slides."""
