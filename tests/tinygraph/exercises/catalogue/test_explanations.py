"""What an exercise says of a wrong answer beyond its known mistakes."""

from typing import Any

import numpy as np
import pytest
from judging import judged
from shipped import reference


def path_of(rule: Any) -> Any:
    """Descent whose step is made of the gradient and the step before."""

    def descend(grad: Any, x0: Any, lr: float, steps: int) -> Any:
        path, step = [x0], np.zeros_like(x0)
        for _ in range(steps):
            step = rule(-lr * grad(path[-1]), step)
            path.append(path[-1] + step)
        return np.array(path)

    return descend


STEPS = {
    "step 2 contains 0.5 times the step before": lambda new, old: new + 0.5 * old,
    "step 1 is 1.5 times -lr grad(x)": lambda new, old: 1.5 * new,
    "From there, -lr grad(x) is": lambda new, old: np.clip(new, -0.25, 0.25),
}


@pytest.mark.parametrize("said", STEPS)
def test_descent_says_which_step_is_wrong(said: str) -> None:
    finding = judged("04", path_of(STEPS[said])).finding
    assert finding is not None
    assert said in finding.message


def test_descent_says_that_the_path_begins_elsewhere() -> None:
    def descend(grad: Any, x0: Any, lr: float, steps: int) -> Any:
        return reference("04", "descend")(grad, x0 + 1.0, lr, steps)

    finding = judged("04", descend).finding
    assert finding is not None
    assert "begins at (4, 3): it should begin at x0" in finding.message


TRAINED = {
    "Unchanged after one step: b1.": lambda start, end: (end[0], start[1], *end[2:]),
    "Everything has moved 3 times as far": lambda start, end: tuple(
        a + 3.0 * (b - a) for a, b in zip(start, end, strict=True)
    ),
    "Not moved as they should be after one step: w3.": lambda start, end: (
        *end[:4],
        end[4] + 0.01 * np.arange(12),
        end[5],
    ),
}


@pytest.mark.parametrize("said", TRAINED)
def test_training_says_what_has_not_moved(said: str) -> None:
    def train(*inputs: Any) -> Any:
        return TRAINED[said](inputs[:6], reference("15", "train")(*inputs))

    finding = judged("15", train).finding
    assert finding is not None
    assert said in finding.message
