"""Losses with every option, embeddings and similarities, beside PyTorch's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from together import together

import tinygraph as tg

torch = pytest.importorskip("torch")
functional = torch.nn.functional

from oracle import assert_agree, torch_gradients, torch_inputs  # noqa: E402

SEEDS = st.integers(0, 2**32 - 1)
REDUCTIONS = st.sampled_from(["mean", "sum", "none"])
SHAPES = st.sampled_from([(), (1,), (4,), (3, 2), (2, 3, 2)])
ROWS = st.sampled_from([(), (1,), (5,), (2, 3), (2, 2, 3)])
EMPTY_MEAN = "nothing to average"


def normal(rng, shape):
    return rng.normal(size=shape)


def apart(rng, shape):
    """Numbers away from 0, and from one another."""
    steps = rng.permutation(int(np.prod(shape)))
    return ((steps - steps.size // 2) * 0.37 + 0.11).reshape(shape)


def probability(rng, shape):
    return rng.uniform(0.05, 0.95, shape)


def beyond(batch):
    """Where PyTorch has the classes: along the second axis, the first of one row."""
    return min(len(batch), 1)


def moved(x, batch):
    """Our rows of classes as PyTorch wants them."""
    return torch.movedim(x, -1, beyond(batch)).contiguous()


# Classes ------------------------------------------------------------------------------


@st.composite
def class_numbers(draw):
    """A batch of rows, classes, and for each row a class or the ignored number."""
    batch, classes = draw(ROWS), draw(st.integers(1, 4))
    ignored = draw(st.sampled_from([-100, 0, 7]))
    each = st.integers(0, classes - 1) | st.just(ignored)
    count = int(np.prod(batch, dtype=int))
    labels = draw(st.lists(each, min_size=count, max_size=count))
    return batch, classes, np.array(labels, dtype=np.int64).reshape(batch), ignored


@given(
    class_numbers(),
    REDUCTIONS,
    st.sampled_from([0.0, 0.1, 1.0]),
    st.booleans(),
    st.booleans(),
    SEEDS,
)
def test_cross_entropy(labelled, reduction, smoothing, weighted, second, seed):
    batch, classes, labels, ignored = labelled
    rng = np.random.default_rng(seed)
    more = dict(ignore_index=ignored, reduction=reduction, label_smoothing=smoothing)
    weight = rng.uniform(0.1, 2.0, classes) if weighted else None
    logits = normal(rng, (*batch, classes))
    axis = beyond(batch)
    if second:  # the classes stand where PyTorch has them
        logits, own, theirs = (
            np.moveaxis(logits, -1, axis),
            dict(axis=axis),
            lambda x: x,
        )
    else:
        own, theirs = {}, lambda x: moved(x, batch)

    def ours(x):
        return tg.cross_entropy(x, labels, weight, **own, **more)

    if reduction == "mean" and (labels == ignored).all():
        with pytest.raises(tg.ArgumentError, match=EMPTY_MEAN):
            ours(logits)
        return
    tensor = None if weight is None else torch.tensor(weight)
    assert_agree(
        ours,
        lambda x: functional.cross_entropy(
            theirs(x), torch.tensor(labels), tensor, **more
        ),
        [logits],
        seed,
    )


@given(
    ROWS,
    st.integers(1, 4),
    REDUCTIONS,
    st.sampled_from([0.0, 0.3]),
    st.booleans(),
    SEEDS,
)
def test_cross_entropy_of_probabilities(
    batch, classes, reduction, smoothing, weighted, seed
):
    rng = np.random.default_rng(seed)
    more = dict(reduction=reduction, label_smoothing=smoothing)
    weight = rng.uniform(0.1, 2.0, classes) if weighted else None
    tensor = None if weight is None else torch.tensor(weight)
    arrays = [normal(rng, (*batch, classes)), probability(rng, (*batch, classes))]
    assert_agree(
        lambda x, t: tg.cross_entropy(x, t, weight, **more),
        lambda x, t: functional.cross_entropy(
            moved(x, batch), moved(t, batch), tensor, **more
        ),
        arrays,
        seed,
    )
    axis = beyond(batch)
    assert_agree(
        lambda x, t: tg.cross_entropy(x, t, weight, axis=axis, **more),
        lambda x, t: functional.cross_entropy(x, t, tensor, **more),
        [np.moveaxis(x, -1, axis) for x in arrays],
        seed,
    )


@given(class_numbers(), REDUCTIONS, st.booleans(), SEEDS)
def test_nll_loss(labelled, reduction, weighted, seed):
    batch, classes, labels, ignored = labelled
    rng = np.random.default_rng(seed)
    more = dict(ignore_index=ignored, reduction=reduction)
    weight = rng.uniform(0.1, 2.0, classes) if weighted else None
    x = normal(rng, (*batch, classes))
    if reduction == "mean" and (labels == ignored).all():
        with pytest.raises(tg.ArgumentError, match=EMPTY_MEAN):
            tg.nll_loss(x, labels, weight, **more)
        return
    tensor = None if weight is None else torch.tensor(weight)
    assert_agree(
        lambda x: tg.nll_loss(x, labels, weight, **more),
        lambda x: functional.nll_loss(
            moved(x, batch), torch.tensor(labels), tensor, **more
        ),
        [x],
        seed,
    )


@given(
    st.sampled_from([(), (1,), (5,)]),
    st.integers(1, 4),
    REDUCTIONS,
    st.sampled_from([1, 2]),
    st.booleans(),
    SEEDS,
)
def test_multi_margin_loss(batch, classes, reduction, p, weighted, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, batch)
    weight = rng.uniform(0.1, 2.0, classes) if weighted else None
    more = dict(p=p, margin=0.7, reduction=reduction)
    tensor = None if weight is None else torch.tensor(weight)
    assert_agree(
        lambda x: tg.multi_margin_loss(x, labels, weight=weight, **more),
        lambda x: functional.multi_margin_loss(
            x, torch.tensor(labels), weight=tensor, **more
        ),
        [apart(rng, (*batch, classes))],
        seed,
        order=1,  # PyTorch has no second derivative of it
    )


# Probabilities ------------------------------------------------------------------------


@given(SHAPES, REDUCTIONS, st.booleans(), SEEDS)
def test_binary_cross_entropy(shape, reduction, weighted, seed):
    rng = np.random.default_rng(seed)
    weight = rng.uniform(0.1, 2.0, shape[-1:]) if weighted else None
    tensor = None if weight is None else torch.tensor(weight)
    assert_agree(
        lambda o, t: tg.binary_cross_entropy(o, t, weight, reduction=reduction),
        lambda o, t: functional.binary_cross_entropy(o, t, tensor, reduction=reduction),
        [probability(rng, shape), probability(rng, shape)],
        seed,
    )


@together("dtype", ["f4", "f8"])
@together("output", [0.0, 1e-30, 1.0])
@together("target", [0.0, 0.3, 1.0])
def test_binary_cross_entropy_that_is_certain(output, target, dtype):
    """The gradient of what is certain and wrong is not 0."""
    o, t = np.array([output], dtype), np.array([target], dtype)
    ours = tg.Tensor(o, requires_grad=True)
    [theirs] = torch_inputs([o])
    loss = tg.binary_cross_entropy(ours, t)
    expected = functional.binary_cross_entropy(theirs, torch.tensor(t))
    np.testing.assert_allclose(loss.data, expected.item(), rtol=1e-6)
    loss.backward(np.array(0.7, dtype))
    [slope] = torch_gradients(expected, [theirs], np.array(0.7, dtype))
    np.testing.assert_allclose(ours.grad, slope.numpy(), rtol=1e-6)
    assert (target == output) or abs(ours.grad[0]) > 1e10 or 0 < output < 1


@given(SHAPES, REDUCTIONS, st.booleans(), st.booleans(), SEEDS)
def test_binary_cross_entropy_with_logits(shape, reduction, weighted, positive, seed):
    rng = np.random.default_rng(seed)
    weight = rng.uniform(0.1, 2.0, shape) if weighted else None
    pos_weight = rng.uniform(0.1, 2.0, shape[-1:]) if positive else None
    options = [None if w is None else torch.tensor(w) for w in (weight, pos_weight)]
    assert_agree(
        lambda z, t: tg.binary_cross_entropy_with_logits(
            z, t, weight, pos_weight=pos_weight, reduction=reduction
        ),
        lambda z, t: functional.binary_cross_entropy_with_logits(
            z, t, options[0], pos_weight=options[1], reduction=reduction
        ),
        [5.0 * normal(rng, shape), probability(rng, shape)],
        seed,
    )


def test_a_target_of_what_is_certain_has_a_finite_slope():
    """ln(1 − o) − ln o, both held above −100; it is infinite in PyTorch."""
    t = tg.Tensor([0.3, 0.3, 0.3], requires_grad=True)
    loss = tg.binary_cross_entropy([0.0, 1.0, 0.5], t, reduction="sum")
    loss.backward(2.0)
    np.testing.assert_allclose(t.grad, [200.0, -200.0, 0.0], rtol=1e-14)


def test_logits_that_are_certain_and_wrong():
    z = tg.Tensor([-1000.0, 1000.0, 800.0], requires_grad=True)
    t = np.array([1.0, 0.0, 1.0])
    loss = tg.binary_cross_entropy_with_logits(z, t, reduction="sum")
    loss.backward(3.0)
    assert loss == 2000.0
    assert z.grad.tolist() == [-3.0, 3.0, 0.0]


@pytest.mark.filterwarnings("ignore:reduction. 'mean'")
@given(
    st.sampled_from([(4,), (3, 2)]),
    REDUCTIONS | st.just("batchmean"),
    st.booleans(),
    SEEDS,
)
def test_kl_div(shape, reduction, logarithms, seed):
    rng = np.random.default_rng(seed)
    target = probability(rng, shape)
    more = dict(reduction=reduction, log_target=logarithms)
    assert_agree(
        lambda o, t: tg.kl_div(o, t, **more),
        lambda o, t: functional.kl_div(o, t, **more),
        [normal(rng, shape), np.log(target) if logarithms else target],
        seed,
    )


def test_kl_div_of_nothing():
    """t ln t is 0 at 0, and its slope, which PyTorch calls NaN, is −∞."""
    o, t = (tg.Tensor(x, requires_grad=True) for x in ([-1.0, -2.0], [0.0, 1.0]))
    loss = tg.kl_div(o, t, reduction="sum")
    expected = functional.kl_div(
        torch.tensor(o.data), torch.tensor(t.data), reduction="sum"
    )
    assert loss == expected.item() == 2.0
    [slope] = tg.gradients(loss, [o], 3.0)
    assert slope.tolist() == [0.0, -3.0]
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        [slope] = tg.gradients(loss, [t])
    assert slope.tolist() == [-np.inf, 3.0]


# Distances ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ours", "theirs", "more"),
    [
        ("l1_loss", "l1_loss", {}),
        ("mse", "mse_loss", {}),
        ("huber_loss", "huber_loss", {}),
        ("huber_loss", "huber_loss", dict(delta=0.4)),
        ("smooth_l1_loss", "smooth_l1_loss", {}),
        ("smooth_l1_loss", "smooth_l1_loss", dict(beta=0.4)),
        ("smooth_l1_loss", "smooth_l1_loss", dict(beta=0.0)),
    ],
    ids=str,
)
@given(shape=SHAPES, reduction=REDUCTIONS, seed=SEEDS)
def test_distances(ours, theirs, more, shape, reduction, seed):
    rng = np.random.default_rng(seed)
    options = more | dict(reduction=reduction)
    assert_agree(
        lambda o, t: getattr(tg, ours)(o, t, **options),
        lambda o, t: getattr(functional, theirs)(o, t, **options),
        [apart(rng, shape), 0.01 * normal(rng, shape)],
        seed,
    )


@pytest.mark.parametrize("name", ["huber_loss", "smooth_l1_loss", "l1_loss"])
def test_distances_of_equals(name):
    """Also the second derivative, where a distance is 0."""
    equal = np.array([1.0, 2.0])
    assert_agree(getattr(tg, name), getattr(functional, name), [equal, equal.copy()], 3)


@given(
    st.sampled_from([(3,), (2, 3), (2, 3, 2)]), st.integers(-1, 2), st.booleans(), SEEDS
)
def test_cosine_similarity(shape, axis, broadcast, seed):
    axis = min(axis, len(shape) - 1)
    rng = np.random.default_rng(seed)
    other = shape[-1:] if broadcast and axis in (-1, len(shape) - 1) else shape
    axis = -1 if other != shape else axis
    assert_agree(
        lambda x, y: tg.cosine_similarity(x, y, axis),
        lambda x, y: functional.cosine_similarity(x, y, axis),
        [normal(rng, shape), normal(rng, other)],
        seed,
    )


def test_cosine_of_nothing():
    """A vector of length 0 is divided by `eps`."""
    zero, other = np.zeros(3), np.array([1.0, 2.0, 2.0])
    for more in ({}, dict(eps=1e-3)):
        assert_agree(
            lambda x, y, m=more: tg.cosine_similarity(x, y, **m),
            lambda x, y, m=more: functional.cosine_similarity(x, y, dim=-1, **m),
            [zero, other],
            0,
            order=1,
        )


def test_cosine_loss_of_nothing():
    """A length of 0 counts as 1e-6, as in PyTorch up to rounding."""
    [zero] = torch_inputs([np.zeros(3)])
    x, other = tg.Tensor(np.zeros(3), requires_grad=True), np.array([1.0, 2.0, 2.0])
    loss = tg.cosine_embedding_loss(x, other, 1.0)
    expected = functional.cosine_embedding_loss(
        zero, torch.tensor(other), torch.tensor(1.0)
    )
    assert loss == expected.item() == 1.0
    [slope] = torch_gradients(expected, [zero], 0.7)
    found = tg.gradients(loss, [x], 0.7)[0]
    np.testing.assert_allclose(found, slope, rtol=1e-6)
    np.testing.assert_allclose(found, -0.7e6 * other / 3.0, rtol=1e-14)


# Margins ------------------------------------------------------------------------------


def signs(rng, shape):
    return rng.choice([-1.0, 1.0], shape)


@given(st.sampled_from([(3,), (2, 3)]), REDUCTIONS, st.sampled_from([0.0, 0.4]), SEEDS)
def test_margins(shape, reduction, margin, seed):
    rng = np.random.default_rng(seed)
    x, y, target = apart(rng, shape), 0.01 * normal(rng, shape), signs(rng, shape)
    more, given = dict(margin=margin, reduction=reduction), torch.tensor(target)
    assert_agree(
        lambda x: tg.hinge_embedding_loss(x, target, **more),
        lambda x: functional.hinge_embedding_loss(x, given, **more),
        [x],
        seed,
    )
    assert_agree(
        lambda x, y: tg.margin_ranking_loss(x, y, target, **more),
        lambda x, y: functional.margin_ranking_loss(x, y, given, **more),
        [x, y],
        seed,
    )
    assert_agree(
        lambda x: tg.soft_margin_loss(x, target, reduction=reduction),
        lambda x: functional.soft_margin_loss(x, given, reduction=reduction),
        [x],
        seed,
    )


@given(
    st.sampled_from([(), (1,), (4,)]), REDUCTIONS, st.sampled_from([0.0, 0.4]), SEEDS
)
def test_cosine_embedding_loss(batch, reduction, margin, seed):
    rng = np.random.default_rng(seed)
    target = signs(rng, batch)
    more = dict(margin=margin, reduction=reduction)
    assert_agree(
        lambda x, y: tg.cosine_embedding_loss(x, y, target, **more),
        lambda x, y: functional.cosine_embedding_loss(
            x, y, torch.tensor(target), **more
        ),
        [normal(rng, (*batch, 3)), normal(rng, (*batch, 3))],
        seed,
    )


@given(
    st.sampled_from([(), (1,), (4,)]),
    REDUCTIONS,
    st.sampled_from([1.0, 2.0, 3.0]),
    st.booleans(),
    SEEDS,
)
def test_triplet_margin_loss(batch, reduction, p, swap, seed):
    rng = np.random.default_rng(seed)
    more = dict(margin=0.6, p=p, swap=swap, reduction=reduction)
    assert_agree(
        lambda *xs: tg.triplet_margin_loss(*xs, **more),
        lambda *xs: functional.triplet_margin_loss(*xs, **more),
        [normal(rng, (*batch, 3)) for _ in range(3)],
        seed,
    )


@pytest.mark.parametrize("x", [1.0, -1.0])
def test_margins_at_the_hinge(x):
    """PyTorch's gradient where a margin is just kept."""
    x, target = np.array([x]), np.array([-1.0])
    assert_agree(
        lambda x: tg.hinge_embedding_loss(x, target),
        lambda x: functional.hinge_embedding_loss(x, torch.tensor(target)),
        [x],
        0,
    )
    assert_agree(
        lambda x, y: tg.margin_ranking_loss(x, y, target, margin=2.0),
        lambda x, y: functional.margin_ranking_loss(
            x, y, torch.tensor(target), margin=2.0
        ),
        [x, x + 2.0],
        0,
    )


# Tables -------------------------------------------------------------------------------


@given(
    ROWS,
    st.integers(1, 5),
    st.none() | st.integers(-1, 0),
    SEEDS,
)
def test_embedding(shape, rows, padding, seed):
    rng = np.random.default_rng(seed)
    index = rng.integers(0, rows, shape)
    assert_agree(
        lambda w: tg.embedding(index, w, padding_idx=padding),
        lambda w: functional.embedding(torch.tensor(index), w, padding_idx=padding),
        [normal(rng, (rows, 3))],
        seed,
    )
    assert_agree(
        lambda w: tg.embedding(index, w * w, padding_idx=padding),
        lambda w: functional.embedding(torch.tensor(index), w * w, padding_idx=padding),
        [normal(rng, (rows, 2))],
        seed,
    )


@given(ROWS, st.integers(1, 5), SEEDS)
def test_one_hot(shape, classes, seed):
    labels = np.random.default_rng(seed).integers(0, classes, shape)
    for more in ((), (classes,), (classes + 2,)):
        expected = functional.one_hot(torch.tensor(labels), *more).numpy()
        found = tg.one_hot(labels, *more)
        np.testing.assert_array_equal(found, expected)
        assert type(found) is np.ndarray and found.dtype == np.float32
    assert tg.one_hot(labels, classes, dtype=bool).dtype == bool


@given(st.integers(1, 4), st.integers(2, 4), REDUCTIONS, SEEDS)
def test_weighted_cross_entropy_with_nothing_ignored(batch, classes, reduction, seed):
    """A mean with weights is not the plain mean."""
    rng = np.random.default_rng(seed)
    labels, weight = rng.integers(0, classes, batch), rng.uniform(0.1, 2.0, classes)
    assert_agree(
        lambda x: tg.cross_entropy(x, labels, weight, reduction=reduction),
        lambda x: functional.cross_entropy(
            x, torch.tensor(labels), torch.tensor(weight), reduction=reduction
        ),
        [normal(rng, (batch, classes))],
        seed,
    )
