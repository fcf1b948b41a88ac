"""Runs with a table, with a text, and of an autoencoder: all that runs can do."""

import json
import math
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made import parts_of, refused, with_text

from nets import Settings, SettingsError, archive, checkpoint, evaluate, fit, start
from nets.__main__ import main
from nets.data import Table, Text, pictures
from nets.figures import landscape
from nets.layers import state_dict
from nets.telling import measured
from nets.training import moved

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(30, 3)) * [1.0, 50.0, 0.01] + [0.0, 7.0, 1.0]
LABELS = (ROWS[:, 0] > 0).astype(np.int64) + (ROWS[:, 1] > 40)
NUMBERS = 1000 + 300 * ROWS[:, 0] - 2 * ROWS[:, 1]
VERSE = "pack my box with five dozen jugs of liquor. "


def tables(numbers: bool) -> list[Table]:
    labels: Any = NUMBERS if numbers else LABELS
    table = Table(
        ROWS, labels, () if numbers else ("x", "y", "z"), ("a", "b", "c"), "t"
    )
    return [table.take(np.arange(20)), table.take(np.arange(20, 30))]


def texts() -> list[Text]:
    classes = tuple(sorted(set(VERSE)))
    codes = np.array([classes.index(c) for c in VERSE * 5])
    return [Text(codes[:170], classes, 8), Text(codes[170:], classes, 8)]


GPT: dict[str, Any] = dict(network="gpt", loss="cross_entropy", optimizer="adam")
SMALL: dict[str, Any] = dict(width=8, heads=2, depth=1)
RUNS: dict[str, tuple[dict[str, Any], Any]] = {
    "table": (dict(network="mlp", hidden=(9,), loss="cross_entropy"), tables(False)),
    "numbers": (dict(network="mlp", optimizer="adam", lr=0.02), tables(True)),
    "text": (GPT | SMALL | dict(lr=0.02, average=0.9, warm_up=1), texts()),
    "clipped text": (GPT | SMALL | dict(clip=0.1, schedule="step"), texts()),
    "autoencoder": (
        dict(network="autoencoder", code=5, optimizer="adam", augment=("flip", "crop")),
        [pictures(20, seed=1, size=16), pictures(4, seed=2, size=16)],
    ),
}


def begun(name: str) -> Any:
    """A run of 2 epochs of 3 batches, and its data."""
    settings, (train, test) = RUNS[name]
    settings = {"epochs": 2, "batch_size": 7, "lr": 0.01} | settings
    return start(Settings(**settings), train), train, test


def bits(run: Any) -> dict[str, bytes]:
    means = {} if run.average is None else run.average.means
    arrays = {**state_dict(run.network), **run.optimizer.state_dict()}
    arrays |= {f"mean {name}": mean for name, mean in means.items()}
    return {name: np.asarray(array).tobytes() for name, array in arrays.items()}


@pytest.mark.parametrize("stop", [2, 3, 4])
@pytest.mark.parametrize("name", RUNS)
def test_resumed_equals_uninterrupted(name: str, stop: int, tmp_path: Path) -> None:
    run, train, test = begun(name)
    left = stop

    def watch(records: Any) -> Any:
        nonlocal left
        for record in records:
            yield record
            left -= 1
            if left == 0:
                checkpoint.save(run, tmp_path / "c.npz")

    first = [record.test_loss for record in fit(run, train, test, watch)]
    resumed = checkpoint.load(tmp_path / "c.npz")
    assert resumed.progress.epoch == (stop - 1) // 3 and resumed.goal == run.goal
    second = [record.test_loss for record in fit(resumed, train, test)]
    assert first[-len(second) :] == second and bits(resumed) == bits(run)


@pytest.mark.parametrize("name", RUNS)
def test_the_same_run_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.npz" for n in range(3)]
    for path, replay in zip(paths, (True, False), strict=False):
        run, train, test = begun(name)
        next(fit(run, train, test, replay=replay))
        run.progress.history = []
        run.progress.epoch = 0  # the seconds differ
        checkpoint.save(run, path)
    checkpoint.save(checkpoint.load(paths[0]), paths[2])
    first, *others = [path.read_bytes() for path in paths]
    assert all(first == other for other in others)


def test_the_loss_of_a_text_is_that_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    run, _, test = begun("text")
    logits = torch.tensor(np.asarray(run.network(test.inputs).data))
    flat = logits.reshape(-1, len(test.classes)), torch.tensor(test.labels).reshape(-1)
    theirs = torch.nn.functional.cross_entropy(*flat)
    ours = evaluate(run.network, test, run.standardise, "cross_entropy")
    assert ours.loss == pytest.approx(theirs.item(), rel=1e-5)
    last = (logits[:, -1].argmax(1).numpy() == test.labels[:, -1]).mean()
    assert ours.accuracy == pytest.approx(last)


def test_the_loss_of_numbers_is_in_their_deviations() -> None:
    run, train, test = begun("numbers")
    assert run.network(np.zeros((1, 3), np.float32)).shape == (1, 1)
    mean, deviation = train.labels.mean(), train.labels.std()
    levels = run.standardise
    x = ((test.rows - train.rows.mean(0)) / train.rows.std(0)).astype(np.float32)
    np.testing.assert_allclose(levels(test.rows), x, rtol=1e-6)
    said = run.network(x).data[:, 0] * deviation + mean
    squares = np.mean((said - test.labels) ** 2)
    loss = evaluate(run.network, test, levels).loss
    assert loss == pytest.approx(squares / deviation**2 / 2, rel=1e-4)
    told = re.fullmatch(r"loss (.*), error (.*)", measured(run, loss, 0.0))
    assert told is not None and float(told[2]) == pytest.approx(squares**0.5, rel=1e-3)


def test_what_is_told_of_a_text_and_of_pictures() -> None:
    told = measured(begun("text")[0], 1.5, 0.25)
    assert told == "loss 1.5000 nats, perplexity 4.48, accuracy 25.0%"
    assert measured(begun("table")[0], 1.5, 0.25) == "loss 1.5000, accuracy 25.0%"
    told = measured(begun("autoencoder")[0], 0.25, 0.0)
    assert told == "loss 0.2500, error 0.5000"


def test_the_loss_of_an_autoencoder_is_that_of_its_pixels() -> None:
    run, _, test = begun("autoencoder")
    x = run.standardise(test.images)
    drawn = np.asarray(run.network(x).data)
    loss = evaluate(run.network, test, run.standardise)
    assert loss.loss == pytest.approx(np.mean((drawn - x) ** 2), rel=1e-5)
    assert loss.accuracy == 0.0
    assert np.array_equal(run.standardise.undone(x), test.images)


def test_windows_start_elsewhere_in_each_epoch() -> None:
    """And each is known before it begins, so that a resumed run has the same."""
    run, train, test = begun("text")
    starts = []
    for _ in fit(run, train, test):
        starts += [moved(run, train), moved(run, train)]
    places = [text.start for text in starts]
    assert places[0] == places[1] != places[2] == places[3]
    assert moved(run, RUNS["table"][1][0]) is RUNS["table"][1][0]


@pytest.mark.parametrize("name", ["table", "numbers", "text", "autoencoder"])
def test_training_lowers_the_loss(name: str) -> None:
    settings, (train, test) = RUNS[name]
    settings = {"batch_size": 7, "lr": 0.05} | settings | {"epochs": 20, "augment": ()}
    records = list(fit(start(Settings(**settings), train), train, test))
    assert records[-1].train_loss < 0.6 * records[0].train_loss


def test_a_constant_column_stays_finite() -> None:
    rows = np.c_[ROWS, np.full(30, 1e9), np.zeros(30)]
    table = Table(rows, LABELS, ("x", "y", "z"), tuple("abcde"))
    run = start(Settings(network="mlp"), table)
    assert run.standardise.deviation[3:].tolist() == [1, 1]
    assert np.abs(run.standardise(rows)[:, 3:]).max() < 1e-3


@pytest.mark.parametrize(
    ("settings", "name", "said"),
    [
        (dict(network="lenet5"), "table", "which does not take it: choose mlp."),
        (
            dict(),
            "text",
            "a text, and network is slide, which does not take it: choose",
        ),
        (GPT, "table", "network is gpt, which does not take it: choose mlp."),
        (dict(network="mlp", loss="cross_entropy"), "numbers", "choose mse, or"),
        (dict(network="mlp", augment=("flip",)), "table", "augment changes pictures"),
        (dict(target="x"), "autoencoder", "target is an option of a table"),
        (dict(network="mlp", context=3), "table", "context is an option of a text"),
    ],
)
def test_settings_that_do_not_fit_the_data(settings: Any, name: str, said: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)):
        start(Settings(**settings), RUNS[name][1][0])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (dict(network="gpt"), "trained with the plain loss cross_entropy"),
        (GPT | dict(balanced=True), "the plain loss cross_entropy"),
        (GPT | dict(width=30), "width is 30 and heads is 4: give a width"),
        (GPT | dict(depth=0), "depth is 0: give a whole number from 1 to 20"),
        (dict(width=8), "network is slide, which has no option width"),
        (dict(network="autoencoder", loss="cross_entropy"), "the plain loss mse"),
        (dict(task="both"), "task is 'both': give classes or numbers"),
    ],
)
def test_settings_that_do_not_fit_together(settings: Any, said: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)):
        Settings(**settings)


# What is in an archive is not believed ------------------------------------------------

FORGED: dict[str, dict[str, dict[str, Any]]] = {
    "table": {
        "standardisation/mean": {"long": np.zeros(4), "nan": np.full(3, np.nan)},
        "standardisation/deviation": {"zero": np.zeros(3), "below": np.full(3, -1.0)},
        "example": {"short": np.zeros((1, 2)), "infinite": np.full((1, 3), np.inf)},
        "target/mean": {"there": np.zeros(1)},
    },
    "numbers": {
        "target/deviation": {"zero": np.zeros(1), "long": np.ones(2), "none": None},
        "target/mean": {"none": None, "whole": np.zeros(1, np.int64)},
    },
    "text": {
        "example": {
            "unknown": np.full((1, 8), 99),
            "negative": np.full((1, 8), -1),
            "floats": np.zeros((1, 8)),
            "long": np.zeros((1, 9), np.int64),
            "empty": np.zeros((1, 0), np.int64),
        },
        "standardisation/mean": {"there": np.zeros(1)},
    },
    "autoencoder": {
        "example": {"a row": np.zeros((1, 3))},
        "standardisation/deviation": {"large": np.full(3, 256.0)},
    },
}
SETTINGS = {
    "table": {"hidden": [100_000], "network": "gpt"},
    "text": {"width": 4096, "depth": 20, "network": "mlp"},
    "autoencoder": {"code": 100_000, "network": "slide"},
}


@pytest.mark.parametrize("name", FORGED)
def test_no_array_is_believed(name: str, tmp_path: Path) -> None:
    checkpoint.save(begun(name)[0], tmp_path / "good.npz")
    good = archive.decode((tmp_path / "good.npz").read_bytes(), tmp_path)
    for place, changes in FORGED[name].items():
        for array in changes.values():
            others = {key: a for key, a in good.items() if key != place}
            new = {} if array is None else {place: np.asarray(array)}
            refused(archive.encode(others | new), tmp_path)
    for key, value in SETTINGS.get(name, {}).items():
        parts = parts_of(good)
        parts["settings"][key] = value
        refused(with_text(good, json.dumps(parts).encode()), tmp_path)


# The command line ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("sources")
    lines = [
        ",".join(map(str, [*row, "xyz"[n]]))
        for row, n in zip(ROWS, LABELS, strict=True)
    ]
    (folder / "table.csv").write_text("\n".join(["a,b,c,kind", *lines]))
    np.savez(folder / "numbers.npz", x=ROWS, y=NUMBERS)
    drawn = pictures(40, size=16)
    np.savez(folder / "pictures.npz", images=drawn.images, labels=drawn.labels)
    (folder / "book.txt").write_text(VERSE * 14)
    found = {path.stem: str(path) for path in folder.iterdir()}
    return {**found, "text": found["book"], "autoencoder": found["pictures"]}


WORDS = {
    "table": (
        [],
        "recognised ",
        " of the test rows",
        r"accuracy \d+\.\d\d% on 6 test r",
    ),
    "numbers": (["--optimizer", "adam"], "test loss", ", error ", "on 6 test rows"),
    "text": (
        ["--context", "8", "--width", "8", "--depth", "1", "--clip", "1"],
        *("nats, perplexity", "accuracy", "on 6 test windows"),
    ),
    "autoencoder": (
        ["--network", "autoencoder", "--code", "4"],
        *("test loss", ", error ", "on 8 test pictures"),
    ),
}
FIGURES = {
    "table": {"confusion"},
    "numbers": {"numbers"},
    "text": set(),
    "autoencoder": {"drawings", "feature-maps", "filters"},
}


@pytest.mark.parametrize("name", WORDS)
def test_a_run_from_the_command_line(
    name: str, sources: Any, tmp_path: Path, capsys: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(landscape.loss_surface, "__defaults__", (3, 1.0))
    more, *said, counted = WORDS[name]
    run, out = str(tmp_path / "run"), ["--out", str(tmp_path / "run")]
    words = ["train", "--data", sources[name], "--epochs", "2", *out]
    assert main([*words, *more]) == 0
    told = capsys.readouterr().out
    assert all(word in told.splitlines()[-1] for word in said)
    assert main(["train", "--resume", *out]) == 0
    assert main(["evaluate", "--checkpoint", run]) == 0
    assert re.search(counted, capsys.readouterr().out)
    assert main(["draw", "--checkpoint", run, "-o", str(tmp_path / "graph.dot")]) == 0
    assert main(["plots", run]) == 0
    found = {path.stem for path in Path(run, "plots").iterdir()}
    assert found == {"curves", "gradients", "surface"} | FIGURES[name]
    history = checkpoint.load(Path(run, "checkpoint.npz")).progress.history
    assert all(math.isfinite(record.test_loss) for record in history)
    capsys.readouterr()
    for words in (["predict", "cat.png"], ["trace"]):
        assert main([*words, "--checkpoint", run]) == 2
        assert "which does not classify pictures: give" in capsys.readouterr().err


def test_other_data_is_tested_if_it_fits(
    sources: Any, tmp_path: Path, capsys: Any
) -> None:
    def told(source: str, code: int) -> str:
        words = ["evaluate", "--checkpoint", run, "--data", source]
        assert main(words) == code
        said = capsys.readouterr()
        return said.err if code else said.out

    run = str(tmp_path / "run")
    more = ["--epochs", "1", "--context", "8", "--width", "8", "--depth", "1"]
    assert main(["train", "--data", sources["text"], "--out", run, *more]) == 0
    capsys.readouterr()
    other = tmp_path / "other.txt"
    other.write_text(VERSE[::-1] * 20)  # the same characters
    assert "on 10 test windows" in told(str(other), 0)
    other.write_text(VERSE.upper() * 20)
    assert "has the character 'P', which the network does not" in told(str(other), 2)
    assert "has rows of shape (3,), but the" in told(sources["table"], 2)
    table = str(tmp_path / "table")
    assert main(["train", "--data", sources["table"], "--out", table]) == 0
    run = table
    other.write_text(VERSE * 40)
    assert "but the network takes data like" in told(str(other), 2)
    Path(tmp_path, "o.csv").write_text("a,b,c,k\n" + "1,2,3,u\n1,2,3,v\n" * 9)
    assert "has the classes u, v, but the network knows" in told(f"{tmp_path}/o.csv", 2)


def test_a_network_writes_a_text(sources: Any, tmp_path: Path, capsys: Any) -> None:
    run = ["--checkpoint", str(tmp_path / "run")]
    more = ["--epochs", "25", "--context", "8", "--width", "32", "--depth", "1"]
    words = ["train", "--data", sources["text"], "--out", run[1], *more]
    words += ["--batch-size", "4", "--lr", "0.01"]
    assert main(words) == 0
    capsys.readouterr()

    def written(*more: str) -> str:
        assert main(["generate", *run, *more]) == 0
        return capsys.readouterr().out

    text = written("--temperature", "0", "--prompt", VERSE[:7], "--count", "44")
    assert text == (VERSE * 2)[:51] + "\n"  # which it has learnt by heart
    bold = ["--temperature", "3", "--count", "60"]
    assert written(*bold) == written(*bold) != written(*bold, "--seed", "1")
    assert len(written()) == 502 and set(written()) <= {*VERSE, "\n"}
    for words, said in {
        ("--prompt", "Ω"): "the prompt has the character 'Ω', which the network",
        ("--temperature", "-1"): "temperature is -1.0: give a finite number, at least",
        ("--count", "0"): "count is 0: give a whole number from 1 to 1000000",
        ("--seed", "-1"): "seed is -1: give a whole number from 0",
    }.items():
        assert main(["generate", *run, *words]) == 2
        assert said in capsys.readouterr().err


def test_only_a_gpt_writes(sources: Any, tmp_path: Path, capsys: Any) -> None:
    run = str(tmp_path / "run")
    assert main(["train", "--data", sources["table"], "--out", run]) == 0
    assert main(["generate", "--checkpoint", run]) == 2
    assert "network is mlp, which writes no text: give" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["text", "numbers"])
def test_a_killed_run_goes_on(name: str, sources: Any, tmp_path: Path) -> None:
    """SIGKILL between any two instructions after the first epoch."""
    more = [*WORDS[name][0], "--epochs", "12", "--batch-size", "4"]
    words = ["train", "--data", sources[name], *more, "--out"]
    command = [sys.executable, "-m", "nets", *words, str(tmp_path / "killed")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("epoch 1/"):
                process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    reached = checkpoint.load(tmp_path / "killed" / "checkpoint.npz").progress.epoch
    assert 1 <= reached < 12
    assert main(["train", "--resume", "--out", str(tmp_path / "killed")]) == 0
    assert main([*words, str(tmp_path / "whole")]) == 0
    runs = [
        checkpoint.load(tmp_path / n / "checkpoint.npz") for n in ("killed", "whole")
    ]
    assert bits(runs[0]) == bits(runs[1])


def test_options_choose_the_network(sources: Any, tmp_path: Path, capsys: Any) -> None:
    """A table gets an mlp and a text a gpt, unless an option asks for another."""
    words = ["train", "--data", sources["table"], "--out", str(tmp_path / "run")]
    assert main([*words, "--hidden", "5", "--epochs", "1"]) == 0
    settings = checkpoint.load(tmp_path / "run" / "checkpoint.npz").settings
    assert (settings.network, settings.hidden) == ("mlp", (5,))
    for more in (["--pairs", "2"], ["--width", "8"], ["--network", "resnet20"]):
        assert main([*words[:3], *more]) == 2
    assert capsys.readouterr().err.count("nets: error: ") == 3
