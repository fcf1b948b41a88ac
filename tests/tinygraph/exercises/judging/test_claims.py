"""What is said of the structure of a mistake holds in cases that the judge never saw.

Wrong answers are made by chance: each changes the right result in a way that depends on
the inputs. What is said of them is read again, and tried on the cases of other seeds.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from seeds import many_seeds, seeds
from shipped import exercise

from tinygraph.exercises.judging.comparison import near
from tinygraph.exercises.judging.judge import judge
from tinygraph.exercises.judging.trial import trusted_runner
from tinygraph.exercises.running.outcome import Outcome

Array = np.ndarray[Any, Any]
NUMBERS = ("02", "03", "05", "07", "09", "12", "14")  # with results of all kinds
UNSEEN = range(1000, 1006)  # seeds


def negate(x: Array, at: Array) -> Array:
    return np.where(at, -x, x)


def drop(x: Array, at: Array) -> Array:
    return np.where(at, 0.0, x)


def double(x: Array, at: Array) -> Array:
    return np.where(at, 2.0 * x, x)


def move(x: Array, at: Array) -> Array:
    return np.where(at, x + 0.25, x)


def flatten(x: Array, at: Array) -> Array:
    return np.where(at, x.mean(), x)


CHANGES = (negate, drop, double, move, flatten)


def elements(x: Array, rng: np.random.Generator) -> Array:
    """Some elements, wherever they are."""
    return rng.random(x.shape) < 0.4


def one_element(x: Array, rng: np.random.Generator) -> Array:
    return np.arange(x.size).reshape(x.shape) == rng.integers(x.size)


def one_slice(x: Array, rng: np.random.Generator) -> Array:
    """One slice along an axis, both by chance."""
    axis = int(rng.integers(x.ndim)) if x.ndim else 0
    where = np.zeros(x.shape, bool)
    if x.ndim:
        np.moveaxis(where, axis, 0)[rng.integers(x.shape[axis])] = True
    return where


def tail(x: Array, rng: np.random.Generator) -> Array:
    """Everything from some index on."""
    return np.arange(x.size).reshape(x.shape) >= rng.integers(1, x.size + 1)


PLACES = (elements, one_element, one_slice, tail)


def wrong_answer(function: Any, change: Any, place: Any, salt: int) -> Any:
    """The reference, changed at places that depend on the inputs and nothing else."""

    def answer(*inputs: Any) -> Array:
        right = np.asarray(function(*inputs))
        text = repr([np.asarray(value).tolist() for value in inputs])
        rng = np.random.default_rng([salt, zlib.crc32(text.encode())])
        return np.asarray(change(right, place(right, rng)))

    return answer


def bad_at(pair: tuple[Array, Array]) -> Array:
    yours, right = pair
    return ~near(yours, right)


def places(wrong: Array, axis: int) -> list[int]:
    rest = tuple(a for a in range(wrong.ndim) if a != axis)
    return [int(i) for i in np.flatnonzero(wrong.any(axis=rest))]


def from_on(pair: tuple[Array, Array], first: str, axis: str) -> bool:
    wrong = bad_at(pair)
    count = wrong.shape[int(axis)]
    return places(wrong, int(axis)) == list(range(int(first), count))


def at_index(pair: tuple[Array, Array], index: str, axis: str) -> bool:
    return places(bad_at(pair), int(axis)) == [int(index)]


def at_last(pair: tuple[Array, Array], axis: str) -> bool:
    wrong = bad_at(pair)
    return places(wrong, int(axis)) == [wrong.shape[int(axis)] - 1]


def up_to(pair: tuple[Array, Array], last: str, axis: str) -> bool:
    return places(bad_at(pair), int(axis)) == list(range(int(last) + 1))


def is_zero_there(pair: tuple[Array, Array]) -> bool:
    return not pair[0][bad_at(pair)].any()


def sign_only(pair: tuple[Array, Array]) -> bool:
    return bool(near(np.abs(pair[0]), np.abs(pair[1])).all())


def times(pair: tuple[Array, Array], factor: str) -> bool:
    return np.allclose(pair[0], float(factor) * pair[1], rtol=2e-3)


def off_by(pair: tuple[Array, Array], value: str) -> bool:
    return np.allclose(pair[0] - pair[1], float(value), rtol=2e-3)


def flipped(pair: tuple[Array, Array], axis: str) -> bool:
    return np.allclose(pair[0], np.flip(pair[1], int(axis)))


def alike(pair: tuple[Array, Array], axis: str) -> bool:
    yours = pair[0]
    return np.allclose(np.diff(yours, axis=int(axis)), 0.0)


def constant(pair: tuple[Array, Array], value: str) -> bool:
    return np.allclose(pair[0], float(value), rtol=2e-3)


MEANINGS: dict[str, Callable[..., bool]] = {  # what a sentence says, read by itself
    r"from index (\d+) on along axis (\d)": from_on,
    r"at index (\d+) along axis (\d)": at_index,
    r"at the last index along axis (\d)": at_last,
    r"up to index (\d+) along axis (\d)": up_to,
    r"all others are right": is_zero_there,
    r"everything else is right": sign_only,
    r"everything is (\S+) times what it should be$": times,
    r"everything is off by ([-+.\de]+)": off_by,
    r"flipped along axis (\d)": flipped,
    r"all elements are equal, ([-.\de]+)$": constant,
    r"same at all indices along axis (\d)": alike,
    r"all elements are 0": lambda pair: not pair[0].any(),
    r"transposed$": lambda pair: np.array_equal(pair[0], pair[1].T),
    r"in the wrong places": lambda pair: np.allclose(*(np.sort(x, None) for x in pair)),
    r"only elements at the border": lambda pair: (
        not bad_at(pair)[..., 1:-1, 1:-1].any()
    ),
}
PLAIN = (  # what says only what happened in one case, or in which cases
    "first wrong element",
    "yours ",
    "right in ",
    "right except where ",
    "doubling g must double",
    "g = 0 must give 0",
    "nearly right",
)


def readings(message: str) -> Iterator[Callable[[tuple[Array, Array]], bool]]:
    """The claims in a message, each as a test of a result beside the right one."""
    about = message.partition(" (wrong only where")[0]
    for pattern, meaning in MEANINGS.items():
        found = re.search(pattern, about)
        if found:
            yield lambda pair, m=meaning, f=found: m(pair, *f.groups())


@many_seeds
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("number", NUMBERS)
def test_no_claim_about_a_random_mistake_is_a_coincidence(
    number: str, change: Any, place: Any
) -> None:
    own = exercise(number)
    name, function = next(iter(own.references.items()))
    for salt in seeds(1, 4):
        answer = wrong_answer(function, change, place, salt)
        run = trusted_runner(own, {**own.references, name: answer})
        finding = judge(own, run, 0).finding
        if finding is None:  # nothing was changed that counts
            continue
        claims = list(readings(finding.message))
        assert claims or any(text in finding.message for text in PLAIN), finding
        for seed in UNSEEN:
            for k in range(own.corners, 12):
                inputs = own.case(seed, k)
                pair = answer(*inputs), np.asarray(function(*inputs))
                if bad_at(pair).any():
                    assert all(claim(pair) for claim in claims), finding


def rows_of(x: Array) -> Array:
    return np.arange(len(x)).reshape(-1, *[1] * (x.ndim - 1))


def always(said: str) -> Any:
    """An answer with a mistake that is the same in every case."""
    return {
        "from index 1 on along axis 0": lambda x: drop(x, rows_of(x) > 0),
        "everything is 3 times": lambda x: 3.0 * x,
        "flipped along axis 0": lambda x: x[::-1],
    }[said]


@pytest.mark.parametrize(
    "said",
    ["from index 1 on along axis 0", "everything is 3 times", "flipped along axis 0"],
)
def test_a_claim_that_always_holds_is_made(said: str) -> None:
    own = exercise("02")
    sigmoid_grad, change = own.references["sigmoid_grad"], always(said)
    answer = {"sigmoid_grad": lambda x: change(sigmoid_grad(x + 0.5))}
    own_wrong = {"sigmoid_grad": lambda x: change(sigmoid_grad(x))}
    run = trusted_runner(own, {**own.references, **own_wrong})
    finding = judge(own, run, 0).finding
    assert finding is not None and said in finding.message
    run = trusted_runner(own, {**own.references, **answer})
    other = judge(own, run, 0).finding
    assert other is not None and said not in other.message


def test_a_result_that_is_the_same_along_an_axis_is_named() -> None:
    own = exercise("14")
    name, reference = next(iter(own.references.items()))
    for change, is_said in ((lambda x: 0.0 * x + x[:, :1], True), (np.cos, False)):
        answer = {name: lambda *inputs, f=change: f(reference(*inputs))}
        run = trusted_runner(own, {**own.references, **answer})
        finding = judge(own, run, 0).finding
        assert finding is not None
        assert ("the same at all indices along axis 1" in finding.message) == is_said


def test_a_mistake_in_a_range_of_an_input_is_named_by_the_range() -> None:
    own = exercise("02")
    answer: dict[str, Any] = {"relu_grad": lambda x: np.where(x >= 0.5, 1.0, 0.0)}
    run = trusted_runner(own, {**own.references, **answer})
    for seed in range(3):
        finding = judge(own, run, seed).finding
        assert finding is not None
        assert "wrong only where x is between 0 and 0.5" in finding.message


def test_a_claim_is_not_made_of_a_single_case() -> None:
    own = exercise("03")
    softmax = own.references["softmax"]

    def answer(z: Array) -> Array:
        right = softmax(z)
        return right[::-1] if z.max() == 1500.0 else right

    run = trusted_runner(own, {"softmax": answer})
    finding = judge(own, run, 0).finding
    assert finding is not None and "flipped" not in finding.message


def test_an_outcome_that_fails_for_another_seed_is_no_claim() -> None:
    own = exercise("09")
    softmax_vjp = own.references["softmax_vjp"]
    first = {own.case(0, k)[0].tobytes() for k in range(12)}

    def run(name: str, inputs: Any) -> Outcome:
        if inputs[0].tobytes() not in first:
            return Outcome(failure="timeout", message="not done after 10 seconds")
        return Outcome((2.0 * softmax_vjp(*inputs),))

    finding = judge(own, run, 0).finding
    assert finding is not None and "2 times" in finding.message
