"""The slopes of sigmoid and ReLU

Backpropagation needs the derivative of every activation function. Write those of

    sigmoid(x) = 1 / (1 + exp(-x))
    relu(x) = x where x > 0, and 0 elsewhere

for each element of x. Both must also work for large x, such as 800 and -800.

At x = 0 ReLU has no derivative: any slope from 0 to 1 is accepted there.
"""

import numpy as np

POINTS = 2
AFTER = ["01_mse"]
CORNERS = 3
IMPORTS = ["numpy"]
HINTS = [
    "Differentiate 1 / (1 + exp(-x)) by the chain rule, and find the sigmoid in it.",
    "With s = sigmoid(x), the slope is s times something simple. At x = 0 it is 1/4.",
    "ReLU is a straight line on each side of 0. What is the slope on the left, and "
    "what is it on the right? A comparison gives both.",
]


def sigmoid_grad(x):
    """x: array. Return the slope of the sigmoid at each element, of the same shape."""
    s = 1.0 / (1.0 + np.exp(-x))
    return s * (1.0 - s)


def relu_grad(x):
    """x: array. Return the slope of ReLU at each element, of the same shape."""
    return np.where(x > 0.0, 1.0, 0.0)


def cases(rng, k):
    if k == 0:
        return np.array([-5.0, -2.0, -1.0, -0.0, 0.0, 1.0, 2.0, 5.0])
    if k == 1:
        return np.array([[-800.0, -30.0, 0.5], [800.0, 30.0, -0.5]])
    if k == 2:
        return rng.uniform(0.1, 0.9, size=1)
    shape = [(4,), (2, 3), (6,), (3, 2), (5,), (4, 3), (2, 4), (7,), (3, 3)][k - 3]
    x = rng.uniform(-4.0, 4.0, size=np.prod(shape))
    small = 0.1 + 0.5 * (k % 2)  # or between 1/2 and 1
    low = np.array([-4.0, -small - 0.3, small, 1.1])
    x[:4] = rng.uniform(low, low + np.array([2.9, 0.3, 0.3, 2.9]))
    return rng.permutation(x).reshape(shape)


def accept(name, yours, x):
    if name != "relu_grad" or np.shape(yours) != x.shape:
        return None
    kink = x == 0.0
    if not np.allclose(yours[~kink], relu_grad(x)[~kink], rtol=1e-6, atol=1e-9):
        return None
    if not ((yours[kink] >= 0.0) & (yours[kink] <= 1.0)).all():
        return None
    return "at x = 0 any slope of ReLU from 0 to 1 is right; tinygraph's is 0"


def wrong_sigmoid_grad_itself(x):
    """This is the sigmoid itself, not its slope: at x = 0 the slope is 1/4."""
    return 1.0 / (1.0 + np.exp(-x))


def wrong_sigmoid_grad_of_x(x):
    """You return x (1 - x). The rule is s (1 - s) with s = sigmoid(x), not x."""
    return x * (1.0 - x)


def wrong_sigmoid_grad_twice(x):
    """The sigmoid is applied twice: in s (1 - s), s is sigmoid(x). Do you pass s where
    x should be?"""
    s = 1.0 / (1.0 + np.exp(-1.0 / (1.0 + np.exp(-x))))
    return s * (1.0 - s)


def wrong_sigmoid_grad_sign(x):
    """The sign is wrong: the sigmoid rises everywhere, so no slope is negative."""
    s = 1.0 / (1.0 + np.exp(-x))
    return s * (s - 1.0)


def wrong_sigmoid_grad_square(x):
    """You return s^2. One of the two factors is 1 - s."""
    s = 1.0 / (1.0 + np.exp(-x))
    return s * s


def wrong_sigmoid_grad_tanh(x):
    """1 - s^2 is the rule for tanh. For the sigmoid it is s (1 - s)."""
    s = 1.0 / (1.0 + np.exp(-x))
    return 1.0 - s**2


def wrong_sigmoid_grad_overflow(x):
    """Right, but not for large x: exp(800) is infinite, and infinity divided by
    infinity is NaN. Write the slope using only s = sigmoid(x), which stays between 0
    and 1."""
    e = np.exp(-x)
    return e / (1.0 + e) ** 2


def wrong_sigmoid_grad_overflow_above(x):
    """Right, but not for large x: exp(x) is infinite for x = 800, and infinity divided
    by infinity is NaN. Write the slope using only s = sigmoid(x), which stays between 0
    and 1."""
    e = np.exp(x)
    return e / (1.0 + e) ** 2


def wrong_relu_grad_itself(x):
    """This is ReLU itself, not its slope, which is 0 or 1."""
    return np.maximum(x, 0.0)


def wrong_relu_grad_sign(x):
    """This is the sign of x. To the left of 0 ReLU is flat: its slope there is 0, not
    -1."""
    return np.sign(x)


def wrong_relu_grad_sides(x):
    """The sides are swapped: ReLU rises to the right of 0 and is flat to the left of
    it."""
    return np.where(x < 0.0, 1.0, 0.0)


def wrong_relu_grad_ones(x):
    """The slope is 1 only where x > 0. To the left of 0 ReLU is flat, with slope 0."""
    return np.ones_like(x)


def wrong_relu_grad_leaky(x):
    """This is the slope of a leaky ReLU. To the left of 0 the slope of ReLU is 0."""
    return np.where(x > 0.0, 1.0, 0.01)


def wrong_relu_grad_quotient(x):
    """relu(x) / x is 0 / 0 at x = 0, which is NaN. Compare x with 0 instead."""
    return np.maximum(x, 0.0) / x


def wrong_sigmoid_grad_one_minus(x):
    """This is only 1 - s: the other factor, s itself, is missing."""
    return 1.0 - 1.0 / (1.0 + np.exp(-x))


def wrong_sigmoid_grad_mixed(x):
    """You return s (1 - x). Both factors are made of s = sigmoid(x): s (1 - s)."""
    return (1.0 - x) / (1.0 + np.exp(-x))


def wrong_sigmoid_grad_not_squared(x):
    """This is exp(-x) / (1 + exp(-x)): the quotient rule squares the denominator. The
    slope is s (1 - s), which does not overflow either."""
    e = np.exp(-x)
    return e / (1.0 + e)


def wrong_sigmoid_grad_inner_sign(x):
    """The sign is wrong: the derivative of 1 / u has a minus, and the derivative of
    exp(-x) has another. They cancel."""
    e = np.exp(-x)
    return -e / (1.0 + e) ** 2


def wrong_sigmoid_grad_brackets(x):
    """Brackets are missing: 1 / 1 + exp(-x) is 1 + exp(-x). Write 1 / (1 + exp(-x))."""
    s = 1.0 + np.exp(-x)
    return s * (1.0 - s)


def wrong_sigmoid_grad_times_x(x):
    """There is a factor x too many: the slope of the sigmoid is s (1 - s) alone."""
    s = 1.0 / (1.0 + np.exp(-x))
    return x * s * (1.0 - s)


def wrong_sigmoid_grad_of_relu(x):
    """This is the slope of ReLU: have the two functions been swapped?"""
    return np.where(x > 0.0, 1.0, 0.0)


def wrong_relu_grad_of_sigmoid(x):
    """This is the slope of the sigmoid: have the two functions been swapped?"""
    s = 1.0 / (1.0 + np.exp(-x))
    return s * (1.0 - s)


def wrong_relu_grad_minus_one(x):
    """To the left of 0 ReLU is flat: its slope there is 0, not -1."""
    return np.where(x > 0.0, 1.0, -1.0)


def wrong_relu_grad_kept(x):
    """To the left of 0 you return x itself: ReLU is flat there, with slope 0."""
    return np.where(x > 0.0, 1.0, x)


def wrong_relu_grad_unchanged(x):
    """To the right of 0 you return x itself, or at least 1: there the slope is 1,
    however large x is."""
    return np.where(x > 0.0, np.maximum(x, 1.0), 0.0)


def wrong_sigmoid_grad_of_tanh(x):
    """This is the slope of tanh, 1 - tanh(x)^2. That of the sigmoid is s (1 - s)."""
    return 1.0 - np.tanh(x) ** 2


def wrong_sigmoid_grad_absolute(x):
    """You use |x| in the sigmoid. The sigmoid of a negative x is below 1/2."""
    return 1.0 / (1.0 + np.exp(-np.abs(x)))


def wrong_relu_grad_of_square(x):
    """To the right of 0 you return 2 x, the slope of a square: ReLU is a straight line,
    with slope 1."""
    return np.where(x > 0.0, 2.0 * x, 0.0)


def wrong_sigmoid_grad_plus(x):
    """You return s (1 + s). The second factor is 1 - s: at x = 0 the slope is 1/4."""
    s = 1.0 / (1.0 + np.exp(-x))
    return s * (1.0 + s)


def wrong_sigmoid_grad_zero(x):
    """Your slope is 0 everywhere. Are brackets missing? s * 1 - s is 0: write
    s * (1 - s). An array of whole numbers would cut all slopes to 0 as well."""
    return np.zeros_like(x)


def wrong_sigmoid_grad_clipped(x):
    """You limit x to the range from -1 to 1. Outside of it the sigmoid has another
    slope: it comes closer and closer to 0."""
    s = 1.0 / (1.0 + np.exp(-np.clip(x, -1.0, 1.0)))
    return s * (1.0 - s)


def wrong_relu_grad_threshold(x):
    """You compare x with 1. ReLU rises wherever x is above 0, with slope 1."""
    return np.where(x >= 1.0, 1.0, 0.0)


def wrong_relu_grad_limited(x):
    """Between 0 and 1 you return x itself: the slope is 1 wherever x is above 0."""
    return np.clip(x, 0.0, 1.0)
