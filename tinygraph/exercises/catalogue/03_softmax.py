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
IMPORTS = ["numpy"]
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
    shapes = [(2, 3), (3, 2), (4, 3), (3, 5), (5, 4), (2, 5), (3, 3), (4, 2), (2, 4)]
    z = rng.normal(size=shapes[k - 3])
    if k % 2:
        z[k % len(z)] += 800.0
    return z


def wrong_overflow(z):
    """exp(800) is infinite, and infinity divided by infinity is NaN. Subtract the
    maximum of its row from each score first: the result is the same."""
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


def wrong_mean(z):
    """You subtract something that is far below the largest score of a row, such as the
    mean or the minimum, and exp still overflows. Subtract the maximum of the row."""
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


def wrong_clipped(z):
    """You clip the scores, so that all large ones become equal. Subtract the maximum of
    its row from each score instead: that changes nothing."""
    e = np.exp(np.clip(z, -500.0, 500.0))
    return e / e.sum(axis=-1, keepdims=True)


def wrong_maximum_of_columns(z):
    """You subtract the maximum of each column. Only a number that is the same for a
    whole row leaves softmax unchanged: use axis -1 and keepdims=True."""
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=-1, keepdims=True)


def wrong_absolute_maximum(z):
    """You subtract the largest absolute value. If all scores of a row are far below 0,
    everything becomes exp(-1600) = 0: subtract the maximum itself."""
    e = np.exp(z - np.abs(z).max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def wrong_divided_by_maximum(z):
    """You divide the scores by their maximum, which changes the result: subtract it."""
    e = np.exp(z / z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def wrong_sigmoid(z):
    """This is the sigmoid of each score. In softmax each score competes with the
    others of its row: divide exp(z) by the sum of the row."""
    return 1.0 / (1.0 + np.exp(-z))


def wrong_twice(z):
    """Softmax is applied twice: the distributions are much too flat."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    e = np.exp(e / e.sum(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def wrong_exp_of_sum(z):
    """You divide by exp of the sum. Divide by the sum of the exps."""
    shifted = z - z.max(axis=-1, keepdims=True)
    return np.exp(shifted) / np.exp(shifted.sum(axis=-1, keepdims=True))


def wrong_sum_of_scores(z):
    """You divide by the sum of the scores. Divide by the sum of their exps."""
    shifted = z - z.max(axis=-1, keepdims=True)
    return np.exp(shifted) / z.sum(axis=-1, keepdims=True)


def wrong_length(z):
    """You divide by the length of a row, the root of the sum of squares: divide by the
    plain sum."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / np.sqrt((e**2).sum(axis=-1, keepdims=True))


def wrong_mean_of_exps(z):
    """You divide by the mean of the exps, so each row sums to the number of classes:
    divide by their sum."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.mean(axis=-1, keepdims=True)


def wrong_standardised(z):
    """You divide the scores by their standard deviation, which changes the result.
    Subtract the maximum of the row, and nothing else."""
    z = (z - z.mean(axis=-1, keepdims=True)) / z.std(axis=-1, keepdims=True)
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


def wrong_without_itself(z):
    """You divide each exp by the sum of the others. The sum contains all elements of
    the row, also the one itself."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / (e.sum(axis=-1, keepdims=True) - e)


def wrong_plus_one(z):
    """You add 1 to the sum, as in the sigmoid. Divide by the sum of the exps alone."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / (1.0 + e.sum(axis=-1, keepdims=True))


def wrong_nan_replaced(z):
    """You replace NaN by 0, which hides the overflow. Avoid it: subtract the maximum of
    its row from each score first."""
    e = np.exp(z)
    return np.nan_to_num(e / e.sum(axis=-1, keepdims=True))


def wrong_scaled(z):
    """You divide the scores by 100 against the overflow, which changes the result.
    Subtract the maximum of the row instead."""
    e = np.exp(z / 100.0)
    return e / e.sum(axis=-1, keepdims=True)


def wrong_maximum_in_sum_only(z):
    """You subtract the maximum only in the denominator. Subtract it in both: the factor
    exp(-maximum) then cancels."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.exp(z) / e.sum(axis=-1, keepdims=True)


def wrong_maximum_above_only(z):
    """You subtract the maximum only in the numerator. Subtract it in both: the factor
    exp(-maximum) then cancels."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / np.exp(z).sum(axis=-1, keepdims=True)


def wrong_negative_log(z):
    """This is the negative logarithm of softmax, as in cross-entropy. Return softmax
    itself."""
    shifted = z - z.max(axis=-1, keepdims=True)
    return np.log(np.exp(shifted).sum(axis=-1, keepdims=True)) - shifted


def wrong_largest_only(z):
    """The largest score of each row gets 1, and the others get 0. Each score must get
    its share: divide exp(z) by the sum of its row."""
    return np.eye(z.shape[-1])[z.argmax(axis=-1)]
