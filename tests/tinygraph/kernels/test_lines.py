"""Convolutions by widened rows, against loops over windows and against columns."""

import itertools

import numpy as np
import pytest

from tinygraph.kernels import lines, pieces
from tinygraph.kernels.convolution import Convolution
from tinygraph.kernels.lines import ConvolutionByLines
from tinygraph.kernels.sliding import Along, along
from tinygraph.kernels.windows import Windows, same, windows_for
from tinygraph.kernels.workers import threads

STRIDES = ((1, 1), (2, 1), (2, 2), (3, 2))
KERNELS = ((1, 1), (2, 3), (3, 3), (5, 4))
BORDERS = ((0, 0), (1, 2), (3, 5))


def by_loops(x, w, windows, groups):
    """Each result from its window, and the window from a padded image."""
    (top, left), (below, right) = windows.padding, windows.more
    edges = (0, 0), (0, 0), (top, top + below), (left, left + right)
    padded = np.pad(x, edges)
    down, across = windows.grid("conv2d", x.shape[2:])
    each, inputs = len(w) // groups, w.shape[1]
    y = np.zeros((len(x), len(w), down, across))
    for f, row, column in np.ndindex(len(w), down, across):
        first = f // each * inputs
        rows = np.arange(w.shape[2]) * windows.dilation[0] + row * windows.stride[0]
        columns = (
            np.arange(w.shape[3]) * windows.dilation[1] + column * windows.stride[1]
        )
        window = padded[:, first : first + inputs][:, :, rows][..., columns]
        y[:, f, row, column] = (window * w[f]).sum(axis=(1, 2, 3))
    return y


def geometries():
    """Windows that fit an image of 7x9, in groups of channels."""
    for kernel, stride, border, apart, groups in itertools.product(
        KERNELS, STRIDES, BORDERS, ((1, 1), (2, 3)), (1, 2)
    ):
        windows = windows_for("conv2d", kernel, stride, border, apart)
        spans, padded = windows.spans(), windows.padded((7, 9))
        if spans[0] <= padded[0] and spans[1] <= padded[1]:
            yield windows, groups
    plain = Windows((2, 4), (1, 1), (0, 0), (1, 1))
    yield same("conv2d", "same", plain), 1


@pytest.fixture
def few(monkeypatch):
    """Channels are always enough."""
    monkeypatch.setattr(lines, "FEW", 0)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("images", [0, 1, 5])
def test_results_are_those_of_loops_and_gradients_their_adjoints(images):
    rng = np.random.default_rng(images)
    for windows, groups in geometries():
        x = rng.standard_normal((images, 4, 7, 9))
        w = rng.standard_normal((6, 4 // groups, *windows.kernel))
        b = rng.standard_normal(6)
        convolution = ConvolutionByLines(x.shape, w.shape, windows, groups)
        y = convolution.correlate(x, w, None)
        np.testing.assert_allclose(y, by_loops(x, w, windows, groups), atol=1e-12)
        shifted = convolution.correlate(x, w, b)
        np.testing.assert_allclose(shifted, y + b[:, None, None], atol=1e-12)
        g = rng.standard_normal(y.shape)
        image = convolution.image_gradient(g, w)
        filters = convolution.filter_gradient(x, g)
        assert image.shape == x.shape and filters.shape == w.shape
        # <g, conv(x, w)> is linear in x and in w, so both adjoints give it again.
        np.testing.assert_allclose((image * x).sum(), (g * y).sum(), atol=1e-9)
        np.testing.assert_allclose((filters * w).sum(), (g * y).sum(), atol=1e-9)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("groups", [1, 2])
def test_images_in_bands_of_rows_give_the_same(monkeypatch, groups):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 4, 21, 9))
    w = rng.standard_normal((6, 4 // groups, 3, 2))
    for stride, apart in itertools.product((1, 2), (1, 2)):
        windows = windows_for("conv2d", (3, 2), stride, (2, 1), apart)
        whole = ConvolutionByLines(x.shape, w.shape, windows, groups)
        g = rng.standard_normal(whole.output)
        expected = whole.correlate(x, w, None), whole.filter_gradient(x, g)
        expected = *expected, whole.image_gradient(g, w)
        with monkeypatch.context() as patched:
            patched.setattr(lines, "HUGE", 300)
            parts = ConvolutionByLines(x.shape, w.shape, windows, groups)
            assert len({band.rows.start for band in parts.lines.bands}) > 1
            found = parts.correlate(x, w, None), parts.filter_gradient(x, g)
            found = *found, parts.image_gradient(g, w)
        for mine, theirs in zip(found, expected, strict=True):
            np.testing.assert_allclose(mine, theirs, atol=1e-12)


@pytest.mark.usefixtures("few")
def test_columns_give_the_same():
    rng = np.random.default_rng(0)
    for windows, groups in geometries():
        x = rng.standard_normal((3, 4, 7, 9))
        w = rng.standard_normal((6, 4 // groups, *windows.kernel))
        own, other = (
            kind(x.shape, w.shape, windows, groups)
            for kind in (ConvolutionByLines, Convolution)
        )
        g = rng.standard_normal(own.output)
        for method, arrays in [("image_gradient", (g, w)), ("filter_gradient", (x, g))]:
            mine, theirs = (getattr(each, method)(*arrays) for each in (own, other))
            np.testing.assert_allclose(mine, theirs, atol=1e-12)


@pytest.mark.parametrize(
    ("channels", "filters", "size", "groups"),
    [(5, 40, (4, 5), 1), (6, 68, (4, 6), 2), (40, 5, (3, 3), 1), (6, 66, (8, 9), 2)],
)
def test_gradients_of_many_filters_are_those_of_columns(
    channels, filters, size, groups
):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((5, channels, *size))
    w = rng.standard_normal((filters, channels // groups, 3, 3))
    windows = windows_for("conv2d", 3, 1, 1)
    own, other = (
        kind(x.shape, w.shape, windows, groups).filter_gradient
        for kind in (ConvolutionByLines, Convolution)
    )
    g = rng.standard_normal((5, filters, *size))
    np.testing.assert_allclose(own(x, g), other(x, g), atol=1e-12)


def test_threads_do_not_change_a_bit():
    pytest.importorskip("threadpoolctl")
    rng = np.random.default_rng(0)
    x = rng.standard_normal((12, 16, 20, 20), np.float32)
    w = rng.standard_normal((24, 16, 3, 3), np.float32)
    windows = windows_for("conv2d", 3, 1, 1)
    convolution = ConvolutionByLines(x.shape, w.shape, windows, 1)
    g = rng.standard_normal(convolution.output, np.float32)

    def results(count):
        with threads(count):
            return [
                convolution.correlate(x, w, None),
                convolution.image_gradient(g, w),
                convolution.filter_gradient(x, g),
            ]

    for one, two in zip(results(1), results(2), strict=True):
        assert one.tobytes() == two.tobytes()


def test_much_wider_results_are_those_of_columns():
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 1, 6, 6)), rng.standard_normal((8, 1, 3, 3))
    windows = windows_for("conv2d", 3, 1, 1)
    convolution = ConvolutionByLines(x.shape, w.shape, windows, 1)
    y = by_loops(x, w, windows, 1)
    np.testing.assert_allclose(convolution.correlate(x, w, None), y, atol=1e-12)
    g = rng.standard_normal(y.shape)
    filters = convolution.filter_gradient(x, g)
    np.testing.assert_allclose((filters * w).sum(), (g * y).sum(), atol=1e-10)


@pytest.mark.parametrize(
    ("place", "count", "size", "stride", "pixels", "windows"),
    [
        (0, 3, 3, 1, [0, 1, 2], [0, 1, 2]),
        (-2, 4, 3, 1, [0, 1], [2, 3]),
        (1, 4, 3, 1, [1, 2], [0, 1]),
        (-3, 4, 5, 2, [1, 3], [2, 3]),
        (5, 2, 5, 1, [], []),  # beyond the image
        (-9, 2, 5, 1, [], []),  # before it
    ],
)
def test_windows_meet_the_image_along_an_axis(
    place, count, size, stride, pixels, windows
):
    found = along(place, count, size, stride)
    assert isinstance(found, Along)
    assert [*range(size)[found.pixels]] == pixels
    assert [*range(count)[found.windows]] == windows


def test_steps_of_each_channel_go_by_lines():
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((3, 5, 7, 9)), rng.standard_normal((10, 1, 3, 3))
    for stride in (1, 2, 3):
        windows = windows_for("conv2d", 3, stride, 1)
        own, other = (
            kind(x.shape, w.shape, windows, 5)
            for kind in (ConvolutionByLines, Convolution)
        )
        g = rng.standard_normal(own.output)
        image, expected = own.image_gradient(g, w), other.image_gradient(g, w)
        np.testing.assert_allclose(image, expected, atol=1e-12)


def test_large_convolutions_go_by_lines():
    windows = windows_for("conv2d", 3, 1, 1)
    assert ConvolutionByLines.pays((8, 16, 32, 32), (16, 16, 3, 3), windows)
    assert not ConvolutionByLines.pays((1, 3, 8, 8), (6, 3, 3, 3), windows)
    flat = windows_for("conv2d", (1, 3), 1, 0)
    assert not ConvolutionByLines.pays((8, 16, 32, 32), (16, 16, 1, 3), flat)


@pytest.mark.parametrize(("images", "width"), [(19, 7), (9, 6), (16, 14), (3, 9)])
def test_rows_of_several_images_begin_with_a_line_of_the_cache(images, width):
    """Of what a product reads fast; and the last images of a batch may be fewer."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((images, 3, 8, width), np.float32)
    w = rng.standard_normal((4, 3, 3, 3), np.float32)
    windows = windows_for("conv2d", 3, 1, 1)
    own, other = (
        kind(x.shape, w.shape, windows, 1) for kind in (ConvolutionByLines, Convolution)
    )
    found = own.correlate(x, w, None)
    np.testing.assert_allclose(found, other.correlate(x, w, None), atol=1e-5)
    band, columns = next(own.lines.widened(x, own.lines.bands, True))
    assert band.number == images or band.number * width % lines.HALF == 0
    if band.number * width % lines.HALF == 0:
        for some in columns:
            step, start = some.strides[-2], some.__array_interface__["data"][0]
            assert (step % 64, step % 4096 > 0, start % 32) == (0, True, 0)


def test_large_steps_are_read_from_a_copy_in_which_they_are_apart():
    x = np.arange(20 * 256, dtype=np.float32).reshape(1, 20, 16, 16)
    y = pieces.apart(x, 1)
    np.testing.assert_array_equal(y, x)
    assert y.strides[1] % 1024 and not np.shares_memory(x, y)
    few, odd = x[:, :8], x[:, :, :15].copy()
    assert pieces.apart(few, 1) is few and pieces.apart(odd, 1) is odd


@pytest.mark.parametrize("groups", [1, 2])
def test_gradients_of_large_steps(groups):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 8, 32, 32), np.float32)
    w = rng.standard_normal((128, 8 // groups, 8, 4), np.float32)
    for stride in (1, 2):
        windows = windows_for("conv2d", (8, 4), stride, 3)
        own, other = (
            kind(x.shape, w.shape, windows, groups)
            for kind in (ConvolutionByLines, Convolution)
        )
        g = rng.standard_normal(own.output, np.float32)
        image, expected = own.image_gradient(g, w), other.image_gradient(g, w)
        np.testing.assert_allclose(image, expected, atol=2e-3)
