"""The exercises on graphs and convolution: known mistakes are named, cases are fast."""

import time

import pytest
from judging import judged
from seeds import many_seeds, seeds
from shipped import exercise

from tinygraph.exercises.authoring.selftest import SLOW
from tinygraph.exercises.exercise import CASES
from tinygraph.exercises.judging.trial import call_trusted

NUMBERS = ["10", "11", "12", "13", "14", "15"]
SEEDS = seeds(1, 10)  # the selftest takes others
WRONG = [(n, w.name) for n in NUMBERS for w in exercise(n).wrong]


@many_seeds
@pytest.mark.parametrize(("number", "name"), WRONG, ids=[f"{n}-{w}" for n, w in WRONG])
def test_a_known_mistake_is_called_by_its_name(number: str, name: str) -> None:
    wrong = next(w for w in exercise(number).wrong if w.name == name)
    for seed in SEEDS[:1] if number == "15" else SEEDS:
        verdict = judged(number, wrong.function, seed)
        assert verdict.finding is not None
        assert verdict.finding.mistake == name
        assert "{" not in verdict.finding.message


@pytest.mark.parametrize("number", NUMBERS)
def test_a_case_is_fast(number: str) -> None:
    (reference,) = exercise(number).references.values()
    for case in range(CASES):
        start = time.perf_counter()
        call_trusted(exercise(number), reference, exercise(number).case(0, case))
        assert time.perf_counter() - start < SLOW
