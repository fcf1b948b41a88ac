"""The gradient by numbers

You can test whether a gradient is right: move one element of x a little, and see how
much f changes. Return the central differences of f, one for each element of x:

    (f(x with this element + eps) - f(x with this element - eps)) / (2 eps)

Use exactly this eps. All other elements keep their values. f needs an array of the
shape of x, and x must not change: what rounding leaves of + eps - eps is forgiven.
"""

import numpy as np

POINTS = 3
AFTER = ["04_descend"]
CORNERS = 3
IMPORTS = ["numpy"]
HINTS = [
    "Loop over all indices of x with np.ndindex(x.shape). Each gives one difference.",
    "Use a new copy of x for every difference, so that nothing has to be put back.",
    "Two values of f give one element of the gradient. Their points are 2 eps apart.",
]


def numeric_gradient(f, x, eps):
    """f: a function from an array to a number; x: array; eps: the length of a step.
    Return the central differences, an array of x's shape."""
    result = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        result[index] = (f(x + step) - f(x - step)) / (2.0 * eps)
    return result


def given(matrix, x, eps):
    def f(point):  # it bends in all directions, so that every mistake shows
        if np.shape(point) != x.shape:
            shapes = f"an array of shape {np.shape(point)}, but x has shape {x.shape}"
            raise ValueError(f"f gets {shapes}")
        waves = matrix @ np.asarray(point, dtype=float).ravel()
        return float(np.sin(waves).sum() + np.exp(0.3 * waves).sum())

    return f, x, eps


def cases(rng, k):
    shapes = [(3,), (2, 3), (1,), (2,), (3, 2), (2, 2), (3,), (2, 3), (3, 3)]
    x = rng.normal(size=[*shapes, (2,), (2, 2), (3, 2)][k])
    matrix = rng.normal(size=(4, x.size)) / np.sqrt(x.size)
    waves = matrix @ x.ravel()
    slopes = matrix.T @ (np.cos(waves) + 0.3 * np.exp(0.3 * waves))
    # One slope is negative, the next one positive, and so on.
    signs = np.sign(slopes) * (-1.0) ** np.arange(1, x.size + 1)
    return matrix * signs, x * signs.reshape(x.shape), [0.2, 0.05, 0.02][k % 3]


def _differences(f, x, before, after):
    result = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        high, low = x.copy(), x.copy()
        high[index] += after
        low[index] -= before
        result[index] = f(high) - f(low)
    return result


def wrong_one_eps(f, x, eps):
    """You divide by eps, but the two points are 2 eps apart: everything is twice too
    large."""
    return _differences(f, x, eps, eps) / eps


def wrong_not_divided(f, x, eps):
    """The difference is not divided by 2 eps, so it is not a slope yet."""
    return _differences(f, x, eps, eps)


def wrong_forward(f, x, eps):
    """This is the forward difference, (f(x + eps) - f(x)) / eps, which is off by
    {error:.2g} here. Take one step to each side."""
    return _differences(f, x, 0.0, eps) / eps


def wrong_backward(f, x, eps):
    """This is the backward difference, (f(x) - f(x - eps)) / eps, which is off by
    {error:.2g} here. Take one step to each side."""
    return _differences(f, x, eps, 0.0) / eps


def wrong_forward_halved(f, x, eps):
    """f(x + eps) - f(x) is divided by 2 eps, which gives half of the slope. Take one
    step to each side."""
    return _differences(f, x, 0.0, eps) / (2.0 * eps)


def wrong_all_at_once(f, x, eps):
    """All elements are moved at once, so every element of the result is the sum of the
    gradient. Move one element and leave the others."""
    return np.full(x.shape, (f(x + eps) - f(x - eps)) / (2.0 * eps))


def wrong_one_number(f, x, eps):
    """This is a single number, with all elements moved at once. Move one element at a
    time: each gives one element of the gradient."""
    return (f(x + eps) - f(x - eps)) / (2.0 * eps)


def wrong_not_put_back(f, x, eps):
    """An element is not put back before the next one is moved: the first element is
    right, but {index} is not."""
    x, result = x.copy(), np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += eps
        high = f(x)
        x[index] -= 2.0 * eps
        result[index] = (high - f(x)) / (2.0 * eps)
    return result


def wrong_sign(f, x, eps):
    """The sign is wrong: subtract f at the smaller x from f at the larger x."""
    return _differences(f, x, eps, eps) / (-2.0 * eps)


def wrong_own_step(f, x, eps):
    """You use another small step instead of eps. It is a good one, but the exercise
    gives the step, so that the error of a large step shows."""
    return _differences(f, x, 1e-5, 1e-5) / 2e-5


def wrong_large_step(f, x, eps):
    """You use the step 0.1 instead of eps: the difference is its truncation error."""
    return _differences(f, x, 0.1, 0.1) / 0.2


def wrong_tiny_step(f, x, eps):
    """You use a step such as 1e-15 instead of eps: f hardly changes, and all digits of
    the difference cancel."""
    return _differences(f, x, 1e-15, 1e-15) / 2e-15


def wrong_times_eps(f, x, eps):
    """You multiply by eps: / 2 * eps divides by 2 only. Write / (2 * eps)."""
    return _differences(f, x, eps, eps) / 2.0 * eps


def wrong_second(f, x, eps):
    """This is the second difference, f(x + eps) - 2 f(x) + f(x - eps), which shows how
    f bends. The slope is (f(x + eps) - f(x - eps)) / (2 eps)."""
    return (_differences(f, x, 0.0, eps) - _differences(f, x, eps, 0.0)) / eps**2


def wrong_four_points(f, x, eps):
    """You use a formula with more than two points. It is more exact, but the exercise
    asks for central differences with this eps, whose error shows."""
    near, far = _differences(f, x, eps, eps), _differences(f, x, 2 * eps, 2 * eps)
    return (8.0 * near - far) / (12.0 * eps)


def wrong_relative_step(f, x, eps):
    """Your step is eps times the element. It is eps itself, for all elements."""
    result = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps * x[index]
        result[index] = (f(x + step) - f(x - step)) / (2.0 * eps * x[index])
    return result


def wrong_scaled_elements(f, x, eps):
    """You multiply the element by 1 + eps and 1 - eps. Add eps to it, and subtract eps
    from it."""
    return wrong_relative_step(f, x, eps) * x


def wrong_two_steps_forward(f, x, eps):
    """You go two steps to one side, (f(x + 2 eps) - f(x)) / (2 eps). Take one step to
    each side."""
    return _differences(f, x, 0.0, 2.0 * eps) / (2.0 * eps)


def wrong_values(f, x, eps):
    """You return values of f. Subtract two of them, and divide by the distance of their
    points, 2 eps."""
    return _differences(f, x, 0.0, eps) + f(x)


def wrong_half_step(f, x, eps):
    """Your two points are eps apart, half a step on each side. Take a whole step of eps
    to each side, and divide by 2 eps."""
    return _differences(f, x, eps / 2.0, eps / 2.0) / eps


def wrong_sum(f, x, eps):
    """You add the two values of f. Subtract them: a slope is a difference."""
    return (_differences(f, x, eps, eps) + 2.0 * _values(f, x, eps)) / (2.0 * eps)


def wrong_steps_kept(f, x, eps):
    """The step has more and more elements that are not 0: make a new step of zeros for
    every element."""
    result, step = np.zeros(x.shape), np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step[index] = eps
        result[index] = (f(x + step) - f(x - step)) / (2.0 * eps)
    return result


def wrong_set(f, x, eps):
    """You set the element to eps and -eps. Add eps to it, and subtract eps from it."""
    result = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        high, low = x.copy(), x.copy()
        high[index], low[index] = eps, -eps
        result[index] = (f(high) - f(low)) / (2.0 * eps)
    return result


def wrong_others_zero(f, x, eps):
    """All other elements are 0 when you call f. They keep their values: copy x, and
    move one element."""
    result = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        high, low = np.zeros(x.shape), np.zeros(x.shape)
        high[index], low[index] = x[index] + eps, x[index] - eps
        result[index] = (f(high) - f(low)) / (2.0 * eps)
    return result


def wrong_absolute(f, x, eps):
    """You return absolute values. A slope has a sign: it is negative where f falls."""
    return np.abs(numeric_gradient(f, x, eps))


def _values(f, x, eps):
    """f where one element is smaller by eps, for each element."""
    result = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        low = x.copy()
        low[index] -= eps
        result[index] = f(low)
    return result


def wrong_same_point(f, x, eps):
    """All differences are 0: both points are the same. Do p = x and q = x give one
    array two names? x.copy() makes a new array for each. Or is the step in an array of
    whole numbers, which cuts eps to 0?"""
    return np.zeros(x.shape)


def wrong_first_axis_only(f, x, eps):
    """You move whole rows of x at once: range(len(x)) goes through the first axis only.
    np.ndindex(x.shape) goes through all elements."""
    result = np.zeros(x.shape)
    for row in range(len(x)):
        step = np.zeros(x.shape)
        step[row] = eps
        result[row] = (f(x + step) - f(x - step)) / (2.0 * eps)
    return result


def wrong_multiplied(f, x, eps):
    """You return the difference times 2 eps, not divided by it."""
    return _differences(f, x, eps, eps) * (2.0 * eps)


def wrong_np_gradient(f, x, eps):
    """np.gradient takes differences between the neighbours in an array of values, and
    f(x) is a single number. Call f at two points for each element of x."""
    return np.gradient(f(x), eps)
