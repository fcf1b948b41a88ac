"""The slides' five steps: the errors, one step, one epoch, whole runs."""

import copy
from pathlib import Path

import numpy as np
import pytest

import tinygraph as tg
from nets import (
    EpochRecord,
    Run,
    Settings,
    SettingsError,
    Standardisation,
    TrainingError,
    checkpoint,
    evaluate,
    fit,
    start,
    train_epoch,
    train_step,
)
from nets.data import Dataset
from nets.settings import usual_lr
from nets.training import learning_rate

SETTINGS = Settings(epochs=3, batch_size=5, seed=7)


def bits(run: Run) -> dict[str, bytes]:
    """Everything that training changes, except the time it took."""
    arrays = {name: t.data for name, t in run.network.parameters().items()}
    state = {f"optimizer {name}": v for name, v in run.optimizer.state_dict().items()}
    return {name: np.asarray(v).tobytes() for name, v in {**arrays, **state}.items()}


def scores(run: Run) -> list[tuple[float, ...]]:
    return [
        (r.epoch, r.train_loss, r.train_accuracy, r.test_loss, r.test_accuracy)
        for r in run.progress.history
    ]


@pytest.mark.parametrize(
    ("output", "error"), [([0.2, 0.4, 0.1, 0.3], 0.55), ([0.1, 0.1, 0.7, 0.1], 0.06)]
)
def test_the_errors_of_the_slides(output: list[float], error: float) -> None:
    assert float(tg.mse(np.array(output), np.array([0, 0, 1, 0]))) == pytest.approx(
        error, abs=1e-12
    )


@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
def test_every_parameter_has_a_gradient_and_moves(train: Dataset, loss: str) -> None:
    run = start(Settings(loss=loss), train)
    before = {name: t.data for name, t in run.network.parameters().items()}
    images, targets = run.standardise(train.images), train.one_hot()
    train_step(run.network, run.optimizer, images, targets, loss)
    for name, tensor in run.network.parameters().items():
        assert tensor.grad is not None and np.any(tensor.grad), name
        assert not np.array_equal(tensor.data, before[name]), name


@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
def test_learns_eight_pictures_by_heart(test: Dataset, loss: str) -> None:
    run = start(Settings(loss=loss, lr=usual_lr(32, loss)), test)
    images, targets = run.standardise(test.images), test.one_hot()
    for _ in range(60):
        error, correct = train_step(run.network, run.optimizer, images, targets, loss)
    assert correct == 8
    assert error < 0.02


def test_one_step_is_gradient_descent(train: Dataset) -> None:
    run = start(Settings(lr=0.5, momentum=0.0), train)
    before = {name: t.data for name, t in run.network.parameters().items()}
    images = run.standardise(train.images)
    train_step(run.network, run.optimizer, images, train.one_hot())
    for name, tensor in run.network.parameters().items():
        assert tensor.grad is not None
        expected = before[name] - np.float32(0.5) * tensor.grad
        np.testing.assert_array_equal(tensor.data, expected)


def test_an_epoch_sees_each_picture_once(train: Dataset) -> None:
    run = start(SETTINGS, train)
    records = list(train_epoch(run, train))
    assert len(records) == 5
    assert run.progress.seen == 24
    assert records[-1].accuracy == run.progress.correct / 24


def test_the_record_of_an_epoch_by_hand(train: Dataset, test: Dataset) -> None:
    """Steps so small that the network stays the same in the digits compared."""
    run = start(Settings(epochs=1, batch_size=7, lr=1e-12), train)
    [record] = fit(run, train, test)
    assert isinstance(record, EpochRecord) and record.epoch == 1
    for part, loss, accuracy in (
        (train, record.train_loss, record.train_accuracy),
        (test, record.test_loss, record.test_accuracy),
    ):
        output = run.network(run.standardise(part.images)).data
        expected = np.sum((part.one_hot() - output) ** 2) / 2 / len(part)
        assert loss == pytest.approx(expected, rel=1e-5)
        assert accuracy == np.mean(output.argmax(axis=1) == part.labels)
    assert run.progress.history == [record] and record.seconds > 0


def test_evaluate_changes_nothing_and_agrees_with_the_network(
    train: Dataset, test: Dataset
) -> None:
    run = start(SETTINGS, train)
    before = bits(run)
    record = evaluate(run.network, test, run.standardise)
    output = run.network(run.standardise(test.images)).data
    expected = float(np.sum((test.one_hot() - output) ** 2) / 2 / len(test))
    assert record.loss == pytest.approx(expected, rel=1e-5)
    assert record.accuracy == (output.argmax(axis=1) == test.labels).mean()
    assert bits(run) == before


def test_same_seed_same_bits(train: Dataset, test: Dataset) -> None:
    runs = [start(SETTINGS, train) for _ in range(2)]
    for run in runs:
        list(fit(run, train, test))
    assert bits(runs[0]) == bits(runs[1])
    assert scores(runs[0]) == scores(runs[1])
    assert [record.epoch for record in runs[0].progress.history] == [1, 2, 3]


@pytest.mark.parametrize("stop", [1, 4, 5, 7, 14])
def test_resumed_equals_uninterrupted_within_an_epoch(
    train: Dataset, test: Dataset, tmp_path: Path, stop: int
) -> None:
    whole = start(SETTINGS, train)
    list(fit(whole, train, test))
    run, left = start(SETTINGS, train), stop

    def watch(records):  # type: ignore[no-untyped-def]
        nonlocal left
        for record in records:
            yield record
            left -= 1
            if left == 0:
                raise InterruptedError

    with pytest.raises(InterruptedError):
        list(fit(run, train, test, watch))
    checkpoint.save(run, tmp_path / "c.npz")
    resumed = checkpoint.load(tmp_path / "c.npz")
    list(fit(resumed, train, test))
    assert bits(resumed) == bits(whole)
    assert scores(resumed) == scores(whole)


@pytest.mark.parametrize("epochs", [1, 2])
def test_resumed_equals_uninterrupted_between_epochs(
    train: Dataset, test: Dataset, tmp_path: Path, epochs: int
) -> None:
    whole = start(SETTINGS, train)
    for record in fit(whole, train, test):
        if record.epoch == epochs:
            checkpoint.save(whole, tmp_path / "c.npz")
    resumed = checkpoint.load(tmp_path / "c.npz")
    list(fit(resumed, train, test))
    assert bits(resumed) == bits(whole)
    assert scores(resumed) == scores(whole)


def test_a_loss_that_is_not_finite_leaves_the_parameters(train: Dataset) -> None:
    run = start(SETTINGS, train)
    before = bits(run)
    images = np.full((4, 3, 16, 16), np.nan, np.float32)
    with pytest.raises(TrainingError, match="nan: start again with an lr below"):
        train_step(run.network, run.optimizer, images, train.one_hot()[:4])
    assert bits(run) == before


def test_a_run_that_diverges_says_so(train: Dataset, test: Dataset) -> None:
    run = start(Settings(lr=1e30, epochs=2, batch_size=8), train)
    with pytest.raises(TrainingError, match="start again with"):
        list(fit(run, train, test))


def test_the_learning_rate_falls_from_lr_to_nearly_nothing() -> None:
    rates = [learning_rate(0.05, epoch, 10) for epoch in range(10)]
    assert rates[0] == 0.05
    assert rates == sorted(rates, reverse=True)
    assert 0 < rates[-1] < 0.002


def test_standardised_channels(train: Dataset) -> None:
    standardise = Standardisation.of(train.images)
    images = standardise(train.images, np.float64)
    np.testing.assert_allclose(images.mean(axis=(0, 2, 3)), 0, atol=1e-10)
    np.testing.assert_allclose(images.std(axis=(0, 2, 3)), 1, atol=1e-10)
    assert standardise(train.images).dtype == np.float32


def test_a_constant_channel_does_not_divide_by_zero() -> None:
    flat = np.full((2, 3, 4, 4), 200, dtype=np.uint8)
    assert not Standardisation.of(flat)(flat).any()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("batch_size", -3),
        ("seed", -1),
        ("lr", 0.0),
        ("lr", float("nan")),
        ("lr", float("inf")),
        ("momentum", 1.0),
        ("momentum", float("nan")),
        ("loss", "hinge"),
        ("classes", "some"),
    ],
)
def test_settings_out_of_range(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match=name.replace("_", "-")):
        Settings(**{name: value})  # type: ignore[arg-type]


def test_training_does_not_touch_the_pictures(train: Dataset, test: Dataset) -> None:
    before = copy.deepcopy((train.images, train.labels))
    list(fit(start(Settings(epochs=1), train), train, test))
    assert np.array_equal(train.images, before[0])
    assert np.array_equal(train.labels, before[1])
