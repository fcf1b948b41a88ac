"""The files that `nets train --tensorboard` writes, read as TensorBoard reads them."""

import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from nets import Settings, checkpoint, fit, start
from nets.__main__ import main
from nets.events import writing_events
from nets.plots import read_gradients

event_pb2 = pytest.importorskip("tensorboardX.proto.event_pb2")


def events_in(folder: Path) -> list:
    """The records of all files: a length, its checksum, the bytes, their checksum."""
    found = []
    for path in sorted(folder.iterdir()):
        data, place = path.read_bytes(), 0
        while place < len(data):
            (size,) = struct.unpack_from("<Q", data, place)
            found.append(
                event_pb2.Event.FromString(data[place + 12 : place + 12 + size])
            )
            place += size + 16
    return found


def scalars_in(folder: Path) -> dict[str, dict[int, float]]:
    """What TensorBoard shows: values of a step are purged where a new start says so."""
    found: dict[str, dict[int, float]] = {}
    for event in events_in(folder):
        if event.session_log.status == event.session_log.START:
            for steps in found.values():
                for step in [step for step in steps if step >= event.step]:
                    del steps[step]
        for value in event.summary.value:
            if value.HasField("simple_value"):
                found.setdefault(value.tag, {})[event.step] = value.simple_value
    return found


def test_a_run_of_the_command_line(image_folder, tmp_path, capsys):
    words = ["train", "--data", str(image_folder), "--epochs", "2", "--tensorboard"]
    assert main([*words, "--batch-size", "7", "--out", str(tmp_path / "run")]) == 0
    assert f"tensorboard --logdir {tmp_path / 'run'}" in capsys.readouterr().out
    run = checkpoint.load(tmp_path / "run" / "checkpoint.npz")
    shown = scalars_in(tmp_path / "run" / "tensorboard")
    batches = len(shown["loss/running"]) // 2
    assert batches >= 3
    for name in ("train_loss", "test_loss", "train_accuracy", "test_accuracy"):
        part, kind = name.split("_")
        expected = {
            record.epoch * batches: np.float32(getattr(record, name))
            for record in run.progress.history
        }
        assert shown[f"{kind}/{part}"] == pytest.approx(expected, rel=1e-6)
    names = list(run.network.parameters())
    lengths = read_gradients(tmp_path / "run" / "gradients.csv", names)
    for place, name in enumerate(names, 1):
        told = [float(row[place]) for row in lengths]
        assert [*shown[f"gradient/{name}"].values()] == pytest.approx(told, rel=1e-6)


def test_batches_that_are_repeated_replace_the_first(train, test, tmp_path):
    settings = Settings(epochs=2, batch_size=5)
    run = start(settings, train)

    def watch(records):
        for record in records:
            events.batch(record)
            yield record
            if run.progress.epoch == 1 and run.progress.batch == 2:
                raise InterruptedError  # after the last checkpoint

    folder = tmp_path / "events"
    writing = writing_events(run, len(train), folder)
    with writing as events, pytest.raises(InterruptedError):
        for record in fit(run, train, test, watch):
            events.epoch(record)
            checkpoint.save(run, tmp_path / "run.npz")
    resumed = checkpoint.load(tmp_path / "run.npz")
    with writing_events(resumed, len(train), folder) as events:
        assert events.step == 5
        for record in fit(resumed, train, test, lambda r: r):
            events.epoch(record)
    shown = scalars_in(folder)
    assert [*shown["loss/running"]] == [1, 2, 3, 4, 5]
    assert [*shown["loss/test"]] == [5, 10]


def test_without_tensorboardx(image_folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    words = ["train", "--data", str(image_folder), "--tensorboard"]
    assert main([*words, "--out", str(tmp_path / "run")]) == 2
    assert "pip install 'tinygraph[tensorboard]'" in capsys.readouterr().err
