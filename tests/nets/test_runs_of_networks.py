"""Runs of other networks: settings, archives, and resuming bit for bit."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made import Arrays, parts_of, refused, with_text
from together import together

import tinygraph as tg
from nets import Run, Settings, SettingsError, archive, checkpoint, evaluate, fit, start
from nets.__main__ import main
from nets.data import Dataset, pictures
from nets.layers import generators, state_dict
from nets.settings import NETWORKS, usual_lr

RUNS = {
    "pairs": dict(pairs=3, filters=(4,), kernel=(3, 3, 1), hidden=()),
    "lenet5": dict(network="lenet5", loss="cross_entropy"),
    "mlp": dict(network="mlp", hidden=(9, 8), optimizer="adam"),
    "resnet20": dict(network="resnet20", optimizer="adam", lr=0.001),
    "vgg11": dict(network="vgg11", lr=0.01),
}
SMALL = ((2,), (2,), (3,), (3,), (4, 4))  # filters of a VGG


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nets.networks.vgg.STAGES", SMALL)


def begun(name: str) -> tuple[Run, Dataset, Dataset]:
    """A run of 2 epochs of 3 batches, and its pictures."""
    size = 32 if name == "vgg11" else 16
    train, test = pictures(12, seed=1, size=size), pictures(4, seed=2, size=size)
    return start(Settings(epochs=2, batch_size=4, **RUNS[name]), train), train, test


def bits(run: Run) -> dict[str, bytes]:
    """Everything that training changes, except the time it took."""
    arrays = {**state_dict(run.network), **run.optimizer.state_dict()}
    drawn = {
        name: json.dumps(generator.bit_generator.state).encode()
        for name, generator in generators(run.network).items()
    }
    return {name: np.asarray(a).tobytes() for name, a in arrays.items()} | drawn


@pytest.mark.parametrize("stop", [2, 3, 4])
@pytest.mark.parametrize("name", RUNS)
def test_resumed_equals_uninterrupted(name: str, stop: int, tmp_path: Path) -> None:
    path = tmp_path / "c.npz"
    run, train, test = begun(name)
    left = stop

    def watch(records):  # type: ignore[no-untyped-def]
        nonlocal left
        for record in records:
            yield record
            left -= 1
            if left == 0:
                checkpoint.save(run, path)

    first = [record.test_loss for record in fit(run, train, test, watch)]
    resumed = checkpoint.load(path)
    assert resumed.progress.epoch == (stop - 1) // 3
    second = [record.test_loss for record in fit(resumed, train, test)]
    assert first[-len(second) :] == second
    assert bits(resumed) == bits(run)


@pytest.mark.parametrize("name", RUNS)
def test_the_same_run_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    run, train, test = begun(name)
    next(fit(run, train, test))
    paths = [tmp_path / f"{n}.npz" for n in range(2)]
    checkpoint.save(run, paths[0])
    again = checkpoint.load(paths[0])
    assert again.settings == run.settings and bits(again) == bits(run)
    checkpoint.save(again, paths[1])
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("name", ["resnet20", "vgg11"])
def test_evaluating_changes_nothing(name: str) -> None:
    run, train, test = begun(name)
    next(fit(run, train, test))
    before = bits(run)
    records = [evaluate(run.network, test, run.standardise) for _ in range(2)]
    assert records[0] == records[1]
    output = run.network.eval()(run.standardise(test.images)).data
    expected = np.sum((test.one_hot() - output) ** 2) / 2 / len(test)
    assert records[0].loss == pytest.approx(expected, rel=1e-4)
    run.network.train()
    evaluate(run.network, test, run.standardise)
    assert bits(run) == before
    assert not np.array_equal(run.network(run.standardise(test.images)).data, output)


def test_momentum_is_the_first_beta_of_adam() -> None:
    settings = Settings(optimizer="adam", momentum=0.7, lr=0.5)
    run = start(settings, pictures(4, size=16))
    assert isinstance(run.optimizer, tg.optimize.Adam)
    assert run.optimizer.betas == (0.7, 0.999) and run.optimizer.lr == 0.5
    assert usual_lr(1, "mse", "adam") == 0.001


@together(
    ("settings", "said"),
    [
        (dict(network="alexnet"), "network is 'alexnet': give slide or lenet5 or"),
        (dict(optimizer="rmsprop"), "optimizer is 'rmsprop': give sgd or adam"),
        (dict(pairs=-1), "pairs is -1: give a whole number from 0 to 20"),
        (dict(filters=(6, 0)), r"filters is (6, 0): give at most 20, each"),
        (dict(kernel=(5.0,)), "kernel is (5.0,): give at most 20, each a"),
        (dict(hidden=(1,) * 21), "give at most 20"),
        (dict(hidden=120), "hidden is 120: give at most 20"),
        (
            dict(pairs=3, filters=(6, 16)),
            "filters has 2 numbers, but the number of pairs is 3:",
        ),
        (
            dict(pairs=3, kernel=(6, 16)),
            "kernel has 2 numbers, but the number of pairs is 3:",
        ),
        (
            dict(filters=(6,), kernel=(5, 3)),
            "kernel has 2 numbers, but the number of pairs is 1:",
        ),
        (dict(network="mlp", pairs=2), "network is mlp, which has no option pairs"),
        (dict(network="vgg11", hidden=(9,)), "choose network slide or mlp"),
    ],
)
def test_settings_that_do_not_fit_together(settings: Any, said: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)):
        Settings(**settings)


@pytest.mark.parametrize(
    ("settings", "groups"),
    [
        ({}, [(6, 5), (16, 5), 120, 84]),
        (dict(pairs=1), [(6, 5), 120, 84]),
        (dict(pairs=3, kernel=(3,)), [(6, 3), (16, 3), (32, 3), 120, 84]),
        (dict(pairs=2, filters=(8,), kernel=(5, 3)), [(8, 5), (8, 3), 120, 84]),
        (dict(kernel=(3, 3, 1)), [(6, 3), (16, 3), (32, 1), 120, 84]),
        (dict(filters=(4, 5, 6), kernel=(2,)), [(4, 2), (5, 2), (6, 2), 120, 84]),
        (dict(filters=(7,), hidden=(9,)), [(7, 5), 9]),
        (dict(pairs=0, hidden=()), []),
    ],
)
def test_pairs_and_layers_as_asked(settings: Any, groups: list[Any]) -> None:
    network = start(Settings(**settings), pictures(4)).network
    shapes = [t.shape for name, t in network.parameters().items() if name[-1] == "w"]
    found = [(s[0], s[2]) if len(s) == 4 else s[0] for s in shapes]
    assert found == [*groups, 4]


def test_settings_of_older_archives(good: Arrays, tmp_path: Path) -> None:
    parts = parts_of(good)
    for name in ("network", "optimizer", *NETWORKS["slide"]):
        del parts["settings"][name]
    del parts["generators"]
    path = tmp_path / "c.npz"
    path.write_bytes(with_text(good, json.dumps(parts).encode()))
    assert checkpoint.load(path).settings == Settings(epochs=3, batch_size=5, seed=5)


FORGED: dict[str, dict[str, Any]] = {
    "a wide layer": {"hidden": [100_000]},
    "many wide layers": {"hidden": [100_000] * 20},
    "many filters": {"filters": [100_000, 100_000]},
    "a wide layer alone": {"pairs": 0, "hidden": [100_000]},
    "another network": {"network": "resnet20"},
    "a larger network": {"network": "vgg11"},
    "another optimizer": {"optimizer": "adam"},
    "a network that is not there": {"network": "os.system"},
    "filters that are no numbers": {"filters": ["6", "16"]},
    "filters that are no list": {"filters": {"6": 16}},
    "too many layers": {"hidden": [1] * 1000},
}


@pytest.mark.parametrize("name", FORGED)
def test_a_small_file_makes_no_large_network(
    good: Arrays, tmp_path: Path, name: str
) -> None:
    parts = parts_of(good)
    parts["settings"] |= FORGED[name]
    refused(with_text(good, json.dumps(parts).encode()), tmp_path)


@pytest.fixture(scope="module")
def dropping(tmp_path_factory: pytest.TempPathFactory) -> Arrays:
    """The arrays of a run with running statistics and a generator in its network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nets.networks.vgg.STAGES", SMALL)
        path = tmp_path_factory.mktemp("dropping") / "c.npz"
        checkpoint.save(begun("vgg11")[0], path)
        return archive.decode(path.read_bytes(), path)


MEAN = "statistics/features.1.running_mean"
ARRAYS: dict[str, tuple[str, np.ndarray | None]] = {
    "no mean": (MEAN, None),
    "a mean of NaN": (MEAN, np.full(2, np.nan, np.float32)),
    "a long mean": (MEAN, np.zeros(3, np.float32)),
    "half a batch": ("statistics/features.1.num_batches_tracked", np.array(0.5)),
    "one statistic more": ("statistics/features.99.running_mean", np.zeros(1)),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_no_statistic_is_trusted(dropping: Arrays, tmp_path: Path, name: str) -> None:
    place, array = ARRAYS[name]
    arrays = {key: a for key, a in dropping.items() if key != place}
    refused(
        archive.encode(arrays | ({} if array is None else {place: array})), tmp_path
    )


@pytest.mark.parametrize(
    "value",
    [None, [], {}, {"classifier.rng": None}, {"other": None}, 5, "state"],
    ids=str,
)
def test_no_generator_is_trusted(dropping: Arrays, tmp_path: Path, value: Any) -> None:
    parts = parts_of(dropping)
    [(name, state)] = parts["generators"].items()
    assert name == "classifier.rng" and state == parts["generators"][name]
    parts["generators"] = value
    if isinstance(value, dict) and "other" in value:
        parts["generators"] = {"other": state}
    said = refused(with_text(dropping, json.dumps(parts).encode()), tmp_path)
    assert "generator" in said


def test_the_command_line_trains_and_resumes_another_network(
    image_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "--data", str(image_folder), "--out", str(tmp_path / "run")]
    words += ["--epochs", "1", "--network", "lenet5", "--optimizer", "adam"]
    assert main(words) == 0
    settings = checkpoint.load(tmp_path / "run/checkpoint.npz").settings
    assert (settings.network, settings.optimizer, settings.lr) == (
        *("lenet5", "adam", 0.001),
    )
    out = ["--out", str(tmp_path / "run")]
    assert main(["train", "--resume", *out, "--network", "lenet5"]) == 0
    capsys.readouterr()
    assert main(["train", "--resume", *out, "--network", "mlp"]) == 2
    assert "was trained with --network lenet5, not mlp" in capsys.readouterr().err
    assert main(["train", "--resume", *out, "--hidden", "5"]) == 2
    assert "was trained without --hidden: leave --hidden" in capsys.readouterr().err
    for words in (["evaluate"], ["predict", str(next(image_folder.glob("*/*.png")))]):
        assert main([*words, "--checkpoint", str(tmp_path / "run")]) == 0


def test_the_command_line_takes_numbers_with_commas(
    image_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "--data", str(image_folder), "--epochs", "1", "--out"]
    asked = ["--filters", "4,5,6", "--kernel", "3", "--hidden", "none"]
    assert main([*words, str(tmp_path / "run"), *asked]) == 0
    settings = checkpoint.load(tmp_path / "run/checkpoint.npz").settings
    assert (settings.filters, settings.kernel, settings.hidden) == ((4, 5, 6), (3,), ())
    capsys.readouterr()
    words += [str(tmp_path / "other")]
    assert main([*words, "--pairs", "4"]) == 2
    assert "too small for 4 pairs" in capsys.readouterr().err
    resume = ["train", "--resume", "--out", str(tmp_path / "run"), "--filters", "4,5"]
    assert main(resume) == 2
    assert "trained with --filters 4,5,6, not 4,5:" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*words, "--filters", "8,x"])
    assert "'8,x' must be whole numbers with commas" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()
