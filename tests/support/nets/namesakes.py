"""Layers beside their PyTorch namesakes: keys, values, gradients, statistics."""

import numpy as np
import pytest
from hypothesis import strategies as st

import tinygraph as tg
from nets.layers import load_state_dict, parameters, set_training, state_dict

torch = pytest.importorskip("torch")

SEEDS = st.integers(0, 2**32 - 1)
F64 = {"dtype": np.float64}


def normal(seed, *shapes):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in shapes]


def listed(value):
    return list(value) if isinstance(value, list | tuple) else [value]


def randomised(module, seed):
    """The module in float64, with random parameters and running statistics."""
    rng, module = np.random.default_rng(seed), module.double()
    with torch.no_grad():
        for tensor in module.state_dict().values():
            if tensor.is_floating_point():
                values = np.abs(rng.normal(size=tuple(tensor.shape))) + 0.1
                tensor.copy_(torch.tensor(values))
        for tensor in module.parameters():
            scale = np.sqrt(max(1, np.prod(tensor.shape[1:])))  # as when it is new
            values = rng.normal(size=tuple(tensor.shape)) / scale
            tensor.copy_(torch.tensor(values))
    return module


def assert_close(ours, theirs, what, tolerance=1e-9):
    theirs = theirs.detach().numpy()
    assert ours.shape == theirs.shape, what
    np.testing.assert_allclose(ours, theirs, tolerance, tolerance, err_msg=what)


def assert_same_state(layer, module):
    """The same keys, shapes and numbers; integers stay integers."""
    ours, theirs = state_dict(layer), module.state_dict()
    assert {*ours} == {*theirs}
    for name, array in ours.items():
        assert (array.dtype.kind == "f") == theirs[name].is_floating_point(), name
        assert_close(array, theirs[name], name)


def assert_same_pass(layer, module, arrays, seed):
    """The same output, and gradients for random gradients of the output."""
    inputs = [
        tg.Tensor(a, requires_grad=True) if a.dtype.kind == "f" else a for a in arrays
    ]
    others = [torch.tensor(a, requires_grad=a.dtype.kind == "f") for a in arrays]
    outputs, expected = listed(layer(*inputs)), listed(module(*others))
    upstream = normal(seed, *(output.shape for output in outputs))
    for output, other in zip(outputs, expected, strict=True):
        assert_close(output.data, other, "output")
    pairs = list(zip(outputs, upstream, strict=True))
    sum((output * g).sum() for output, g in pairs).backward()
    pairs = zip(expected, upstream, strict=True)
    sum((other * torch.tensor(g)).sum() for other, g in pairs).backward()
    for x, other in zip(inputs, others, strict=True):
        if isinstance(x, tg.Tensor):
            assert_close(x.grad, other.grad, "gradient of the input")
    theirs = {name: tensor.grad for name, tensor in module.named_parameters()}
    assert len(parameters(layer)) == len(theirs)
    for name, tensor in parameters(layer).items():
        name = (name + ".").replace("w.", "weight.").replace("b.", "bias.")[:-1]
        assert_close(tensor.grad, theirs[name], f"gradient of {name}")
        tensor.zero_grad()
    module.zero_grad()


def assert_namesakes(layer, module, arrays, seed, training=(True, True, False)):
    """That a layer and a module agree, with the module's numbers and with its keys.

    They run several times, in training and in use; then the numbers go back.
    """
    module = randomised(module, seed)
    load_state_dict(layer, module.state_dict())
    assert_same_state(layer, module)
    for number, mode in enumerate(training, start=1):
        set_training(layer, mode)
        module.train(mode)
        others = [a * number if a.dtype.kind == "f" else a for a in arrays]
        assert_same_pass(layer, module, others, seed)
    assert_same_state(layer, module)
    kept = {name: torch.tensor(array) for name, array in state_dict(layer).items()}
    randomised(module, seed + 1).load_state_dict(kept)
    assert_same_state(layer, module)
