"""Normalisation of arrays without elements, and arguments that it cannot have."""

import numpy as np
import pytest

import tinygraph as tg


@pytest.mark.parametrize(
    ("function", "shape", "scale"),
    [
        (tg.layer_norm, (0, 3), (3,)),
        (tg.layer_norm, (3, 0), (0,)),
        (tg.batch_norm, (0, 3), (3,)),
        (tg.batch_norm, (2, 3, 0), (3,)),
        (lambda x, w: tg.group_norm(x, 2, w), (0, 4, 2), (4,)),
    ],
)
def test_arrays_without_elements(function, shape, scale):
    x = tg.Tensor(np.ones(shape), requires_grad=True)
    w = tg.Tensor(np.ones(scale), requires_grad=True)
    y = function(x, w)
    y.sum().backward()
    assert y.shape == x.grad.shape == shape
    assert w.grad.tolist() == np.zeros(scale).tolist()


ROWS = np.ones((2, 4))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: tg.layer_norm(ROWS, axes=1.5), tg.DTypeError, "`axes` is 1.5"),
        (lambda: tg.group_norm(ROWS, "a"), tg.DTypeError, "`groups` is 'a'"),
        (lambda: tg.layer_norm(ROWS, epsilon="a"), tg.ArgumentError, "'a': it must be"),
        (lambda: tg.layer_norm(ROWS, epsilon=np.nan), tg.ArgumentError, "nan: it must"),
        (lambda: tg.layer_norm(3.0), tg.ShapeError, "give an array with axes"),
    ],
)
def test_errors_name_the_argument(call, error, words):
    with pytest.raises(error, match=words):
        call()
