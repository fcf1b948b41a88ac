"""Convolutions with filters 3x3 by squares of pixels, against columns and float64."""

import numpy as np
import pytest

from tinygraph.kernels import compilation, lines
from tinygraph.kernels.convolution import Convolution
from tinygraph.kernels.windows import same, windows_for
from tinygraph.kernels.winograd import WinogradConvolution
from tinygraph.kernels.workers import threads

SIZES = [(1, 6, 6), (3, 7, 9), (2, 4, 5), (5, 3, 1), (2, 1, 8), (1, 2, 2)]


def products(convolution, x, w, g):
    """The convolution and its two adjoints."""
    return [
        convolution.correlate(x, w, None),
        convolution.image_gradient(g, w),
        convolution.filter_gradient(x, g),
    ]


def given(windows, size, groups, dtype=np.float64):
    """Random images, filters, and gradients of results; and the convolution."""
    n, height, width = size
    rng = np.random.default_rng(0)
    x = rng.standard_normal((n, 4, height, width)).astype(dtype)
    w = rng.standard_normal((6, 4 // groups, 3, 3)).astype(dtype)
    convolution = WinogradConvolution(x.shape, w.shape, windows, groups)
    return x, w, rng.standard_normal(convolution.output).astype(dtype), convolution


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("padding", [1, 2, (0, 1), (3, 2), "same"])
@pytest.mark.parametrize("size", SIZES)
def test_results_and_gradients_are_those_of_columns(size, padding, groups):
    windows = windows_for("conv2d", 3, 1, padding)
    if windows.padded(size[1:])[0] < 3:
        windows = windows_for("conv2d", 3, 1, 1)
    x, w, g, convolution = given(windows, size, groups)
    other = Convolution(x.shape, w.shape, windows, groups)
    found, expected = (products(each, x, w, g) for each in (convolution, other))
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-12)
    b = np.arange(6.0)
    np.testing.assert_allclose(
        convolution.correlate(x, w, b), expected[0] + b[:, None, None], atol=1e-12
    )


def test_padding_below_and_to_the_right():
    windows = same("conv2d", "same", windows_for("conv2d", 3, 1, 0))
    windows = windows._replace(more=(1, 2))
    x, w, g, convolution = given(windows, (2, 5, 6), 1)
    other = Convolution(x.shape, w.shape, windows, 1)
    for mine, theirs in zip(
        products(convolution, x, w, g), products(other, x, w, g), strict=True
    ):
        np.testing.assert_allclose(mine, theirs, atol=1e-12)


def test_images_in_bands_of_rows_give_the_same(monkeypatch):
    windows = windows_for("conv2d", 3, 1, 1)
    x, w, g, whole = given(windows, (3, 41, 9), 2)
    monkeypatch.setattr(lines, "HUGE", 1000)
    parts = WinogradConvolution(x.shape, w.shape, windows, 2)
    assert len({band.rows.start for band in parts.squares.lines.bands}) > 1
    for mine, theirs in zip(
        products(parts, x, w, g), products(whole, x, w, g), strict=True
    ):
        np.testing.assert_allclose(mine, theirs, atol=1e-12)


def test_small_integers_give_exact_results():
    rng = np.random.default_rng(0)
    x = rng.integers(-4, 5, (2, 4, 8, 8)).astype(np.float32)
    w = rng.integers(-4, 5, (6, 4, 3, 3)).astype(np.float32)
    windows = windows_for("conv2d", 3, 1, 1)
    g = rng.integers(-4, 5, (2, 6, 8, 8)).astype(np.float32)
    kinds = WinogradConvolution, Convolution
    found, expected = (
        products(kind(x.shape, w.shape, windows, 1), x, w, g) for kind in kinds
    )
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("dtype", ["f2", "i8"])
def test_other_numbers_are_left_to_lines(dtype):
    rng = np.random.default_rng(0)
    shapes = (2, 4, 6, 6), (6, 4, 3, 3), (2, 6, 6, 6)
    x, w, g = (rng.integers(-3, 4, shape).astype(dtype) for shape in shapes)
    windows = windows_for("conv2d", 3, 1, 1)
    kinds = WinogradConvolution, Convolution
    found, expected = (
        products(kind(x.shape, w.shape, windows, 1), x, w, g) for kind in kinds
    )
    for mine, theirs in zip(found, expected, strict=True):
        assert mine.dtype == theirs.dtype
        np.testing.assert_array_equal(mine, theirs)


def test_errors_in_float32_are_a_small_multiple_of_those_of_columns():
    rng = np.random.default_rng(0)
    x = np.maximum(rng.standard_normal((4, 96, 12, 12)), 0).astype(np.float32)
    w = (rng.standard_normal((96, 96, 3, 3)) / 30).astype(np.float32)
    windows = windows_for("conv2d", 3, 1, 1)
    g = rng.standard_normal((4, 96, 12, 12)).astype(np.float32)
    direct = Convolution(x.shape, w.shape, windows, 1)
    fast = WinogradConvolution(x.shape, w.shape, windows, 1)
    exact = products(direct, *(array.astype(np.float64) for array in (x, w, g)))
    for mine, theirs, truth in zip(
        products(fast, x, w, g), products(direct, x, w, g), exact, strict=True
    ):
        mine, theirs = (np.abs(each - truth).max() for each in (mine, theirs))
        assert mine < 4 * theirs


def test_it_is_chosen_for_many_channels_and_images_of_some_size():
    square = windows_for("conv2d", 3, 1, 1)

    def pays(channels, filters, windows=square, images=8, groups=1):
        image = images, channels * groups, 14, 14
        return WinogradConvolution.pays(
            image, (filters * groups, channels, *windows.kernel), windows, groups
        )

    assert (
        pays(128, 128) and pays(96, 96) and pays(64, 256) and pays(128, 128, groups=2)
    )
    assert not pays(64, 64) and not pays(16, 512)
    assert not pays(128, 128, images=1)
    for kernel, stride, apart in ((5, 1, 1), (3, 2, 1), (3, 1, 2), ((3, 1), 1, 1)):
        assert not pays(128, 128, windows_for("conv2d", kernel, stride, 2, apart))


def test_threads_do_not_change_a_bit():
    pytest.importorskip("threadpoolctl")
    rng = np.random.default_rng(0)
    x = rng.standard_normal((24, 96, 16, 16), np.float32)
    w = rng.standard_normal((96, 96, 3, 3), np.float32)
    windows = windows_for("conv2d", 3, 1, 1)
    convolution = WinogradConvolution(x.shape, w.shape, windows, 1)
    g = rng.standard_normal(convolution.output, np.float32)
    assert len(convolution.squares.lines.bands) > 1

    def results(count):
        with threads(count):
            return products(convolution, x, w, g)

    for one, two in zip(results(1), results(2), strict=True):
        assert one.tobytes() == two.tobytes()


def compiled_convolution(x, w, windows):
    """The same with compiled loops."""
    pytest.importorskip("numba")
    from tinygraph.kernels.compiled_winograd import CompiledWinograd

    with compilation.compiled():
        return CompiledWinograd(compilation.chosen.get(), x.shape, w.shape, windows, 1)


@pytest.mark.parametrize("padding", [0, 1, 2, (0, 1), (2, 1)])
@pytest.mark.parametrize("size", [*SIZES, (3, 8, 16), (2, 15, 17)])
def test_compiled_loops_give_those_of_columns(monkeypatch, size, padding):
    windows = windows_for("conv2d", 3, 1, padding)
    if min(windows.padded(size[1:])) < 3:
        windows = windows_for("conv2d", 3, 1, 1)
    x, w, g, _ = given(windows, size, 1)
    own = compiled_convolution(x, w, windows)
    monkeypatch.setattr("tinygraph.kernels.compiled_winograd.MANY", 0)
    other = Convolution(x.shape, w.shape, windows, 1)
    b = np.arange(6.0)
    found, expected = (products(each, x, w, g) for each in (own, other))
    found.append(own.correlate(x, w, b))
    expected.append(expected[0] + b[:, None, None])
    for mine, theirs in zip(found, expected, strict=True):
        assert mine.flags.c_contiguous or mine.shape == w.shape
        np.testing.assert_allclose(mine, theirs, atol=1e-12)


def test_compiled_loops_leave_other_numbers_and_gradients_to_lines():
    x, w, g, _ = given(windows_for("conv2d", 3, 1, 1), (2, 6, 6), 1)
    windows = windows_for("conv2d", 3, 1, 1)
    own = compiled_convolution(x, w, windows)
    other = Convolution(x.shape, w.shape, windows, 1)
    single = w.astype(np.float32)
    for mine, theirs in zip(
        products(own, x, single, g), products(other, x, single, g), strict=True
    ):
        assert mine.dtype == theirs.dtype
        np.testing.assert_allclose(mine, theirs, atol=1e-12)


def test_compiled_loops_are_chosen_from_few_channels_on():
    pytest.importorskip("numba")
    from tinygraph.kernels.compiled_winograd import CompiledWinograd

    def pays(channels, filters, size=16, images=8, groups=1, **sliding):
        windows = windows_for("conv2d", 3, 1, 1)._replace(**sliding)
        image = images, channels * groups, size, size
        shape = filters * groups, channels, 3, 3
        return CompiledWinograd.pays(image, shape, windows, groups)

    assert pays(16, 32) and pays(256, 256)
    assert not pays(16, 16) and not pays(3, 64)
    assert not pays(64, 64, size=8) and not pays(64, 64, images=1)
    assert not pays(64, 64, groups=2)
    for sliding in (
        dict(stride=(2, 2)),
        dict(dilation=(2, 2)),
        dict(padding=(3, 3)),
        dict(more=(1, 0)),
        dict(kernel=(3, 1)),
    ):
        assert not pays(64, 64, **sliding)


def test_threads_do_not_change_a_bit_of_compiled_loops():
    pytest.importorskip("threadpoolctl")
    rng = np.random.default_rng(0)
    x = rng.standard_normal((24, 32, 16, 16), np.float32)
    w = rng.standard_normal((48, 32, 3, 3), np.float32)
    windows = windows_for("conv2d", 3, 1, 1)
    convolution = compiled_convolution(x, w, windows)
    g = rng.standard_normal(convolution.output, np.float32)
    assert len(convolution.planes.tiles) > 1

    def results(count):
        with threads(count):
            return products(convolution, x, w, g)

    for one, two in zip(results(1), results(2), strict=True):
        assert one.tobytes() == two.tobytes()
