"""Cases of losses, embeddings and similarities, beside NumPy's plain formulas."""

import numpy as np
import scipy.special
from case import Case, shaped

import tinygraph as tg


def log_softmax(z):
    return scipy.special.log_softmax(z, -1)


def soft_reference(z, t):
    return -np.sum(t * log_softmax(z)) / np.prod(z.shape[:-1])


def rows(losses, reduction):
    """What a reduction makes of the losses of rows."""
    return {"mean": np.mean, "sum": np.sum, "none": np.asarray}[reduction](losses)


# Classes ------------------------------------------------------------------------------


def entropies():
    for label, shape, classes in (
        ("labels", (3, 4), [2, 0, 3]),
        ("one-label", (4,), 1),
        ("deep-labels", (2, 2, 3), [[0, 2], [1, 1]]),
    ):
        chosen = np.eye(shape[-1])[classes]
        yield Case(
            "cross_entropy",
            lambda z, c=classes: tg.cross_entropy(z, np.array(c)),
            shaped(shape),
            lambda z, t=chosen: soft_reference(z, t),
            lambda torch, z, c=classes: torch.nn.functional.cross_entropy(
                z.reshape(-1, z.shape[-1]), torch.tensor(c).reshape(-1)
            ),
            label,
        )
    for label, shape in (("matrix", (3, 4)), ("vector", (4,))):
        yield Case(
            "cross_entropy",
            lambda z, t: tg.cross_entropy(z, t),
            ((shape, "real"), (shape, "distribution")),
            soft_reference,
            lambda torch, z, t: torch.nn.functional.cross_entropy(z, t),
            f"probabilities-{label}",
        )
    yield Case(
        "cross_entropy",
        lambda z, t: tg.cross_entropy(z, t),
        shaped((3, 4), (3, 4)),
        soft_reference,
        lambda torch, z, t: torch.nn.functional.cross_entropy(z, t),
        "weights-of-any-sum",
    )
    yield Case(
        "cross_entropy",
        lambda z, t, w: tg.cross_entropy(z, t, w, label_smoothing=0.2, reduction="sum"),
        ((((2, 3), "real"), ((2, 3), "distribution"), ((3,), "positive"))),
        lambda z, t, w: -np.sum((0.8 * t + 0.2 / 3) * w * log_softmax(z)),
        label="weights-are-differentiable",
    )


LABELS = [[0, 2, -100], [1, 2, 2]]
WEIGHT = [0.5, 2.0, 1.5]


def label_losses(x):
    """−w x of the class of each row, 0 where it is none; and the weights."""
    labels = np.array(LABELS)
    weights = np.where(labels == -100, 0.0, np.array(WEIGHT)[labels % 100])
    taken = np.take_along_axis(x, (labels % 100)[..., None], -1)[..., 0]
    return -weights * taken, weights


def label_reference(x, reduction):
    losses, weights = label_losses(x)
    return (
        losses.sum() / weights.sum() if reduction == "mean" else rows(losses, reduction)
    )


def class_losses():
    for reduction in ("mean", "sum", "none"):
        for name, before in (("nll_loss", np.asarray), ("cross_entropy", log_softmax)):
            yield Case(
                name,
                lambda x, name=name, r=reduction: getattr(tg, name)(
                    x, np.array(LABELS), WEIGHT, reduction=r
                ),
                shaped((2, 3, 3)),
                lambda x, f=before, r=reduction: label_reference(f(x), r),
                label=f"weighted-{reduction}",
            )
    yield Case(
        "cross_entropy",
        lambda z: tg.cross_entropy(
            z, np.array([[1, 0], [1, 1]]), label_smoothing=0.3, axis=1
        ),
        shaped((2, 3, 2)),
        lambda z: soft_reference(
            np.moveaxis(z, 1, -1), 0.7 * np.eye(3)[[[1, 0], [1, 1]]] + 0.1
        ),
        label="smoothed-second-axis",
    )


def margin_reference(x, labels, p):
    right = x[np.arange(len(x)), labels][:, None]
    hinges = np.maximum(0.0, 0.7 - right + x) ** p
    hinges[np.arange(len(x)), labels] = 0.0
    return np.mean(hinges.sum(1) / x.shape[1])


def hinges():
    for p in (1, 2):
        yield Case(
            "multi_margin_loss",
            lambda x, p=p: tg.multi_margin_loss(
                x, np.array([2, 0, 1]), p=p, margin=0.7
            ),
            shaped((3, 4), domain="spaced"),
            lambda x, p=p: margin_reference(x, [2, 0, 1], p),
            label=f"power-{p}",
        )
    t = np.array([1.0, -1.0, 1.0, -1.0])
    yield Case(
        "hinge_embedding_loss",
        lambda x: tg.hinge_embedding_loss(x, t),
        shaped((4,), domain="spaced"),
        lambda x: np.mean(np.where(t > 0, x, np.maximum(0.0, 1.0 - x))),
    )
    yield Case(
        "margin_ranking_loss",
        lambda x, y: tg.margin_ranking_loss(x, y, t, margin=0.05, reduction="none"),
        (((4,), "spaced"), ((4,), "between")),
        lambda x, y: np.maximum(0.0, 0.05 - t * (x - y)),
    )
    yield Case(
        "soft_margin_loss",
        lambda x: tg.soft_margin_loss(x, t),
        shaped((4,)),
        lambda x: np.mean(np.log(1.0 + np.exp(-t * x))),
    )
    yield Case(
        "triplet_margin_loss",
        lambda *xs: tg.triplet_margin_loss(*xs, margin=9.0, reduction="none"),
        shaped((2, 3), (2, 3), (2, 3)),
        lambda a, p, n: (
            np.sqrt(((a - p + 1e-6) ** 2).sum(1))
            - np.sqrt(((a - n + 1e-6) ** 2).sum(1))
            + 9.0
        ),
    )


# Probabilities ------------------------------------------------------------------------


def binary(o, t):
    return -(t * np.log(o) + (1 - t) * np.log(1 - o))


def probabilities():
    yield Case(
        "binary_cross_entropy",
        lambda o, t: tg.binary_cross_entropy(o, t),
        shaped((3, 4), (3, 4), domain="probability"),
        lambda o, t: np.mean(binary(o, t)),
        lambda torch, o, t: torch.nn.functional.binary_cross_entropy(o, t),
    )
    yield Case(
        "binary_cross_entropy",
        lambda o, t, w: tg.binary_cross_entropy(o, t, w, reduction="none"),
        shaped((2, 3), (2, 3), (3,), domain="probability"),
        lambda o, t, w: w * binary(o, t),
        label="weighted",
    )
    sigmoid = scipy.special.expit
    yield Case(
        "binary_cross_entropy_with_logits",
        lambda z, t: tg.binary_cross_entropy_with_logits(z, t),
        (((2, 3), "real"), ((2, 3), "probability")),
        lambda z, t: np.mean(binary(sigmoid(z), t)),
    )
    yield Case(
        "binary_cross_entropy_with_logits",
        lambda z, t, p: tg.binary_cross_entropy_with_logits(
            z, t, pos_weight=p, reduction="sum"
        ),
        (((2, 3), "real"), ((2, 3), "probability"), ((3,), "positive")),
        lambda z, t, p: (
            -np.sum(p * t * np.log(sigmoid(z)) + (1 - t) * np.log(sigmoid(-z)))
        ),
        label="weighted",
    )
    yield Case(
        "kl_div",
        lambda o, t: tg.kl_div(o, t, reduction="batchmean"),
        (((2, 3), "real"), ((2, 3), "distribution")),
        lambda o, t: np.sum(t * (np.log(t) - o)) / 2,
    )
    yield Case(
        "kl_div",
        lambda o, t: tg.kl_div(o, t, log_target=True),
        shaped((2, 3), (2, 3)),
        lambda o, t: np.mean(np.exp(t) * (t - o)),
        label="logarithms",
    )


# Distances ----------------------------------------------------------------------------


def huber(d, bound):
    far = np.abs(d) > bound
    return np.where(far, bound * (np.abs(d) - bound / 2), d * d / 2)


def distances():
    for name, more, loss in (
        ("l1_loss", {}, np.abs),
        ("huber_loss", dict(delta=0.52), lambda d: huber(d, 0.52)),
        ("smooth_l1_loss", dict(beta=0.52), lambda d: huber(d, 0.52) / 0.52),
    ):
        for reduction in ("mean", "sum", "none"):
            yield Case(
                name,
                lambda o, t, name=name, m=more, r=reduction: getattr(tg, name)(
                    o, t, reduction=r, **m
                ),
                (((2, 3), "spaced"), ((2, 3), "between")),
                lambda o, t, f=loss, r=reduction: rows(f(o - t), r),
                label=reduction,
            )


def cosine(x, y, axis=-1):
    lengths = np.linalg.norm(x, axis=axis) * np.linalg.norm(y, axis=axis)
    return (x * y).sum(axis) / lengths


def cosines():
    for label, shapes, axis in (
        ("rows", [(2, 3), (2, 3)], -1),
        ("columns", [(3, 2), (3, 2)], 0),
        ("broadcast", [(2, 1, 3), (4, 3)], -1),
    ):
        yield Case(
            "cosine_similarity",
            lambda x, y, a=axis: tg.cosine_similarity(x, y, a),
            shaped(*shapes),
            lambda x, y, a=axis: cosine(x, y, a),
            label=label,
        )
    t = np.array([1, -1, -1])
    yield Case(
        "cosine_embedding_loss",
        lambda x, y: tg.cosine_embedding_loss(x, y, t, margin=-1.0),
        shaped((3, 2), (3, 2)),
        lambda x, y: np.mean(np.where(t > 0, 1 - cosine(x, y), cosine(x, y) + 1)),
    )


# Tables -------------------------------------------------------------------------------


def tables():
    for label, index in (
        ("repeated", [[2, 0, 2], [3, 2, 0]]),
        ("one", 1),
        ("none", np.zeros((0, 2), int)),
    ):
        yield Case(
            "embedding",
            lambda w, i=index: tg.embedding(np.array(i), w),
            shaped((4, 2)),
            lambda w, i=index: w[np.array(i)],
            lambda torch, w, i=index: torch.nn.functional.embedding(
                torch.tensor(np.array(i)), w
            ),
            label,
            exact=True,
        )


def table():
    parts = (entropies, class_losses, hinges, probabilities, distances, cosines)
    for part in (*parts, tables):
        yield from part()
