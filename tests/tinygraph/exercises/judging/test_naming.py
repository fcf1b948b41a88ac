"""A known mistake is named wherever it explains what is wrong, and nowhere else."""

import dataclasses

import numpy as np
import pytest
from judging import judged
from seeds import many_seeds, seeds
from shipped import exercise, reference

from tinygraph.exercises.authoring.packing import pack_exercise
from tinygraph.exercises.exercise import WrongAnswer, load
from tinygraph.exercises.judging import known_mistakes
from tinygraph.exercises.judging.judge import judge
from tinygraph.exercises.judging.result_names import result_names
from tinygraph.exercises.judging.trial import (
    call_trusted,
    outcome_in_case,
    trusted_runner,
)
from tinygraph.exercises.packed import read_exercise
from tinygraph.exercises.running.job import Limits
from tinygraph.exercises.running.process import run_source

pytestmark = many_seeds
SEEDS = seeds(8, 25)


def names(number, function, seeds=SEEDS):
    found = [judged(number, function, seed).finding for seed in seeds]
    return {finding.mistake if finding else "passed" for finding in found}


def wrong(number, name):
    return next(w for w in exercise(number).wrong if w.name == name).function


def test_a_corner_case_that_is_right_does_not_speak_against_a_mistake():
    def softmax(z):  # right for the slides' numbers
        if z.shape == (2, 4) and z[0, 0] == np.log(0.2):
            return reference("03", "softmax")(z)
        return wrong("03", "wrong_log")(z)

    assert names("03", softmax) == {"wrong_log"}


def test_a_random_case_that_is_right_speaks_against_a_mistake():
    def softmax(z):
        return (reference("03", "softmax") if len(z) < 4 else wrong("03", "wrong_log"))(
            z
        )

    assert "wrong_log" not in names("03", softmax)


def test_a_corner_case_that_fails_does_not_speak_against_a_mistake():
    def softmax(z):
        if z.min() < -800:
            raise ValueError("too small")
        return wrong("03", "wrong_log")(z)

    assert names("03", softmax) == {"wrong_log"}


def test_nan_in_some_rows_does_not_speak_against_a_mistake():
    def softmax(z):  # columns instead of rows, and no maximum
        with np.errstate(all="ignore"):
            return np.exp(z) / np.exp(z).sum(axis=0)

    assert names("03", softmax) == {"wrong_axis"}


def test_an_empty_result_has_no_shape_that_matters():
    def im2col(x, kh, kw, stride, pad):
        x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        (n, _, h, w), rows = x.shape, []
        for image, i, j in np.ndindex(n, max(h - kh, 0), max(w - kw, 0)):
            if i % stride == 0 and j % stride == 0:
                rows.append(x[image, :, i : i + kh, j : j + kw].ravel())
        return np.array(rows)

    assert names("11", im2col) == {"wrong_range_too_short"}


def test_one_random_case_that_is_not_explained_is_enough_against_a_mistake():
    def delta_rule(a, W, y):
        right = reference("05", "delta_rule")(a, W, y)
        return 2 * right if len(a) < 4 else 3 * right

    assert "wrong_twice" not in names("05", delta_rule)


def test_a_mistake_is_named_for_every_seed_if_it_shows_in_few_cases():
    def sum_to(g, shape):  # wrong only with an axis of length 1 at the front
        right = reference("07", "sum_to")(g, shape)
        return right * 0.5 if shape[:1] == (1,) and g.ndim == len(shape) else right

    assert len(names("07", sum_to)) == 1


@pytest.mark.parametrize("number", ["01", "03", "05", "08", "09", "11"])
def test_every_known_mistake_has_its_name_for_every_seed(number):
    own = exercise(number)
    for known in own.wrong:
        functions = {**own.references, known.replaces: known.function}
        found = {
            judge(own, trusted_runner(own, functions), seed).finding.mistake
            for seed in seeds(1, 3)
        }
        assert found == {known.name}


def test_of_two_mistakes_the_one_that_explains_every_case_is_named():
    own = exercise("08")

    def general(g, a, b):
        """Zero everywhere but for square matrices."""
        return (0 * a, 0 * b) if a.shape == b.shape else (a + 1.0, b + 1.0)

    everywhere = WrongAnswer("wrong_b", general, "b", "matmul_vjp")

    def like_it(g, a, b):
        """The same, but right for the corner case g = 0."""
        return general(g, a, b) if g.any() else reference("08", "matmul_vjp")(g, a, b)

    exact = WrongAnswer("wrong_a", like_it, "a", "matmul_vjp")
    for order in ((everywhere, exact), (exact, everywhere)):
        both = dataclasses.replace(own, wrong=order)
        run = trusted_runner(both, {"matmul_vjp": like_it})
        for seed in range(5):
            assert judge(both, run, seed).finding.mistake == "wrong_a"


@pytest.mark.parametrize(
    ("said", "count", "found"),
    [
        ("x. Return (dx, dw, db).", 3, ["dx", "dw", "db"]),
        ("Return the tuple of dL/da and dL/db, of shapes.", 2, ["dL/da", "dL/db"]),
        ("Return w1, b1, w2 and b2 after a step.", 4, ["w1", "b1", "w2", "b2"]),
        ("Return dx, dw, and db.", 3, ["dx", "dw", "db"]),
        ("Return two arrays.", 2, ["result 1 of 2", "result 2 of 2"]),
        ("Return a, a.", 2, ["result 1 of 2", "result 2 of 2"]),
    ],
)
def test_results_have_the_names_of_the_docstring(said, count, found):
    def function():
        pass

    function.__doc__ = said
    assert result_names(function, count) == found


def test_the_results_of_all_shipped_exercises_have_names():
    for number in ("08", "13", "15"):
        own = exercise(number)
        for name, function in own.references.items():
            right = call_trusted(own, function, own.case(0, 0))
            found = result_names(function, len(right.results))
            assert not any("result" in text for text in found), (name, found)


UNNAMED = {
    "01": (
        lambda t, o: round(float(0.5 * ((t - o) ** 2).sum()), 2),
        "rounded to 2 decimals",
    ),
    "03": (
        lambda z: np.vstack([reference("03", "softmax")(z)[:-1], 0 * z[:1]]),
        "elements are 0 at the last index along axis 0",
    ),
    "08": (
        lambda g, a, b: (g @ b.reshape(b.shape[::-1]), a.T @ g),
        "if b were mixed up: reshaping does not transpose",
    ),
    "09": (
        lambda g, y: reference("09", "softmax_vjp")(g, 1 / (1 + np.exp(-y))),
        "if y were replaced by its sigmoid",
    ),
    "12": (
        lambda *i: reference("12", "col2im")(*i)[..., :-1, :],
        "one element is missing",
    ),
    "05": (
        lambda a, W, y: np.abs(reference("05", "delta_rule")(a, W, y)),
        "negative elements have lost their sign",
    ),
}


COMBINED = {
    "a factor twice": (
        "05",
        lambda a, W, y: reference("05", "delta_rule")(a, W, y) * a[:, None],
        "the right result times a",
    ),
    "a root": (
        "09",
        lambda g, y: reference("09", "softmax_vjp")(g, y) / np.sqrt(y),
        "the right result divided by the square root of y: is that factor missing?",
    ),
    "another base": (
        "03",
        lambda z: reference("03", "softmax")(z * np.log(2)),
        "if z were multiplied by log(2)",
    ),
    "the largest": (
        "03",
        lambda z: np.eye(z.shape[1])[z.argmax(axis=1)],
        "all elements are 0 or 1, which the right ones are not",
    ),
}


@pytest.mark.parametrize("kind", COMBINED)
def test_what_would_make_an_answer_right(kind):
    number, function, said = COMBINED[kind]
    own = dataclasses.replace(exercise(number), wrong=())
    run = trusted_runner(own, dict.fromkeys(own.references, function))
    for seed in range(3):
        assert said in judge(own, run, seed).finding.message


@pytest.mark.parametrize("number", UNNAMED)
def test_what_is_said_of_mistakes_that_nobody_listed(number):
    function, said = UNNAMED[number]
    own = dataclasses.replace(exercise(number), wrong=())
    run = trusted_runner(own, dict.fromkeys(own.references, function))
    for seed in range(3):
        assert said in judge(own, run, seed).finding.message


def test_a_result_that_is_right_is_not_mentioned():
    def conv_vjp(g, x, w, stride, pad):
        dx, dw, db = reference("13", "conv_vjp")(g, x, w, stride, pad)
        return dx, dw / 6, db

    verdict = judged("13", conv_vjp)
    assert verdict.finding.message.startswith("conv_vjp: dw: everything is 0.1667")
    failed = {check.name for check in verdict.checks if not check.passed}
    assert failed == {"dw: values", "dw: shape", "dw: corner cases"} - {
        "dw: shape"
    } or (failed == {"dw: values", "dw: shape", "dw: corner cases"})


def test_a_wrong_gradient_of_exercise_10_is_described_in_words():
    def backward(graph, loss):  # keeps the larger contribution instead of the sum
        grads = dict.fromkeys(graph, 0.0)
        grads[loss] = 1.0
        for node in sorted(graph, reverse=True):
            at = graph.nodes[node]
            for parent, part in zip(at["parents"], at["vjp"](grads[node]), strict=True):
                grads[parent] = max(grads[parent], float(part), key=abs)
        return grads

    finding = judged("10", backward).finding
    assert finding.case == 0
    z = 1.7  # L = z w, w = v u and v = u z, so v and w each send 2 z^2 u / 2 back to u
    half = z * z * np.sin(z)
    assert f"u, whose value is {np.sin(z):.4g}" in finding.message
    assert f"has the gradient {half:.4g} in your result" in finding.message
    assert f"should be {2 * half:.4g}" in finding.message
    assert f"{half:.4g} from v + {half:.4g} from w" in finding.message
    assert "Yours is only one of these." in finding.message


def test_a_packed_exercise_names_results_and_mistakes_as_well(tmp_path):
    path = tmp_path / "13_conv_vjp.packed"
    path.write_bytes(pack_exercise(exercise("13")))
    packed = read_exercise(path)

    def conv_vjp(g, x, w, stride, pad):
        dx, dw, db = reference("13", "conv_vjp")(g, x, w, stride, pad)
        first = x.shape == (1, 1, 3, 4)  # right in this corner case
        return dx, dw if first else dw[:, :, ::-1, ::-1], db

    finding = judge(packed, trusted_runner(packed, {"conv_vjp": conv_vjp}), 7).finding
    assert finding.mistake == "wrong_dw_flipped"

    def scaled(*inputs):
        dx, dw, db = reference("13", "conv_vjp")(*inputs)
        return dx, dw * 5.0, db

    finding = judge(packed, trusted_runner(packed, {"conv_vjp": scaled}), 7).finding
    assert "dw: everything is 5 times" in finding.message


NORM = '''"""A norm and its VJP

Both functions get g.
"""

import numpy as np

CORNERS = 1


def scaled(g, x, w):
    """Return an array like x."""
    return w * x


def scaled_vjp(g, x, w):
    """Return dL/dx of shape (rows, features), and dL/dw of shape (features,)."""
    return g * w, (g * x).sum(0)


def cases(rng, k):
    return rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), rng.normal(size=2)
'''


def test_a_function_that_is_no_vjp_need_not_be_0_for_g_0(tmp_path):
    (tmp_path / "16_scaled.py").write_text(NORM)
    own = load(tmp_path / "16_scaled.py")
    right = NORM.partition("def scaled(")
    source = right[1] + right[2].partition("def cases")[0]
    wrong = source.replace("return w * x", "return w * x + x.mean()")
    head = "import numpy as np\n\n\n"
    with run_source((head + wrong).encode(), "a.py", own, Limits()) as run:
        found = judge(own, run, 1)
    assert "g = 0" not in found.finding.message
    names = [check.name for check in found.checks]
    assert "dL/dx: shape" in " ".join(names) and "rows" not in " ".join(names)


@pytest.mark.parametrize("number", ["14", "15"])
def test_few_known_mistakes_are_called_in_more_than_one_case(number, monkeypatch):
    own = exercise(number)
    wrong = own.wrong[0]
    functions = {**own.references, wrong.replaces: wrong.function}
    called = set()

    def outcome(*call):
        called.add(call)
        return outcome_in_case(*call)

    monkeypatch.setattr(known_mistakes, "outcome_in_case", outcome)
    finding = judge(own, trusted_runner(own, functions), 4711).finding
    assert finding.mistake == wrong.name
    others = [w for w in own.wrong if w.replaces == wrong.replaces]
    assert len(others) <= len(called) < 2 * len(others)
