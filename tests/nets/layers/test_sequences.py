"""Recurrent cells and attention beside PyTorch's; encodings of positions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nets
import tinygraph as tg

torch = pytest.importorskip("torch")

from namesakes import F64, SEEDS, assert_namesakes, normal  # noqa: E402

SIZES = st.integers(1, 4)
CELLS = [
    (nets.RNNCell, torch.nn.RNNCell),
    (nets.GRUCell, torch.nn.GRUCell),
    (nets.LSTMCell, torch.nn.LSTMCell),
]


@given(st.sampled_from(CELLS), SIZES, SIZES, st.booleans(), st.booleans(), SEEDS)
def test_cells(kinds, inputs, hidden, bias, started, seed):
    ours, theirs = kinds
    cell = ours.random(np.random.default_rng(seed), inputs, hidden, **F64, bias=bias)
    module = theirs(inputs, hidden, bias)
    x, h, c = normal(seed, (3, inputs), (3, hidden), (3, hidden))
    if not started:
        assert_namesakes(cell, module, [x], seed, training=[True])
    elif ours is nets.LSTMCell:
        pair = (
            lambda x, h, c: cell(x, (h, c)),
            lambda x, h, c: module(x, (h, c)),
        )
        module.double().load_state_dict(
            {name: torch.tensor(array) for name, array in cell.state_dict().items()}
        )
        outputs = [pair[0](x, h, c), pair[1](*map(torch.tensor, (x, h, c)))]
        for y, other in zip(*outputs, strict=True):
            np.testing.assert_allclose(y.data, other.detach(), 1e-12, 1e-12)
    else:
        assert_namesakes(cell, module, [x, h], seed, training=[True])


def test_a_sequence_step_by_step():
    """The same as PyTorch's LSTM, with gradients through all steps."""
    cell = nets.LSTMCell.random(np.random.default_rng(0), 3, 4, **F64)
    module = torch.nn.LSTM(3, 4).double()
    for name, array in cell.state_dict().items():
        getattr(module, f"{name}_l0").data = torch.tensor(array)
    [xs] = normal(1, (6, 2, 3))
    state = None
    for x in xs:
        state = cell(x, state)
    (state[0] * state[0]).sum().backward()
    _, (h, _) = module(torch.tensor(xs))
    (h * h).sum().backward()
    np.testing.assert_allclose(state[0].data, h[0].detach(), 1e-12, 1e-12)
    for name, tensor in cell.parameters().items():
        expected = getattr(module, f"{name}_l0").grad
        np.testing.assert_allclose(tensor.grad, expected, 1e-10, 1e-10)


@st.composite
def attentions(draw):
    """Heads, size, batch, places of queries and of keys."""
    heads = draw(st.integers(1, 3))
    return heads, heads * draw(st.integers(1, 3)), *(draw(SIZES) for _ in range(3))


def twins(heads, size, bias, seed):
    rng = np.random.default_rng(seed)
    layer = nets.MultiHeadAttention.random(rng, size, heads, **F64, bias=bias)
    return layer, torch.nn.MultiheadAttention(size, heads, bias=bias, batch_first=True)


class Called(torch.nn.Module):
    """A module of attention with options; its output without the shares."""

    def __init__(self, attention, **options):
        super().__init__()
        self.inner, self.options = attention, options

    def forward(self, q, k=None, v=None):
        k = q if k is None else k
        return self.inner(
            q, k, k if v is None else v, need_weights=False, **self.options
        )[0]


class Asked(nets.Layer):
    def __init__(self, attention, **options):
        self.inner, self.options = attention, options

    def __call__(self, *inputs):
        return self.inner(*inputs, **self.options)


@given(attentions(), st.booleans(), SEEDS)
def test_attention(sizes, bias, seed):
    heads, size, batch, queries, keys = sizes
    layer, module = twins(heads, size, bias, seed)
    x, k, v = normal(seed, (batch, queries, size), *[(batch, keys, size)] * 2)
    pair = Asked(layer), Called(module)
    for inputs in ([x], [x, k], [x, k, v]):
        assert_namesakes(*pair, inputs, seed, training=[True])


@given(attentions(), SEEDS)
def test_attention_with_masks(sizes, seed):
    heads, size, batch, queries, keys = sizes
    layer, module = twins(heads, size, True, seed)
    rng = np.random.default_rng(seed)
    x, k, numbers = normal(
        seed, (batch, queries, size), (batch, keys, size), (queries, keys)
    )
    forbidden = rng.random((queries, keys)) < 0.5
    forbidden[:, 0] = False
    for mask in (forbidden, numbers):
        pair = Asked(layer, mask=mask), Called(module, attn_mask=torch.tensor(mask))
        assert_namesakes(*pair, [x, k], seed, training=[True])
    later = torch.triu(torch.ones(queries, queries, dtype=torch.bool), 1)
    pair = Asked(layer, causal=True), Called(module, attn_mask=later)
    assert_namesakes(*pair, [x], seed, training=[True])


def test_attention_with_dropout_forgets_some_places():
    rng = np.random.default_rng(0)
    dropout = nets.Dropout(0.5, rng)
    layer = nets.MultiHeadAttention.random(rng, 4, 2, **F64, dropout=dropout)
    x = normal(0, (1, 6, 4))[0]
    assert not np.array_equal(layer(x).data, layer(x).data)
    layer.eval()
    assert np.array_equal(layer(x).data, layer(x).data)


def test_heads_must_divide_the_size():
    with pytest.raises(tg.ShapeError, match="heads is 3: it must divide the size 8"):
        nets.MultiHeadAttention.random(np.random.default_rng(0), 8, 3)


def test_sines_and_cosines_of_places():
    [x] = normal(0, (2, 7, 5))
    added = nets.PositionalEncoding()(tg.Tensor(x)).data - x
    for t in range(7):
        for i in range(5):
            angle = t / 10000 ** ((i - i % 2) / 5)
            expected = np.cos(angle) if i % 2 else np.sin(angle)
            np.testing.assert_allclose(added[:, t, i], expected, atol=1e-12)


def test_learned_places():
    layer = nets.LearnedPositionalEncoding.random(np.random.default_rng(0), 5, 3, **F64)
    [x] = normal(0, (2, 4, 3))
    y = layer(x)
    np.testing.assert_array_equal(y.data, x + layer.w.data[:4])
    y.sum().backward()
    assert layer.w.grad.tolist() == [[2.0] * 3] * 4 + [[0.0] * 3]
    with pytest.raises(tg.ShapeError, match="6 places, but the table has 5"):
        layer(np.zeros((1, 6, 3)))
