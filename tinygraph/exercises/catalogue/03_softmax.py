"""Softmax

Each row of z holds one score for each class.  Softmax makes a distribution of each row:

    y_i = exp(z_i) / (exp(z_1) + exp(z_2) + ...)

Each row of the result sums to 1.  It must hold for large scores too: exp(800) is
infinite for a computer, but softmax does not change when a number is added to a whole
row."""

import numpy as np

POINTS = 3
AFTER = ["01_mse"]
CORNERS = 3
HINTS = [
    "Take one row first: exp of each score, divided by the sum of these.",
    "For many rows the sum is to be taken along the last axis, and keepdims=True keeps "
    "it a column, by which the rows can be divided.",
    "Subtract the largest score of its row from each score. No exp is then above 1.",
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
    """exp(800) is infinite, and infinity divided by infinity is NaN. Subtract its row's
    maximum from each score first: the result is the same."""
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


def wrong_mean(z):
    """You subtract the mean of each row: a score far above the mean still overflows.
    Subtract the row's maximum."""
    e = np.exp(z - z.mean(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def wrong_batch_overflow(z):
    """The sum runs over the whole batch: each row must sum to 1. And exp(800) is
    infinite: subtract its row's maximum from each score first."""
    e = np.exp(z)
    return e / e.sum()


def wrong_whole_maximum(z):
    """You subtract the maximum of the whole batch. Rows far below it become exp(-800) =
    0 everywhere, and 0 / 0 is NaN: each row needs its own maximum."""
    e = np.exp(z - z.max())
    return e / e.sum(axis=-1, keepdims=True)


def wrong_batch(z):
    """The scores are normalised over the whole batch: each row must sum to 1, and a row
    of yours sums to {row_yours:.3g}."""
    e = np.exp(z - z.max())
    return e / e.sum()


def wrong_batch_of_rows(z):
    """The sum runs over the whole batch: each row must sum to 1, and a row of yours
    sums to {row_yours:.3g}."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum()


def wrong_axis(z):
    """The columns sum to 1, instead of the rows: take the last axis, not axis 0."""
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


def wrong_axis_of_sum(z):
    """You divide by the sums of the columns: the sum belongs along the last axis."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=0)


def wrong_not_normalised(z):
    """You do not divide by the sum: each row must sum to 1, and a row of yours sums to
    {row_yours:.3g}."""
    return np.exp(z - z.max(axis=-1, keepdims=True))


def wrong_only_exp(z):
    """This is exp(z) alone: each row must still be divided by its sum."""
    return np.exp(z)


def wrong_no_exp(z):
    """The exp is missing: you divide the scores themselves by their sum."""
    return z / z.sum(axis=-1, keepdims=True)


def wrong_no_exp_shifted(z):
    """The exp is missing: you divide the shifted scores themselves by their sum."""
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted / shifted.sum(axis=-1, keepdims=True)


def wrong_log(z):
    """This is log-softmax, the logarithm of what is asked for."""
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def wrong_sign(z):
    """The sign in the exponent is wrong: the largest score must get the largest
    part."""
    e = np.exp(z.min(axis=-1, keepdims=True) - z)
    return e / e.sum(axis=-1, keepdims=True)
