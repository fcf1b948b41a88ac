"""Values, first and second derivatives of a function beside PyTorch's."""

import numpy as np
import pytest
from derivatives import assert_close

import tinygraph as tg

torch = pytest.importorskip("torch")


def torch_inputs(arrays):
    return [torch.tensor(array, requires_grad=True) for array in arrays]


def torch_gradients(output, inputs, seed=None, record=False):
    """PyTorch's gradients, with zeros where it says that there is none."""
    if not output.requires_grad:
        return [torch.zeros_like(x) for x in inputs]
    seed = None if seed is None else torch.tensor(seed)
    found = torch.autograd.grad(
        output, inputs, seed, create_graph=record, allow_unused=True
    )
    pairs = zip(found, inputs, strict=True)
    return [torch.zeros_like(x) if g is None else g for g, x in pairs]


def arrays_of(tensors):
    return [tensor.detach().numpy(force=True) for tensor in tensors]


def along(gradients, directions):
    """Σ gradient · direction, a number whose gradient is a second derivative."""
    pairs = zip(gradients, directions, strict=True)
    return sum((gradient * direction).sum() for gradient, direction in pairs)


def assert_agree(ours, theirs, arrays, seed, order=2):
    """That two functions have one value and derivatives, for random gradients."""
    rng = np.random.default_rng(seed)
    inputs = [tg.Tensor(array, requires_grad=True) for array in arrays]
    others = torch_inputs(arrays)
    output, other = ours(*inputs), theirs(*others)
    assert_close([output.data], arrays_of([other]), 1e-10)
    upstream = np.asarray(rng.uniform(0.5, 2.0, output.shape))
    found = tg.gradients(output, inputs, upstream, record=True)
    expected = torch_gradients(other, others, upstream, record=True)
    assert_close([g.data for g in found], arrays_of(expected), 1e-10)
    if order == 1:
        return
    directions = [rng.normal(size=array.shape) for array in arrays]
    projected = along(found, directions)
    second = [np.zeros(array.shape) for array in arrays]
    if isinstance(projected, tg.Tensor) and projected.requires_grad:
        second = tg.gradients(projected, inputs)
    slope = along(expected, map(torch.tensor, directions))
    assert_close(second, arrays_of(torch_gradients(slope, others)), 1e-9)
