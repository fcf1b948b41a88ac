"""The reference of an exercise compared with numerical derivatives of its `forward`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..exercise import Exercise, Function
from ..judging.trial import call_trusted
from ..language import translated

STEP, TOLERANCE = 1e-5, 1e-6  # of the numerical derivative
KINK = 0.01  # least relative difference of the slopes at a kink
DIFFERENCED = 4  # cases of each seed that are compared


def forward_faults(exercise: Exercise, seeds: int) -> list[str]:
    """A reference that is not the derivative of `forward`."""
    if exercise.forward is None or exercise.given is not None:
        return []
    for seed in range(seeds):
        for number in range(DIFFERENCED):
            try:
                problem = compare_with_differences(
                    exercise, exercise.forward, seed, number
                )
            except Exception as error:
                problem = translated(
                    "forward fails: {kind}: {error}",
                    kind=type(error).__name__,
                    error=error,
                )
            if problem:
                return [
                    translated(
                        "{problem} (case {number}, seed {seed})",
                        problem=problem,
                        number=number,
                        seed=seed,
                    )
                ]
    return []


def compare_with_differences(
    exercise: Exercise, forward: Function, seed: int, number: int
) -> str:
    """How the reference differs from numerical derivatives of `forward`; empty if not.

    The results are the derivatives for the first arguments of `forward`. An argument
    that the reference does not have is drawn at random, in the shape of the result;
    the reference's y is then what `forward` returns. Without a g, it is 1.
    """
    name, reference = next(iter(exercise.references.items()))
    inputs = dict(zip(exercise.names, exercise.case(seed, number), strict=True))
    results = call_trusted(exercise, reference, tuple(inputs.values())).results
    rng = np.random.default_rng([seed, number, 1])
    arguments: dict[str, Any] = {}
    for place, key in enumerate(inspect.signature(forward).parameters):
        drawn = rng.normal(size=results[place].shape) if place < len(results) else None
        arguments[key] = inputs.get(key, drawn)
        if arguments[key] is None:
            return translated(
                "forward has an argument {key!r}, which {name} does not have",
                key=key,
                name=name,
            )
    y = np.asarray(forward(**arguments))
    if "y" in inputs and "y" not in arguments and inputs["y"].shape == y.shape:
        inputs["y"] = y
    g = inputs.get("g", np.ones(y.shape))
    if np.shape(g) != y.shape:
        return translated(
            "forward returns shape {shape}, but g has {g}", shape=y.shape, g=np.shape(g)
        )
    results = call_trusted(exercise, reference, tuple(inputs.values())).results
    for place, key in enumerate(list(arguments)[: len(results)]):
        numbers = differences_of(
            partial(weighted_sum, forward, arguments, key, g), arguments[key]
        )
        known = ~np.isnan(numbers)
        error = np.abs(numbers - results[place])[known].max(initial=0.0)
        if not error <= TOLERANCE * (1.0 + np.abs(numbers[known]).max(initial=0.0)):
            return translated(
                "{name} is not the derivative of forward for {key}: off by {error:.2g}",
                name=name,
                key=key,
                error=error,
            )
    return ""


def weighted_sum(
    forward: Function, arguments: dict[str, Any], key: str, g: Any, value: Any
) -> float:
    """The sum of g y, with one argument of `forward` replaced."""
    return float((g * forward(**{**arguments, key: value})).sum())


def differences_of(function: Callable[[Any], float], at: Any) -> np.ndarray[Any, Any]:
    """Central differences of a function of an array; NaN where it has a kink.

    A step and one of twice its length are combined so that the third derivative, which
    is large where a variance is nearly 0, cancels out.
    """
    result, here = np.zeros(np.shape(at)), function(at)
    for index in np.ndindex(result.shape):
        step = np.zeros(result.shape)
        step[index] = STEP
        once, twice = (
            (function(at + n * step) - here, here - function(at - n * step))
            for n in (1.0, 2.0)
        )
        slope = (8.0 * sum(once) - sum(twice)) / (12.0 * STEP)
        result[index] = np.nan if is_kink(*once) or is_kink(*twice) else slope
    return result


def is_kink(right: float, left: float) -> bool:
    """Whether the slope differs between the two sides."""
    return abs(right - left) > KINK * (STEP + abs(right) + abs(left))
