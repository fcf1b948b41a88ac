"""Convolutions by rows of pixels, against sums over NumPy's windows."""

import itertools

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from together import together

from tinygraph.kernels import pixels
from tinygraph.kernels.choosing import best_convolution
from tinygraph.kernels.lines import ConvolutionByLines
from tinygraph.kernels.pixels import ConvolutionByPixels, ImagesByPixels, Pixels
from tinygraph.kernels.windows import Windows, same, windows_for
from tinygraph.kernels.workers import threads

LARGE = (16, 24, 40, 40), (32, 24, 3, 3)


def by_windows(x, w, windows):
    """y = w ⋆ x, each result the sum of the products with one window."""
    (top, left), (below, right) = windows.padding, windows.more
    edges = (0, 0), (0, 0), (top, top + below), (left, left + right)
    views = sliding_window_view(np.pad(x, edges), windows.spans(), axis=(2, 3))
    (down, across), (row, column) = windows.stride, windows.dilation
    views = views[:, :, ::down, ::across, ::row, ::column]
    return np.einsum("ncijkl,fckl->nfij", views, w)


def geometries():
    """Windows that fit an image of 7x9."""
    for kernel, stride, border, apart in itertools.product(
        ((1, 1), (2, 3), (3, 3), (5, 4)),
        ((1, 1), (2, 1), (2, 2), (3, 2)),
        ((0, 0), (1, 2), (3, 5)),
        ((1, 1), (2, 3)),
    ):
        windows = windows_for("conv2d", kernel, stride, border, apart)
        spans, padded = windows.spans(), windows.padded((7, 9))
        if spans[0] <= padded[0] and spans[1] <= padded[1]:
            yield windows
    yield same("conv2d", "same", Windows((2, 4), (1, 1), (0, 0), (1, 1)))


@pytest.fixture
def always(monkeypatch):
    """It pays for all sizes."""
    monkeypatch.setattr(pixels, "pay", lambda filters, count: True)


def products(convolution, x, w, b, g):
    """All three of a convolution."""
    return [
        convolution.correlate(x, w, b),
        convolution.filter_gradient(x, g),
        convolution.image_gradient(g, w),
    ]


@pytest.mark.usefixtures("always")
@together("scratch", [1, 1 << 18])
@together("channels", [3, 10])
def test_results_are_sums_over_windows_and_gradients_their_adjoints(
    monkeypatch, scratch, channels
):
    """Of all images at once, and of one after the other."""
    monkeypatch.setattr(pixels, "SCRATCH", scratch)
    rng = np.random.default_rng(0)
    for windows in geometries():
        x = rng.standard_normal((5, channels, 7, 9))
        w = rng.standard_normal((6, channels, *windows.kernel))
        b = rng.standard_normal(6)
        convolution = ConvolutionByPixels(x.shape, w.shape, windows, 1)
        assert isinstance(convolution.lines, Pixels)
        assert scratch > 1 or len(convolution.lines.tiles) == 5
        g = rng.standard_normal(convolution.output)
        y, filters, image = products(convolution, x, w, b, g)
        expected = by_windows(x, w, windows)
        np.testing.assert_allclose(y, expected + b[:, None, None], atol=1e-12)
        assert image.shape == x.shape and filters.shape == w.shape
        # <g, conv(x, w)> is linear in x and in w, so both adjoints give it again.
        for mine, other in ((image, x), (filters, w)):
            np.testing.assert_allclose((mine * other).sum(), (g * expected).sum())


@together("dilation", [1, 2])
@together("images", [1, 2])
def test_gradients_of_few_images_go_by_pixels(dilation, images):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((images, 12, 7, 6))
    w = rng.standard_normal((20, 12, 3, 2))
    windows = windows_for("conv2d", (3, 2), 1, (1, 2), dilation)
    convolution = best_convolution("numpy", x.shape, w.shape, windows, 1)
    assert type(convolution) is ImagesByPixels
    g = rng.standard_normal(convolution.output)
    y, filters, image = products(convolution, x, w, None, g)
    np.testing.assert_allclose(y, by_windows(x, w, windows), atol=1e-12)
    for mine, other in ((image, x), (filters, w)):
        np.testing.assert_allclose((mine * other).sum(), (g * y).sum())


@pytest.mark.usefixtures("always")
def test_channels_of_large_images_are_read_from_a_copy():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 20, 32, 32), np.float32)
    w = rng.standard_normal((12, 20, 3, 3), np.float32)
    windows = windows_for("conv2d", 3, 2, 1)
    assert x.strides[0] >= pixels.LARGE
    own, other = (
        kind(x.shape, w.shape, windows, 1)
        for kind in (ConvolutionByPixels, ConvolutionByLines)
    )
    g = rng.standard_normal(own.output, np.float32)
    arrays = x, w, None, g
    for mine, theirs in zip(
        products(own, *arrays), products(other, *arrays), strict=True
    ):
        np.testing.assert_allclose(mine, theirs, atol=1e-3)


@pytest.mark.usefixtures("always")
def test_threads_do_not_change_a_bit():
    pytest.importorskip("threadpoolctl")
    rng = np.random.default_rng(0)
    x, w = (rng.standard_normal(shape, np.float32) for shape in LARGE)
    convolution = ConvolutionByPixels(*LARGE, windows_for("conv2d", 3, 1, 1), 1)
    g = rng.standard_normal(convolution.output, np.float32)

    def results(count):
        with threads(count):
            return products(convolution, x, w, None, g)

    for one, two in zip(results(1), results(2), strict=True):
        assert one.tobytes() == two.tobytes()


def test_many_channels_of_small_images_go_by_pixels():
    def kind(images, channels, size, filters, groups=1, stride=1, kernel=3):
        shape = filters, channels // groups, kernel, kernel
        sizes = (images, channels, size, size), shape
        windows = windows_for("conv2d", kernel, stride, kernel // 2)
        return type(best_convolution("numpy", *sizes, windows, groups))

    assert kind(16, 32, 8, 32) is kind(16, 16, 22, 32, stride=2) is ConvolutionByPixels
    others = [kind(1, 32, 8, 32), kind(16, 32, 8, 8), kind(16, 8, 8, 32)]
    others += [kind(16, 32, 32, 32), kind(16, 32, 16, 32), kind(16, 32, 8, 32, 2)]
    others += [kind(16, 64, 8, 32, kernel=1), kind(16, 64, 16, 32, 1, 2, kernel=1)]
    assert ConvolutionByPixels not in others
