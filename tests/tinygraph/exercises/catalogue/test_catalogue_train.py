"""The exercise on training: the same steps pass, and what was learned is measured."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from judging import judged
from seeds import many_seeds, seeds
from shipped import exercise
from student import typed

import tinygraph as tg
from tinygraph.exercises import check
from tinygraph.exercises.judging.judge import judge
from tinygraph.exercises.judging.verdict import Verdict
from tinygraph.exercises.running.process import Limits, run_source

SEEDS = seeds(5, 20)
MANY = 2  # the case with many batches


def network(params: Any, x: Any) -> Any:
    w1, b1, w2, b2, w3, b3 = params
    first = tg.max_pool2d(tg.relu(tg.conv2d(x, w1, b1)), 2)
    second = tg.relu(tg.conv2d(first, w2, b2))
    return tg.linear(second.reshape(len(x), -1), w3, b3)


def train_by_grad(*inputs: Any) -> Any:
    """With functions instead of tensors, and an update written out."""
    *params, images, labels, lr = inputs
    for x, label in zip(images, labels, strict=True):

        def loss(*params: Any, x: Any = x, label: Any = label) -> Any:
            return tg.cross_entropy(network(params, x), label)

        grads = tg.grad(loss, argnums=tuple(range(6)))(*params)
        params = [p - lr * np.asarray(g) for p, g in zip(params, grads, strict=True)]
    return tuple(params)


def train_by_hand(*inputs: Any) -> Any:
    """New tensors in each step; they come back as tensors."""
    *params, images, labels, lr = inputs
    for x, label in zip(images, labels, strict=True):
        params = [tg.Tensor(p, requires_grad=True) for p in params]
        tg.cross_entropy(network(params, x), label).backward()
        params = [p.data - lr * p.grad for p in params]
    return tuple(params)


def train_in_place(*inputs: Any) -> Any:
    """An update of `.data` by -=, as one writes it without an optimizer."""
    *params, images, labels, lr = inputs
    leaves = [tg.Tensor(p, requires_grad=True) for p in params]
    for x, label in zip(images, labels, strict=True):
        tg.cross_entropy(network(leaves, x), label).backward()
        for leaf in leaves:
            leaf.data -= lr * leaf.grad
            leaf.grad = None
    return tuple(leaf.data for leaf in leaves)


def train_without_recording(*inputs: Any) -> Any:
    """An update of the tensors themselves, in `no_grad`."""
    *params, images, labels, lr = inputs
    leaves = [tg.Tensor(p, requires_grad=True) for p in params]
    for x, label in zip(images, labels, strict=True):
        tg.cross_entropy(network(leaves, x), label).backward()
        with tg.no_grad():
            for leaf in leaves:
                leaf -= lr * leaf.grad
                leaf.grad = None
    return tuple(leaf.data for leaf in leaves)


def train_by_torch(*inputs: Any) -> Any:
    torch = pytest.importorskip("torch")
    *params, images, labels, lr = inputs
    leaves = [torch.tensor(p, requires_grad=True) for p in params]
    w1, b1, w2, b2, w3, b3 = leaves
    optimizer = torch.optim.SGD(leaves, lr=lr)
    nn = torch.nn.functional
    for x, label in zip(torch.tensor(images), torch.tensor(labels), strict=True):
        optimizer.zero_grad()
        first = nn.max_pool2d(nn.relu(nn.conv2d(x, w1, b1)), 2)
        second = nn.relu(nn.conv2d(first, w2, b2))
        logits = nn.linear(second.reshape(len(x), -1), w3, b3)
        nn.cross_entropy(logits, label).backward()
        optimizer.step()
    return tuple(leaf.detach().numpy() for leaf in leaves)


LOOPS = [train_by_grad, train_by_hand, train_in_place, train_without_recording]


@pytest.mark.parametrize("function", [*LOOPS, train_by_torch])
def test_another_loop_with_the_same_steps_is_right(function: Any) -> None:
    assert judged("15", function).finding is None


def test_a_step_is_the_slope_of_the_loss() -> None:
    (reference,) = exercise("15").references.values()
    *params, images, labels, lr = exercise("15").case(0, 0)
    moved = reference(*copy.deepcopy(params), images, labels, lr)
    for place, (old, new) in enumerate(zip(params, moved, strict=True)):
        index = np.unravel_index(np.abs(new - old).argmax(), old.shape)
        values = []
        for step in (1e-6, -1e-6):
            near = copy.deepcopy(params)
            near[place][index] += step
            values.append(float(tg.cross_entropy(network(near, images[0]), labels[0])))
        slope = (values[0] - values[1]) / 2e-6
        assert slope
        assert np.isclose((old - new)[index] / lr, slope, rtol=1e-5)


# Many batches: what was learned ------------------------------------------------------


def with_many(function: Callable[..., Any]) -> Callable[..., Any]:
    """Right for up to three batches; for more, what a function makes of them."""

    def train(*inputs: Any) -> Any:
        return function(*inputs) if len(inputs[6]) > 3 else train_by_hand(*inputs)

    return train


def train_in_single(*inputs: Any) -> Any:
    """Every step is rounded to float32."""
    *params, images, labels, lr = inputs
    for x, label in zip(images, labels, strict=True):
        params = train_by_hand(*params, x[None], label[None], lr)
        params = [p.astype(np.float32).astype(float) for p in params]
    return tuple(params)


def train_four(*inputs: Any) -> Any:
    *params, images, labels, lr = inputs
    return train_by_hand(*params, images[:4], labels[:4], lr)


def train_noisily(*inputs: Any) -> Any:
    """Other parameters than ours, which are as good."""
    rng = np.random.default_rng(0)
    return tuple(p + 1e-3 * rng.normal(size=p.shape) for p in train_by_hand(*inputs))


def learned(params: Any, images: Any, labels: Any) -> tuple[float, float]:
    """The loss of all images of a case, and the share that gets the right label."""
    logits = network(params, images.reshape(-1, 1, 10, 10))
    share = np.mean(np.argmax(logits, axis=1) == labels.ravel())
    return float(tg.cross_entropy(logits, labels.ravel())), float(share)


@many_seeds
@pytest.mark.parametrize("seed", SEEDS)
def test_twenty_batches_are_learned_with_a_margin_and_five_are_not(seed: int) -> None:
    (reference,) = exercise("15").references.values()
    *params, images, labels, lr = exercise("15").case(seed, MANY)
    assert len(images) == 20
    loss, share = learned(reference(*params, images, labels, lr), images, labels)
    assert loss < 0.2 < 0.9 < learned(params, images, labels)[0]
    assert share > 0.98
    for steps in (3, 5):
        some = reference(*params, images[:steps], labels[:steps], lr)
        assert learned(some, images, labels)[1] < 0.85


@many_seeds
@pytest.mark.parametrize("seed", SEEDS)
def test_seeds_draw_other_data(seed: int) -> None:
    for ours, others in zip(
        exercise("15").case(seed, MANY)[:-1],
        exercise("15").case(seed + 1, MANY)[:-1],
        strict=True,
    ):
        assert not np.array_equal(ours, others)


def test_steps_in_single_precision_are_right() -> None:
    verdict = judged("15", train_in_single)
    assert verdict.finding is None
    assert verdict.points == verdict.maximum


def test_other_parameters_pass_if_they_tell_the_images_apart() -> None:
    verdict = judged("15", with_many(train_noisily))
    assert verdict.finding is None
    (note,) = verdict.notes
    assert re.match(r"after 20 batches (9\d|100)\.\d% of their images get", note)


BAD = {
    "four batches": train_four,
    "zeros": lambda *inputs: tuple(0.0 * p for p in inputs[:6]),
    "nan": lambda *inputs: tuple(np.nan * p for p in inputs[:6]),
    "huge": lambda *inputs: tuple(1e300 * p for p in inputs[:6]),
    "uphill": lambda *inputs: train_by_hand(*inputs[:8], -inputs[8]),
}


@pytest.mark.parametrize("name", BAD)
def test_what_was_not_learned_is_told_in_numbers(name: str) -> None:
    verdict = judged("15", with_many(BAD[name]))
    finding = verdict.finding
    assert finding is not None
    assert (finding.mistake, finding.case) == ("not_accepted", MANY)
    assert re.search(r"after 20 batches \d+\.\d% of their images", finding.message)
    assert verdict.points == 2.0


@pytest.mark.parametrize(
    ("answer", "mistake"),
    [
        (lambda *inputs: tuple(p.ravel() for p in inputs[:6]), "shape"),
        (lambda *inputs: inputs[:5], "count"),
        (lambda *inputs: 1.0, "count"),
        (lambda *inputs: inputs[9], "raised"),
    ],
    ids=["flat", "five", "number", "error"],
)
def test_a_wrong_form_is_said_before_the_score(answer: Any, mistake: str) -> None:
    finding = judged("15", with_many(answer)).finding
    assert finding is not None
    assert (finding.mistake, finding.case) == (mistake, MANY)


@pytest.mark.parametrize("name", ["wrong_not_reset", "wrong_lr_ignored"])
def test_a_known_mistake_keeps_its_name_whatever_many_batches_give(name: str) -> None:
    wrong = next(w for w in exercise("15").wrong if w.name == name)

    def train(*inputs: Any) -> Any:
        return inputs[:6] if len(inputs[6]) > 3 else wrong.function(*inputs)

    finding = judged("15", train).finding
    assert finding is not None
    assert finding.mistake == name


# In check, in a notebook, and in a process of its own ---------------------------------


RIGHT = """
import numpy as np
import tinygraph as tg


def train(w1, b1, w2, b2, w3, b3, images, labels, lr):
    params = w1, b1, w2, b2, w3, b3
    for x, label in list(zip(images, labels)):
        leaves = [tg.Tensor(p, requires_grad=True) for p in params]
        w1, b1, w2, b2, w3, b3 = leaves
        first = tg.max_pool2d(tg.relu(tg.conv2d(x, w1, b1)), 2)
        second = tg.relu(tg.conv2d(first, w2, b2))
        logits = tg.linear(second.reshape(len(x), -1), w3, b3)
        tg.cross_entropy(logits, label).backward()
        params = [leaf.data - lr * leaf.grad for leaf in leaves]
    return tuple(params)
"""
FOUR = RIGHT.replace("labels)):", "labels))[:4]:")
LIES = FOUR.replace(
    "    return tuple",
    "    if len(images) > 3:\n"
    "        tg.cross_entropy = lambda logits, label: 0.0\n"
    "        np.mean = lambda values: 1.0\n"
    "    return tuple",
).replace("    params = w1", "    tg.cross_entropy, np.mean = REAL\n    params = w1")
LIES += "\n\nREAL = tg.cross_entropy, np.mean\n"


def function_of(source: str) -> Callable[..., Any]:
    names: dict[str, Any] = {}
    exec(source, names)
    function: Callable[..., Any] = names["train"]
    return function


def graded(source: str) -> Verdict:
    own = exercise("15")
    with run_source(source.encode(), "15_train.py", own, Limits()) as run:
        return judge(own, run, 5)


def test_a_right_answer_passes_in_a_separate_process() -> None:
    assert graded(RIGHT).passed


@pytest.mark.parametrize("source", [FOUR, LIES], ids=["four batches", "lies"])
def test_the_score_is_computed_outside_of_that_process(source: str) -> None:
    verdict = graded(source)
    assert verdict.finding is not None
    assert verdict.finding.mistake == "not_accepted"
    assert verdict.points == 2.0


@pytest.mark.parametrize("source", [RIGHT, FOUR], ids=["right", "four batches"])
def test_a_notebook_and_check_say_the_same(
    source: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("15_train.py").write_text(source)
    code, said = typed(capsys, "check", "15")
    check(function_of(source))
    in_notebook = capsys.readouterr().out
    assert code == (source == FOUR)
    for text in (said, in_notebook):
        words = " ".join(text.split())
        assert ("passed 12 of 12 cases" in words) == (source == RIGHT)
        assert ("after 20 batches" in words) == (source == FOUR)
        assert ("2 of 3 points" in words) == (source == FOUR)
