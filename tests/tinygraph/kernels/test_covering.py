"""Convolutions with one result for each image, against columns."""

import numpy as np
import pytest

import tinygraph as tg
from tinygraph.kernels.convolution import Convolution
from tinygraph.kernels.covering import CoveringConvolution
from tinygraph.kernels.windows import windows_for
from tinygraph.ops import image as images


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("size", [(1, 1), (4, 4), (3, 2)])
@pytest.mark.parametrize("number", [0, 1, 5])
def test_results_and_gradients_are_those_of_columns(number, size, groups):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((number, 4, *size))
    w, b = rng.standard_normal((8, 4 // groups, *size)), rng.standard_normal(8)
    g = rng.standard_normal((number, 8, 1, 1))
    windows = windows_for("conv2d", size, 2, 0)
    assert CoveringConvolution.pays(x.shape, w.shape, windows)
    own, other = (
        kind(x.shape, w.shape, windows, groups)
        for kind in (CoveringConvolution, Convolution)
    )
    for method, arrays in [
        ("correlate", (x, w, None)),
        ("correlate", (x, w, b)),
        ("image_gradient", (g, w)),
        ("filter_gradient", (x, g)),
    ]:
        mine, theirs = (getattr(each, method)(*arrays) for each in (own, other))
        assert mine.flags.c_contiguous
        np.testing.assert_allclose(mine, theirs, atol=1e-12)


def test_it_is_chosen_where_the_kernel_covers_the_image():
    def plan(size, kernel, padding=0, dilation=1):
        sizes = (2, 3, *size), (4, 3, *kernel), None
        return images.plan(sizes, 1, padding, dilation, 1)

    assert isinstance(plan((4, 4), (4, 4)), CoveringConvolution)
    for others in [
        ((4, 5), (4, 4)),
        ((4, 4), (4, 4), 1),
        ((2, 2), (4, 4), 1),
        ((3, 3), (2, 2), 0, 2),
    ]:
        assert not isinstance(plan(*others), CoveringConvolution)


def test_a_transposed_convolution_of_one_pixel():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((3, 5, 1, 1)), rng.standard_normal((5, 6, 4, 4))
    y = tg.conv_transpose2d(x, w)
    expected = torch.conv_transpose2d(torch.from_numpy(x), torch.from_numpy(w))
    np.testing.assert_allclose(y, expected.numpy(), atol=1e-12)
