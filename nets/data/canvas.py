"""A canvas for filled polygons, drawn with integers only.

The same shapes give the same pixels on any machine: corners are rounded to multiples of
1/64 pixel, and nothing after that depends on how a library or a processor rounds.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Colour = tuple[int, int, int]
Points = Sequence[tuple[float, float]]
Whole = NDArray[np.int64]

UNIT = 64  # the width of a pixel
FIELD = 20  # bits for each of red, green and blue: enough for sums of 4,000 pixels
FINE = 1024  # steps in one radian


def rotation(turn: float) -> tuple[float, float]:
    """Cosine and sine of an angle, the same on any machine.

    C libraries differ in the last bits of cosine and sine. Here an angle is a whole
    number of steps, and the results are rounded to 16 bits; none of them is so close
    to a half that those bits matter.
    """
    angle = round(turn * FINE) / FINE
    cosine, sine = round(math.cos(angle) * 65536), round(math.sin(angle) * 65536)
    return cosine / 65536, sine / 65536


@functools.cache
def circle(corners: int) -> Points:
    """The corners of a polygon that approximates a circle of radius 1 around 0."""
    return [rotation(2 * math.pi * step / corners) for step in range(corners)]


class Canvas:
    """A square of pixels, (side, side), and the shapes that are yet to be filled."""

    def __init__(self, side: int) -> None:
        self.side = side
        self._pixels = np.zeros(side * side, np.int64)
        self._corners: list[tuple[float, float]] = []
        self._counts: list[int] = []
        self._colours: list[int] = []

    def polygon(self, colour: Colour, points: Points) -> None:
        """Fill a polygon, given by its corners in pixels from the upper left.

        A pixel is inside if a line from its centre to the left crosses the border an
        odd number of times.
        """
        self._corners += points
        self._counts.append(len(points))
        self._colours.append(packed(colour))

    def rectangle(self, colour: Colour, box: tuple[float, float, float, float]) -> None:
        """Fill from left and top to right and bottom."""
        left, top, right, bottom = box
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        self.polygon(colour, corners)

    def ellipse(
        self, colour: Colour, centre: tuple[float, float], radii: tuple[float, float]
    ) -> None:
        """Fill an upright ellipse."""
        (x, y), (across, down) = centre, radii
        points = [(x + across * u, y + down * v) for u, v in circle(24)]
        self.polygon(colour, points)

    def line(self, colour: Colour, width: float, points: Points) -> None:
        """Draw a stroke with round joints and flat ends."""
        half = max(width, 1.0) / 2
        for (x0, y0), (x1, y1) in itertools.pairwise(points):
            wide, tall = x1 - x0, y1 - y0
            length = math.sqrt(wide * wide + tall * tall) or 1.0
            across, down = -half * tall / length, half * wide / length
            near = [(x0 + across, y0 + down), (x0 - across, y0 - down)]
            far = [(x1 - across, y1 - down), (x1 + across, y1 + down)]
            self.polygon(colour, near + far)
        for joint in points[1:-1]:
            self.ellipse(colour, joint, (half, half))

    def stretch(self, colours: ArrayLike) -> None:
        """Fill with a coarse grid of colours, (n, n, 3), interpolated."""
        grid = within(np.asarray(colours).astype(np.int64), 255)
        across = blurred(blurred(grid, self.side).transpose(1, 0, 2), self.side)
        self._pixels = pack(across.transpose(1, 0, 2)).reshape(-1)

    def pixels(self) -> Whole:
        """The packed colours of everything drawn so far, (side, side)."""
        if self._counts:
            colours = self._colours
            for shape, places in filled(self._corners, self._counts, self.side):
                self._pixels[places] = colours[shape]
            self._corners, self._counts, self._colours = [], [], []
        return self._pixels.reshape(self.side, self.side)

    def reduced(self, factor: int) -> Whole:
        """Sums of red, green and blue over squares of pixels, (3, side, side)."""
        squares = self.pixels()
        for _ in range(2):  # down, then across
            parts = [squares[start::factor].T for start in range(factor)]
            squares = functools.reduce(operator.add, parts)
        return unpack(squares)

    def mean(self) -> Whole:
        """The mean of red, green and blue over every third pixel."""
        some = self.pixels()[1::3, 1::3]
        return unpack(some.sum(axis=0)).sum(axis=1) // some.size


def packed(colour: Colour) -> int:
    """A colour packed into one number."""
    red, green, blue = colour
    return (red << 2 * FIELD) + (green << FIELD) + blue


def pack(planes: Whole) -> Whole:
    """Colours along the last axis, each packed into one number."""
    fields = planes[..., 0] << 2 * FIELD, planes[..., 1] << FIELD, planes[..., 2]
    return fields[0] + fields[1] + fields[2]


def unpack(numbers: Whole) -> Whole:
    """Packed colours, or sums of them, as planes of red, green and blue."""
    mask = (1 << FIELD) - 1
    return np.stack([numbers >> 2 * FIELD, numbers >> FIELD & mask, numbers & mask])


def blurred(grid: Whole, length: int) -> Whole:
    """Stretch the first axis by linear interpolation between centres."""
    count = len(grid)
    # In units of 1 / (2 length) of the distance between two centres.
    place = (2 * np.arange(length) + 1) * count - length
    place = within(place, 2 * length * (count - 1))
    before = np.minimum(place // (2 * length), count - 2)
    share = (place - before * 2 * length)[:, None, None]
    mixed: Whole = grid[before] * (2 * length - share) + grid[before + 1] * share
    return mixed // (2 * length)


def filled(
    points: Points, counts: Sequence[int], side: int
) -> Iterator[tuple[int, Whole]]:
    """Yield the number of each polygon, and the places of a square image it covers.

    The border of a polygon crosses each line of pixel centres an even number of times;
    pixels are inside from each odd crossing to the next.
    """
    x, y, row = crossings(points, counts, side)
    # One number for shape, row and column, so that one sort orders everything.
    ends = np.sort((y * side + row) * (side + 1) + x)
    starts, stops = ends[0::2], ends[1::2]
    line, column = np.divmod(starts, side + 1)
    shape, row = np.divmod(line, side)
    length = stops - starts
    until = np.cumsum(length)
    places = np.arange(length.sum()) + np.repeat(
        row * side + column - until + length, length
    )
    ends_of = np.searchsorted(shape, np.arange(len(counts)), side="right")
    before = 0
    for number, spans in enumerate(ends_of.tolist()):
        after = int(until[spans - 1]) if spans else 0
        yield number, places[before:after]
        before = after


def crossings(
    points: Points, counts: Sequence[int], side: int
) -> tuple[Whole, Whole, Whole]:
    """Column, shape and row of each crossing of a border and a line of pixel centres.

    The column is the first one whose centre is not to the left of the border.
    """
    corners = np.floor(np.array(points) * UNIT + 0.5).astype(np.int64)
    sizes = np.array(counts)
    last = np.cumsum(sizes) - 1
    following = np.arange(1, len(corners) + 1)
    following[last] = last - sizes + 1
    (x0, y0), (x1, y1) = corners.T, corners[following].T
    half = UNIT // 2
    high, low = np.minimum(y0, y1), np.maximum(y0, y1)
    first = within((high + half - 1) // UNIT, side)
    lines = within((low + half - 1) // UNIT, side) - first
    edge = np.repeat(np.arange(len(corners)), lines)
    row = np.arange(len(edge)) + np.repeat(first - np.cumsum(lines) + lines, lines)
    down = row * UNIT + half - y0[edge]
    x = x0[edge] + down * (x1 - x0)[edge] // (y1 - y0)[edge]
    shape = np.repeat(np.arange(len(sizes)), sizes)[edge]
    return within((x + half - 1) // UNIT, side), shape, row


def within(numbers: Whole, end: int) -> Whole:
    """Clip to 0 and `end`, in a third of the time that `np.clip` takes."""
    return np.minimum(np.maximum(numbers, 0), end)
