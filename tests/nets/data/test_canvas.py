"""The canvas, compared with exact fractions, known areas and `np.interp`."""

import itertools
import math
import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.data.canvas import FINE, UNIT, Canvas, rotation

WHITE = (255, 255, 255)
CORNERS = st.tuples(st.floats(-5, 20), st.floats(-5, 20))


def inside(points: list[tuple[float, float]], column: int, row: int) -> bool:
    """Whether the border is crossed an odd number of times left of a pixel's centre."""
    x, y = Fraction(2 * column + 1, 2), Fraction(2 * row + 1, 2)
    corners = [
        tuple(Fraction(math.floor(c * UNIT + 0.5), UNIT) for c in p) for p in points
    ]
    odd = False
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        if (y0 <= y) != (y1 <= y):
            # As the canvas does, with the crossing rounded down to a whole UNIT.
            crossing = x0 + (y - y0) * (x1 - x0) / (y1 - y0)
            odd ^= Fraction(math.floor(crossing * UNIT), UNIT) <= x
    return odd


def picture(canvas: Canvas) -> np.ndarray:
    """Red, green and blue, (3, side, side)."""
    return canvas.reduced(1)


def area(canvas: Canvas) -> int:
    return int((picture(canvas)[0] > 0).sum())


@given(st.lists(CORNERS, min_size=3, max_size=7))
def test_any_polygon(points: list[tuple[float, float]]) -> None:
    """Also polygons that cross themselves or are outside the canvas."""
    canvas = Canvas(15)
    canvas.polygon((255, 7, 3), points)
    expected = [[inside(points, x, y) for x in range(15)] for y in range(15)]
    red, green, blue = picture(canvas)
    np.testing.assert_array_equal(red, 255 * np.array(expected))
    np.testing.assert_array_equal(green * 3, blue * 7)


@given(st.permutations([0, 1, 2, 3]))
def test_what_is_drawn_later_lies_above(order: list[int]) -> None:
    """Whether it is filled at once or later with the others."""
    boxes = [(0, 0, 8, 8), (4, 4, 12, 12), (2, 6, 10, 9), (7, 0, 9, 12)]
    together, one_by_one, expected = Canvas(12), Canvas(12), np.zeros((12, 12), int)
    for number in order:
        left, top, right, bottom = boxes[number]
        for canvas in (together, one_by_one):
            canvas.rectangle((number + 1, 0, 0), boxes[number])
        one_by_one.pixels()
        expected[top:bottom, left:right] = number + 1
    for canvas in (together, one_by_one):
        np.testing.assert_array_equal(picture(canvas)[0], expected)


def test_neighbours_neither_overlap_nor_leave_a_gap() -> None:
    corners = [(1.3, 2.1), (13.7, 1.2), (12.2, 13.9), (2.6, 11.4)]
    whole, parts = Canvas(15), np.zeros((15, 15), int)
    whole.polygon(WHITE, corners)
    for one, two in itertools.pairwise([*corners, corners[0]]):
        part = Canvas(15)
        part.polygon((1, 0, 0), [one, two, (7.0, 8.0)])
        parts += picture(part)[0]
    np.testing.assert_array_equal(parts * 255, picture(whole)[0])


def test_areas() -> None:
    circle, stroke, bent = Canvas(300), Canvas(300), Canvas(300)
    circle.ellipse(WHITE, (150, 150), (120, 60))
    assert area(circle) == pytest.approx(math.pi * 120 * 60, rel=0.02)
    stroke.line(WHITE, 20, [(50, 80), (230, 215)])
    assert area(stroke) == pytest.approx(20 * 225, rel=0.01)
    bent.line(WHITE, 20, [(50, 50), (150, 50), (150, 150)])
    assert area(bent) == pytest.approx(20 * 200 - 100 + 100 * math.pi / 4, rel=0.01)
    thin = Canvas(30)
    thin.line(WHITE, 0.01, [(2, 10.5), (28, 10.5)])
    assert area(thin) == 26  # never less than a pixel wide
    nothing = Canvas(30)
    nothing.line(WHITE, 3, [(5, 5), (5, 5)])
    assert area(nothing) == 0


@pytest.mark.parametrize("count", [4, 8, 15])
@pytest.mark.parametrize("side", [48, 75])
def test_stretch_is_linear_between_centres(count: int, side: int) -> None:
    grid = np.random.default_rng(count).integers(0, 256, (count, count, 3))
    canvas = Canvas(side)
    canvas.stretch(grid)
    at = (np.arange(side) + 0.5) * count / side - 0.5
    down = np.array(
        [
            [np.interp(at, range(count), grid[:, i, c]) for i in range(count)]
            for c in range(3)
        ]
    )
    expected = [
        [np.interp(at, range(count), down[c, :, y]) for y in range(side)]
        for c in range(3)
    ]
    off = np.array(expected) - picture(canvas)
    assert off.min() > -1e-9 and off.max() < 2


def test_stretch_clips_colours() -> None:
    canvas = Canvas(8)
    canvas.stretch(np.full((4, 4, 3), [-3.0, 999.0, 77.9]))
    assert np.unique(picture(canvas).reshape(3, -1), axis=1).tolist() == [
        [0],
        [255],
        [77],
    ]


def test_reduced_and_mean() -> None:
    grid = np.random.default_rng(0).integers(0, 256, (48, 48, 3))
    canvas = Canvas(48)
    canvas.stretch(grid)
    planes = grid.transpose(2, 0, 1)
    squares = planes.reshape(3, 16, 3, 16, 3)
    np.testing.assert_array_equal(canvas.reduced(3), squares.sum(axis=(2, 4)))
    some = squares[:, :, 1, :, 1]
    np.testing.assert_array_equal(canvas.mean(), some.mean(axis=(1, 2)).astype(int))


def test_rotations_do_not_depend_on_the_c_library() -> None:
    """Cosine and sine of every step are far from where rounding changes."""
    angles = np.arange(-FINE, 7 * FINE) / FINE
    for values in (np.cos(angles), np.sin(angles)):
        parts = np.modf(np.abs(values) * 65536)[0]
        assert np.abs(parts - 0.5).min() > 1e-8
    assert rotation(0.1) == pytest.approx((math.cos(0.1), math.sin(0.1)), abs=1e-3)
    assert rotation(0.0) == (1.0, 0.0)


def test_a_large_canvas() -> None:
    with warnings.catch_warnings(action="error"):
        canvas = Canvas(900)
        canvas.polygon(WHITE, [(-9e4, -9e4), (9e4, -9e4), (9e4, 9e4), (-9e4, 9e4)])
        assert area(canvas) == 900**2
        assert canvas.mean().tolist() == [255] * 3
