"""Shares of a batch on several workers, and a search over settings."""

import csv
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from test_kinds import RUNS as KINDS

import tinygraph as tg
from nets import (
    Settings,
    SettingsError,
    TrainingError,
    checkpoint,
    fit,
    searching,
    start,
)
from nets.__main__ import main
from nets.cluster import ClusterStep, connected
from nets.data import Dataset
from nets.layers import Dropout, Linear, Sequential
from nets.training import loss_of, moved, train_step, wanted_of

psutil = pytest.importorskip("psutil")  # which Dask needs
pytest.importorskip("distributed")


class OneProcess:
    """A cluster of this process. What it computes with are copies, as of a worker."""

    def __init__(self) -> None:
        self.computed: list[Any] = []

    def submit(self, function, *arguments, **options):
        copied = pickle.loads(pickle.dumps(arguments))
        self.computed.append(pickle.loads(pickle.dumps(function(*copied))))
        return self.computed[-1]

    def gather(self, waiting):
        return waiting


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with connected(2) as found:
        yield found


OF_PICTURES: dict[str, dict[str, Any]] = {
    "the slides' error": dict(),
    "weights of classes": dict(
        loss="cross_entropy", balanced=True, label_smoothing=0.1, optimizer="adam"
    ),
    "short gradients": dict(clip=0.01),
}


def begun(name: str, train: Dataset) -> tuple[Any, Any, tuple[Any, ...]]:
    """A run, its training data, and the arguments of a step with eight examples."""
    given, data = KINDS.get(name, (OF_PICTURES.get(name), [train]))
    run = start(Settings(batch_size=8, seed=3, **given), data[0])
    data = moved(run, data[0])
    inputs = run.standardise(data.inputs[:8])
    wanted = wanted_of(run.network, inputs, run.standardise.targets(data)[:8])
    step = inputs, wanted, loss_of(run.settings, data), run.settings.clip
    return run, data, (run.network, run.optimizer, *step)


@pytest.mark.parametrize("name", [*OF_PICTURES, *KINDS])
@pytest.mark.parametrize("shares", [1, 3, 20])
def test_a_step_is_that_of_one_process(name, shares, train):
    (whole, _, given), (shared, _, same) = begun(name, train), begun(name, train)
    loss, correct = train_step(*given)
    found = ClusterStep(OneProcess(), shares)(*same)
    np.testing.assert_allclose(found, (loss, correct), rtol=1e-5)
    expected = whole.network.parameters()
    for key, tensor in shared.network.parameters().items():
        scale = np.abs(expected[key].grad).max()
        np.testing.assert_allclose(
            tensor.grad, expected[key].grad, rtol=0, atol=2e-5 * scale
        )
        if whole.settings.optimizer == "sgd":  # Adam makes small gradients large
            np.testing.assert_allclose(tensor.data, expected[key].data, atol=1e-6)


def test_batch_norm_normalises_each_share(train):
    """Where all shares have the same pictures, that is what one process does."""
    runs = [start(Settings(network="resnet20"), train) for _ in range(2)]
    images = runs[0].standardise(train.images[:4])
    twice = np.concatenate([images, images])
    targets = np.concatenate([train.one_hot()[:4]] * 2)
    train_step(runs[0].network, runs[0].optimizer, twice, targets)
    ClusterStep(OneProcess(), 2)(runs[1].network, runs[1].optimizer, twice, targets)
    first, second = (run.network.state_dict() for run in runs)
    for name, array in first.items():
        if not name.endswith("running_var"):  # of 4 pictures, not of 8
            scale = np.abs(array).max()
            np.testing.assert_allclose(second[name], array, rtol=0, atol=3e-5 * scale)


def test_dropout_draws_for_each_share_and_each_step():
    rng = np.random.default_rng(0)
    network = Sequential(Linear.random(rng, 6, 40), Dropout(0.5, rng))
    optimizer = tg.optimize.SGD(network.parameters(), lr=0.0)
    here = OneProcess()
    for _ in range(2):
        ClusterStep(here, 2)(network, optimizer, np.ones((2, 6)), np.ones((2, 40)))
    dropped = {tuple(share.gradients["0.b"] == 0) for share in here.computed}
    assert len(dropped) == 4
    before = rng.bit_generator.state
    ClusterStep(here, 2)(network.eval(), optimizer, np.ones((2, 6)), np.ones((2, 40)))
    assert rng.bit_generator.state == before


def test_a_loss_that_is_not_finite_changes_nothing(train):
    run = start(Settings(), train)
    images = np.full((4, 3, 16, 16), np.inf, np.float32)
    before = run.network.state_dict()
    with pytest.raises(TrainingError, match="the loss became nan"):
        ClusterStep(OneProcess(), 2)(
            run.network, run.optimizer, images, train.one_hot()[:4]
        )
    for name, array in run.network.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_a_worker_that_is_killed_costs_no_step(client, train, test):
    settings = Settings(epochs=2, batch_size=5, momentum=0.9)
    expected, run = start(settings, train), start(settings, train)
    list(fit(expected, train, test, step=ClusterStep(OneProcess(), 2)))

    def watch(records):
        for number, record in enumerate(records):
            if number == 2:
                os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
            yield record

    list(fit(run, train, test, watch, step=ClusterStep(client, 2)))
    for name, array in run.network.state_dict().items():
        np.testing.assert_array_equal(array, expected.network.state_dict()[name])
    assert run.progress.history[-1].test_loss == expected.progress.history[-1].test_loss


def test_workers_end_with_the_process_that_started_them():
    """Even if it is killed. A terminal's Ctrl-C, to its group, is not theirs."""
    code = """
from nets.cluster import connected
with connected(1) as client:
    print(*client.run(os.getpid).values(), flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
"""
    command = [sys.executable, "-c", f"import os, signal{code}"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        worker = psutil.Process(int(process.stdout.readline()))
        assert os.getpgid(worker.pid) != process.pid
        process.kill()
        worker.wait(60)


def test_a_command_trains_on_a_cluster(client, image_folder, tmp_path, capsys):
    words = ["train", "--data", str(image_folder), "--batch-size", "9", "--epochs", "1"]
    words += ["--cluster", client.scheduler.address, "--out", str(tmp_path / "run")]
    assert main(words) == 0
    assert "recognised" in capsys.readouterr().out
    run = checkpoint.load(tmp_path / "run" / "checkpoint.npz")
    assert run.progress.epoch == 1
    assert main([*words, "--resume"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--workers", "0"], "workers is 0: give a whole number from 1"),
        (["--workers", "2", "--cluster", "tcp://x:1"], "not allowed with"),
        (["--cluster", "nonsense://x"], "no cluster answers at 'nonsense://x'"),
        (["--cluster", "tcp://127.0.0.1:9"], "no cluster answers at 'tcp://127"),
    ],
)
def test_impossible_clusters(words, said, image_folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("nets.cluster.SECONDS_TO_CONNECT", 0.2)
    words = ["train", "--data", str(image_folder), *words, "--out", str(tmp_path / "r")]
    try:
        code = main(words)
    except SystemExit as error:
        code = error.code
    captured = capsys.readouterr()
    assert code == 2 and said in captured.err
    assert "Traceback" not in captured.err


def searched(folder, image_folder, *words) -> list[list[str]]:
    """The table of a search, without the seconds."""
    out = folder / "search.csv"
    common = ["search", "--data", str(image_folder), "--out", str(out)]
    assert main([*common, "--epochs", "1", *words]) == 0
    return [row[:-1] for row in csv.reader(out.read_text().splitlines())]


def test_a_search_is_as_training_with_each_setting(image_folder, tmp_path, capsys):
    vary = ["--vary", "lr", "0.05", "1e9", "--vary", "hidden", "7,5", "none"]
    rows = searched(tmp_path, image_folder, *vary)
    assert rows[0][:3] == ["lr", "hidden", "epoch"]
    assert len(rows) == 5
    losses = [float(row[5]) if row[5] else np.inf for row in rows[1:]]
    assert losses == sorted(losses)
    printed = capsys.readouterr().out.splitlines()
    assert printed[1].split()[:2] == rows[1][:2]
    words = ["train", "--data", str(image_folder), "--epochs", "1"]
    words += ["--lr", rows[1][0], "--hidden", rows[1][1]]
    assert main([*words, "--out", str(tmp_path / "run")]) == 0
    alone = checkpoint.load(tmp_path / "run" / "checkpoint.npz").progress.history[0]
    assert float(rows[1][5]) == alone.test_loss


def test_a_search_on_a_cluster_has_the_same_table(
    client, image_folder, tmp_path, capsys
):
    vary = ["--vary", "momentum", "0", "0.9", "--batch-size", "4"]
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    here = searched(tmp_path / "here", image_folder, *vary)
    address = client.scheduler.address
    there = searched(tmp_path / "there", image_folder, *vary, "--cluster", address)
    assert here == there


def test_a_run_that_cannot_go_on_has_a_row():
    trials = searching.combinations({}, [["lr", "9"]])
    lost = searching.Outcome(None, "the loss became nan")
    assert searching.lines(trials, {0: lost})[1] == "9   the loss became nan"
    assert searching.table(trials, {0: lost}).splitlines()[1] == "9,,,,,,"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lr"], "give a setting"),
        (["lr", "fast"], "invalid float value: 'fast'"),
        (["speed", "1"], "there is no such setting"),
        (["epochs", "1", "0"], "epochs is 0: give a whole number"),
        (["data", "digits"], "give a setting of the training"),
        (["batch-size", "4", "8"], "which is not given in another way"),
    ],
)
def test_impossible_searches(words, said, tmp_path, capsys):
    out = tmp_path / "search.csv"
    words = ["search", "--vary", *words, "--batch-size", "3", "--out", str(out)]
    assert main(words) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()


def test_a_table_is_not_replaced(tmp_path, capsys):
    (tmp_path / "search.csv").write_text("mine")
    words = ["search", "--vary", "lr", "0.1", "--out", str(tmp_path / "search.csv")]
    assert main(words) == 2
    assert "exists: choose another file" in capsys.readouterr().err


def test_a_cluster_without_workers():
    class Empty:
        def ncores(self):
            return {}

    with pytest.raises(SettingsError, match="the cluster has no workers"):
        ClusterStep(Empty())
