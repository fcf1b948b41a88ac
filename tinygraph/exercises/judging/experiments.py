"""Experiments: what a wrong answer depends on, and what would make it right."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ..language import marked, translated
from ..running.outcome import Outcome
from .changed_inputs import Inputs, Undo, variants_of
from .claims import FEWEST, different
from .comparison import Array, equal, near
from .conditions import input_names
from .evidence import Evidence
from .trial import Trial, call_student, call_trusted


class Setting:
    """The trials in which a result is wrong, and how to run the function again."""

    def __init__(self, evidence: Evidence) -> None:
        self.exercise, self.run = evidence.exercise, evidence.run
        self.bad, self.place = evidence.bad, evidence.place
        self.evidence = evidence

    @property
    def every_bad(self) -> list[Trial]:
        """Also those of other seeds, which take time."""
        return [*self.bad, *self.evidence.more_bad]

    @property
    def has_several(self) -> bool:
        """Whether the result is wrong in several cases, and not by chance in one."""
        pairs = self.evidence.pairs_of(self.every_bad)
        return len(different(pairs)) >= FEWEST

    def holds(self, of_trial: Callable[[Trial], bool]) -> bool:
        """Whether something holds in all wrong trials."""
        return all(map(of_trial, self.bad)) and all(
            map(of_trial, self.evidence.more_bad)
        )

    @property
    def names(self) -> list[str]:
        """What the inputs are called."""
        return input_names(self.exercise)

    @property
    def is_vjp(self) -> bool:
        """Whether the first input is the gradient from above."""
        return self.exercise.given is None and self.names[:1] == ["g"]

    def yours(self, trial: Trial) -> Array:
        """What the student's function returned."""
        return trial.yours.results[self.place]

    def right(self, trial: Trial) -> Array:
        """What the reference returns."""
        return trial.right.results[self.place]

    def factor(self, trial: Trial) -> float:
        """The factor between the right answer and yours; 0 if there is none."""
        yours, right = self.yours(trial), self.right(trial)
        norm = float(np.vdot(right, right))
        found = float(np.vdot(right, yours)) / norm if norm else 0.0
        return found if found and equal(yours, found * right) else 0.0

    def again(self, trial: Trial, inputs: Inputs) -> Array | None:
        """What the student's function returns for other inputs."""
        outcome = call_student(self.run, trial.function, inputs, trial.right)
        return self.result(outcome)

    def reference(self, trial: Trial, inputs: Inputs) -> Array | None:
        """What the reference returns for other inputs."""
        function = self.exercise.references[trial.function]
        return self.result(call_trusted(self.exercise, function, inputs))

    def variants(self, trial: Trial) -> Iterator[tuple[str, Inputs, Undo]]:
        """Other inputs that the answer may be right for."""
        return variants_of(self.exercise, self.names, trial)

    def result(self, outcome: Outcome) -> Array | None:
        """One of the results of a call, if there is one."""
        results = outcome.results
        return results[self.place] if len(results) > self.place else None


def run_experiments(setting: Setting) -> tuple[str, str]:
    """The name and the message of the first experiment that finds something."""
    for name, look in EXPERIMENTS.items():
        message = look(setting)
        if message:
            return name, message
    return "", ""


def find_factor(setting: Setting) -> str:
    """The right answer times a number."""
    if not setting.holds(lambda trial: bool(setting.factor(trial))):
        return ""
    bad = setting.every_bad
    factors = [setting.factor(trial) for trial in bad]
    telling = max(setting.right(trial).size for trial in bad) > 1
    several = len({setting.right(trial).tobytes() for trial in bad}) > 1
    same = np.allclose(factors, factors[0], rtol=1e-6)
    return times(factors[0]) if same and (telling or several) else ""


def find_size_factor(setting: Setting) -> str:
    """The right answer times a number that differs, such as a size of the inputs."""
    if not setting.holds(lambda trial: bool(setting.factor(trial))):
        return ""
    factors = [setting.factor(trial) for trial in setting.every_bad]
    said = times(factors[0])
    for text, values in sizes_of_inputs(setting).items():
        if np.allclose(factors, values, rtol=1e-6):
            return translated(
                "{message}: multiplied by {size}", message=said, size=text
            )
        if np.allclose(np.multiply(factors, values), 1.0, rtol=1e-6):
            return translated("{message}: divided by {size}", message=said, size=text)
    if any(setting.right(trial).size > 2 for trial in setting.bad):
        return translated(
            "{message}; the factor differs from case to case", message=said
        )
    return ""


def times(factor: float) -> str:
    """That everything is too large by a factor."""
    return translated(
        "everything is {factor:.4g} times what it should be", factor=factor
    )


def sizes_of_inputs(setting: Setting) -> dict[str, list[float]]:
    """Numbers that an answer may be multiplied or divided by, for each wrong trial."""
    found: dict[str, list[float]] = {}
    if (
        setting.is_vjp
        and len(setting.names) > 1
        and (all(map(has_batch, setting.every_bad)))
    ):
        rows = [float(len(trial.inputs[0])) for trial in setting.every_bad]
        found[translated("the batch size, which is the length of axis 0 of g")] = rows
    for trial in setting.every_bad:
        for name, value in zip(setting.names, trial.inputs, strict=False):
            for text, size in sizes_of(name, value):
                found.setdefault(text, []).append(size)
    return {text: v for text, v in found.items() if len(v) == len(setting.every_bad)}


def has_batch(trial: Trial) -> bool:
    """Whether g and another input have an entry for each example of a batch."""
    g, other, *_ = trial.inputs
    arrays = [x for x in (g, other) if isinstance(x, np.ndarray) and x.ndim > 1]
    return len(arrays) == 2 and len(g) == len(other)


def sizes_of(name: str, value: Any) -> Iterator[tuple[str, float]]:
    """What an input may be counted by, with a description."""
    if isinstance(value, np.ndarray):
        yield translated("the number of elements of {name}", name=name), value.size
        if value.ndim == 1:
            less = translated("the number of elements of {name} minus 1", name=name)
            yield less, value.size - 1
        for axis, length in enumerate(value.shape if value.ndim > 1 else ()):
            where = {"axis": axis, "name": name}
            yield translated("the length of axis {axis} of {name}", **where), length
            yield (
                translated("the length of axis {axis} of {name} minus 1", **where),
                length - 1,
            )
        for count in range(2, value.ndim):
            text = translated(
                "the lengths of the first {count} axes of {name}",
                count=count,
                name=name,
            )
            yield text, int(np.prod(value.shape[:count]))
    elif isinstance(value, int | float):
        yield name, float(value)
        yield translated("{name} squared", name=name), float(value) ** 2


def find_nonlinear(setting: Setting) -> str:
    """A VJP that is not linear in g: 0 must give 0, and 2 g twice the result."""
    if not setting.is_vjp:
        return ""
    trial = setting.bad[0]
    g, *others = trial.inputs
    right = setting.reference(trial, [np.zeros_like(g), *others])
    if right is not None and right.any():  # a function of g that is not a VJP
        return ""
    nothing = setting.again(trial, [np.zeros_like(g), *others])
    if nothing is not None and nothing.any():
        return translated("g = 0 must give 0: is g a factor of every term?")
    twice = setting.again(trial, [2.0 * g, *others])
    if twice is not None and not equal(twice, 2.0 * setting.yours(trial)):
        return translated("doubling g must double the result: a VJP is linear in g")
    return ""


def find_ignored_input(setting: Setting) -> str:
    """An input that does not change the answer, though it should."""
    trials = setting.bad
    for place, name in enumerate(setting.names):
        seen = name in setting.exercise.names
        if seen and all(makes_no_difference(setting, t, place) for t in trials):
            return translated("the result does not depend on {name}", name=name)
    return ""


def makes_no_difference(setting: Setting, trial: Trial, place: int) -> bool:
    """Whether an answer stays the same where another input changes the right one."""
    value = trial.inputs[place] if place < len(trial.inputs) else None
    if not isinstance(value, float | np.ndarray) or np.asarray(value).dtype.kind != "f":
        return False
    noise = 0.1 * np.random.default_rng(0).normal(size=np.shape(value))
    inputs = list(trial.inputs)
    for other in (1.25 * value, -value):
        inputs[place] = other + noise if np.ndim(value) else other
        own, right = setting.again(trial, inputs), setting.reference(trial, inputs)
        if own is None or right is None or equal(right, setting.right(trial)):
            return False
        if not equal(own, setting.yours(trial)):
            return False
    return True


def find_ties(setting: Setting) -> str:
    """Right if no two elements are equal and none is 0."""
    if setting.exercise.given is not None:
        return ""
    for trial in setting.bad:
        rng = np.random.default_rng(0)
        moved = [
            x + 1e-7 * rng.normal(size=x.shape) if is_tied(x) else x
            for x in trial.inputs
        ]
        own, right = setting.again(trial, moved), setting.reference(trial, moved)
        if not any(map(is_tied, trial.inputs)) or own is None or right is None:
            return ""
        if own.shape != right.shape or not near(own, right, 1e-4, 1e-4).all():
            return ""
    return translated("wrong only where elements are equal, or exactly 0")


def is_tied(value: Any) -> bool:
    """Whether an array has equal elements, or an exact 0."""
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return False
    return bool((value == 0).any() or len(np.unique(value)) < value.size)


def find_combination(setting: Setting) -> str:
    """The right answer plus, minus, times or divided by one of the inputs.

    It may be multiplied or divided by a function of an input as well.
    """
    pairs = itertools.product(enumerate(setting.names), OF_INPUTS.items())
    for (place, name), (text, change) in pairs:
        combinations = SUMS | PRODUCTS if text == "{name}" else PRODUCTS
        for said, put in combinations.items():
            if setting.holds(partial(is_combined, setting, place, change, put)) and (
                setting.has_several
            ):
                return translated(said, term=translated(text, name=name))
    return ""


def is_combined(
    setting: Setting,
    place: int,
    change: Callable[[Array], Array],
    put: Callable[[Array, Array], Array],
    trial: Trial,
) -> bool:
    """Whether an answer is the right one combined with one of the inputs."""
    value = trial.inputs[place] if place < len(trial.inputs) else None
    right = setting.right(trial)
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return False
    with np.errstate(all="ignore"):
        return any(
            equal(setting.yours(trial), put(right, change(array)))
            for array in fitted_to(value, right)
        )


def fitted_to(value: Array, right: Array) -> Iterator[Array]:
    """An input in the shape of the right answer; a vector along one of its axes."""
    if value.shape == right.shape:
        yield value
    elif value.ndim == 1 and right.ndim == 2:
        if len(value) == right.shape[0]:
            yield value[:, None]
        if len(value) == right.shape[1]:
            yield value[None, :]


def find_other_inputs(setting: Setting) -> str:
    """The right answer for other inputs than those of the case."""
    for text, inputs, back in setting.variants(setting.bad[0]):
        if answers_other_inputs(setting, setting.bad[0], inputs, back) and (
            setting.holds(partial(answers_variant, setting, text))
            and setting.has_several
        ):
            return text
    return ""


def answers_variant(setting: Setting, text: str, trial: Trial) -> bool:
    """Whether an answer is the right one for the other inputs with a description."""
    known = {said: (inputs, back) for said, inputs, back in setting.variants(trial)}
    return text in known and answers_other_inputs(setting, trial, *known[text])


def answers_other_inputs(
    setting: Setting, trial: Trial, inputs: Inputs, back: Undo
) -> bool:
    """Whether an answer is the right one for other inputs."""
    right = setting.reference(trial, inputs)
    return right is not None and equal(setting.yours(trial), back(right))


OF_INPUTS: dict[str, Callable[[Array], Array]] = {
    marked("{name}"): lambda x: x,
    marked("the square of {name}"): np.square,
    marked("the square root of {name}"): np.sqrt,
    marked("1 minus {name}"): lambda x: 1.0 - x,
    marked("the exponential of {name}"): np.exp,
    marked("the sigmoid of {name}"): lambda x: 1.0 / (1.0 + np.exp(-x)),
    marked("the sigmoid of minus {name}"): lambda x: 1.0 / (1.0 + np.exp(x)),
}
SUMS: dict[str, Callable[[Array, Array], Array]] = {
    marked("this is the right result plus {term}"): np.add,
    marked("this is the right result minus {term}"): np.subtract,
    marked("this is {term} minus the right result"): lambda right, x: x - right,
}
PRODUCTS: dict[str, Callable[[Array, Array], Array]] = {
    marked("this is the right result times {term}"): np.multiply,
    marked(
        "this is the right result divided by {term}: is that factor missing?"
    ): np.divide,
}


EXPERIMENTS: dict[str, Callable[[Setting], str]] = {
    "scale": find_factor,
    "size": find_size_factor,
    "ignored": find_ignored_input,
    "combined": find_combination,
    "as_if": find_other_inputs,
    "linear": find_nonlinear,
    "ties": find_ties,
}
