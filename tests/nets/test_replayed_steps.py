"""Steps of training that are replayed: the same bits, and no warnings."""

import warnings

import numpy as np
import pytest

import nets
import tinygraph as tg
from nets.layers import BatchNorm2d, Conv2d, Dropout, Flatten, Linear, Network, ReLU

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(6, 3, 12, 12)).astype(np.float32)
TARGETS = np.eye(4, dtype=np.float32)[RNG.integers(0, 4, 6)]


def small(*more):
    """A network with state, random numbers, and other layers at its end."""
    rng = np.random.default_rng(0)
    linear = [Dropout(0.5, np.random.default_rng(1)), Linear.random(rng, 500, 4)]
    groups = {"filters": [Conv2d.random(rng, 3, 5, 3)], "norm": [BatchNorm2d(5)]}
    network = Network({**groups, "linear": [ReLU(), Flatten(), *linear, *more]})
    network.train()
    return network, tg.optimize.Adam(network.parameters(), lr=0.01)


def bits(network, optimizer):
    state = {**optimizer.state_dict(), **network.state_dict()}
    grads = [p.grad for p in optimizer.parameters]
    return [np.asarray(v).tobytes() for v in state.values()], [
        None if g is None else g.tobytes() for g in grads
    ]


def batches():
    """A whole batch, a shorter one, and the learning rate of each."""
    for count, lr in [(6, 0.01), (6, 0.1), (4, 0.1), (6, 0.02), (4, 0.01)]:
        yield IMAGES[:count] * lr, TARGETS[:count], lr


@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
@pytest.mark.parametrize("clip", [None, 0.1])
def test_the_same_bits(loss, clip):
    found = []
    for step in (nets.train_step, nets.ReplayedStep()):
        network, optimizer = small()
        results = []
        for images, targets, lr in batches():
            optimizer.lr = lr
            results.append(step(network, optimizer, images, targets, loss, clip))
        found.append([results, bits(network, optimizer)])
    assert found[0] == found[1]


@pytest.mark.filterwarnings("error")
def test_steps_are_replayed():
    """There is a plan for each size of a batch, and another for cross-entropy."""
    network, optimizer = small()
    step = nets.ReplayedStep()
    for images, targets, _ in batches():
        step(network, optimizer, images, targets)
    assert len(step._learn.plans) == 2
    step(network, optimizer, IMAGES, TARGETS, "cross_entropy")
    assert len(step._learn.plans) == 3


def test_a_layer_that_cannot_be_replayed_runs_in_every_step(capsys):
    class Printing:
        def __call__(self, x):
            print("seen")
            return x

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        network, optimizer = small(Printing())
        step = nets.ReplayedStep()
        for images, targets, _ in batches():
            step(network, optimizer, images, targets)
    assert capsys.readouterr().out == "seen\n" * 5


def test_what_a_layer_warns_of_is_said():
    """Also in a step that cannot be replayed, of which nothing else is said."""

    class Talking:
        def __call__(self, x):
            warnings.warn("look here", UserWarning, stacklevel=2)
            return x

    network, optimizer = small(Talking())
    with pytest.warns(UserWarning) as said:
        nets.ReplayedStep()(network, optimizer, IMAGES, TARGETS)
    assert {str(warning.message) for warning in said} == {"look here"}


@pytest.mark.parametrize("steps_before", [0, 1, 3])
def test_a_loss_that_is_not_finite_changes_no_parameter(steps_before):
    network, optimizer = small()
    step = nets.ReplayedStep()
    for _ in range(steps_before):
        step(network, optimizer, IMAGES, TARGETS)
    before = [p.data.tobytes() for p in optimizer.parameters]
    grads = [p.grad for p in optimizer.parameters]
    state = optimizer.state_dict()
    with pytest.raises(nets.TrainingError, match="nan: start again with an lr below"):
        step(network, optimizer, IMAGES * np.nan, TARGETS)
    assert [p.data.tobytes() for p in optimizer.parameters] == before
    after = [p.grad for p in optimizer.parameters]
    assert all(
        a is b or np.array_equal(a, b) for a, b in zip(after, grads, strict=True)
    )
    found = optimizer.state_dict()
    assert found.keys() == state.keys()
    assert all(np.array_equal(found[key], state[key]) for key in state)
