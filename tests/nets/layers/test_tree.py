"""What belongs to a layer: any class with fields, and nothing that is registered."""

import re
from dataclasses import dataclass

import numpy as np
import pytest

import nets
import tinygraph as tg
from nets.layers import generators, parameters, set_names, set_training, state_dict


def rng():
    return np.random.default_rng(0)


def linear():
    return nets.Linear.random(rng(), 2, 2)


class Plain:
    """A class of a user, derived from nothing."""

    def __init__(self):
        self.first = linear()
        self.scale = tg.Tensor(2.0, requires_grad=True)
        self.offset = tg.Tensor([1.0, 1.0])
        self.blocks = [linear(), nets.ReLU(), (linear(),)]
        self.heads = {"left": linear(), "right": linear()}
        self.activation = np.tanh
        self.table = np.zeros(3)
        self.size = 2

    def __call__(self, x):
        self.last = self.activation(self.first(x)) * self.scale
        return self.last


NAMES = [
    *("first.w", "first.b", "scale", "blocks.0.w", "blocks.0.b"),
    *("blocks.2.0.w", "blocks.2.0.b"),
    *("heads.left.w", "heads.left.b", "heads.right.w", "heads.right.b"),
]


def test_a_class_with_fields_is_a_layer():
    layer = Plain()
    layer(np.ones((1, 2)))  # whose result is no parameter
    assert list(parameters(layer)) == NAMES
    assert parameters(layer)["heads.left.w"] is layer.heads["left"].w
    assert [*state_dict(layer)][:4] == [
        *("first.weight", "first.bias", "scale", "offset")
    ]
    network = nets.Network({"body": [layer], "head": [linear()]})
    assert [*network.parameters()] == [
        *(f"body.{n}" for n in NAMES),
        "head.w",
        "head.b",
    ]
    assert layer.scale.name == "body.scale"


def test_training_reaches_it():
    layer = Plain()
    optimizer = tg.optimize.SGD(parameters(layer), lr=0.1)
    before = layer.first.w.data
    layer(np.ones((1, 2), np.float32)).sum().backward()
    optimizer.step()
    assert not np.array_equal(layer.first.w.data, before)
    assert np.array_equal(
        layer.first.w.data, before - np.float32(0.1) * layer.first.w.grad
    )


def test_classes_with_slots_and_dataclasses():
    class Slots:
        __slots__ = ("inner", "unset")

        def __init__(self):
            self.inner = linear()

        def __call__(self, x):
            return self.inner(x)

    class More(Slots):
        __slots__ = "other"

        def __init__(self):
            super().__init__()
            self.other = linear()

    @dataclass(frozen=True, slots=True)
    class Data:
        inner: nets.Linear
        size: int = 3

    assert [*parameters(More())] == ["inner.w", "inner.b", "other.w", "other.b"]
    assert [*parameters([Data(linear())])] == ["0.inner.w", "0.inner.b"]


def test_one_that_is_used_twice_is_one_parameter_with_two_keys():
    class Tied(nets.Layer):
        def __init__(self):
            self.table = nets.Embedding.random(rng(), 3, 2)
            self.head = nets.Linear(self.table.w)

        def __call__(self, x):
            return self.head(self.table(x))

    network = Tied()
    assert [*network.parameters()] == ["table.w"]
    assert [*network.state_dict()] == ["table.weight", "head.weight"]
    tg.optimize.SGD(network.parameters(), lr=0.1)


def test_a_layer_that_knows_its_owner():
    outer, inner = Plain(), Plain()
    outer.first, inner.owner = inner, outer
    assert "first.first.w" in parameters(outer)
    set_training(outer, False)


def test_what_needs_no_gradient_is_state_and_no_parameter():
    network = nets.Sequential(linear(), nets.BatchNorm2d(2), linear())
    network[0].w.requires_grad = False
    assert [*network.parameters()] == ["0.b", "1.w", "1.b", "2.w", "2.b"]
    assert [name for name, _ in network.named_parameters()] == [
        *("0.bias", "1.weight", "1.bias", "2.weight", "2.bias")
    ]
    statistics = ["1.running_mean", "1.running_var", "1.num_batches_tracked"]
    assert {*statistics, "0.weight"} <= {*network.state_dict()}
    assert len(network) == 3


def test_names_for_pictures():
    layer = Plain()
    set_names(layer)
    assert layer.blocks[0].w.name == "blocks.0.w"


def test_train_and_eval_reach_every_layer():
    @dataclass(frozen=True)
    class Mine:
        training: bool = True

        def __call__(self, x):
            return x

    shared = rng()
    mine, drops = Mine(), [nets.Dropout(0.5, shared), nets.Dropout(0.1, rng())]
    network = nets.Network({"a": [mine, drops[0]], "b": [nets.Residual(drops[1])]})
    assert network.eval() is network
    assert not any(layer.training for layer in (mine, *drops))
    assert network.train() is network
    assert all(layer.training for layer in (mine, *drops))
    assert generators([network, shared]) == {
        "0.a.rng": shared,
        "0.b.layer.rng": drops[1].rng,
    }


def test_residuals_add():
    x = np.array([[1.0, -2.0]])
    assert nets.Residual(nets.ReLU())(x).tolist() == [[2.0, -2.0]]
    both = nets.Residual(nets.ReLU(), shortcut=lambda x: 10 * x)
    assert both(x).tolist() == [[11.0, -20.0]]


def test_groups_name_their_layers():
    network = nets.Network({"conv": [linear(), nets.ReLU()], "fc": [Plain()]})
    assert [name for name, _ in network.named_parts()] == ["conv", "conv", "fc"]


@pytest.mark.parametrize(
    ("kind", "sizes", "said"),
    [
        (nets.Conv2d, (3, 6, 5), "Conv2d.random(rng, channels, filters, kernel)"),
        (nets.ConvTranspose2d, (6, 3, 2), "ConvTranspose2d.random(rng, channels, "),
        (nets.Linear, (3, 5), "Linear.random(rng, inputs, outputs)"),
        (nets.Embedding, (10, 4), "Embedding.random(rng, rows, size)"),
        (nets.LSTMCell, (3, 4), "LSTMCell.random(rng, inputs, hidden)"),
        (
            nets.MultiHeadAttention,
            (2, 8, None, None),
            "MultiHeadAttention.random(rng, ",
        ),
        (nets.LearnedPositionalEncoding, (9,), "Encoding.random(rng, longest, size)"),
    ],
)
def test_sizes_as_in_pytorch_are_answered_with_what_to_write(kind, sizes, said):
    with pytest.raises(tg.DTypeError, match=f"is not a tensor of .*{re.escape(said)}"):
        kind(*sizes)
