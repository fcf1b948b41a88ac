"""Softmax, backwards

y = softmax(z) has one distribution in each row, and g = dL/dy is the gradient from
above. Return dL/dz.

Each y_i depends on every z_j of its row: dy_i/dz_j = y_i (1 - y_i) for i = j, and
-y_i y_j otherwise. The slides' rule for single elements does not hold here.
"""

import numpy as np

POINTS = 4
AFTER = ["03_softmax"]
CORNERS = 3
IMPORTS = ["numpy"]
HINTS = [
    "Write down dy_i/dz_j for i = j, and for i different from j.",
    "dL/dz_j is the sum over i of g_i dy_i/dz_j. Insert the two formulas.",
    "One term is the same for all j of a row: the sum over i of g_i y_i.",
]


def softmax_vjp(g, y):
    """g, y: arrays (rows, classes). Return dL/dz, of the same shape."""
    return y * (g - (g * y).sum(axis=-1, keepdims=True))


def forward(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def cases(rng, k):
    if k == 0:  # the slides' two outputs for the target [0, 0, 1, 0]
        y = np.array([[0.2, 0.4, 0.1, 0.3], [0.1, 0.1, 0.7, 0.1]])
        return y - np.array([0.0, 0.0, 1.0, 0.0]), y
    shapes = [(1, 3), (3, 4), (2, 3), (4, 3), (3, 5), (3, 3), (5, 2), (2, 4), (4, 5)]
    shape = [*shapes, (3, 2), (5, 4)][k - 1]
    g = rng.normal(size=shape) * (k != 2)  # g = 0 must give 0
    return g, forward(rng.normal(size=shape))


def wrong_identity(g, y):
    """The factor from softmax's Jacobian is missing: you return g itself."""
    return g


def wrong_diagonal(g, y):
    """Only the diagonal of the Jacobian is used, y (1 - y) g. Softmax couples all
    elements of a row: each row must sum to 0, but a row of yours sums to
    {row_yours:.3g}."""
    return y * (1 - y) * g


def wrong_product(g, y):
    """This is y g: the term -y (g . y) is missing. Each row must sum to 0, but a row of
    yours sums to {row_yours:.3g}."""
    return y * g


def wrong_cross_entropy(g, y):
    """You return y - g. y - t is the gradient of softmax and cross-entropy together.
    Here, go back through softmax alone, with the g that is given."""
    return y - g


def wrong_inner_of_batch(g, y):
    """The sum of g y runs over the whole batch: each row needs its own sum."""
    return y * (g - (g * y).sum())


def wrong_inner_of_columns(g, y):
    """The sum of g y runs along axis 0, down the columns: each row needs its own sum,
    along the last axis."""
    return y * (g - (g * y).sum(axis=0))


def wrong_mean(g, y):
    """You use the mean of g y over a row instead of the sum."""
    return y * (g - (g * y).mean(axis=-1, keepdims=True))


def wrong_sum_of_g(g, y):
    """You subtract the sum of g. Subtract the sum of g y, in which every g_i has the
    weight y_i."""
    return y * (g - g.sum(axis=-1, keepdims=True))


def wrong_outer_factor(g, y):
    """The factor y outside is missing: subtract from each row of g its mean, weighted
    with y, and then multiply by y."""
    return g - (g * y).sum(axis=-1, keepdims=True)


def wrong_plus(g, y):
    """The sign of the second term is wrong: it is y g - y (g . y)."""
    return y * (g + (g * y).sum(axis=-1, keepdims=True))


def wrong_sign(g, y):
    """The sign is wrong everywhere: this is -dL/dz, the direction of a step."""
    return y * ((g * y).sum(axis=-1, keepdims=True) - g)


def wrong_g_ignored(g, y):
    """You return 0 everywhere. That is right only if all g_i of a row are equal: each
    row of y sums to 1. Do you sum the Jacobian times g over the wrong axis, do both
    terms use the same g_i, is g ignored, or are your results cut to whole numbers?"""
    return np.zeros_like(y)


def wrong_slope_only(g, y):
    """This is y (1 - y), only the slope of y_i with respect to z_i: g and the other
    elements of the row are not used."""
    return y * (1 - y)


def wrong_softmax_again(g, y):
    """You apply softmax to y again. y is already softmax(z): use it as it is."""
    y = forward(y)
    return y * (g - (g * y).sum(axis=-1, keepdims=True))


def wrong_log_softmax(g, y):
    """This goes back through log-softmax, g - y (sum of g). For softmax itself it is y
    (g - the sum of g y)."""
    return g - y * g.sum(axis=-1, keepdims=True)


def wrong_off_diagonal(g, y):
    """This is only -y (g . y): the term y g, from the diagonal, is missing."""
    return -y * (g * y).sum(axis=-1, keepdims=True)


def wrong_diagonal_twice(g, y):
    """The diagonal is subtracted twice: the sum over all i of g_i y_i already contains
    i = j, so the first term is y g, not y (1 - y) g."""
    return y * (1 - y) * g - y * (g * y).sum(axis=-1, keepdims=True)


def wrong_second_factor(g, y):
    """The factor y is missing from the second term: it is y g - y (g . y)."""
    return y * g - (g * y).sum(axis=-1, keepdims=True)


def wrong_last_only(g, y):
    """You use only the last y_i of each row. In the loop over i, add up with +=, and
    begin with 0 only once, before that loop."""
    last = np.zeros_like(g)
    last[:, -1] = g[:, -1]
    return softmax_vjp(last, y)


def wrong_target(g, y):
    """You return y times the difference y - g, as if g were the target. g is the
    gradient from above."""
    return y * (y - g)


def wrong_sigmoid_of_y(g, y):
    """Your slope is s (1 - s) with s = sigmoid(y). y is a result of softmax, and each
    y_i depends on the whole row of z."""
    s = 1 / (1 + np.exp(-y))
    return s * (1 - s) * g


def wrong_plain_mean(g, y):
    """You subtract the plain mean of g. Subtract the mean weighted with y, the sum of g
    y."""
    return y * (g - g.mean(axis=-1, keepdims=True))


def wrong_largest(g, y):
    """You subtract the largest element of g: that is for softmax forward. Backward,
    subtract the sum of g y."""
    return y * (g - g.max(axis=-1, keepdims=True))


def wrong_sum_for_g(g, y):
    """The first term contains the sum of g over the row. It is y_i g_i, with the g of
    the element itself."""
    sums = g.sum(axis=-1, keepdims=True), (g * y).sum(axis=-1, keepdims=True)
    return y * (sums[0] - sums[1])


def wrong_ones_on_diagonal(g, y):
    """The diagonal of your Jacobian is 1 - y_i^2. It is y_i - y_i^2: the matrix is
    diag(y) - y y^T."""
    return g - y * (g * y).sum(axis=-1, keepdims=True)


def wrong_no_diagonal(g, y):
    """The diagonal of the Jacobian is missing: dy_i/dz_i is y_i (1 - y_i)."""
    return softmax_vjp(g, y) - y * (1 - y) * g


def wrong_sigmoid_minus_y(g, y):
    """You subtract y itself. The second term is y times the sum of g y over the row."""
    return y * (1 - y) * g - y


def wrong_off_diagonal_plus(g, y):
    """The sign outside the diagonal of the Jacobian is wrong: dy_i/dz_j is -y_i y_j
    there."""
    return y * (1 - 2 * y) * g + y * (g * y).sum(axis=-1, keepdims=True)


def wrong_first_row_only(g, y):
    """You use the Jacobian of the first row for all rows: each row of y has its own."""
    return softmax_vjp(g, np.broadcast_to(y[:1], y.shape))


def wrong_factor_of_g(g, y):
    """You multiply the second term by g as well: it is y (g . y), in which each g_i
    occurs once."""
    return y * g - g * y * (g * y).sum(axis=-1, keepdims=True)


def wrong_mean_of_rows(g, y):
    """The result is divided by the number of rows. Only a mean in the loss divides by
    it, and then g is divided already."""
    return softmax_vjp(g, y) / len(y)


def wrong_diagonal_without_y(g, y):
    """The diagonal of your Jacobian is 1 - y_i. The factor y_i is missing there: it is
    y_i (1 - y_i)."""
    return softmax_vjp(g, y) + (1.0 - y) ** 2 * g
