"""`train --compiled`: kept in the run, repeatable, or one sentence."""

import sys
from pathlib import Path

import pytest
from test_main import bits, history, refused, train_words

import tinygraph as tg
from nets import checkpoint
from nets.__main__ import main

pytest.importorskip("numba")


def test_the_same_bits_and_remembered(image_folder: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert main(train_words(image_folder, tmp_path / name, "--compiled")) == 0
    saved = tmp_path / "one/checkpoint.npz"
    assert bits(saved) == bits(tmp_path / "two/checkpoint.npz")
    assert history(tmp_path / "one") == history(tmp_path / "two")
    assert checkpoint.load(saved).settings.compiled
    assert main(["train", "--resume", "--out", str(tmp_path / "one")]) == 0


def test_a_run_stays_what_it_was(
    image_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(train_words(image_folder, tmp_path)) == 0
    assert not checkpoint.load(tmp_path / "checkpoint.npz").settings.compiled
    capsys.readouterr()
    words = ["train", "--resume", "--out", str(tmp_path), "--compiled"]
    refused(words, capsys, "leave --compiled out")


def test_without_numba(
    image_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "tinygraph.kernels.numba_loops", raising=False)
    monkeypatch.delattr(tg.kernels, "numba_loops", raising=False)
    folder = tmp_path / "run"
    words = train_words(image_folder, folder, "--compiled")
    refused(words, capsys, "python -m pip install numba")
    assert not folder.exists()
