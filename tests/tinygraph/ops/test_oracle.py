"""Values, gradients and second derivatives, beside PyTorch's."""

import numpy as np
import pytest
from cases import CASES, for_each
from derivatives import (
    analytic,
    analytic_second,
    assert_close,
    directions_of,
    seed_of,
)

import tinygraph as tg

torch = pytest.importorskip("torch")
every_case = for_each(case for case in CASES if case.oracle)


from oracle import arrays_of, torch_gradients, torch_inputs  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'")


@every_case
def test_value_and_gradient(case):
    inputs = torch_inputs(case.arrays())
    output = case.oracle(torch, *inputs)
    assert_close([case.call(*case.arrays())], arrays_of([output]), 1e-10)
    expected = torch_gradients(output, inputs, seed_of(case))
    assert_close(analytic(case), arrays_of(expected), 1e-10)


@every_case
def test_second_derivative(case):
    if not case.smooth:
        return
    inputs = torch_inputs(case.arrays())
    output = case.oracle(torch, *inputs)
    slopes = torch_gradients(output, inputs, seed_of(case), record=True)
    pairs = zip(slopes, directions_of(case), strict=True)
    projected = sum((slope * torch.tensor(d)).sum() for slope, d in pairs)
    expected = torch_gradients(projected, inputs)
    assert_close(analytic_second(case), arrays_of(expected), 1e-10)


# LeNet -------------------------------------------------------------------------------

SHAPES = {
    "conv1": ((6, 3, 5, 5), (6,)),
    "conv2": ((16, 6, 5, 5), (16,)),
    "fc1": ((120, 400), (120,)),
    "fc2": ((84, 120), (84,)),
    "fc3": ((4, 84), (4,)),
}


def lenet_start(seed=0):
    """Weights that keep the signal's size, and small biases."""
    rng = np.random.default_rng(seed)
    weights = []
    for filters, biases in SHAPES.values():
        spread = np.sqrt(2 / np.prod(filters[1:]))
        weights.append(rng.normal(0, spread, filters))
        weights.append(rng.normal(0, 0.01, biases))
    return weights


def batch(number, images=4):
    rng = np.random.default_rng(100 + number)
    targets = np.eye(4)[rng.integers(0, 4, images)]
    return rng.normal(size=(images, 3, 32, 32)), targets


def lenet(x, target, weights):
    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = weights
    x = tg.max_pool2d(tg.relu(tg.conv2d(x, w1, b1)), 2)
    x = tg.max_pool2d(tg.relu(tg.conv2d(x, w2, b2)), 2)
    x = x.reshape(len(x), -1)
    x = tg.relu(tg.linear(x, w3, b3))
    x = tg.relu(tg.linear(x, w4, b4))
    return tg.mse(tg.softmax(tg.linear(x, w5, b5)), target)


def torch_lenet(x, target, weights):
    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = weights
    f = torch.nn.functional
    x = f.max_pool2d(torch.relu(f.conv2d(torch.tensor(x), w1, b1)), 2)
    x = f.max_pool2d(torch.relu(f.conv2d(x, w2, b2)), 2).flatten(1)
    x = torch.relu(f.linear(x, w3, b3))
    x = torch.relu(f.linear(x, w4, b4))
    y = torch.softmax(f.linear(x, w5, b5), -1)
    return 0.5 * ((torch.tensor(target) - y) ** 2).sum() / len(y)


def test_lenet_loss_and_gradients():
    start = lenet_start()
    ours = [tg.Tensor(w, requires_grad=True) for w in start]
    theirs = torch_inputs(start)
    image, target = batch(0)
    loss = lenet(tg.Tensor(image), target, ours)
    loss.backward()
    expected = torch_lenet(image, target, theirs)
    expected.backward()
    assert float(loss) == pytest.approx(expected.item(), rel=1e-10)
    for w, other in zip(ours, theirs, strict=True):
        assert w.grad.any()
        assert_close([w.grad], [other.grad.numpy()], 1e-10)


def test_fifty_steps_follow_torch():
    start = lenet_start(1)
    ours = [tg.Tensor(w, requires_grad=True) for w in start]
    theirs = torch_inputs(start)
    optimizer = tg.optimize.SGD(ours, 0.05, momentum=0.9)
    other = torch.optim.SGD(theirs, 0.05, momentum=0.9)
    for number in range(50):
        image, target = batch(number)
        optimizer.zero_grad()
        lenet(tg.Tensor(image), target, ours).backward()
        optimizer.step()
        other.zero_grad()
        torch_lenet(image, target, theirs).backward()
        other.step()
    for w, expected, first in zip(ours, theirs, start, strict=True):
        assert np.abs(w.data - first).max() > 1e-4
        np.testing.assert_allclose(w.data, expected.detach().numpy(), atol=1e-8)
