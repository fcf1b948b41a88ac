"""The error of an output

The slides' "mean square error" of a network's output o for the target t is

    E = 1/2 (t_1 - o_1)^2 + 1/2 (t_2 - o_2)^2 + ...

In spite of its name this is a sum, of one half of each square. Return that number.

For the target [0, 0, 1, 0], the output [0.2, 0.4, 0.1, 0.3] has the error 0.55, and
the output [0.1, 0.1, 0.7, 0.1] has the error 0.06.
"""

import numpy as np

POINTS = 2
AFTER = []
CORNERS = 3
IMPORTS = ["numpy"]
HINTS = [
    "Compute the four squares of the first output by hand. They add up to 1.1.",
    "An array minus an array is an array of differences; ** 2 squares each of them.",
    "NumPy adds up all elements with .sum(). The factor 1/2 can go anywhere.",
]


def mse(target, output):
    """target, output: arrays of the same length. Return the number E."""
    return 0.5 * ((target - output) ** 2).sum()


def cases(rng, k):
    target = np.array([0.0, 0.0, 1.0, 0.0])
    if k == 0:  # the slides' two outputs
        return target, np.array([0.2, 0.4, 0.1, 0.3])
    if k == 1:
        return target, np.array([0.1, 0.1, 0.7, 0.1])
    if k == 2:
        return rng.uniform(-1.5, -0.5, size=1), rng.uniform(0.05, 0.95, size=1)
    n = (4, 2, 6, 3, 8, 5, 7, 2, 3)[k - 3]
    target, high = rng.uniform(-1.5, 0.0, size=n), rng.permutation(n) < n // 2
    target[high] = rng.uniform(1.0, 1.5, size=n // 2)  # outputs on both sides
    return target, rng.uniform(0.05, 0.95, size=n)


def wrong_no_half(target, output):
    """The factor 1/2 is missing: you return {yours:.4g} instead of {right:.4g}."""
    return ((target - output) ** 2).sum()


def wrong_mean(target, output):
    """This is the mean of the squares. The slides add up halves of the squares and do
    not divide by their number: {right:.4g}, not {yours:.4g}."""
    return ((target - output) ** 2).mean()


def wrong_half_mean(target, output):
    """This is half of the mean. In spite of the name, the slides use the sum of the
    halves: {right:.4g}, not {yours:.4g}."""
    return 0.5 * ((target - output) ** 2).mean()


def wrong_root(target, output):
    """This is the square root of the sum of squares, a length. E has no root, but a
    factor 1/2."""
    return np.sqrt(((target - output) ** 2).sum())


def wrong_absolute(target, output):
    """You add up the absolute differences, |t - o|, instead of their squares."""
    return np.abs(target - output).sum()


def wrong_half_absolute(target, output):
    """You add up halves of |t - o| instead of halves of the squares."""
    return 0.5 * np.abs(target - output).sum()


def wrong_square_of_sum(target, output):
    """You square the sum of the differences. Square each difference first, then add up,
    so that errors of different signs do not cancel."""
    return 0.5 * (target - output).sum() ** 2


def wrong_not_squared(target, output):
    """The differences are not squared, so differences of different signs cancel."""
    return 0.5 * (target - output).sum()


def wrong_terms(target, output):
    """Return the sum, not its terms: the result has shape {shape}, expected
    {expected}."""
    return 0.5 * (target - output) ** 2


def wrong_sign(target, output):
    """The sign is wrong: an error is never negative, but yours is {yours:.4g}."""
    return -0.5 * ((target - output) ** 2).sum()


def wrong_cross_entropy(target, output):
    """This is the cross-entropy. It suits softmax better, but the exercise asks for the
    slides' sum of halved squares."""
    return -(target * np.log(output)).sum()


def wrong_half_inside(target, output):
    """This is half of E. Is the factor 1/2 inside the square, where it becomes 1/4, or
    used twice?"""
    return ((0.5 * (target - output)) ** 2).sum()


def wrong_last_term(target, output):
    """Only the last term is left. In a loop, add each term with error += ..., and set
    error to 0 only once, before the loop."""
    return 0.5 * (target[-1] - output[-1]) ** 2


def wrong_first_term(target, output):
    """Only the first term is used. Is there a return inside the loop?"""
    return 0.5 * (target[0] - output[0]) ** 2


def wrong_difference_of_squares(target, output):
    """You subtract the squares, t^2 - o^2. Subtract first, then square: (t - o)^2."""
    return 0.5 * (target**2 - output**2).sum()


def wrong_root_mean(target, output):
    """This is the root of the mean square. E has neither a root nor a mean: it is the
    sum of the halved squares."""
    return np.sqrt(((target - output) ** 2).mean())


def wrong_root_of_error(target, output):
    """This is the square root of E: leave the root out."""
    return np.sqrt(0.5 * ((target - output) ** 2).sum())


def wrong_gradient(target, output):
    """This is o - t, the gradient of E with respect to the output. Return E itself, a
    number: yours has shape {shape}."""
    return output - target


def wrong_largest(target, output):
    """Only the largest difference counts: add up the halved squares of all of them."""
    return 0.5 * ((target - output) ** 2).max()


def wrong_sum_of_squares(target, output):
    """You add up the squares of targets and outputs. Subtract first, then square: (t -
    o)^2."""
    return 0.5 * (target**2 + output**2).sum()


def wrong_output_squared(target, output):
    """Brackets are missing: t - o ** 2 squares only o. Write (t - o) ** 2."""
    return 0.5 * (target - output**2).sum()


def wrong_target_class_only(target, output):
    """You use only the elements whose target is 1. The others count too: their outputs
    should be 0."""
    return 0.5 * ((target - output)[target > 0.5] ** 2).sum()


def wrong_halved_each_time(target, output):
    """You halve the sum again with each term: divide by 2 once, after the loop."""
    error = 0.0
    for t, o in zip(target, output, strict=True):
        error = (error + (t - o) ** 2) / 2.0
    return error


def wrong_normalised(target, output):
    """You divide the outputs by their sum first: use them as they are."""
    return mse(target, output / output.sum())


def wrong_half_root(target, output):
    """This is half of the length of target - output: you take a square root, as
    np.linalg.norm does. E has no root: square the differences, and add them up."""
    return 0.5 * np.sqrt(((target - output) ** 2).sum())


def wrong_zero(target, output):
    """You return 0. Is there a 1 // 2, or an int(...)? 1 // 2 is 0 in Python: write
    1 / 2, or 0.5."""
    return 0.0


def wrong_square_of_whole_sum(target, output):
    """You square the sum of the differences, and the factor 1/2 is missing. Square each
    difference first, then add up, and halve the result."""
    return (target - output).sum() ** 2


def wrong_mean_absolute(target, output):
    """This is the mean of |t - o|. E is the sum of the halved squares."""
    return np.abs(target - output).mean()


def wrong_variance(target, output):
    """This is the variance of the differences: np.var subtracts their mean first.
    Square the differences themselves."""
    return np.var(target - output)


def wrong_half_variance(target, output):
    """This is half of the variance of the differences: np.var subtracts their mean, and
    divides by their number. Square the differences themselves, and add them up."""
    return 0.5 * np.var(target - output)
