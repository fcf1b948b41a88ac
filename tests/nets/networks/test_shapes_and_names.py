"""What networks promise: sizes, numbers, names, and what the GPT and autoencoder do."""

from functools import partial

import numpy as np
import pytest

import nets
import tinygraph as tg
from nets.layers import parameters
from nets.networks import GPT, Autoencoder, lenet5, mlp, resnet20, slide_cnn, vgg11


def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize(
    ("build", "shape", "counts"),
    [
        # The usual counts of LeNet-5, of ResNet-20 with projections and of VGG-11 for
        # 32 pixels; the others by hand.
        (lenet5, (1, 1, 32, 32), (61_706, 416_520)),
        (resnet20, (1, 3, 32, 32), (272_474, 40_813_184)),
        (vgg11, (1, 3, 32, 32), (9_231_114, 152_769_536)),
        (slide_cnn, (1, 3, 32, 32), (61_496, 651_216)),
        (partial(mlp, inputs=784, classes=10), (1, 1, 28, 28), (101_770, 101_632)),
    ],
    ids=["lenet5", "resnet20", "vgg11", "slide", "mlp"],
)
def test_known_numbers(build, shape, counts):
    network = build(rng())
    found = nets.summary(network, shape)
    assert (found.parameters, found.multiply_adds) == counts
    output = network.eval()(np.zeros(shape, np.float32))
    assert output.data.sum() == pytest.approx(1, rel=1e-5)
    for name, tensor in parameters(network).items():
        assert tensor.name == name


@pytest.mark.parametrize(
    ("size", "kernel", "filters", "said"),
    [
        (
            32,
            5,
            (6, 16, 32),
            "3 pairs of convolution (5x5) and pooling: use at least 36",
        ),
        (
            15,
            (5, 5),
            (6, 16),
            "2 pairs of convolution (5x5) and pooling: use at least 16",
        ),
        (
            8,
            (9,),
            (6,),
            "one pair of convolution (9x9) and pooling: use at least 10 by",
        ),
        (9, (3, 5), (6, 16), "2 pairs of convolution (3x3, 5x5)"),
    ],
)
def test_pairs_that_do_not_fit(size, kernel, filters, said):
    with pytest.raises(tg.ShapeError) as caught:
        slide_cnn(rng(), size=size, kernel=kernel, filters=filters)
    start = f"images of {size} by {size} pixels are too small for "
    assert str(caught.value).startswith(start + said)


@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
def test_the_smallest_images_are_just_large_enough(kernel):
    for pairs in range(4):
        given = dict(kernel=kernel, filters=(2,) * pairs)
        least = 2**pairs + (2**pairs - 1) * (kernel - 1)
        shape = (1, 3, least, least)
        output = slide_cnn(rng(), size=least, **given)(np.zeros(shape, np.float32))
        assert output.shape == (1, 4)
        with pytest.raises(tg.ShapeError, match=f"use at least {least} by {least}"):
            slide_cnn(rng(), size=least - 1, **given)


def test_one_size_for_each_pair():
    with pytest.raises(tg.ArgumentError, match="kernel has 3 sizes for 2 pairs"):
        slide_cnn(rng(), kernel=(5, 5, 5))


def test_images_that_cannot_be_halved():
    with pytest.raises(tg.ShapeError, match="16 by 16 pixels are too small for VGG-11"):
        vgg11(rng(), size=16)
    for size in (2, 6, 0):
        with pytest.raises(tg.ShapeError, match="use a size that 4 divides"):
            Autoencoder.random(rng(), size=size)


def test_vgg_drops_half_of_the_numbers_in_training_only():
    network = vgg11(rng(), dropout=np.random.default_rng(1))
    x = rng().random((2, 3, 32, 32), np.float32)
    assert not np.array_equal(network(x).data, network(x).data)
    network.eval()
    assert np.array_equal(network(x).data, network(x).data)


def test_an_autoencoder_learns_to_draw():
    network = Autoencoder.random(rng(), size=8, channels=1, code=4)
    optimizer = tg.optimize.Adam(network.parameters(), lr=0.01)
    images = np.zeros((4, 1, 8, 8), np.float32)
    for place in range(4):
        images[place, 0, 2 * place : 2 * place + 2] = 1
    for _ in range(150):
        error = tg.mse(network(images), images, reduction="mean")
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
    assert error.item() < 0.02
    codes = network.encoder(images)
    assert codes.shape == (4, 4)
    np.testing.assert_array_equal(network.decode(codes).data, network(images).data)


TEXT = "hello world. "


def test_a_gpt_learns_a_text_by_heart():
    letters = sorted({*TEXT})
    numbers = np.array([letters.index(letter) for letter in TEXT * 4])
    dropout = nets.Dropout(0.05, np.random.default_rng(2))
    network = GPT.random(rng(), len(letters), 16, 32, heads=2, dropout=dropout)
    optimizer = tg.optimize.Adam(network.parameters(), lr=0.01)
    starts = np.arange(13)
    batch = np.stack([numbers[start : start + 17] for start in starts])
    for _ in range(60):
        loss = tg.cross_entropy(network(batch[:, :-1]), batch[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.3
    said = network.generate(rng(), numbers[:5], 30, temperature=0)
    assert "".join(letters[n] for n in said) == (TEXT * 4)[5:35]
    assert dropout.training
    first = network.generate(np.random.default_rng(1), numbers[:5], 20, 5.0)
    again = network.generate(np.random.default_rng(1), numbers[:5], 20, 5.0)
    assert np.array_equal(first, again) and len({*first.tolist()}) > 3


def test_a_guess_does_not_see_what_follows():
    network = GPT.random(rng(), 7, context=8, size=8, heads=2, dtype=np.float64)
    numbers = rng().integers(7, size=(1, 8))
    before = network(numbers).data[:, :5]
    numbers[:, 5:] = (numbers[:, 5:] + 1) % 7
    np.testing.assert_allclose(network(numbers).data[:, :5], before, atol=1e-12)


@pytest.mark.parametrize(("prompt", "temperature"), [([], 1), ([1], -1), ([1], np.nan)])
def test_prompts_that_lead_nowhere(prompt, temperature):
    network = GPT.random(rng(), 7, context=8, size=8, heads=2)
    with pytest.raises(tg.ArgumentError, match="give at least one number"):
        network.generate(rng(), prompt, 3, temperature)


def gpt(generator):
    dropout = nets.Dropout(0.1, np.random.default_rng(5))
    return GPT.random(generator, 11, 8, 16, heads=2, dropout=dropout)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("build", [resnet20, gpt])
def test_a_step_is_replayed_with_the_same_bits(build):
    """Running statistics and random numbers included."""

    def trained(wrap):
        network = build(rng())
        optimizer = tg.optimize.Adam(network.parameters(), lr=0.001)

        @wrap
        def step(x, labels):
            output = network(x) if build is gpt else network.logits(x)
            loss = tg.cross_entropy(output, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

        for seed in range(3):
            numbers = np.random.default_rng(seed).integers(11, size=(3, 9))
            images = np.random.default_rng(seed).random((2, 3, 8, 8), np.float32)
            if build is gpt:
                step(numbers[:, :-1], numbers[:, 1:])
            else:
                step(images, numbers[:2, 0] % 10)
        return network.state_dict()

    plain, replayed = trained(lambda step: step), trained(tg.replay)
    for name, array in plain.items():
        np.testing.assert_array_equal(array, replayed[name], err_msg=name)
