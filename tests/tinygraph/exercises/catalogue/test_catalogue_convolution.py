"""The exercises on convolution: other ways to the same numbers, beside PyTorch's."""

from typing import Any

import numpy as np
import pytest
from judging import judged
from shipped import exercise
from together import together

import tinygraph as tg
from tinygraph.exercises.exercise import CASES, Exercise
from tinygraph.exercises.judging.comparison import agree
from tinygraph.exercises.judging.trial import call_trusted

SEEDS = 5


def im2col_by_windows(x: Any, kh: int, kw: int, stride: int, pad: int) -> Any:
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), (2, 3))
    windows = windows[:, :, ::stride, ::stride].transpose(0, 2, 3, 1, 4, 5)
    return windows.reshape(-1, x.shape[1] * kh * kw)


def col2im_by_pixel(
    cols: Any, x_shape: Any, kh: int, kw: int, stride: int, pad: int
) -> Any:
    """Each element goes back to the place that im2col took it from."""
    places = np.arange(1.0, np.prod(x_shape) + 1).reshape(x_shape)
    sources = im2col_by_windows(places, kh, kw, stride, pad).astype(int)
    flat = np.zeros(int(np.prod(x_shape)) + 1)
    np.add.at(flat, sources, cols)
    return flat[1:].reshape(x_shape)


def conv_vjp_by_matrix(g: Any, x: Any, w: Any, stride: int, pad: int) -> Any:
    kh, kw = w.shape[2:]
    rows = g.transpose(0, 2, 3, 1).reshape(-1, g.shape[1])
    patches = im2col_by_windows(x, kh, kw, stride, pad)
    cols = rows @ w.reshape(len(w), -1)
    dx = col2im_by_pixel(cols, x.shape, kh, kw, stride, pad)
    return dx, (rows.T @ patches).reshape(w.shape), rows.sum(axis=0)


def conv_vjp_by_tinygraph(g: Any, x: Any, w: Any, stride: int, pad: int) -> Any:
    leaves = [tg.Tensor(a, requires_grad=True) for a in (x, w, np.zeros(len(w)))]
    tg.conv2d(*leaves, stride=stride, padding=pad).backward(g)
    return tuple(leaf.grad for leaf in leaves)


def im2col_by_torch(x: Any, kh: int, kw: int, stride: int, pad: int) -> Any:
    torch = pytest.importorskip("torch")
    unfold = torch.nn.Unfold((kh, kw), padding=pad, stride=stride)
    patches = unfold(torch.tensor(x)).transpose(1, 2)
    return patches.reshape(-1, patches.shape[2]).numpy()


def col2im_by_torch(
    cols: Any, x_shape: Any, kh: int, kw: int, stride: int, pad: int
) -> Any:
    torch = pytest.importorskip("torch")
    fold = torch.nn.Fold(x_shape[2:], (kh, kw), padding=pad, stride=stride)
    patches = torch.tensor(cols).reshape(x_shape[0], -1, cols.shape[1])
    return fold(patches.transpose(1, 2)).numpy()


def conv_vjp_by_torch(g: Any, x: Any, w: Any, stride: int, pad: int) -> Any:
    torch = pytest.importorskip("torch")
    leaves = [torch.tensor(a, requires_grad=True) for a in (x, w, np.zeros(len(w)))]
    y = torch.nn.functional.conv2d(*leaves, stride=stride, padding=pad)
    return tuple(d.numpy() for d in torch.autograd.grad(y, leaves, torch.tensor(g)))


@together(
    ("number", "function"),
    [
        ("11", im2col_by_windows),
        ("11", im2col_by_torch),
        ("12", col2im_by_pixel),
        ("12", col2im_by_torch),
        ("13", conv_vjp_by_matrix),
        ("13", conv_vjp_by_tinygraph),
        ("13", conv_vjp_by_torch),
    ],
)
@together("seed", range(SEEDS))
def test_another_way_to_the_same_numbers_is_right(
    number: str, function: Any, seed: int
) -> None:
    verdict = judged(number, function, seed)
    assert verdict.finding is None
    assert not verdict.notes


def test_col2im_is_the_adjoint_of_im2col() -> None:
    (im2col,) = exercise("11").references.values()
    (col2im,) = exercise("12").references.values()
    for case in range(CASES):
        cols, x_shape, *window = exercise("12").case(2, case)
        x = np.random.default_rng(case).normal(size=x_shape)
        there, back = (
            (im2col(x, *window) * cols).sum(),
            (col2im(cols, x_shape, *window) * x),
        )
        assert np.isclose(there, back.sum())


def fixed_cases(own: Exercise, seed: int) -> list[Any]:
    return [own.case(seed, number) for number in range(own.corners)]


def gaps(number: str, inputs: Any) -> list[int]:
    """How many rows and columns at the end of the padded images no window reaches."""
    first, *others, stride, pad = inputs
    if number == "13":
        images, filters = others
        shape, window = images.shape, filters.shape[2:]
    else:
        shape, window = (others[0] if number == "12" else first.shape), others[-2:]
    sizes = zip(shape[2:], window, strict=True)
    return [(length + 2 * pad - part) % stride for length, part in sizes]


@together(("most_stride", "most_pad"), [(2, 2), (3, 1)])
@together("number", ["11", "12", "13"])
@together("seed", range(SEEDS))
def test_small_strides_and_paddings_alone_fail_in_the_fixed_cases(
    number: str, most_stride: int, most_pad: int, seed: int
) -> None:
    own = exercise(number)
    (reference,) = own.references.values()

    def is_right(inputs: Any) -> bool:
        *others, stride, pad = inputs
        smaller = (*others, min(stride, most_stride), min(pad, most_pad))
        yours, right = (call_trusted(own, reference, i) for i in (smaller, inputs))
        return agree(yours, right)

    assert not all(map(is_right, fixed_cases(own, seed)))


@pytest.mark.parametrize("number", ["11", "12", "13"])
def test_fixed_cases_have_rows_and_columns_that_no_window_reaches(number: str) -> None:
    cases = fixed_cases(exercise(number), 0)
    left_out = {inputs[-1]: gaps(number, inputs) for inputs in cases}
    assert min(left_out[0]) >= 1  # of the image itself
    assert min(left_out[2]) >= 1  # of its padding
