"""The same file gets the same points from seed to seed: only the numbers are drawn.

From a few seeds they are all the same, and from many nearly all.
"""

import contextlib
import io
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from bank import Answer, Loaded, answers
from seeds import MANY, many_seeds, seeds
from shipped import exercise

from tinygraph.exercises.catalogue import CATALOGUE
from tinygraph.exercises.exercise import CASES, WrongAnswer
from tinygraph.exercises.judging.points import check_results
from tinygraph.exercises.judging.trial import run_trials, trusted_runner
from tinygraph.exercises.running.outcome import Runner

SEEDS = seeds(4, 20)
RARE = 0.15  # of the seeds, where drawn numbers may hide a mistake or show another
NUMBERS = [path.stem[:2] for path in sorted(CATALOGUE.glob("[0-9]*.py"))]


def kind_of(value: Any) -> Any:
    """What must not depend on the seed: shapes, whole numbers, names of operations."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.kind
    if isinstance(value, tuple):
        return tuple(map(kind_of, value))
    if isinstance(value, str):  # a graph, whose leaves have drawn values
        return [line.split("leaf")[0] for line in value.split(";")]
    return value if isinstance(value, int | np.integer) else type(value)


@pytest.mark.parametrize("number", NUMBERS)
def test_the_kinds_of_cases_do_not_depend_on_the_seed(number: str) -> None:
    for case in range(CASES):
        kinds = [kind_of(exercise(number).case(seed, case)) for seed in SEEDS]
        assert all(kind == kinds[0] for kind in kinds)


def points(number: str, runner: Runner, seed: int) -> float:
    """What the checks of an answer are worth."""
    own = exercise(number)
    with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        results = check_results(own, list(run_trials(own, runner, seed)))
    return round(2 * own.points * sum(r.share for r in results) / len(results)) / 2


def unfair(number: str, runners: dict[str, Callable[[], Runner]]) -> dict[str, Any]:
    """The answers whose points depend on the seed."""
    some = SEEDS[:2] if number == "15" and not MANY else SEEDS
    found = {
        name: [points(number, runner(), seed) for seed in some]
        for name, runner in runners.items()
    }
    return {
        name: each
        for name, each in found.items()
        if len(each) - max(map(each.count, each)) > RARE * len(each)
    }


@many_seeds
@pytest.mark.parametrize("number", NUMBERS)
def test_a_known_mistake_is_worth_the_same_for_every_seed(number: str) -> None:
    own = exercise(number)

    def runner(wrong: WrongAnswer) -> Runner:
        functions = {**own.references, wrong.replaces: wrong.function}
        return trusted_runner(own, functions)

    tried = own.wrong[::4] if number == "15" and not MANY else own.wrong
    assert not unfair(number, {w.name: partial(runner, w) for w in tried})


@many_seeds
@pytest.mark.parametrize("number", NUMBERS if MANY else NUMBERS[:-1])
def test_what_students_hand_in_is_worth_the_same_for_every_seed(number: str) -> None:
    own = [answer for answer in answers("wrong") if answer.number == number]
    assert not unfair(number, {a.name: partial(Loaded, a) for a in own})


LUCKY = {  # wrong in a few cases only, which were once a matter of luck
    "04 stops early": """
def descend(grad, x0, lr, steps):
    path = [x0]
    for _ in range(steps):
        if np.linalg.norm(grad(path[-1])) < 0.5:
            break
        path.append(path[-1] - lr * grad(path[-1]))
    return np.array(path)
""",
    "06 absolute": """
def numeric_gradient(f, x, eps):
    result = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        result[index] = abs(f(x + step) - f(x - step)) / (2 * eps)
    return result
""",
    "07 first axis of length 1": """
def sum_to(g, shape):
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    return g.sum(axis=shape.index(1), keepdims=True) if 1 in shape else g
""",
    "07 axes vanish": """
def sum_to(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for k in range(len(shape)):
        if shape[k] == 1:
            g = g.sum(axis=k)
    return g.reshape(shape)
""",
    "11 channel last": """
def im2col(x, kh, kw, stride, pad):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    rows = []
    for image in x:
        for i in range(0, image.shape[1] - kh + 1, stride):
            for j in range(0, image.shape[2] - kw + 1, stride):
                patch = image[:, i : i + kh, j : j + kw]
                rows.append(patch.transpose(1, 2, 0).ravel())
    return np.array(rows)
""",
    "12 cut to nothing": """
def col2im(cols, x_shape, kh, kw, stride, pad):
    n, c, h, w = x_shape
    ho, wo = (h + 2 * pad - kh) // stride + 1, (w + 2 * pad - kw) // stride + 1
    patches = cols.reshape(n, ho, wo, c, kh, kw)
    dx = np.zeros((n, c, h + 2 * pad, w + 2 * pad))
    for i in range(ho):
        for j in range(wo):
            place = np.s_[i * stride : i * stride + kh, j * stride : j * stride + kw]
            dx[:, :, *place] += patches[:, i, j]
    return dx[:, :, pad:-pad, pad:-pad]
""",
    "14 starts at zero": """
def maxpool_vjp(g, x, kh, kw, stride):
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(g.shape):
        largest, place = 0.0, None
        for p in range(i * stride, i * stride + kh):
            for q in range(j * stride, j * stride + kw):
                if x[n, c, p, q] > largest:
                    largest, place = x[n, c, p, q], (n, c, p, q)
        if place:
            dx[place] += g[n, c, i, j]
    return dx
""",
}


@pytest.mark.parametrize("name", LUCKY)
def test_a_mistake_that_shows_in_a_few_cases_shows_in_the_same_ones(name: str) -> None:
    number, source = name[:2], "import numpy as np\n" + LUCKY[name]
    answer = Answer(exercise(number).id, name, source)
    found = [points(number, Loaded(answer), seed) for seed in SEEDS]
    assert len(set(found)) == 1
    assert found[0] < exercise(number).points
