"""Checkpoints: what was saved comes back, and anything else is refused."""

import hashlib
import os
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

import tinygraph as tg
from nets import (
    CheckpointError,
    Run,
    Settings,
    archive,
    checkpoint,
    fit,
    slide_cnn,
    start,
)
from nets.building import build_optimizer
from nets.data import Dataset

SETTINGS = Settings(epochs=2, batch_size=16, seed=5)


@pytest.fixture
def run(train: Dataset, test: Dataset) -> Run:
    run = start(SETTINGS, train)
    next(fit(run, train, test))
    return run


@pytest.fixture
def path(run: Run, tmp_path: Path) -> Path:
    checkpoint.save(run, tmp_path / "checkpoint.npz")
    return tmp_path / "checkpoint.npz"


def test_everything_comes_back(run: Run, path: Path) -> None:
    again = checkpoint.load(path)
    for name, tensor in run.network.parameters().items():
        loaded = again.network.parameters()[name]
        assert loaded.data.tobytes() == tensor.data.tobytes()
    state = again.optimizer.state_dict()
    for name, value in run.optimizer.state_dict().items():
        assert np.array_equal(state[name], value), name
    assert asdict(again.progress) == asdict(run.progress)
    assert again.rng.bit_generator.state == run.rng.bit_generator.state
    assert again.settings == run.settings
    assert again.classes == ("dog", "cat", "boat", "bird")
    assert np.array_equal(again.standardise.mean, run.standardise.mean)
    assert np.array_equal(again.example, run.example)
    assert again.fingerprint == run.fingerprint


def test_the_same_run_gives_the_same_bytes(path: Path, tmp_path: Path) -> None:
    checkpoint.save(checkpoint.load(path), tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()


def test_numpy_reads_it_without_pickle(run: Run, path: Path) -> None:
    with np.load(path, allow_pickle=False) as archive:
        w = archive["parameter/conv1.w"]
    assert np.array_equal(w, run.network.parameters()["conv1.w"].data)


def test_any_flipped_byte_is_noticed(path: Path) -> None:
    content = path.read_bytes()
    places = np.random.default_rng(0).integers(len(content), size=60).tolist()
    for place in [0, 1, 200, *places, len(content) - 65, len(content) - 1]:
        damaged = bytearray(content)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(CheckpointError, match="is damaged or is not a checkpoint"):
            checkpoint.load(path)


@pytest.mark.parametrize("left", [0, 1, 63, 64, 65, 1000, -64, -1])
def test_a_truncated_file_is_noticed(path: Path, left: int) -> None:
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(CheckpointError, match="damaged"):
        checkpoint.load(path)


def test_a_longer_file_is_noticed(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(CheckpointError, match="damaged"):
        checkpoint.load(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="does not exist: train first"):
        checkpoint.load(tmp_path / "none.npz")
    with pytest.raises(CheckpointError, match="is a folder, not a file"):
        checkpoint.load(tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((), np.float32),
        np.zeros(1, np.float32),
        np.zeros((6, 1), np.float32),
        np.zeros(6, np.float64),
        np.zeros(6, np.int32),
        np.full(6, np.nan, np.float32),
    ],
)
@pytest.mark.parametrize("name", ["parameter/conv1.b", "optimizer/velocity.1"])
def test_wrong_arrays_are_refused_before_anything_is_assigned(
    run: Run, path: Path, name: str, wrong: np.ndarray
) -> None:
    arrays = archive.decode(path.read_bytes(), path)
    arrays[name] = wrong
    network = slide_cnn(np.random.default_rng(1), size=16)
    optimizer = build_optimizer(network, SETTINGS)
    before = {key: tensor.data for key, tensor in network.parameters().items()}
    with pytest.raises(CheckpointError, match=name.split("/")[1]):
        checkpoint.restore(network, optimizer, arrays)
    assert all(t.data is before[key] for key, t in network.parameters().items())
    assert optimizer.steps == 0
    path.write_bytes(archive.encode(arrays))
    with pytest.raises(CheckpointError, match=r"checkpoint\.npz does not fit"):
        checkpoint.load(path)


@pytest.mark.parametrize(
    "name",
    [
        *("parameter/conv1.w", "optimizer/lr", "optimizer/steps"),
        *("document", "example", "standardisation/mean"),
    ],
)
def test_missing_arrays_are_refused(path: Path, name: str) -> None:
    arrays = archive.decode(path.read_bytes(), path)
    del arrays[name]
    path.write_bytes(archive.encode(arrays))
    with pytest.raises(CheckpointError, match=r"checkpoint\.npz"):
        checkpoint.load(path)


def test_unknown_parameters_are_refused(path: Path) -> None:
    arrays = archive.decode(path.read_bytes(), path)
    arrays["parameter/conv3.w"] = arrays["parameter/conv1.w"]
    path.write_bytes(archive.encode(arrays))
    with pytest.raises(CheckpointError, match=r"only the file has conv3\.w"):
        checkpoint.load(path)


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"format": 99}', b"\xff"])
def test_a_document_of_another_kind_is_refused(path: Path, text: bytes) -> None:
    arrays = archive.decode(path.read_bytes(), path)
    arrays["document"] = np.frombuffer(text, np.uint8)
    path.write_bytes(archive.encode(arrays))
    with pytest.raises(CheckpointError, match="not a checkpoint of this version"):
        checkpoint.load(path)


def test_pickled_objects_are_refused(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, document=np.array([print], dtype=object))
    content = path.read_bytes()[:-2] + archive.DIGEST.to_bytes(2, "little")
    digest = hashlib.sha256(content).hexdigest().encode()
    path.write_bytes(content + digest)
    with pytest.raises(CheckpointError, match="not an archive of arrays"):
        checkpoint.load(path)


@pytest.mark.parametrize("function", ["replace", "fsync"])
@pytest.mark.parametrize("error", [OSError("no space"), KeyboardInterrupt()])
def test_a_write_that_fails_leaves_the_old_file(
    run: Run,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    function: str,
    error: BaseException,
) -> None:
    before = path.read_bytes()

    def fail(*arguments: object) -> None:
        raise error

    run.progress.batch += 1
    with monkeypatch.context() as patch:
        patch.setattr(os, function, fail)
        with pytest.raises(type(error)):
            checkpoint.save(run, path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_errors_are_both_tinygraphs_and_value_errors() -> None:
    assert issubclass(CheckpointError, tg.TinygraphError)
    assert issubclass(CheckpointError, ValueError)
