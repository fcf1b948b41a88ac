"""Summaries: shapes, parameters and multiply-adds that others have counted."""

import numpy as np
import pytest

import nets
import tinygraph as tg
from nets import summary


def rng():
    return np.random.default_rng(0)


def counted(layer, shape, dtype=np.float32):
    found = summary(layer, shape, dtype)
    return found.parameters, found.multiply_adds


def test_a_table():
    network = nets.Network(
        {
            "conv1": [nets.Conv2d.random(rng(), 3, 6, 5), nets.ReLU()],
            "fc": [nets.Flatten(), nets.Linear.random(rng(), 6 * 784, 1000)],
        }
    )
    assert str(summary(network, (2, 3, 32, 32))) == (
        "layer           output           parameters  multiply-adds\n"
        "----------------------------------------------------------\n"
        "conv1  Conv2d   2 × 6 × 28 × 28         456        705,600\n"
        "conv1  ReLU     2 × 6 × 28 × 28           0              0\n"
        "fc     Flatten  2 × 4704                  0              0\n"
        "fc     Linear   2 × 1000          4,705,000      9,408,000\n"
        "----------------------------------------------------------\n"
        "total                             4,705,456     10,113,600"
    )


@pytest.mark.parametrize(
    ("layer", "shape", "counts"),
    [
        # By hand: parameters, multiply-adds.
        (nets.Conv2d.random(rng(), 4, 6, 3, groups=2), (1, 4, 5, 5), (114, 972)),
        (nets.ConvTranspose2d.random(rng(), 4, 6, 2), (1, 4, 5, 5), (102, 2400)),
        (nets.Linear.random(rng(), 3, 5), (2, 7, 3), (20, 210)),
        (nets.BatchNorm2d(4), (1, 4, 5, 5), (8, 0)),
        (nets.AdaptiveAvgPool2d(2), (1, 4, 5, 5), (0, 0)),
        # Projections 4·5·8², scores and means 2·5²·8.
        (nets.MultiHeadAttention.random(rng(), 8, 2), (1, 5, 8), (288, 1680)),
        (nets.LSTMCell.random(rng(), 3, 4), (2, 3), (144, 224)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_counts(layer, shape, counts):
    assert counted(layer, shape) == counts


def test_numbers_of_rows_are_integers():
    network = nets.Sequential(nets.Embedding.random(rng(), 10, 4), np.tanh)
    assert counted(network, (2, 3), np.int64) == (40, 0)


def test_any_class_is_summed_up():
    class Mine:
        def __init__(self):
            self.w = tg.Tensor(np.ones((3, 4)), requires_grad=True)
            self.blocks = [nets.Linear.random(rng(), 4, 4)]
            self.unused = nets.Linear.random(rng(), 2, 2)
            self.tied = nets.Linear(self.blocks[0].w)

        def __call__(self, x):
            products = np.einsum("ni,nj->nij", x @ self.w, x)
            return self.tied(self.blocks[0](products.sum(axis=2))), x

    found = summary(Mine(), (2, 3))
    assert [(row.name, row.kind, row.shape, row.parameters) for row in found.rows] == [
        ("", "Mine", (2, 4), 12),
        ("blocks.0", "Linear", (2, 4), 20),
        ("tied", "Linear", (2, 4), 0),
        ("unused", "Linear", None, 6),
    ]
    assert [row.multiply_adds for row in found.rows] == [24 + 24, 32, 32, 0]
    assert "unused    Linear  not called           6" in str(found)


def test_a_network_is_left_as_it_is():
    generator = rng()
    network = nets.Network(
        {
            "conv": [nets.Conv2d.random(generator, 1, 2, 3)],
            "norm": [nets.BatchNorm2d(2)],
            "drop": [nets.Dropout(0.5, generator)],
        }
    )
    state = generator.bit_generator.state
    before = {name: array.tobytes() for name, array in network.state_dict().items()}
    classes = [type(layer) for _, layer in network.named_parts()]
    summary(network, (1, 1, 3, 3))
    assert before == {name: a.tobytes() for name, a in network.state_dict().items()}
    assert generator.bit_generator.state == state
    assert classes == [type(layer) for _, layer in network.named_parts()]
    assert network.groups["drop"][0].training
