"""Gradient descent

Start at the point x0 and make `steps` steps. Each goes against the gradient at the
point where you are, and is lr times as long as the gradient.

    x <- x - lr grad(x)

Return the path: all points, from x0 to the last one, as the rows of an array.
"""

import numpy as np

POINTS = 2
AFTER = ["01_mse"]
CORNERS = 4
IMPORTS = ["numpy"]
HINTS = [
    "Begin a list with a copy of x0, and append one point in each step.",
    "Compute the gradient again in every step, at the newest point: grad(x).",
    "x -= ... changes the array that is already in the list, and x0 too. x = x - ... "
    "makes a new array.",
]


def descend(grad, x0, lr, steps):
    """grad: a function from a point to its gradient; x0: array (n,); lr: a number.
    Return the path, an array (steps + 1, n)."""
    path = [x0]
    for _ in range(steps):
        path.append(path[-1] - lr * grad(path[-1]))
    return np.array(path)


def given(matrix, centre, x0, lr, steps):
    def grad(x):  # of a bowl with its lowest point at the centre
        return matrix @ (np.asarray(x, dtype=float) - centre)

    return grad, x0, lr, steps


def cases(rng, k):
    if k == 0:
        matrix = np.array([[1.0, 0.5], [0.5, 2.0]])
        return matrix, np.array([1.0, -1.0]), np.array([3.0, 2.0]), 0.25, 4
    n = (1, 3, 2, 2, 3, 4, 2, 4, 3, 2, 4)[k - 1]
    steps = (1, 0, 4, 3, 5, 2, 6, 4, 2, 5, 3)[k - 1]
    axes = np.linalg.qr(rng.normal(size=(n, n)))[0]  # of the bowl, the flattest first
    matrix = axes * rng.uniform(1.0 + 0.5 * (np.arange(n) > 0), 1.2 + np.arange(n) / 2)
    far = np.append(10.0, rng.uniform(2.0, 5.0, size=n))[:n]  # so no step is short
    centre = rng.normal(size=n)
    # At the lowest point, as in case 3, a path has as many rows as elsewhere.
    x0 = centre.copy() if k == 3 else centre + axes @ far
    return matrix @ axes.T, centre, x0, float(rng.uniform(0.05, 0.25)), steps


def explain(name, yours, right, matrix, centre, x0, lr, steps):
    """The first wrong step: what it is, and what it should be."""
    grad, *_ = given(matrix, centre, x0, lr, steps)
    if not np.allclose(yours[0], x0):
        return f"Your path begins at {_numbers(yours[0])}: it should begin at x0."
    made = np.diff(yours, axis=0)
    wanted = np.array([-lr * grad(point) for point in yours[:-1]])
    step = next(k for k in range(steps) if not np.allclose(made[k], wanted[k]))
    factor = _factor(made[step], wanted[step])
    if factor is not None:
        return f"Your step {step + 1} is {factor:.4g} times -lr grad(x)."
    kept = _factor(made[step] - wanted[step], made[step - 1]) if step else None
    if kept is not None:
        said = f"Your step {step + 1} contains {kept:.4g} times the step before it"
        return f"{said}: it should be -lr grad(x) alone."
    said = f"Your step {step + 1} goes from {_numbers(yours[step])} by "
    return f"{said}{_numbers(made[step])}. From there, -lr grad(x) is " + (
        f"{_numbers(wanted[step])}."
    )


def _factor(one, other):
    """The factor between two arrays of at least two elements; None without one."""
    factor = one @ other / (other @ other) if len(one) > 1 and other.any() else 0.0
    return factor if factor and np.allclose(one, factor * other) else None


def _numbers(point):
    """A point, in few digits."""
    return f"({', '.join(f'{x:.4g}' for x in point)})"


def wrong_uphill(grad, x0, lr, steps):
    """You walk uphill: the gradient points in the direction in which the function
    rises, so subtract lr times the gradient."""
    path = [x0]
    for _ in range(steps):
        path.append(path[-1] + lr * grad(path[-1]))
    return np.array(path)


def wrong_no_lr(grad, x0, lr, steps):
    """lr is not used: each step is as long as the gradient itself."""
    path = [x0]
    for _ in range(steps):
        path.append(path[-1] - grad(path[-1]))
    return np.array(path)


def wrong_no_start(grad, x0, lr, steps):
    """The first point is missing: the path begins with x0 and has steps + 1 rows. Yours
    has shape {shape}, expected {expected}."""
    return descend(grad, x0, lr, steps)[1:]


def wrong_no_end(grad, x0, lr, steps):
    """The last point is missing: together with x0 the path has steps + 1 rows. Yours
    has shape {shape}, expected {expected}."""
    return descend(grad, x0, lr, steps)[:-1]


def wrong_step_too_many(grad, x0, lr, steps):
    """You make one step too many: together with x0 the path has steps + 1 rows. Yours
    has shape {shape}, expected {expected}."""
    return descend(grad, x0, lr, steps + 1)


def wrong_at_start(grad, x0, lr, steps):
    """You use the gradient at x0 in every step: compute it again at each new point."""
    return np.array([x0 - step * lr * grad(x0) for step in range(steps + 1)])


def wrong_same_array(grad, x0, lr, steps):
    """All rows are equal: you stored the same array several times and changed it in
    place. Store a copy, or write x = x - ... instead of x -= ..."""
    return np.array([descend(grad, x0, lr, steps)[-1]] * (steps + 1))


def wrong_last(grad, x0, lr, steps):
    """You return only the last point. Return all of them: shape {expected}, yours has
    {shape}."""
    return descend(grad, x0, lr, steps)[-1]


def wrong_direction_only(grad, x0, lr, steps):
    """Every step has length lr, because you divide the gradient by its length. Use the
    gradient as it is, so that the steps become shorter near the lowest point."""
    path = [x0]
    for _ in range(steps):
        slope = grad(path[-1])
        path.append(path[-1] - lr * slope / np.sqrt((slope**2).sum()))
    return np.array(path)


def wrong_steps_only(grad, x0, lr, steps):
    """You store the steps instead of the points that they lead to: add each step to the
    last point."""
    path = descend(grad, x0, lr, steps)
    return np.concatenate([path[:1], path[1:] - path[:-1]])


def wrong_momentum(grad, x0, lr, steps):
    """This is descent with momentum, which remembers earlier steps. Plain descent does
    not: each step is -lr times the gradient at the newest point."""
    path, speed = [x0], np.zeros_like(x0)
    for _ in range(steps):
        speed = 0.9 * speed - lr * grad(path[-1])
        path.append(path[-1] + speed)
    return np.array(path)


def wrong_moving_average(grad, x0, lr, steps):
    """You follow a moving average of the gradients. Each step is -lr times the gradient
    at the newest point alone."""
    path, average = [x0], np.zeros_like(x0)
    for _ in range(steps):
        average = 0.9 * average + 0.1 * grad(path[-1])
        path.append(path[-1] - lr * average)
    return np.array(path)


def wrong_decay(grad, x0, lr, steps):
    """You divide lr by the number of the step. It is the same in all steps: they become
    shorter by themselves, because the gradient does."""
    path = [x0]
    for step in range(steps):
        path.append(path[-1] - lr / (step + 1) * grad(path[-1]))
    return np.array(path)


def wrong_decay_by_factor(grad, x0, lr, steps):
    """You make lr smaller in each step. It is the same in all steps: they become
    shorter by themselves, because the gradient does."""
    path = [x0]
    for step in range(steps):
        path.append(path[-1] - lr * 0.9**step * grad(path[-1]))
    return np.array(path)


def wrong_lr_twice(grad, x0, lr, steps):
    """lr is applied twice: a step is lr times the gradient, not lr * lr times."""
    return descend(grad, x0, lr * lr, steps)


def wrong_from_start(grad, x0, lr, steps):
    """Each step begins at x0 again. Begin at the newest point: x = x - lr * grad(x)."""
    path = [x0]
    for _ in range(steps):
        path.append(x0 - lr * grad(path[-1]))
    return np.array(path)


def wrong_one_by_one(grad, x0, lr, steps):
    """You change the elements of x one after the other, and compute the gradient again
    in between. Compute it once in each step, and change all elements with it."""
    path = [x0]
    for _ in range(steps):
        x = path[-1].copy()
        for place in range(len(x)):
            x[place] -= lr * grad(x)[place]
        path.append(x)
    return np.array(path)


def wrong_stored_before_step(grad, x0, lr, steps):
    """x0 is there twice, and the last point is missing: store each point after the step
    that leads to it."""
    path = descend(grad, x0, lr, steps)
    return np.concatenate([path[:1], path])[: steps + 1]


def wrong_end_twice(grad, x0, lr, steps):
    """The last point is there twice, and one step is missing: store each point once,
    and make `steps` steps."""
    path = descend(grad, x0, lr, max(steps - 1, 0))
    return np.concatenate([path, path[-1:]])


def wrong_sign_of_gradient(grad, x0, lr, steps):
    """You use only the sign of the gradient. Each step is lr times the gradient itself,
    which is shorter where the ground is flat."""
    path = [x0]
    for _ in range(steps):
        path.append(path[-1] - lr * np.sign(grad(path[-1])))
    return np.array(path)


def wrong_gradients(grad, x0, lr, steps):
    """You store the gradients instead of the points."""
    return np.array([grad(x) for x in descend(grad, x0, lr, steps)])


def wrong_divided_by_steps(grad, x0, lr, steps):
    """You divide lr by the number of steps: each step is lr times the gradient."""
    return descend(grad, x0, lr / max(steps, 1), steps)


def wrong_divided_by_lr(grad, x0, lr, steps):
    """You divide by lr: each step is lr times the gradient."""
    return descend(grad, x0, 1.0 / lr, steps)


def wrong_straight(grad, x0, lr, steps):
    """You draw a straight line from x0 to the last point: store every point on the
    way."""
    return np.linspace(x0, descend(grad, x0, lr, steps)[-1], steps + 1)


def wrong_whole_numbers(grad, x0, lr, steps):
    """All points are cut to whole numbers: the path is stored in an integer array.
    np.zeros without dtype holds fractions."""
    path = np.zeros((steps + 1, len(x0)), dtype=int)
    path[0] = x0
    for step in range(steps):
        path[step + 1] = path[step] - lr * grad(path[step])
    return path


def wrong_last_gradient(grad, x0, lr, steps):
    """You use the gradient of the point before: compute it at the point where you are
    now."""
    path, slope = [x0], grad(x0)
    for _ in range(steps):
        path.append(path[-1] - lr * slope)
        slope = grad(path[-2])
    return np.array(path)
