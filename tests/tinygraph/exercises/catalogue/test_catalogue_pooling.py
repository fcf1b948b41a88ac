"""The exercise on max pooling: any subgradient at a tie passes, and nothing else."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from judging import judged
from shipped import exercise
from together import together

import tinygraph as tg

SEEDS = 5


def maxpool_vjp_by_tinygraph(g: Any, x: Any, kh: int, kw: int, stride: int) -> Any:
    leaf = tg.Tensor(x, requires_grad=True)
    tg.max_pool2d(leaf, (kh, kw), stride=stride).backward(g)
    return leaf.grad


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_pooling_of_tinygraph_is_right(seed: int) -> None:
    verdict = judged("14", maxpool_vjp_by_tinygraph, seed)
    assert verdict.finding is None
    assert not verdict.notes


def shared(pick: Callable[[Any], Any]) -> Callable[..., Any]:
    """Max pooling backwards, with a rule that picks the shares of a window."""

    def maxpool_vjp(g: Any, x: Any, kh: int, kw: int, stride: int) -> Any:
        dx = np.zeros_like(x)
        for n, c, i, j in np.ndindex(g.shape):
            place = np.s_[
                n, c, i * stride : i * stride + kh, j * stride : j * stride + kw
            ]
            dx[place] += pick(x[place]) * g[n, c, i, j]
        return dx

    return maxpool_vjp


def one_of(window: Any, place: int) -> Any:
    shares = np.zeros(window.shape)
    shares[tuple(np.argwhere(window == window.max())[place])] = 1.0
    return shares


def first_column(window: Any) -> Any:
    return one_of(window.T, 0).T


def split(window: Any) -> Any:
    return (window == window.max()) / (window == window.max()).sum()


def unequal(window: Any) -> Any:
    return 0.25 * one_of(window, 0) + 0.75 * one_of(window, -1)


@together("pick", [lambda window: one_of(window, -1), first_column, split, unequal])
@together("seed", range(SEEDS))
def test_any_subgradient_at_a_tie_is_right(pick: Any, seed: int) -> None:
    verdict = judged("14", shared(pick), seed)
    assert verdict.finding is None
    assert verdict.points == verdict.maximum
    (note,) = verdict.notes
    assert "tinygraph takes the first" in note


@pytest.mark.parametrize(
    "pick",
    [
        lambda window: (window == window.max()) / 2.0,
        lambda window: 2 * one_of(window, 0) - one_of(window, -1),
        lambda window: 0.5 * one_of(window, 0),
    ],
    ids=["half for each", "more than all", "half is lost"],
)
def test_shares_that_are_not_a_subgradient_are_wrong(pick: Any) -> None:
    assert judged("14", shared(pick)).finding is not None


def test_ties_with_nans_or_another_shape_are_not_accepted() -> None:
    accept = exercise("14").accept
    assert accept is not None
    g, x, *window = exercise("14").case(0, 4)
    assert accept("maxpool_vjp", np.full(x.shape, np.nan), g, x, *window) is None
    assert accept("maxpool_vjp", np.zeros(3), g, x, *window) is None
    right = shared(split)(g, x, *window)
    right[0, 0, 2, 0] = 1.0  # an element that is in no window
    assert accept("maxpool_vjp", right, g, x, *window) is None
