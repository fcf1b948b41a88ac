"""Networks whose tensors hold arrays of another library: trained there, and back.

The ducks of `support/ducks.py` stand for CuPy's arrays.
"""

import numpy as np
import pytest
from ducks import Duck, no_conversions

import nets
import tinygraph as tg
from nets.networks import GPT, Autoencoder, lenet5, mlp, resnet20, vgg11


def rng(seed=0):
    return np.random.default_rng(seed)


def fetch(array):
    return array.get()


def images(*shape):
    return rng(5).normal(size=shape).astype(np.float32)


def one_hot(count, classes):
    return np.eye(classes, dtype=np.float32)[rng(6).integers(0, classes, count)]


OPTIMIZERS = {
    "SGD": lambda p: tg.optimize.SGD(p, lr=0.01, momentum=0.9, weight_decay=1e-3),
    "Adam": lambda p: tg.optimize.Adam(p, lr=0.001),
}
# Adam takes steps of lr, 0.001, also where gradients are so small that rounding changes
# them: a single weight may be off by three steps, but all of them by 1 % in the mean.
FOR_ROUNDING = {"SGD": 0.0, "Adam": 3 * 0.001}
NETWORKS = {
    "slides": (lambda: nets.slide_cnn(rng()), (8, 3, 32, 32), 4, "mse"),
    "LeNet-5": (lambda: lenet5(rng()), (8, 1, 32, 32), 10, "cross_entropy"),
    "ResNet-20": (lambda: resnet20(rng(), classes=4), (4, 3, 16, 16), 4, "mse"),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", NETWORKS)
def test_training_steps_are_those_of_numpy(name, optimizer):
    """In float32, three steps; two numbers are read in each: the loss and the hits."""
    make, shape, classes, loss = NETWORKS[name]
    batch, targets = images(*shape), one_hot(shape[0], classes)

    def steps(network, batch, targets):
        moving = OPTIMIZERS[optimizer](network.parameters())
        return [
            nets.train_step(network, moving, batch, targets, loss, clip=1.0)
            for _ in range(3)
        ]

    plain = make()
    wanted = steps(plain, batch, targets)
    moved = make().to(Duck)
    Duck.reads = 0
    with no_conversions():
        found = steps(moved, Duck(batch), Duck(targets))
    norms = len(moved.parameters())  # which clipping reads
    assert Duck.reads == 3 * (2 + norms)
    np.testing.assert_allclose(found, wanted, rtol=1e-4)
    for key, tensor in nets.layers.tree.tensors(moved).items():
        assert isinstance(tensor.data, Duck), key
    state = plain.state_dict()
    for key, array in moved.state_dict().items():
        assert type(array) is np.ndarray
        scale = max(1e-3, float(np.abs(state[key]).max()))
        most = 1e-4 * scale + FOR_ROUNDING[optimizer]
        np.testing.assert_allclose(array, state[key], rtol=1e-3, atol=most)
        assert np.abs(array - state[key]).mean() <= 0.01 * 3 * 0.001


@pytest.mark.parametrize(
    ("make", "x"),
    [
        (lambda: mlp(rng(), 6, 3, [5]), images(4, 6)),
        (lambda: vgg11(rng(), classes=4), images(2, 3, 32, 32)),
        (lambda: Autoencoder.random(rng()), images(2, 3, 32, 32)),
        (lambda: GPT.random(rng(), 11, 8, 16, 2, 2), rng(7).integers(0, 11, (2, 8))),
        (
            lambda: nets.GRUCell.random(rng(), 3, 4),
            images(2, 3),
        ),
        (
            lambda: nets.Sequential(
                nets.PositionalEncoding(),
                nets.MultiHeadAttention.random(rng(), 8, 2),
                nets.LayerNorm(8),
                nets.Dropout(0.5, rng(1)),
            ),
            images(2, 5, 8),
        ),
    ],
    ids=["mlp", "vgg", "autoencoder", "gpt", "gru", "attention"],
)
def test_other_networks_run_there(make, x):
    plain, moved = make(), make().to(Duck)
    wanted = plain(x)
    upstream = rng(8).normal(size=wanted.shape).astype(wanted.dtype)
    wanted.backward(upstream)
    with no_conversions():
        found = moved(x if x.dtype.kind == "i" else tg.Tensor(Duck(x)))
        found.backward(Duck(upstream))
    scale = float(np.abs(wanted.data).max())
    np.testing.assert_allclose(found.numpy(), wanted.data, atol=1e-5 * scale)
    steepest = max(np.abs(w.grad).max() for w in plain.parameters().values())
    for (key, one), other in zip(
        moved.parameters().items(), plain.parameters().values(), strict=True
    ):
        assert np.abs(one.grad.get() - other.grad).max() < 1e-4 * steepest, key


def test_in_use_running_statistics_are_there_too():
    plain = resnet20(rng(), classes=4)
    plain(images(4, 3, 16, 16))
    moved = resnet20(rng(), classes=4).to(Duck)
    moved.load_state_dict(plain.state_dict())
    with no_conversions():
        found = moved.eval()(Duck(images(2, 3, 16, 16)))
    wanted = plain.eval()(images(2, 3, 16, 16))
    np.testing.assert_allclose(found.numpy(), wanted.data, atol=1e-5)


def test_a_state_dict_goes_to_where_the_layer_is():
    layer = nets.Linear.random(rng(), 3, 2)
    moved = nets.Linear.random(rng(1), 3, 2).to(Duck)
    moved.load_state_dict(layer.state_dict())
    assert isinstance(moved.w.data, Duck)
    np.testing.assert_array_equal(moved.w.numpy(), layer.w.data)


def test_back_again_with_gradients():
    layer = nets.Linear.random(rng(), 3, 2)
    layer(images(4, 3)).sum().backward()
    w, grad = np.array(layer.w.data), layer.w.grad
    assert layer.to(Duck) is layer
    assert isinstance(layer.w.grad, Duck)
    layer.to(fetch)
    assert type(layer.w.grad) is np.ndarray
    np.testing.assert_array_equal(layer.w.data, w)
    np.testing.assert_array_equal(layer.w.grad, grad)


def test_an_attention_mask_may_be_there():
    attention = nets.MultiHeadAttention.random(rng(), 8, 2)
    x, mask = images(1, 4, 8), np.triu(np.ones((4, 4), bool), 1)
    wanted = attention(x, mask=mask)
    with no_conversions():
        found = attention.to(Duck)(Duck(x), mask=Duck(mask))
    np.testing.assert_allclose(found.numpy(), wanted.data, atol=1e-6)


def test_a_replayed_step_steps_aside():
    network = nets.slide_cnn(rng()).to(Duck)
    moving = tg.optimize.SGD(network.parameters(), lr=0.01)
    step = nets.training.ReplayedStep()
    batch, targets = Duck(images(2, 3, 32, 32)), Duck(one_hot(2, 4))
    with no_conversions():
        losses = [step(network, moving, batch, targets)[0] for _ in range(3)]
    assert losses[2] < losses[0]


def test_a_summary_is_the_same():
    plain, moved = nets.slide_cnn(rng()), nets.slide_cnn(rng()).to(Duck)
    with no_conversions():
        assert str(nets.summary(moved, (1, 3, 32, 32))) == str(
            nets.summary(plain, (1, 3, 32, 32))
        )


def test_weights_are_saved_from_there_and_loaded_to_there(tmp_path):
    plain, moved = nets.slide_cnn(rng()), nets.slide_cnn(rng(1)).to(Duck)
    nets.save_weights(plain, tmp_path / "weights.npz")
    with no_conversions():
        nets.load_weights(moved, tmp_path / "weights.npz")
        nets.save_weights(moved, tmp_path / "again.npz")
    first, again = (tmp_path / f"{name}.npz" for name in ("weights", "again"))
    assert first.read_bytes() == again.read_bytes()
