"""Schedules, clipping, averaging, losses, augmentation, early stopping, callbacks."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import affine_transform

import nets
import tinygraph as tg
from nets import Settings, SettingsError, checkpoint, data, fit, start, train_epoch
from nets.__main__ import main
from nets.data import Dataset
from nets.layers import state_dict
from nets.losses import balanced_weights
from nets.schedules import Constant, Cosine, Step, WarmUp, schedule_of
from nets.training import augmented, epochs_without_progress, learning_rate

torch = pytest.importorskip("torch")
schedulers = torch.optim.lr_scheduler


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


# Schedules --------------------------------------------------------------------------


def rates_of(make: Any, epochs: int) -> list[float]:
    """The rates of a scheduler of PyTorch, epoch by epoch."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler, rates = make(optimizer), []
    for _ in range(epochs):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def warmed_up(optimizer: Any) -> Any:
    parts = [
        schedulers.LinearLR(optimizer, start_factor=0.25, total_iters=3),
        schedulers.CosineAnnealingLR(optimizer, 7),
    ]
    return schedulers.SequentialLR(optimizer, parts, [3])


@pytest.mark.parametrize(
    ("schedule", "make"),
    [
        (Constant(), lambda o: schedulers.ConstantLR(o, 1.0)),
        (Cosine(10), lambda o: schedulers.CosineAnnealingLR(o, 10)),
        (Step([3, 7], 0.5), lambda o: schedulers.MultiStepLR(o, [3, 7], 0.5)),
        (WarmUp(3, Cosine(7)), warmed_up),
    ],
    ids=lambda value: type(value).__name__,
)
# SequentialLR calls its own parts in a way that it warns of.
@pytest.mark.filterwarnings("ignore:The epoch parameter in `scheduler.step()`")
def test_schedules(schedule: Any, make: Any) -> None:
    found = [schedule(epoch) for epoch in range(10)]
    np.testing.assert_allclose(found, rates_of(make, 10), rtol=1e-12)


def test_schedules_of_runs() -> None:
    found = [schedule_of("step", 8)(epoch) for epoch in range(8)]
    np.testing.assert_allclose(found, [1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01])
    assert schedule_of("cosine", 9, 2) == WarmUp(2, Cosine(7))
    assert schedule_of("constant", 9)(8) == 1
    assert learning_rate(0.3, 2, 9) == 0.3 * schedule_of("cosine", 9)(2)


def test_a_run_follows_its_schedule(train: Dataset, test: Dataset) -> None:
    settings = Settings(epochs=4, lr=0.01, schedule="step", warm_up=1)
    run, rates = start(settings, train), []
    for _ in fit(run, train, test):
        rates.append(run.optimizer.lr)
    np.testing.assert_allclose(rates, [0.005, 0.01, 0.01, 0.001])


# Gradients, weights, losses ---------------------------------------------------------


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 20))
def test_clipping(seed: int, norm: float) -> None:
    arrays = [rng(seed).normal(size=shape) for shape in [(3, 2), (), (4,)]]
    ours = {str(n): tg.Tensor(a, requires_grad=True) for n, a in enumerate(arrays)}
    ours["unused"] = tg.Tensor(1.0, requires_grad=True)
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    for a, tensor, other in zip(arrays, ours.values(), theirs, strict=False):
        tensor.grad, other.grad = 2 * a, torch.tensor(2 * a)
    expected = torch.nn.utils.clip_grad_norm_(theirs, norm)
    assert nets.clip_gradients(ours, norm) == pytest.approx(expected.item())
    for tensor, other in zip(ours.values(), theirs, strict=False):
        np.testing.assert_allclose(tensor.grad, other.grad, rtol=1e-12)
    assert ours["unused"].grad is None


def test_clipping_changes_a_step(train: Dataset) -> None:
    run = start(Settings(momentum=0.0, lr=1.0), train)
    before = state_dict(run.network)
    images, targets = run.standardise(train.images), train.one_hot()
    nets.train_step(run.network, run.optimizer, images, targets, clip=1e-3)
    after = state_dict(run.network)
    moved = np.sqrt(sum(np.sum((after[name] - before[name]) ** 2) for name in before))
    assert moved == pytest.approx(1e-3, rel=1e-2)


def test_averages_of_weights() -> None:
    module = torch.nn.Linear(2, 3).double()
    ema = torch.optim.swa_utils.get_ema_multi_avg_fn(0.8)
    averaged = torch.optim.swa_utils.AveragedModel(module, multi_avg_fn=ema)
    layer = nets.Linear.random(rng(), 2, 3, np.float64)
    layer.load_state_dict(module.state_dict())
    average = nets.WeightAverage(layer.parameters(), 0.8)
    averaged.update_parameters(module)
    for seed in range(4):
        w, b = rng(seed).normal(size=(3, 2)), rng(seed).normal(size=3)
        layer.load_state_dict({"weight": w, "bias": b})
        module.load_state_dict({"weight": torch.tensor(w), "bias": torch.tensor(b)})
        average.update()
        averaged.update_parameters(module)
    with pytest.raises(InterruptedError), average.applied():
        for name, tensor in averaged.module.state_dict().items():
            np.testing.assert_allclose(state_dict(layer)[name], tensor, rtol=1e-12)
        raise InterruptedError
    assert np.array_equal(layer.w.data, w)
    with pytest.raises(tg.ArgumentError, match="decay is 1"):
        nets.WeightAverage(layer.parameters(), 1)


def test_a_run_is_evaluated_with_its_average(train: Dataset, test: Dataset) -> None:
    run = start(Settings(epochs=1, average=0.5), train)
    [record] = fit(run, train, test)
    plain = nets.evaluate(run.network, test, run.standardise)
    with run.in_use():
        averaged = nets.evaluate(run.network, test, run.standardise)
    assert record.test_loss == averaged.loss != plain.loss


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weighted", [False, True])
def test_options_of_cross_entropy(smoothing: float, weighted: bool) -> None:
    network = nets.Network({"fc": [nets.Linear.random(rng(), 5, 3), nets.Softmax()]})
    x, labels = rng(1).normal(size=(6, 5)), np.array([0, 1, 2, 2, 2, 0])
    weights = np.array([0.5, 2.0, 1.0]) if weighted else None
    loss = nets.Loss("cross_entropy", smoothing, weights)
    error, output = loss(network, x, np.eye(3)[labels])
    expected = torch.nn.functional.cross_entropy(
        torch.tensor(output.data.copy()),
        torch.tensor(labels),
        None if weights is None else torch.tensor(weights),
        label_smoothing=smoothing,
    )
    assert error.item() == pytest.approx(expected.item(), rel=1e-9)


def test_balanced_weights_let_classes_count_equally() -> None:
    labels = np.array([0] * 6 + [1] * 3 + [3])
    weights = balanced_weights(labels, 4)
    sums = np.bincount(labels, weights[labels], 4)
    np.testing.assert_allclose(sums, [2.5, 2.5, 0, 2.5], rtol=1e-6)


# Augmentation -----------------------------------------------------------------------

IMAGES = rng(5).integers(256, size=(60, 3, 16, 24)).astype(np.uint8)


def test_half_of_the_pictures_are_mirrored() -> None:
    found = data.augment(IMAGES, rng(), ["flip"])
    mirrored = [
        np.array_equal(a, b[..., ::-1]) for a, b in zip(found, IMAGES, strict=True)
    ]
    same = [np.array_equal(a, b) for a, b in zip(found, IMAGES, strict=True)]
    assert np.array_equal(mirrored, np.logical_not(same)) and 20 < sum(mirrored) < 40


def test_pictures_are_moved_over_their_border() -> None:
    moves = set()
    for image, found in zip(IMAGES, data.augment(IMAGES, rng(), ["crop"]), strict=True):
        wide = np.pad(image, [(0, 0), (2, 2), (3, 3)], mode="edge")
        moves |= {
            (y, x)
            for y in range(5)
            for x in range(7)
            if np.array_equal(wide[:, y : y + 16, x : x + 24], found)
        }
    assert {y for y, _ in moves} == {*range(5)} and {x for _, x in moves} == {*range(7)}


def test_pictures_are_turned_about_their_middle() -> None:
    found = data.augment(IMAGES, rng(), ["rotate"])
    angles = np.deg2rad(rng().uniform(-15, 15, len(IMAGES)))
    middle = (np.array(IMAGES.shape[2:]) - 1) / 2
    for image, turned, angle in zip(IMAGES, found, angles, strict=True):
        sine, cosine = np.sin(angle), np.cos(angle)
        matrix = np.array([[cosine, -sine], [sine, cosine]])
        offset = middle - matrix @ middle
        for plane, other in zip(image, turned, strict=True):
            expected = affine_transform(plane, matrix, offset, order=0, mode="nearest")
            assert np.mean(expected == other) > 0.99  # but for ties


def test_the_same_generator_gives_the_same_pictures() -> None:
    before = IMAGES.copy()
    kinds = ["flip", "crop", "rotate"]
    first, again, other = (data.augment(IMAGES, rng(n), kinds) for n in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert np.array_equal(IMAGES, before)
    assert first.shape == IMAGES.shape and first.dtype == np.uint8


def test_each_batch_sees_other_changes(train: Dataset) -> None:
    settings = Settings(batch_size=6, augment=("crop", "flip"))
    runs = [start(settings, train) for _ in range(2)]
    losses = [[record.loss for record in train_epoch(run, train)] for run in runs]
    assert losses[0] == losses[1]
    plain = start(Settings(batch_size=6), train)
    assert [record.loss for record in train_epoch(plain, train)] != losses[0]
    seen = []
    for place in range(3):
        plain = start(settings, train)
        plain.progress.batch = place
        seen.append(augmented(plain, train.images).tobytes())
    runs[0].rng.random()
    seen.append(augmented(runs[0], train.images).tobytes())
    assert len({*seen}) == 4


def test_an_epoch_trains_a_network_that_was_in_use(train: Dataset) -> None:
    run = start(Settings(network="resnet20"), train)
    run.network.eval()
    before = state_dict(run.network)["bn1.running_mean"]
    next(train_epoch(run, train))
    assert not np.array_equal(state_dict(run.network)["bn1.running_mean"], before)


# Whole runs -------------------------------------------------------------------------

EVERYTHING: dict[str, Any] = dict(
    epochs=3,
    batch_size=8,
    network="lenet5",
    optimizer="adam",
    lr=0.003,
    loss="cross_entropy",
    schedule="step",
    warm_up=1,
    clip=0.5,
    average=0.9,
    label_smoothing=0.1,
    balanced=True,
    augment=("flip", "crop", "rotate"),
)


def bits(run: nets.Run) -> dict[str, bytes]:
    assert run.average is not None
    arrays = {**state_dict(run.network), **run.optimizer.state_dict()}
    means = {f"mean {name}": mean for name, mean in run.average.means.items()}
    return {n: np.asarray(a).tobytes() for n, a in {**arrays, **means}.items()}


@pytest.mark.parametrize("stop", [1, 3, 5])
def test_resumed_equals_uninterrupted(
    train: Dataset, test: Dataset, tmp_path: Path, stop: int
) -> None:
    run, path = start(Settings(**EVERYTHING), train), tmp_path / "c.npz"
    count = iter(range(1, 100))

    def watch(records: Any) -> Any:
        for record in records:
            yield record
            if next(count) == stop:
                checkpoint.save(run, path)

    whole = [record.test_loss for record in fit(run, train, test, watch)]
    again = checkpoint.load(path)
    assert again.settings == run.settings
    rest = [record.test_loss for record in fit(again, train, test)]
    assert whole[-len(rest) :] == rest and bits(again) == bits(run)


def test_training_ends_when_the_test_loss_does_not_fall(
    train: Dataset, test: Dataset, tmp_path: Path
) -> None:
    run = start(Settings(epochs=9, patience=2, lr=1e-12, schedule="constant"), train)
    losses = [record.test_loss for record in fit(run, train, test)]
    assert len(losses) < 9 and losses.index(min(losses)) == len(losses) - 3
    assert epochs_without_progress(run.progress.history) == 2
    checkpoint.save(run, tmp_path / "c.npz")
    assert list(fit(checkpoint.load(tmp_path / "c.npz"), train, test)) == []
    assert epochs_without_progress([]) == 0


def test_callbacks_see_every_epoch_and_may_stop(train: Dataset, test: Dataset) -> None:
    run, seen = start(Settings(epochs=9, lr=1e-6), train), []

    def note(its: nets.Run, record: nets.EpochRecord) -> None:
        assert its is run and run.progress.history[-1] is record
        seen.append(record.epoch)

    def after_two(_: nets.Run, record: nets.EpochRecord) -> bool:
        return record.epoch == 2

    records = list(fit(run, train, test, callbacks=[after_two, note]))
    assert [record.epoch for record in records] == seen == [1, 2]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (dict(schedule="linear"), "schedule is 'linear': give cosine or step or"),
        (dict(warm_up=6), "warm-up is 6 of 6 epochs: give fewer than all"),
        (dict(clip=0), "clip is 0: give a number above 0"),
        (dict(average=1.0), "average is 1.0: give a number from 0 to below 1"),
        (dict(patience=0), "patience is 0: give a whole number from 1"),
        (dict(label_smoothing=0.1), "label-smoothing needs the loss cross_entropy"),
        (dict(balanced=True), "balanced needs the loss cross_entropy"),
        (dict(augment=("blur",)), "augment is .'blur',.: give at most 3, each flip or"),
    ],
)
def test_settings_that_do_not_fit(settings: Any, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        Settings(**settings)


def test_the_command_line(
    image_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "--data", str(image_folder), "--out", str(tmp_path / "run")]
    words += [
        "--epochs",
        "9",
        "--loss",
        "cross_entropy",
        "--lr",
        "1e-9",
        "--schedule",
        "constant",
    ]
    words += ["--warm-up", "1", "--clip", "1", "--average", "0.9", "--patience", "1"]
    words += ["--label-smoothing", "0.1", "--balanced", "--augment", "flip,rotate"]
    assert main(words) == 0
    assert (
        "stopped early: the test loss has not fallen for 1" in capsys.readouterr().out
    )
    run = checkpoint.load(tmp_path / "run/checkpoint.npz")
    assert run.settings.augment == ("flip", "rotate") and run.settings.balanced
    assert run.average is not None
    assert main(["train", "--resume", "--out", str(tmp_path / "run")]) == 0
    assert main(["evaluate", "--checkpoint", str(tmp_path / "run")]) == 0
    assert f"loss {run.progress.history[-1].test_loss:.4f}" in capsys.readouterr().out


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_killed_run_goes_on_as_if_it_had_not_been(
    image_folder: Path, tmp_path: Path
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    words = ["train", "--data", str(image_folder), "--augment", "crop,flip"]
    words += [
        "--epochs",
        "60",
        "--network",
        "lenet5",
        "--optimizer",
        "adam",
        "--average",
        "0.9",
    ]
    command = [sys.executable, "-m", "nets", *words, "--out", str(parts)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while "epoch 2/60" not in process.stdout.readline():
            pass
        os.kill(process.pid, signal.SIGKILL)
    assert 2 <= checkpoint.load(parts / "checkpoint.npz").progress.epoch < 60
    assert main(["train", "--resume", "--out", str(parts)]) == 0
    assert main([*words, "--out", str(whole)]) == 0
    runs = [checkpoint.load(path / "checkpoint.npz") for path in (parts, whole)]
    assert bits(runs[0]) == bits(runs[1])
