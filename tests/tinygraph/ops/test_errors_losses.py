"""Bad targets, classes, weights and options of losses, and what is said of them."""

import numpy as np
import pytest
from together import together

import tinygraph as tg


def tensor(*shape):
    return tg.Tensor(np.full(shape, 0.5), requires_grad=True)


logits, pairs, numbers = tensor(2, 3), tensor(2, 2), tensor(2)
classes = np.array([0, 1])

VALUES = {
    "reduction": (
        lambda: tg.l1_loss(numbers, numbers, reduction="avg"),
        r"l1_loss: `reduction` is 'avg'.*\['mean', 'sum', 'none'\]",
    ),
    "reduction-kl": (
        lambda: tg.kl_div(numbers, numbers, reduction=None),
        r"kl_div: `reduction` is None.*'batchmean'",
    ),
    "half_sum": (
        lambda: tg.cross_entropy(logits, classes, reduction="half_sum"),
        "cross_entropy: `reduction` is 'half_sum'",
    ),
    "shapes": (
        lambda: tg.huber_loss(logits, np.ones(3)),
        r"huber_loss: `output` of shape \(2, 3\) and `target` of shape \(3,\)",
    ),
    "delta": (
        lambda: tg.huber_loss(numbers, numbers, delta=0.0),
        "huber_loss: `delta` is 0.0.*positive",
    ),
    "beta": (
        lambda: tg.smooth_l1_loss(numbers, numbers, beta=-1.0),
        "smooth_l1_loss: `beta` is -1.0.*negative",
    ),
    "class": (
        lambda: tg.cross_entropy(logits, np.array([3, -1])),
        "cross_entropy: class 3 in `target`.*0 to 2.*`ignore_index` is -100",
    ),
    "class-nll": (
        lambda: tg.nll_loss(logits, np.array([0, 3])),
        "nll_loss: class 3 in `target`",
    ),
    "class-margin": (
        lambda: tg.multi_margin_loss(logits, np.array([0, -1])),
        "multi_margin_loss: class -1 in `target`, but classes begin at 0",
    ),
    "second-axis": (
        lambda: tg.cross_entropy(tensor(2, 3, 4), np.zeros((2, 4), int)),
        r"cross_entropy: `target` of shape \(2, 4\).*\(2, 3, 4\).*axis=1",
    ),
    "one-number": (lambda: tg.nll_loss(tensor(), 0), "nll_loss: .*no axis of classes"),
    "weights": (
        lambda: tg.cross_entropy(logits, classes, [1.0, 2.0]),
        r"cross_entropy: `weight` of shape \(2,\).*3 classes",
    ),
    "weights-broadcast": (
        lambda: tg.binary_cross_entropy(numbers, classes, np.ones((3, 1))),
        r"binary_cross_entropy: `weight` of shape \(3, 1\).*\(2,\)",
    ),
    "weights-that-stretch": (
        lambda: tg.binary_cross_entropy(numbers, classes, np.ones((2, 1))),
        r"binary_cross_entropy: `weight` of shape \(2, 1\).*\(2,\)",
    ),
    "pos-weights": (
        lambda: tg.binary_cross_entropy_with_logits(
            numbers, classes, pos_weight=np.ones(3)
        ),
        r"binary_cross_entropy_with_logits: `pos_weight` of shape \(3,\)",
    ),
    "smoothing": (
        lambda: tg.cross_entropy(logits, classes, label_smoothing=1.5),
        "cross_entropy: `label_smoothing` is 1.5.*between 0 and 1",
    ),
    "all-ignored": (
        lambda: tg.cross_entropy(logits, np.array([-100, -100])),
        'cross_entropy: there is nothing to average.*reduction="sum"',
    ),
    "no-weight": (
        lambda: tg.nll_loss(logits, classes, [0.0, 0.0, 1.0]),
        "nll_loss: there is nothing to average.*weight 0",
    ),
    "ignored-probabilities": (
        lambda: tg.cross_entropy(logits, np.ones((2, 3)), ignore_index=2),
        "cross_entropy: `ignore_index` is 2.*probabilities",
    ),
    "probabilities": (
        lambda: tg.binary_cross_entropy(tg.Tensor([0.5, -0.5]), classes),
        "binary_cross_entropy: `output` goes from -0.5 to 0.5.*with_logits",
    ),
    "signs": (
        lambda: tg.hinge_embedding_loss(numbers, np.array([0, 1])),
        "hinge_embedding_loss: `target` holds 0.*1 and -1",
    ),
    "signs-shape": (
        lambda: tg.soft_margin_loss(numbers, np.ones(3)),
        r"soft_margin_loss: `target` of shape \(3,\).*\(2,\)",
    ),
    "ranking": (
        lambda: tg.margin_ranking_loss(numbers, np.ones(3), classes),
        r"margin_ranking_loss: `x1` of shape \(2,\) and `x2` of shape \(3,\)",
    ),
    "cosine-target": (
        lambda: tg.cosine_embedding_loss(pairs, pairs, np.ones((2, 2))),
        r"cosine_embedding_loss: `target` of shape \(2, 2\).*\(2,\)",
    ),
    "cosine-shapes": (
        lambda: tg.cosine_similarity(pairs, logits),
        r"cosine_similarity: shapes \(2, 2\) and \(2, 3\)",
    ),
    "triplet": (
        lambda: tg.triplet_margin_loss(pairs, pairs, logits),
        r"triplet_margin_loss: `anchor` of shape \(2, 2\) and `negative`",
    ),
    "power": (
        lambda: tg.multi_margin_loss(logits, classes, p=3),
        "multi_margin_loss: `p` is 3",
    ),
    "table": (
        lambda: tg.embedding(classes, numbers),
        r"embedding: `weight` of shape \(2,\).*`index` comes first",
    ),
    "one-hot": (
        lambda: tg.one_hot([1, 2], 2),
        "one_hot: labels go from 1 to 2.*0 to 1",
    ),
    "one-hot-negative": (lambda: tg.one_hot([-1]), "one_hot: .*`num_classes` is 0"),
    "one-hot-nothing": (lambda: tg.one_hot([]), "one_hot: .*`num_classes`"),
}
AXES = {
    "index": (
        lambda: tg.embedding([0, 2], pairs),
        "embedding: `index` goes from 0 to 2.*0 to 1",
    ),
    "index-negative": (
        lambda: tg.embedding([-1], pairs),
        "embedding: `index` goes from -1",
    ),
    "padding": (
        lambda: tg.embedding(classes, pairs, padding_idx=2),
        "embedding: `padding_idx` is 2.*0 to 1",
    ),
    "cosine": (lambda: tg.cosine_similarity(pairs, pairs, 2), "cosine_similarity.*2"),
    "axis": (
        lambda: tg.cross_entropy(logits, classes, axis=2),
        "cross_entropy: axis 2.*dimension 2",
    ),
}
TYPES = {
    "labels": (
        lambda: tg.nll_loss(logits, np.array([0.0, 1.0])),
        "nll_loss: class numbers must be integers.*float64",
    ),
    "index": (
        lambda: tg.embedding(np.array([0.5]), pairs),
        "embedding: `index` is of type float64.*integers",
    ),
    "one-hot": (lambda: tg.one_hot([0.5]), "one_hot: `labels`.*float64"),
}
MISTAKES = [
    pytest.param(*mistake, builtin, id=f"{builtin.__name__}-{name}")
    for builtin, part in ((ValueError, VALUES), (IndexError, AXES), (TypeError, TYPES))
    for name, mistake in part.items()
]


@together(("call", "words", "builtin"), MISTAKES)
def test_mistake(call, words, builtin):
    with pytest.raises(tg.TinygraphError, match=f"(?s){words}") as caught:
        call()
    assert isinstance(caught.value, builtin)


# What holds at the edges --------------------------------------------------------------


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_a_logit_of_minus_infinity_is_a_class_that_cannot_be(smoothing):
    """Its probability is 0, and what is not wanted of it costs nothing."""
    z = tg.Tensor([[0.0, -np.inf, 0.0]], requires_grad=True)
    weight = np.array([1.0, 0.0, 1.0])
    loss = tg.cross_entropy(z, np.array([2]), weight, label_smoothing=smoothing)
    loss.backward(2.0)
    share = smoothing / 3
    np.testing.assert_allclose(loss.data, (1 - share) * np.log(2.0))
    expected = [[1 - 3 * share, 0.0, 3 * share - 1]]
    np.testing.assert_allclose(z.grad, expected, atol=1e-15)
    assert tg.cross_entropy(z, np.array([2])) == np.log(2.0)
    assert tg.cross_entropy(z, np.array([1])) == np.inf


def test_ignored_rows_have_no_gradient_and_no_loss():
    z = tg.Tensor([[1.0, np.inf], [0.0, 0.0]], requires_grad=True)
    x = tg.Tensor([[np.nan, np.nan], [-1.0, -2.0]], requires_grad=True)
    losses = tg.nll_loss(x, np.array([-1, 1]), ignore_index=-1, reduction="none")
    assert losses.tolist() == [0.0, 2.0]
    assert tg.gradients(losses.sum(), [x])[0].tolist() == [[0.0, 0.0], [0.0, -1.0]]
    with np.errstate(invalid="ignore"):
        total = tg.cross_entropy(z[1:], np.array([1]))
    assert total == np.log(2.0)


@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss"])
def test_a_batch_of_nothing_costs_nothing(name):
    x = tg.Tensor(np.zeros((0, 3)), requires_grad=True)
    loss = getattr(tg, name)(x, np.zeros(0, int), np.ones(3))
    loss.backward()
    assert loss == 0.0 and x.grad.shape == (0, 3)


@pytest.mark.parametrize(
    "loss",
    [
        lambda o: tg.cross_entropy(o, np.array([0, 1])),
        lambda o: tg.cross_entropy(
            o, np.array([0, 1]), [1.0, 2.0], label_smoothing=0.1
        ),
        lambda o: tg.binary_cross_entropy(o, np.eye(2, dtype=int)),
        lambda o: tg.binary_cross_entropy_with_logits(o, np.eye(2, dtype=int)),
        lambda o: tg.soft_margin_loss(o, 1 - 2 * np.eye(2, dtype=int)),
        lambda o: tg.multi_margin_loss(o, np.array([0, 1]), weight=[1.0, 2.0]),
        lambda o: tg.mse(o, tg.one_hot([0, 1])),
    ],
)
def test_whole_numbers_leave_single_precision_as_it_is(loss):
    assert loss(tg.Tensor(np.full((2, 2), 0.5, np.float32))).dtype == np.float32


def test_an_embedding_runs_again_with_another_table():
    """The row that gets no gradient is recorded, and not a copy of it."""
    w = tg.Tensor([[1.0], [2.0]], requires_grad=True, name="w")
    y = tg.embedding([1, 0, 1], w, padding_idx=1)
    assert y.graph.run({"w": [[3.0], [4.0]]}).tolist() == [[4.0], [3.0], [4.0]]


def test_an_index_that_changes_later_does_no_harm():
    w, index = tg.Tensor(np.ones((3, 1)), requires_grad=True), np.array([0, 0])
    y = tg.embedding(index, w)
    index[:] = 2
    y.backward([[2.0], [3.0]])
    assert w.grad.tolist() == [[5.0], [0.0], [0.0]]
