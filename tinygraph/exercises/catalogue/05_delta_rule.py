"""The delta rule

One layer of sigmoid units has inputs a and weights W. Unit i gets the input
in_i = sum over j of W[j, i] a_j, and its output is out_i = sigmoid(in_i). The error
for the target y is E = sum of 1/2 (y_i - out_i)^2.

Return dE/dW, which the slides derive: its element [j, i] is -a_j Delta_i, with
Delta_i = (y_i - out_i) g'(in_i), where g is the sigmoid.
"""

import numpy as np

POINTS = 3
AFTER = ["01_mse", "02_activation_grads"]
CORNERS = 3
IMPORTS = ["numpy"]
HINTS = [
    "Compute the vector in first, then out, and then Delta: each has one element per "
    "unit.",
    "g'(in_i) = out_i (1 - out_i), because out_i is already the sigmoid of in_i.",
    "The weight [j, i] leads from input j to unit i: each pair of an a_j and a Delta_i "
    "gives one element. np.outer multiplies all pairs.",
]


def delta_rule(a, W, y):
    """a: array (n,); W: array (n, m); y: array (m,). Return dE/dW, of W's shape."""
    out = 1.0 / (1.0 + np.exp(-(a @ W)))
    delta = (y - out) * out * (1.0 - out)
    return -np.outer(a, delta)


def forward(W, a, y):
    out = 1.0 / (1.0 + np.exp(-(a @ W)))
    return 0.5 * ((y - out) ** 2).sum()


def cases(rng, k):
    if k < 2:  # the slides' two outputs; the second input is 1/2, with weights of 0
        out = np.array([[0.2, 0.4, 0.1, 0.3], [0.1, 0.1, 0.7, 0.1]][k])
        W = np.array([np.log(out / (1.0 - out)), np.zeros(4)])
        return np.array([1.0, 0.5]), W, np.array([0.0, 0.0, 1.0, 0.0])
    sizes = [(3, 3), (2, 3), (3, 5), (4, 6), (2, 5), (5, 6), (3, 4), (4, 7), (2, 4)]
    n, m = [*sizes, (3, 6)][k - 2]
    a, W = rng.normal(size=n), rng.normal(size=(n, m))
    out, share = 1.0 / (1.0 + np.exp(-(a @ W))), rng.uniform(0.2, 0.9, size=m)
    above = np.arange(m) % 2  # every second target is above its output
    return a, W, out * (1.0 - share) + above * share


def wrong_no_slope(a, W, y):
    """The factor g'(in_i) is missing from Delta_i."""
    out = 1.0 / (1.0 + np.exp(-(a @ W)))
    return -np.outer(a, y - out)


def wrong_slope_at_output(a, W, y):
    """g' is evaluated at the output instead of at in_i. With out_i = sigmoid(in_i) it
    is out_i (1 - out_i), without another sigmoid."""
    out = 1.0 / (1.0 + np.exp(-(a @ W)))
    again = 1.0 / (1.0 + np.exp(-out))
    return -np.outer(a, (y - out) * again * (1.0 - again))


def wrong_slope_of_input(a, W, y):
    """You use in (1 - in) as g'(in). The rule is out (1 - out)."""
    total = a @ W
    out = 1.0 / (1.0 + np.exp(-total))
    return -np.outer(a, (y - out) * total * (1.0 - total))


def wrong_sign(a, W, y):
    """The sign is wrong: you return a_j Delta_i, the direction in which to change the
    weights. The gradient is -a_j Delta_i."""
    return -delta_rule(a, W, y)


def wrong_transposed(a, W, y):
    """The result is transposed: the element [j, i] belongs to the weight from input j
    to unit i. Yours has shape {shape}, expected {expected}."""
    return delta_rule(a, W, y).T


def wrong_delta_only(a, W, y):
    """This is only Delta, or its negative: the factor a_j is missing. Yours has shape
    {shape}, expected {expected}."""
    out = 1.0 / (1.0 + np.exp(-(a @ W)))
    return -(y - out) * out * (1.0 - out)


def wrong_delta_positive(a, W, y):
    """This is only Delta: the factor -a_j is missing. Yours has shape {shape}, expected
    {expected}."""
    out = 1.0 / (1.0 + np.exp(-(a @ W)))
    return (y - out) * out * (1.0 - out)


def wrong_no_input(a, W, y):
    """The factor a_j is missing: all rows are equal, although their inputs differ."""
    out = 1.0 / (1.0 + np.exp(-(a @ W)))
    return -np.outer(np.ones_like(a), (y - out) * out * (1.0 - out))


def wrong_summed(a, W, y):
    """Delta is summed over all units. W[j, i] leads only to unit i, so its gradient
    contains only Delta_i."""
    out = 1.0 / (1.0 + np.exp(-(a @ W)))
    delta = (y - out) * out * (1.0 - out)
    return -np.outer(a, np.full_like(delta, delta.sum()))


def wrong_twice(a, W, y):
    """Everything is twice too large: the 1/2 of the error cancels the 2 from the
    square."""
    return 2.0 * delta_rule(a, W, y)


def wrong_target(a, W, y):
    """The target y is not used: the factor is y_i - out_i, not out_i."""
    out = 1.0 / (1.0 + np.exp(-(a @ W)))
    return np.outer(a, out * out * (1.0 - out))


def wrong_no_sigmoid(a, W, y):
    """The sigmoid is missing: the output of a unit is sigmoid(in_i), not in_i
    itself."""
    total = a @ W
    return -np.outer(a, (y - total) * total * (1.0 - total))


def wrong_linear(a, W, y):
    """This is the rule for units without an activation: out_i is sigmoid(in_i), and
    Delta_i contains g'(in_i)."""
    return -np.outer(a, y - a @ W)


def wrong_slope_without_out(a, W, y):
    """g'(in_i) is only half there: you use 1 - out_i instead of out_i (1 - out_i)."""
    out = 1.0 / (1.0 + np.exp(-(a @ W)))
    return -np.outer(a, (y - out) * (1.0 - out))


def wrong_slope_is_output(a, W, y):
    """You use out_i itself as g'(in_i). The rule is out_i (1 - out_i)."""
    out = 1.0 / (1.0 + np.exp(-(a @ W)))
    return -np.outer(a, (y - out) * out)


def wrong_slope_of_tanh(a, W, y):
    """1 - out^2 is the rule for tanh. For the sigmoid g'(in_i) is out_i (1 - out_i)."""
    out = 1.0 / (1.0 + np.exp(-(a @ W)))
    return -np.outer(a, (y - out) * (1.0 - out**2))


def wrong_sigmoid_sign(a, W, y):
    """The sign in your sigmoid is wrong: it is 1 / (1 + exp(-in)). With exp(in) you get
    1 - out_i."""
    out = 1.0 / (1.0 + np.exp(a @ W))
    return -np.outer(a, (y - out) * out * (1.0 - out))


def wrong_softmax(a, W, y):
    """You use softmax as the activation. Here, each unit has a sigmoid of its own
    in_i."""
    e = np.exp(a @ W)
    out = e / e.sum()
    return -np.outer(a, (y - out) * out * (1.0 - out))


def wrong_error_squared(a, W, y):
    """You use the square of y_i - out_i. Its derivative contains y_i - out_i itself."""
    out = 1.0 / (1.0 + np.exp(-(a @ W)))
    return -np.outer(a, (y - out) ** 2 * out * (1.0 - out))


def wrong_new_weights(a, W, y):
    """These are the weights after a step, W - dE/dW. Return only dE/dW."""
    return W - delta_rule(a, W, y)


def wrong_weights_as_inputs(a, W, y):
    """You multiply Delta_i by the weight W[j, i], which leads to dE/da. For dE/dW,
    multiply by the input a_j."""
    out = 1.0 / (1.0 + np.exp(-(a @ W)))
    return -W * ((y - out) * out * (1.0 - out))


def wrong_targets_added(a, W, y):
    """The target is added instead of subtracted: the factor is y_i - out_i."""
    out = 1.0 / (1.0 + np.exp(-(a @ W)))
    return -np.outer(a, (y + out) * out * (1.0 - out))


def wrong_error_as_factor(a, W, y):
    """You use the whole error E as a factor. Its derivative for out_i is only -(y_i -
    out_i)."""
    out = 1.0 / (1.0 + np.exp(-(a @ W)))
    return -np.outer(a, 0.5 * ((y - out) ** 2).sum() * out * (1.0 - out))


def wrong_slope_squared(a, W, y):
    """g'(in_i) is there twice. Delta_i contains out_i (1 - out_i) once."""
    out = 1.0 / (1.0 + np.exp(-(a @ W)))
    return -np.outer(a, (y - out) * (out * (1.0 - out)) ** 2)


def wrong_relu(a, W, y):
    """You use ReLU as the activation: g is the sigmoid."""
    total = a @ W
    return -np.outer(a, (y - np.maximum(total, 0.0)) * (total > 0.0))


def wrong_slope_at_target(a, W, y):
    """You use y (1 - y) as g'(in). The slope belongs to the output: out (1 - out)."""
    out = 1.0 / (1.0 + np.exp(-(a @ W)))
    return -np.outer(a, (y - out) * y * (1.0 - y))


def wrong_times_in(a, W, y):
    """There is a factor in_i too many: Delta_i is (y_i - out_i) g'(in_i)."""
    total = a @ W
    out = 1.0 / (1.0 + np.exp(-total))
    return -np.outer(a, (y - out) * out * (1.0 - out) * total)


def wrong_divided_by_slope(a, W, y):
    """You divide by g'(in_i): the chain rule multiplies."""
    out = 1.0 / (1.0 + np.exp(-(a @ W)))
    return -np.outer(a, (y - out) / (out * (1.0 - out)))


def wrong_slope_mixed(a, W, y):
    """You use out (1 - in) as g'(in). Both factors are made of the output: out (1 -
    out)."""
    total = a @ W
    out = 1.0 / (1.0 + np.exp(-total))
    return -np.outer(a, (y - out) * out * (1.0 - total))


def wrong_brackets(a, W, y):
    """Brackets are missing in your sigmoid: 1 / 1 + exp(-in) is 1 + exp(-in). Write
    1 / (1 + exp(-in))."""
    out = 1.0 + np.exp(-(a @ W))
    return -np.outer(a, (y - out) * out * (1.0 - out))


def wrong_half_squares(a, W, y):
    """You use the error itself, 1/2 (y_i - out_i)^2, as a factor. Its derivative
    contains y_i - out_i."""
    out = 1.0 / (1.0 + np.exp(-(a @ W)))
    return -np.outer(a, 0.5 * (y - out) ** 2 * out * (1.0 - out))


def wrong_tanh(a, W, y):
    """You use tanh as the activation: g is the sigmoid, 1 / (1 + exp(-in))."""
    out = np.tanh(a @ W)
    return -np.outer(a, (y - out) * (1.0 - out**2))


def wrong_sums_multiplied(a, W, y):
    """You multiply the sum of the inputs by the sum of the weights. Multiply each a_j
    by its own W[j, i] first, and then add up: a @ W."""
    out = 1.0 / (1.0 + np.exp(-a.sum() * W.sum(axis=0)))
    return -np.outer(a, (y - out) * out * (1.0 - out))


def wrong_no_slope_and_sign(a, W, y):
    """You return a_j (y_i - out_i). The factor g'(in_i) is missing, and so is the minus
    sign of the gradient."""
    return np.outer(a, y - 1.0 / (1.0 + np.exp(-(a @ W))))


def wrong_slope_of_inputs_only(a, W, y):
    """You use a (1 - a) as g'. The slope belongs to the output of the unit: out (1 -
    out). The factor a_j is missing as well."""
    return -np.outer(a * (1.0 - a), y - 1.0 / (1.0 + np.exp(-(a @ W))))


def wrong_slope_of_inputs(a, W, y):
    """You use a (1 - a) as g'. The slope belongs to the output of the unit: out (1 -
    out)."""
    return -np.outer(a * a * (1.0 - a), y - 1.0 / (1.0 + np.exp(-(a @ W))))


def wrong_diagonal_only(a, W, y):
    """Only the elements [i, i] have a gradient. Each input leads to each unit: go
    through all pairs of a_j and Delta_i."""
    return delta_rule(a, W, y) * np.eye(*W.shape)


def wrong_step(a, W, y):
    """You use a step, 0 or 1, as the output of a unit: out_i is sigmoid(in_i)."""
    out = (a @ W > 0.0) * 1.0
    return -np.outer(a, y - out)


def wrong_slope_of_relu(a, W, y):
    """You use the slope of ReLU, 1 where in_i > 0 and 0 elsewhere. These are sigmoid
    units: their slope is out_i (1 - out_i)."""
    total = a @ W
    return -np.outer(a, (y - 1.0 / (1.0 + np.exp(-total))) * (total > 0.0))
