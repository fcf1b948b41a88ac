"""Replayed training is plain training, to the last bit: networks and optimizers."""

import numpy as np
import pytest

import nets
import tinygraph as tg
from tinygraph.kernels import pieces

STEPS = 20


def weight(rng, *shape):
    return tg.Tensor(0.3 * rng.standard_normal(shape), requires_grad=True)


def mlp(rng):
    w, b, v = weight(rng, 8, 5), weight(rng, 8), weight(rng, 3, 8)

    def loss(x, t):
        h = tg.relu(tg.linear(x, w, b))
        return tg.cross_entropy(tg.linear(h, v), t)

    return [w, b, v], loss, (4, 5), 3


def convolutional(rng):
    filters, bias, w = weight(rng, 4, 2, 3, 3), weight(rng, 4), weight(rng, 3, 36)

    def loss(x, t):
        h = tg.max_pool2d(tg.relu(tg.conv2d(x, filters, bias)), 2)
        return tg.mse(tg.softmax(tg.linear(h.reshape(len(x), -1), w)), t)

    return [filters, bias, w], loss, (4, 2, 8, 8), 3


def recurrent(rng):
    parameters = [weight(rng, 4, 9) for _ in range(3)] + [weight(rng, 3, 4)]
    reset, update, new, w = parameters

    def loss(x, t):
        h = tg.Tensor(np.zeros((len(x), 4)))
        for step in range(x.shape[1]):
            both = tg.concatenate([x[:, step], h], axis=1)
            z = tg.sigmoid(tg.linear(both, update))
            r = tg.sigmoid(tg.linear(both, reset))
            n = tg.tanh(tg.linear(tg.concatenate([x[:, step], r * h], axis=1), new))
            h = (1.0 - z) * n + z * h
        return tg.cross_entropy(tg.linear(h, w), t)

    return parameters, loss, (4, 6, 5), 3


def attention(rng):
    parameters = [weight(rng, 5, 5) for _ in range(3)] + [weight(rng, 3, 5)]
    query, key, value, w = parameters

    def loss(x, t):
        q, k, v = (tg.linear(x, m) for m in (query, key, value))
        scores = tg.softmax(q @ tg.swapaxes(k, -1, -2) / np.sqrt(5.0))
        h = x + tg.gelu(scores @ v)
        h = (h - h.mean(axis=-1, keepdims=True)) / h.std(axis=-1, keepdims=True)
        return tg.cross_entropy(tg.linear(h.mean(axis=1), w), t)

    return parameters, loss, (4, 6, 5), 3


def elu_and_clip(rng):
    w, v = weight(rng, 8, 5), weight(rng, 3, 8)

    def loss(x, t):
        h = tg.elu(tg.linear(x, w)) + np.where(x.sum() > 0, 1.0, 2.0) * tg.clip(
            v[0], -0.1, 0.1
        )
        h = np.maximum(h, 0.1 * h) + tg.where(h > 0.2, h * h, 0.0)
        return 0.02 * tg.mse(tg.linear(h, v), t)

    return [w, v], loss, (4, 5), 3


def with_dropout(rng):
    w, v = weight(rng, 8, 5), weight(rng, 3, 8)
    drops = np.random.default_rng(7)

    def loss(x, t):
        h = tg.dropout(tg.tanh(tg.linear(x, w)), 0.3, rng=drops)
        noise = drops.normal(scale=0.1, size=h.shape)
        return tg.cross_entropy(tg.linear(h + noise, v), t)

    return [w, v], loss, (4, 5), 3


def physics(rng):
    """A loss of second derivatives."""
    w, b, v = weight(rng, 8, 1), weight(rng, 8), weight(rng, 1, 8)

    def loss(x, t):
        points = tg.Tensor(x.reshape(-1, 1).data, requires_grad=True)
        u = tg.linear(tg.tanh(tg.linear(points, w, b)), v)
        [slope] = tg.gradients(u.sum(), [points], record=True)
        [bend] = tg.gradients(slope.sum(), [points], record=True)
        return np.square(bend + u).mean() + t.sum() * 0.0

    return [w, b, v], loss, (2, 3), 3


NETWORKS = [
    mlp,
    convolutional,
    recurrent,
    attention,
    elu_and_clip,
    with_dropout,
    physics,
]
OPTIMIZERS = {
    "SGD": lambda p: tg.optimize.SGD(p, 0.1),
    "momentum": lambda p: tg.optimize.SGD(p, 0.1, momentum=0.9),
    "nesterov": lambda p: tg.optimize.SGD(p, 0.1, 0.9, True),
    "weight decay": lambda p: tg.optimize.SGD(p, 0.1, 0.9, weight_decay=0.01),
    "Adam": lambda p: tg.optimize.Adam(p, 0.01),
    "Adam with decay": lambda p: tg.optimize.Adam(p, 0.01, weight_decay=0.01),
}


def trained(make, optimizer, wrapped, batches):
    """What every step of a training gives, and the parameters after it."""
    parameters, loss, shape, classes = make(np.random.default_rng(0))
    descent = OPTIMIZERS[optimizer](parameters)

    def step(x, t):
        descent.zero_grad()
        error = loss(tg.Tensor(x), t)
        error.backward()
        descent.step()
        return error

    step, found, rng = wrapped(step), [], np.random.default_rng(1)
    for size in batches:
        x = rng.standard_normal((size, *shape[1:]))
        t = np.eye(classes)[rng.integers(0, classes, size)]
        found.append(step(x, t).data.tobytes())
        found += [p.data.tobytes() for p in parameters]
        found += [p.grad.tobytes() for p in parameters]
        state = descent.state_dict()
        found += [np.asarray(state[key]).tobytes() for key in state]
    return step, found


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("make", NETWORKS)
@pytest.mark.filterwarnings("error")
def test_same_bits(make, optimizer):
    batches = [4] * STEPS
    _, expected = trained(make, optimizer, lambda step: step, batches)
    step, found = trained(make, optimizer, tg.replay, batches)
    assert found == expected
    assert len(step.plans) == 1


@pytest.mark.parametrize("make", NETWORKS)
@pytest.mark.filterwarnings("error")
def test_a_plan_for_each_size_of_a_batch(make):
    batches = [4, 4, 3, 4, 3, 3, 4]
    _, expected = trained(make, "momentum", lambda step: step, batches)
    step, found = trained(make, "momentum", tg.replay, batches)
    assert found == expected
    assert len(step.plans) == 2


def sliding(rng):
    """Convolutions with all options, of one image and of several."""
    shapes = [(9, 2, 3, 3), (9, 2, 3, 2), (4, 9, 1, 1), (9, 1, 2, 2)]
    a, b, c, d = parameters = [weight(rng, *shape) for shape in shapes]

    def loss(x, t):
        h = tg.conv2d(x, a, padding=1) + tg.conv2d(x, b, padding="same", dilation=2)
        h = tg.conv2d(tg.tanh(h), c) + tg.conv2d(h, d, stride=2, groups=9).sum()
        return tg.mse(h.mean(axis=(2, 3)), t)

    return parameters, loss, (4, 2, 8, 9), 4


def slides(rng):
    """The slides' network, with layers that are objects."""
    network = nets.slide_cnn(rng)
    parameters = list(network.parameters().values())
    return parameters, lambda x, t: tg.mse(network(x), t), (4, 3, 32, 32), 4


@pytest.mark.filterwarnings("error")
def test_the_network_of_the_slides():
    batches = [4, 1, 4, 1, 7, 4]
    _, expected = trained(slides, "momentum", lambda step: step, batches)
    step, found = trained(slides, "momentum", tg.replay, batches)
    assert found == expected
    assert len(step.plans) == 3


def halving(rng):
    """A convolution of single pixels, each second of them, with many filters."""
    a, b = parameters = [weight(rng, 16, 2, 3, 3), weight(rng, 3, 16, 1, 1)]

    def loss(x, t):
        h = tg.conv2d(tg.relu(tg.conv2d(x, a, padding=1)), b, stride=2)
        return tg.mse(h.mean(axis=(2, 3)), t)

    return parameters, loss, (4, 2, 8, 8), 3


@pytest.mark.parametrize("size", [1, 2, 40])
@pytest.mark.parametrize("make", [convolutional, sliding, halving])
@pytest.mark.filterwarnings("error")
def test_convolutions_share_columns(make, size):
    _, expected = trained(make, "momentum", lambda step: step, [size] * 4)
    step, found = trained(make, "momentum", tg.replay, [size] * 4)
    assert found == expected
    kernels = [getattr(c.kernel, "__name__", "") for c in step.plans[0].calls]
    assert size > 1 or "im2col" in kernels


def many_channels(rng):
    """Convolutions whose products are so large that they are made in pieces."""
    a, b = parameters = [weight(rng, 64, 64, 3, 3), weight(rng, 64, 64, 3, 3)]

    def loss(x, t):
        h = tg.conv2d(0.01 * tg.conv2d(x, a, padding=1), b, padding=1)
        return 0.01 * tg.mse(h.mean(axis=(2, 3)), t)

    return parameters, loss, (1, 64, 8, 8), 64


@pytest.mark.filterwarnings("error")
def test_large_products_of_shared_columns(monkeypatch):
    monkeypatch.setattr(pieces, "threads_of_blas", lambda: 1)
    _, expected = trained(many_channels, "momentum", lambda step: step, [1] * 3)
    step, found = trained(many_channels, "momentum", tg.replay, [1] * 3)
    assert found == expected
    kernels = [getattr(c.kernel, "__name__", "") for c in step.plans[0].calls]
    assert "im2col" in kernels


@pytest.mark.filterwarnings("error")
def test_threads_and_compiled_loops_have_plans_of_their_own():
    pytest.importorskip("threadpoolctl")
    parameters, loss, shape, classes = convolutional(np.random.default_rng(0))
    twin, other, _, _ = convolutional(np.random.default_rng(0))

    def step(x, t):
        for parameter in parameters:
            parameter.zero_grad()
        loss(x, t).backward()

    def plain(x, t):
        for parameter in twin:
            parameter.zero_grad()
        other(x, t).backward()

    step, rng = tg.replay(step), np.random.default_rng(1)
    x, t = (tg.Tensor(rng.standard_normal(s)) for s in (shape, (4, classes)))
    for count in (0, 1, 2, 1, 0):
        if count:
            with tg.threads(count):
                step(x, t), plain(x, t)
        else:
            step(x, t), plain(x, t)
        for one, two in zip(parameters, twin, strict=True):
            assert one.grad.tobytes() == two.grad.tobytes()
    assert len(step.plans) == 3
