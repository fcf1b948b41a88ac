"""Matrix multiplication, backwards

y = a @ b, and g = dL/dy is the gradient from above. Return dL/da and dL/db.

The element y[n, m] is the sum over k of a[n, k] b[k, m]. So a[n, k] contributes to
all of row n of y, and b[k, m] to all of column m."""

import numpy as np

POINTS = 4
AFTER = ["07_sum_to"]
CORNERS = 3
IMPORTS = ["numpy"]
HINTS = [
    "dL/da[n, k] is the sum over m of g[n, m] b[k, m]. Find the sum for dL/db[k, m].",
    "Each of these sums is a product of two matrices, one of them transposed.",
    "Look at the shapes: (n, m) times (m, k) gives (n, k), the shape of a.",
]


def matmul_vjp(g, a, b):
    """g: array (n, m); a: array (n, k); b: array (k, m). Return the tuple of dL/da and
    dL/db, of a's and b's shapes."""
    return g @ b.T, a.T @ g


def forward(a, b):
    return a @ b


def cases(rng, k):
    sizes = ["234", "333", "425", "542", "253", "333", "354", "432", "523", "333"]
    n, middle, m = map(int, [*sizes, "245", "534"][k])
    g, a = rng.normal(size=(n, m)), rng.normal(size=(n, middle))
    b = rng.normal(size=(middle, m))
    # The first elements of both results are negative.
    a, b = -np.sign(a[:, 0] @ g[:, 0]) * a, -np.sign(g[0] @ b[0]) * b
    return g * (k != 2), a, b  # g = 0 must give 0


def wrong_transposed(g, a, b):
    """Both results are transposed: dL/da has the shape of a, and dL/db the shape of
    b."""
    return b @ g.T, g.T @ a


def wrong_da_transposed(g, a, b):
    """dL/da is transposed: yours has shape {shape}, and a has {expected}."""
    return b @ g.T, a.T @ g


def wrong_db_transposed(g, a, b):
    """dL/db is transposed: yours has shape {shape}, and b has {expected}."""
    return g @ b.T, g.T @ a


def wrong_swapped(g, a, b):
    """The two results are swapped: dL/da comes first, then dL/db."""
    return a.T @ g, g @ b.T


def wrong_b_not_transposed(g, a, b):
    """b is not transposed in dL/da: with shapes (n, m) and (k, m), only g @ b.T always
    fits."""
    return g @ b, a.T @ g


def wrong_a_not_transposed(g, a, b):
    """a is not transposed in dL/db: with shapes (n, k) and (n, m), only a.T @ g always
    fits."""
    return g @ b.T, a @ g


def wrong_neither_transposed(g, a, b):
    """Neither a nor b is transposed, which fits only if all matrices are square."""
    return g @ b, a @ g


def wrong_elementwise(g, a, b):
    """This multiplies element by element, with *. Multiply matrices with @."""
    return g * b, a * g


def wrong_g_ignored(g, a, b):
    """g is ignored, but g = 0 must give 0. These are the gradients of the sum of y."""
    ones = np.ones_like(g)
    return ones @ b.T, a.T @ ones


def wrong_order(g, a, b):
    """The factors are in the wrong order: (n, m) @ (m, k) gives dL/da, and (k, n) @ (n,
    m) gives dL/db."""
    return b.T @ g, g @ a.T


def wrong_batch_size(g, a, b):
    """Both results are divided by the batch size. Only a mean in the loss divides by
    it, and then g is divided already."""
    return g @ b.T / len(g), a.T @ g / len(g)


def wrong_db_batch_size(g, a, b):
    """dL/db is divided by the batch size. Only a mean in the loss divides by it, and
    then g is divided already."""
    return g @ b.T, a.T @ g / len(g)


def wrong_sign(g, a, b):
    """The sign of both results is wrong: this is the direction of a step, not the
    gradient."""
    return -(g @ b.T), -(a.T @ g)


def wrong_da_reshaped(g, a, b):
    """In dL/da, b is reshaped instead of transposed. reshape only writes the same
    elements into other rows; b.T swaps rows and columns."""
    return g @ b.reshape(b.shape[::-1]), a.T @ g


def wrong_db_reshaped(g, a, b):
    """In dL/db, a is reshaped instead of transposed. reshape only writes the same
    elements into other rows; a.T swaps rows and columns."""
    return g @ b.T, a.reshape(a.shape[::-1]) @ g


def wrong_da_overwritten(g, a, b):
    """dL/da keeps only the last term of each sum. In the loop over m, add up with +=,
    and set dL/da to zeros only once, before all loops."""
    return np.outer(g[:, -1], b[:, -1]), a.T @ g


def wrong_db_overwritten(g, a, b):
    """dL/db keeps only the last row of the batch. In the loop over n, add up with +=,
    and set dL/db to zeros only once, before all loops."""
    return g @ b.T, np.outer(a[-1], g[-1])


def wrong_da_first_term(g, a, b):
    """dL/da keeps only the first term of each sum: add up over all m, as g @ b.T
    does."""
    return np.outer(g[:, 0], b[:, 0]), a.T @ g


def wrong_db_first_row(g, a, b):
    """dL/db keeps only the first row of the batch: add up over all rows, as a.T @ g
    does."""
    return g @ b.T, np.outer(a[0], g[0])


def wrong_output_as_g(g, a, b):
    """You use y = a @ b where g should be."""
    return a @ b @ b.T, a.T @ a @ b


def wrong_inverse(g, a, b):
    """You use inverses, as if y = a @ b were to be solved for a and b. A gradient needs
    the transposes: g @ b.T and a.T @ g."""
    return g @ np.linalg.pinv(b), np.linalg.pinv(a) @ g


def wrong_sums_multiplied(g, a, b):
    """You multiply sums: dL/da[n, k] is the sum over m of the products g[n, m] b[k, m].
    Multiply first, then add up."""
    da = np.outer(g.sum(axis=1), b.sum(axis=1))
    return da, np.outer(a.sum(axis=0), g.sum(axis=0))


def wrong_output_too_many(g, a, b):
    """There is a factor y = a @ b too many: g already contains all that comes after
    y."""
    g = g * (a @ b)
    return g @ b.T, a.T @ g


def wrong_da_sum_of_b(g, a, b):
    """dL/da[n, k] contains the sum of b[k, m] over m. Multiply each b[k, m] by its own
    g[n, m] first: g @ b.T."""
    return g.sum(axis=1, keepdims=True) * b.sum(axis=1), a.T @ g
