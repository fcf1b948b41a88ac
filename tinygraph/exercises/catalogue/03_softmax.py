"""Softmax

Each row of z has one score for each class. Softmax turns each row into a distribution:

    y_i = exp(z_i) / (exp(z_1) + exp(z_2) + ...)

Each row of the result sums to 1. It must also work for large scores: exp(800) is
infinite on a computer, but softmax does not change when a number is added to a whole
row."""

import numpy as np

POINTS = 3
AFTER = ["01_mse"]
CORNERS = 3
HINTS = [
    "Start with one row: exp of each score, divided by their sum.",
    "For many rows, take the sum along the last axis. keepdims=True keeps it as a "
    "column, by which you can divide the rows.",
    "Subtract from each score the largest score of its row. Then no exp is above 1.",
]


def softmax(z):
    """z: array (rows, classes). Return the distributions, of the same shape."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def cases(rng, k):
    if k == 0:  # the slides' two outputs come out
        return np.log([[0.2, 0.4, 0.1, 0.3], [0.1, 0.1, 0.7, 0.1]])
    if k == 1:
        return np.array([[1.0, 2.0, 3.0], [801.0, 802.0, 800.0], [1500.0, 0.0, 1.0]])
    if k == 2:
        return np.array([[-801.0, -802.0, -800.5], [0.5, 0.5, -1.0], [1.0, 0.0, 2.0]])
    z = rng.normal(size=rng.integers(2, 6, 2))
    if k % 2:
        z[rng.integers(len(z))] += 800.0
    return z


def wrong_overflow(z):
    """exp(800) is infinite, and infinity divided by infinity is NaN. Subtract the
    maximum of its row from each score first: the result is the same."""
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


def wrong_mean(z):
    """You subtract the mean of each row, but a score far above the mean still
    overflows. Subtract the maximum of the row."""
    e = np.exp(z - z.mean(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def wrong_batch_overflow(z):
    """The sum runs over the whole batch, but each row must sum to 1. Also, exp(800) is
    infinite: subtract the maximum of its row from each score first."""
    e = np.exp(z)
    return e / e.sum()


def wrong_whole_maximum(z):
    """You subtract the maximum of the whole batch. In rows far below it, everything
    becomes exp(-800) = 0, and 0 / 0 is NaN: subtract each row's own maximum."""
    e = np.exp(z - z.max())
    return e / e.sum(axis=-1, keepdims=True)


def wrong_batch(z):
    """The scores are normalised over the whole batch. Each row must sum to 1, but a row
    of yours sums to {row_yours:.3g}."""
    e = np.exp(z - z.max())
    return e / e.sum()


def wrong_batch_of_rows(z):
    """The sum runs over the whole batch. Each row must sum to 1, but a row of yours
    sums to {row_yours:.3g}."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum()


def wrong_axis(z):
    """The columns sum to 1 instead of the rows: use the last axis, not axis 0."""
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


def wrong_axis_of_sum(z):
    """You divide by the sums of the columns: sum along the last axis instead."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=0)


def wrong_not_normalised(z):
    """You do not divide by the sum. Each row must sum to 1, but a row of yours sums to
    {row_yours:.3g}."""
    return np.exp(z - z.max(axis=-1, keepdims=True))


def wrong_only_exp(z):
    """This is only exp(z): divide each row by its sum."""
    return np.exp(z)


def wrong_no_exp(z):
    """The exp is missing: you divide the scores themselves by their sum."""
    return z / z.sum(axis=-1, keepdims=True)


def wrong_no_exp_shifted(z):
    """The exp is missing: you divide the shifted scores themselves by their sum."""
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted / shifted.sum(axis=-1, keepdims=True)


def wrong_log(z):
    """This is log-softmax, the logarithm of the right result."""
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def wrong_sign(z):
    """The sign in the exponent is wrong: the largest score must get the largest
    share."""
    e = np.exp(z.min(axis=-1, keepdims=True) - z)
    return e / e.sum(axis=-1, keepdims=True)
